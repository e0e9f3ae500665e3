/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/session.h"

#include "base/error.h"
#include "support/cluster.h"

#include <criterion/criterion.h>
#include <string.h>

#define BIG 20000

#define assert_no_error(error) cr_assert_null(error, "%s", (error)->message)

/* Runs literal statements; -1 on success, else the index of the one that failed. */
#define run(session, error, ...) run_all(session, (const char *const[]){__VA_ARGS__, NULL}, error)

static SpSession *
open_session(const char *conninfo)
{
    const SpSessionSettings settings = {.statement_timeout_ms = 54321};
    g_autoptr(GError) error = NULL;
    SpSession *session = sp_session_open(conninfo, &settings, &error);
    assert_no_error(error);
    return session;
}

static SpSession *
open_new_database(void)
{
    g_autofree char *conninfo = sp_test_database();
    return open_session(conninfo);
}

static int
run_all(SpSession *session, const char *const *statements, GError **error)
{
    SpCommand commands[16] = {0};
    guint n = 0;
    for (; statements[n] != NULL; n++)
        commands[n].sql = statements[n];
    guint failed = G_MAXUINT;
    gboolean is_done = sp_session_run(session, commands, n, NULL, &failed, error);
    cr_assert_eq(is_done, failed == G_MAXUINT);
    return is_done ? -1 : (int)failed;
}

static char *
value_of(SpSession *session, const char *sql)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SpRows) rows = sp_session_query(session, sql, NULL, 0, &error);
    assert_no_error(error);
    cr_assert_eq(sp_rows_get_n(rows), 1);
    return g_strdup(sp_rows_get(rows, 0, 0));
}

static void
assert_value(SpSession *session, const char *sql, const char *expected)
{
    g_autofree char *value = value_of(session, sql);
    cr_assert_str_eq(value, expected, "%s gave %s", sql, value);
}

static GError *
fail_with(SpSession *session, const char *sql)
{
    GError *error = NULL;
    cr_assert_eq(run(session, &error, sql), 0);
    return error;
}

Test(session, runs_a_pipeline_and_counts_rows)
{
    g_autoptr(SpSession) session = open_new_database();
    const SpCommand commands[] = {
        {.sql = "BEGIN"},
        {.sql = "CREATE TABLE t (id int)"},
        {.sql = "INSERT INTO t SELECT generate_series(1, 7)"},
        {.sql = "DELETE FROM t WHERE id > 4"},
        {.sql = ""},
        {.sql = "COMMIT"},
    };
    guint64 affected[G_N_ELEMENTS(commands)] = {99, 99, 99, 99, 99, 99};
    guint failed = 42;
    cr_assert(sp_session_run(session, commands, G_N_ELEMENTS(commands), affected, &failed, NULL));
    const guint64 expected[] = {0, 0, 7, 3, 0, 0};
    cr_assert_arr_eq(affected, expected, sizeof(expected));
    cr_assert_eq(failed, 42);
    assert_value(session, "SELECT count(*) FROM t", "4");
}

Test(session, passes_parameters_as_text_and_null)
{
    g_autoptr(SpSession) session = open_new_database();
    const char *const params[] = {"it's", NULL};
    g_autoptr(SpRows) rows =
        sp_session_query(session, "SELECT $1::text, $2::text, true, false", params, 2, NULL);
    cr_assert_str_eq(sp_rows_get(rows, 0, 0), "it's");
    cr_assert_null(sp_rows_get(rows, 0, 1));
    cr_assert(sp_rows_get_boolean(rows, 0, 2));
    cr_assert_not(sp_rows_get_boolean(rows, 0, 3));
    cr_assert_not(sp_rows_get_boolean(rows, 0, 1));
}

Test(session, gives_no_rows_for_a_query_without_any)
{
    g_autoptr(SpSession) session = open_new_database();
    g_autoptr(SpRows) none = sp_session_query(session, "SELECT 1 WHERE false", NULL, 0, NULL);
    g_autoptr(SpRows) command = sp_session_query(session, "CREATE TABLE t ()", NULL, 0, NULL);
    cr_assert_eq(sp_rows_get_n(none), 0);
    cr_assert_eq(sp_rows_get_n(command), 0);
}

