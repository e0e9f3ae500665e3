/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/edit.h"

#include "model/checksum.h"
#include "support/findings.h"
#include "support/install.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct sp_migration shop_migrations[] = {
    {.version = 1, .name = "one", .sql = "SELECT 1"},
    {.version = 2, .name = "two", .sql = "SELECT 2", .down_sql = "SELECT -2"},
    {.version = 3, .name = "three", .sql = "SELECT 3", .down_sql = "SELECT -3; SELECT -3"},
    {.version = 4, .name = "four", .sql = "VACUUM", .flags = SP_MIGRATION_NO_TRANSACTION},
    {.version = 5, .name = "five", .flags = SP_MIGRATION_TOMBSTONE},
};
static const struct sp_extension_vtable shop = {
    .id = "shop",
    .migrations = SP_LIST(shop_migrations),
};
static const struct sp_extension_vtable other = {.id = "other"};

/* A database that holds what it is told to. */
typedef struct {
    SpDeclared *declared;
    SpHistory *history;
    SpFindings *findings;
    GPtrArray *edits;
} Case;

static Case
case_new(void)
{
    return (Case){
        .declared = sp_test_declared(SP_TEST_VTABLES(&shop, &other)),
        .history = sp_history_new(),
        .findings = sp_findings_new(),
    };
}

static void
case_clear(Case *this)
{
    g_clear_pointer(&this->edits, g_ptr_array_unref);
    sp_findings_free(this->findings);
    sp_history_free(this->history);
    sp_declared_free(this->declared);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Case, case_clear)

static void
apply(Case *this, guint version, const char *name, const char *sql)
{
    SpApplied *applied = g_new0(SpApplied, 1);
    applied->extension = g_strdup("shop");
    applied->version = version;
    applied->name = g_strdup(name);
    applied->checksum = sp_checksum_xxh64(sql);
    applied->sha256 = sp_checksum_sha256(sql);
    applied->applied_at = g_strdup("2026-01-01T00:00:00Z");
    sp_history_add_applied(this->history, applied);
}

static void
apply_first(Case *this, guint n)
{
    for (guint i = 0; i < n; i++)
        apply(this, shop_migrations[i].version, shop_migrations[i].name, shop_migrations[i].sql);
}

typedef GPtrArray *(*EditsFunc)(const SpDeclared *, const SpHistory *, const SpEditRequest *,
                                SpFindings *);

/* Decides, and compares the edits, "down 003_three rerun 001_one", and the codes of refusals. */
static void
expect(Case *this, EditsFunc decide, SpEditRequest request, const char *edits, const char *codes)
{
    g_autoptr(GString) text = g_string_new(NULL);
    this->edits = decide(this->declared, this->history, &request, this->findings);
    for (guint i = 0; i < this->edits->len; i++) {
        const SpEdit *edit = g_ptr_array_index(this->edits, i);
        g_string_append_printf(text, "%s%s %s", i > 0 ? " " : "", sp_edit_kind_nick(edit->kind),
                               edit->name);
    }
    g_autofree char *found = sp_test_codes(sp_findings_refusals(this->findings));
    cr_expect_str_eq(text->str, edits);
    cr_expect_str_eq(found, codes);
}

#define DOWN(n) ((SpEditRequest){.extension = "shop", .count = (n)})
#define VERSION(n) ((SpEditRequest){.extension = "shop", .version = (n)})

Test(edit, undoes_the_newest_first)
{
    g_auto(Case) this = case_new();
    apply_first(&this, 3);
    expect(&this, sp_edits_down, DOWN(2), "down 003_three down 002_two", "");
    const SpEdit *edit = g_ptr_array_index(this.edits, 0);
    cr_expect_eq(edit->statements->len, 2);
    cr_expect_eq(edit->state, SP_STEP_PENDING);
    cr_expect_str_eq(edit->source, "migration 003_three (down)");
    cr_expect_eq(sp_edit_get_migration(edit)->version, 3);
}

Test(edit, skips_what_is_not_applied_when_it_counts_the_newest)
{
    g_auto(Case) this = case_new();
    apply_first(&this, 2);
    expect(&this, sp_edits_down, DOWN(1), "down 002_two", "");
}

Test(edit, undoes_nothing_that_cannot_be_undone)
{
    g_auto(Case) this = case_new();
    apply_first(&this, 3);
    expect(&this, sp_edits_down, DOWN(3), "down 003_three down 002_two",
           "migration-not-reversible");
    const GError *error = sp_test_only(sp_findings_refusals(this.findings));
    cr_expect_str_eq(sp_error_get_place(error)->source, "migration 001_one");
    cr_expect_str_eq(sp_error_get_place(error)->extension, "shop");
    cr_expect_str_eq(sp_error_get_place(error)->path, "/plugins/shop.so");
}

Test(edit, reports_everything_that_keeps_it_from_undoing)
{
    g_auto(Case) this = case_new();
    apply(&this, 1, "uno", "SELECT 1");
    apply(&this, 2, "two", "SELECT 22");
    apply(&this, 5, "five", "SELECT 5");
    apply(&this, 9, "nine", "SELECT 9");
    expect(&this, sp_edits_down, DOWN(5), "",
           "migration-unknown migration-not-reversible migration-drift migration-slot-reused "
           "migration-unknown");
}

