/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What the guard tells, records, and leaves alone. */
#include "act/migrate.h"
#include "base/error.h"
#include "support/cluster.h"
#include "support/install.h"

#include <criterion/criterion.h>
#include <string.h>

#define HIDDEN(sql) "DO $do$ BEGIN EXECUTE $sql$" sql "$sql$; END $do$;"

static const struct sp_schema users_schemas[] = {
    {.sql = "CREATE TABLE IF NOT EXISTS users (id int PRIMARY KEY, name text);\n"
            "CREATE TABLE IF NOT EXISTS logs (what text);"},
};
static const struct sp_extension_vtable users = {.id = "users", .schemas = SP_LIST(users_schemas)};
static const struct sp_schema orders_schemas[] = {
    {.sql = "CREATE TABLE IF NOT EXISTS orders (id int PRIMARY KEY);"},
};

/* "orders" with one migration, beside "users". */
static SpTestInstall
install_orders(const char *database, const char *sql)
{
    const struct sp_migration migrations[] = {
        {.version = 1, .name = "one", .sql = sql, .source = "migrations/001_one.sql"},
    };
    const struct sp_extension_vtable orders = {
        .id = "orders", .schemas = SP_LIST(orders_schemas), .migrations = SP_LIST(migrations)};
    return sp_test_install(database, SP_TEST_VTABLES(&users, &orders));
}

#define OWNED(name)                                                                      \
    "SELECT string_agg(DISTINCT extension_id, ' ') FROM extension_objects WHERE action " \
    "IN ('own', 'create') AND name = '" name "'"

Test(guard, names_every_object_the_extension_the_file_and_the_phase)
{
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = install_orders(
        database, HIDDEN("ALTER TABLE users ADD x int; DELETE FROM logs; DROP TABLE orders"));
    cr_assert_eq(install.error->code, SP_ERROR_OWNERSHIP_VIOLATED);
    cr_assert_eq(sp_error_exit_status(install.error), SP_EXIT_REFUSED);
    const char *detail = sp_error_detail(install.error);
    cr_assert_not_null(strstr(detail, "altered table \"users\" of extension \"users\""));
    cr_assert_not_null(strstr(detail, "wrote table \"logs\" of extension \"users\""));
    cr_assert_null(strstr(detail, "orders"));
    const SpPlace *place = sp_error_get_place(install.error);
    cr_assert_str_eq(place->extension, "orders");
    cr_assert_str_eq(place->source, "migrations/001_one.sql");
    cr_assert_str_eq(place->phase, "migrations");
    sp_assert_value(database, "SELECT to_regclass('orders')", "orders");
}

Test(guard, looks_at_seeds_and_at_a_schema_put_into_a_function)
{
    static const struct sp_seed seeds[] = {
        {.id = "one", .sql = "INSERT INTO orders SELECT poke() ON CONFLICT DO NOTHING;"},
    };
    static const struct sp_schema schemas[] = {
        {.sql = "CREATE TABLE IF NOT EXISTS orders (id int PRIMARY KEY);\n"
                "CREATE OR REPLACE FUNCTION poke() RETURNS int LANGUAGE plpgsql AS $$ BEGIN "
                "EXECUTE 'INSERT INTO logs VALUES (1)'; RETURN 1; END $$;"},
    };
    static const struct sp_extension_vtable orders = {
        .id = "orders", .schemas = SP_LIST(schemas), .seeds = SP_LIST(seeds)};
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&users, &orders));
    cr_assert_not_null(install.error);
    cr_assert_eq(install.error->code, SP_ERROR_OWNERSHIP_VIOLATED);
    cr_assert_str_eq(sp_error_get_place(install.error)->phase, "seeds");
    sp_assert_value(database, "SELECT count(*) FROM orders", "0");
}

Test(guard, looks_at_downs)
{
    static const struct sp_migration migrations[] = {
        {.version = 1,
         .name = "one",
         .sql = "INSERT INTO orders VALUES (1);",
         .down_sql = HIDDEN("DROP TABLE logs")},
    };
    static const struct sp_extension_vtable orders = {
        .id = "orders", .schemas = SP_LIST(orders_schemas), .migrations = SP_LIST(migrations)};
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&users, &orders));
    sp_assert_installed(install);
    const SpMigrateOptions options = {
        .decide = sp_edits_down,
        .request = {.extension = "orders", .count = 1},
        .applies = TRUE,
        .lock_wait_ms = 500,
        .attempts = 1,
    };
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(GPtrArray) edits = NULL;
    g_autoptr(GError) error = NULL;
    cr_assert_not(
        sp_migrate(install.session, install.declared, &options, NULL, findings, &edits, &error));
    cr_assert_eq(error->code, SP_ERROR_OWNERSHIP_VIOLATED, "%s", error->message);
    sp_assert_value(database, "SELECT to_regclass('logs')", "logs");
    sp_assert_value(database, "SELECT count(*) FROM extension_migrations", "1");
}

