/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/divergence.h"

#include "support/world.h"

#include <criterion/criterion.h>
#include <string.h>

typedef struct sp_extension_vtable Vtable;

static const Vtable shop = {
    .id = "shop",
    .schemas = SCHEMA("CREATE SCHEMA IF NOT EXISTS s;\n"
                      "CREATE TABLE IF NOT EXISTS s.items (id int);\n"
                      "CREATE DOMAIN amount AS int;\n"
                      "CREATE INDEX IF NOT EXISTS items_by_id ON s.items (id);\n"
                      "CREATE OR REPLACE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'"),
    .migrations = MIGRATION("CREATE TABLE made (id int)"),
};
static const Vtable closed = {
    .id = "closed",
    .schemas = SCHEMA("CREATE TABLE IF NOT EXISTS old (id int)"),
};

/* One object that only the second road has: who is said to own it, and in which line. */
static const struct {
    SpImprint imprint;
    const char *found; /* "extension source:line", or "note" */
} cases[] = {
    {{"table", "s.items", "items", "", "s", NULL}, "shop schema.sql:2"},
    {{"table column", "s.items.id", "id", "integer", "s", "items"}, "shop schema.sql:2"},
    {{"table constraint", "k on s.items", "k", "CHECK (true)", "s", "items"}, "shop schema.sql:2"},
    {{"index", "s.items_by_id", "items_by_id", "", "s", "items"}, "shop schema.sql:4"},
    {{"index", "s.other", "other", "", "s", "items"}, "shop schema.sql:2"},
    {{"rows of table", "s.items", "items", "3", "s", "items"}, "shop schema.sql:2"},
    {{"domain constraint", "c on amount", "c", "", "public", "amount"}, "shop schema.sql:3"},
    {{"function", "public.f(integer)", "f", "", "public", NULL}, "shop schema.sql:5"},
    {{"schema", "s", "s", "", NULL, NULL}, "shop schema.sql:1"},
    {{"table", "public.made", "made", "", "public", NULL}, "shop migration.sql:1"},
    {{"table", "public.items", "items", "", "public", NULL}, "(null) (null):0"},
    {{"cast", "(a AS b)", "(a AS b)", "", NULL, NULL}, "(null) (null):0"},
    {{"table", "public.old", "old", "", "public", NULL}, "note"},
};

static char *
find(const World *now, const World *then, const SpImprint *imprint)
{
    g_autoptr(SpFingerprint) expected = sp_fingerprint_new();
    g_autoptr(SpFingerprint) found = sp_fingerprint_new();
    g_autoptr(SpCreations) creations = sp_creations_new(now->prepared);
    g_autoptr(SpCreations) older = sp_creations_new(then->prepared);
    g_autoptr(SpFindings) findings = sp_findings_new();
    const SpOwners owners = {now->registry, creations, older};
    sp_fingerprint_add(found, imprint);
    sp_divergences_find(&(SpArrival){"straight", expected}, &(SpArrival){"winding", found}, &owners,
                        SP_ERROR_ROADS_DIFFER, "Go straight.", findings);
    const GPtrArray *refusals = sp_findings_refusals(findings);
    cr_assert_eq(refusals->len + sp_findings_notes(findings)->len, 1);
    if (refusals->len == 0)
        return g_strdup("note");
    const GError *error = g_ptr_array_index(refusals, 0);
    const SpPlace *place = sp_error_get_place(error);
    cr_expect_eq(error->code, SP_ERROR_ROADS_DIFFER);
    cr_expect_eq(place->path != NULL, place->extension != NULL);
    return g_strdup_printf("%s %s:%u", place->extension, place->source, place->line);
}

Test(divergence, is_said_to_whoever_owns_the_object)
{
    g_autoptr(World) now = WORLD(&shop);
    g_autoptr(World) then = WORLD(&shop, &closed);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = find(now, then, &cases[i].imprint);
        cr_expect_str_eq(text, cases[i].found, "%s %s: %s", cases[i].imprint.kind,
                         cases[i].imprint.identity, text);
    }
}

Test(divergence, shows_both_sides_and_gives_its_hint_once)
{
    g_autoptr(World) now = WORLD(&shop);
    g_autoptr(SpFingerprint) expected = sp_fingerprint_new();
    g_autoptr(SpFingerprint) found = sp_fingerprint_new();
    g_autoptr(SpCreations) creations = sp_creations_new(now->prepared);
    g_autoptr(SpFindings) findings = sp_findings_new();
    sp_fingerprint_add(expected, &(SpImprint){"type", "t", "t", "'a','b'", NULL, NULL});
    sp_fingerprint_add(found, &(SpImprint){"type", "t", "t", "'b','a'", NULL, NULL});
    sp_fingerprint_add(found, &(SpImprint){"type", "u", "u", "", NULL, NULL});
    sp_divergences_find(&(SpArrival){"straight", expected}, &(SpArrival){"winding", found},
                        &(SpOwners){now->registry, creations, NULL}, SP_ERROR_ROADS_DIFFER,
                        "Go straight.", findings);
    const GPtrArray *refusals = sp_findings_refusals(findings);
    cr_assert_eq(refusals->len, 2);
    const GError *first = g_ptr_array_index(refusals, 0);
    cr_expect_not_null(strstr(sp_error_detail(first), "\"straight\": 'a','b'"));
    cr_expect_not_null(strstr(sp_error_detail(first), "\"winding\": 'b','a'"));
    cr_expect_not_null(sp_error_hint(first));
    cr_expect_null(sp_error_hint(g_ptr_array_index(refusals, 1)));
}
