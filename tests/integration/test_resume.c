/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "support/cluster.h"
#include "support/install.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct sp_schema steps_schemas[] = {
    {.table = "steps",
     .sql = "CREATE TABLE IF NOT EXISTS steps (id int);\n"
            "CREATE TABLE IF NOT EXISTS gate (id int);"},
};
static const struct sp_extension_vtable empty = {.id = "steps", .schemas = SP_LIST(steps_schemas)};

/* An extension with one migration without a transaction; for the test's own stack. */
#define STEPS(text)                                                                             \
    {                                                                                           \
        .id = "steps", .schemas = SP_LIST(steps_schemas),                                       \
        .migrations = SP_TEST_LIST(                                                             \
            struct sp_migration,                                                                \
            {.version = 1, .name = "run", .flags = SP_MIGRATION_NO_TRANSACTION, .sql = (text)}) \
    }

#define CUT_TEXT                                        \
    "INSERT INTO steps VALUES (1);\n"                   \
    "INSERT INTO steps SELECT 2 FROM steps;\n"          \
    "CREATE INDEX CONCURRENTLY steps_id ON steps (id);" \
    "INSERT INTO gate VALUES (3);\n"

/* What must be the same, whether a run was cut or not. */
static const char *const shape_query =
    "SELECT concat_ws('; ', (SELECT string_agg(concat_ws(' ', relname, indisvalid, "
    "pg_get_indexdef(indexrelid)), ', ' ORDER BY relname) FROM pg_class LEFT JOIN pg_index "
    "ON indexrelid = pg_class.oid WHERE relnamespace = 'public'::regnamespace), "
    "(SELECT string_agg(id::text, ',' ORDER BY id) FROM steps), (SELECT count(*) FROM gate), "
    "(SELECT count(*) FROM extension_migrations), "
    "(SELECT count(*) FROM extension_migration_progress))";

static const char *const waiting_query =
    "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'sp-host' "
    "AND datname = current_database() AND pid <> pg_backend_pid() "
    "AND (wait_event_type = 'Lock' OR wait_event = 'PgSleep')";
/* What builds an index concurrently waits for transactions, sometimes for a moment. */
static const char *const waiting_for_table_query =
    "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'sp-host' "
    "AND datname = current_database() AND pid <> pg_backend_pid() "
    "AND wait_event_type = 'Lock' AND wait_event = 'relation'";
static const char *const gone_query =
    "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = 'sp-host' "
    "AND datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'";
static const char *const mark_query =
    "SELECT n_done || ' ' || (started_at IS NOT NULL) FROM extension_migration_progress";

static SpTestInstall
install(const char *database, const struct sp_extension_vtable *vtable)
{
    const SpInstallOptions options = {.lock_wait_ms = 30000};
    return sp_test_install_with(database, SP_TEST_VTABLES(vtable), &options, NULL);
}

static void
wait_for(const char *database, const char *query)
{
    for (guint i = 0; i < 300; i++) {
        g_autofree char *value = sp_test_value(database, query);
        if (g_str_equal(value, "t"))
            return;
        g_usleep(50000);
    }
    cr_assert_fail("never true: %s", query);
}

/* Runs the host in a process of its own, and kills it as soon as it waits.
 * @waits: the query that tells */
static void
cut(const char *database, const struct sp_extension_vtable *vtable, const char *waits)
{
    pid_t host = fork();
    cr_assert_neq(host, -1);
    if (host == 0) {
        install(database, vtable);
        _exit(0);
    }
    wait_for(database, waits);
    kill(host, SIGKILL);
    waitpid(host, NULL, 0);
    wait_for(database, gone_query);
}

static void
execute(SpSession *session, const char *sql)
{
    g_autoptr(GError) error = NULL;
    const SpCommand command = {.sql = sql};
    cr_assert(sp_session_run(session, &command, 1, NULL, NULL, &error), "%s",
              error ? error->message : "");
}

