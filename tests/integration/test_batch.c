/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What the transactions of a flight promise each other. */
#include "base/error.h"
#include "support/cluster.h"
#include "support/install.h"

#include <criterion/criterion.h>

#define TERMINATE \
    "DO $$ BEGIN EXECUTE 'SELECT pg_terminate_' || 'backend(pg_backend_pid())'; END $$;"

static const struct sp_schema a_schemas[] = {
    {.sql = "CREATE TABLE IF NOT EXISTS a (what text);"},
};
static const struct sp_extension_vtable only_a = {.id = "a", .schemas = SP_LIST(a_schemas)};
static const struct sp_schema c_schemas[] = {
    {.sql = "CREATE TABLE IF NOT EXISTS c (what text);"},
};
static const struct sp_migration c_migrations[] = {
    {.version = 1, .name = "one", .sql = "INSERT INTO c VALUES ('one');"},
};
static const struct sp_extension_vtable c = {
    .id = "c",
    .schemas = SP_LIST(c_schemas),
    .migrations = SP_LIST(c_migrations),
};

/* Three migrations of an extension and then one of another; the second is of the test. */
static SpTestInstall
install_around(const char *database, const char *sql, guint attempts, const SpProgress *progress)
{
    const struct sp_migration migrations[] = {
        {.version = 1, .name = "one", .sql = "INSERT INTO a VALUES ('one');"},
        {.version = 2, .name = "two", .sql = sql},
        {.version = 3, .name = "three", .sql = "INSERT INTO a VALUES ('three');"},
    };
    const struct sp_extension_vtable a = {
        .id = "a", .schemas = SP_LIST(a_schemas), .migrations = SP_LIST(migrations)};
    const SpInstallOptions options = {
        .lock_wait_ms = 500, .lock_timeout_ms = attempts > 0 ? 200 : 0, .attempts = attempts};
    return sp_test_install_with(database, SP_TEST_VTABLES(&a, &c), &options, progress);
}

static void
assert_state(const SpTestInstall *install, const char *extension, const char *step,
             const char *expected)
{
    const char *state = sp_test_install_state(install, extension, step);
    cr_assert_str_eq(state, expected, "%s of %s is %s", step, extension, state);
}

/* Whatever ended it: the second migration of the first extension left nothing, nor did what is
 * after it. */
static void
assert_ended_in_the_middle(const char *database, const SpTestInstall *install)
{
    sp_assert_value(database, "SELECT string_agg(what, ',') FROM a", "one");
    sp_assert_value(database, "SELECT count(*) FROM c", "0");
    sp_assert_value(database, "SELECT string_agg(id, ',') FROM extension_migrations", "a_001");
    assert_state(install, "a", "structural", "done");
    assert_state(install, "c", "structural", "done");
    assert_state(install, "a", "001_one", "done");
    assert_state(install, "a", "002_two", "failed");
    assert_state(install, "a", "003_three", "not-reached");
    assert_state(install, "c", "001_one", "not-reached");
    cr_assert_str_eq(sp_error_get_place(install->error)->extension, "a");
    cr_assert_str_eq(sp_error_get_place(install->error)->phase, "migrations");
}

Test(batch, keeps_the_transactions_before_an_error_and_nothing_of_or_after_it)
{
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install =
        install_around(database, "INSERT INTO a VALUES ('two');\nSELECT 1 / 0;", 0, NULL);
    assert_ended_in_the_middle(database, &install);
    const SpPlace *place = sp_error_get_place(install.error);
    cr_assert_eq(install.error->code, SP_ERROR_STATEMENT);
    cr_assert(place->line == 2 && place->statement == 2 && place->statements == 2);
    cr_assert_str_eq(place->sqlstate, "22012");
}

Test(batch, does_so_when_a_commit_fails)
{
    g_autofree char *database = sp_test_database();
    sp_test_execute(database, "CREATE TABLE a (what text UNIQUE DEFERRABLE INITIALLY DEFERRED)");
    sp_test_adopt(database, SP_TEST_VTABLES(&only_a));
    g_auto(SpTestInstall) install =
        install_around(database, "INSERT INTO a VALUES ('two'), ('two');", 0, NULL);
    assert_ended_in_the_middle(database, &install);
    cr_assert_str_eq(sp_error_get_place(install.error)->sqlstate, "23505");
}

Test(batch, says_what_is_known_when_the_connection_is_lost)
{
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install =
        install_around(database, "INSERT INTO a VALUES ('two');\n" TERMINATE, 0, NULL);
    assert_ended_in_the_middle(database, &install);
    cr_assert_eq(install.error->code, SP_ERROR_CONNECTION_LOST);
    cr_assert_eq(sp_error_get_place(install.error)->statement, 2);
    /* two of structural DDL and one migration, of six */
    const char *detail = sp_error_detail(install.error);
    cr_assert(g_strrstr(detail, "Of the 6 transactions") && g_strrstr(detail, "COMMIT of 3"), "%s",
              detail);
}

