/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/ledger.h"
#include "base/error.h"
#include "support/cluster.h"
#include "support/install.h"

#include <criterion/criterion.h>

/* The ledger as the original system makes it, with rows of both of its checksum algorithms. */
static const char *const original_ledger[] = {
    "CREATE TABLE extension_migrations (id TEXT PRIMARY KEY, extension_id TEXT NOT NULL, "
    "version INTEGER NOT NULL, name TEXT NOT NULL, checksum TEXT NOT NULL, "
    "applied_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP, UNIQUE(extension_id, version))",
    "INSERT INTO extension_migrations (id, extension_id, version, name, checksum) VALUES "
    "('old_001', 'old', 1, 'siphash', 'aa1dec01c21c9bf'), "
    "('old_002', 'old', 2, 'xxh64', '49aeb8ac8e0a22e0')",
};

static const struct sp_migration old_migrations[] = {
    {.version = 1, .name = "siphash", .sql = "SELECT 3"},
    {.version = 2, .name = "xxh64", .sql = "SELECT 14"},
    {.version = 3, .name = "new", .sql = "CREATE TABLE fresh (id int)"},
};
static const struct sp_extension_vtable old = {.id = "old", .migrations = SP_LIST(old_migrations)};

static char *
database_of_the_original(void)
{
    char *database = sp_test_database();
    for (guint i = 0; i < G_N_ELEMENTS(original_ledger); i++)
        sp_test_execute(database, original_ledger[i]);
    return database;
}

Test(ledger, takes_over_a_database_of_the_original_system_and_runs_nothing_twice)
{
    g_autofree char *database = database_of_the_original();
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&old));
    cr_assert_null(install.error, "%s", install.error ? install.error->message : "");
    cr_assert_eq(sp_test_install_summary(&install).migrations_run, 1);
    cr_assert_str_eq(sp_test_install_state(&install, "old", "001_siphash"), "current");
    cr_assert_str_eq(sp_test_install_state(&install, "old", "003_new"), "done");
}

Test(ledger, stays_usable_by_the_original_system)
{
    g_autofree char *database = database_of_the_original();
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&old));
    sp_test_execute(database,
                    "INSERT INTO extension_migrations (id, extension_id, version, name, checksum) "
                    "VALUES ('old_004', 'old', 4, 'theirs', 'ef46db3751d8e999')");
    g_autofree char *row =
        sp_test_value(database, "SELECT id || name || checksum FROM extension_migrations "
                                "WHERE version = 3");
    cr_assert(g_str_has_prefix(row, "old_003new"));
    cr_assert_eq(strlen(row), strlen("old_003new") + 16);
}

Test(ledger, refuses_an_edited_migration_and_writes_nothing)
{
    g_autofree char *database = database_of_the_original();
    struct sp_migration edited[] = {old_migrations[0], old_migrations[1], old_migrations[2]};
    edited[1].sql = "SELECT 15";
    struct sp_extension_vtable vtable = old;
    vtable.migrations = (struct sp_list)SP_LIST(edited);
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&vtable));
    cr_assert_eq(install.error->code, SP_ERROR_MIGRATION_DRIFT);
    g_autofree char *fresh = sp_test_value(database, "SELECT to_regclass('fresh')");
    cr_assert_str_empty(fresh);
}

Test(ledger, refuses_a_version_that_was_used_by_another_migration)
{
    g_autofree char *database = database_of_the_original();
    struct sp_migration renamed[] = {old_migrations[0], old_migrations[1]};
    renamed[1].name = "other";
    struct sp_extension_vtable vtable = old;
    vtable.migrations = (struct sp_list)SP_LIST(renamed);
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&vtable));
    cr_assert_eq(install.error->code, SP_ERROR_MIGRATION_SLOT);
}

Test(ledger, warns_of_a_migration_that_is_no_longer_declared)
{
    g_autofree char *database = database_of_the_original();
    struct sp_extension_vtable vtable = old;
    vtable.migrations = (struct sp_list){old_migrations + 1, 2, sizeof old_migrations[0]};
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&vtable));
    cr_assert_null(install.error);
    const GPtrArray *warnings = sp_findings_warnings(install.findings);
    cr_assert_eq(warnings->len, 1);
    cr_assert_eq(((GError *)g_ptr_array_index(warnings, 0))->code, SP_ERROR_MIGRATION_ORPHANED);
}

Test(ledger, runs_no_migration_of_an_extension_whose_database_is_ahead)
{
    g_autofree char *database = database_of_the_original();
    struct sp_migration older[] = {
        {.version = 0, .name = "never", .sql = "CREATE TABLE never (id int)"}, old_migrations[0]};
    struct sp_extension_vtable vtable = old;
    vtable.migrations = (struct sp_list)SP_LIST(older);
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&vtable));
    cr_assert_null(install.error);
    const GPtrArray *warnings = sp_findings_warnings(install.findings);
    cr_assert_eq(((GError *)g_ptr_array_index(warnings, 0))->code, SP_ERROR_MIGRATION_AHEAD);
    g_autofree char *never = sp_test_value(database, "SELECT to_regclass('never')");
    cr_assert_str_empty(never);
}

Test(ledger, that_cannot_be_read_fails_the_run)
{
    g_autofree char *database = database_of_the_original();
    sp_test_execute(database, "UPDATE extension_migrations SET version = -7 WHERE version = 2");
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&old));
    cr_assert_eq(install.error->code, SP_ERROR_LEDGER);
}

Test(ledger, of_another_shape_is_refused_before_anything_is_written)
{
    g_autofree char *database = sp_test_database();
    sp_test_execute(database, "CREATE TABLE extension_migrations (id text)");
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&old));
    cr_assert_eq(install.error->code, SP_ERROR_LEDGER);
    sp_assert_value(database, "SELECT to_regclass('fresh')", "");
}

Test(ledger, is_read_without_writing)
{
    g_autofree char *database = sp_test_database();
    g_autoptr(SpSession) session = sp_test_session(database);
    g_autoptr(SpDeclared) declared = sp_test_declared(SP_TEST_VTABLES(&old));
    g_autoptr(SpHistory) history = sp_ledger_read(session, declared, NULL);
    cr_assert_not_null(history);
    cr_assert_not(sp_history_has_ledger(history));
    g_autofree char *ledger = sp_test_value(database, "SELECT to_regclass('extension_migrations')");
    cr_assert_str_empty(ledger);
}
