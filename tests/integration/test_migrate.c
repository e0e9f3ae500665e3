/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/migrate.h"

#include "act/ledger_edit.h"
#include "base/error.h"
#include "support/cluster.h"
#include "support/findings.h"
#include "support/install.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct sp_schema shop_schemas[] = {
    {.sql = "CREATE TABLE IF NOT EXISTS steps (n serial PRIMARY KEY, what text);\n"
            "CREATE OR REPLACE VIEW whats AS SELECT what FROM steps;\n"},
};
static const struct sp_migration shop_migrations[] = {
    {.version = 1,
     .name = "one",
     .sql = "CREATE TABLE m1 (id int); INSERT INTO steps (what) VALUES ('up 1');",
     .down_sql = "DROP TABLE m1; INSERT INTO steps (what) VALUES ('down 1');"},
    {.version = 2,
     .name = "two",
     .sql = "CREATE TABLE m2 (id int); INSERT INTO steps (what) VALUES ('up 2');",
     .down_sql = "DROP TABLE m2; INSERT INTO steps (what) VALUES ('down 2');"},
    {.version = 3,
     .name = "three",
     .sql = "CREATE TABLE m3 (id int); INSERT INTO steps (what) VALUES ('up 3');",
     .down_sql = "DROP TABLE m3; INSERT INTO steps (what) VALUES ('down 3');",
     .down_source = "003_three.down.sql"},
};
static const struct sp_extension_vtable shop = {
    .id = "shop",
    .schemas = SP_LIST(shop_schemas),
    .migrations = SP_LIST(shop_migrations),
};

#define STEPS "SELECT string_agg(what, ', ' ORDER BY n) FROM steps"
#define LEDGER "SELECT string_agg(id, ' ' ORDER BY version) FROM extension_migrations"

/* The shop with other migrations, each {version, name, ...} taking the place of the one with its
 * version. */
typedef struct {
    struct sp_migration migrations[3];
    struct sp_extension_vtable vtable;
} Shop;

static void
shop_change(Shop *other, guint version, const char *sql, const char *down_sql)
{
    if (other->vtable.id == NULL)
        memcpy(other->migrations, shop_migrations, sizeof shop_migrations);
    other->vtable = shop;
    other->vtable.migrations = (struct sp_list)SP_LIST(other->migrations);
    if (sql != NULL)
        other->migrations[version - 1].sql = sql;
    other->migrations[version - 1].down_sql = down_sql;
}

/* What one run of a tool left. */
typedef struct {
    SpSession *session;
    SpDeclared *declared;
    SpFindings *findings;
    GPtrArray *edits; /* (nullable) */
    GError *error;    /* (nullable) */
} Run;

static Run
run(const char *database, const struct sp_extension_vtable *const *vtables,
    SpMigrateOptions options)
{
    Run run = {
        .session = sp_test_session(database),
        .declared = sp_test_declared(vtables),
        .findings = sp_findings_new(),
    };
    options.request.extension = options.request.extension ? options.request.extension : "shop";
    gboolean done =
        sp_migrate(run.session, run.declared, &options, NULL, run.findings, &run.edits, &run.error);
    cr_assert_eq(done, run.error == NULL);
    return run;
}

