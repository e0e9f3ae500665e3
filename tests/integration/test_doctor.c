/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/doctor.h"

#include "act/lock.h"
#include "act/migrate.h"
#include "support/cluster.h"
#include "support/install.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct sp_schema shop_schemas[] = {
    {.sql = "CREATE TABLE IF NOT EXISTS shop (id bigserial PRIMARY KEY, name text, "
            "price int CONSTRAINT positive CHECK (price > 0));\n"
            "CREATE TABLE IF NOT EXISTS lines (id bigint REFERENCES shop);\n"
            "CREATE SCHEMA IF NOT EXISTS stock;\n"
            "CREATE TABLE IF NOT EXISTS stock.shelves (id int) PARTITION BY RANGE (id);\n"
            "CREATE INDEX IF NOT EXISTS shop_name ON shop (name);\n"
            "CREATE OR REPLACE VIEW names AS SELECT name FROM shop;\n"
            "CREATE OR REPLACE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN INSERT INTO lines SELECT new.id WHERE false; RETURN new; END $$;\n"
            "CREATE OR REPLACE TRIGGER shop_note AFTER INSERT ON shop FOR EACH ROW "
            "EXECUTE FUNCTION note();\n"
            "CREATE TYPE mood AS ENUM ('calm');\n"},
};
static const struct sp_migration shop_migrations[] = {
    {.version = 1,
     .name = "add_mail",
     .sql = "ALTER TABLE shop ADD COLUMN mail text;\nCREATE INDEX shop_mail ON shop (mail);",
     .down_sql = "ALTER TABLE shop DROP COLUMN mail;"},
};
static const struct sp_extension_vtable shop = {
    .id = "shop",
    .schemas = SP_LIST(shop_schemas),
    .migrations = SP_LIST(shop_migrations),
};

static const struct sp_schema other_schemas[] = {
    {.sql = "CREATE TABLE IF NOT EXISTS other (id int);"},
};
static const struct sp_extension_vtable other = {.id = "other", .schemas = SP_LIST(other_schemas)};

#define BOTH SP_TEST_VTABLES(&shop, &other)
#define KNOWN ((const char *const[]){"shop", "other", NULL})

static char *database;

static void
setup(void)
{
    database = sp_test_database();
    g_auto(SpTestInstall) install = sp_test_boot(database, BOTH);
    sp_assert_installed(install);
}

static void
teardown(void)
{
    g_free(database);
}

TestSuite(doctor, .init = setup, .fini = teardown);

/* The server takes one statement at a time; none of these has a semicolon in it but between them.
 */
static void
execute(const char *sql)
{
    g_auto(GStrv) statements = g_strsplit(sql, ";; ", -1);
    for (guint i = 0; statements[i] != NULL; i++)
        sp_test_execute(database, statements[i]);
}

static SpDiagnosis *
examine(SpSession *session, const struct sp_extension_vtable *const *vtables,
        const SpDoctorOptions *options)
{
    g_autoptr(SpDeclared) declared = sp_test_declared(vtables);
    g_autoptr(GError) error = NULL;
    SpDiagnosis *diagnosis = sp_doctor_examine(session, declared, options, &error);
    cr_assert_not_null(diagnosis, "%s", error ? error->message : "");
    return diagnosis;
}

/* (transfer full): "extension: code kind identity" of each, one a line. */
static char *
describe(SpDiagnosis *diagnosis)
{
    const GPtrArray *troubles = sp_diagnosis_sort(diagnosis);
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < troubles->len; i++) {
        const SpTrouble *trouble = g_ptr_array_index(troubles, i);
        g_string_append_printf(text, "%s%s: %s %s %s", i > 0 ? "\n" : "",
                               trouble->extension ? trouble->extension : "-",
                               sp_error_code_nick(trouble->code), trouble->kind, trouble->identity);
    }
    return g_string_free(text, FALSE);
}

static char *
find(const struct sp_extension_vtable *const *vtables, const SpDoctorOptions *options)
{
    g_autoptr(SpSession) session = sp_test_session(database);
    g_autoptr(SpDiagnosis) diagnosis = examine(session, vtables, options);
    return describe(diagnosis);
}

static const SpDoctorOptions plain = {.known = KNOWN, .knows_all = TRUE};

