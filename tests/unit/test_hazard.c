/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/hazard.h"

#include "base/error.h"
#include "support/extensions.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

/* What one migration raises on a database that has the tables orders, customers and past. */
typedef struct {
    SpDeclared *declared;
    SpHistory *history;
    SpPlan *plan;
    SpTables *tables;
    SpFindings *findings;
    GPtrArray *hazards;
} Found;

static void
found_clear(Found *found)
{
    g_ptr_array_unref(found->hazards);
    sp_findings_free(found->findings);
    sp_tables_free(found->tables);
    sp_plan_free(found->plan);
    sp_history_free(found->history);
    sp_declared_free(found->declared);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Found, found_clear)

static SpObject *
relation(const char *name)
{
    return sp_object_new(SP_OBJECT_RELATION, "table", "public", name, NULL, NULL);
}

static SpTables *
tables_new(void)
{
    g_autoptr(SpObject) orders = relation("orders");
    g_autoptr(SpObject) customers = relation("customers");
    g_autoptr(SpObject) past = relation("past");
    g_autoptr(SpObject) index = relation("orders_name");
    SpTables *tables = sp_tables_new();
    sp_tables_add(tables, orders, 1500000, 400000);
    sp_tables_add(tables, customers, 8192, -1);
    sp_tables_add(tables, past, 8192, 0);
    sp_tables_add_index(tables, index, orders);
    sp_tables_add_column(tables, orders, "id", "int4", -1);
    sp_tables_add_column(tables, orders, "name", "varchar", 24);
    sp_tables_add_column(tables, orders, "note", "text", -1);
    return tables;
}

static Found
find_with(const char *sql, SpTables *tables)
{
    static const char *const nothing[] = {NULL};
    const SpPlanOptions options = {0};
    const struct sp_migration migrations[] = {
        {.version = 1, .name = "one", .sql = sql, .source = "one.sql"}};
    const struct sp_extension_vtable shop = {.id = "shop", .migrations = SP_LIST(migrations)};
    g_autoptr(GPtrArray) extensions =
        g_ptr_array_new_with_free_func((GDestroyNotify)sp_extension_unref);
    g_ptr_array_add(extensions, sp_test_extension(&shop));
    Found found = {.declared = sp_declared_new(
                       extensions, &(SpDeclaredOptions){.disabled = nothing, .keeps_trees = TRUE}),
                   .history = sp_history_new(),
                   .tables = tables,
                   .findings = sp_findings_new()};
    found.plan = sp_plan_new(found.declared, found.history, &options, found.findings);
    found.hazards = sp_hazards_find(found.plan, found.tables, found.findings);
    return found;
}

static Found
find(const char *sql)
{
    return find_with(sql, tables_new());
}

