/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Whose what is there already is, and how it becomes an extension's. */
#include "act/migrate.h"
#include "base/error.h"
#include "model/adopt.h"
#include "support/cluster.h"
#include "support/findings.h"
#include "support/install.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct sp_schema shop_schemas[] = {
    {.source = "shop.sql",
     .sql = "CREATE TABLE IF NOT EXISTS items (id int PRIMARY KEY, name text);\n"
            "CREATE INDEX IF NOT EXISTS items_name ON items (name);\n"
            "CREATE SEQUENCE IF NOT EXISTS numbers;\n"
            "CREATE TYPE state AS ENUM ('open', 'paid');\n"
            "CREATE OR REPLACE VIEW names AS SELECT name FROM items;\n"
            "CREATE OR REPLACE FUNCTION total(a int, b text) RETURNS int LANGUAGE sql AS "
            "'SELECT 1';\n"
            "CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN RETURN NEW; END';\n"
            "CREATE OR REPLACE TRIGGER touches BEFORE UPDATE ON items FOR EACH ROW EXECUTE "
            "FUNCTION touch();\n"},
};
static const struct sp_extension_vtable shop = {.id = "shop", .schemas = SP_LIST(shop_schemas)};

/* The codes of all refusals, and their problems in one text. */
static char *
problems_of(const SpFindings *findings)
{
    GString *text = g_string_new(NULL);
    const GPtrArray *refusals = sp_findings_refusals(findings);
    for (guint i = 0; i < refusals->len; i++) {
        const GError *error = g_ptr_array_index(refusals, i);
        cr_assert_eq(error->code, SP_ERROR_NOT_OWNED, "%s", error->message);
        g_string_append_printf(text, "%s\n", error->message);
    }
    return g_string_free(text, FALSE);
}

static const GError *
only_refusal(const SpTestInstall *install)
{
    const GPtrArray *refusals = sp_findings_refusals(install->findings);
    cr_assert_eq(refusals->len, 1, "%u refusals", refusals->len);
    cr_assert_eq(install->error->code, SP_ERROR_NOT_OWNED, "%s", install->error->message);
    return g_ptr_array_index(refusals, 0);
}

/* What one adoption left. */
typedef struct {
    SpSession *session;
    SpDeclared *declared;
    SpFindings *findings;
    GPtrArray *edits; /* (nullable) */
    GError *error;    /* (nullable) */
} Adoption;

/* @id: (nullable); @name: (nullable); @holder: (nullable) */
static Adoption
adopt(const char *database, const struct sp_extension_vtable *const *vtables, const char *id,
      const char *name, const char *holder)
{
    Adoption adoption = {
        .session = sp_test_session(database),
        .declared = sp_test_declared(vtables),
        .findings = sp_findings_new(),
    };
    const char *const names[] = {name, NULL};
    const SpMigrateOptions options = {
        .decide = sp_edits_adopt,
        .request = {.extension = id, .objects = names, .holder = holder},
        .applies = TRUE,
        .is_all_or_none = TRUE,
        .lock_wait_ms = 500,
        .attempts = 1,
    };
    sp_migrate(adoption.session, adoption.declared, &options, NULL, adoption.findings,
               &adoption.edits, &adoption.error);
    return adoption;
}

static void
adoption_clear(Adoption *adoption)
{
    g_clear_pointer(&adoption->edits, g_ptr_array_unref);
    sp_session_close(adoption->session);
    sp_declared_free(adoption->declared);
    sp_findings_free(adoption->findings);
    g_clear_error(&adoption->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Adoption, adoption_clear)

static void
assert_adopted(const Adoption *adoption, guint n)
{
    cr_assert_null(adoption->error, "%s", adoption->error ? adoption->error->message : "");
    cr_assert_eq(adoption->edits->len, n, "%u adopted", adoption->edits->len);
}

#define OWNED(name)                                                                          \
    "SELECT string_agg(DISTINCT extension_id || ' ' || class, ', ') FROM extension_objects " \
    "WHERE action IN ('own', 'create') AND name = '" name "'"

/* SQL that puts one object into the way of the shop, and the object. */
typedef struct {
    const char *sql, *problem, *name;
} Obstacle;

static void
assert_in_the_way(const Obstacle *obstacle)
{
    g_autofree char *database = sp_test_database();
    sp_test_execute(database, obstacle->sql);
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&shop));
    cr_assert_not_null(install.error, "%s", obstacle->sql);
    cr_assert_eq(sp_error_exit_status(install.error), SP_EXIT_REFUSED);
    cr_assert_not_null(strstr(only_refusal(&install)->message, obstacle->problem), "%s",
                       install.error->message);
    g_autofree char *command =
        g_strdup_printf("sp-host migrate adopt shop '%s' --apply", obstacle->name);
    cr_assert_not_null(strstr(sp_error_hint(install.error), command), "%s",
                       sp_error_hint(install.error));
    sp_assert_value(database, "SELECT to_regclass('extension_migrations')", "");

    g_auto(Adoption) adoption =
        adopt(database, SP_TEST_VTABLES(&shop), "shop", obstacle->name, NULL);
    assert_adopted(&adoption, 1);
    g_auto(SpTestInstall) second = sp_test_install(database, SP_TEST_VTABLES(&shop));
    sp_assert_installed(second);
}

