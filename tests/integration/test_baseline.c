/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "support/cluster.h"
#include "support/install.h"

#include <criterion/criterion.h>

static const struct sp_schema orders_schemas[] = {
    {.table = "orders", .sql = "CREATE TABLE IF NOT EXISTS orders (id int, note text);"},
};
static const struct sp_migration orders_migrations[] = {
    {.version = 1, .name = "note", .sql = "ALTER TABLE orders ADD COLUMN note text;"},
    {.version = 2, .name = "spent", .flags = SP_MIGRATION_TOMBSTONE},
    {.version = 3, .name = "row", .sql = "INSERT INTO orders VALUES (1);"},
};
static const struct sp_extension_vtable orders = {
    .id = "orders",
    .schemas = SP_LIST(orders_schemas),
    .migrations = SP_LIST(orders_migrations),
};

static const char *const ledger_query =
    "SELECT string_agg(id || ' ' || (sha256 IS NOT NULL), ',' ORDER BY id) "
    "FROM extension_migrations";

static SpTestInstall
install_stamping(const char *database, const struct sp_extension_vtable *vtable)
{
    const SpInstallOptions options = {.lock_wait_ms = 500, .plan.stamps_fresh = TRUE};
    return sp_test_install_with(database, SP_TEST_VTABLES(vtable), &options, NULL);
}

Test(baseline, of_a_fresh_extension_records_its_migrations_and_runs_none)
{
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = install_stamping(database, &orders);
    sp_assert_installed(install);
    sp_assert_value(database, ledger_query, "orders_001 true,orders_003 true");
    sp_assert_value(database, "SELECT count(*) FROM orders", "0");
    cr_assert_str_eq(sp_test_install_state(&install, "orders", "001_note"), "stamped");
    cr_assert_eq(sp_test_install_summary(&install).migrations_run, 0);
}

Test(baseline, leaves_nothing_to_do_for_the_next_start)
{
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) first = install_stamping(database, &orders);
    g_auto(SpTestInstall) second = install_stamping(database, &orders);
    sp_assert_installed(second);
    cr_assert_eq(sp_test_install_summary(&second).changed, 0);
    cr_assert_str_eq(sp_test_install_state(&second, "orders", "003_row"), "current");
}

Test(baseline, is_not_for_a_table_that_is_there_already)
{
    g_autofree char *database = sp_test_database();
    sp_test_execute(database, "CREATE TABLE orders (id int)");
    sp_test_adopt(database, SP_TEST_VTABLES(&orders));
    g_auto(SpTestInstall) install = install_stamping(database, &orders);
    sp_assert_installed(install);
    sp_assert_value(database, "SELECT count(note) || ' ' || count(*) FROM orders", "0 1");
    cr_assert_eq(sp_test_install_summary(&install).migrations_run, 2);
}

Test(baseline, goes_with_the_structural_ddl_when_that_fails)
{
    static const struct sp_schema schemas[] = {
        {.sql = "CREATE TABLE IF NOT EXISTS orders (id int);\n"
                "CREATE TABLE IF NOT EXISTS lines (id nonsense);"},
    };
    struct sp_extension_vtable bad = orders;
    bad.schemas = (struct sp_list)SP_LIST(schemas);
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = install_stamping(database, &bad);
    cr_assert_eq(install.error->code, SP_ERROR_STATEMENT);
    sp_assert_value(database, "SELECT count(*) FROM extension_migrations", "0");
    cr_assert_str_eq(sp_test_install_state(&install, "orders", "001_note"), "not-reached");
}

Test(baseline, is_not_for_an_extension_without_tables)
{
    static const struct sp_migration migrations[] = {
        {.version = 1, .name = "make", .sql = "CREATE TABLE made (id int);"},
    };
    static const struct sp_extension_vtable bare = {.id = "bare",
                                                    .migrations = SP_LIST(migrations)};
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = install_stamping(database, &bare);
    sp_assert_installed(install);
    sp_assert_value(database, "SELECT to_regclass('made')", "made");
}

static const struct sp_migration corrected_migrations[] = {
    {.version = 1,
     .name = "note",
     .sql = "-- @supersedes-checksum: 0123456789abcdef\nSELECT 1 / 0;"},
};
static const struct sp_extension_vtable corrected = {
    .id = "orders",
    .schemas = SP_LIST(orders_schemas),
    .migrations = SP_LIST(corrected_migrations),
};

Test(reconcile, brings_the_record_to_the_corrected_text_and_does_not_run_it)
{
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) first = install_stamping(database, &orders);
    sp_test_execute(database, "DELETE FROM extension_migrations WHERE version = 3");
    sp_test_execute(database,
                    "UPDATE extension_migrations SET checksum = '0123456789abcdef', sha256 = 'x'");
    g_auto(SpTestInstall) second = sp_test_install(database, SP_TEST_VTABLES(&corrected));
    sp_assert_installed(second);
    cr_assert_str_eq(sp_test_install_state(&second, "orders", "001_note"), "done");
    cr_assert_eq(sp_test_install_summary(&second).migrations_run, 0);
    g_auto(SpTestInstall) third = sp_test_install(database, SP_TEST_VTABLES(&corrected));
    cr_assert_eq(sp_test_install_summary(&third).changed, 0);
}

/* Another row of the ledger is changed by a trigger, as if somebody else had been faster. */
Test(reconcile, leaves_a_record_alone_that_is_no_longer_what_it_was)
{
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) first = install_stamping(database, &orders);
    sp_test_execute(database, "DELETE FROM extension_migrations WHERE version = 3");
    sp_test_execute(database, "UPDATE extension_migrations SET checksum = '0123456789abcdef', "
                              "sha256 = 'x'");
    sp_test_execute(database, "CREATE RULE faster AS ON UPDATE TO extension_migrations "
                              "DO INSTEAD NOTHING");
    g_auto(SpTestInstall) second = sp_test_install(database, SP_TEST_VTABLES(&corrected));
    cr_assert_eq(second.error->code, SP_ERROR_LEDGER);
    cr_assert_str_eq(sp_error_get_place(second.error)->extension, "orders");
}
