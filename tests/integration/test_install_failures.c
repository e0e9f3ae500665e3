/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/lock.h"
#include "base/error.h"
#include "support/cluster.h"
#include "support/install.h"

#include <criterion/criterion.h>

#define assert_code(install, expected)                                                          \
    do {                                                                                        \
        cr_assert_not_null((install).error);                                                    \
        cr_assert_eq((install).error->code, expected, "%s: %s", sp_error_nick((install).error), \
                     (install).error->message);                                                 \
    } while (0)

static const struct sp_schema good_schemas[] = {
    {.sql = "CREATE TABLE IF NOT EXISTS good (id int);"},
};
static const struct sp_migration good_migrations[] = {
    {.version = 1, .name = "one", .sql = "INSERT INTO good VALUES (1);"},
};
static const struct sp_extension_vtable good = {
    .id = "good",
    .schemas = SP_LIST(good_schemas),
    .migrations = SP_LIST(good_migrations),
};

Test(install_failure, in_the_structural_phase_keeps_the_extensions_before_and_nothing_of_its_own)
{
    static const struct sp_schema schemas[] = {
        {.sql = "CREATE TABLE IF NOT EXISTS zoo (id int);\n\n  CREATE TABLE IF NOT EXISTS\n"
                "    animals (id nonsense);",
         .source = "zoo/schema/zoo.sql"},
    };
    static const struct sp_extension_vtable zoo = {.id = "zoo", .schemas = SP_LIST(schemas)};
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&good, &zoo));
    assert_code(install, SP_ERROR_STATEMENT);
    const SpPlace *place = sp_error_get_place(install.error);
    cr_assert_str_eq(place->extension, "zoo");
    cr_assert_str_eq(place->source, "zoo/schema/zoo.sql");
    cr_assert_str_eq(place->phase, "structural");
    cr_assert_str_eq(place->sqlstate, "42704");
    cr_assert(place->line == 4 && place->column == 17, "%u:%u", place->line, place->column);
    cr_assert(place->statement == 2 && place->statements == 2);
    sp_assert_value(database, "SELECT to_regclass('good')", "good");
    sp_assert_value(database, "SELECT to_regclass('zoo')", "");
    sp_assert_value(database, "SELECT count(*) FROM extension_migrations", "0");
    cr_assert_str_eq(sp_test_install_state(&install, "zoo", "structural"), "failed");
    cr_assert_str_eq(sp_test_install_state(&install, "good", "001_one"), "not-reached");
}

Test(install_failure, in_a_migration_leaves_neither_its_effect_nor_its_row_and_is_tried_again)
{
    static const struct sp_migration migrations[] = {
        {.version = 1, .name = "one", .sql = "INSERT INTO good VALUES (1);"},
        {.version = 2, .name = "two", .sql = "INSERT INTO good VALUES (2);\nSELECT 1 / 0;"},
    };
    struct sp_extension_vtable bad = good;
    bad.migrations = (struct sp_list)SP_LIST(migrations);
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&bad));
    assert_code(install, SP_ERROR_STATEMENT);
    cr_assert_str_eq(sp_error_get_place(install.error)->sqlstate, "22012");
    cr_assert_eq(sp_error_get_place(install.error)->line, 2);
    sp_assert_value(database, "SELECT count(*) FROM good", "1");
    sp_assert_value(database, "SELECT max(version) FROM extension_migrations", "1");
    g_auto(SpTestInstall) again = sp_test_install(database, SP_TEST_VTABLES(&bad));
    assert_code(again, SP_ERROR_STATEMENT);
    sp_assert_value(database, "SELECT count(*) FROM good", "1");
}

Test(install_failure, in_the_dependent_phase_rolls_back_all_of_that_phase_of_the_extension)
{
    static const struct sp_schema schemas[] = {
        {.sql = "CREATE TABLE IF NOT EXISTS good (id int);\n"
                "CREATE OR REPLACE VIEW fine AS SELECT id FROM good;\n"
                "CREATE INDEX IF NOT EXISTS by_nothing ON good ((nonsense(id)));"},
    };
    struct sp_extension_vtable bad = good;
    bad.schemas = (struct sp_list)SP_LIST(schemas);
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&bad));
    assert_code(install, SP_ERROR_STATEMENT);
    cr_assert_not_null(sp_error_hint(install.error));
    sp_assert_value(database, "SELECT to_regclass('fine')", "");
    sp_assert_value(database, "SELECT count(*) FROM good", "1");
}