Test(session, runs_several_queries_in_one_flight)
{
    g_autoptr(SpSession) session = open_new_database();
    const char *const params[] = {"seven"};
    const SpCommand commands[] = {
        {.sql = "SELECT n FROM generate_series(1, 3) n"},
        {.sql = "SELECT 1 WHERE false"},
        {.sql = "SELECT $1::text", .params = params, .n_params = 1},
    };
    g_autoptr(GPtrArray) rows =
        sp_session_query_many(session, commands, G_N_ELEMENTS(commands), NULL);
    cr_assert_eq(rows->len, 3);
    cr_assert_eq(sp_rows_get_n(g_ptr_array_index(rows, 0)), 3);
    cr_assert_str_eq(sp_rows_get(g_ptr_array_index(rows, 0), 2, 0), "3");
    cr_assert_eq(sp_rows_get_n(g_ptr_array_index(rows, 1)), 0);
    cr_assert_str_eq(sp_rows_get(g_ptr_array_index(rows, 2), 0, 0), "seven");
}

Test(session, gives_no_rows_of_a_flight_in_which_one_query_fails)
{
    g_autoptr(SpSession) session = open_new_database();
    const SpCommand commands[] = {{.sql = "SELECT 1"}, {.sql = "SELECT nope"}, {.sql = "SELECT 2"}};
    g_autoptr(GError) error = NULL;
    cr_assert_null(sp_session_query_many(session, commands, G_N_ELEMENTS(commands), &error));
    cr_assert_str_eq(sp_error_get_place(error)->sqlstate, "42703");
    assert_value(session, "SELECT 1", "1");
}

Test(session, knows_its_process_before_the_first_query)
{
    g_autoptr(SpSession) session = open_new_database();
    g_autofree char *pid = g_strdup_printf("%d", sp_session_get_backend_pid(session));
    assert_value(session, "SELECT pg_backend_pid()", pid);
}

Test(session, names_the_failing_command_its_line_and_its_column)
{
    g_autoptr(SpSession) session = open_new_database();
    g_autoptr(GError) error = NULL;
    const char *sql = "SELECT 'äöü',\n  'ß', nope\nFROM pg_class";
    cr_assert_eq(run(session, &error, "BEGIN", "SELECT 1", sql, "SELECT 2", "COMMIT"), 2);
    const SpPlace *place = sp_error_get_place(error);
    cr_assert(g_error_matches(error, SP_ERROR, SP_ERROR_STATEMENT));
    cr_assert_eq(place->line, 2);
    cr_assert_eq(place->column, 8);
    cr_assert_str_eq(place->sqlstate, "42703");
    cr_assert_str_eq(place->sql, sql);
    cr_assert_not_null(strstr(error->message, "column \"nope\" does not exist"));
}

Test(session, passes_detail_context_and_hint_of_the_server_on)
{
    g_autoptr(SpSession) session = open_new_database();
    g_autoptr(GError) error =
        fail_with(session, "DO $$ BEGIN RAISE EXCEPTION E'one\\ntwo'"
                           " USING DETAIL = 'the detail', HINT = 'the hint'; END $$");
    cr_assert_str_eq(sp_error_hint(error), "the hint");
    cr_assert(g_str_has_prefix(sp_error_detail(error), "two\nthe detail\nContext: PL/pgSQL"));
    cr_assert_null(strchr(error->message, '\n'));
    cr_assert_eq(sp_error_get_place(error)->line, 0);
}

Test(session, shows_the_internal_query_and_claims_no_line_for_it)
{
    g_autoptr(SpSession) session = open_new_database();
    g_autoptr(GError) error = fail_with(session, "DO $$ BEGIN PERFORM nope; END $$");
    cr_assert_not_null(strstr(sp_error_detail(error), "Internal query: SELECT nope"));
    cr_assert_eq(sp_error_get_place(error)->line, 0);
}

Test(session, tells_missing_privilege_and_read_only_apart)
{
    g_autoptr(SpSession) session = open_new_database();
    g_autoptr(GError) error = NULL;
    cr_assert_eq(run(session, &error, "BEGIN READ ONLY", "CREATE TABLE t ()", "COMMIT"), 1);
    cr_assert(g_error_matches(error, SP_ERROR, SP_ERROR_STANDBY));
    g_clear_error(&error);
    cr_assert_eq(run(session, &error, "SET ROLE pg_monitor", "CREATE TABLE t ()"), 1);
    cr_assert(g_error_matches(error, SP_ERROR, SP_ERROR_PRIVILEGE));
}

Test(session, writes_nothing_after_an_error_and_stays_usable)
{
    g_autoptr(SpSession) session = open_new_database();
    g_autoptr(GError) error = NULL;
    cr_assert_eq(run(session, &error, "BEGIN", "CREATE TABLE t ()", "SELECT 1/0", "COMMIT"), 2);
    cr_assert_eq(run(session, NULL, "CREATE TABLE u ()", "SELECT 1/0"), 1);
    assert_value(session, "SELECT count(*) FROM pg_class WHERE relname IN ('t', 'u')", "0");
    cr_assert_eq(run(session, NULL, "BEGIN", "CREATE TABLE t ()", "COMMIT"), -1);
}

