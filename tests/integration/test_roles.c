/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Extensions with a database role each, installed by a role that is no superuser. Roles are the
 * server's, so each test has a prefix of its own. */
#include "act/migrate.h"
#include "act/recollect.h"
#include "base/error.h"
#include "support/cluster.h"
#include "support/install.h"
#include "support/roles.h"

#include <criterion/criterion.h>
#include <string.h>

#define HIDDEN(sql) "DO $do$ BEGIN EXECUTE $sql$" sql "$sql$; END $do$;"

static const struct sp_schema users_schemas[] = {
    {.sql = "CREATE TYPE mood AS ENUM ('fine');\n"
            "CREATE TABLE IF NOT EXISTS users (id serial PRIMARY KEY, name text);\n"
            "CREATE TABLE IF NOT EXISTS logs (what text);\n"
            "CREATE OR REPLACE VIEW names AS SELECT name FROM users;\n"
            "CREATE OR REPLACE FUNCTION nobody() RETURNS int LANGUAGE sql AS 'SELECT 0';\n"
            "CREATE INDEX IF NOT EXISTS users_name ON users (name);"},
};
static const struct sp_extension_vtable users = {.id = "users", .schemas = SP_LIST(users_schemas)};

#define OWNER(catalog, owner, name, value) \
    "SELECT pg_get_userbyid(" owner ") FROM " catalog " WHERE " name " = '" value "'"
#define OWNER_OF_TABLE(name) OWNER("pg_class", "relowner", "relname", name)

static const struct sp_schema orders_schemas[] = {
    {.sql =
         "CREATE TABLE IF NOT EXISTS orders (id int PRIMARY KEY, user_id int REFERENCES users);\n"
         "CREATE OR REPLACE VIEW named AS SELECT o.id, u.name FROM orders o JOIN users u "
         "ON u.id = o.user_id;"},
};
static const struct sp_dependency on_users[] = {{.id = "users"}};

/* "orders", which depends on "users", with one migration. */
#define ORDERS(...)                                                          \
    (&(const struct sp_extension_vtable){.id = "orders",                     \
                                         .schemas = SP_LIST(orders_schemas), \
                                         .dependencies = SP_LIST(on_users),  \
                                         __VA_ARGS__})
#define ONE_MIGRATION(text)     \
    .migrations = SP_TEST_LIST( \
        struct sp_migration,    \
        {.version = 1, .name = "one", .sql = (text), .source = "migrations/001_one.sql"})

Test(roles, own_what_their_extensions_create)
{
    g_auto(SpTestPlace) place = sp_test_place_new("owns", "CREATEROLE");
    g_auto(SpTestInstall) first =
        sp_test_place_boot(&place, "owns_", SP_TEST_VTABLES(&users, ORDERS()));
    sp_assert_installed(first);
    sp_assert_value(place.admin, OWNER_OF_TABLE("users"), "owns_users");
    sp_assert_value(place.admin, OWNER_OF_TABLE("users_id_seq"), "owns_users");
    sp_assert_value(place.admin, OWNER_OF_TABLE("users_name"), "owns_users");
    sp_assert_value(place.admin, OWNER_OF_TABLE("names"), "owns_users");
    sp_assert_value(place.admin, OWNER("pg_type", "typowner", "typname", "mood"), "owns_users");
    sp_assert_value(place.admin, OWNER("pg_proc", "proowner", "proname", "nobody"), "owns_users");
    sp_assert_value(place.admin, OWNER_OF_TABLE("orders"), "owns_orders");
    sp_assert_value(place.admin, OWNER_OF_TABLE("extension_migrations"), "owns");
    sp_assert_value(place.admin, "SELECT shobj_description('owns_users'::regrole, 'pg_authid')",
                    "sp-host: role of extension \"users\"");
    sp_assert_value(place.admin,
                    "SELECT string_agg(rolname, ' ') FROM pg_roles WHERE rolname LIKE 'owns\\__%' "
                    "AND (rolcanlogin OR rolsuper OR rolcreaterole)",
                    "");
    cr_assert_str_eq(sp_test_install_state(&first, "users", "owns_users"), "done");

    /* Nothing is left to do, and nothing is asked. */
    g_auto(SpTestInstall) second =
        sp_test_place_boot(&place, "owns_", SP_TEST_VTABLES(&users, ORDERS()));
    sp_assert_installed(second);
    cr_assert(sp_declared_is_unchanged(second.declared));
    cr_assert_eq(sp_test_install_summary(&second).changed, 0);
}

