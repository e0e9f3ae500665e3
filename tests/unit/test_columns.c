/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/columns.h"

#include "support/extensions.h"
#include "support/findings.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

typedef struct sp_extension_vtable Vtable;

/* Returns: (transfer full): what was found over all extensions; what the lints say is not looked at
 */
static SpFindings *
check(const Vtable *const *vtables)
{
    g_autoptr(GPtrArray) prepared =
        g_ptr_array_new_with_free_func((GDestroyNotify)sp_prepared_free);
    g_autoptr(SpFindings) lints = sp_findings_new();
    SpFindings *findings = sp_findings_new();
    for (guint i = 0; vtables[i] != NULL; i++) {
        g_autoptr(SpExtension) extension = sp_test_extension(vtables[i]);
        g_ptr_array_add(prepared, sp_prepared_new(extension, 0, lints));
    }
    sp_columns_check(prepared, findings);
    return findings;
}

#define CHECK(...) check((const Vtable *[]){__VA_ARGS__, NULL})

/* The tables that every case stands on. */
#define TABLES                                                             \
    "CREATE TABLE IF NOT EXISTS t (id int, name text, \"User\" text);"     \
    "CREATE TABLE IF NOT EXISTS u (id int, title text);"                   \
    "CREATE TABLE IF NOT EXISTS s.t (other int);"                          \
    "CREATE FOREIGN TABLE IF NOT EXISTS remote (id int) SERVER elsewhere;" \
    "CREATE TABLE IF NOT EXISTS copied (LIKE t);"                          \
    "CREATE TABLE IF NOT EXISTS child (more int) INHERITS (t);"            \
    "CREATE TABLE IF NOT EXISTS part PARTITION OF t FOR VALUES IN (1);"    \
    "CREATE TABLE IF NOT EXISTS typed OF some_type;"                       \
    "CREATE OR REPLACE VIEW shown AS SELECT id FROM t;"

typedef struct {
    const char *sql;
    const char *missing; /* (nullable): the column that is refused */
} Case;

static const Case cases[] = {
    {"CREATE INDEX IF NOT EXISTS i ON t (id, name)", NULL},
    {"CREATE INDEX IF NOT EXISTS i ON t (id, nope)", "nope"},
    {"CREATE INDEX IF NOT EXISTS i ON t (id) INCLUDE (name)", NULL},
    {"CREATE INDEX IF NOT EXISTS i ON t (id) INCLUDE (nope)", "nope"},
    {"CREATE INDEX IF NOT EXISTS i ON t (lower(nope)) WHERE nope IS NULL", NULL},
    {"CREATE INDEX IF NOT EXISTS i ON t (\"User\")", NULL},
    {"CREATE INDEX IF NOT EXISTS i ON t (User)", NULL}, /* USER is an expression */
    {"CREATE INDEX IF NOT EXISTS i ON t (\"user\")", "user"},
    {"CREATE INDEX IF NOT EXISTS i ON t (NAME)", NULL},
    {"CREATE INDEX IF NOT EXISTS i ON public.t (name)", NULL},
    {"CREATE INDEX IF NOT EXISTS i ON s.t (name)", "name"},
    {"CREATE INDEX IF NOT EXISTS i ON s.t (other)", NULL},
    {"CREATE INDEX IF NOT EXISTS i ON t (other)", "other"},
    {"CREATE INDEX IF NOT EXISTS i ON t (tableoid)", NULL},
    {"CREATE INDEX IF NOT EXISTS i ON copied (nope)", NULL},
    {"CREATE INDEX IF NOT EXISTS i ON child (name)", NULL},
    {"CREATE INDEX IF NOT EXISTS i ON part (name)", NULL},
    {"CREATE INDEX IF NOT EXISTS i ON typed (nope)", NULL},
    {"CREATE INDEX IF NOT EXISTS i ON nobodys (nope)", NULL},
    {"CREATE OR REPLACE VIEW v AS SELECT id, name AS x FROM t", NULL},
    {"CREATE OR REPLACE VIEW v AS SELECT nope FROM t", "nope"},
    {"CREATE OR REPLACE VIEW v AS SELECT * FROM t", NULL},
    {"CREATE OR REPLACE VIEW v AS SELECT t.* FROM t", NULL},
    {"CREATE OR REPLACE VIEW v AS SELECT t FROM t", NULL},
    {"CREATE OR REPLACE VIEW v AS SELECT t.id FROM t", NULL},
    {"CREATE OR REPLACE VIEW v AS SELECT t.nope FROM t", "nope"},
    {"CREATE OR REPLACE VIEW v AS SELECT a.name, b.title FROM t a, u b", NULL},
    {"CREATE OR REPLACE VIEW v AS SELECT a.title FROM t a, u b", "title"},
    {"CREATE OR REPLACE VIEW v AS SELECT title, name FROM t, u", NULL},
    {"CREATE OR REPLACE VIEW v AS SELECT nope FROM t, u", "nope"},
    {"CREATE OR REPLACE VIEW v AS SELECT nope FROM t, nobodys", NULL},
    {"CREATE OR REPLACE VIEW v AS SELECT x.nope FROM t", NULL},
    {"CREATE OR REPLACE VIEW v AS SELECT public.t.nope FROM t", NULL},
    {"CREATE OR REPLACE VIEW v AS SELECT a FROM t AS t (a, b, c)", NULL},
    {"CREATE OR REPLACE VIEW v AS SELECT upper(nope) FROM t WHERE nope", NULL},
    {"CREATE OR REPLACE VIEW v AS SELECT nope FROM t JOIN u USING (id)", NULL},
    {"CREATE OR REPLACE VIEW v AS SELECT nope FROM (SELECT 1 AS nope) t", NULL},
    {"CREATE OR REPLACE VIEW v AS SELECT nope FROM t UNION SELECT nope FROM u", NULL},
    {"CREATE OR REPLACE VIEW v AS SELECT nope FROM shown", NULL},
    {"CREATE OR REPLACE VIEW v AS VALUES (1)", NULL},
    {"CREATE OR REPLACE VIEW v AS WITH t AS (SELECT 1 AS nope) SELECT nope FROM t", NULL},
    {"CREATE OR REPLACE VIEW v AS WITH t AS (SELECT 1) SELECT nope FROM public.t", "nope"},
    {"CREATE OR REPLACE VIEW v AS WITH c AS (SELECT 1) SELECT nope FROM t", "nope"},
    {"SET search_path = s; CREATE INDEX i ON t (other)", NULL},
    {"SET search_path = s; CREATE INDEX i ON t (name)", "name"},
    {"SET search_path = s; CREATE VIEW v AS SELECT other FROM t WHERE (SELECT 1 FROM public.t)",
     NULL},
    {"SET search_path = s; CREATE VIEW v AS SELECT name FROM t WHERE (SELECT 1 FROM public.t)",
     "name"},
    {"CREATE VIEW v AS WITH t AS (SELECT 1 AS nope) SELECT a.nope FROM t a, public.t b", NULL},
    {"CREATE VIEW v AS SELECT nope FROM remote", "nope"},
    {"CREATE MATERIALIZED VIEW IF NOT EXISTS v AS SELECT nope FROM t", "nope"},
};