Test(guard, stops_a_statement_without_a_transaction_of_its_own)
{
    static const struct sp_migration migrations[] = {
        {.version = 1,
         .name = "one",
         .sql = "INSERT INTO orders VALUES (1);\n" HIDDEN("ALTER TABLE users ADD x int"),
         .flags = SP_MIGRATION_NO_TRANSACTION},
    };
    static const struct sp_extension_vtable orders = {
        .id = "orders", .schemas = SP_LIST(orders_schemas), .migrations = SP_LIST(migrations)};
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&users, &orders));
    cr_assert_not_null(install.error);
    cr_assert_eq(install.error->code, SP_ERROR_OWNERSHIP_VIOLATED);
    cr_assert_eq(sp_error_get_place(install.error)->statement, 2);
    sp_assert_value(database, "SELECT count(*) FROM orders", "1");
    sp_assert_value(database, "SELECT count(*) FROM pg_attribute WHERE attname = 'x'", "0");
}

Test(guard, records_what_was_made_behind_its_back_and_holds_others_to_it)
{
    static const struct sp_migration migrations[] = {
        {.version = 1, .name = "one", .sql = HIDDEN("INSERT INTO hidden VALUES (1)")},
    };
    static const struct sp_extension_vtable late = {
        .id = "zz_late", .schemas = {0}, .migrations = SP_LIST(migrations)};
    static const struct sp_migration made[] = {
        {.version = 1,
         .name = "one",
         .sql = HIDDEN("CREATE TABLE hidden (id int); CREATE FUNCTION f(int, text) RETURNS int "
                       "LANGUAGE sql AS 'SELECT 1'; CREATE TYPE t AS ENUM ('a')")},
    };
    static const struct sp_extension_vtable orders = {
        .id = "orders", .schemas = SP_LIST(orders_schemas), .migrations = SP_LIST(made)};
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install =
        sp_test_install(database, SP_TEST_VTABLES(&users, &orders, &late));
    cr_assert_not_null(install.error);
    cr_assert_eq(install.error->code, SP_ERROR_OWNERSHIP_VIOLATED);
    cr_assert_str_eq(sp_error_get_place(install.error)->extension, "zz_late");
    sp_assert_value(database, OWNED("hidden"), "orders");
    sp_assert_value(database, OWNED("f"), "orders");
    sp_assert_value(database, OWNED("t"), "orders");
    g_auto(SpTestInstall) again = sp_test_install(database, SP_TEST_VTABLES(&users, &orders));
    sp_assert_installed(again);
    sp_assert_value(database, OWNED("hidden"), "orders");
}

Test(guard, forgets_what_the_owner_drops)
{
    static const struct sp_migration migrations[] = {
        {.version = 1, .name = "one", .sql = HIDDEN("CREATE TABLE hidden (id int)")},
        {.version = 2, .name = "two", .sql = HIDDEN("DROP TABLE hidden")},
    };
    static const struct sp_extension_vtable orders = {
        .id = "orders", .schemas = SP_LIST(orders_schemas), .migrations = SP_LIST(migrations)};
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&users, &orders));
    sp_assert_installed(install);
    sp_assert_value(database, OWNED("hidden"), "");
}

Test(guard, keeps_what_is_no_longer_declared_with_its_owner)
{
    static const struct sp_schema smaller[] = {
        {.sql = "CREATE TABLE IF NOT EXISTS users (id int PRIMARY KEY, name text);"},
    };
    static const struct sp_extension_vtable newer = {.id = "users", .schemas = SP_LIST(smaller)};
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&users));
    sp_assert_installed(install);
    g_auto(SpTestInstall) again = sp_test_boot(database, SP_TEST_VTABLES(&newer));
    sp_assert_installed(again);
    sp_assert_value(database, OWNED("logs"), "users");
}

Test(guard, holds_nothing_against_a_unit_that_was_gone_before)
{
    static const struct sp_migration migrations[] = {
        {.version = 1, .name = "one", .sql = "CREATE TABLE brief (id int); DROP TABLE brief;"},
    };
    static const struct sp_extension_vtable orders = {
        .id = "orders", .schemas = SP_LIST(orders_schemas), .migrations = SP_LIST(migrations)};
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&users));
    sp_assert_installed(install);
    sp_test_execute(database, "DROP TABLE logs");
    g_auto(SpTestInstall) again = sp_test_install(database, SP_TEST_VTABLES(&orders));
    sp_assert_installed(again);
}