/* (transfer full): "code table code table" */
static char *
told(const Found *found)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < found->hazards->len; i++) {
        const SpHazard *hazard = g_ptr_array_index(found->hazards, i);
        g_string_append_printf(text, "%s%s %s", i > 0 ? " " : "", hazard->rule->code,
                               hazard->name + strlen("public."));
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

#define ALTER "ALTER TABLE orders "
#define VOLATILE "add-column-volatile-default orders"
#define UNCHECKED "add-constraint-without-not-valid orders"
#define BOTH UNCHECKED " add-constraint-without-not-valid customers"

static const struct {
    const char *sql;
    const char *told;
} cases[] = {
    /* columns */
    {ALTER "ADD COLUMN a int DEFAULT 5", ""},
    {ALTER "ADD COLUMN a timestamptz NOT NULL DEFAULT now()", ""},
    {ALTER "ADD COLUMN a timestamptz DEFAULT current_timestamp", ""},
    {ALTER "ADD COLUMN a timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc')", ""},
    {ALTER "ADD COLUMN a timestamptz DEFAULT mine.now()", VOLATILE},
    {ALTER "ADD COLUMN a float DEFAULT 1 + random()", VOLATILE},
    {ALTER "ADD COLUMN a uuid NOT NULL DEFAULT gen_random_uuid()", VOLATILE},
    {ALTER "ADD COLUMN a timestamptz DEFAULT clock_timestamp()", VOLATILE},
    {ALTER "ADD COLUMN a int DEFAULT nextval('s')", VOLATILE},
    {ALTER "ADD COLUMN a bigserial NOT NULL", VOLATILE},
    {ALTER "ADD COLUMN a int GENERATED ALWAYS AS IDENTITY", VOLATILE},
    {ALTER "ADD COLUMN a int GENERATED ALWAYS AS (id * 2) STORED", VOLATILE},
    {ALTER "ADD COLUMN IF NOT EXISTS note text DEFAULT random()::text", ""},
    {ALTER "ADD COLUMN IF NOT EXISTS a text DEFAULT random()::text", VOLATILE},
    {ALTER "ADD COLUMN a text COLLATE \"C\" NOT NULL DEFAULT 'x'", ""},
    {ALTER "ADD COLUMN a text DEFAULT coalesce(lower('X'), NULLIF('a', 'b'))", ""},
    {ALTER "ADD COLUMN a int NOT NULL", "add-column-not-null orders"},
    {ALTER "ADD COLUMN a int DEFAULT NULL NOT NULL", "add-column-not-null orders"},
    {ALTER "ADD COLUMN a int NOT NULL DEFAULT 0", ""},
    {ALTER "ADD COLUMN a int CHECK (a > 0)", UNCHECKED},
    {ALTER "ADD COLUMN a int UNIQUE", "add-unique orders"},
    {ALTER "ADD COLUMN a int REFERENCES customers", ""},
    {ALTER "ADD COLUMN a int DEFAULT 1 REFERENCES customers", BOTH},
    {ALTER "ALTER COLUMN name TYPE varchar(20)", ""},
    {ALTER "ALTER COLUMN name TYPE varchar(21)", ""},
    {ALTER "ALTER COLUMN name TYPE varchar", ""},
    {ALTER "ALTER COLUMN name TYPE text", ""},
    {ALTER "ALTER COLUMN note TYPE varchar", ""},
    {ALTER "ALTER COLUMN id TYPE integer", ""},
    {ALTER "ALTER COLUMN name TYPE varchar(19)", "alter-column-type orders"},
    {ALTER "ALTER COLUMN note TYPE varchar(64)", "alter-column-type orders"},
    {ALTER "ALTER COLUMN id TYPE bigint", "alter-column-type orders"},
    {ALTER "ALTER COLUMN name TYPE text USING lower(name)", "alter-column-type orders"},
    {ALTER "ALTER COLUMN name TYPE text COLLATE \"C\"", "alter-column-type orders"},
    {ALTER "ALTER COLUMN name SET NOT NULL", "set-not-null orders"},
    {ALTER "DROP COLUMN name", "drop-column orders"},
    {ALTER "DROP COLUMN IF EXISTS gone", ""},
    /* constraints */
    {ALTER "ADD CHECK (id > 0)", UNCHECKED},
    {ALTER "ADD CHECK (id > 0) NOT VALID", ""},
    {ALTER "ADD FOREIGN KEY (id) REFERENCES customers", BOTH},
    {ALTER "ADD FOREIGN KEY (id) REFERENCES orders", UNCHECKED},
    {ALTER "ADD FOREIGN KEY (id) REFERENCES customers NOT VALID", ""},
    {ALTER "ADD PRIMARY KEY (id)", "add-primary-key orders"},
    {ALTER "ADD PRIMARY KEY USING INDEX orders_name", ""},
    {ALTER "ADD UNIQUE (name)", "add-unique orders"},
    {ALTER "ADD EXCLUDE USING gist (id WITH =)", "add-exclusion orders"},
    {ALTER "VALIDATE CONSTRAINT c", "validate-constraint orders"},
    /* the whole table */
    {ALTER "SET TABLESPACE fast", "set-tablespace orders"},
    {ALTER "SET UNLOGGED", "set-logged orders"},
    {ALTER "SET LOGGED", "set-logged orders"},
    {ALTER "SET (fillfactor = 70)", ""},
    {ALTER "ATTACH PARTITION past DEFAULT", "attach-partition orders attach-partition past"},
    {ALTER "DETACH PARTITION past", "detach-partition-not-concurrent orders"},
    {ALTER "RENAME TO bills", "rename-table orders"},
    {ALTER "SET SCHEMA billing", "rename-table orders"},
    {ALTER "RENAME COLUMN name TO title", "rename-column orders"},
    {ALTER "RENAME CONSTRAINT a TO b", ""},
    {"ALTER INDEX orders_name RENAME TO b", ""},
    {"DROP TABLE orders, customers", "drop-table orders drop-table customers"},
    {"DROP TABLE IF EXISTS public.orders", "drop-table orders"},
    {"TRUNCATE orders, customers", "truncate orders truncate customers"},
    {"CLUSTER orders USING orders_name", "cluster orders"},
    {"LOCK orders", "lock-table orders"},
    {"LOCK orders IN SHARE UPDATE EXCLUSIVE MODE", ""},
    {"REFRESH MATERIALIZED VIEW orders", "refresh-materialized-view orders"},
    {"REFRESH MATERIALIZED VIEW CONCURRENTLY orders", ""},
    /* indexes and triggers */
    {"CREATE INDEX a ON orders (id)", "create-index-not-concurrent orders"},
    {"CREATE INDEX IF NOT EXISTS orders_name ON orders (name)", ""},
    {"DROP INDEX orders_name", "drop-index-not-concurrent orders"},
    {"REINDEX INDEX orders_name", "reindex-not-concurrent orders"},
    {"REINDEX TABLE orders", "reindex-not-concurrent orders"},
    {"CREATE TRIGGER t BEFORE INSERT ON orders EXECUTE FUNCTION f()", "create-trigger orders"},
    /* rows */
    {"UPDATE orders SET name = 'x' WHERE id = 1", "backfill orders"},
    {"DELETE FROM orders USING customers", "backfill orders"},
    {"MERGE INTO orders o USING customers c ON o.id = c.id WHEN MATCHED THEN DELETE",
     "backfill orders"},
    {"INSERT INTO orders SELECT * FROM past", "backfill orders"},
    {"INSERT INTO orders (id) VALUES (1), (2)", ""},
    {"INSERT INTO orders (id) SELECT 1 WHERE NOT EXISTS (SELECT FROM orders)", ""},
    {"WITH d AS (DELETE FROM past RETURNING 1) SELECT * FROM d", "backfill past"},
    {"SELECT * FROM orders", ""},
    /* what is not there, or not any more */
    {"ALTER TABLE other.orders DROP COLUMN name", ""},
    {"CREATE TABLE new (id int); ALTER TABLE new ALTER COLUMN id TYPE bigint", ""},
    {"DROP TABLE orders; CREATE TABLE orders (id int); CREATE INDEX ON orders (id)",
     "drop-table orders"},
    {ALTER "RENAME TO old; CREATE TABLE orders (id int); UPDATE orders SET id = 1; TRUNCATE old",
     "rename-table orders truncate old"},
};

ParameterizedTestParameters(hazard, raises)
{
    static gsize indices[G_N_ELEMENTS(cases)];
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        indices[i] = i;
    return cr_make_param_array(gsize, indices, G_N_ELEMENTS(cases));
}

ParameterizedTest(gsize *index, hazard, raises)
{
    g_auto(Found) found = find(cases[*index].sql);
    g_autofree char *text = told(&found);
    cr_assert_str_eq(text, cases[*index].told, "%s: %s", cases[*index].sql, text);
    cr_assert_eq(sp_findings_warnings(found.findings)->len, found.hazards->len);
}

Test(hazard, of_vacuum_full_is_found_where_plain_vacuum_raises_nothing)
{
    g_auto(Found) full = find("-- @no-transaction\nVACUUM (FULL) orders");
    g_auto(Found) off = find("-- @no-transaction\nVACUUM (FULL off) orders");
    g_autofree char *text = told(&full);
    cr_assert_str_eq(text, "vacuum-full orders");
    cr_assert_eq(off.hazards->len, 0);
}

Test(hazard, is_none_with_concurrently)
{
    g_auto(Found) found = find("-- @no-transaction\n"
                               "CREATE INDEX CONCURRENTLY a ON orders (id);\n"
                               "REINDEX TABLE CONCURRENTLY orders;\n"
                               "DROP INDEX CONCURRENTLY orders_name;\n"
                               "ALTER TABLE orders DETACH PARTITION past CONCURRENTLY;");
    g_autofree char *text = told(&found);
    cr_assert_str_eq(text, "");
}

Test(hazard, warns_with_place_lock_work_and_size)
{
    g_auto(Found) found = find("SELECT 1;\n  ALTER TABLE orders ALTER id TYPE bigint;");
    const GError *warning = g_ptr_array_index(sp_findings_warnings(found.findings), 0);
    const SpPlace *place = sp_error_get_place(warning);
    cr_assert_eq(warning->code, SP_ERROR_HAZARD);
    cr_assert(g_str_has_prefix(warning->message, "alter-column-type: "));
    cr_assert(g_str_has_suffix(warning->message, " table \"orders\""));
    cr_assert_str_eq(place->source, "one.sql");
    cr_assert_eq(place->line, 2);
    cr_assert_eq(place->column, 3);
    cr_assert_eq(place->statement, 2);
    cr_assert_str_eq(place->phase, "migrations");
    const char *detail = sp_error_detail(warning);
    cr_assert_not_null(strstr(detail, "ACCESS EXCLUSIVE, and writes the whole table anew"));
    cr_assert_not_null(strstr(detail, "1.5 MB and about 400000 rows."), "%s", detail);
    cr_assert_not_null(sp_error_hint(warning));
}

Test(hazard, names_the_lock_that_the_statement_asks_for)
{
    g_auto(Found) found = find("LOCK customers IN SHARE ROW EXCLUSIVE MODE");
    const SpHazard *hazard = g_ptr_array_index(found.hazards, 0);
    cr_assert_str_eq(hazard->lock, "SHARE ROW EXCLUSIVE");
    cr_assert_eq(hazard->table->rows, -1);
}

Test(hazard, that_the_author_allows_is_silent)
{
    g_auto(Found) found = find("-- @allow: drop-column unused since 1.2\n"
                               "ALTER TABLE orders DROP COLUMN name, ALTER note SET NOT NULL;");
    g_autofree char *text = told(&found);
    cr_assert_str_eq(text, "set-not-null orders");
    cr_assert_eq(sp_findings_warnings(found.findings)->len, 1);
}

Test(hazard, warns_of_an_allowance_that_nothing_needs)
{
    g_auto(Found) found = find("-- @allow: drop-column never used\n"
                               "-- @allow: drop-colum never used\nSELECT 1");
    const GPtrArray *warnings = sp_findings_warnings(found.findings);
    cr_assert_eq(warnings->len, 2);
    const GError *known = g_ptr_array_index(warnings, 0);
    const GError *unknown = g_ptr_array_index(warnings, 1);
    cr_assert_not_null(strstr(known->message, "nothing here needs it"));
    cr_assert_str_neq(sp_error_detail(known), sp_error_detail(unknown));
    cr_assert_str_eq(sp_error_get_place(known)->source, "one.sql");
}

Test(hazard, leaves_an_allowance_alone_where_the_database_has_no_such_table)
{
    g_auto(Found) found = find_with("-- @allow: alter-column-type small table\n"
                                    "ALTER TABLE orders ALTER name TYPE text;",
                                    sp_tables_new());
    cr_assert_eq(found.hazards->len, 0);
    cr_assert_eq(sp_findings_warnings(found.findings)->len, 0);
}

Test(hazard, rules_are_complete_and_explained)
{
    g_autofree char *page = NULL;
    cr_assert(g_file_get_contents(SP_TEST_INCLUDE "/../docs/hazards.md", &page, NULL, NULL));
    for (guint i = 0; i < sp_hazard_rules_get_n(); i++) {
        const SpHazardRule *rule = sp_hazard_rules_get(i);
        g_autofree char *heading = g_strdup_printf("\n## `%s`\n", rule->code);
        cr_expect_not_null(strstr(page, heading), "%s", rule->code);
        cr_expect(g_str_has_suffix(rule->reason, ".") && g_str_has_suffix(rule->safer, "."));
        cr_expect_not(rule->rewrites && rule->lock == NULL);
    }
}

/* (transfer full): the hazards of migrations, foreseen: "code table", joined by commas */
static char *
foreseen(const struct sp_migration *migrations, guint n)
{
    const struct sp_extension_vtable shop = {.id = "shop",
                                             .migrations = {migrations, n, sizeof *migrations}};
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(SpExtension) extension = sp_test_extension(&shop);
    g_autoptr(SpPrepared) prepared = sp_prepared_new(extension, SP_PREPARED_KEEPS_TREES, findings);
    g_autoptr(SpFindings) hazards = sp_findings_new();
    sp_hazards_foresee(prepared, hazards);
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < sp_findings_warnings(hazards)->len; i++) {
        const GError *error = g_ptr_array_index(sp_findings_warnings(hazards), i);
        const SpPlace *place = sp_error_get_place(error);
        cr_expect_eq(error->code, SP_ERROR_HAZARD);
        g_string_append_printf(text, "%s%s:%u %.*s", i > 0 ? ", " : "", place->source, place->line,
                               (int)strcspn(error->message, ":"), error->message);
    }
    return g_string_free(text, FALSE);
}