ParameterizedTestParameters(columns, finds_what_a_table_never_gets_and_nothing_else)
{
    static size_t indexes[G_N_ELEMENTS(cases)];
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        indexes[i] = i;
    return cr_make_param_array(size_t, indexes, G_N_ELEMENTS(cases));
}

ParameterizedTest(size_t *index, columns, finds_what_a_table_never_gets_and_nothing_else)
{
    const Case *one = &cases[*index];
    g_autofree char *sql = g_strconcat(TABLES, one->sql, NULL);
    const Vtable a = {.id = "a", .schemas = SP_TEST_LIST(struct sp_schema, {.sql = sql})};
    g_autoptr(SpFindings) findings = CHECK(&a);
    g_autofree char *codes = sp_test_codes(sp_findings_refusals(findings));
    cr_assert_str_eq(codes, one->missing ? "unknown-column" : "", "%s: %s", one->sql, codes);
    if (one->missing == NULL)
        return;
    g_autofree char *quoted = g_strdup_printf("column \"%s\"", one->missing);
    const GError *error = sp_test_only(sp_findings_refusals(findings));
    cr_assert_not_null(strstr(error->message, quoted), "%s: %s", one->sql, error->message);
}

/* What some other text does, and whether the index on t (late) is refused then. */
typedef struct {
    const char *sql;
    gboolean is_refused;
} Late;

