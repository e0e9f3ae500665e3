/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Views and functions whose change CREATE OR REPLACE cannot make. */
#include "act/foresight.h"
#include "act/ledger.h"
#include "base/error.h"
#include "support/cluster.h"
#include "support/install.h"
#include "support/turns.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#define TABLE "CREATE TABLE IF NOT EXISTS sales (id int, net int, tax int);\n"

static struct sp_extension_vtable
shop_of(const struct sp_schema *schema)
{
    return (struct sp_extension_vtable){.id = "shop", .schemas = {schema, 1, sizeof *schema}};
}

static void
boot(const char *database, const struct sp_schema *schema, const struct sp_extension_vtable *other)
{
    struct sp_extension_vtable shop = shop_of(schema);
    g_auto(SpTestInstall) install = sp_test_boot(database, SP_TEST_VTABLES(&shop, other));
    sp_assert_installed(install);
    n_turns = 0;
    g_auto(SpTestInstall) again = sp_test_boot(database, SP_TEST_VTABLES(&shop, other));
    sp_assert_installed(again);
    cr_assert_eq(sp_test_install_summary(&again).changed, 0);
    cr_assert_leq(n_turns, 2, "%u", n_turns);
}

static SpTestInstall
refused_boot(const char *database, const struct sp_schema *schema,
             const struct sp_extension_vtable *other)
{
    struct sp_extension_vtable shop = shop_of(schema);
    return sp_test_boot(database, SP_TEST_VTABLES(&shop, other));
}

static const struct sp_schema views[] = {
    {.sql = TABLE "CREATE OR REPLACE VIEW totals AS SELECT id, net, tax, net + tax AS total FROM "
                  "sales;\n"
                  "CREATE OR REPLACE VIEW best AS SELECT id, tax FROM totals WHERE total > 10;"},
};
/* "tax" goes, "best" no longer reads it, and a comment is new. */
static const struct sp_schema fewer[] = {
    {.sql = TABLE "CREATE OR REPLACE VIEW totals AS SELECT id, net, net + tax AS total FROM "
                  "sales;\n"
                  "CREATE OR REPLACE VIEW best AS SELECT id FROM totals WHERE total > 10;\n"
                  "COMMENT ON VIEW best IS 'new';"},
};
static const struct sp_schema retyped[] = {
    {.sql = TABLE "CREATE OR REPLACE VIEW totals AS SELECT id, net, tax, (net + tax)::bigint AS "
                  "total FROM sales;\n"
                  "CREATE OR REPLACE VIEW best AS SELECT id, tax FROM totals WHERE total > 10;"},
};

static const struct sp_schema report_schemas[] = {
    {.sql = "CREATE OR REPLACE VIEW report AS SELECT id FROM best;"},
};
static const struct sp_dependency on_shop[] = {{.id = "shop"}};
static const struct sp_extension_vtable reports = {
    .id = "reports", .dependencies = SP_LIST(on_shop), .schemas = SP_LIST(report_schemas)};

/* All that is said of the views of the database, by name. */
#define SAID                                                                                     \
    "SELECT string_agg(concat_ws('|', c.relname, c.relkind, c.relowner::regrole, c.reloptions, " \
    "c.relacl, obj_description(c.oid), (SELECT string_agg(concat_ws(':', a.attname, a.attacl, "  \
    "col_description(c.oid, a.attnum)), ',' ORDER BY a.attname) FROM pg_attribute a WHERE "      \
    "a.attrelid = c.oid AND a.attnum > 0 AND (a.attname IN ('id', 'total')))), E'\\n' ORDER BY " \
    "c.relname) FROM pg_class c WHERE c.relkind IN ('v', 'm') AND c.relnamespace = "             \
    "'public'::regnamespace AND c.relname <> 'best'"

static char *
database_with_views(void)
{
    char *database = sp_test_database();
    boot(database, views, &reports);
    sp_test_execute(database, "INSERT INTO sales VALUES (1, 10, 1), (2, 1, 0)");
    sp_test_execute(database, "GRANT SELECT ON totals TO PUBLIC");
    sp_test_execute(database, "GRANT SELECT (id), UPDATE (tax) ON totals TO pg_monitor");
    sp_test_execute(database, "REVOKE UPDATE ON report FROM CURRENT_USER");
    sp_test_execute(database, "COMMENT ON VIEW totals IS 'It''s all'");
    sp_test_execute(database, "COMMENT ON COLUMN totals.total IS 'with tax'");
    sp_test_execute(database, "COMMENT ON COLUMN totals.tax IS 'without net'");
    sp_test_execute(database, "COMMENT ON VIEW best IS 'old'");
    sp_test_execute(database, "ALTER VIEW report SET (security_barrier = true)");
    sp_test_execute(database, "CREATE VIEW \"Nobody's\" AS SELECT id, total FROM totals");
    sp_test_execute(database, "CREATE MATERIALIZED VIEW kept AS SELECT id FROM report");
    sp_test_execute(database, "CREATE UNIQUE INDEX kept_id ON kept (id)");
    sp_test_execute(database,
                    "CREATE MATERIALIZED VIEW bare AS SELECT id FROM report WITH NO DATA");
    sp_test_execute(database, "GRANT SELECT ON kept TO pg_monitor WITH GRANT OPTION");
    return database;
}