Test(roles, let_postgresql_itself_refuse_a_hidden_write)
{
    g_auto(SpTestPlace) place = sp_test_place_new("hides", "CREATEROLE");
    g_auto(SpTestInstall) run = sp_test_place_boot(
        &place, "hides_",
        SP_TEST_VTABLES(
            &users, ORDERS(ONE_MIGRATION("SELECT 1;\n" HIDDEN("INSERT INTO logs VALUES ('')")))));
    cr_assert_not_null(run.error);
    const SpPlace *at = sp_error_get_place(run.error);
    cr_assert_str_eq(at->sqlstate, "42501", "%s", run.error->message);
    cr_assert_eq(run.error->code, SP_ERROR_STATEMENT);
    cr_assert_eq(sp_error_exit_status(run.error), SP_EXIT_DATABASE);
    cr_assert_str_eq(at->source, "migrations/001_one.sql");
    cr_assert_str_eq(at->extension, "orders");
    cr_assert_eq(at->line, 2);
    cr_assert_eq(at->statement, 2);
    sp_assert_value(place.admin, "SELECT count(*) FROM logs", "0");
}

/* No guard stands behind a COMMIT inside of a block. */
Test(roles, let_postgresql_itself_refuse_what_a_block_does_between_its_commits)
{
    static const struct sp_migration migrations[] = {
        {.version = 1,
         .name = "one",
         .flags = SP_MIGRATION_NO_TRANSACTION,
         .sql = "DO $do$ BEGIN INSERT INTO orders VALUES (1); COMMIT; "
                "EXECUTE 'INSERT INTO logs VALUES ($$$$)'; COMMIT; END $do$;"},
    };
    g_auto(SpTestPlace) place = sp_test_place_new("commits", "CREATEROLE");
    g_auto(SpTestInstall) run = sp_test_place_boot(
        &place, "commits_", SP_TEST_VTABLES(&users, ORDERS(.migrations = SP_LIST(migrations))));
    cr_assert_not_null(run.error);
    cr_assert_str_eq(sp_error_get_place(run.error)->sqlstate, "42501", "%s", run.error->message);
    sp_assert_value(place.admin, "SELECT count(*) FROM logs", "0");
    sp_assert_value(place.admin, "SELECT count(*) FROM orders", "1");
}

Test(roles, may_write_what_is_declared_and_alter_it_by_its_text)
{
    static const struct sp_seed seeds[] = {
        {.id = "one", .sql = "INSERT INTO users (name) VALUES ('seed') ON CONFLICT DO NOTHING;"},
    };
    g_auto(SpTestPlace) place = sp_test_place_new("cross", "CREATEROLE");
    g_auto(SpTestInstall) run = sp_test_place_boot(
        &place, "cross_",
        SP_TEST_VTABLES(
            &users,
            ORDERS(.cross_extension_tables = SP_TEST_LIST(const char *, "users"),
                   .seeds = SP_LIST(seeds),
                   ONE_MIGRATION(HIDDEN(
                       "INSERT INTO users (name) VALUES ('hidden')") "\n"
                                                                     "ALTER TABLE users ADD COLUMN "
                                                                     "n_orders int;\n"
                                                                     "CREATE INDEX users_orders ON "
                                                                     "users (n_orders);"))));
    sp_assert_installed(run);
    sp_assert_value(place.admin, "SELECT string_agg(name, ' ' ORDER BY name) FROM users",
                    "hidden seed");
    sp_assert_value(place.admin, OWNER_OF_TABLE("users_orders"), "cross_users");
    /* The owner's role was lent for the transaction. */
    sp_assert_value(place.admin, "SELECT pg_has_role('cross_orders', 'cross_users', 'MEMBER')",
                    "f");
    sp_assert_value(place.admin, "SELECT has_table_privilege('cross_orders', 'users', 'DELETE')",
                    "t");
    sp_assert_value(place.admin, "SELECT has_table_privilege('cross_orders', 'logs', 'DELETE')",
                    "f");
}

Test(roles, may_not_alter_what_is_declared_behind_their_text)
{
    g_auto(SpTestPlace) place = sp_test_place_new("alters", "CREATEROLE");
    g_auto(SpTestInstall) run = sp_test_place_boot(
        &place, "alters_",
        SP_TEST_VTABLES(&users,
                        ORDERS(.cross_extension_tables = SP_TEST_LIST(const char *, "users"),
                               ONE_MIGRATION(HIDDEN("ALTER TABLE users ADD COLUMN x int")))));
    cr_assert_not_null(run.error);
    cr_assert_str_eq(sp_error_get_place(run.error)->sqlstate, "42501");
}