Test(edit, says_how_many_there_are_to_undo)
{
    g_auto(Case) this = case_new();
    apply(&this, 3, "three", "SELECT 3");
    expect(&this, sp_edits_down, DOWN(2), "down 003_three", "migration-unknown");
    const GError *error = sp_test_only(sp_findings_refusals(this.findings));
    cr_expect_not_null(strstr(sp_error_detail(error), "has 1 of them; 2 were"), "%s",
                       sp_error_detail(error));
}

static const EditsFunc tools[] = {sp_edits_down, sp_edits_repair, sp_edits_mark};

Test(edit, refuses_an_extension_that_is_not_enabled_and_names_those_that_are)
{
    for (guint i = 0; i < G_N_ELEMENTS(tools); i++) {
        g_auto(Case) this = case_new();
        expect(&this, tools[i], (SpEditRequest){.extension = "shops", .count = 1}, "",
               "migration-unknown");
        const GError *error = sp_test_only(sp_findings_refusals(this.findings));
        cr_expect_not_null(strstr(sp_error_detail(error), "\"other\", \"shop\"."), "%s",
                           sp_error_detail(error));
    }
}

Test(edit, repairs_what_has_drifted_and_nothing_else)
{
    g_auto(Case) this = case_new();
    apply(&this, 1, "one", "SELECT 1");
    apply(&this, 2, "two", "SELECT 22");
    apply(&this, 9, "nine", "SELECT 9");
    expect(&this, sp_edits_repair, (SpEditRequest){0}, "rerun 002_two", "");
    const SpEdit *edit = g_ptr_array_index(this.edits, 0);
    g_autofree char *recorded = sp_checksum_xxh64("SELECT 22");
    cr_expect_str_eq(edit->checksum, recorded);
    cr_expect_eq(edit->statements->len, 1);
}

Test(edit, repairs_only_the_extension_that_is_named)
{
    g_auto(Case) this = case_new();
    apply(&this, 2, "two", "SELECT 22");
    expect(&this, sp_edits_repair, (SpEditRequest){.extension = "other"}, "", "");
}

Test(edit, reconciles_without_statements_what_has_no_transaction)
{
    g_auto(Case) this = case_new();
    apply(&this, 2, "two", "SELECT 22");
    apply(&this, 4, "four", "ANALYZE");
    expect(&this, sp_edits_repair, (SpEditRequest){.reconciles_only = TRUE},
           "reconcile 002_two reconcile 004_four", "");
    const SpEdit *edit = g_ptr_array_index(this.edits, 0);
    cr_expect_eq(edit->statements->len, 0);
}

Test(edit, runs_nothing_again_that_has_no_transaction)
{
    g_auto(Case) this = case_new();
    apply(&this, 4, "four", "ANALYZE");
    expect(&this, sp_edits_repair, (SpEditRequest){0}, "", "migration-drift");
    const GError *error = sp_test_only(sp_findings_refusals(this.findings));
    cr_expect_not_null(strstr(sp_error_hint(error), "--reconcile-only"));
}

Test(edit, never_repairs_a_version_that_was_used_by_another_migration)
{
    g_auto(Case) this = case_new();
    apply(&this, 2, "zwei", "SELECT 2");
    expect(&this, sp_edits_repair, (SpEditRequest){.reconciles_only = TRUE}, "",
           "migration-slot-reused");
}

Test(edit, finds_nothing_to_repair_in_a_text_that_says_which_one_it_corrects)
{
    g_autofree char *recorded = sp_checksum_xxh64("SELECT 0");
    g_autofree char *sql = g_strdup_printf("-- @supersedes-checksum: %s\nSELECT 1", recorded);
    const struct sp_extension_vtable vtable = {
        .id = "shop",
        .migrations = SP_TEST_LIST(struct sp_migration, {.version = 1, .name = "one", .sql = sql}),
    };
    g_auto(Case) this = case_new();
    sp_declared_free(this.declared);
    this.declared = sp_test_declared(SP_TEST_VTABLES(&vtable));
    apply(&this, 1, "one", "SELECT 0");
    expect(&this, sp_edits_repair, (SpEditRequest){0}, "", "");
}

Test(edit, marks_one_version)
{
    g_auto(Case) this = case_new();
    expect(&this, sp_edits_mark, VERSION(4), "mark-applied 004_four", "");
}

static const struct {
    guint version;
    const char *code;
} unmarkable[] = {
    {0, "migration-unknown"},  {6, "migration-unknown"},  {5, "migration-unknown"},
    {9, "migration-unknown"},  {1, "migration-recorded"}, {2, "migration-recorded"},
    {3, "migration-recorded"},
};

Test(edit, marks_no_version_that_is_undeclared_spent_or_recorded)
{
    for (guint i = 0; i < G_N_ELEMENTS(unmarkable); i++) {
        g_auto(Case) this = case_new();
        apply(&this, 1, "one", "SELECT 1");
        apply(&this, 2, "two", "SELECT 22");
        apply(&this, 3, "drei", "SELECT 3");
        apply(&this, 9, "nine", "SELECT 9");
        expect(&this, sp_edits_mark, VERSION(unmarkable[i].version), "", unmarkable[i].code);
    }
}
