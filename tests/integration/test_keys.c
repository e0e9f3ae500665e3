/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Foreign keys between extensions, and tables that need functions and each other. */
#include "base/error.h"
#include "support/cluster.h"
#include "support/install.h"
#include "support/turns.h"

#include <criterion/criterion.h>

static const struct sp_schema users_schemas[] = {
    {.sql = "CREATE TABLE IF NOT EXISTS users (id bigint PRIMARY KEY,\n"
            "  first_post bigint REFERENCES posts (id) ON DELETE SET NULL);",
     .source = "users.sql"},
};
static const struct sp_schema posts_schemas[] = {
    {.sql = "CREATE TABLE IF NOT EXISTS posts (id bigint PRIMARY KEY, author bigint,\n"
            "  FOREIGN KEY (author) REFERENCES users ON UPDATE CASCADE DEFERRABLE);",
     .source = "posts.sql"},
};
static const struct sp_dependency on_users[] = {{.id = "users"}};
static const char *const other_tables[] = {"posts"};
static const struct sp_extension_vtable users = {.id = "users",
                                                 .cross_extension_tables = SP_LIST(other_tables),
                                                 .schemas = SP_LIST(users_schemas)};
static const struct sp_extension_vtable posts = {
    .id = "posts", .dependencies = SP_LIST(on_users), .schemas = SP_LIST(posts_schemas)};

#define BOTH SP_TEST_VTABLES(&users, &posts)
#define KEYS                                                                                     \
    "SELECT string_agg(concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)), " \
    "E'\\n' ORDER BY conname) FROM pg_constraint WHERE contype = 'f'"
#define EXPECTED                                                                           \
    "posts posts_author_fkey FOREIGN KEY (author) REFERENCES users(id) ON UPDATE CASCADE " \
    "DEFERRABLE\n"                                                                         \
    "users users_first_post_fkey FOREIGN KEY (first_post) REFERENCES posts(id) ON DELETE SET NULL"

static void
assert_settled(const char *database, const struct sp_extension_vtable *const *vtables)
{
    n_turns = 0;
    g_auto(SpTestInstall) again = sp_test_boot(database, vtables);
    sp_assert_installed(again);
    cr_assert_eq(sp_test_install_summary(&again).changed, 0);
    cr_assert_leq(n_turns, 2, "%u", n_turns);
}

static guint
count_warnings(const SpTestInstall *install, SpErrorCode code)
{
    const GPtrArray *warnings = sp_findings_warnings(install->findings);
    guint n = 0;
    for (guint i = 0; i < warnings->len; i++)
        n += g_error_matches(g_ptr_array_index(warnings, i), SP_ERROR, (int)code);
    return n;
}

Test(keys, of_two_extensions_that_refer_to_each_other_are_all_there)
{
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = sp_test_boot(database, BOTH);
    sp_assert_installed(install);
    sp_assert_value(database, KEYS, EXPECTED);
    cr_assert_eq(sp_findings_warnings(sp_declared_get_findings(install.declared))->len, 0);
    assert_settled(database, BOTH);
}

Test(keys, of_a_fresh_install_cost_no_turn)
{
    static const struct sp_schema schemas[] = {
        {.sql = "CREATE TABLE IF NOT EXISTS posts (id bigint PRIMARY KEY, author bigint);"},
    };
    static const struct sp_extension_vtable keyless = {.id = "posts", .schemas = SP_LIST(schemas)};
    guint turns[2];
    for (guint i = 0; i < 2; i++) {
        g_autofree char *database = sp_test_database();
        n_turns = 0;
        g_auto(SpTestInstall) install =
            sp_test_boot(database, i ? BOTH : SP_TEST_VTABLES(&users, &keyless));
        turns[i] = n_turns;
        sp_assert_installed(install);
    }
    cr_assert_eq(turns[0], turns[1], "%u and %u", turns[0], turns[1]);
}

Test(keys, that_were_made_under_another_name_are_not_made_again)
{
    static const struct sp_migration migrations[] = {
        {.version = 1,
         .name = "key",
         .sql = "ALTER TABLE posts ADD CONSTRAINT mine FOREIGN KEY (author) REFERENCES users (id) "
                "ON UPDATE CASCADE DEFERRABLE"},
    };
    struct sp_extension_vtable migrated = posts;
    migrated.migrations = (struct sp_list)SP_LIST(migrations);
    g_autofree char *database = sp_test_database();
    sp_test_execute(database, "CREATE TABLE posts (id bigint PRIMARY KEY, author bigint)");
    sp_test_execute(database, "CREATE TABLE users (id bigint PRIMARY KEY, first_post bigint "
                              "CONSTRAINT of_old REFERENCES posts ON DELETE SET NULL)");
    sp_test_adopt(database, SP_TEST_VTABLES(&users, &migrated));
    g_auto(SpTestInstall) install = sp_test_boot(database, SP_TEST_VTABLES(&users, &migrated));
    sp_assert_installed(install);
    sp_assert_value(database,
                    "SELECT string_agg(conname, ' ' ORDER BY conname) FROM pg_constraint "
                    "WHERE contype = 'f'",
                    "mine of_old");
    cr_assert_eq(count_warnings(&install, SP_ERROR_KEY_DIFFERS), 0);
    assert_settled(database, SP_TEST_VTABLES(&users, &migrated));
}