Test(roles, read_their_dependencies_and_nothing_else)
{
    const struct sp_extension_vtable far = {
        .id = "far",
        .dependencies = SP_TEST_LIST(struct sp_dependency, {.id = "orders"}),
        .schemas = SP_TEST_LIST(
            struct sp_schema, {.sql = "CREATE TABLE IF NOT EXISTS far (id int REFERENCES users);"
                                      "CREATE OR REPLACE VIEW far_names AS SELECT * FROM users;"}),
    };
    const struct sp_extension_vtable alone = {
        .id = "zz_alone",
        .migrations = SP_TEST_LIST(struct sp_migration,
                                   {.version = 1, .name = "one", .sql = HIDDEN("TABLE users")}),
    };
    g_auto(SpTestPlace) place = sp_test_place_new("reads", "CREATEROLE");
    g_auto(SpTestInstall) run =
        sp_test_place_boot(&place, "reads_", SP_TEST_VTABLES(&users, ORDERS(), &far));
    sp_assert_installed(run);
    sp_assert_value(place.conninfo, "SELECT count(*) FROM named", "0");
    sp_assert_value(place.admin, OWNER_OF_TABLE("far_names"), "reads_far");

    g_auto(SpTestInstall) refused =
        sp_test_place_boot(&place, "reads_", SP_TEST_VTABLES(&users, ORDERS(), &far, &alone));
    cr_assert_not_null(refused.error);
    cr_assert_str_eq(sp_error_get_place(refused.error)->sqlstate, "42501");
}

/* Whoever is asked within a statement. */
#define NOTE_WHO "INSERT INTO who VALUES (current_user);"

Test(roles, run_every_kind_of_text)
{
    static const struct sp_migration migrations[] = {
        {.version = 1,
         .name = "one",
         .sql = NOTE_WHO,
         .down_sql = "UPDATE who SET name = current_user || ' down';"},
        {.version = 2,
         .name = "two",
         .sql = NOTE_WHO "CREATE INDEX CONCURRENTLY who_name ON who (name);" NOTE_WHO,
         .flags = SP_MIGRATION_NO_TRANSACTION},
        {.version = 3,
         .name = "three",
         .sql = "SELECT 1;",
         .down_sql = "UPDATE who SET name = current_user || ' down';"},
    };
    static const struct sp_seed seeds[] = {
        {.id = "one",
         .sql = "INSERT INTO who VALUES ('seed ' || current_user) ON CONFLICT DO NOTHING;"},
    };
    const struct sp_extension_vtable who = {
        .id = "who",
        .schemas =
            SP_TEST_LIST(struct sp_schema, {.sql = "CREATE TABLE IF NOT EXISTS who (name text);"}),
        .migrations = SP_LIST(migrations),
        .seeds = SP_LIST(seeds),
    };
    g_auto(SpTestPlace) place = sp_test_place_new("runs", "CREATEROLE");
    g_auto(SpTestInstall) run = sp_test_place_boot(&place, "runs_", SP_TEST_VTABLES(&who));
    sp_assert_installed(run);
    sp_assert_value(place.admin, "SELECT string_agg(name, ', ') FROM who",
                    "runs_who, runs_who, runs_who, seed runs_who");
    sp_assert_value(place.admin, OWNER_OF_TABLE("who_name"), "runs_who");
    sp_assert_value(place.admin, "SELECT count(*) FROM extension_migrations", "3");

    const SpMigrateOptions options = {
        .decide = sp_edits_down,
        .request = {.extension = "who", .count = 1},
        .applies = TRUE,
        .lock_wait_ms = 500,
        .attempts = 1,
    };
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(GPtrArray) edits = NULL;
    g_autoptr(GPtrArray) extensions =
        g_ptr_array_new_with_free_func((GDestroyNotify)sp_extension_unref);
    g_ptr_array_add(extensions, sp_test_extension_with_role(&who, "runs_"));
    const char *const nothing[] = {NULL};
    g_autoptr(SpDeclared) declared = sp_declared_new(extensions, &(SpDeclaredOptions){nothing});
    cr_assert(sp_migrate(run.session, declared, &options, NULL, findings, &edits, &run.error), "%s",
              run.error ? run.error->message : "");
    sp_assert_value(place.admin, "SELECT DISTINCT name FROM who", "runs_who down");
    sp_assert_value(place.admin, "SELECT count(*) FROM extension_migrations", "2");
}