Test(session, rolls_back_the_transaction_of_an_earlier_run)
{
    g_autoptr(SpSession) session = open_new_database();
    cr_assert_eq(run(session, NULL, "BEGIN", "CREATE TABLE t ()"), -1);
    cr_assert_null(sp_session_query(session, "SELECT nope", NULL, 0, NULL));
    assert_value(session, "SELECT to_regclass('t') IS NULL", "t");
}

Test(session, reports_a_commit_that_fails)
{
    g_autoptr(SpSession) session = open_new_database();
    const char *table = "CREATE TABLE t (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)";
    const char *insert = "INSERT INTO t VALUES (1), (1)";
    g_autoptr(GError) explicit = NULL;
    g_autoptr(GError) implicit = NULL;
    cr_assert_eq(run(session, NULL, table), -1);
    cr_assert_eq(run(session, &explicit, "BEGIN", insert, "COMMIT"), 2);
    cr_assert_eq(run(session, &implicit, "SELECT 1", insert), 1);
    cr_assert_str_eq(sp_error_get_place(explicit)->sqlstate, "23505");
    cr_assert_str_eq(sp_error_get_place(implicit)->sqlstate, "23505");
    assert_value(session, "SELECT count(*) FROM t", "0");
}

Test(session, runs_alone_what_no_transaction_allows)
{
    g_autoptr(SpSession) session = open_new_database();
    g_autoptr(GError) error = NULL;
    cr_assert_eq(run(session, NULL, "CREATE TABLE t (id int)"), -1);
    cr_assert_eq(run(session, NULL, "CREATE INDEX CONCURRENTLY i ON t (id)"), -1);
    cr_assert_eq(run(session, NULL, "VACUUM t"), -1);
    cr_assert_eq(run(session, &error, "BEGIN", "VACUUM t", "COMMIT"), 1);
    cr_assert_str_eq(sp_error_get_place(error)->sqlstate, "25001");
}

Test(session, refuses_two_statements_in_one_command)
{
    g_autoptr(SpSession) session = open_new_database();
    g_autoptr(GError) error = fail_with(session, "SELECT 1; SELECT 2");
    cr_assert_str_eq(sp_error_get_place(error)->sqlstate, "42601");
}

Test(session, does_not_hang_on_copy, .timeout = 20)
{
    static const char *const copies[] = {"COPY t FROM STDIN", "COPY pg_class TO STDOUT"};
    g_autofree char *conninfo = sp_test_database();
    for (guint i = 0; i < G_N_ELEMENTS(copies); i++) {
        g_autoptr(SpSession) session = open_session(conninfo);
        g_autoptr(GError) error = NULL;
        cr_assert_eq(run(session, NULL, "CREATE TABLE IF NOT EXISTS t (id int)"), -1);
        cr_assert_eq(run(session, NULL, "SELECT 1", copies[i], "SELECT 2"), 1);
        run(session, &error, "SELECT 1");
        cr_assert(g_error_matches(error, SP_ERROR, SP_ERROR_CONNECTION_LOST));
    }
}

/* Statements and results both fill every buffer on the way. */
Test(session, survives_a_batch_that_is_larger_than_all_buffers, .timeout = 120)
{
    g_autoptr(SpSession) session = open_new_database();
    g_autofree char *padding = g_strnfill(250, 'x');
    g_autofree char *sql = g_strdup_printf("SELECT repeat('%s', 4)", padding);
    g_autofree SpCommand *commands = g_new0(SpCommand, BIG);
    for (guint i = 0; i < BIG; i++)
        commands[i].sql = sql;
    guint failed = 0;
    g_autofree guint64 *affected = g_new0(guint64, BIG);
    cr_assert(sp_session_run(session, commands, BIG, affected, &failed, NULL));
    cr_assert_eq(affected[BIG - 1], 1);
    commands[BIG / 2].sql = "SELECT nope";
    cr_assert_not(sp_session_run(session, commands, BIG, affected, &failed, NULL));
    cr_assert_eq(failed, BIG / 2);
}