static char *
shape_of_an_undisturbed_run(const struct sp_extension_vtable *vtable)
{
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) undisturbed = install(database, vtable);
    sp_assert_installed(undisturbed);
    return sp_test_value(database, shape_query);
}

/* Installs the rest, and compares. */
static void
assert_mended(const char *database, const struct sp_extension_vtable *vtable)
{
    g_autofree char *expected = shape_of_an_undisturbed_run(vtable);
    g_auto(SpTestInstall) rest = install(database, vtable);
    sp_assert_installed(rest);
    sp_assert_value(database, shape_query, expected);
}

static void
make_tables(const char *database)
{
    g_auto(SpTestInstall) made = install(database, &empty);
    sp_assert_installed(made);
}

Test(resume, goes_on_at_the_statement_at_which_the_host_was_killed)
{
    const struct sp_extension_vtable steps = STEPS(CUT_TEXT);
    g_autofree char *database = sp_test_database();
    make_tables(database);
    g_autoptr(SpSession) locker = sp_test_session(database);
    execute(locker, "SET application_name = locker");
    execute(locker, "BEGIN");
    execute(locker, "LOCK TABLE gate IN SHARE MODE");
    cut(database, &steps, waiting_for_table_query);
    execute(locker, "COMMIT");
    sp_assert_value(database, mark_query, "3 true");
    assert_mended(database, &steps);
}

Test(resume, of_a_host_that_was_killed_in_a_transaction_finds_nothing_of_it)
{
    static const struct sp_migration slow[] = {
        {.version = 1, .name = "slow", .sql = "INSERT INTO steps VALUES (7); SELECT pg_sleep(3);"},
    };
    struct sp_extension_vtable steps = empty;
    steps.migrations = (struct sp_list)SP_LIST(slow);
    g_autofree char *database = sp_test_database();
    make_tables(database);
    cut(database, &steps, waiting_query);
    sp_assert_value(database, "SELECT count(*) FROM steps WHERE id = 7", "0");
    sp_assert_value(database, "SELECT count(*) FROM extension_migrations", "0");
    assert_mended(database, &steps);
    sp_assert_value(database, "SELECT count(*) FROM steps WHERE id = 7", "1");
}

Test(resume, builds_an_index_again_whose_build_was_cut)
{
    const struct sp_extension_vtable steps = STEPS(CUT_TEXT);
    g_autofree char *database = sp_test_database();
    make_tables(database);
    g_autoptr(SpSession) writer = sp_test_session(database);
    execute(writer, "SET application_name = writer");
    execute(writer, "BEGIN");
    execute(writer, "LOCK TABLE steps IN ROW EXCLUSIVE MODE");
    cut(database, &steps, waiting_query);
    execute(writer, "COMMIT");
    sp_assert_value(database, mark_query, "2 true");
    sp_assert_value(database,
                    "SELECT indisvalid FROM pg_index WHERE indexrelid = "
                    "'steps_id'::regclass",
                    "f");
    assert_mended(database, &steps);
}

Test(resume, takes_an_index_for_done_that_was_built_just_before_its_mark)
{
    const struct sp_extension_vtable steps = STEPS(CUT_TEXT);
    g_autofree char *database = sp_test_database();
    make_tables(database);
    sp_test_execute(database, "CREATE FUNCTION stall() RETURNS trigger LANGUAGE plpgsql AS "
                              "$$ BEGIN PERFORM pg_sleep(60); RETURN new; END $$");
    sp_test_execute(database, "CREATE TRIGGER stall BEFORE UPDATE ON extension_migration_progress "
                              "FOR EACH ROW WHEN (new.n_done = 3) EXECUTE FUNCTION stall()");
    cut(database, &steps, waiting_query);
    sp_test_execute(database, "DROP FUNCTION stall CASCADE");
    sp_assert_value(database, mark_query, "2 true");
    g_autofree char *built = sp_test_value(database, "SELECT 'steps_id'::regclass::oid");
    assert_mended(database, &steps);
    sp_assert_value(database, "SELECT 'steps_id'::regclass::oid", built);
}