/* Another session changes tables, which this one then sees, while the migration is under way. */
Test(guard, does_not_take_for_its_own_what_others_commit_meanwhile)
{
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&users));
    sp_assert_installed(install);
    sp_test_execute(database, "CREATE EXTENSION dblink");
    const char *conninfo_end = strstr(database, "dbname=");
    cr_assert_not_null(conninfo_end);
    g_auto(GStrv) quoted = g_strsplit(database, "'", -1);
    g_autofree char *conninfo = g_strjoinv("''", quoted);
    g_autofree char *sql = g_strdup_printf(
        "INSERT INTO orders VALUES (1);\n"
        "DO $do$ BEGIN BEGIN INSERT INTO orders VALUES (2); EXCEPTION WHEN division_by_zero THEN "
        "NULL; END; EXECUTE format('SELECT dblink_exec(%%L, %%L)', '%s', 'ALTER TABLE users ADD y "
        "int; GRANT SELECT ON logs TO PUBLIC; CREATE TABLE theirs (id int); CREATE FUNCTION g() "
        "RETURNS int LANGUAGE sql AS ''SELECT 1''; ALTER TABLE logs ADD z int'); "
        "BEGIN EXECUTE 'CREATE TABLE ours (id int)'; EXCEPTION WHEN division_by_zero THEN NULL; "
        "END; END $do$;\nSELECT count(*) FROM users, logs;",
        conninfo);
    g_auto(SpTestInstall) again = install_orders(database, sql);
    sp_assert_installed(again);
    sp_assert_value(database,
                    "SELECT count(*) FROM pg_attribute WHERE attname IN ('y', 'z') AND "
                    "attrelid IN ('users'::regclass, 'logs'::regclass)",
                    "2");
    sp_assert_value(database, OWNED("theirs"), "");
    sp_assert_value(database, OWNED("g"), "");
    sp_assert_value(database, OWNED("ours"), "orders");
}

Test(guard, is_put_back_when_somebody_changed_it)
{
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&users));
    sp_assert_installed(install);
    sp_test_execute(database, "CREATE OR REPLACE FUNCTION extension_guard(v_guard jsonb) RETURNS "
                              "int LANGUAGE plpgsql AS 'BEGIN RETURN 0; END'");
    g_auto(SpTestInstall) again = install_orders(database, HIDDEN("ALTER TABLE users ADD x int"));
    cr_assert_not_null(again.error);
    cr_assert_eq(again.error->code, SP_ERROR_OWNERSHIP_VIOLATED);
}

#define MAKES_ORPHAN HIDDEN("CREATE TABLE IF NOT EXISTS orphan (id int)")

/* The first step of "orders" makes, hidden, what a later step of "zz_late" declares. */
static void
assert_claimed(uint32_t flags)
{
    const struct sp_migration hidden[] = {
        {.version = 1, .name = "one", .sql = MAKES_ORPHAN, .flags = flags},
    };
    const struct sp_migration declared[] = {
        {.version = 1, .name = "one", .sql = "CREATE TABLE IF NOT EXISTS orphan (id int);"},
    };
    const struct sp_extension_vtable orders = {
        .id = "orders", .schemas = SP_LIST(orders_schemas), .migrations = SP_LIST(hidden)};
    const struct sp_extension_vtable before = {.id = "orders", .schemas = SP_LIST(orders_schemas)};
    const struct sp_extension_vtable late = {.id = "zz_late", .migrations = SP_LIST(declared)};
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&before));
    sp_assert_installed(install);
    g_auto(SpTestInstall) again = sp_test_install(database, SP_TEST_VTABLES(&orders, &late));
    cr_assert_not_null(again.error);
    cr_assert_eq(again.error->code, SP_ERROR_OWNERSHIP_VIOLATED);
    cr_assert_str_eq(sp_error_get_place(again.error)->extension, "orders");
    cr_assert_not_null(strstr(sp_error_detail(again.error), "\"zz_late\""));
}

Test(guard, knows_whose_it_is_before_it_is_made)
{
    assert_claimed(0);
}

Test(guard, knows_whose_it_is_when_the_first_step_travels_alone)
{
    assert_claimed(SP_MIGRATION_NO_TRANSACTION);
}

/* What commits inside is not prevented; the next one that looks for what is gone did not do it. */
Test(guard, blames_no_later_transaction_for_what_a_block_that_commits_dropped)
{
    static const struct sp_migration migrations[] = {
        {.version = 1,
         .name = "one",
         .flags = SP_MIGRATION_NO_TRANSACTION,
         .sql = "DO $do$ BEGIN COMMIT; EXECUTE 'DROP TABLE logs'; COMMIT; END $do$;"},
    };
    static const struct sp_extension_vtable orders = {
        .id = "orders", .schemas = SP_LIST(orders_schemas), .migrations = SP_LIST(migrations)};
    static const struct sp_migration later[] = {
        {.version = 1, .name = "one", .sql = "CREATE TABLE passing (id int); DROP TABLE passing;"},
    };
    static const struct sp_extension_vtable zebras = {.id = "zebras", .migrations = SP_LIST(later)};
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install =
        sp_test_install(database, SP_TEST_VTABLES(&users, &orders, &zebras));
    sp_assert_installed(install);
    sp_assert_value(database, "SELECT to_regclass('logs') IS NULL", "t");
}