Test(keys, come_to_tables_that_were_there_without_them)
{
    g_autofree char *database = sp_test_database();
    sp_test_execute(database, "CREATE TABLE users (id bigint PRIMARY KEY, first_post bigint)");
    sp_test_execute(database, "CREATE TABLE posts (id bigint PRIMARY KEY, author bigint)");
    sp_test_execute(database, "INSERT INTO users VALUES (1, NULL)");
    sp_test_execute(database, "INSERT INTO posts VALUES (1, 1)");
    sp_test_adopt(database, BOTH);
    g_auto(SpTestInstall) install = sp_test_boot(database, BOTH);
    sp_assert_installed(install);
    sp_assert_value(database, KEYS, EXPECTED);
    assert_settled(database, BOTH);
}

/* Two transactions each: the strong lock is not held while rows are read. */
Test(keys, are_added_and_looked_at_in_two_steps)
{
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = sp_test_boot(database, BOTH);
    sp_assert_installed(install);
    cr_assert_str_eq(sp_test_install_state(&install, "posts", "foreign keys"), "done");
    cr_assert_str_eq(sp_test_install_state(&install, "posts", "posts_author_fkey"), "done");
}

Test(keys, that_old_rows_break_keep_new_ones_out_and_nothing_down)
{
    g_autofree char *database = sp_test_database();
    sp_test_execute(database, "CREATE TABLE posts (id bigint PRIMARY KEY, author bigint)");
    sp_test_execute(database, "INSERT INTO posts VALUES (1, 5)");
    static const struct sp_seed seeds[] = {
        {.id = "one", .sql = "INSERT INTO users VALUES (1, 1) ON CONFLICT DO NOTHING"},
    };
    struct sp_extension_vtable seeded = users;
    seeded.seeds = (struct sp_list)SP_LIST(seeds);
    sp_test_adopt(database, SP_TEST_VTABLES(&seeded, &posts));
    g_auto(SpTestInstall) install = sp_test_boot(database, SP_TEST_VTABLES(&seeded, &posts));
    sp_assert_installed(install);
    cr_assert_eq(count_warnings(&install, SP_ERROR_KEY_UNCHECKED), 1);
    const GError *warning = g_ptr_array_index(sp_findings_warnings(install.findings), 0);
    cr_assert_not_null(strstr(sp_error_detail(warning), "(author)=(5)"), "%s",
                       sp_error_detail(warning));
    cr_assert_str_eq(sp_error_get_place(warning)->source, "posts.sql");
    cr_assert_eq(sp_error_get_place(warning)->line, 2);
    sp_assert_value(database,
                    "SELECT string_agg(conname || convalidated, ' ' ORDER BY conname) "
                    "FROM pg_constraint WHERE contype = 'f'",
                    "posts_author_fkeyfalse users_first_post_fkeytrue");
    sp_assert_value(database, "SELECT count(*) FROM users", "1");
    g_autoptr(SpSession) session = sp_test_session(database);
    g_autoptr(SpRows) rows =
        sp_session_query(session, "INSERT INTO posts VALUES (2, 6)", NULL, 0, NULL);
    cr_assert_null(rows);
}