Test(rebuild, of_a_view_keeps_what_was_said_of_it_and_all_that_stands_on_it)
{
    static const struct sp_schema *const changes[] = {fewer, retyped};
    for (guint i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autofree char *database = database_with_views();
        g_autofree char *before = sp_test_value(database, SAID);
        boot(database, changes[i], &reports);
        g_autofree char *after = sp_test_value(database, SAID);
        cr_assert_str_eq(after, before, "\n%s\nbecomes\n%s", before, after);
        sp_assert_value(database, "SELECT string_agg(id::text, ' ') FROM kept", "1");
        sp_assert_value(database, "SELECT string_agg(id::text, ' ' ORDER BY id) FROM \"Nobody's\"",
                        "1 2");
        sp_assert_value(database, "SELECT to_regclass('kept_id') IS NOT NULL", "t");
        sp_assert_value(database, "SELECT relispopulated FROM pg_class WHERE relname = 'bare'",
                        "f");
        sp_assert_value(database, "SELECT obj_description('best'::regclass)",
                        i == 0 ? "new" : "old");
        sp_assert_value(database,
                        "SELECT count(*) FROM pg_attribute WHERE attrelid = 'totals'::regclass "
                        "AND attname = 'tax'",
                        i == 0 ? "0" : "1");
    }
}

Test(rebuild, of_a_view_is_reported_with_its_statements)
{
    g_autofree char *database = database_with_views();
    struct sp_extension_vtable shop = shop_of(fewer);
    g_auto(SpTestInstall) install = sp_test_boot(database, SP_TEST_VTABLES(&shop, &reports));
    sp_assert_installed(install);
    cr_assert_str_eq(sp_test_install_state(&install, "shop", "dependent"), "done");
    cr_assert_gt(sp_test_install_summary(&install).statements, 10);
}

/* What the views of others need is gone, so theirs cannot stay as they are. */
Test(rebuild, of_a_view_leaves_all_as_it_was_when_a_dependent_needs_what_goes)
{
    g_autofree char *database = database_with_views();
    sp_test_execute(database, "CREATE VIEW needs AS SELECT tax FROM totals");
    g_auto(SpTestInstall) install = refused_boot(database, fewer, &reports);
    cr_assert(g_error_matches(install.error, SP_ERROR, SP_ERROR_STATEMENT));
    cr_assert_str_eq(sp_error_get_place(install.error)->sqlstate, "42703");
    sp_assert_value(database, "SELECT count(tax) FROM needs", "2");
    sp_assert_value(database, "SELECT obj_description('totals'::regclass)", "It's all");
}

typedef struct {
    char sql[128];
    char named[64];
} Obstacle;

ParameterizedTestParameters(rebuild, of_a_view_is_refused_where_something_would_be_lost)
{
    static Obstacle obstacles[] = {
        {"CREATE TABLE holds (t totals)", "table holds"},
        {"CREATE FUNCTION reads() RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM best; END",
         "function reads()"},
        {"CREATE RULE writes AS ON INSERT TO holder DO ALSO SELECT * FROM totals", "rule writes"},
        {"CREATE POLICY sees ON holder USING (id IN (SELECT id FROM best))", "policy sees"},
        {"CREATE DOMAIN whole AS totals", "type whole"},
    };
    return cr_make_param_array(Obstacle, obstacles, G_N_ELEMENTS(obstacles));
}

ParameterizedTest(Obstacle *obstacle, rebuild, of_a_view_is_refused_where_something_would_be_lost)
{
    g_autofree char *database = database_with_views();
    sp_test_execute(database, "CREATE TABLE holder (id int)");
    sp_test_execute(database, obstacle->sql);
    g_auto(SpTestInstall) install = refused_boot(database, fewer, &reports);
    cr_assert(g_error_matches(install.error, SP_ERROR, SP_ERROR_CANNOT_REBUILD), "%s",
              install.error ? install.error->message : "nothing");
    cr_assert_not_null(strstr(sp_error_detail(install.error), obstacle->named), "%s",
                       sp_error_detail(install.error));
    const SpPlace *place = sp_error_get_place(install.error);
    cr_assert_eq(place->line, 2);
    cr_assert_str_eq(place->extension, "shop");
    sp_assert_value(database, "SELECT obj_description('totals'::regclass)", "It's all");
}

