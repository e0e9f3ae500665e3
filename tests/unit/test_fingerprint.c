/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/fingerprint.h"

#include <criterion/criterion.h>

static void
add(SpFingerprint *fingerprint, const char *kind, const char *identity, const char *definition)
{
    const SpImprint imprint = {kind, identity, identity, definition, NULL, NULL};
    sp_fingerprint_add(fingerprint, &imprint);
}

static void
add_part(SpFingerprint *fingerprint, const char *kind, const char *name, const char *table,
         const char *definition)
{
    g_autofree char *identity = g_strdup_printf("%s on public.%s", name, table);
    const SpImprint imprint = {kind, identity, name, definition, "public", table};
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

#define CONSTRAINT "table constraint"

Test(fingerprint, does_not_care_for_names_that_postgresql_chose)
{
    g_autoptr(SpFingerprint) before = sp_fingerprint_new();
    g_autoptr(SpFingerprint) after = sp_fingerprint_new();
    add_part(before, CONSTRAINT, "a_x_check", "a", "CHECK (x > 0)");
    add_part(before, CONSTRAINT, "a_x_check1", "a", "CHECK (x < 9)");
    add_part(before, CONSTRAINT, "old_pkey", "a", "PRIMARY KEY (x)");
    add_part(before, "index", "a_x_idx", "a", "CREATE INDEX ON a (x)");
    add_part(before, "index", "a_x_idx1", "a", "CREATE INDEX ON a (x)");
    add_part(after, CONSTRAINT, "a_x_check", "a", "CHECK (x < 9)");
    add_part(after, CONSTRAINT, "a_x_check1", "a", "CHECK (x > 0)");
    add_part(after, CONSTRAINT, "a_pkey", "a", "PRIMARY KEY (x)");
    add_part(after, "index", "a_x_idx3", "a", "CREATE INDEX ON a (x)");
    add_part(after, "index", "a_x_idx2", "a", "CREATE INDEX ON a (x)");
    g_autofree char *text = compare(before, after);
    cr_expect_str_eq(text, "");
}

Test(fingerprint, cares_for_names_that_people_chose_and_for_how_many_there_are)
{
    g_autoptr(SpFingerprint) before = sp_fingerprint_new();
    g_autoptr(SpFingerprint) after = sp_fingerprint_new();
    add_part(before, CONSTRAINT, "positive", "a", "CHECK (x > 0)");
    add_part(before, CONSTRAINT, "a_y_check", "a", "CHECK (y > 0)");
    add_part(before, "index", "a_x_idx", "a", "CREATE INDEX ON a (x)");
    add_part(after, CONSTRAINT, "a_x_check", "a", "CHECK (x > 0)");
    add_part(after, CONSTRAINT, "b_y_check", "b", "CHECK (y > 0)");
    add_part(after, "index", "a_x_idx", "a", "CREATE INDEX ON a (x)");
    add_part(after, "index", "a_x_idx1", "a", "CREATE INDEX ON a (x)");
    g_autofree char *text = compare(before, after);
    cr_expect_str_eq(text, "extra index a_x_idx1 on public.a, "
                           "extra table constraint a_x_check on public.a, "
                           "missing table constraint a_y_check on public.a, "
                           "extra table constraint b_y_check on public.b, "
                           "missing table constraint positive on public.a");
}

Test(fingerprint, tells_what_is_altered_beside_what_only_changed_its_name)
{
    g_autoptr(SpFingerprint) before = sp_fingerprint_new();
    g_autoptr(SpFingerprint) after = sp_fingerprint_new();
    add_part(before, CONSTRAINT, "a_x_check", "a", "CHECK (x > 0)");
    add_part(before, CONSTRAINT, "a_x_check1", "a", "CHECK (x < 9)");
    add_part(after, CONSTRAINT, "a_x_check", "a", "CHECK (x < 9)");
    g_autofree char *text = compare(before, after);
    cr_expect_str_eq(text, "missing table constraint a_x_check on public.a");
}

Test(fingerprint, folds_the_parts_of_a_table_that_is_missing_into_it)
{
    g_autoptr(SpFingerprint) before = sp_fingerprint_new();
    g_autoptr(SpFingerprint) after = sp_fingerprint_new();
    const SpImprint table = {"table", "public.a", "a", "", "public", NULL};
    sp_fingerprint_add(before, &table);
    add_part(before, "table column", "x", "a", "integer");
    add_part(before, "table column", "y", "b", "integer");
    add_part(after, "table column", "y", "b", "bigint");
    add_part(after, "table column", "z", "b", "bigint");
    g_autoptr(GPtrArray) differences = sp_fingerprint_compare(before, after);
    cr_assert_eq(differences->len, 4);
    sp_differences_fold(differences);
    cr_assert_eq(differences->len, 3);
    cr_expect_str_eq(sp_difference_get_object(g_ptr_array_index(differences, 0))->identity,
                     "public.a");
}