/* The second session ends the first one between a statement and its commit. */
static gpointer
kill_sleeper(gpointer database)
{
    for (guint i = 0; i < 200; i++) {
        g_autofree char *n = sp_test_value(
            database, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE "
                      "wait_event = 'PgSleep' AND datname = current_database()");
        if (!g_str_equal(n, "0"))
            return NULL;
        g_usleep(20000);
    }
    return NULL;
}

Test(batch, says_so_when_another_ends_the_session)
{
    g_autofree char *database = sp_test_database();
    GThread *thread = g_thread_new("killer", kill_sleeper, database);
    g_auto(SpTestInstall) install =
        install_around(database, "INSERT INTO a VALUES ('two');\nSELECT pg_sleep(20);", 0, NULL);
    g_thread_join(thread);
    assert_ended_in_the_middle(database, &install);
    cr_assert_eq(install.error->code, SP_ERROR_CONNECTION_LOST);
}

typedef struct {
    GString *told;
    SpSession *locker;
} Listener;

static void
hear_begun(gpointer data, const SpStep *step)
{
    Listener *listener = data;
    g_string_append_printf(listener->told, "<%s", step->name);
}

static void
hear_ended(gpointer data, const SpStep *step)
{
    Listener *listener = data;
    g_string_append_printf(listener->told, ">%s ", sp_step_state_nick(step->state));
}

/* Lets go as soon as somebody was seen to wait. */
static void
hear_blocked(gpointer data, const SpStep *step, const char *blocker)
{
    Listener *listener = data;
    SpSession *locker = g_atomic_pointer_exchange(&listener->locker, NULL);
    const SpCommand command = {.sql = "ROLLBACK"};
    if (locker == NULL)
        return;
    g_string_append_printf(listener->told, "(%s)", step->name);
    g_usleep(500000);
    sp_session_run(locker, &command, 1, NULL, NULL, NULL);
}

Test(batch, goes_on_from_the_transaction_that_met_a_lock)
{
    g_autofree char *database = sp_test_database();
    sp_test_execute(database, "CREATE TABLE contended (id int)");
    g_autoptr(SpSession) locker = sp_test_session(database);
    const SpCommand commands[] = {{.sql = "BEGIN"}, {.sql = "LOCK TABLE contended"}};
    cr_assert(sp_session_run(locker, commands, 2, NULL, NULL, NULL));
    Listener listener = {g_string_new(NULL), locker};
    const SpProgress progress = {
        .begun = hear_begun, .ended = hear_ended, .blocked = hear_blocked, .data = &listener};
    g_auto(SpTestInstall) install = install_around(
        database, "INSERT INTO a VALUES ('two');\nSELECT FROM contended;", 20, &progress);
    sp_assert_installed(install);
    sp_assert_value(database, "SELECT string_agg(what, ',') FROM a", "one,two,three");
    sp_assert_value(database, "SELECT count(*) FROM c", "1");
    cr_assert_str_eq(listener.told->str,
                     "<structural>done <structural>done <001_one>done <002_two(002_two)>done "
                     "<003_three>done <001_one>done ");
    g_string_free(listener.told, TRUE);
}

Test(batch, names_the_step_that_met_a_lock_once_too_often)
{
    g_autofree char *database = sp_test_database();
    sp_test_execute(database, "CREATE TABLE contended (id int)");
    g_autoptr(SpSession) locker = sp_test_session(database);
    const SpCommand commands[] = {{.sql = "BEGIN"}, {.sql = "LOCK TABLE contended"}};
    cr_assert(sp_session_run(locker, commands, 2, NULL, NULL, NULL));
    g_auto(SpTestInstall) install =
        install_around(database, "INSERT INTO a VALUES ('two');\nSELECT FROM contended;", 2, NULL);
    assert_ended_in_the_middle(database, &install);
    cr_assert_eq(install.error->code, SP_ERROR_LOCK_TIMEOUT);
    cr_assert(g_strrstr(sp_error_detail(install.error), "It waited for"));
    cr_assert_eq(sp_error_get_place(install.error)->statement, 2);
}

/* Where a and c share a flight. */
Test(batch, lets_nothing_of_one_extension_reach_the_next)
{
    static const struct sp_migration changing[] = {
        {.version = 1,
         .name = "changing",
         .sql = "CREATE TEMP TABLE leftover (id int);\n"
                "DECLARE reader CURSOR FOR SELECT id FROM leftover;\n"
                "FETCH reader;\n"
                "LISTEN news;\n"
                "PREPARE plan AS SELECT 1;\n"
                "SET work_mem = '7MB';\n"
                "SET search_path = pg_catalog;\n"
                "SET synchronous_commit = local;\n"
                "SET default_transaction_isolation = serializable;\n"
                "SET default_transaction_read_only = on;\n"
                "SET ROLE pg_monitor;"},
    };
    static const struct sp_migration looking[] = {
        {.version = 1,
         .name = "looking",
         .sql = "CREATE TABLE seen AS SELECT to_regclass('pg_temp.leftover') IS NULL AS no_table, "
                "(SELECT count(*) FROM pg_prepared_statements) AS n_plans, "
                "(SELECT count(*) FROM pg_cursors WHERE name = 'reader') AS n_cursors, "
                "(SELECT count(*) FROM pg_listening_channels()) AS n_channels, "
                "current_setting('transaction_isolation') AS isolation, "
                "current_setting('work_mem') AS memory, current_setting('search_path') AS path, "
                "current_user::text AS who, session_user::text AS self;"},
    };
    const struct sp_extension_vtable a = {
        .id = "a", .schemas = SP_LIST(a_schemas), .migrations = SP_LIST(changing)};
    const struct sp_extension_vtable seer = {
        .id = "b", .schemas = SP_LIST(c_schemas), .migrations = SP_LIST(looking)};
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&a, &seer));
    sp_assert_installed(install);
    sp_assert_value(database, "SELECT s::text FROM seen s",
                    "(t,0,0,0,\"read committed\",4MB,public,postgres,postgres)");
}