static void
assert_found(const char *sql, const char *expected)
{
    g_autofree char *found = find(BOTH, &plain);
    cr_expect_str_eq(found, expected, "%s\nfinds\n%s", sql, found);
}

Test(doctor, finds_nothing_after_an_install_or_a_boot)
{
    assert_found("nothing", "");
    g_auto(SpTestInstall) again = sp_test_boot(database, BOTH);
    sp_assert_installed(again);
    assert_found("another boot", "");
}

static const struct {
    const char *sql, *found;
} planted[] = {
    /* missing */
    {"DROP TABLE other", "other: object-missing table public.other"},
    {"DROP TABLE shop CASCADE",
     "shop: object-missing table public.shop\n"
     "shop: object-missing table constraint lines_id_fkey on public.lines\n"
     "shop: object-missing view public.names"},
    {"ALTER TABLE shop DROP COLUMN price", "shop: object-missing table column public.shop.price\n"
                                           "shop: object-missing table constraint positive on "
                                           "public.shop"},
    {"ALTER TABLE lines DROP CONSTRAINT lines_id_fkey",
     "shop: object-missing table constraint lines_id_fkey on public.lines"},
    {"DROP INDEX shop_mail", "shop: object-missing index public.shop_mail"},
    {"DROP VIEW names", "shop: object-missing view public.names"},
    {"DROP TRIGGER shop_note ON shop", "shop: object-missing trigger shop_note on public.shop"},
    {"DROP TYPE mood", "shop: object-missing type public.mood"},
    {"DROP FUNCTION note CASCADE", "shop: object-missing function public.note()\n"
                                   "shop: object-missing trigger shop_note on public.shop"},
    /* altered */
    {"ALTER TABLE other ALTER id TYPE bigint",
     "other: object-altered table column public.other.id"},
    {"ALTER TABLE other ALTER id SET DEFAULT 1",
     "other: object-altered table column public.other.id"},
    {"ALTER TABLE other ENABLE ROW LEVEL SECURITY", "other: object-altered table public.other"},
    {"COMMENT ON TABLE other IS 'that one'", "other: object-altered table public.other"},
    {"CREATE OR REPLACE VIEW names AS SELECT upper(name) AS name FROM shop",
     "shop: object-altered view public.names"},
    {"CREATE OR REPLACE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; "
     "END $$",
     "shop: object-altered function public.note()"},
    {"ALTER TYPE mood ADD VALUE 'wild'", "shop: object-altered type public.mood"},
    {"DROP INDEX shop_name;; CREATE INDEX shop_name ON shop (upper(name))",
     "shop: object-altered index public.shop_name"},
    {"ALTER SEQUENCE shop_id_seq INCREMENT 2", "shop: object-altered sequence public.shop_id_seq"},
    /* foreign */
    {"ALTER TABLE other ADD COLUMN n serial UNIQUE CHECK (n > 0)",
     "other: object-foreign table column public.other.n\n"
     "other: object-foreign table constraint other_n_check on public.other\n"
     "other: object-foreign table constraint other_n_key on public.other"},
    {"CREATE INDEX by_hand ON other (id)", "other: object-foreign index public.by_hand"},
    {"CREATE TRIGGER t BEFORE DELETE ON other FOR EACH ROW EXECUTE FUNCTION "
     "suppress_redundant_updates_trigger()",
     "other: object-foreign trigger t on public.other"},
    {"CREATE POLICY p ON other USING (true)", "other: object-foreign policy p on public.other"},
    {"CREATE RULE r AS ON DELETE TO other DO INSTEAD NOTHING",
     "other: object-foreign rule r on public.other"},
    {"CREATE TABLE stock.stray (id serial)", "-: object-foreign table stock.stray"},
    {"CREATE VIEW stock.seen AS SELECT 1 AS a", "-: object-foreign view stock.seen"},
    /* unusable */
    {"UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'shop_name'::regclass",
     "shop: invalid-index index public.shop_name"},
    {"ALTER TABLE other ADD CONSTRAINT slack CHECK (id > 0) NOT VALID",
     "other: object-foreign table constraint slack on public.other\n"
     "other: constraint-not-validated table constraint slack on public.other"},
    {"ALTER TABLE shop DISABLE TRIGGER shop_note",
     "shop: trigger-disabled trigger shop_note on public.shop"},
    {"ALTER TABLE lines DISABLE TRIGGER ALL",
     "shop: trigger-disabled table constraint lines_id_fkey on public.lines"},
    {"DROP TABLE lines", "shop: object-missing table public.lines\n"
                         "shop: body-names-missing-relation function public.note()"},
    {"CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM gone.away WHERE "
     "id = old.id RETURNING id INTO new.id; RETURN new; END $$;; CREATE TRIGGER t BEFORE UPDATE ON "
     "other FOR EACH ROW EXECUTE FUNCTION f()",
     "other: object-foreign trigger t on public.other\n"
     "other: body-names-missing-relation function public.f()"},
    {"INSERT INTO extension_migration_progress VALUES ('shop', 7, 'rebuild', 2, 'x', now())",
     "shop: migration-interrupted migration shop 007_rebuild"},
    {"INSERT INTO shop (id) VALUES (1)", "shop: sequence-behind sequence public.shop_id_seq"},
    {"INSERT INTO extension_migrations VALUES ('gone_001', 'gone', 1, 'x', 'y')",
     "gone: record-orphaned extension gone"},
    {"DELETE FROM extension_digests WHERE extension_id = 'other'",
     "other: install-pending extension other"},
    {"DELETE FROM extension_digests WHERE extension_id = 'other' AND phase = 'definitions'",
     "other: definitions-not-recorded extension other"},
    {"DELETE FROM extension_migrations;; ALTER TABLE shop DROP COLUMN mail",
     "shop: install-unfinished extension shop"},
    /* in order */
    {"GRANT SELECT ON shop TO public", ""},
    {"ALTER TABLE shop OWNER TO pg_read_all_data", ""},
    {"INSERT INTO shop (name) VALUES ('a'), ('b')", ""},
    {"CREATE TABLE stray (id int)", ""},
    {"CREATE TABLE stock.part PARTITION OF stock.shelves FOR VALUES FROM (0) TO (9)", ""},
    {"ANALYZE;; REINDEX TABLE shop;; TRUNCATE other;; CLUSTER shop USING shop_pkey", ""},
    {"SELECT setval('shop_id_seq', 1, false)", ""},
    {"INSERT INTO extension_objects VALUES ('other', 'claim', 'relation', 'table', 'public', 'q', "
     "'', NULL, 0, false), ('other', 'gone', 'relation', 'table', 'public', 'q', '', NULL, 0, "
     "false), ('other', 'never heard of', 'no class', '', '', '', '', NULL, 0, false)",
     ""},
    {"CREATE TABLE stock.seen_made (id int);; INSERT INTO extension_objects VALUES ('other', "
     "'own', "
     "'relation', 'table', 'stock', 'seen_made', '', NULL, 0, false)",
     "other: object-foreign table stock.seen_made\n"
     "other: object-foreign table column stock.seen_made.id"},
};

