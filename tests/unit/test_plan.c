/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "model/checksum.h"
#include "model/plan.h"
#include "support/extensions.h"

#include <criterion/criterion.h>

static const struct sp_schema shop_schemas[] = {
    {.table = "goods",
     .sql = "CREATE TYPE size AS ENUM ('s', 'm');\n"
            "CREATE TABLE IF NOT EXISTS goods (id int, size size);\n"
            "CREATE INDEX IF NOT EXISTS goods_id ON goods (id);",
     .source = "shop/schema/goods.sql"},
};
static const struct sp_migration shop_migrations[] = {
    {.version = 1, .name = "one", .sql = "SELECT 1"},
    {.version = 2, .name = "two", .sql = "SELECT 2"},
};
static const struct sp_seed shop_seeds[] = {
    {.id = "goods", .sql = "UPDATE goods SET size = 'm' WHERE id = 1;"},
};
static const struct sp_extension_vtable shop = {
    .id = "shop",
    .schemas = SP_LIST(shop_schemas),
    .migrations = SP_LIST(shop_migrations),
    .seeds = SP_LIST(shop_seeds),
};

typedef struct {
    SpDeclared *declared;
    SpHistory *history;
    SpFindings *findings;
    SpPlan *plan;
    SpPlanOptions options;
} Shop;

static Shop
shop_new(void)
{
    static const char *const nothing[] = {NULL};
    g_autoptr(GPtrArray) extensions =
        g_ptr_array_new_with_free_func((GDestroyNotify)sp_extension_unref);
    g_ptr_array_add(extensions, sp_test_extension(&shop));
    return (Shop){sp_declared_new(extensions, &(SpDeclaredOptions){.disabled = nothing}),
                  sp_history_new(), sp_findings_new(), NULL};
}

static void
shop_clear(Shop *this)
{
    sp_plan_free(this->plan);
    sp_findings_free(this->findings);
    sp_history_free(this->history);
    sp_declared_free(this->declared);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Shop, shop_clear)

static void
add_object(Shop *this, SpObjectClass class, const char *name)
{
    g_autoptr(SpObject) object = sp_object_new(class, "", "public", name, NULL, NULL);
    sp_history_add_object(this->history, object);
}

static void
add_applied(Shop *this, guint version, const char *name, const char *sql)
{
    SpApplied *applied = g_new0(SpApplied, 1);
    applied->extension = g_strdup("shop");
    applied->version = version;
    applied->name = g_strdup(name);
    applied->checksum = sp_checksum_xxh64(sql);
    applied->applied_at = g_strdup("2026-01-01T00:00:00Z");
    sp_history_add_applied(this->history, applied);
}

static void
add_digest(Shop *this, SpPhase phase)
{
    const SpPrepared *prepared = sp_declared_get_prepared(this->declared, 0);
    sp_history_add_digest(this->history, "shop", sp_phase_nick(phase),
                          sp_prepared_get_digest(prepared, phase));
}

static const SpStep *
decide(Shop *this, const char *name)
{
    if (this->plan == NULL)
        this->plan = sp_plan_new(this->declared, this->history, &this->options, this->findings);
    const GPtrArray *steps = sp_plan_get_steps(this->plan);
    for (guint i = 0; i < steps->len; i++) {
        const SpStep *step = g_ptr_array_index(steps, i);
        if (g_str_equal(step->name, name))
            return step;
    }
    return NULL;
}

static GError *
only_refusal(const Shop *this)
{
    const GPtrArray *refusals = sp_findings_refusals(this->findings);
    cr_assert_eq(refusals->len, 1);
    return g_ptr_array_index(refusals, 0);
}

Test(plan, of_a_fresh_database_holds_every_step_in_the_order_of_phases)
{
    static const char *const expected[] = {"structural", "001_one", "002_two", "dependent",
                                           "goods"};
    g_auto(Shop) this = shop_new();
    decide(&this, "");
    const GPtrArray *steps = sp_plan_get_steps(this.plan);
    cr_assert_eq(steps->len, G_N_ELEMENTS(expected));
    for (guint i = 0; i < steps->len; i++)
        cr_assert_str_eq(((SpStep *)g_ptr_array_index(steps, i))->name, expected[i]);
    cr_assert(sp_plan_has_changes(this.plan));
    cr_assert_eq(decide(&this, "goods")->state, SP_STEP_EVERY_BOOT);
    cr_assert_str_eq(decide(&this, "structural")->source, "shop/schema/goods.sql");
}

Test(plan, leaves_out_a_statement_whose_object_exists)
{
    g_auto(Shop) this = shop_new();
    add_object(&this, SP_OBJECT_TYPE, "size");
    const SpStep *step = decide(&this, "structural");
    cr_assert_eq(step->state, SP_STEP_PENDING);
    cr_assert_eq(step->statements->len, 1);
}