Test(session, says_that_the_connection_was_lost_between_two_runs)
{
    g_autofree char *conninfo = sp_test_database();
    g_autoptr(SpSession) session = open_session(conninfo);
    g_autoptr(SpSession) killer = open_session(conninfo);
    g_autofree char *pid = value_of(session, "SELECT pg_backend_pid()");
    g_autofree char *kill = g_strdup_printf("SELECT pg_terminate_backend(%s, 5000)", pid);
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) later = NULL;
    assert_value(killer, kill, "t");
    run(session, &error, "BEGIN", "COMMIT");
    cr_assert(g_error_matches(error, SP_ERROR, SP_ERROR_CONNECTION_LOST));
    cr_assert_null(sp_session_query(session, "SELECT 1", NULL, 0, &later));
    cr_assert(g_error_matches(later, SP_ERROR, SP_ERROR_CONNECTION_LOST));
    cr_assert_not(sp_session_is_read_only(session));
}

Test(session, says_that_the_connection_was_lost_before_the_first_query)
{
    g_autofree char *conninfo = sp_test_database();
    g_autofree char *named = g_strconcat(conninfo, " application_name=victim", NULL);
    g_autoptr(SpSession) killer = open_session(conninfo);
    g_autoptr(SpSession) session = open_session(named);
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) later = NULL;
    assert_value(killer,
                 "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                 "WHERE application_name = 'victim'",
                 "t");
    cr_assert_null(sp_session_query(session, "SELECT 1", NULL, 0, &error));
    cr_assert(g_error_matches(error, SP_ERROR, SP_ERROR_CONNECTION_LOST), "%s", error->message);
    run(session, &later, "SELECT 1");
    cr_assert(g_error_matches(later, SP_ERROR, SP_ERROR_CONNECTION_LOST));
}

Test(session, says_that_the_connection_was_lost_in_the_middle)
{
    g_autoptr(SpSession) session = open_new_database();
    g_autoptr(GError) error = NULL;
    cr_assert_eq(run(session, &error, "BEGIN", "SELECT pg_terminate_backend(pg_backend_pid())",
                     "SELECT pg_sleep(1)", "COMMIT"),
                 1);
    cr_assert(g_error_matches(error, SP_ERROR, SP_ERROR_CONNECTION_LOST));
    cr_assert_not_null(strstr(sp_error_detail(error), "administrator command"));
    cr_assert_not_null(strstr(sp_error_detail(error), "COMMIT"));
}

/* Tables a, b and c, each in a transaction of its own; the one with @failing fails in its @how. */
static int
run_three(SpSession *session, char failing, const char *how, GError **error)
{
    g_autoptr(GPtrArray) statements = g_ptr_array_new_with_free_func(g_free);
    for (char name = 'a'; name <= 'c'; name++) {
        g_ptr_array_add(statements, g_strdup("BEGIN"));
        g_ptr_array_add(statements, g_strdup_printf("CREATE TABLE %c ()", name));
        g_ptr_array_add(statements, g_strdup(name == failing ? how : "SELECT 1"));
        g_ptr_array_add(statements, g_strdup("COMMIT"));
    }
    g_ptr_array_add(statements, NULL);
    return run_all(session, (const char *const *)statements->pdata, error);
}

static void
assert_three(char failing, const char *how, int failed, const char *kept)
{
    g_autoptr(SpSession) session = open_new_database();
    g_autoptr(GError) error = NULL;
    cr_assert_eq(run(session, NULL,
                     "CREATE TABLE once (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)",
                     "INSERT INTO once VALUES (1)"),
                 -1);
    cr_assert_eq(run_three(session, failing, how, &error), failed);
    assert_value(session,
                 "SELECT coalesce(string_agg(relname, '' ORDER BY relname), '') FROM pg_class "
                 "WHERE relname IN ('a', 'b', 'c')",
                 kept);
}

Test(session, keeps_the_transactions_of_a_flight_before_the_one_that_fails_and_no_other)
{
    static const struct {
        char failing;
        int index;
        const char *kept;
    } case_table[] = {{'a', 2, ""}, {'b', 6, "a"}, {'c', 10, "ab"}};
    for (guint i = 0; i < G_N_ELEMENTS(case_table); i++) {
        char failing = case_table[i].failing;
        assert_three(failing, "SELECT 1 / 0", case_table[i].index, case_table[i].kept);
        assert_three(failing, "INSERT INTO once VALUES (1)", case_table[i].index + 1,
                     case_table[i].kept);
    }
}

