/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Nothing is parsed twice: the linker puts a counter before the parser. */
#include "base/error.h"
#include "model/declared.h"
#include "model/plan.h"
#include "support/extensions.h"

#include <criterion/criterion.h>
#include <pg_query.h>

#define N_EXTENSIONS 40
#define N_TEXTS 5 /* of each */

static gint n_parsed, n_scanned;

PgQueryProtobufParseResult __real_pg_query_parse_protobuf(const char *input);
PgQueryProtobufParseResult __wrap_pg_query_parse_protobuf(const char *input);
PgQueryScanResult __real_pg_query_scan(const char *input);
PgQueryScanResult __wrap_pg_query_scan(const char *input);

PgQueryProtobufParseResult
__wrap_pg_query_parse_protobuf(const char *input)
{
    g_atomic_int_inc(&n_parsed);
    return __real_pg_query_parse_protobuf(input);
}

PgQueryScanResult
__wrap_pg_query_scan(const char *input)
{
    g_atomic_int_inc(&n_scanned);
    return __real_pg_query_scan(input);
}

/* @fault: one statement of a schema more */
static SpExtension *
extension_new(guint number, const char *fault)
{
    g_autofree char *id = g_strdup_printf("x%02u", number);
    g_autofree char *schema = g_strdup_printf(
        "CREATE TABLE IF NOT EXISTS t%u (a int); CREATE INDEX IF NOT EXISTS i%u ON t%u (a);%s",
        number, number, number, fault);
    g_autofree char *view =
        g_strdup_printf("CREATE OR REPLACE VIEW v%u AS SELECT a FROM t%u", number, number);
    g_autofree char *up = g_strdup_printf("ALTER TABLE t%u ADD COLUMN b int", number);
    g_autofree char *down = g_strdup_printf("ALTER TABLE t%u DROP COLUMN b", number);
    g_autofree char *seed =
        g_strdup_printf("INSERT INTO t%u VALUES (1) ON CONFLICT DO NOTHING", number);
    return sp_test_extension(&(struct sp_extension_vtable){
        .id = id,
        .schemas = SP_TEST_LIST(struct sp_schema, {.sql = schema}, {.sql = view}),
        .migrations = SP_TEST_LIST(struct sp_migration,
                                   {.version = 1, .name = "b", .sql = up, .down_sql = down}),
        .seeds = SP_TEST_LIST(struct sp_seed, {.id = "rows", .sql = seed}),
    });
}

/* @fault: in the schema of every other extension */
static SpDeclared *
declare(const char *fault, const SpDeclaredOptions *options)
{
    g_autoptr(GPtrArray) extensions =
        g_ptr_array_new_with_free_func((GDestroyNotify)sp_extension_unref);
    for (guint i = 0; i < N_EXTENSIONS; i++)
        g_ptr_array_add(extensions, extension_new(i, i % 2 == 1 ? fault : ""));
    n_parsed = n_scanned = 0;
    return sp_declared_new(extensions, options);
}

Test(parsed_once, for_a_plan)
{
    const char *const disabled[] = {"x07", NULL};
    const SpPlanOptions plan_options = {0};
    g_autoptr(SpDeclared) declared = declare("", &(SpDeclaredOptions){.disabled = disabled});
    g_autoptr(SpHistory) history = sp_history_new();
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(SpPlan) plan = sp_plan_new(declared, history, &plan_options, findings);
    cr_expect_eq(sp_findings_refusals(sp_declared_get_findings(declared))->len, 0u);
    cr_expect(sp_plan_has_changes(plan));
    cr_expect_eq(n_parsed, N_EXTENSIONS * N_TEXTS, "%d", n_parsed);
    cr_expect_eq(n_scanned, 0, "%d", n_scanned);
}

Test(parsed_once, over_all_rounds_that_leave_out_what_is_refused)
{
    const char *const none[] = {NULL};
    const SpDeclaredOptions options = {.disabled = none, .skip_refused = TRUE};
    g_autoptr(SpDeclared) declared = declare("DROP TABLE t0;", &options);
    cr_expect_eq(sp_registry_get_n(sp_declared_get_registry(declared)), N_EXTENSIONS / 2);
    cr_expect_eq(n_parsed, N_EXTENSIONS * N_TEXTS, "%d", n_parsed);
}

Test(parsed_once, with_findings_in_the_order_of_the_registry)
{
    const char *const none[] = {NULL};
    g_autoptr(SpDeclared) declared = declare("SELEC 1;", &(SpDeclaredOptions){.disabled = none});
    const GPtrArray *refusals = sp_findings_refusals(sp_declared_get_findings(declared));
    cr_assert_eq(refusals->len, N_EXTENSIONS / 2, "%u", refusals->len);
    for (guint i = 0; i < refusals->len; i++) {
        g_autofree char *id = g_strdup_printf("x%02u", 2 * i + 1);
        const SpPlace *place = sp_error_get_place(g_ptr_array_index(refusals, i));
        cr_expect_str_eq(place->extension, id);
    }
}