Test(keys, that_differ_are_told_with_the_statement_that_mends_them)
{
    static const struct {
        const char *live;
        const char *expected; /* part of the hint */
    } cases[] = {
        {"REFERENCES users ON UPDATE CASCADE", "ALTER CONSTRAINT k DEFERRABLE INITIALLY IMMEDIATE"},
        {"REFERENCES users DEFERRABLE", "DROP CONSTRAINT k, ADD CONSTRAINT posts_author_fkey"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *database = sp_test_database();
        g_autofree char *sql = g_strdup_printf(
            "CREATE TABLE posts (id bigint PRIMARY KEY, author bigint CONSTRAINT k %s)",
            cases[i].live);
        sp_test_execute(database, "CREATE TABLE users (id bigint PRIMARY KEY, first_post bigint)");
        sp_test_execute(database, sql);
        sp_test_adopt(database, BOTH);
        g_auto(SpTestInstall) install = sp_test_boot(database, BOTH);
        sp_assert_installed(install);
        cr_assert_eq(count_warnings(&install, SP_ERROR_KEY_DIFFERS), 1);
        const GError *warning = g_ptr_array_index(sp_findings_warnings(install.findings), 0);
        const char *hint = sp_error_hint(warning);
        cr_assert_not_null(strstr(hint, cases[i].expected), "%s", hint);
        sp_test_execute(database, strstr(hint, "ALTER TABLE"));
        sp_assert_value(database,
                        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = "
                        "'posts'::regclass AND contype = 'f'",
                        "FOREIGN KEY (author) REFERENCES users(id) ON UPDATE CASCADE DEFERRABLE");
    }
}

Test(keys, that_a_migration_mends_are_not_told)
{
    static const struct sp_migration migrations[] = {
        {.version = 1, .name = "mend", .sql = "ALTER TABLE posts ALTER CONSTRAINT k DEFERRABLE"},
    };
    struct sp_extension_vtable mended = posts;
    mended.migrations = (struct sp_list)SP_LIST(migrations);
    g_autofree char *database = sp_test_database();
    sp_test_execute(database, "CREATE TABLE users (id bigint PRIMARY KEY, first_post bigint)");
    sp_test_execute(database, "CREATE TABLE posts (id bigint PRIMARY KEY, author bigint CONSTRAINT "
                              "k REFERENCES users ON UPDATE CASCADE)");
    sp_test_adopt(database, SP_TEST_VTABLES(&users, &mended));
    g_auto(SpTestInstall) install = sp_test_boot(database, SP_TEST_VTABLES(&users, &mended));
    sp_assert_installed(install);
    cr_assert_eq(count_warnings(&install, SP_ERROR_KEY_DIFFERS), 0);
}

Test(keys, that_were_dropped_by_hand_come_back_once)
{
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) first = sp_test_boot(database, BOTH);
    sp_assert_installed(first);
    sp_test_execute(database, "ALTER TABLE posts DROP CONSTRAINT posts_author_fkey");
    g_auto(SpTestInstall) second = sp_test_boot(database, BOTH);
    sp_assert_installed(second);
    sp_assert_value(database, KEYS, EXPECTED);
    sp_test_execute(database, "DROP TABLE users CASCADE");
    g_auto(SpTestInstall) third = sp_test_boot(database, BOTH);
    sp_assert_installed(third);
    sp_assert_value(database, KEYS, EXPECTED);
    assert_settled(database, BOTH);
}

Test(keys, that_got_another_name_come_back_once)
{
    g_autofree char *database = sp_test_database();
    sp_test_execute(database, "CREATE TABLE users (id bigint PRIMARY KEY, first_post bigint)");
    sp_test_execute(database, "CREATE TABLE posts (id bigint PRIMARY KEY, author bigint CONSTRAINT "
                              "k REFERENCES users ON UPDATE CASCADE DEFERRABLE)");
    sp_test_adopt(database, BOTH);
    g_auto(SpTestInstall) first = sp_test_boot(database, BOTH);
    sp_assert_installed(first);
    sp_test_execute(database, "ALTER TABLE posts DROP CONSTRAINT k");
    g_auto(SpTestInstall) second = sp_test_boot(database, BOTH);
    sp_assert_installed(second);
    sp_assert_value(database,
                    "SELECT string_agg(conname, ' ') FROM pg_constraint WHERE contype = "
                    "'f' AND conrelid = 'posts'::regclass",
                    "k");
}

Test(keys, that_are_not_valid_are_looked_at_again_with_the_next_change)
{
    g_autofree char *database = sp_test_database();
    sp_test_execute(database, "CREATE TABLE posts (id bigint PRIMARY KEY, author bigint)");
    sp_test_execute(database, "INSERT INTO posts VALUES (1, 5)");
    sp_test_adopt(database, BOTH);
    g_auto(SpTestInstall) first = sp_test_boot(database, BOTH);
    sp_assert_installed(first);
    cr_assert_eq(count_warnings(&first, SP_ERROR_KEY_UNCHECKED), 1);
    assert_settled(database, BOTH);
    sp_test_execute(database, "UPDATE posts SET author = NULL");
    struct sp_extension_vtable newer = posts;
    newer.version = "2.0.0";
    g_auto(SpTestInstall) second = sp_test_boot(database, SP_TEST_VTABLES(&users, &newer));
    sp_assert_installed(second);
    sp_assert_value(database, "SELECT bool_and(convalidated) FROM pg_constraint", "t");
}

/* Which is a warning, as reading it would be. */
Test(keys, to_what_is_no_dependency_are_known_by_their_text)
{
    struct sp_extension_vtable alone = posts;
    alone.dependencies = (struct sp_list){0};
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = sp_test_boot(database, SP_TEST_VTABLES(&users, &alone));
    sp_assert_installed(install);
    sp_assert_value(database, KEYS, EXPECTED);
}