Test(doctor, finds_each_planted_problem_and_nothing_else)
{
    for (guint i = 0; i < G_N_ELEMENTS(planted); i++) {
        g_autofree char *of_suite = database;
        database = sp_test_database();
        g_auto(SpTestInstall) install = sp_test_boot(database, BOTH);
        sp_assert_installed(install);
        execute(planted[i].sql);
        assert_found(planted[i].sql, planted[i].found);
    }
}

/* Bodies that name what does not exist, and are in order all the same. */
static const char *const harmless[] = {
    "BEGIN CREATE TEMP TABLE work (id int); INSERT INTO work VALUES (1); RETURN new; END",
    "BEGIN EXECUTE 'CREATE TEMP TABLE work (id int)'; INSERT INTO work VALUES (1); RETURN "
    "new; END",
    "BEGIN IF to_regclass('extra') IS NOT NULL THEN DELETE FROM extra; END IF; RETURN new; "
    "END",
    "BEGIN DELETE FROM extra; RETURN new; EXCEPTION WHEN undefined_table THEN RETURN new; "
    "END",
    "BEGIN EXECUTE 'DELETE FROM extra'; RETURN new; END",
    "DECLARE extra int := 1; BEGIN new.id := extra; RETURN new; END",
    "BEGIN INSERT INTO other SELECT relpages FROM pg_class; RETURN new; END",
    "BEGIN INSERT INTO shelves VALUES (1); RETURN new; END",
};