Test(adopt, is_needed_for_every_kind_of_object_that_is_in_the_way)
{
    static const Obstacle obstacles[] = {
        {"CREATE TABLE items (id int PRIMARY KEY, name text)", "table \"items\"", "table items"},
        {"CREATE SEQUENCE numbers", "sequence \"numbers\"", "sequence numbers"},
        {"CREATE TYPE state AS ENUM ('open')", "type \"state\"", "type state"},
        {"CREATE VIEW names AS SELECT 'x'::text AS name", "view \"names\"", "view names"},
        {"CREATE FUNCTION total(x int, y text) RETURNS int LANGUAGE sql AS 'SELECT 2'",
         "function \"total(int4,text)\"", "function total(int4,text)"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(obstacles); i++)
        if (i != 4)
            assert_in_the_way(&obstacles[i]);
    /* The names of its arguments are part of what cannot be replaced. */
    Obstacle routine = obstacles[4];
    routine.sql = "CREATE FUNCTION total(a int, b text) RETURNS int LANGUAGE sql AS 'SELECT 2'";
    assert_in_the_way(&routine);
}

Test(adopt, names_the_place_what_is_there_and_its_role)
{
    g_autofree char *database = sp_test_database();
    sp_test_execute(database, "CREATE VIEW items AS SELECT 1 AS id");
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&shop));
    const GError *error = only_refusal(&install);
    const SpPlace *place = sp_error_get_place(error);
    cr_expect_str_eq(place->extension, "shop");
    cr_expect_str_eq(place->source, "shop.sql");
    cr_expect_eq(place->line, 1);
    cr_expect_eq(place->column, 28);
    g_autofree char *role = sp_test_value(database, "SELECT current_user");
    g_autofree char *owned = g_strdup_printf("a view of that name, owned by role \"%s\"", role);
    cr_expect_not_null(strstr(sp_error_detail(error), owned), "%s", sp_error_detail(error));
    cr_expect_not_null(strstr(sp_error_detail(error), "shop.sql:1:28"));
}

Test(adopt, is_not_needed_for_a_routine_of_other_types_nor_for_an_index_of_an_own_table)
{
    g_autofree char *database = sp_test_database();
    sp_test_execute(database, "CREATE FUNCTION total(a int, b json) RETURNS int LANGUAGE sql AS "
                              "'SELECT 2'");
    static const struct sp_schema schemas[] = {
        {.sql = "CREATE TABLE IF NOT EXISTS items (id int PRIMARY KEY, name text);\n"},
    };
    static const struct sp_extension_vtable small = {.id = "shop", .schemas = SP_LIST(schemas)};
    g_auto(SpTestInstall) first = sp_test_install(database, SP_TEST_VTABLES(&small));
    sp_assert_installed(first);
    sp_test_execute(database, "CREATE INDEX items_name ON items (name)");
    g_auto(SpTestInstall) second = sp_test_install(database, SP_TEST_VTABLES(&shop));
    sp_assert_installed(second);
}

