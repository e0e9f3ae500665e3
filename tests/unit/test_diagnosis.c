/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/diagnosis.h"

#include <criterion/criterion.h>
#include <string.h>

static SpFingerprint *
fingerprint_of(const SpImprint *imprints, guint n)
{
    SpFingerprint *fingerprint = sp_fingerprint_new();
    for (guint i = 0; i < n; i++)
        sp_fingerprint_add(fingerprint, &imprints[i]);
    return fingerprint;
}

#define NOTHING fingerprint_of(NULL, 0)
#define FINGERPRINT(...)                             \
    fingerprint_of((const SpImprint[]){__VA_ARGS__}, \
                   sizeof((const SpImprint[]){__VA_ARGS__}) / sizeof(SpImprint))

#define TABLE                                          \
    {                                                  \
        "table", "public.a", "a", "", .extension = "x" \
    }
#define COLUMN(text)                                                                    \
    {                                                                                   \
        "table column", "public.a.n", "n", text, .extension = "x", .parent = "public.a" \
    }
#define SEQUENCE                                                                                  \
    {                                                                                             \
        "sequence", "public.a_n_seq", "a_n_seq", "bigint", .extension = "x", .parent = "public.a" \
    }
#define KEY                                                                                  \
    {                                                                                        \
        "table constraint", "a_key on public.a", "a_key", "UNIQUE (n)", .extension = "x",    \
                                                                        .parent = "public.a" \
    }
#define KEY_INDEX                                                                 \
    {                                                                             \
        "index", "public.a_key", "a_key", "OF A CONSTRAINT", .extension = "x",    \
                                                             .parent = "public.a" \
    }
#define INDEX                                                                            \
    {                                                                                    \
        "index", "public.i", "i", "CREATE INDEX", .extension = "x", .parent = "public.a" \
    }

static GHashTable *
set_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

/* (transfer full): "code identity" of each, joined by commas. @lost: (transfer full) (nullable) */
static char *
compare_with(SpDiagnosis *diagnosis, SpFingerprint *recorded, SpFingerprint *now, char *lost)
{
    g_autoptr(SpFingerprint) before = recorded;
    g_autoptr(SpFingerprint) after = now;
    g_autoptr(GHashTable) leaves_out = set_new();
    g_autoptr(GHashTable) put_back = set_new();
    if (lost != NULL)
        g_hash_table_add(put_back, lost);
    g_hash_table_add(leaves_out, g_strdup("unfinished"));
    sp_diagnosis_compare(diagnosis, before, after, leaves_out, put_back);
    const GPtrArray *troubles = sp_diagnosis_sort(diagnosis);
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < troubles->len; i++) {
        const SpTrouble *trouble = g_ptr_array_index(troubles, i);
        g_string_append_printf(text, "%s%s %s", i > 0 ? ", " : "",
                               sp_error_code_nick(trouble->code), trouble->identity);
    }
    return g_string_free(text, FALSE);
}

static void
assert_found(SpFingerprint *recorded, SpFingerprint *now, const char *expected)
{
    g_autoptr(SpDiagnosis) diagnosis = sp_diagnosis_new();
    g_autofree char *text = compare_with(diagnosis, recorded, now, NULL);
    cr_expect_str_eq(text, expected);
}

Test(diagnosis, tells_missing_altered_and_foreign)
{
    assert_found(FINGERPRINT(TABLE, COLUMN("int")), FINGERPRINT(TABLE, COLUMN("int")), "");
    assert_found(FINGERPRINT(TABLE, COLUMN("int")), FINGERPRINT(TABLE),
                 "object-missing public.a.n");
    assert_found(FINGERPRINT(TABLE), FINGERPRINT(TABLE, COLUMN("int")),
                 "object-foreign public.a.n");
    assert_found(FINGERPRINT(TABLE, COLUMN("int")), FINGERPRINT(TABLE, COLUMN("text")),
                 "object-altered public.a.n");
}

Test(diagnosis, leaves_the_parts_of_what_is_gone_out)
{
    assert_found(FINGERPRINT(TABLE, COLUMN("int"), INDEX, KEY, KEY_INDEX), NOTHING,
                 "object-missing public.a");
}

Test(diagnosis, leaves_out_what_goes_with_a_column_or_a_constraint)
{
    assert_found(FINGERPRINT(TABLE, KEY, KEY_INDEX), FINGERPRINT(TABLE),
                 "object-missing a_key on public.a");
    assert_found(FINGERPRINT(TABLE), FINGERPRINT(TABLE, COLUMN("int"), SEQUENCE),
                 "object-foreign public.a.n");
    assert_found(FINGERPRINT(TABLE, COLUMN("int"), SEQUENCE), FINGERPRINT(TABLE, COLUMN("int")),
                 "object-missing public.a_n_seq");
}