#define FUNCTIONS(result, parameter, value)                                                     \
    "CREATE OR REPLACE FUNCTION rate(" parameter " int) RETURNS " result                        \
    " LANGUAGE sql IMMUTABLE AS 'SELECT " value "';\n"                                          \
    "CREATE TABLE IF NOT EXISTS rates (id int, rate bigint DEFAULT rate(1), CHECK (rate(id) > " \
    "0));\n"                                                                                    \
    "CREATE OR REPLACE FUNCTION twice() RETURNS bigint BEGIN ATOMIC SELECT rate(2) * 2; END;\n" \
    "CREATE OR REPLACE VIEW shown AS SELECT id, rate(id)::bigint AS r FROM rates;\n"            \
    "CREATE POLICY positive ON rates FOR SELECT TO PUBLIC USING (rate(id) > 0);\n"

#define RIGHTS                                                                               \
    "SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM pg_proc, unnest(proacl) a WHERE " \
    "proname = 'rate'"

static const struct sp_schema old_function[] = {{.sql = FUNCTIONS("int", "x", "1")}};
static const struct sp_schema other_result[] = {{.sql = FUNCTIONS("bigint", "x", "2::bigint")}};
static const struct sp_schema other_name[] = {{.sql = FUNCTIONS("int", "y", "2")}};

Test(rebuild, of_a_function_keeps_what_uses_it)
{
    static const struct sp_schema *const changes[] = {other_result, other_name};
    for (guint i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autofree char *database = sp_test_database();
        boot(database, old_function, NULL);
        sp_test_execute(database, "INSERT INTO rates (id) VALUES (7)");
        sp_test_execute(database, "REVOKE ALL ON FUNCTION rate(int) FROM PUBLIC");
        sp_test_execute(database, "GRANT EXECUTE ON FUNCTION rate(int) TO pg_monitor");
        sp_test_execute(database, "COMMENT ON FUNCTION rate(int) IS 'kept'");
        sp_test_execute(database, "COMMENT ON POLICY positive ON rates IS 'kept'");
        g_autofree char *acl = sp_test_value(database, RIGHTS);
        boot(database, changes[i], NULL);
        sp_assert_value(database, RIGHTS, acl);
        sp_assert_value(database, "SELECT obj_description('rate(int)'::regprocedure)", "kept");
        sp_assert_value(database, "SELECT obj_description(oid) FROM pg_policy", "kept");
        sp_assert_value(database, "SELECT twice()", "4");
        sp_assert_value(database, "INSERT INTO rates (id) VALUES (8) RETURNING rate", "2");
        sp_assert_value(database,
                        "SELECT count(*) FROM pg_constraint WHERE contype = 'c' AND "
                        "conrelid = 'rates'::regclass",
                        "1");
        sp_assert_value(database, "SELECT string_agg(r::text, ' ') FROM shown", "2 2");
        sp_assert_value(database, "SELECT rate FROM rates WHERE id = 7", "1");
    }
}

Test(rebuild, of_a_trigger_function_keeps_the_trigger_and_its_state)
{
    static const struct sp_schema before[] = {
        {.sql =
             TABLE "CREATE OR REPLACE FUNCTION v(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';\n"
                   "CREATE OR REPLACE VIEW writable AS SELECT id, v(id) FROM sales;\n"
                   "CREATE OR REPLACE FUNCTION put() RETURNS trigger LANGUAGE plpgsql AS "
                   "'BEGIN RETURN NULL; END';\n"
                   "CREATE OR REPLACE TRIGGER puts INSTEAD OF INSERT ON writable FOR EACH ROW "
                   "EXECUTE FUNCTION put();"},
    };
    static const struct sp_schema after[] = {
        {.sql = TABLE "CREATE OR REPLACE FUNCTION v(a int) RETURNS text LANGUAGE sql AS 'SELECT "
                      "''1''::text';\n"
                      "CREATE OR REPLACE VIEW writable AS SELECT id, v(id) FROM sales;\n"
                      "CREATE OR REPLACE FUNCTION put() RETURNS trigger LANGUAGE plpgsql AS "
                      "'BEGIN RETURN NULL; END';\n"
                      "CREATE OR REPLACE TRIGGER puts INSTEAD OF INSERT ON writable FOR EACH ROW "
                      "EXECUTE FUNCTION put();"},
    };
    g_autofree char *database = sp_test_database();
    boot(database, before, NULL);
    sp_test_execute(database, "CREATE TRIGGER always BEFORE INSERT ON sales FOR EACH ROW WHEN "
                              "(v(NEW.id) IS NULL) EXECUTE FUNCTION put()");
    sp_test_execute(database, "ALTER TABLE sales ENABLE ALWAYS TRIGGER always");
    sp_test_execute(database, "CREATE TRIGGER by_hand INSTEAD OF DELETE ON writable FOR EACH ROW "
                              "EXECUTE FUNCTION put()");
    boot(database, after, NULL);
    sp_assert_value(
        database,
        "SELECT string_agg(concat(tgname, tgenabled), ' ' ORDER BY tgname) FROM pg_trigger",
        "alwaysA by_handO putsO");
}