Test(adopt, refuses_an_index_and_a_trigger_on_what_others_have)
{
    static const struct sp_schema schemas[] = {
        {.sql = "CREATE OR REPLACE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS "
                "'BEGIN RETURN NEW; END';\n"
                "CREATE INDEX IF NOT EXISTS items_upper ON items (upper(name));\n"
                "CREATE OR REPLACE TRIGGER looks BEFORE INSERT ON items FOR EACH ROW EXECUTE "
                "FUNCTION look();\n"},
    };
    static const struct sp_dependency dependencies[] = {{.id = "shop"}};
    static const char *const tables[] = {"items"};
    static const struct sp_extension_vtable audit = {.id = "audit",
                                                     .schemas = SP_LIST(schemas),
                                                     .dependencies = SP_LIST(dependencies),
                                                     .cross_extension_tables = SP_LIST(tables)};
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) first = sp_test_install(database, SP_TEST_VTABLES(&shop));
    sp_assert_installed(first);
    sp_test_execute(database, "CREATE INDEX items_upper ON items (upper(name))");
    sp_test_execute(database, "CREATE TRIGGER looks BEFORE INSERT ON items FOR EACH ROW EXECUTE "
                              "FUNCTION touch()");
    g_auto(SpTestInstall) second = sp_test_install(database, SP_TEST_VTABLES(&shop, &audit));
    g_autofree char *problems = problems_of(second.findings);
    cr_assert_not_null(strstr(problems, "index \"items_upper\""), "%s", problems);
    cr_assert_not_null(strstr(problems, "trigger \"looks on items\""), "%s", problems);
    sp_assert_value(database, "SELECT count(*) FROM pg_proc WHERE proname = 'look'", "0");

    g_auto(Adoption) trigger =
        adopt(database, SP_TEST_VTABLES(&shop, &audit), "audit", "looks on items", NULL);
    assert_adopted(&trigger, 1);
    g_auto(Adoption) index =
        adopt(database, SP_TEST_VTABLES(&shop, &audit), "audit", "items_upper", "shop");
    assert_adopted(&index, 1);
    g_auto(SpTestInstall) third = sp_test_install(database, SP_TEST_VTABLES(&shop, &audit));
    sp_assert_installed(third);
}

Test(adopt, is_needed_for_what_a_migration_would_take_over)
{
    static const struct sp_migration migrations[] = {
        {.version = 1,
         .name = "one",
         .source = "001_one.sql",
         .sql = "CREATE TABLE IF NOT EXISTS extras (id int);"},
    };
    static const struct sp_extension_vtable extras = {.id = "extras",
                                                      .migrations = SP_LIST(migrations)};
    g_autofree char *database = sp_test_database();
    sp_test_execute(database, "CREATE TABLE extras (evil text)");
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&extras));
    cr_assert_str_eq(sp_error_get_place(only_refusal(&install))->source, "001_one.sql");
    g_auto(Adoption) adoption =
        adopt(database, SP_TEST_VTABLES(&extras), "extras", "public.extras", NULL);
    assert_adopted(&adoption, 1);
    g_auto(SpTestInstall) second = sp_test_install(database, SP_TEST_VTABLES(&extras));
    sp_assert_installed(second);
    g_auto(SpTestInstall) third = sp_test_boot(database, SP_TEST_VTABLES(&extras));
    sp_assert_installed(third);
    cr_assert_eq(sp_test_install_summary(&third).changed, 0);
}

/* The dependent DDL fails; what went before is committed, and no install was finished. */
Test(adopt, is_not_needed_after_an_install_that_was_interrupted)
{
    static const struct sp_schema broken_schemas[] = {
        {.sql = "CREATE TABLE IF NOT EXISTS items (id int PRIMARY KEY, name text);\n"
                "CREATE SEQUENCE IF NOT EXISTS numbers;\n"
                "CREATE TYPE state AS ENUM ('open', 'paid');\n"
                "CREATE OR REPLACE VIEW names AS SELECT 1 / 0 AS name, nonsense() AS x;\n"},
    };
    static const struct sp_migration migrations[] = {
        {.version = 1, .name = "one", .sql = "CREATE TABLE extras (id int);"},
        {.version = 2,
         .name = "two",
         .sql = "CREATE INDEX CONCURRENTLY IF NOT EXISTS items_name ON items (name);",
         .flags = SP_MIGRATION_NO_TRANSACTION},
    };
    static const struct sp_extension_vtable broken = {
        .id = "shop", .schemas = SP_LIST(broken_schemas), .migrations = SP_LIST(migrations)};
    struct sp_extension_vtable mended = shop;
    mended.migrations = (struct sp_list)SP_LIST(migrations);
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) first = sp_test_install(database, SP_TEST_VTABLES(&broken));
    cr_assert_eq(first.error->code, SP_ERROR_STATEMENT, "%s", first.error->message);
    sp_assert_value(database, "SELECT to_regclass('items_name')", "items_name");
    g_auto(SpTestInstall) second = sp_test_install(database, SP_TEST_VTABLES(&mended));
    sp_assert_installed(second);
    sp_assert_value(database, OWNED("extras"), "shop relation");
}