Test(doctor, raises_no_alarm_for_bodies_that_can_run)
{
    for (guint i = 0; i < G_N_ELEMENTS(harmless); i++) {
        g_autofree char *sql =
            g_strdup_printf("CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ "
                            "%s $$",
                            harmless[i]);
        sp_test_execute(database, sql);
        sp_test_execute(database, "CREATE OR REPLACE TRIGGER t BEFORE UPDATE ON other FOR EACH ROW "
                                  "EXECUTE FUNCTION f()");
        assert_found(harmless[i], "other: object-foreign trigger t on public.other");
    }
    sp_test_execute(database,
                    "CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS "
                    "$$ BEGIN INSERT INTO other SELECT id FROM news; RETURN NULL; END $$");
    sp_test_execute(database, "DROP TRIGGER t ON other");
    sp_test_execute(database,
                    "CREATE TRIGGER t AFTER UPDATE ON other REFERENCING NEW TABLE AS news "
                    "FOR EACH STATEMENT EXECUTE FUNCTION f()");
    assert_found("transition table", "other: object-foreign trigger t on public.other");
}

Test(doctor, shows_both_definitions_of_what_was_altered)
{
    sp_test_execute(database, "ALTER TABLE other ALTER id SET NOT NULL");
    g_autoptr(SpSession) session = sp_test_session(database);
    g_autoptr(SpDiagnosis) diagnosis = examine(session, BOTH, &plain);
    const SpTrouble *trouble = g_ptr_array_index(sp_diagnosis_sort(diagnosis), 0);
    cr_expect_str_eq(trouble->recorded, "integer");
    cr_expect_str_eq(trouble->found, "integer NOT NULL");
}

Test(doctor, lists_tables_of_nobody_everywhere_only_when_told)
{
    sp_test_execute(database, "CREATE TABLE stray (id serial)");
    assert_found("a table in public", "");
    SpDoctorOptions all = plain;
    all.looks_everywhere = TRUE;
    g_autofree char *found = find(BOTH, &all);
    cr_expect_str_eq(found, "-: object-foreign table public.stray");
}

Test(doctor, tells_what_is_left_of_a_plugin_that_is_gone)
{
    const SpDoctorOptions one = {.known = (const char *const[]){"shop", NULL}, .knows_all = TRUE};
    SpDoctorOptions unsure = one;
    unsure.knows_all = FALSE;
    g_autofree char *gone = find(SP_TEST_VTABLES(&shop), &one);
    g_autofree char *disabled = find(SP_TEST_VTABLES(&shop), &plain);
    g_autofree char *maybe = find(SP_TEST_VTABLES(&shop), &unsure);
    cr_expect_str_eq(gone, "other: object-orphaned table public.other\n"
                           "other: record-orphaned extension other");
    cr_expect_str_eq(disabled, "");
    cr_expect_str_eq(maybe, "");
}

Test(doctor, calls_another_declaration_pending)
{
    struct sp_extension_vtable newer = other;
    newer.version = "2.0.0";
    g_autofree char *found = find(SP_TEST_VTABLES(&shop, &newer), &plain);
    cr_expect_str_eq(found, "other: install-pending extension other");
    g_auto(SpTestInstall) install = sp_test_boot(database, SP_TEST_VTABLES(&shop, &newer));
    sp_assert_installed(install);
    g_autofree char *after = find(SP_TEST_VTABLES(&shop, &newer), &plain);
    cr_expect_str_eq(after, "");
}

Test(doctor, says_of_a_database_that_no_host_knows_only_that)
{
    g_autofree char *of_suite = database;
    database = sp_test_database();
    g_autofree char *fresh = find(BOTH, &plain);
    cr_expect(g_str_has_prefix(fresh, "-: never-installed database "), "%s", fresh);
    cr_expect_null(strchr(fresh, '\n'));
    sp_test_execute(database, "CREATE TABLE extension_migrations (extension_id text)");
    g_autofree char *legacy = find(BOTH, &plain);
    cr_expect(g_str_has_prefix(legacy, "-: definitions-not-recorded database "), "%s", legacy);
}