Test(roles, share_and_make_namespaces)
{
    const struct sp_extension_vtable billing = {
        .id = "billing",
        .schemas =
            SP_TEST_LIST(struct sp_schema,
                         {.sql = "CREATE SCHEMA IF NOT EXISTS billing;"
                                 "CREATE TABLE IF NOT EXISTS billing.bills (id int PRIMARY KEY);",
                          .namespace_name = "billing"}),
    };
    const struct sp_extension_vtable taxes = {
        .id = "taxes",
        .dependencies = SP_TEST_LIST(struct sp_dependency, {.id = "billing"}),
        .schemas = SP_TEST_LIST(
            struct sp_schema,
            {.sql = "CREATE TABLE IF NOT EXISTS billing.taxes (id int REFERENCES billing.bills);",
             .namespace_name = "billing"}),
    };
    g_auto(SpTestPlace) place = sp_test_place_new("spaces", "CREATEROLE");
    g_auto(SpTestInstall) run =
        sp_test_place_boot(&place, "spaces_", SP_TEST_VTABLES(&billing, &taxes));
    sp_assert_installed(run);
    sp_assert_value(place.admin, OWNER("pg_namespace", "nspowner", "nspname", "billing"),
                    "spaces_billing");
    sp_assert_value(place.admin, OWNER_OF_TABLE("taxes"), "spaces_taxes");
    sp_assert_value(place.admin,
                    "SELECT has_database_privilege('spaces_taxes', current_database(), 'CREATE')",
                    "f");
}

Test(roles, take_over_what_was_installed_without_them)
{
    g_auto(SpTestPlace) place = sp_test_place_new("later", "CREATEROLE");
    g_auto(SpTestInstall) without =
        sp_test_place_boot(&place, NULL, SP_TEST_VTABLES(&users, ORDERS()));
    sp_assert_installed(without);
    sp_assert_value(place.admin, OWNER_OF_TABLE("users"), "later");

    g_auto(SpTestInstall) with = sp_test_place_boot(
        &place, "later_",
        SP_TEST_VTABLES(&users, ORDERS(ONE_MIGRATION("ALTER TABLE orders ADD x int;"))));
    sp_assert_installed(with);
    cr_assert_str_eq(sp_test_install_state(&with, "users", "later_users"), "done");
    sp_assert_value(place.admin,
                    "SELECT string_agg(DISTINCT pg_get_userbyid(relowner), ' ') FROM pg_class "
                    "WHERE relname IN ('users', 'logs', 'users_id_seq', 'names', 'users_name')",
                    "later_users");
    sp_assert_value(place.admin, OWNER("pg_type", "typowner", "typname", "mood"), "later_users");
    sp_assert_value(place.admin, OWNER("pg_proc", "proowner", "proname", "nobody"), "later_users");
    sp_assert_value(place.admin, OWNER_OF_TABLE("orders"), "later_orders");

    /* And off again: nothing changes hands. */
    g_auto(SpTestInstall) off = sp_test_place_boot(
        &place, NULL,
        SP_TEST_VTABLES(&users, ORDERS(ONE_MIGRATION("ALTER TABLE orders ADD x int;"))));
    sp_assert_installed(off);
    sp_assert_value(place.admin, OWNER_OF_TABLE("users"), "later_users");
}

Test(roles, come_back_when_the_server_lost_them)
{
    g_auto(SpTestPlace) place = sp_test_place_new("lost", "CREATEROLE");
    g_auto(SpTestInstall) first = sp_test_place_boot(&place, "lost_", SP_TEST_VTABLES(&users));
    sp_assert_installed(first);
    sp_test_execute(place.admin, "REASSIGN OWNED BY lost_users TO lost");
    sp_test_execute(place.admin, "DROP OWNED BY \"lost_users.readers\"");
    sp_test_execute(place.admin, "DROP OWNED BY lost_users");
    sp_test_execute(place.admin, "DROP ROLE lost_users, \"lost_users.readers\"");
    g_auto(SpTestInstall) second = sp_test_place_boot(&place, "lost_", SP_TEST_VTABLES(&users));
    sp_assert_installed(second);
    sp_assert_value(place.admin, OWNER_OF_TABLE("users"), "lost_users");
}