Test(diagnosis, says_nothing_of_extensions_that_are_left_out)
{
    const SpImprint old = {"table", "public.u", "u", "1", .extension = "unfinished"};
    const SpImprint new = {"table", "public.u", "u", "2", .extension = "unfinished"};
    assert_found(fingerprint_of(&old, 1), fingerprint_of(&new, 1), "");
}

Test(diagnosis, does_not_call_altered_what_it_has_a_closer_word_for)
{
    g_autoptr(SpDiagnosis) diagnosis = sp_diagnosis_new();
    sp_diagnosis_add(diagnosis, &(SpTrouble){.code = SP_ERROR_INVALID_INDEX,
                                             .extension = "x",
                                             .kind = "index",
                                             .identity = "public.i"});
    const SpImprint invalid = {"index",          "public.i",          "i", "CREATE INDEX INVALID",
                               .extension = "x", .parent = "public.a"};
    g_autofree char *text =
        compare_with(diagnosis, FINGERPRINT(INDEX), fingerprint_of(&invalid, 1), NULL);
    cr_expect_str_eq(text, "invalid-index public.i");
}

static const char *
only_hint(SpDiagnosis *diagnosis)
{
    const GPtrArray *troubles = sp_diagnosis_sort(diagnosis);
    cr_assert_eq(troubles->len, 1);
    return ((const SpTrouble *)g_ptr_array_index(troubles, 0))->hint;
}

/* What is there and should not be, and the statement of its hint. */
static const struct {
    SpImprint imprint;
    const char *drop;
} drops[] = {
    {COLUMN("int"), "ALTER TABLE public.a DROP COLUMN n;"},
    {KEY, "ALTER TABLE public.a DROP CONSTRAINT a_key;"},
    {INDEX, "DROP INDEX CONCURRENTLY public.i;"},
    {{"trigger", "\"t on\" on public.a", "t on", "", .extension = "x", .parent = "public.a"},
     "DROP TRIGGER \"t on\" on public.a;"},
    {{"function", "public.f(integer)", "f", "", .extension = "x"},
     "DROP FUNCTION public.f(integer);"},
    {{"domain constraint", "d_check on public.d", "d_check", "", .extension = "x",
      .parent = "public.d"},
     "ALTER DOMAIN public.d DROP CONSTRAINT d_check;"},
};

Test(diagnosis, says_how_to_drop_what_is_foreign)
{
    for (guint i = 0; i < G_N_ELEMENTS(drops); i++) {
        g_autoptr(SpDiagnosis) diagnosis = sp_diagnosis_new();
        g_free(compare_with(diagnosis, NOTHING, fingerprint_of(&drops[i].imprint, 1), NULL));
        cr_expect(g_str_has_suffix(only_hint(diagnosis), drops[i].drop), "%s",
                  only_hint(diagnosis));
    }
}

Test(diagnosis, says_whether_an_install_puts_back_what_is_missing)
{
    g_autoptr(SpDiagnosis) lost = sp_diagnosis_new();
    g_autoptr(SpDiagnosis) migrated = sp_diagnosis_new();
    g_free(compare_with(lost, FINGERPRINT(TABLE, INDEX), FINGERPRINT(TABLE),
                        sp_diagnosis_key(NULL, "i")));
    g_free(compare_with(migrated, FINGERPRINT(TABLE, INDEX), FINGERPRINT(TABLE), NULL));
    cr_expect(g_str_has_prefix(only_hint(lost), "Run sp-host install"));
    cr_expect(g_str_has_prefix(only_hint(migrated), "No install"));
}

Test(diagnosis, keeps_what_is_about_some_extensions_or_the_whole_database)
{
    const SpTrouble troubles[] = {
        {.code = SP_ERROR_OBJECT_MISSING, .extension = "x", .kind = "table", .identity = "a"},
        {.code = SP_ERROR_OBJECT_MISSING, .extension = "y", .kind = "table", .identity = "b"},
        {.code = SP_ERROR_OBJECT_FOREIGN, .kind = "table", .identity = "c"},
        {.code = SP_ERROR_NEVER_INSTALLED, .kind = "database", .identity = "d"},
        {.code = SP_ERROR_OBJECT_MISSING, .extension = "x", .kind = "table", .identity = "a"},
    };
    g_autoptr(SpDiagnosis) diagnosis = sp_diagnosis_new();
    for (guint i = 0; i < G_N_ELEMENTS(troubles); i++)
        sp_diagnosis_add(diagnosis, &troubles[i]);
    cr_expect_eq(sp_diagnosis_sort(diagnosis)->len, 4);
    sp_diagnosis_keep(diagnosis, (const char *const[]){"x", NULL});
    const GPtrArray *kept = sp_diagnosis_sort(diagnosis);
    cr_assert_eq(kept->len, 2);
    cr_expect_str_eq(((const SpTrouble *)g_ptr_array_index(kept, 0))->identity, "d");
    cr_expect_str_eq(((const SpTrouble *)g_ptr_array_index(kept, 1))->message,
                     "table \"a\" is missing");
}