Test(resume, of_a_killed_first_statement_is_known_too)
{
    const struct sp_extension_vtable steps =
        STEPS("CREATE INDEX CONCURRENTLY steps_id ON steps (id); INSERT INTO steps VALUES (1);");
    g_autofree char *database = sp_test_database();
    make_tables(database);
    sp_test_execute(database, "CREATE FUNCTION stall() RETURNS trigger LANGUAGE plpgsql AS "
                              "$$ BEGIN PERFORM pg_sleep(60); RETURN new; END $$");
    sp_test_execute(database, "CREATE TRIGGER stall BEFORE UPDATE ON extension_migration_progress "
                              "FOR EACH ROW WHEN (new.n_done = 1) EXECUTE FUNCTION stall()");
    cut(database, &steps, waiting_query);
    sp_test_execute(database, "DROP FUNCTION stall CASCADE");
    sp_assert_value(database, mark_query, "0 true");
    assert_mended(database, &steps);
}

Test(resume, never_takes_an_index_for_done_that_cannot_be_used)
{
    const struct sp_extension_vtable steps =
        STEPS("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS \"Steps id\" ON public.steps (id);"
              "INSERT INTO steps VALUES (7);");
    g_autofree char *database = sp_test_database();
    make_tables(database);
    sp_test_execute(database, "INSERT INTO steps VALUES (1), (1)");
    g_auto(SpTestInstall) first = install(database, &steps);
    cr_assert_eq(first.error->code, SP_ERROR_STATEMENT);
    cr_assert_str_eq(sp_error_get_place(first.error)->sqlstate, "23505");
    sp_test_execute(database, "DELETE FROM steps");
    assert_mended(database, &steps);
}

Test(resume, reports_a_build_that_left_an_index_that_cannot_be_used)
{
    const struct sp_extension_vtable steps =
        STEPS("CREATE INDEX CONCURRENTLY steps_id ON steps (id);");
    g_autofree char *database = sp_test_database();
    make_tables(database);
    sp_test_execute(database, "CREATE FUNCTION spoil() RETURNS event_trigger LANGUAGE plpgsql "
                              "SET allow_system_table_mods = on AS $$ BEGIN UPDATE pg_index SET "
                              "indisvalid = false WHERE indexrelid = 'steps_id'::regclass; END $$");
    sp_test_execute(database, "CREATE EVENT TRIGGER spoil ON ddl_command_end "
                              "WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION spoil()");
    g_auto(SpTestInstall) first = install(database, &steps);
    cr_assert_not_null(first.error);
    cr_assert_eq(first.error->code, SP_ERROR_INVALID_INDEX, "%s", first.error->message);
    cr_assert_str_eq(sp_error_get_place(first.error)->extension, "steps");
    sp_test_execute(database, "DROP EVENT TRIGGER spoil");
    sp_test_execute(database, "DROP FUNCTION spoil");
    g_auto(SpTestInstall) second = install(database, &steps);
    sp_assert_installed(second);
    sp_assert_value(database, "SELECT bool_and(indisvalid) FROM pg_index", "t");
}

Test(resume, does_not_take_an_index_of_somebody_else_for_its_own)
{
    const struct sp_extension_vtable steps =
        STEPS("CREATE INDEX CONCURRENTLY steps_id ON steps (id);");
    g_autofree char *database = sp_test_database();
    make_tables(database);
    sp_test_execute(database, "CREATE INDEX steps_id ON steps ((id + 1))");
    for (guint i = 0; i < 2; i++) {
        g_auto(SpTestInstall) refused = install(database, &steps);
        cr_assert_not_null(refused.error, "run %u", i);
        cr_assert_str_eq(sp_error_get_place(refused.error)->sqlstate, "42P07");
    }
}

#define FAILING "INSERT INTO steps VALUES (1);\nINSERT INTO steps VALUES (1 / 0);"