Test(roles, are_shared_by_the_databases_of_a_server)
{
    g_auto(SpTestPlace) one = sp_test_place_new("shares", "CREATEROLE");
    g_auto(SpTestPlace) other = sp_test_place_new("shares", NULL);
    g_auto(SpTestInstall) first =
        sp_test_place_boot(&one, "shares_", SP_TEST_VTABLES(&users, ORDERS()));
    sp_assert_installed(first);
    g_auto(SpTestInstall) without =
        sp_test_place_boot(&other, NULL, SP_TEST_VTABLES(&users, ORDERS()));
    sp_assert_installed(without);
    g_auto(SpTestInstall) with =
        sp_test_place_boot(&other, "shares_", SP_TEST_VTABLES(&users, ORDERS()));
    sp_assert_installed(with);
    sp_assert_value(other.admin, OWNER_OF_TABLE("users"), "shares_users");
    sp_assert_value(other.admin,
                    "SELECT has_table_privilege('shares_orders', 'users', 'REFERENCES')", "t");
    g_auto(SpTestInstall) again =
        sp_test_place_boot(&other, "shares_", SP_TEST_VTABLES(&users, ORDERS()));
    cr_assert(sp_declared_is_unchanged(again.declared));
}

Test(roles, need_a_host_that_may_make_them)
{
    g_auto(SpTestPlace) place = sp_test_place_new("weak", "");
    g_auto(SpTestInstall) run = sp_test_place_boot(&place, "weak_", SP_TEST_VTABLES(&users));
    cr_assert_not_null(run.error);
    cr_assert_eq(run.error->code, SP_ERROR_PRIVILEGE);
    cr_assert_eq(sp_error_exit_status(run.error), SP_EXIT_PERMISSION);
    cr_assert_not_null(strstr(sp_error_hint(run.error), "ALTER ROLE weak CREATEROLE;"));
    sp_assert_value(place.admin, "SELECT to_regclass('extension_migrations')", "");

    sp_test_execute(place.admin, "ALTER ROLE weak CREATEROLE");
    g_auto(SpTestInstall) again = sp_test_place_boot(&place, "weak_", SP_TEST_VTABLES(&users));
    sp_assert_installed(again);
}

Test(roles, are_never_taken_from_somebody_else)
{
    static const char *const others[] = {
        "CREATE ROLE thief_users",
        "COMMENT ON ROLE thief_users IS 'sp-host: role of extension \"others\"'",
        "COMMENT ON ROLE thief_users IS 'sp-host: role of extension \"users\"';"
        "ALTER ROLE thief_users CREATEDB",
        "ALTER ROLE thief_users NOCREATEDB LOGIN",
    };
    g_auto(SpTestPlace) place = sp_test_place_new("thief", "CREATEROLE");
    for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
        g_auto(GStrv) statements = g_strsplit(others[i], ";", -1);
        for (guint j = 0; statements[j] != NULL; j++)
            sp_test_execute(place.admin, statements[j]);
        g_auto(SpTestInstall) run = sp_test_place_boot(&place, "thief_", SP_TEST_VTABLES(&users));
        cr_assert_not_null(run.error, "%s", others[i]);
        cr_assert_eq(run.error->code, SP_ERROR_ROLE_NOT_OURS);
        cr_assert_str_eq(sp_error_get_place(run.error)->extension, "users");
        sp_assert_value(place.admin, "SELECT to_regclass('extension_migrations')", "");
    }
    sp_test_execute(place.admin, "ALTER ROLE thief_users NOLOGIN");
    g_auto(SpTestInstall) run = sp_test_place_boot(&place, "thief_", SP_TEST_VTABLES(&users));
    sp_assert_installed(run);
}

Test(roles, that_are_left_behind_the_text_do_not_get_past_the_guard)
{
    g_auto(SpTestPlace) place = sp_test_place_new("leaves", "CREATEROLE");
    g_auto(SpTestInstall) run = sp_test_place_boot(
        &place, "leaves_",
        SP_TEST_VTABLES(&users, ORDERS(ONE_MIGRATION("DO $do$ BEGIN EXECUTE 'RESET ROLE'; INSERT "
                                                     "INTO logs VALUES (''); END $do$;"))));
    cr_assert_not_null(run.error);
    cr_assert_eq(run.error->code, SP_ERROR_OWNERSHIP_VIOLATED, "%s", run.error->message);
    sp_assert_value(place.admin, "SELECT count(*) FROM logs", "0");
}