static void
migrate(SpEditsFunc decide, guint number, const char *id,
        const struct sp_extension_vtable *const *vtables)
{
    const SpMigrateOptions options = {decide,
                                      {.extension = id, .count = number, .version = number},
                                      .applies = TRUE,
                                      .is_all_or_none = TRUE};
    g_autoptr(SpSession) session = sp_test_session(database);
    g_autoptr(SpDeclared) declared = sp_test_declared(vtables);
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(GPtrArray) edits = NULL;
    g_autoptr(GError) error = NULL;
    cr_assert(sp_migrate(session, declared, &options, NULL, findings, &edits, &error), "%s",
              error ? error->message : "");
}

Test(doctor, knows_what_the_tools_of_migrate_did)
{
    migrate(sp_edits_down, 1, "shop", BOTH);
    assert_found("down", "shop: install-pending extension shop");
    g_auto(SpTestInstall) again = sp_test_boot(database, BOTH);
    sp_assert_installed(again);
    assert_found("down and install", "");

    static const struct sp_migration edited[] = {
        {.version = 1,
         .name = "add_mail",
         .sql = "ALTER TABLE shop ADD COLUMN IF NOT EXISTS mail text; ALTER TABLE shop ALTER mail "
                "SET DEFAULT '-'"},
    };
    struct sp_extension_vtable repaired = shop;
    repaired.migrations = (struct sp_list)SP_LIST(edited);
    migrate(sp_edits_repair, 0, "shop", SP_TEST_VTABLES(&repaired, &other));
    g_autofree char *found = find(SP_TEST_VTABLES(&repaired, &other), &plain);
    cr_expect_str_eq(found, "shop: install-pending extension shop");
}

static const struct sp_migration addon_migrations[] = {
    {.version = 1,
     .name = "extend",
     .sql = "ALTER TABLE other ADD COLUMN extra int",
     .down_sql = "ALTER TABLE other DROP COLUMN extra"},
};
static const char *const addon_tables[] = {"other"};
static const struct sp_dependency addon_dependencies[] = {{.id = "other"}};
static const struct sp_extension_vtable addon = {
    .id = "addon",
    .dependencies = SP_LIST(addon_dependencies),
    .migrations = SP_LIST(addon_migrations),
    .cross_extension_tables = SP_LIST(addon_tables),
};

Test(doctor, knows_what_an_extension_does_to_the_table_of_another)
{
    const struct sp_extension_vtable *const *all = SP_TEST_VTABLES(&shop, &other, &addon);
    const SpDoctorOptions options = {.known = (const char *const[]){"shop", "other", "addon", NULL},
                                     .knows_all = TRUE};
    g_auto(SpTestInstall) install = sp_test_boot(database, all);
    sp_assert_installed(install);
    g_autofree char *up = find(all, &options);
    cr_expect_str_eq(up, "");
    migrate(sp_edits_down, 1, "addon", all);
    g_autofree char *down = find(all, &options);
    cr_expect_str_eq(down, "addon: install-pending extension addon");
}

/* Its table must not be taken for a stranger's, which an operator might drop. */
Test(doctor, says_of_a_first_install_that_stopped_half_way_only_that)
{
    static const struct sp_schema schemas[] = {
        {.sql = "CREATE TABLE IF NOT EXISTS begun (id int);"},
    };
    static const struct sp_migration failing[] = {
        {.version = 1, .name = "fails", .sql = "SELECT 1 / 0;"},
    };
    static const struct sp_extension_vtable begun = {
        .id = "begun", .schemas = SP_LIST(schemas), .migrations = SP_LIST(failing)};
    const SpDoctorOptions options = {.known = (const char *const[]){"shop", "other", "begun", NULL},
                                     .knows_all = TRUE};
    g_auto(SpTestInstall) install = sp_test_boot(database, SP_TEST_VTABLES(&shop, &other, &begun));
    cr_assert_eq(install.error->code, SP_ERROR_STATEMENT);
    g_autofree char *found = find(SP_TEST_VTABLES(&shop, &other, &begun), &options);
    cr_expect_str_eq(found, "begun: install-pending extension begun");
}

