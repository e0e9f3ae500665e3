/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "support/cluster.h"
#include "support/install.h"

#include <criterion/criterion.h>

static const struct sp_schema users_schemas[] = {
    {.table = "users",
     .sql = "CREATE TYPE mood AS ENUM ('calm', 'angry');\n"
            "CREATE TABLE IF NOT EXISTS users (id bigint PRIMARY KEY, name text, mood mood);\n"
            "CREATE INDEX IF NOT EXISTS users_name ON users (name);\n"
            "CREATE OR REPLACE VIEW names AS SELECT name FROM users;\n"
            "CREATE OR REPLACE FUNCTION shout(word text) RETURNS text LANGUAGE sql AS "
            "$$ SELECT upper(word) $$;\n"
            "CREATE OR REPLACE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RETURN new; END $$;\n"
            "CREATE OR REPLACE TRIGGER users_note BEFORE INSERT ON users FOR EACH ROW "
            "EXECUTE FUNCTION note();\n"
            "CREATE POLICY everybody ON users USING (true);\n",
     .source = "users/schema/users.sql"},
};
static const struct sp_migration users_migrations[] = {
    {.version = 2, .name = "second", .sql = "UPDATE users SET name = 'two' WHERE id = 1;"},
    {.version = 1, .name = "first", .sql = "INSERT INTO users VALUES (1, 'one', 'calm');"},
};
static const struct sp_seed users_seeds[] = {
    {.id = "root",
     .sql = "INSERT INTO users VALUES (0, 'root', 'calm') ON CONFLICT DO NOTHING;\n"
            "INSERT INTO users VALUES (9, 'nine', 'calm') ON CONFLICT DO NOTHING;"},
};
static const struct sp_extension_vtable users = {
    .id = "users",
    .schemas = SP_LIST(users_schemas),
    .migrations = SP_LIST(users_migrations),
    .seeds = SP_LIST(users_seeds),
};

Test(install, makes_everything_that_is_declared)
{
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&users));
    sp_assert_installed(install);
    sp_assert_value(database, "SELECT string_agg(name, ',' ORDER BY id) FROM users",
                    "root,two,nine");
    sp_assert_value(database, "SELECT string_agg(id, ',' ORDER BY id) FROM extension_migrations",
                    "users_001,users_002");
    cr_assert_eq(sp_test_install_summary(&install).migrations_run, 2);
    cr_assert_eq(sp_test_install_summary(&install).changed, 5);
}

Test(install, has_nothing_to_do_the_second_time)
{
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) first = sp_test_install(database, SP_TEST_VTABLES(&users));
    g_auto(SpTestInstall) second = sp_test_install(database, SP_TEST_VTABLES(&users));
    sp_assert_installed(second);
    cr_assert_eq(sp_test_install_summary(&second).changed, 0);
    cr_assert_str_eq(sp_test_install_state(&second, "users", "structural"), "current");
    cr_assert_str_eq(sp_test_install_state(&second, "users", "001_first"), "current");
    cr_assert_str_eq(sp_test_install_state(&second, "users", "root"), "done");
}

static const char *const drops[] = {
    "DROP INDEX users_name",          "DROP VIEW names",
    "DROP FUNCTION shout(text)",      "DROP TRIGGER users_note ON users",
    "DROP POLICY everybody ON users", "DROP TABLE users CASCADE",
};

Test(install, heals_what_somebody_dropped_by_hand)
{
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) first = sp_test_install(database, SP_TEST_VTABLES(&users));
    for (guint i = 0; i < G_N_ELEMENTS(drops); i++) {
        sp_test_execute(database, drops[i]);
        g_auto(SpTestInstall) healing = sp_test_install(database, SP_TEST_VTABLES(&users));
        sp_assert_installed(healing);
        cr_assert_gt(sp_test_install_summary(&healing).changed, 0, "%s", drops[i]);
        g_auto(SpTestInstall) quiet = sp_test_install(database, SP_TEST_VTABLES(&users));
        cr_assert_eq(sp_test_install_summary(&quiet).changed, 0, "%s", drops[i]);
    }
}

Test(install, applies_a_changed_schema_and_skips_what_has_no_repeatable_form)
{
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) first = sp_test_install(database, SP_TEST_VTABLES(&users));
    struct sp_schema schema = users_schemas[0];
    g_autofree char *sql = g_strconcat(
        schema.sql, "CREATE OR REPLACE VIEW names AS SELECT name, id FROM users;", NULL);
    schema.sql = sql;
    struct sp_extension_vtable changed = users;
    changed.schemas = (struct sp_list){&schema, 1, sizeof schema};
    g_auto(SpTestInstall) second = sp_test_install(database, SP_TEST_VTABLES(&changed));
    sp_assert_installed(second);
    cr_assert_str_eq(sp_test_install_state(&second, "users", "structural"), "current");
    cr_assert_str_eq(sp_test_install_state(&second, "users", "dependent"), "done");
    sp_assert_value(database, "SELECT count(*) FROM names WHERE id = 0", "1");
}