Test(keys, to_an_optional_dependency_wait_for_it)
{
    static const struct sp_dependency optional[] = {
        {.id = "users", .flags = SP_DEPENDENCY_OPTIONAL}};
    struct sp_extension_vtable alone = posts;
    alone.dependencies = (struct sp_list)SP_LIST(optional);
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) first = sp_test_boot(database, SP_TEST_VTABLES(&alone));
    sp_assert_installed(first);
    assert_settled(database, SP_TEST_VTABLES(&alone));
    g_auto(SpTestInstall) second = sp_test_boot(database, SP_TEST_VTABLES(&users, &alone));
    sp_assert_installed(second);
    sp_assert_value(database, KEYS, EXPECTED);
}

/* The name that is made up is the server's, and a partitioned table has its key in one step. */
Test(keys, are_what_postgresql_would_have_made)
{
    static const struct sp_schema schemas[] = {
        {.sql = "CREATE TABLE IF NOT EXISTS a_table_with_a_name_that_is_really_rather_long (\n"
                "  a_column_with_a_name_that_is_really_rather_long_too bigint REFERENCES users "
                "REFERENCES users (id) MATCH FULL ON DELETE SET DEFAULT);\n"
                "CREATE TABLE IF NOT EXISTS parts (a bigint, b bigint REFERENCES users) PARTITION "
                "BY LIST (a);\n"
                "CREATE TABLE IF NOT EXISTS parts_1 PARTITION OF parts FOR VALUES IN (1);"},
    };
    static const struct sp_schema plain[] = {
        {.sql = "CREATE TABLE IF NOT EXISTS users (id bigint PRIMARY KEY);"}};
    static const struct sp_extension_vtable owner = {.id = "users", .schemas = SP_LIST(plain)};
    static const struct sp_extension_vtable long_names = {
        .id = "long", .dependencies = SP_LIST(on_users), .schemas = SP_LIST(schemas)};
    g_autofree char *ours = sp_test_database();
    g_autofree char *theirs = sp_test_database();
    g_auto(SpTestInstall) install = sp_test_boot(ours, SP_TEST_VTABLES(&owner, &long_names));
    sp_assert_installed(install);
    sp_test_execute(theirs, plain[0].sql);
    sp_test_execute(theirs, "DO $$ BEGIN NULL; END $$");
    g_auto(GStrv) statements = g_strsplit(schemas[0].sql, ";\n", -1);
    for (guint i = 0; statements[i] != NULL; i++)
        sp_test_execute(theirs, statements[i]);
    g_autofree char *expected = sp_test_value(theirs, KEYS);
    sp_assert_value(ours, KEYS, expected);
    assert_settled(ours, SP_TEST_VTABLES(&owner, &long_names));
}

Test(order, lets_tables_need_what_stands_below_them)
{
    static const struct sp_schema schemas[] = {
        {.sql =
             "CREATE TABLE IF NOT EXISTS orders (id int PRIMARY KEY DEFAULT next_id(), item int "
             "REFERENCES items, state state, last_line int REFERENCES lines);\n"
             "CREATE TABLE IF NOT EXISTS lines (id int PRIMARY KEY, order_id int REFERENCES "
             "orders);\n"
             "CREATE TABLE IF NOT EXISTS items (id int PRIMARY KEY, price amount);\n"
             "CREATE DOMAIN amount AS int CHECK (is_amount(VALUE));\n"
             "CREATE OR REPLACE FUNCTION next_id() RETURNS int LANGUAGE sql AS 'SELECT "
             "coalesce(max(id), 0) + step() FROM steps';\n"
             "CREATE OR REPLACE FUNCTION step() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT "
             "1';\n"
             "CREATE OR REPLACE FUNCTION is_amount(i int) RETURNS boolean LANGUAGE sql IMMUTABLE "
             "AS 'SELECT i > 0';\n"
             "CREATE TABLE IF NOT EXISTS steps (id int);\n"
             "CREATE TYPE state AS ENUM ('new');\n"
             "CREATE OR REPLACE VIEW above AS SELECT * FROM below;\n"
             "CREATE OR REPLACE VIEW below AS SELECT id FROM orders;"},
    };
    static const struct sp_extension_vtable shop = {.id = "shop", .schemas = SP_LIST(schemas)};
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = sp_test_boot(database, SP_TEST_VTABLES(&shop));
    sp_assert_installed(install);
    sp_assert_value(database, "SELECT count(*) FROM pg_constraint WHERE contype = 'f'", "3");
    sp_assert_value(database, "INSERT INTO orders (state) VALUES ('new') RETURNING id", "1");
    assert_settled(database, SP_TEST_VTABLES(&shop));
}