Test(install_failure, in_a_seed_rolls_back_that_seed)
{
    static const struct sp_seed seeds[] = {
        {.id = "rows",
         .sql = "INSERT INTO good VALUES (5) ON CONFLICT DO NOTHING;\n"
                "INSERT INTO good VALUES (6) ON CONFLICT (nonsense) DO NOTHING;"},
    };
    struct sp_extension_vtable bad = good;
    bad.seeds = (struct sp_list)SP_LIST(seeds);
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&bad));
    assert_code(install, SP_ERROR_STATEMENT);
    cr_assert_str_eq(sp_error_get_place(install.error)->phase, "seeds");
    sp_assert_value(database, "SELECT count(*) FROM good WHERE id = 5", "0");
}

Test(install_failure, at_commit_is_reported_with_its_extension)
{
    static const struct sp_schema schemas[] = {
        {.sql = "CREATE TABLE IF NOT EXISTS good (id int UNIQUE DEFERRABLE INITIALLY DEFERRED);"},
    };
    static const struct sp_migration migrations[] = {
        {.version = 1, .name = "twice", .sql = "INSERT INTO good VALUES (1), (1);"},
    };
    struct sp_extension_vtable bad = good;
    bad.schemas = (struct sp_list)SP_LIST(schemas);
    bad.migrations = (struct sp_list)SP_LIST(migrations);
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&bad));
    assert_code(install, SP_ERROR_STATEMENT);
    cr_assert_str_eq(sp_error_get_place(install.error)->sqlstate, "23505");
    cr_assert_str_eq(sp_error_get_place(install.error)->extension, "good");
    sp_assert_value(database, "SELECT count(*) FROM extension_migrations", "0");
}

Test(install_failure, names_every_required_column_that_is_missing)
{
    static const char *const columns[] = {"id", "a", "b"};
    static const struct sp_schema schemas[] = {
        {.table = "good",
         .sql = "CREATE TABLE IF NOT EXISTS good (id int, a int, b int);",
         .required_columns = SP_LIST(columns)},
    };
    /* Only the server knows that it adds neither. */
    static const struct sp_migration migrations[] = {
        {.version = 1, .name = "one", .sql = "DO $$ BEGIN PERFORM 'a and b'; END $$;"},
    };
    struct sp_extension_vtable bad = good;
    bad.schemas = (struct sp_list)SP_LIST(schemas);
    bad.migrations = (struct sp_list)SP_LIST(migrations);
    g_autofree char *database = sp_test_database();
    sp_test_execute(database, "CREATE TABLE good (id int)");
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&bad));
    assert_code(install, SP_ERROR_COLUMN_MISSING);
    cr_assert_eq(sp_findings_refusals(install.findings)->len, 2);
}

Test(install_failure, without_the_right_to_create_comes_before_the_first_write)
{
    g_autofree char *database = sp_test_database();
    sp_test_execute(database, "CREATE ROLE poor LOGIN");
    g_autofree char *poor = g_strconcat(database, " user=poor", NULL);
    g_auto(SpTestInstall) install = sp_test_install(poor, SP_TEST_VTABLES(&good));
    sp_test_execute(database, "DROP ROLE poor");
    assert_code(install, SP_ERROR_PRIVILEGE);
    cr_assert(g_strrstr(sp_error_hint(install.error), "GRANT CREATE ON SCHEMA public TO poor"));
    sp_assert_value(database, "SELECT to_regclass('extension_migrations')", "");
}