Test(doctor, knows_what_a_recorded_migration_did_by_hand)
{
    static const struct sp_migration more[] = {
        {.version = 1,
         .name = "add_mail",
         .sql = "ALTER TABLE shop ADD COLUMN mail text;\nCREATE INDEX shop_mail ON shop (mail);"},
        {.version = 2, .name = "add_fax", .sql = "ALTER TABLE shop ADD COLUMN fax text"},
    };
    struct sp_extension_vtable newer = shop;
    newer.migrations = (struct sp_list)SP_LIST(more);
    sp_test_execute(database, "ALTER TABLE shop ADD COLUMN fax text");
    assert_found("by hand", "shop: object-foreign table column public.shop.fax");
    migrate(sp_edits_mark, 2, "shop", SP_TEST_VTABLES(&newer, &other));
    g_autofree char *found = find(SP_TEST_VTABLES(&newer, &other), &plain);
    cr_expect_str_eq(found, "shop: install-pending extension shop");
}

Test(doctor, does_not_compare_with_what_another_release_recorded)
{
    sp_test_execute(database, "UPDATE extension_digests SET digest = '0' || digest "
                              "WHERE phase = 'definitions' AND extension_id = 'other'");
    sp_test_execute(database, "UPDATE extension_definitions SET definition = 'in other words'");
    SpDoctorOptions only = plain;
    g_autofree char *found = find(BOTH, &only);
    cr_expect_not_null(strstr(found, "other: definitions-not-recorded extension other"));
    cr_expect_null(strstr(found, "public.other"));
    /* The next boot, with nothing else to do, records them anew. */
    g_auto(SpTestInstall) again = sp_test_boot(database, BOTH);
    sp_assert_installed(again);
    sp_assert_value(database,
                    "SELECT count(*) FROM extension_definitions WHERE extension_id = 'other' AND "
                    "definition = 'in other words'",
                    "0");
}

/* EXCLUSIVE lets nobody in but ACCESS SHARE, so whoever asks for more waits until the timeout. */
Test(doctor, asks_for_no_lock_but_access_share_and_writes_nothing)
{
    g_autoptr(SpSession) holder = sp_test_session(database);
    cr_assert(sp_lock_acquire(holder, 0, NULL, NULL));
    const SpCommand commands[] = {
        {.sql = "BEGIN"},
        {.sql = "DO $$ DECLARE r regclass; BEGIN FOR r IN SELECT oid FROM pg_class WHERE relkind = "
                "'r' LOOP EXECUTE format('LOCK TABLE %s IN EXCLUSIVE MODE', r); END LOOP; END $$"},
    };
    cr_assert(sp_session_run(holder, commands, G_N_ELEMENTS(commands), NULL, NULL, NULL));
    g_autofree char *strict = g_strconcat(
        database, " options='-c lock_timeout=500 -c default_transaction_read_only=on'", NULL);
    g_autoptr(SpSession) session = sp_test_session(strict);
    SpDoctorOptions options = plain;
    options.lock_timeout_ms = 500;
    g_autoptr(SpDiagnosis) diagnosis = examine(session, BOTH, &options);
    cr_expect_eq(sp_diagnosis_sort(diagnosis)->len, 0);
    g_autoptr(SpRows) left =
        sp_session_query(session,
                         "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND mode <> "
                         "'AccessShareLock' AND locktype <> 'virtualxid'",
                         NULL, 0, NULL);
    cr_expect_str_eq(sp_rows_get(left, 0, 0), "0");
}

Test(doctor, waits_for_no_table_that_somebody_keeps_locked)
{
    g_autoptr(SpSession) holder = sp_test_session(database);
    const SpCommand commands[] = {{.sql = "BEGIN"}, {.sql = "LOCK TABLE shop"}};
    cr_assert(sp_session_run(holder, commands, G_N_ELEMENTS(commands), NULL, NULL, NULL));
    g_autoptr(SpSession) session = sp_test_session(database);
    g_autoptr(SpDeclared) declared = sp_test_declared(BOTH);
    SpDoctorOptions options = plain;
    options.lock_timeout_ms = 200;
    g_autoptr(GError) error = NULL;
    cr_assert_null(sp_doctor_examine(session, declared, &options, &error));
    cr_expect(g_error_matches(error, SP_ERROR, SP_ERROR_LOCK_TIMEOUT), "%s", error->message);
}
