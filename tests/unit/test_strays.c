/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/strays.h"

#include "support/findings.h"
#include "support/install.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct sp_schema shop_schemas[] = {
    {.sql = "CREATE TABLE IF NOT EXISTS items (id int);\n"
            "CREATE OR REPLACE VIEW names AS SELECT 1 AS name;",
     .source = "shop.sql"},
};
static const struct sp_migration shop_migrations[] = {
    {.version = 1,
     .name = "one",
     .sql = "CREATE TABLE IF NOT EXISTS first (id int);\n"
            "CREATE TABLE IF NOT EXISTS second (id int);\nCREATE TABLE third (id int);",
     .flags = SP_MIGRATION_NO_TRANSACTION},
};
static const struct sp_extension_vtable shop = {
    .id = "shop", .schemas = SP_LIST(shop_schemas), .migrations = SP_LIST(shop_migrations)};
static const struct sp_schema mail_schemas[] = {
    {.sql = "CREATE TABLE IF NOT EXISTS mails (id int);\n"
            "CREATE TABLE IF NOT EXISTS boxes (id int);",
     .source = "mail.sql"},
};
static const struct sp_extension_vtable mail = {.id = "mail", .schemas = SP_LIST(mail_schemas)};

/* A database that holds what it is told to. */
typedef struct {
    SpDeclared *declared;
    SpHistory *history;
    SpFindings *findings;
} Case;

static Case
case_new(void)
{
    return (Case){
        .declared = sp_test_declared(SP_TEST_VTABLES(&shop, &mail)),
        .history = sp_history_new(),
        .findings = sp_findings_new(),
    };
}

static void
case_clear(Case *this)
{
    sp_findings_free(this->findings);
    sp_history_free(this->history);
    sp_declared_free(this->declared);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Case, case_clear)

static void
has(Case *this, const char *word, const char *name)
{
    g_autoptr(SpObject) object =
        sp_object_new(SP_OBJECT_RELATION, word, "public", name, NULL, NULL);
    sp_history_add_object(this->history, object);
}

/* @holder: (nullable) */
static void
has_stray(Case *this, const char *word, const char *name, const char *holder)
{
    SpStray *stray = g_new0(SpStray, 1);
    has(this, word, name);
    stray->object = sp_object_new(SP_OBJECT_RELATION, word, "public", name, NULL, NULL);
    stray->word = g_strdup(word);
    stray->role = g_strdup("somebody");
    stray->holder = g_strdup(holder);
    sp_history_add_stray(this->history, stray);
}

/* Decides, and compares what is refused: "items names shop" names what stands in each problem. */
static void
expect(Case *this, const char *const *parts)
{
    g_autoptr(SpPlan) plan =
        sp_plan_new(this->declared, this->history, &(SpPlanOptions){FALSE}, this->findings);
    sp_strays_refuse(plan, this->history, this->findings);
    const GPtrArray *refusals = sp_findings_refusals(this->findings);
    cr_assert_eq(refusals->len, g_strv_length((char **)parts), "%u refusals", refusals->len);
    for (guint i = 0; i < refusals->len; i++) {
        const GError *error = g_ptr_array_index(refusals, i);
        cr_expect_eq(error->code, SP_ERROR_NOT_OWNED);
        cr_expect_not_null(strstr(error->message, parts[i]), "%s", error->message);
    }
}

#define EXPECT(this, ...) expect(this, (const char *const[]){__VA_ARGS__, NULL})

Test(strays, are_none_where_all_is_made)
{
    g_auto(Case) this = case_new();
    has(&this, "table", "items");
    has(&this, "view", "names");
    expect(&this, (const char *const[]){NULL});
}

Test(strays, are_told_one_by_one_beside_what_is_own)
{
    g_auto(Case) this = case_new();
    has(&this, "table", "items");
    has_stray(&this, "view", "names", NULL);
    has_stray(&this, "table", "first", NULL);
    EXPECT(&this, "table \"first\"", "view \"names\"");
}

Test(strays, of_one_extension_with_nothing_of_its_own_are_one_problem)
{
    g_auto(Case) this = case_new();
    has_stray(&this, "table", "items", NULL);
    has_stray(&this, "view", "names", NULL);
    EXPECT(&this, "2 objects of extension \"shop\"");
    const GError *error = g_ptr_array_index(sp_findings_refusals(this.findings), 0);
    cr_expect_not_null(strstr(sp_error_hint(error), "migrate adopt shop --all --apply"));
}

Test(strays, of_several_such_extensions_are_one_problem)
{
    g_auto(Case) this = case_new();
    has_stray(&this, "table", "items", NULL);
    has_stray(&this, "view", "names", NULL);
    has_stray(&this, "table", "mails", NULL);
    has_stray(&this, "table", "boxes", NULL);
    EXPECT(&this, "4 objects of 2 extensions");
}

Test(strays, that_another_extension_holds_are_told_one_by_one)
{
    g_auto(Case) this = case_new();
    has_stray(&this, "table", "items", "older");
    has_stray(&this, "view", "names", NULL);
    EXPECT(&this, "table \"items\"", "view \"names\"");
}

/* Pending all the same, since one of its tables is gone. */
Test(strays, are_none_in_a_schema_that_ran_as_it_is)
{
    g_auto(Case) this = case_new();
    const SpPrepared *prepared = sp_declared_get_prepared(this.declared, 0);
    cr_assert_str_eq(sp_extension_get_id(sp_prepared_get_extension(prepared)), "mail");
    has_stray(&this, "table", "mails", NULL);
    sp_history_add_digest(this.history, "mail", "structural",
                          sp_prepared_get_digest(prepared, SP_PHASE_STRUCTURAL));
    expect(&this, (const char *const[]){NULL});
}

Test(strays, are_none_in_what_an_interrupted_migration_has_begun)
{
    g_auto(Case) this = case_new();
    const SpPrepared *prepared = sp_declared_get_prepared(this.declared, 1);
    const SpScript *script = sp_prepared_get_migration(prepared, 0);
    SpProgressMark *mark = g_new0(SpProgressMark, 1);
    mark->extension = g_strdup("shop");
    mark->version = 1;
    mark->name = g_strdup("one");
    mark->sha256 = sp_statements_digest(sp_script_get_statements(script), 0);
    sp_history_add_mark(this.history, mark);
    has_stray(&this, "table", "first", NULL);
    has_stray(&this, "table", "second", NULL);
    EXPECT(&this, "table \"second\"");
}

Test(strays, in_the_way_of_a_migration_without_if_not_exists_fail_by_themselves)
{
    g_auto(Case) this = case_new();
    has_stray(&this, "table", "third", NULL);
    expect(&this, (const char *const[]){NULL});
}