/* Prepared statements survive a rollback. */
Test(batch, lets_nothing_reach_the_session_after_an_error)
{
    static const struct sp_migration migrations[] = {
        {.version = 1, .name = "changing", .sql = "SET work_mem = '7MB';\nSET ROLE pg_monitor;"},
        {.version = 2, .name = "failing", .sql = "PREPARE plan AS SELECT 1;\nSELECT 1 / 0;"},
    };
    const struct sp_extension_vtable a = {
        .id = "a", .schemas = SP_LIST(a_schemas), .migrations = SP_LIST(migrations)};
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&a));
    cr_assert_eq(install.error->code, SP_ERROR_STATEMENT);
    g_autoptr(SpRows) rows = sp_session_query(install.session,
                                              "SELECT current_setting('work_mem'), current_user, "
                                              "(SELECT count(*) FROM pg_prepared_statements)",
                                              NULL, 0, NULL);
    cr_assert_str_eq(sp_rows_get(rows, 0, 0), "4MB");
    cr_assert_str_eq(sp_rows_get(rows, 0, 1), "postgres");
    cr_assert_str_eq(sp_rows_get(rows, 0, 2), "0");
}

/* The first migration notes where the log stands and how it commits, and the log is not flushed in
 * the background meanwhile. */
static void
assert_flushed(const char *sql)
{
    g_autofree char *database = sp_test_database();
    g_autofree char *durable = g_strconcat(database, " options='-c synchronous_commit=on'", NULL);
    sp_test_execute(database, "ALTER SYSTEM SET wal_writer_delay = '10s'");
    sp_test_execute(database, "SELECT pg_reload_conf()");
    sp_test_execute(database, "CREATE TABLE a (what text, lsn pg_lsn DEFAULT "
                              "pg_current_wal_insert_lsn(), "
                              "how text DEFAULT current_setting('synchronous_commit'))");
    sp_test_adopt(database, SP_TEST_VTABLES(&only_a));
    g_auto(SpTestInstall) install = install_around(durable, sql, 0, NULL);
    sp_assert_value(database, "SELECT max(lsn) < pg_current_wal_flush_lsn() FROM a", "t");
    sp_assert_value(database, "SELECT string_agg(DISTINCT how, ',') FROM a", "off");
}

Test(batch, has_flushed_all_commits_when_it_ends)
{
    assert_flushed("INSERT INTO a VALUES ('two');");
}

Test(batch, has_flushed_those_before_an_error)
{
    assert_flushed("SELECT 1 / 0;");
}

Test(batch, of_one_transaction_commits_as_the_session_does)
{
    static const struct sp_seed seeds[] = {
        {.id = "how",
         .sql = "INSERT INTO a SELECT current_setting('synchronous_commit') "
                "ON CONFLICT DO NOTHING;"},
    };
    struct sp_extension_vtable a = {.id = "a", .schemas = SP_LIST(a_schemas)};
    g_autofree char *database = sp_test_database();
    g_autofree char *local = g_strconcat(database, " options='-c synchronous_commit=local'", NULL);
    g_auto(SpTestInstall) bare = sp_test_install(local, SP_TEST_VTABLES(&a));
    sp_assert_installed(bare);
    a.seeds = (struct sp_list)SP_LIST(seeds);
    g_auto(SpTestInstall) install = sp_test_install(local, SP_TEST_VTABLES(&a));
    sp_assert_installed(install);
    sp_assert_value(database, "SELECT what FROM a", "local");
}

/* The right to write a message into the log is everybody's. */
Test(batch, needs_no_privilege_of_its_own)
{
    g_autofree char *database = sp_test_database();
    sp_test_execute(database, "CREATE ROLE plain LOGIN");
    sp_test_execute(database, "GRANT CREATE ON SCHEMA public TO plain");
    g_autofree char *plain =
        g_strconcat(database, " user=plain options='-c synchronous_commit=on'", NULL);
    g_auto(SpTestInstall) install = install_around(plain, "INSERT INTO a VALUES ('two');", 0, NULL);
    sp_test_execute(database, "DROP OWNED BY plain CASCADE");
    sp_test_execute(database, "DROP ROLE plain");
    sp_assert_installed(install);
}