Test(roles, lend_the_owners_role_to_an_index_that_is_built_concurrently)
{
    const struct sp_migration migrations[] = {
        {.version = 1,
         .name = "one",
         .sql = "CREATE INDEX CONCURRENTLY users_late ON users (name);\n"
                "ALTER TABLE users ADD COLUMN late int;",
         .flags = SP_MIGRATION_NO_TRANSACTION},
    };
    g_auto(SpTestPlace) place = sp_test_place_new("slow", "CREATEROLE");
    g_auto(SpTestInstall) run =
        sp_test_place_boot(&place, "slow_",
                           SP_TEST_VTABLES(&users, ORDERS(.cross_extension_tables =
                                                              SP_TEST_LIST(const char *, "users"),
                                                          .migrations = SP_LIST(migrations))));
    sp_assert_installed(run);
    sp_assert_value(place.admin, OWNER_OF_TABLE("users_late"), "slow_users");
    sp_assert_value(place.admin, "SELECT pg_has_role('slow_orders', 'slow_users', 'MEMBER')", "f");
}

Test(roles, may_make_trusted_extensions_of_postgresql)
{
    const struct sp_extension_vtable hashes = {
        .id = "hashes",
        .schemas = SP_TEST_LIST(struct sp_schema,
                                {.sql = "CREATE EXTENSION IF NOT EXISTS pgcrypto;"
                                        "CREATE TABLE IF NOT EXISTS hashes (h bytea DEFAULT "
                                        "digest('a', 'sha256'));"}),
    };
    g_auto(SpTestPlace) place = sp_test_place_new("trusts", "CREATEROLE");
    g_auto(SpTestInstall) run = sp_test_place_boot(&place, "trusts_", SP_TEST_VTABLES(&hashes));
    sp_assert_installed(run);
    sp_assert_value(place.admin, OWNER("pg_extension", "extowner", "extname", "pgcrypto"),
                    "trusts_hashes");
}

Test(roles, say_what_else_an_administrator_has_to_grant)
{
    g_auto(SpTestPlace) place = sp_test_place_new("poor", "CREATEROLE");
    g_autofree char *name = sp_test_value(place.admin, "SELECT current_database()");
    g_autofree char *take = g_strdup_printf("ALTER DATABASE \"%s\" OWNER TO postgres", name);
    sp_test_execute(place.admin, take);
    sp_test_execute(place.admin, "GRANT CREATE ON SCHEMA public TO poor");
    g_auto(SpTestInstall) run = sp_test_place_boot(&place, "poor_", SP_TEST_VTABLES(&users));
    cr_assert_not_null(run.error);
    cr_assert_eq(run.error->code, SP_ERROR_PRIVILEGE);
    cr_assert_not_null(strstr(sp_error_hint(run.error),
                              "GRANT USAGE, CREATE ON SCHEMA public TO poor WITH GRANT OPTION;"));
    sp_assert_value(place.admin, "SELECT to_regclass('extension_migrations')", "");
    sp_test_execute(place.admin, "GRANT USAGE, CREATE ON SCHEMA public TO poor WITH GRANT OPTION");
    g_auto(SpTestInstall) again = sp_test_place_boot(&place, "poor_", SP_TEST_VTABLES(&users));
    sp_assert_installed(again);
}

Test(roles, work_for_a_superuser_too)
{
    const struct sp_extension_vtable sly = {
        .id = "sly",
        .schemas =
            SP_TEST_LIST(struct sp_schema, {.sql = "CREATE TABLE IF NOT EXISTS sly (id int);",
                                            .namespace_name = "pg_catalog"}),
    };
    g_auto(SpTestPlace) place = sp_test_place_new("root", "SUPERUSER");
    g_auto(SpTestInstall) run = sp_test_place_boot(
        &place, "root_",
        SP_TEST_VTABLES(&users, &sly,
                        ORDERS(.cross_extension_tables = SP_TEST_LIST(const char *, "users"),
                               ONE_MIGRATION("ALTER TABLE users ADD COLUMN x int;"))));
    sp_assert_installed(run);
    sp_assert_value(place.admin, "SELECT has_schema_privilege('root_sly', 'pg_catalog', 'CREATE')",
                    "f");
    sp_assert_value(place.admin, OWNER_OF_TABLE("orders"), "root_orders");
}
