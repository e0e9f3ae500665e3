/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/fingerprint.h"

#include <criterion/criterion.h>

static void
add(SpFingerprint *fingerprint, const char *kind, const char *identity, const char *definition)
{
    const SpImprint imprint = {kind, identity, identity, definition};
    sp_fingerprint_add(fingerprint, &imprint);
}

/* (transfer full): "missing table a, extra index b" */
static char *
compare(const SpFingerprint *before, const SpFingerprint *after)
{
    g_autoptr(GPtrArray) differences = sp_fingerprint_compare(before, after);
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < differences->len; i++) {
        const SpDifference *difference = g_ptr_array_index(differences, i);
        const SpImprint *object = sp_difference_get_object(difference);
        g_string_append_printf(text, "%s%s %s %s", i > 0 ? ", " : "",
                               sp_difference_kind_nick(difference->kind), object->kind,
                               object->identity);
        cr_expect_eq(difference->before == NULL, difference->kind == SP_DIFFERENCE_EXTRA);
        cr_expect_eq(difference->after == NULL, difference->kind == SP_DIFFERENCE_MISSING);
    }
    return g_string_free(text, FALSE);
}

Test(fingerprint, finds_what_is_missing_extra_and_altered_in_byte_order)
{
    g_autoptr(SpFingerprint) before = sp_fingerprint_new();
    g_autoptr(SpFingerprint) after = sp_fingerprint_new();
    add(before, "table", "public.b", "r");
    add(before, "table", "public.a", "r");
    add(before, "index", "public.a", "btree");
    add(after, "table", "public.a", "p");
    add(after, "index", "public.a", "btree");
    add(after, "view", "public.v", "SELECT 1");
    g_autofree char *text = compare(before, after);
    cr_expect_str_eq(text, "altered table public.a, missing table public.b, extra view public.v");
}

Test(fingerprint, does_not_care_for_the_order_of_objects)
{
    g_autoptr(SpFingerprint) before = sp_fingerprint_new();
    g_autoptr(SpFingerprint) after = sp_fingerprint_new();
    add(before, "table column", "public.a.x", "int");
    add(before, "table column", "public.a.y", "int");
    add(after, "table column", "public.a.y", "int");
    add(after, "table column", "public.a.x", "int");
    g_autofree char *text = compare(before, after);
    cr_expect_str_eq(text, "");
}

Test(fingerprint, keeps_the_later_of_two_definitions)
{
    g_autoptr(SpFingerprint) fingerprint = sp_fingerprint_new();
    add(fingerprint, "table", "public.a", "old");
    add(fingerprint, "table", "public.a", "new");
    cr_assert_eq(sp_fingerprint_get_n(fingerprint), 1);
    cr_expect_str_eq(sp_fingerprint_find(fingerprint, "table", "public.a")->definition, "new");
    cr_expect_null(sp_fingerprint_find(fingerprint, "index", "public.a"));
}