static void
fail_halfway(const char *database)
{
    const struct sp_extension_vtable steps = STEPS(FAILING);
    g_auto(SpTestInstall) first = install(database, &steps);
    cr_assert_eq(first.error->code, SP_ERROR_STATEMENT, "%s", first.error->message);
    const SpPlace *place = sp_error_get_place(first.error);
    cr_assert(place->statement == 2 && place->statements == 2 && place->line == 2);
    sp_assert_value(database, mark_query, "1 false");
}

Test(resume, refuses_a_migration_whose_finished_half_was_edited)
{
    const struct sp_extension_vtable edited =
        STEPS("INSERT INTO steps VALUES (2);\nINSERT INTO steps VALUES (3);");
    g_autofree char *database = sp_test_database();
    fail_halfway(database);
    g_auto(SpTestInstall) second = install(database, &edited);
    cr_assert_eq(second.error->code, SP_ERROR_MIGRATION_DRIFT);
    sp_assert_value(database, "SELECT string_agg(id::text, ',') FROM steps", "1");
}

Test(resume, goes_on_with_a_mended_second_half)
{
    const struct sp_extension_vtable mended =
        STEPS("INSERT INTO steps VALUES (1);\nINSERT INTO steps VALUES (3);");
    g_autofree char *database = sp_test_database();
    fail_halfway(database);
    assert_mended(database, &mended);
    sp_assert_value(database, "SELECT string_agg(id::text, ',') FROM steps", "1,3");
}

Test(resume, brings_back_what_the_first_half_has_set)
{
    const struct sp_extension_vtable failing =
        STEPS("CREATE SCHEMA other; SET search_path = other; SELECT 1 / 0;");
    const struct sp_extension_vtable mended =
        STEPS("CREATE SCHEMA other; SET search_path = other; CREATE TABLE here (id int);");
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) first = install(database, &failing);
    cr_assert_not_null(first.error);
    g_auto(SpTestInstall) second = install(database, &mended);
    sp_assert_installed(second);
    sp_assert_value(database, "SELECT to_regclass('other.here')", "other.here");
}

Test(resume, lets_a_block_commit_what_it_has_done)
{
    const struct sp_extension_vtable steps =
        STEPS("DO $$ BEGIN FOR i IN 1..3 LOOP INSERT INTO steps VALUES (i); COMMIT; END LOOP; "
              "END $$; INSERT INTO steps VALUES (4);");
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) run = install(database, &steps);
    sp_assert_installed(run);
    sp_assert_value(database, "SELECT string_agg(id::text, ',' ORDER BY id) FROM steps", "1,2,3,4");
}

Test(resume, keeps_its_marks_whatever_role_the_migration_chooses)
{
    const struct sp_extension_vtable steps =
        STEPS("SET ROLE pg_monitor; SELECT 1; VACUUM; "
              "SELECT 1 / (current_user = 'pg_monitor')::int; SELECT 1 / (SELECT count(*) - 1 "
              "FROM generate_series(1, 1));");
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) run = install(database, &steps);
    cr_assert_str_eq(sp_error_get_place(run.error)->sqlstate, "22012", "%s", run.error->message);
    sp_assert_value(database, mark_query, "4 false");
}

Test(resume, leaves_no_role_for_the_next_migration)
{
    static const struct sp_migration migrations[] = {
        {.version = 1, .name = "role", .sql = "SET ROLE pg_monitor;"},
        {.version = 2,
         .name = "alone",
         .flags = SP_MIGRATION_NO_TRANSACTION,
         .sql = "CREATE TABLE seen AS SELECT current_user::text AS name; SET ROLE pg_monitor;"},
        {.version = 3, .name = "next", .sql = "INSERT INTO seen SELECT current_user;"},
    };
    static const struct sp_extension_vtable roles = {.id = "roles",
                                                     .migrations = SP_LIST(migrations)};
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) run = install(database, &roles);
    sp_assert_installed(run);
    sp_assert_value(database, "SELECT string_agg(name, ',') FROM seen", "postgres,postgres");
}