/* Why a reset in a flight has a transaction of its own. */
Test(session, loses_a_reset_in_a_flight_with_the_transaction_after_it)
{
    g_autoptr(SpSession) session = open_new_database();
    cr_assert_eq(run(session, NULL, "BEGIN", "SET search_path = x", "COMMIT", "RESET ALL", "BEGIN",
                     "COMMIT"),
                 -1);
    assert_value(session, "SHOW search_path", "public");
    cr_assert_eq(run(session, NULL, "BEGIN", "SET search_path = x", "COMMIT", "RESET ALL", "BEGIN",
                     "SELECT 1 / 0", "COMMIT"),
                 5);
    assert_value(session, "SHOW search_path", "x");
}

static void
count(gpointer n)
{
    *(guint *)n += 1;
}

Test(session, tells_which_commands_are_done_also_when_a_later_one_is_not)
{
    g_autoptr(SpSession) session = open_new_database();
    g_autoptr(GError) error = NULL;
    guint n_first = 0;
    guint n_failed = 0;
    const SpCommand commands[] = {
        {.sql = "SELECT 1", .done = count, .data = &n_first},
        {.sql = "SELECT nope", .done = count, .data = &n_failed},
        {.sql = "SELECT 2", .done = count, .data = &n_failed},
    };
    cr_assert_not(sp_session_run(session, commands, G_N_ELEMENTS(commands), NULL, NULL, &error));
    cr_assert(n_first == 1 && n_failed == 0, "%u, %u", n_first, n_failed);
}

typedef struct {
    SpSession *other;
    char *seen;
} Witness;

static void
look(gpointer data)
{
    Witness *witness = data;
    /* The server tells the one before it begins with the other. */
    for (guint i = 0; i < 100 && g_strcmp0(witness->seen, "1") != 0; i++) {
        g_free(witness->seen);
        witness->seen = value_of(witness->other, "SELECT count(*) FROM pg_stat_activity WHERE "
                                                 "wait_event = 'PgSleep' AND state = 'active' "
                                                 "AND datname = current_database()");
        g_usleep(10000);
    }
}

Test(session, tells_it_while_a_later_one_still_runs)
{
    g_autofree char *conninfo = sp_test_database();
    g_autoptr(SpSession) session = open_session(conninfo);
    g_autoptr(SpSession) other = open_session(conninfo);
    Witness witness = {.other = other};
    const SpCommand commands[] = {
        {.sql = "SELECT pg_sleep(0.1)", .done = look, .data = &witness},
        {.sql = "SELECT pg_sleep(3)"},
    };
    assert_value(other, "SELECT 1", "1");
    cr_assert(sp_session_run(session, commands, G_N_ELEMENTS(commands), NULL, NULL, NULL));
    cr_assert_str_eq(witness.seen, "1");
    g_free(witness.seen);
}

Test(session, reset_brings_everything_back_but_keeps_the_lock)
{
    g_autoptr(SpSession) session = open_new_database();
    cr_assert_eq(run(session, NULL, "SELECT pg_advisory_lock(1234)", "CREATE TEMP TABLE t ()",
                     "LISTEN news", "PREPARE p AS SELECT 1",
                     "DECLARE c CURSOR WITH HOLD FOR SELECT 1", "SET statement_timeout = 1000",
                     "SET search_path = pg_catalog", "SET SESSION AUTHORIZATION pg_monitor"),
                 -1);
    cr_assert(sp_session_reset(session, NULL));
    static const char *const expected[][2] = {
        {"SELECT count(*) FROM pg_locks WHERE objid = 1234 AND pid = pg_backend_pid()", "1"},
        {"SELECT to_regclass('pg_temp.t') IS NULL", "t"},
        {"SELECT count(*) FROM pg_listening_channels()", "0"},
        {"SELECT count(*) FROM pg_prepared_statements", "0"},
        {"SELECT count(*) FROM pg_cursors WHERE name = 'c'", "0"},
        {"SHOW statement_timeout", "54321ms"},
        {"SHOW search_path", "public"},
        {"SELECT session_user", "postgres"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++)
        assert_value(session, expected[i][0], expected[i][1]);
}

Test(session, reset_takes_back_a_role)
{
    g_autoptr(SpSession) session = open_new_database();
    cr_assert_eq(run(session, NULL, "SET ROLE pg_monitor"), -1);
    cr_assert(sp_session_reset(session, NULL));
    assert_value(session, "SELECT current_user", "postgres");
}

Test(session, a_reset_of_an_extension_itself_keeps_the_settings)
{
    g_autoptr(SpSession) session = open_new_database();
    cr_assert_eq(run(session, NULL, "SET search_path = x", "RESET ALL"), -1);
    assert_value(session, "SHOW search_path", "public");
    assert_value(session, "SHOW statement_timeout", "54321ms");
}