static const Late late_cases[] = {
    {"SELECT 1", TRUE},
    {"ALTER TABLE t ADD COLUMN late int", FALSE},
    {"ALTER TABLE IF EXISTS ONLY public.t ADD IF NOT EXISTS late int", FALSE},
    {"ALTER TABLE s.t ADD COLUMN late int", TRUE},
    {"SET search_path = s; ALTER TABLE t ADD COLUMN late int", TRUE},
    {"SET search_path = s; CREATE TABLE t (late int)", TRUE},
    {"SET search_path = s; CREATE TEMP TABLE t (late int)", TRUE},
    {"CREATE TABLE pg_temp.t (x int)", FALSE},
    {"ALTER TABLE t RENAME COLUMN name TO late", FALSE},
    {"ALTER TABLE t RENAME late TO title", FALSE},
    {"ALTER TABLE t RENAME CONSTRAINT x TO late", TRUE},
    {"ALTER TABLE t DROP COLUMN late", FALSE},
    {"ALTER TABLE t INHERIT u", FALSE},
    {"ALTER TABLE u ATTACH PARTITION t FOR VALUES IN (1)", FALSE},
    {"ALTER TABLE t OF some_type", FALSE},
    {"DROP TABLE t; CREATE TABLE t (late int)", FALSE},
    {"DROP TABLE t; CREATE TABLE t AS SELECT 1 AS late", FALSE},
    {"DROP TABLE t; SELECT 1 AS late INTO t", FALSE},
    {"DROP TABLE t; ALTER TABLE u RENAME TO t", FALSE},
    {"DROP TABLE t; ALTER TABLE s.t SET SCHEMA public", FALSE},
    {"CREATE TEMP TABLE t (x int)", FALSE},
    {"DO $$ BEGIN EXECUTE 'ALTER TABLE t ADD COLUMN late int'; END $$", FALSE},
    {"DO $$ BEGIN EXECUTE format('ALTER TABLE %I ADD late int', 'x'); END $$", FALSE},
    {"DO $$ BEGIN PERFORM 'late'; END $$", TRUE},
    {"CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'ALTER TABLE t ADD LATE int'", FALSE},
};

ParameterizedTestParameters(columns, knows_what_other_texts_do)
{
    static size_t indexes[G_N_ELEMENTS(late_cases)];
    for (size_t i = 0; i < G_N_ELEMENTS(late_cases); i++)
        indexes[i] = i;
    return cr_make_param_array(size_t, indexes, G_N_ELEMENTS(late_cases));
}

ParameterizedTest(size_t *index, columns, knows_what_other_texts_do)
{
    const Late *one = &late_cases[*index];
    const Vtable a = {
        .id = "a",
        .schemas = SP_TEST_LIST(struct sp_schema,
                                {.sql = TABLES "CREATE INDEX IF NOT EXISTS i ON t (late)"}),
    };
    const Vtable b = {
        .id = "b",
        .migrations =
            SP_TEST_LIST(struct sp_migration, {.version = 1, .name = "one", .sql = one->sql}),
    };
    g_autoptr(SpFindings) findings = CHECK(&a, &b);
    g_autofree char *codes = sp_test_codes(sp_findings_refusals(findings));
    cr_assert_str_eq(codes, one->is_refused ? "unknown-column" : "", "%s", one->sql);
}

static const Late procedural_cases[] = {
    {"DO $$ BEGIN PERFORM 'orders', 'due'; END $$", TRUE},
    {"DO $$ BEGIN EXECUTE 'ALTER TABLE lines ADD COLUMN x int'; END $$", TRUE},
    {"DO $$ BEGIN EXECUTE format('ALTER TABLE Orders ADD COLUMN %I int', f()); END $$", FALSE},
    {"DO $$ BEGIN EXECUTE format('ALTER TABLE %I ADD COLUMN DUE int', f()); END $$", FALSE},
};

Test(columns, believes_procedural_code_that_alters_tables)
{
    for (guint i = 0; i < G_N_ELEMENTS(procedural_cases); i++) {
        const Vtable a = {
            .id = "a",
            .schemas = SP_TEST_LIST(struct sp_schema,
                                    {.sql = "CREATE TABLE IF NOT EXISTS orders (id int);"
                                            "CREATE INDEX IF NOT EXISTS i ON orders (due)"}),
            .migrations = SP_TEST_LIST(
                struct sp_migration, {.version = 1, .name = "one", .sql = procedural_cases[i].sql}),
        };
        g_autoptr(SpFindings) findings = CHECK(&a);
        cr_assert_eq(sp_findings_refusals(findings)->len, procedural_cases[i].is_refused, "%s",
                     procedural_cases[i].sql);
    }
}

Test(columns, looks_across_the_files_of_an_extension)
{
    const Vtable a = {
        .id = "a",
        .schemas = SP_TEST_LIST(struct sp_schema, {.sql = "CREATE TABLE IF NOT EXISTS t (id int)"},
                                {.sql = "CREATE INDEX IF NOT EXISTS i ON t (nope)"}),
    };
    g_autoptr(SpFindings) findings = CHECK(&a);
    cr_assert_eq(sp_findings_refusals(findings)->len, 1);
}