Test(hazard, is_foreseen_for_every_table_that_the_migration_does_not_make)
{
    const struct sp_migration migrations[] = {
        {.version = 1,
         .name = "one",
         .sql = "CREATE TABLE lines (id int);\nALTER TABLE lines ALTER COLUMN id SET NOT NULL;",
         .source = "1.sql"},
        {.version = 2,
         .name = "two",
         .sql = "ALTER TABLE lines ALTER COLUMN id SET NOT NULL;\n"
                "ALTER TABLE lines RENAME TO rows;\nCREATE INDEX rows_by_id ON rows (id);",
         .source = "2.sql"},
        {.version = 3,
         .name = "three",
         .sql = "-- @allow: drop-column nobody filled it\n"
                "ALTER TABLE rows DROP COLUMN IF EXISTS a;\nDROP INDEX rows_by_id;",
         .source = "3.sql"},
        {.version = 4,
         .name = "four",
         .sql = "ALTER TABLE rows DROP COLUMN IF EXISTS b;",
         .source = "4.sql"},
    };
    g_autofree char *text = foreseen(migrations, G_N_ELEMENTS(migrations));
    cr_expect_str_eq(text, "2.sql:1 set-not-null, 2.sql:2 rename-table, "
                           "2.sql:3 create-index-not-concurrent, "
                           "3.sql:3 drop-index-not-concurrent, 4.sql:1 drop-column");
}