Test(rebuild, is_refused_for_an_index_on_a_table)
{
    g_autofree char *database = sp_test_database();
    boot(database, old_function, NULL);
    sp_test_execute(database, "CREATE INDEX slow ON rates (rate(id))");
    g_auto(SpTestInstall) install = refused_boot(database, other_result, NULL);
    cr_assert(g_error_matches(install.error, SP_ERROR, SP_ERROR_CANNOT_REBUILD));
    cr_assert_not_null(strstr(sp_error_detail(install.error), "index slow"));
}

Test(rebuild, does_not_hide_a_function_that_is_wrong)
{
    static const struct sp_schema wrong[] = {{.sql = FUNCTIONS("int", "x", "''a''::text")}};
    g_autofree char *database = sp_test_database();
    boot(database, old_function, NULL);
    g_auto(SpTestInstall) install = refused_boot(database, wrong, NULL);
    cr_assert(g_error_matches(install.error, SP_ERROR, SP_ERROR_STATEMENT));
    cr_assert_str_eq(sp_error_get_place(install.error)->sqlstate, "42P13");
    sp_assert_value(database, "SELECT twice()", "2");
}

/* (transfer full): what a plan would run. */
static char *
foresee(const char *database, const struct sp_schema *schema)
{
    struct sp_extension_vtable shop = shop_of(schema);
    g_autoptr(SpDeclared) declared = sp_test_declared_with_trees(SP_TEST_VTABLES(&shop, &reports));
    g_autoptr(SpSession) session = sp_test_session(database);
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(SpHistory) history = sp_ledger_read(session, declared, NULL);
    g_autoptr(SpPlan) plan = sp_plan_new(declared, history, &(SpPlanOptions){FALSE}, findings);
    cr_assert(sp_foresight_add(session, declared, plan, findings, NULL));
    GString *text = g_string_new(NULL);
    const GPtrArray *steps = sp_plan_get_steps(plan);
    for (guint i = 0; i < steps->len; i++) {
        const SpStep *step = g_ptr_array_index(steps, i);
        for (guint j = 0; step->state == SP_STEP_PENDING && j < step->statements->len; j++)
            g_string_append_printf(
                text, "%s;\n", ((const SpStatement *)g_ptr_array_index(step->statements, j))->sql);
    }
    return g_string_free(text, FALSE);
}

Test(rebuild, is_foreseen_where_names_tell)
{
    g_autofree char *database = database_with_views();
    g_autofree char *text = foresee(database, fewer);
    cr_assert_not_null(strstr(text, "DROP VIEW IF EXISTS public.totals"), "%s", text);
    cr_assert_not_null(strstr(text, "DROP MATERIALIZED VIEW IF EXISTS public.kept"), "%s", text);
    cr_assert_not_null(strstr(text, "CREATE VIEW public.\"Nobody's\""), "%s", text);
    g_autofree char *same = foresee(database, views);
    cr_assert_null(strstr(same, "DROP"), "%s", same);
    /* The same types tell nothing, and others only when the view is made. */
    g_autofree char *types = foresee(database, retyped);
    cr_assert_null(strstr(types, "DROP"), "%s", types);
    sp_assert_value(database, "SELECT obj_description('totals'::regclass)", "It's all");
}

Test(rebuild, of_a_function_is_foreseen)
{
    g_autofree char *database = sp_test_database();
    boot(database, old_function, NULL);
    static const struct sp_schema *const changes[] = {other_result, other_name, old_function};
    for (guint i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autofree char *text = foresee(database, changes[i]);
        gboolean is_foreseen = strstr(text, "DROP FUNCTION IF EXISTS public.rate(") != NULL;
        cr_assert_eq(is_foreseen, i < 2, "%s", text);
    }
}