/* Older hosts recorded what an extension creates, and not what it was seen to make. */
Test(adopt, is_not_needed_in_a_database_of_an_older_host)
{
    static const struct sp_schema schemas[] = {
        {.sql = "CREATE TABLE IF NOT EXISTS items (id int PRIMARY KEY, name text);\n"
                "CREATE OR REPLACE VIEW names AS SELECT id, name FROM items;\n"},
    };
    static const struct sp_extension_vtable older = {.id = "shop", .schemas = SP_LIST(schemas)};
    static const struct sp_schema newer_schemas[] = {
        {.sql = "CREATE TABLE IF NOT EXISTS items (id int PRIMARY KEY, name text);\n"
                "CREATE OR REPLACE VIEW names AS SELECT id, name, 1 AS one FROM items;\n"},
    };
    static const struct sp_extension_vtable newer = {.id = "shop",
                                                     .schemas = SP_LIST(newer_schemas)};
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) first = sp_test_install(database, SP_TEST_VTABLES(&older));
    sp_assert_installed(first);
    sp_test_execute(database, "DELETE FROM extension_objects WHERE action = 'own'");
    g_auto(SpTestInstall) second = sp_test_boot(database, SP_TEST_VTABLES(&newer));
    sp_assert_installed(second);
    sp_assert_value(database, "SELECT count(one) FROM names", "0");
}

Test(adopt, takes_from_another_extension_only_what_it_is_told_to)
{
    static const struct sp_extension_vtable heir = {.id = "heir", .schemas = SP_LIST(shop_schemas)};
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) first = sp_test_install(database, SP_TEST_VTABLES(&shop));
    sp_assert_installed(first);
    g_auto(SpTestInstall) second = sp_test_install(database, SP_TEST_VTABLES(&heir));
    cr_assert_eq(second.error->code, SP_ERROR_NOT_OWNED);
    cr_assert_not_null(strstr(sp_error_hint(second.error), "--holder=shop"));
    cr_assert_not_null(strstr(sp_error_detail(second.error), "\"shop\""));

    g_auto(Adoption) refused = adopt(database, SP_TEST_VTABLES(&heir), "heir", "items", NULL);
    cr_assert_eq(refused.error->code, SP_ERROR_NOT_OWNED);
    g_auto(Adoption) none = adopt(database, SP_TEST_VTABLES(&heir), "heir", NULL, NULL);
    assert_adopted(&none, 0);
    g_auto(Adoption) all = adopt(database, SP_TEST_VTABLES(&heir), "heir", NULL, "shop");
    cr_assert_null(all.error);
    sp_assert_value(database, OWNED("items"), "heir relation");
    g_auto(SpTestInstall) third = sp_test_install(database, SP_TEST_VTABLES(&heir));
    sp_assert_installed(third);
}

Test(adopt, never_takes_what_is_part_of_an_extension_of_postgresql)
{
    static const struct sp_schema schemas[] = {
        {.sql = "CREATE OR REPLACE FUNCTION plpgsql_call_handler() RETURNS language_handler "
                "LANGUAGE c AS '$libdir/plpgsql';"},
    };
    static const struct sp_extension_vtable thief = {.id = "thief", .schemas = SP_LIST(schemas)};
    g_autofree char *database = sp_test_database();
    sp_test_execute(database, "CREATE FUNCTION plpgsql_call_handler() RETURNS int LANGUAGE sql AS "
                              "'SELECT 1'");
    sp_test_execute(database, "ALTER EXTENSION plpgsql ADD FUNCTION public.plpgsql_call_handler()");
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&thief));
    cr_assert_not_null(strstr(sp_error_detail(only_refusal(&install)), "\"plpgsql\""));
    g_auto(Adoption) adoption =
        adopt(database, SP_TEST_VTABLES(&thief), "thief", "plpgsql_call_handler()", NULL);
    cr_assert_eq(adoption.error->code, SP_ERROR_NOT_OWNED);
}

Test(adopt, refuses_what_is_not_declared_and_what_is_not_there)
{
    g_autofree char *database = sp_test_database();
    g_auto(Adoption) unknown = adopt(database, SP_TEST_VTABLES(&shop), "shop", "orders", NULL);
    cr_assert_eq(unknown.error->code, SP_ERROR_OBJECT_UNKNOWN);
    g_auto(Adoption) missing = adopt(database, SP_TEST_VTABLES(&shop), "shop", "items", NULL);
    cr_assert_eq(missing.error->code, SP_ERROR_OBJECT_UNKNOWN);
    g_auto(Adoption) nobody = adopt(database, SP_TEST_VTABLES(&shop), "shops", "items", NULL);
    cr_assert_eq(nobody.error->code, SP_ERROR_MIGRATION_UNKNOWN);
    sp_assert_value(database, "SELECT to_regclass('extension_objects')", "");
}

