/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What a boot costs that changes nothing, and what it notices all the same. The parser is
 * counted by --wrap. */
#include "act/lock.h"
#include "base/error.h"
#include "support/cluster.h"
#include "support/install.h"
#include "support/turns.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <pg_query.h>

static guint n_parsed;

PgQueryProtobufParseResult __real_pg_query_parse_protobuf(const char *sql);
PgQueryProtobufParseResult __wrap_pg_query_parse_protobuf(const char *sql);

PgQueryProtobufParseResult
__wrap_pg_query_parse_protobuf(const char *sql)
{
    n_parsed++;
    return __real_pg_query_parse_protobuf(sql);
}

static const struct sp_schema users_schemas[] = {
    {.table = "users",
     .sql = "CREATE TABLE IF NOT EXISTS users (id bigint PRIMARY KEY, name text NOT NULL DEFAULT "
            "'x', age int CONSTRAINT grown CHECK (age > 17), place bigserial, "
            "twice int GENERATED ALWAYS AS (age * 2) STORED);\n"
            "CREATE INDEX IF NOT EXISTS users_name ON users (name);\n"
            "CREATE OR REPLACE VIEW names AS SELECT name FROM users;\n"
            "CREATE OR REPLACE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RETURN new; END $$;\n"
            "CREATE OR REPLACE TRIGGER users_note BEFORE INSERT ON users FOR EACH ROW "
            "EXECUTE FUNCTION note();\n"
            "CREATE TYPE mood AS ENUM ('calm');\n"
            "CREATE POLICY everybody ON users USING (true);\n"},
};
static const struct sp_migration users_migrations[] = {
    {.version = 1,
     .name = "add_mail",
     .sql = "ALTER TABLE users ADD COLUMN mail text UNIQUE;",
     .down_sql = "ALTER TABLE users DROP COLUMN mail;"},
};
static const struct sp_extension_vtable users = {
    .id = "users",
    .schemas = SP_LIST(users_schemas),
    .migrations = SP_LIST(users_migrations),
};

static const struct sp_schema posts_schemas[] = {
    {.sql = "CREATE TABLE IF NOT EXISTS posts (id bigint, author bigint REFERENCES users);"},
};
static const struct sp_dependency posts_dependencies[] = {{.id = "users"}};
static const struct sp_extension_vtable posts = {
    .id = "posts",
    .dependencies = SP_LIST(posts_dependencies),
    .schemas = SP_LIST(posts_schemas),
};

static const struct sp_schema notes_schemas[] = {
    {.sql = "CREATE TABLE IF NOT EXISTS notes (id bigint);"},
};
static const struct sp_extension_vtable notes = {.id = "notes", .schemas = SP_LIST(notes_schemas)};

/* The whole: every definition that the catalog has of what stands in public. */
#define SHAPE                                                                                \
    "SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM (SELECT format('%s.%s %s %s', " \
    "c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull) AS line "     \
    "FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND attnum > 0 AND NOT "      \
    "attisdropped WHERE c.relnamespace = 'public'::regnamespace "                            \
    "UNION ALL SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint "              \
    "UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal "        \
    "UNION ALL SELECT polname FROM pg_policy UNION ALL SELECT typname FROM pg_type "         \
    "UNION ALL SELECT pg_get_viewdef(oid) FROM pg_class WHERE relname = 'names' "            \
    "UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace) l"

#define HAS_MAIL \
    "SELECT count(*) FROM pg_attribute WHERE attname = 'mail' AND attrelid = 'users'::regclass"

#define ALL SP_TEST_VTABLES(&users, &posts, &notes)

static void
boot(const char *database, const struct sp_extension_vtable *const *vtables, guint changed)
{
    g_auto(SpTestInstall) install = sp_test_boot(database, vtables);
    sp_assert_installed(install);
    cr_assert_eq(sp_test_install_summary(&install).changed, changed);
}

Test(boot, that_changes_nothing_takes_two_turns_and_parses_nothing)
{
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) first = sp_test_boot(database, ALL);
    sp_assert_installed(first);
    cr_assert_gt(n_parsed, 0);
    n_turns = 0;
    n_parsed = 0;
    boot(database, ALL, 0);
    cr_assert_leq(n_turns, 2, "%u", n_turns);
    cr_assert_eq(n_parsed, 0);
}