Test(install_failure, is_none_for_a_role_whose_namespace_is_there_already)
{
    static const struct sp_schema schemas[] = {
        {.sql = "CREATE SCHEMA IF NOT EXISTS own; CREATE TABLE IF NOT EXISTS own.t (id int);"},
    };
    static const struct sp_extension_vtable owner = {.id = "owner", .schemas = SP_LIST(schemas)};
    g_autofree char *database = sp_test_database();
    sp_test_execute(database, "CREATE ROLE modest LOGIN");
    sp_test_execute(database, "CREATE SCHEMA own AUTHORIZATION modest");
    sp_test_execute(database, "GRANT CREATE ON SCHEMA public TO modest");
    g_autofree char *modest = g_strconcat(database, " user=modest", NULL);
    g_auto(SpTestInstall) install = sp_test_install(modest, SP_TEST_VTABLES(&owner));
    sp_test_execute(database, "DROP OWNED BY modest CASCADE");
    sp_test_execute(database, "DROP ROLE modest");
    sp_assert_installed(install);
}

Test(install_failure, on_a_read_only_database_says_so)
{
    g_autofree char *database = sp_test_database();
    g_autofree char *frozen =
        g_strconcat(database, " options='-c default_transaction_read_only=on'", NULL);
    g_auto(SpTestInstall) install = sp_test_install(frozen, SP_TEST_VTABLES(&good));
    assert_code(install, SP_ERROR_STANDBY);
}

Test(install_failure, while_another_host_has_the_lock_names_it)
{
    g_autofree char *database = sp_test_database();
    g_autoptr(SpSession) other = sp_test_session(database);
    cr_assert(sp_lock_acquire(other, 0, NULL, NULL));
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&good));
    assert_code(install, SP_ERROR_LOCKED);
    cr_assert(g_strrstr(sp_error_detail(install.error), "sp-host"));
    sp_lock_release(other);
    g_auto(SpTestInstall) again = sp_test_install(database, SP_TEST_VTABLES(&good));
    cr_assert_null(again.error);
}

Test(install_failure, does_not_come_from_a_lock_when_only_seeds_are_to_be_run)
{
    static const struct sp_seed seeds[] = {
        {.id = "rows", .sql = "UPDATE good SET id = 2 WHERE id = 1;"},
    };
    struct sp_extension_vtable seeded = good;
    seeded.seeds = (struct sp_list)SP_LIST(seeds);
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) first = sp_test_install(database, SP_TEST_VTABLES(&seeded));
    sp_assert_installed(first);
    g_autoptr(SpSession) other = sp_test_session(database);
    cr_assert(sp_lock_acquire(other, 0, NULL, NULL));
    g_auto(SpTestInstall) second = sp_test_install(database, SP_TEST_VTABLES(&seeded));
    sp_assert_installed(second);
    sp_lock_release(other);
}

Test(install_failure, when_a_plugin_gives_the_lock_away_comes_before_the_next_phase)
{
    static const struct sp_schema schemas[] = {
        {.sql = "CREATE TABLE IF NOT EXISTS good (id int);\n"
                "CREATE OR REPLACE VIEW fine AS SELECT id FROM good;"},
    };
    static const struct sp_migration migrations[] = {
        {.version = 1,
         .name = "sly",
         .sql = "DO $$ BEGIN EXECUTE 'SELECT pg_advisory_' || 'unlock_all()'; END $$;"},
    };
    struct sp_extension_vtable sly = good;
    sly.schemas = (struct sp_list)SP_LIST(schemas);
    sly.migrations = (struct sp_list)SP_LIST(migrations);
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&sly));
    assert_code(install, SP_ERROR_LOCK_LOST);
    sp_assert_value(database, "SELECT to_regclass('fine')", "");
}

Test(install_failure, by_a_lost_connection_leaves_the_transaction_undone)
{
    static const struct sp_migration migrations[] = {
        {.version = 1,
         .name = "cut",
         .sql =
             "INSERT INTO good VALUES (1);\n"
             "DO $$ BEGIN EXECUTE 'SELECT pg_terminate_' || 'backend(pg_backend_pid())'; END $$;"},
    };
    struct sp_extension_vtable cut = good;
    cut.migrations = (struct sp_list)SP_LIST(migrations);
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&cut));
    assert_code(install, SP_ERROR_CONNECTION_LOST);
    sp_assert_value(database, "SELECT count(*) FROM good", "0");
    sp_assert_value(database, "SELECT count(*) FROM extension_migrations", "0");
}