Test(plan, is_current_only_with_the_digest_and_every_object)
{
    g_auto(Shop) this = shop_new();
    add_digest(&this, SP_PHASE_STRUCTURAL);
    add_digest(&this, SP_PHASE_DEPENDENT);
    add_object(&this, SP_OBJECT_TYPE, "size");
    add_object(&this, SP_OBJECT_RELATION, "goods");
    cr_assert_eq(decide(&this, "structural")->state, SP_STEP_CURRENT);
    cr_assert_eq(decide(&this, "dependent")->state, SP_STEP_PENDING);
}

Test(plan, counts_no_ddl_of_which_everything_is_there)
{
    g_auto(Shop) this = shop_new();
    add_object(&this, SP_OBJECT_TYPE, "size");
    add_object(&this, SP_OBJECT_RELATION, "goods");
    add_object(&this, SP_OBJECT_RELATION, "goods_id");
    add_applied(&this, 1, "one", "SELECT 1");
    add_applied(&this, 2, "two", "SELECT 2");
    cr_assert_eq(decide(&this, "structural")->state, SP_STEP_PENDING, "its digest is missing");
    cr_assert_not(sp_plan_has_changes(this.plan));
}

Test(plan, has_no_changes_when_only_steps_of_every_boot_are_left)
{
    g_auto(Shop) this = shop_new();
    add_digest(&this, SP_PHASE_STRUCTURAL);
    add_digest(&this, SP_PHASE_DEPENDENT);
    add_object(&this, SP_OBJECT_TYPE, "size");
    add_object(&this, SP_OBJECT_RELATION, "goods");
    add_object(&this, SP_OBJECT_RELATION, "goods_id");
    add_applied(&this, 1, "one", "SELECT 1");
    add_applied(&this, 2, "two", "SELECT 2");
    decide(&this, "");
    cr_assert_not(sp_plan_has_changes(this.plan));
    SpSummary summary =
        sp_steps_summarise(sp_plan_get_steps(this.plan), sp_declared_get_registry(this.declared));
    cr_assert_eq(summary.changed, 0);
    cr_assert_eq(summary.seeds, 1);
}

Test(plan, runs_a_late_migration_with_a_low_version)
{
    g_auto(Shop) this = shop_new();
    add_applied(&this, 2, "two", "SELECT 2");
    cr_assert_eq(decide(&this, "001_one")->state, SP_STEP_PENDING);
    cr_assert_eq(decide(&this, "001_one")->index, 0);
    cr_assert_eq(decide(&this, "002_two")->state, SP_STEP_CURRENT);
    cr_assert_eq(decide(&this, "002_two")->index, 1);
}

Test(plan, refuses_a_migration_that_was_edited)
{
    g_auto(Shop) this = shop_new();
    add_applied(&this, 1, "one", "SELECT 'other'");
    decide(&this, "");
    const GError *refusal = only_refusal(&this);
    cr_assert_eq(refusal->code, SP_ERROR_MIGRATION_DRIFT);
    cr_assert_str_eq(sp_error_get_place(refusal)->extension, "shop");
}

Test(plan, refuses_a_version_that_was_used_under_another_name)
{
    g_auto(Shop) this = shop_new();
    add_applied(&this, 1, "uno", "SELECT 1");
    decide(&this, "");
    cr_assert_eq(only_refusal(&this)->code, SP_ERROR_MIGRATION_SLOT);
}

Test(plan, of_a_database_that_is_ahead_runs_no_migration_and_reports_no_drift)
{
    g_auto(Shop) this = shop_new();
    add_applied(&this, 1, "one", "SELECT 'other'");
    add_applied(&this, 3, "three", "SELECT 3");
    cr_assert_null(decide(&this, "002_two"));
    cr_assert_eq(sp_findings_refusals(this.findings)->len, 0);
    const GPtrArray *warnings = sp_findings_warnings(this.findings);
    cr_assert_eq(warnings->len, 1);
    cr_assert_eq(((GError *)g_ptr_array_index(warnings, 0))->code, SP_ERROR_MIGRATION_AHEAD);
}

Test(plan, warns_of_an_extension_whose_plugin_is_gone)
{
    g_auto(Shop) this = shop_new();
    SpApplied *applied = g_new0(SpApplied, 1);
    applied->extension = g_strdup("gone");
    applied->name = g_strdup("one");
    applied->checksum = g_strdup("0");
    sp_history_add_applied(this.history, applied);
    decide(&this, "");
    const GPtrArray *warnings = sp_findings_warnings(this.findings);
    cr_assert_eq(warnings->len, 1);
    cr_assert_str_eq(sp_error_get_place(g_ptr_array_index(warnings, 0))->extension, "gone");
}

/* The digest of the first statements of migration 002. */
static void
add_mark(Shop *this, const char *name, guint n_done, const char *sha256)
{
    SpProgressMark *mark = g_new0(SpProgressMark, 1);
    mark->extension = g_strdup("shop");
    mark->version = 2;
    mark->name = g_strdup(name);
    mark->n_done = n_done;
    mark->sha256 = g_strdup(sha256);
    sp_history_add_mark(this->history, mark);
}