Test(boot, that_only_has_seeds_takes_one_turn_more_for_all_of_them)
{
    static const struct sp_seed seeds[] = {
        {.id = "one", .sql = "INSERT INTO notes VALUES (1) ON CONFLICT DO NOTHING; -- ;\n"},
        {.id = "two",
         .sql = "/* ; */ INSERT INTO notes SELECT 2 WHERE ';' = '' ON CONFLICT DO "
                "NOTHING;\nUPDATE notes SET id = 1 WHERE id = 3"},
    };
    struct sp_extension_vtable seeded = notes;
    seeded.seeds = (struct sp_list)SP_LIST(seeds);
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) first = sp_test_boot(database, SP_TEST_VTABLES(&users, &seeded));
    sp_assert_installed(first);
    n_turns = 0;
    n_parsed = 0;
    g_auto(SpTestInstall) again = sp_test_boot(database, SP_TEST_VTABLES(&users, &seeded));
    sp_assert_installed(again);
    cr_assert_eq(sp_test_install_summary(&again).seeds, 2);
    cr_assert_eq(sp_test_install_summary(&again).statements, 3);
    cr_assert_eq(n_parsed, 0);
    cr_assert_leq(n_turns, 3, "%u", n_turns);
}

/* EXCLUSIVE lets nobody in but ACCESS SHARE, so whoever asks for more waits until the timeout. */
Test(boot, that_changes_nothing_asks_for_no_lock_but_access_share)
{
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) first = sp_test_boot(database, ALL);
    sp_assert_installed(first);
    g_autoptr(SpSession) other = sp_test_session(database);
    cr_assert(sp_lock_acquire(other, 0, NULL, NULL));
    const SpCommand commands[] = {
        {.sql = "BEGIN"},
        {.sql = "DO $$ DECLARE r regclass; BEGIN FOR r IN SELECT oid FROM pg_class WHERE relkind = "
                "'r' LOOP EXECUTE format('LOCK TABLE %s IN EXCLUSIVE MODE', r); END LOOP; END $$"},
    };
    cr_assert(sp_session_run(other, commands, G_N_ELEMENTS(commands), NULL, NULL, NULL));
    g_autofree char *impatient = g_strconcat(database, " options='-c lock_timeout=500'", NULL);
    boot(impatient, ALL, 0);
}

typedef struct {
    char what[24];
    char sql[64];
} Loss;

ParameterizedTestParameters(boot, puts_back_what_was_taken_away_by_hand)
{
    static Loss losses[] = {
        {"table", "DROP TABLE users CASCADE"},
        {"other table", "DROP TABLE notes"},
        {"column", "ALTER TABLE users DROP COLUMN name CASCADE"},
        {"serial column", "ALTER TABLE users DROP COLUMN place"},
        {"generated column", "ALTER TABLE users DROP COLUMN twice"},
        {"migrated column", "ALTER TABLE users DROP COLUMN mail"},
        {"index", "DROP INDEX users_name"},
        {"view", "DROP VIEW names"},
        {"function", "DROP FUNCTION note CASCADE"},
        {"trigger", "DROP TRIGGER users_note ON users"},
        {"policy", "DROP POLICY everybody ON users"},
        {"type", "DROP TYPE mood"},
        {"check", "ALTER TABLE users DROP CONSTRAINT grown"},
        {"key", "ALTER TABLE users DROP CONSTRAINT users_pkey CASCADE"},
        {"foreign key", "ALTER TABLE posts DROP CONSTRAINT posts_author_fkey"},
        {"name", "ALTER TABLE notes RENAME TO other"},
    };
    return cr_make_param_array(Loss, losses, G_N_ELEMENTS(losses));
}

ParameterizedTest(Loss *loss, boot, puts_back_what_was_taken_away_by_hand)
{
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) first = sp_test_boot(database, ALL);
    sp_assert_installed(first);
    g_autofree char *before = sp_test_value(database, SHAPE);
    sp_test_execute(database, loss->sql);
    g_auto(SpTestInstall) second = sp_test_boot(database, ALL);
    sp_assert_installed(second);
    cr_assert_gt(sp_test_install_summary(&second).changed, 0, "%s", loss->what);
    if (g_str_equal(loss->what, "name"))
        sp_test_execute(database, "DROP TABLE other");
    g_autofree char *after = sp_test_value(database, SHAPE);
    cr_assert_str_eq(before, after, "%s", loss->what);
    n_turns = 0;
    boot(database, ALL, 0);
    cr_assert_leq(n_turns, 2, "%s %u", loss->what, n_turns);
}