Test(columns, reads_tables_inside_create_schema)
{
    const Vtable a = {
        .id = "a",
        .migrations =
            SP_TEST_LIST(struct sp_migration, {.version = 1,
                                               .name = "one",
                                               .sql = "CREATE SCHEMA s CREATE TABLE t (id int)"
                                                      " CREATE VIEW v AS SELECT 1 AS x;"
                                                      "CREATE INDEX i ON s.t (nope);"
                                                      "CREATE VIEW w AS SELECT y FROM s.v"}),
    };
    g_autoptr(SpFindings) findings = CHECK(&a);
    cr_assert_eq(sp_test_only(sp_findings_refusals(findings))->code, SP_ERROR_UNKNOWN_COLUMN);
}

Test(columns, says_where_the_name_stands_and_what_the_table_has)
{
    const Vtable a = {
        .id = "a",
        .schemas = SP_TEST_LIST(struct sp_schema,
                                {.sql = "CREATE TABLE IF NOT EXISTS t (d int, b int, a int, c int);"
                                        "\n-- \xC3\xA9\nCREATE OR REPLACE VIEW v AS\n"
                                        "  SELECT 'é', a,\n  nope FROM t",
                                 .source = "v.sql"})};
    g_autoptr(SpFindings) findings = CHECK(&a);
    const GError *error = sp_test_only(sp_findings_refusals(findings));
    const SpPlace *place = sp_error_get_place(error);
    cr_assert_str_eq(place->extension, "a");
    cr_assert_str_eq(place->source, "v.sql");
    cr_assert_eq(place->line, 5);
    cr_assert_eq(place->column, 3);
    cr_assert_not_null(strstr(sp_error_detail(error), "which has \"a\", \"b\", \"c\", \"d\"."));
}

Test(columns, says_nothing_of_an_extension_whose_text_does_not_parse)
{
    const Vtable a = {
        .id = "a",
        .schemas = SP_TEST_LIST(struct sp_schema,
                                {.sql = TABLES "CREATE INDEX IF NOT EXISTS i ON t (nope)",
                                 .table = "elsewhere",
                                 .required_columns = SP_TEST_LIST(const char *, "id")},
                                {.sql = "ALTER TABEL t ADD COLUMN nope int"}),
    };
    g_autoptr(SpFindings) findings = CHECK(&a);
    cr_assert_eq(sp_findings_refusals(findings)->len, 0);
}

/* --- required columns --------------------------------------------------------------------------
 */

typedef struct {
    const char *namespace_name;
    const char *table;
    const char *column;
    const char *codes;
} Required;

static const Required required_cases[] = {
    {NULL, "t", "id", ""},
    {NULL, "t", "added", ""},
    {NULL, "t", "nope", "unknown-column"},
    {NULL, "t", "NAME", "unknown-column"},
    {"s", "t", "other", ""},
    {"s", "t", "id", "unknown-column"},
    {NULL, "copied", "nope", ""},
    {NULL, "shown", "nope", ""},
    {NULL, NULL, "id", "required-columns-without-table"},
    {NULL, "nobodys", "id", "required-columns-without-table"},
    {"s", "u", "id", "required-columns-without-table"},
    {NULL, "others", "id", "required-columns-without-table"},
};

Test(columns, judges_required_columns)
{
    const Vtable b = {
        .id = "b",
        .schemas =
            SP_TEST_LIST(struct sp_schema, {.sql = "CREATE TABLE IF NOT EXISTS others (id int)"}),
        .migrations = SP_TEST_LIST(
            struct sp_migration,
            {.version = 1, .name = "one", .sql = "ALTER TABLE t ADD COLUMN added int"})};
    for (guint i = 0; i < G_N_ELEMENTS(required_cases); i++) {
        const Required *one = &required_cases[i];
        const char *columns[] = {one->column};
        const struct sp_schema schemas[] = {{.table = one->table,
                                             .namespace_name = one->namespace_name,
                                             .sql = TABLES,
                                             .required_columns = SP_LIST(columns)}};
        const Vtable a = {.id = "a", .schemas = SP_LIST(schemas)};
        g_autoptr(SpFindings) findings = CHECK(&a, &b);
        g_autofree char *codes = sp_test_codes(sp_findings_refusals(findings));
        cr_assert_str_eq(codes, one->codes, "%u: %s", i, codes);
    }
}

Test(columns, asks_nothing_of_a_table_without_required_columns)
{
    const Vtable a = {
        .id = "a",
        .schemas = SP_TEST_LIST(struct sp_schema, {.table = "functions", .sql = "SELECT 1"})};
    g_autoptr(SpFindings) findings = CHECK(&a);
    cr_assert_eq(sp_findings_refusals(findings)->len, 0);
}