Test(plan, goes_on_behind_the_statements_that_an_interrupted_run_finished)
{
    g_auto(Shop) this = shop_new();
    const SpPrepared *prepared = sp_declared_get_prepared(this.declared, 0);
    const SpScript *script = sp_prepared_get_migration(prepared, 1);
    g_autofree char *digest = sp_statements_digest(sp_script_get_statements(script), 1);
    add_mark(&this, "two", 1, digest);
    cr_assert_eq(decide(&this, "002_two")->n_done, 1);
    cr_assert_eq(sp_findings_refusals(this.findings)->len, 0);
}

typedef struct {
    const char *name, *sha256;
    guint n_done;
} BadMark;

static const BadMark bad_marks[] = {{"two", "other", 1}, {"zwei", "", 1}, {"two", "", 7}};

Test(plan, refuses_a_migration_that_was_edited_while_it_was_half_done)
{
    for (guint i = 0; i < G_N_ELEMENTS(bad_marks); i++) {
        g_auto(Shop) this = shop_new();
        add_mark(&this, bad_marks[i].name, bad_marks[i].n_done, bad_marks[i].sha256);
        decide(&this, "");
        cr_assert_eq(only_refusal(&this)->code, SP_ERROR_MIGRATION_DRIFT);
    }
}

Test(plan, stamps_the_migrations_of_a_fresh_extension_when_it_is_told_to)
{
    g_auto(Shop) this = shop_new();
    this.options.stamps_fresh = TRUE;
    cr_assert(decide(&this, "structural")->is_baseline);
    cr_assert_eq(decide(&this, "001_one")->state, SP_STEP_STAMPED);
    cr_assert_not(decide(&this, "dependent")->is_baseline);
}

Test(plan, takes_no_extension_for_fresh_whose_table_is_there_or_whose_ledger_has_rows)
{
    g_auto(Shop) with_table = shop_new(), with_row = shop_new();
    with_table.options.stamps_fresh = with_row.options.stamps_fresh = TRUE;
    add_object(&with_table, SP_OBJECT_RELATION, "goods");
    add_applied(&with_row, 1, "one", "SELECT 1");
    cr_assert_eq(decide(&with_table, "001_one")->state, SP_STEP_PENDING);
    cr_assert_eq(decide(&with_row, "002_two")->state, SP_STEP_PENDING);
    cr_assert_not(decide(&with_row, "structural")->is_baseline);
}

static Shop
shop_of(const struct sp_extension_vtable *vtable)
{
    static const char *const nothing[] = {NULL};
    Shop this = shop_new();
    g_autoptr(GPtrArray) extensions =
        g_ptr_array_new_with_free_func((GDestroyNotify)sp_extension_unref);
    g_ptr_array_add(extensions, sp_test_extension(vtable));
    sp_declared_free(this.declared);
    this.declared = sp_declared_new(extensions, &(SpDeclaredOptions){.disabled = nothing});
    return this;
}

Test(plan, reconciles_a_migration_whose_text_corrects_the_one_that_was_applied)
{
    static const struct sp_migration migrations[] = {
        {.version = 1, .name = "one", .sql = "-- @supersedes-checksum: e5d864ecb32675ba\nSELECT 2"},
    };
    static const struct sp_extension_vtable corrected = {.id = "shop",
                                                         .migrations = SP_LIST(migrations)};
    g_auto(Shop) this = shop_of(&corrected);
    add_applied(&this, 1, "one", "SELECT 1");
    const SpStep *step = decide(&this, "001_one");
    cr_assert_eq(step->kind, SP_STEP_RECONCILE);
    cr_assert_eq(step->state, SP_STEP_PENDING);
    cr_assert_eq(step->statements->len, 0);
}

Test(plan, passes_over_a_spent_version_whether_it_was_applied_or_not)
{
    static const struct sp_migration migrations[] = {
        {.version = 1, .name = "gone", .flags = SP_MIGRATION_TOMBSTONE},
        {.version = 2, .name = "spent", .flags = SP_MIGRATION_TOMBSTONE},
        {.version = 3, .name = "three", .sql = "SELECT 3"},
    };
    static const struct sp_extension_vtable buried = {.id = "shop",
                                                      .migrations = SP_LIST(migrations)};
    g_auto(Shop) this = shop_of(&buried);
    add_applied(&this, 1, "something_else", "SELECT 1");
    cr_assert_not_null(decide(&this, "003_three"));
    cr_assert_null(decide(&this, "001_gone"));
    cr_assert_null(decide(&this, "002_spent"));
    cr_assert_eq(sp_findings_refusals(this.findings)->len, 0);
    cr_assert_eq(sp_findings_warnings(this.findings)->len, 0);
}