Test(adopt, does_nothing_the_second_time)
{
    g_autofree char *database = sp_test_database();
    sp_test_execute(database, "CREATE TABLE items (id int PRIMARY KEY, name text)");
    g_auto(Adoption) first = adopt(database, SP_TEST_VTABLES(&shop), "shop", "items", NULL);
    assert_adopted(&first, 1);
    g_auto(Adoption) second = adopt(database, SP_TEST_VTABLES(&shop), "shop", "items", NULL);
    assert_adopted(&second, 0);
    sp_assert_value(
        database, "SELECT count(*) FROM extension_objects WHERE name = 'items' AND action = 'own'",
        "1");
}

Test(adopt, of_a_database_that_another_system_made_is_one_problem_and_one_command)
{
    static const struct sp_schema schemas[] = {
        {.sql = "CREATE TABLE IF NOT EXISTS a (id int);\nCREATE TABLE IF NOT EXISTS b (id int);"},
    };
    static const struct sp_migration migrations[] = {
        {.version = 1, .name = "one", .sql = "CREATE TABLE c (id int);"},
    };
    static const struct sp_extension_vtable letters = {
        .id = "letters", .schemas = SP_LIST(schemas), .migrations = SP_LIST(migrations)};
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) first = sp_test_install(database, SP_TEST_VTABLES(&shop, &letters));
    sp_assert_installed(first);
    sp_test_execute(database, "DROP TABLE extension_objects, extension_digests, "
                              "extension_migration_progress");
    sp_test_execute(database, "ALTER TABLE extension_migrations DROP COLUMN sha256");
    sp_test_execute(database, "DROP FUNCTION extension_guard");

    g_auto(SpTestInstall) second = sp_test_install(database, SP_TEST_VTABLES(&shop, &letters));
    const GError *error = only_refusal(&second);
    cr_assert_not_null(strstr(sp_error_hint(error), "sp-host migrate adopt --all --apply"));
    cr_assert_not_null(strstr(sp_error_detail(error), "\"shop\""));
    cr_assert_not_null(strstr(sp_error_detail(error), "\"letters\""));
    sp_assert_value(database, "SELECT to_regclass('extension_objects')", "");

    g_auto(Adoption) all = adopt(database, SP_TEST_VTABLES(&shop, &letters), NULL, NULL, NULL);
    cr_assert_null(all.error, "%s", all.error ? all.error->message : "");
    sp_assert_value(database, OWNED("c"), "letters relation");
    g_auto(SpTestInstall) third = sp_test_boot(database, SP_TEST_VTABLES(&shop, &letters));
    sp_assert_installed(third);
    cr_assert_eq(sp_test_install_summary(&third).migrations_run, 0);
}

static const struct sp_schema other_schemas[] = {
    {.sql = "CREATE TABLE IF NOT EXISTS others (id int);"},
};
static const struct sp_extension_vtable other = {.id = "other", .schemas = SP_LIST(other_schemas)};

static gpointer
install_patiently(gpointer data)
{
    const SpInstallOptions options = {.lock_wait_ms = 30000, .attempts = 1};
    SpTestInstall *install = g_new0(SpTestInstall, 1);
    *install = sp_test_install_with(data, SP_TEST_VTABLES(&shop), &options, NULL);
    return install;
}

/* While this host waits for the lock, the other one records what it has made. */
Test(adopt, is_not_asked_for_what_another_host_is_making, .timeout = 60)
{
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) first = sp_test_install(database, SP_TEST_VTABLES(&other));
    sp_assert_installed(first);
    sp_test_execute(database, "CREATE TABLE items (id int PRIMARY KEY, name text)");
    SpSession *session = sp_test_session(database);
    g_autoptr(SpRows) lock =
        sp_session_query(session, "SELECT pg_advisory_lock(8318274334656328705)", NULL, 0, NULL);
    cr_assert_not_null(lock);
    GThread *thread = g_thread_new("host", install_patiently, database);
    g_usleep(500000);
    sp_test_execute(database, "INSERT INTO extension_objects (extension_id, action, class, word, "
                              "namespace_name, name, parent, n_arguments, is_kept) VALUES "
                              "('shop', 'own', 'relation', 'table', 'public', 'items', '', 0, "
                              "FALSE)");
    sp_session_close(session);
    SpTestInstall *second = g_thread_join(thread);
    sp_assert_installed(*second);
    sp_test_install_clear(second);
    g_free(second);
}