Test(install, brings_every_table_before_the_first_migration)
{
    static const struct sp_schema late[] = {
        {.sql = "CREATE TABLE IF NOT EXISTS zebra (id int);"},
    };
    static const struct sp_migration early[] = {
        {.version = 1, .name = "look", .sql = "SELECT count(*) FROM zebra;"},
    };
    static const struct sp_extension_vtable a = {.id = "a", .migrations = SP_LIST(early)};
    static const struct sp_extension_vtable z = {.id = "z", .schemas = SP_LIST(late)};
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&a, &z));
    sp_assert_installed(install);
}

static const struct sp_schema logs_schemas[] = {
    {.table = "logs",
     .sql = "CREATE TABLE IF NOT EXISTS logs (id int, level text);\n"
            "CREATE INDEX IF NOT EXISTS logs_level ON logs (level);\n"
            "CREATE OR REPLACE VIEW loud AS SELECT id FROM logs WHERE level = 'error';\n"},
};
static const struct sp_migration logs_migrations[] = {
    {.version = 1, .name = "level", .sql = "ALTER TABLE logs ADD COLUMN IF NOT EXISTS level text;"},
};
static const struct sp_extension_vtable logs = {
    .id = "logs",
    .schemas = SP_LIST(logs_schemas),
    .migrations = SP_LIST(logs_migrations),
};

Test(install, adds_the_column_of_a_legacy_table_before_the_index_that_needs_it)
{
    g_autofree char *database = sp_test_database();
    sp_test_execute(database, "CREATE TABLE logs (id int)");
    sp_test_adopt(database, SP_TEST_VTABLES(&logs));
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&logs));
    sp_assert_installed(install);
    sp_assert_value(database, "SELECT to_regclass('logs_level')", "logs_level");
}

Test(install, keeps_the_settings_of_one_extension_from_the_next)
{
    static const struct sp_migration wild[] = {
        {.version = 1,
         .name = "dump",
         .sql = "CREATE SCHEMA elsewhere; SELECT pg_catalog.set_config('search_path', "
                "'elsewhere', false); SET default_tablespace = ''; SET ROLE pg_monitor;"},
    };
    static const struct sp_schema tame[] = {
        {.sql = "CREATE OR REPLACE VIEW here AS SELECT 1 AS one;"},
    };
    static const struct sp_extension_vtable a = {.id = "a", .migrations = SP_LIST(wild)};
    static const struct sp_extension_vtable b = {.id = "b", .schemas = SP_LIST(tame)};
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&a, &b));
    sp_assert_installed(install);
    sp_assert_value(database, "SELECT to_regclass('public.here')", "here");
}

Test(install, runs_a_migration_that_cannot_be_in_a_transaction)
{
    static const struct sp_migration slow[] = {
        {.version = 1,
         .name = "index",
         .flags = SP_MIGRATION_NO_TRANSACTION,
         .sql = "CREATE INDEX CONCURRENTLY IF NOT EXISTS logs_id ON logs (id);\n"
                "ANALYZE logs;"},
    };
    struct sp_extension_vtable indexed = logs;
    indexed.migrations = (struct sp_list)SP_LIST(slow);
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&indexed));
    sp_assert_installed(install);
    sp_assert_value(database,
                    "SELECT indisvalid FROM pg_index WHERE indexrelid = 'logs_id'::regclass", "t");
}

static gpointer
install_in_thread(gpointer database)
{
    static const struct sp_migration slow[] = {
        {.version = 1,
         .name = "index",
         .flags = SP_MIGRATION_NO_TRANSACTION,
         .sql = "INSERT INTO logs SELECT generate_series(1, 200000);\n"
                "CREATE INDEX CONCURRENTLY logs_id ON logs (id);"},
    };
    struct sp_extension_vtable indexed = logs;
    indexed.migrations = (struct sp_list)SP_LIST(slow);
    g_autoptr(SpSession) session = sp_test_session(database);
    g_autoptr(SpDeclared) declared = sp_test_declared(SP_TEST_VTABLES(&indexed));
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(SpReport) report = NULL;
    GError *error = NULL;
    SpInstallOptions options = {.lock_wait_ms = 60000};
    sp_install(session, declared, &options, NULL, findings, &report, &error);
    return error;
}