Test(boot, does_not_put_back_what_the_extension_itself_took_away)
{
    static const struct sp_migration migrations[] = {
        {.version = 1, .name = "add_mail", .sql = "ALTER TABLE users ADD COLUMN mail text UNIQUE;"},
        {.version = 2,
         .name = "drop_mail",
         .sql = "ALTER TABLE users DROP COLUMN mail, DROP "
                "CONSTRAINT grown;"},
    };
    struct sp_extension_vtable newer = users;
    newer.migrations = (struct sp_list)SP_LIST(migrations);
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) first = sp_test_boot(database, ALL);
    sp_assert_installed(first);
    boot(database, SP_TEST_VTABLES(&newer, &posts, &notes), 1);
    boot(database, SP_TEST_VTABLES(&newer, &posts, &notes), 0);
    sp_assert_value(database, HAS_MAIL, "0");
    sp_assert_value(database, "SELECT count(*) FROM pg_constraint WHERE conname = 'grown'", "0");
}

Test(boot, notices_a_ledger_that_somebody_changed)
{
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) first = sp_test_boot(database, ALL);
    sp_assert_installed(first);
    sp_test_execute(database, "DELETE FROM extension_migrations");
    sp_test_execute(database, "ALTER TABLE users DROP COLUMN mail");
    boot(database, ALL, 1);
    sp_assert_value(database, "SELECT count(*) FROM extension_migrations", "1");
    sp_assert_value(database, HAS_MAIL, "1");
    boot(database, ALL, 0);
}

Test(boot, reads_only_what_changed_and_what_that_concerns)
{
    static const struct sp_schema schemas[] = {
        {.sql = "CREATE TABLE IF NOT EXISTS notes (id bigint);\n"
                "CREATE INDEX IF NOT EXISTS notes_id ON notes (id);"},
    };
    struct sp_extension_vtable newer = notes;
    newer.schemas = (struct sp_list)SP_LIST(schemas);
    struct sp_extension_vtable renamed = users;
    renamed.version = "2.0.0";
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) first = sp_test_boot(database, ALL);
    sp_assert_installed(first);
    n_parsed = 0;
    boot(database, SP_TEST_VTABLES(&users, &posts, &newer), 1);
    cr_assert_eq(n_parsed, 1);
    n_parsed = 0;
    boot(database, SP_TEST_VTABLES(&renamed, &posts, &newer), 0);
    /* Schema, migration and down of users; posts refers to its table. */
    cr_assert_eq(n_parsed, 4);
    n_parsed = 0;
    boot(database, SP_TEST_VTABLES(&renamed, &posts, &newer), 0);
    cr_assert_eq(n_parsed, 0);
}

Test(boot, refuses_a_newcomer_that_creates_what_an_unread_one_owns)
{
    static const struct sp_schema schemas[] = {
        {.sql = "CREATE TABLE IF NOT EXISTS notes (id bigint);"},
    };
    static const struct sp_extension_vtable rival = {.id = "rival", .schemas = SP_LIST(schemas)};
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) first = sp_test_boot(database, ALL);
    sp_assert_installed(first);
    g_autoptr(GPtrArray) extensions =
        g_ptr_array_new_with_free_func((GDestroyNotify)sp_extension_unref);
    g_ptr_array_add(extensions, sp_test_extension(&users));
    g_ptr_array_add(extensions, sp_test_extension(&posts));
    g_ptr_array_add(extensions, sp_test_extension(&notes));
    g_ptr_array_add(extensions, sp_test_extension(&rival));
    g_autoptr(SpRecall) recall = sp_test_recall(database, extensions);
    g_autoptr(SpDeclared) declared = sp_declared_new(
        extensions, &(SpDeclaredOptions){(const char *const[]){NULL}, .recall = recall});
    const GPtrArray *refusals = sp_findings_refusals(sp_declared_get_findings(declared));
    cr_assert_eq(refusals->len, 1);
    cr_assert(g_error_matches(g_ptr_array_index(refusals, 0), SP_ERROR, SP_ERROR_DUPLICATE_OWNER));
}

Test(boot, reads_those_that_touch_what_is_gone)
{
    static const struct sp_schema schemas[] = {
        {.sql = "CREATE TABLE IF NOT EXISTS posts (id bigint, author bigint REFERENCES users);"},
    };
    static const struct sp_extension_vtable visits = {.id = "visits", .schemas = SP_LIST(schemas)};
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) first = sp_test_boot(database, SP_TEST_VTABLES(&users, &visits, &notes));
    sp_assert_installed(first);
    n_parsed = 0;
    g_auto(SpTestInstall) second = sp_test_boot(database, SP_TEST_VTABLES(&visits, &notes));
    sp_assert_installed(second);
    cr_assert_eq(n_parsed, 1);
    cr_assert_eq(sp_test_install_summary(&second).changed, 0);
}