static void
run_clear(Run *run)
{
    g_clear_pointer(&run->edits, g_ptr_array_unref);
    sp_session_close(run->session);
    sp_declared_free(run->declared);
    sp_findings_free(run->findings);
    g_clear_error(&run->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

#define DOWN(n) \
    ((SpMigrateOptions){sp_edits_down, {.count = (n)}, .applies = TRUE, .is_all_or_none = TRUE})
#define REPAIR(applies) ((SpMigrateOptions){sp_edits_repair, {0}, (applies)})
#define RECONCILE ((SpMigrateOptions){sp_edits_repair, {.reconciles_only = TRUE}, TRUE})
#define MARK(n, applies) ((SpMigrateOptions){sp_edits_mark, {.version = (n)}, (applies)})

static const char *
state_of(const Run *run, guint index)
{
    cr_assert(run->edits != NULL && index < run->edits->len);
    const SpEdit *edit = g_ptr_array_index(run->edits, index);
    return sp_step_state_nick(edit->state);
}

static char *database;

static void
install(const struct sp_extension_vtable *vtable)
{
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(vtable));
    sp_assert_installed(install);
}

static void
setup(void)
{
    database = sp_test_database();
    install(&shop);
}

static void
teardown(void)
{
    g_free(database);
}

TestSuite(migrate, .init = setup, .fini = teardown);

Test(migrate, undoes_what_the_next_install_does_again)
{
    g_auto(Run) down = run(database, SP_TEST_VTABLES(&shop), DOWN(1));
    cr_assert_null(down.error);
    cr_expect_str_eq(state_of(&down, 0), "done");
    sp_assert_value(database, LEDGER, "shop_001 shop_002");
    sp_assert_value(database, "SELECT to_regclass('m3')", "");
    install(&shop);
    sp_assert_value(database, LEDGER, "shop_001 shop_002 shop_003");
    sp_assert_value(database, STEPS, "up 1, up 2, up 3, down 3, up 3");
}

Test(migrate, undoes_as_many_as_told_the_newest_first)
{
    g_auto(Run) down = run(database, SP_TEST_VTABLES(&shop), DOWN(2));
    cr_assert_null(down.error);
    sp_assert_value(database, LEDGER, "shop_001");
    sp_assert_value(database, STEPS, "up 1, up 2, up 3, down 3, down 2");
}

Test(migrate, makes_the_next_install_look_at_the_ddl_again)
{
    sp_test_execute(database, "INSERT INTO extension_digests VALUES ('other', 'dependent', 'x')");
    g_auto(Run) down = run(database, SP_TEST_VTABLES(&shop), DOWN(1));
    cr_assert_null(down.error);
    sp_assert_value(database,
                    "SELECT string_agg(extension_id, ' ') FROM extension_digests "
                    "WHERE phase <> 'definitions'",
                    "other");
}

Test(migrate, undoes_nothing_when_the_third_is_irreversible)
{
    Shop stuck = {0};
    shop_change(&stuck, 1, NULL, NULL);
    g_auto(Run) down = run(database, SP_TEST_VTABLES(&stuck.vtable), DOWN(3));
    cr_assert(g_error_matches(down.error, SP_ERROR, SP_ERROR_NOT_REVERSIBLE));
    cr_expect_null(down.edits);
    sp_assert_value(database, STEPS, "up 1, up 2, up 3");
}

Test(migrate, undoes_nothing_that_another_extension_uses)
{
    static const struct sp_dependency dependencies[] = {{.id = "shop"}};
    static const struct sp_schema schemas[] = {
        {.sql = "CREATE OR REPLACE VIEW report AS\n  SELECT id FROM m2;", .source = "report.sql"},
    };
    static const struct sp_extension_vtable reports = {
        .id = "reports", .dependencies = SP_LIST(dependencies), .schemas = SP_LIST(schemas)};
    g_auto(Run) down = run(database, SP_TEST_VTABLES(&shop, &reports), DOWN(3));
    cr_assert(g_error_matches(down.error, SP_ERROR, SP_ERROR_OBJECT_IN_USE));
    cr_expect_not_null(strstr(sp_error_detail(down.error), "report.sql:2:"));
    sp_assert_value(database, LEDGER, "shop_001 shop_002 shop_003");
}

Test(migrate, rolls_everything_back_when_the_second_fails)
{
    Shop broken = {0};
    shop_change(&broken, 2, NULL, "DROP TABLE m2;\n SELECT 1/0;\nSELECT 1;");
    broken.migrations[1].down_source = "two.down.sql";
    g_auto(Run) down = run(database, SP_TEST_VTABLES(&broken.vtable), DOWN(3));
    cr_assert(g_error_matches(down.error, SP_ERROR, SP_ERROR_STATEMENT));
    const SpPlace *place = sp_error_get_place(down.error);
    cr_expect_str_eq(place->extension, "shop");
    cr_expect_str_eq(place->source, "two.down.sql");
    cr_expect_eq(place->line, 2);
    cr_expect_eq(place->statement, 2);
    cr_expect_eq(place->statements, 3);
    cr_expect_str_eq(state_of(&down, 0), "not-reached");
    cr_expect_str_eq(state_of(&down, 1), "failed");
    sp_assert_value(database, LEDGER, "shop_001 shop_002 shop_003");
    sp_assert_value(database, STEPS, "up 1, up 2, up 3");
    sp_assert_value(database, "SELECT to_regclass('m3')", "m3");
}

Test(migrate, keeps_what_one_text_sets_from_the_next)
{
    Shop wild = {0};
    shop_change(&wild, 3, NULL,
                "DROP TABLE m3; CREATE SCHEMA elsewhere;"
                "SELECT pg_catalog.set_config('search_path', 'elsewhere', false);"
                "SET ROLE pg_monitor;");
    g_auto(Run) down = run(database, SP_TEST_VTABLES(&wild.vtable), DOWN(2));
    cr_assert_null(down.error, "%s", down.error ? down.error->message : "");
    sp_assert_value(database, LEDGER, "shop_001");
}

Test(migrate, rolls_back_when_the_row_of_the_ledger_stays)
{
    sp_test_execute(database, "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS "
                              "$$ BEGIN RETURN NULL; END $$");
    sp_test_execute(database, "CREATE TRIGGER keep BEFORE DELETE ON extension_migrations "
                              "FOR EACH ROW EXECUTE FUNCTION keep()");
    g_auto(Run) down = run(database, SP_TEST_VTABLES(&shop), DOWN(1));
    cr_assert(g_error_matches(down.error, SP_ERROR, SP_ERROR_LEDGER));
    cr_expect_str_eq(state_of(&down, 0), "failed");
    sp_assert_value(database, "SELECT to_regclass('m3')", "m3");
}

Test(migrate, says_that_a_commit_failed)
{
    Shop late = {0};
    shop_change(&late, 3, NULL,
                "DROP TABLE m3; CREATE TABLE d (id int UNIQUE DEFERRABLE INITIALLY DEFERRED);"
                "INSERT INTO d VALUES (1), (1);");
    g_auto(Run) down = run(database, SP_TEST_VTABLES(&late.vtable), DOWN(1));
    cr_assert(g_error_matches(down.error, SP_ERROR, SP_ERROR_STATEMENT));
    cr_expect_str_eq(state_of(&down, 0), "failed");
    sp_assert_value(database, LEDGER, "shop_001 shop_002 shop_003");
}

Test(migrate, stops_at_the_lock_that_another_host_holds)
{
    g_autoptr(SpSession) holder = sp_test_session(database);
    g_autoptr(SpRows) rows =
        sp_session_query(holder, "SELECT pg_advisory_lock(8318274334656328705)", NULL, 0, NULL);
    cr_assert_not_null(rows);
    g_auto(Run) down = run(database, SP_TEST_VTABLES(&shop), DOWN(1));
    cr_assert(g_error_matches(down.error, SP_ERROR, SP_ERROR_LOCKED));
    g_auto(Run) shown = run(database, SP_TEST_VTABLES(&shop), REPAIR(FALSE));
    cr_assert_null(shown.error);
}

Test(migrate, writes_to_no_read_only_database)
{
    const SpMigrateOptions tools[] = {DOWN(1), REPAIR(TRUE), MARK(1, TRUE)};
    g_autofree char *read_only =
        g_strconcat(database, " options='-c default_transaction_read_only=on'", NULL);
    for (guint i = 0; i < G_N_ELEMENTS(tools); i++) {
        g_auto(Run) down = run(read_only, SP_TEST_VTABLES(&shop), tools[i]);
        cr_assert(g_error_matches(down.error, SP_ERROR, SP_ERROR_STANDBY));
    }
    g_auto(Run) shown = run(read_only, SP_TEST_VTABLES(&shop), REPAIR(FALSE));
    cr_assert_null(shown.error);
}

Test(migrate, gives_up_on_a_table_that_somebody_keeps_locked)
{
    SpMigrateOptions options = DOWN(2);
    options.lock_timeout_ms = 200;
    g_autoptr(SpSession) holder = sp_test_session(database);
    const SpCommand commands[] = {{.sql = "BEGIN"}, {.sql = "LOCK TABLE m2"}};
    cr_assert(sp_session_run(holder, commands, 2, NULL, NULL, NULL));
    g_auto(Run) down = run(database, SP_TEST_VTABLES(&shop), options);
    cr_assert(g_error_matches(down.error, SP_ERROR, SP_ERROR_LOCK_TIMEOUT));
    cr_expect_str_eq(sp_error_get_place(down.error)->extension, "shop");
    cr_expect_str_eq(state_of(&down, 1), "failed");
    sp_assert_value(database, LEDGER, "shop_001 shop_002 shop_003");
}

static gpointer
unlock_later(gpointer session)
{
    const SpCommand command = {.sql = "ROLLBACK"};
    g_usleep(400000);
    return GINT_TO_POINTER(sp_session_run(session, &command, 1, NULL, NULL, NULL));
}

Test(migrate, tries_again_until_the_table_is_free)
{
    SpMigrateOptions options = DOWN(2);
    options.lock_timeout_ms = 100;
    options.attempts = 10;
    g_autoptr(SpSession) holder = sp_test_session(database);
    const SpCommand commands[] = {{.sql = "BEGIN"}, {.sql = "LOCK TABLE m2"}};
    cr_assert(sp_session_run(holder, commands, 2, NULL, NULL, NULL));
    GThread *thread = g_thread_new("unlock", unlock_later, holder);
    g_auto(Run) down = run(database, SP_TEST_VTABLES(&shop), options);
    cr_assert(g_thread_join(thread));
    cr_assert_null(down.error, "%s", down.error ? down.error->message : "");
    cr_expect_str_eq(state_of(&down, 1), "done");
    sp_assert_value(database, STEPS, "up 1, up 2, up 3, down 3, down 2");
}

/* What the ledger holds of migration 2. */
#define ROW "SELECT checksum || ' ' || sha256 FROM extension_migrations WHERE version = 2"

static void
change_two(Shop *edited)
{
    shop_change(edited, 2,
                "CREATE TABLE IF NOT EXISTS m2 (id int); INSERT INTO steps (what) VALUES ('2b');",
                NULL);
}

Test(migrate, shows_a_repair_and_writes_nothing)
{
    Shop edited = {0};
    change_two(&edited);
    g_autofree char *before = sp_test_value(database, ROW);
    g_auto(Run) repair = run(database, SP_TEST_VTABLES(&edited.vtable), REPAIR(FALSE));
    cr_assert_null(repair.error);
    cr_expect_str_eq(state_of(&repair, 0), "pending");
    sp_assert_value(database, ROW, before);
    sp_assert_value(database, STEPS, "up 1, up 2, up 3");
}

Test(migrate, repairs_by_running_the_text_as_it_is_now)
{
    Shop edited = {0};
    change_two(&edited);
    g_auto(Run) repair = run(database, SP_TEST_VTABLES(&edited.vtable), REPAIR(TRUE));
    cr_assert_null(repair.error);
    cr_expect_str_eq(state_of(&repair, 0), "done");
    sp_assert_value(database, STEPS, "up 1, up 2, up 3, 2b");
    g_auto(Run) again = run(database, SP_TEST_VTABLES(&edited.vtable), REPAIR(TRUE));
    cr_expect_eq(again.edits->len, 0);
    install(&edited.vtable);
    sp_assert_value(database, STEPS, "up 1, up 2, up 3, 2b");
}

Test(migrate, reconciles_without_running_anything)
{
    Shop edited = {0};
    change_two(&edited);
    g_auto(Run) repair = run(database, SP_TEST_VTABLES(&edited.vtable), RECONCILE);
    cr_assert_null(repair.error);
    install(&edited.vtable);
    sp_assert_value(database, STEPS, "up 1, up 2, up 3");
}

Test(migrate, corrects_no_row_that_holds_another_checksum_than_was_read)
{
    g_autoptr(SpDeclared) declared = sp_test_declared(SP_TEST_VTABLES(&shop));
    const SpExtension *extension = sp_prepared_get_extension(sp_declared_get_prepared(declared, 0));
    g_auto(SpRecord) record =
        sp_ledger_correct_migration("shop", sp_extension_get_migration(extension, 0), "another");
    g_autoptr(SpSession) session = sp_test_session(database);
    guint64 n_rows = 1;
    cr_assert(sp_session_run(session, &record.command, 1, &n_rows, NULL, NULL));
    cr_expect_eq(n_rows, 0);
}

Test(migrate, shows_parameters_as_literals_that_cannot_be_left)
{
    g_auto(SpRecord) record = sp_ledger_forget_migration("it's $2", 12);
    g_autofree char *sql = sp_record_to_sql(&record);
    cr_expect_str_eq(sql, "DELETE FROM public.extension_migrations WHERE extension_id = "
                          "'it''s $2' AND version = '12'::integer");
}

Test(migrate, keeps_the_row_of_a_repair_that_fails_and_what_was_repaired_before)
{
    Shop edited = {0};
    shop_change(&edited, 1, "SELECT 1;", NULL);
    shop_change(&edited, 2, "INSERT INTO steps (what) VALUES ('lost');\nSELECT 1/0;", NULL);
    shop_change(&edited, 3, "SELECT 3;", NULL);
    g_autofree char *before = sp_test_value(database, ROW);
    g_auto(Run) repair = run(database, SP_TEST_VTABLES(&edited.vtable), REPAIR(TRUE));
    cr_assert(g_error_matches(repair.error, SP_ERROR, SP_ERROR_STATEMENT));
    cr_expect_eq(sp_error_get_place(repair.error)->line, 2);
    cr_expect_str_eq(state_of(&repair, 0), "done");
    cr_expect_str_eq(state_of(&repair, 1), "failed");
    cr_expect_str_eq(state_of(&repair, 2), "not-reached");
    sp_assert_value(database, ROW, before);
    sp_assert_value(database, STEPS, "up 1, up 2, up 3");
    g_auto(Run) left = run(database, SP_TEST_VTABLES(&edited.vtable), REPAIR(FALSE));
    cr_expect_eq(left.edits->len, 2);
}

Test(migrate, runs_again_under_the_time_limit_of_the_text)
{
    Shop edited = {0};
    shop_change(&edited, 2, "-- @statement-timeout: 100ms\nSELECT pg_sleep(20);", NULL);
    g_auto(Run) repair = run(database, SP_TEST_VTABLES(&edited.vtable), REPAIR(TRUE));
    cr_assert_not_null(repair.error);
    cr_expect_str_eq(sp_error_get_place(repair.error)->sqlstate, "57014");
}

Test(migrate, repairs_a_ledger_of_the_original_system)
{
    Shop edited = {0};
    change_two(&edited);
    sp_test_execute(database, "ALTER TABLE extension_migrations DROP COLUMN sha256");
    sp_test_execute(database, "DROP TABLE extension_digests");
    g_auto(Run) repair = run(database, SP_TEST_VTABLES(&edited.vtable), RECONCILE);
    cr_assert_null(repair.error, "%s", repair.error ? repair.error->message : "");
    sp_assert_value(database, "SELECT version FROM extension_migrations WHERE sha256 IS NOT NULL",
                    "2");
}

Test(migrate, records_what_was_done_by_hand_without_running_it)
{
    g_autofree char *fresh = sp_test_database();
    g_auto(Run) shown = run(fresh, SP_TEST_VTABLES(&shop), MARK(2, FALSE));
    cr_assert_null(shown.error);
    sp_assert_value(fresh, "SELECT to_regclass('extension_migrations')", "");
    g_auto(Run) mark = run(fresh, SP_TEST_VTABLES(&shop), MARK(2, TRUE));
    cr_assert_null(mark.error);
    g_auto(SpTestInstall) install = sp_test_install(fresh, SP_TEST_VTABLES(&shop));
    sp_assert_installed(install);
    sp_assert_value(fresh, STEPS, "up 1, up 3");
    sp_assert_value(fresh, "SELECT to_regclass('m2')", "");
}

Test(migrate, forgets_how_far_a_migration_came_that_it_records)
{
    static const struct sp_migration slow[] = {
        {.version = 1, .name = "slow", .sql = "ANALYZE", .flags = SP_MIGRATION_NO_TRANSACTION},
    };
    const struct sp_extension_vtable vtable = {.id = "slow", .migrations = SP_LIST(slow)};
    sp_test_execute(database, "INSERT INTO extension_migration_progress "
                              "VALUES ('slow', 1, 'slow', 1, 'x'), ('slow', 2, 'other', 1, 'x')");
    SpMigrateOptions options = MARK(1, TRUE);
    options.request.extension = "slow";
    g_auto(Run) mark = run(database, SP_TEST_VTABLES(&vtable), options);
    cr_assert_null(mark.error, "%s", mark.error ? mark.error->message : "");
    sp_assert_value(database, "SELECT name FROM extension_migration_progress", "other");
}

Test(migrate, records_nothing_twice)
{
    g_auto(Run) mark = run(database, SP_TEST_VTABLES(&shop), MARK(2, TRUE));
    cr_assert(g_error_matches(mark.error, SP_ERROR, SP_ERROR_MIGRATION_RECORDED));
}

Test(migrate, shows_and_plans_for_a_role_that_may_only_read)
{
    g_autofree char *role = g_uuid_string_random();
    g_autofree char *make = g_strdup_printf("CREATE ROLE \"%s\" LOGIN", role);
    g_autofree char *grant = g_strdup_printf(
        "GRANT SELECT ON extension_migrations, extension_digests, extension_migration_progress, "
        "extension_objects TO \"%s\"",
        role);
    sp_test_execute(database, make);
    sp_test_execute(database, grant);
    g_autofree char *reader = g_strdup_printf("%s user='%s'", database, role);
    g_autoptr(SpSession) session = sp_test_session(reader);
    g_autoptr(SpDeclared) declared = sp_test_declared(SP_TEST_VTABLES(&shop));
    g_autoptr(GError) error = NULL;
    g_autoptr(SpHistory) history = sp_ledger_read(session, declared, &error);
    cr_assert_not_null(history, "%s", error ? error->message : "");
    g_autoptr(SpFindings) findings = sp_findings_new();
    const SpPlanOptions options = {0};
    g_autoptr(SpPlan) plan = sp_plan_new(declared, history, &options, findings);
    cr_expect_not(sp_plan_has_changes(plan));
    g_auto(Run) shown = run(reader, SP_TEST_VTABLES(&shop), REPAIR(FALSE));
    cr_expect_null(shown.error);
}