Test(install, lets_four_hosts_start_at_once_while_one_builds_an_index_concurrently)
{
    g_autofree char *database = sp_test_database();
    GThread *threads[4];
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("host", install_in_thread, database);
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++) {
        g_autoptr(GError) error = g_thread_join(threads[i]);
        cr_assert_null(error, "%s", error ? error->message : "");
    }
    sp_assert_value(database, "SELECT count(*) FROM logs", "200000");
    sp_assert_value(database, "SELECT bool_and(indisvalid) FROM pg_index", "t");
}

Test(install, makes_a_function_before_the_table_that_needs_it)
{
    static const struct sp_schema schemas[] = {
        {.sql =
             "CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql IMMUTABLE RETURN 1;\n"
             "CREATE OR REPLACE FUNCTION two() RETURNS int LANGUAGE sql IMMUTABLE "
             "RETURN one() + 1;\n"
             "CREATE TABLE IF NOT EXISTS needy (a int DEFAULT two(), CHECK (a > public.one()));\n"
             "CREATE OR REPLACE FUNCTION late() RETURNS bigint LANGUAGE sql AS "
             "$$ SELECT count(*) FROM needy $$;"},
    };
    static const struct sp_extension_vtable needy = {.id = "needy", .schemas = SP_LIST(schemas)};
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) first = sp_test_install(database, SP_TEST_VTABLES(&needy));
    sp_assert_installed(first);
    g_auto(SpTestInstall) second = sp_test_install(database, SP_TEST_VTABLES(&needy));
    cr_assert_eq(sp_test_install_summary(&second).changed, 0);
    sp_test_execute(database, "INSERT INTO needy DEFAULT VALUES");
    sp_assert_value(database, "SELECT a + late() FROM needy", "3");
}

Test(install, counts_the_rows_that_a_seed_changed)
{
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) first = sp_test_install(database, SP_TEST_VTABLES(&users));
    sp_test_execute(database, "DELETE FROM users WHERE id = 9");
    g_auto(SpTestInstall) second = sp_test_install(database, SP_TEST_VTABLES(&users));
    cr_assert_eq(sp_test_install_summary(&second).changed, 1);
    sp_assert_value(database, "SELECT count(*) FROM users WHERE id = 9", "1");
}

Test(install, creates_every_kind_that_has_no_repeatable_form_once)
{
    static const struct sp_schema schemas[] = {
        {.sql = "CREATE SCHEMA IF NOT EXISTS lab;\n"
                "CREATE TYPE lab.point2 AS (x int, y int);\n"
                "CREATE DOMAIN lab.positive AS int CHECK (VALUE > 0);\n"
                "CREATE TYPE lab.span AS RANGE (subtype = float8);\n"
                "CREATE SEQUENCE lab.numbers;\n"
                "CREATE TABLE lab.plain (id int, p lab.point2);\n"
                "CREATE COLLATION lab.plain_c (locale = 'C');\n"
                "CREATE TEXT SEARCH CONFIGURATION lab.words (COPY = pg_catalog.simple);\n"
                "CREATE OR REPLACE FUNCTION lab.x_of(p lab.point2) RETURNS int LANGUAGE sql "
                "IMMUTABLE AS $$ SELECT p.x $$;\n"
                "CREATE CAST (lab.point2 AS int) WITH FUNCTION lab.x_of(lab.point2);\n"
                "CREATE OPERATOR lab.@@@ (RIGHTARG = lab.point2, FUNCTION = lab.x_of);\n"
                "CREATE AGGREGATE lab.total (int) (SFUNC = int4pl, STYPE = int);\n"
                "CREATE STATISTICS lab.plain_stats ON id, (id + 1) FROM lab.plain;\n"
                "CREATE MATERIALIZED VIEW lab.frozen AS SELECT 1 AS one;\n"
                "CREATE OR REPLACE RULE quiet AS ON UPDATE TO lab.plain DO INSTEAD NOTHING;\n"},
    };
    static const struct sp_extension_vtable lab = {.id = "lab", .schemas = SP_LIST(schemas)};
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) first = sp_test_install(database, SP_TEST_VTABLES(&lab));
    sp_assert_installed(first);
    /* Without digests every guarded statement is looked up again. */
    sp_test_execute(database, "DELETE FROM extension_digests");
    g_auto(SpTestInstall) second = sp_test_install(database, SP_TEST_VTABLES(&lab));
    sp_assert_installed(second);
    cr_assert_eq(sp_test_install_summary(&second).changed, 1,
                 "only what has OR REPLACE runs again");
}
