/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* A column that is declared, and that CREATE TABLE IF NOT EXISTS would leave out. */
#include "base/error.h"
#include "support/cluster.h"
#include "support/install.h"
#include "support/turns.h"

#include <criterion/criterion.h>

static const struct sp_schema old_schemas[] = {
    {.sql = "CREATE TABLE IF NOT EXISTS users (id bigint);", .source = "users.sql"},
};
static const struct sp_schema new_schemas[] = {
    {.sql = "CREATE TABLE IF NOT EXISTS users (\n"
            "  id bigint,\n"
            "  \"order\" text NOT NULL DEFAULT 'a, b',\n"
            "  age numeric(4, 1) CHECK (age > 0)\n"
            ");\n"
            "CREATE TABLE IF NOT EXISTS added (id int);",
     .source = "users.sql"},
};
static const struct sp_migration migrations[] = {
    {.version = 7, .name = "one", .sql = "SELECT 1"},
};
static const struct sp_extension_vtable older = {
    .id = "users", .schemas = SP_LIST(old_schemas), .migrations = SP_LIST(migrations)};
static const struct sp_extension_vtable newer = {
    .id = "users", .schemas = SP_LIST(new_schemas), .migrations = SP_LIST(migrations)};

static char *
database_with_old_table(void)
{
    char *database = sp_test_database();
    g_auto(SpTestInstall) first = sp_test_boot(database, SP_TEST_VTABLES(&older));
    sp_assert_installed(first);
    return database;
}

Test(absent, columns_are_all_named_before_the_first_write)
{
    g_autofree char *database = database_with_old_table();
    g_auto(SpTestInstall) install = sp_test_boot(database, SP_TEST_VTABLES(&newer));
    cr_assert(g_error_matches(install.error, SP_ERROR, SP_ERROR_COLUMN_ABSENT));
    cr_assert_eq(sp_error_exit_status(install.error), SP_EXIT_REFUSED);
    const GPtrArray *refusals = sp_findings_refusals(install.findings);
    cr_assert_eq(refusals->len, 2);
    const SpPlace *place = sp_error_get_place(g_ptr_array_index(refusals, 1));
    cr_assert_str_eq(place->source, "users.sql");
    cr_assert_eq(place->line, 4);
    cr_assert_eq(place->column, 3);
    sp_assert_value(database, "SELECT to_regclass('added')", "");
}

/* The hint is not only likely right: it is run. */
Test(absent, columns_come_with_the_migrations_of_the_hints)
{
    g_autofree char *database = database_with_old_table();
    g_auto(SpTestInstall) refused = sp_test_boot(database, SP_TEST_VTABLES(&newer));
    struct sp_migration more[3] = {migrations[0]};
    char *sql[2];
    for (guint i = 0; i < 2; i++) {
        const GError *error = g_ptr_array_index(sp_findings_refusals(refused.findings), i);
        g_autofree char *file = g_strdup_printf("%03u_add_%s.sql", i + 8, i ? "age" : "order");
        cr_assert_not_null(strstr(sp_error_hint(error), file), "%s", sp_error_hint(error));
        sql[i] = strstr(sp_error_hint(error), "ALTER TABLE");
        more[i + 1] = (struct sp_migration){.version = i + 8, .name = "add", .sql = sql[i]};
    }
    struct sp_extension_vtable mended = newer;
    mended.migrations = (struct sp_list)SP_LIST(more);
    g_auto(SpTestInstall) install = sp_test_boot(database, SP_TEST_VTABLES(&mended));
    sp_assert_installed(install);
    sp_assert_value(database,
                    "SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute "
                    "WHERE attrelid = 'users'::regclass AND attnum > 0",
                    "id order age");
    n_turns = 0;
    g_auto(SpTestInstall) again = sp_test_boot(database, SP_TEST_VTABLES(&mended));
    sp_assert_installed(again);
    cr_assert_leq(n_turns, 2, "%u", n_turns);
}

Test(absent, columns_cost_no_turn)
{
    static const struct sp_schema schemas[] = {
        {.sql = "CREATE TABLE IF NOT EXISTS users (id bigint);\n"
                "CREATE TABLE IF NOT EXISTS added (id int);"},
    };
    static const struct sp_schema others[] = {
        {.sql = "CREATE TABLE IF NOT EXISTS users (id bigint);\n"
                "CREATE OR REPLACE VIEW added AS SELECT 1;"},
    };
    guint turns[2];
    for (guint i = 0; i < 2; i++) {
        struct sp_extension_vtable changed = older;
        changed.schemas =
            i == 0 ? (struct sp_list)SP_LIST(schemas) : (struct sp_list)SP_LIST(others);
        g_autofree char *database = database_with_old_table();
        n_turns = 0;
        g_auto(SpTestInstall) install = sp_test_boot(database, SP_TEST_VTABLES(&changed));
        turns[i] = n_turns;
        sp_assert_installed(install);
    }
    /* Only a changed structure makes it ask. */
    cr_assert_eq(turns[0], turns[1]);
}
