/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/word.h"

#include <criterion/criterion.h>

typedef struct {
    SpWord kind;
    const char *text;
    gboolean fits;
} WordCase;

static const WordCase cases[] = {
    {SP_WORD_ID, "a", TRUE},
    {SP_WORD_ID, "a-1_b", TRUE},
    {SP_WORD_ID, "", FALSE},
    {SP_WORD_ID, "_a", FALSE},
    {SP_WORD_ID, "a b", FALSE},
    {SP_WORD_ID, "a\n", FALSE},
    {SP_WORD_ID, "../a", FALSE},
    {SP_WORD_MIGRATION_NAME, "001_add", TRUE},
    {SP_WORD_MIGRATION_NAME, "a-b", FALSE},
    {SP_WORD_SEED_ID, "a-b_1", TRUE},
    {SP_WORD_SEED_ID, "a.b", FALSE},
    {SP_WORD_IDENTIFIER, "Any Name.At \"all\"", TRUE},
    {SP_WORD_IDENTIFIER, "", FALSE},
    {SP_WORD_TABLE, "users", TRUE},
    {SP_WORD_TABLE, "billing.invoices", TRUE},
    {SP_WORD_TABLE, "", FALSE},
    {SP_WORD_TABLE, ".", FALSE},
    {SP_WORD_TABLE, ".users", FALSE},
    {SP_WORD_TABLE, "a.b.c", FALSE},
};

Test(word, fits_its_rule_or_does_not)
{
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
        cr_assert_eq(sp_word_fits(cases[i].kind, cases[i].text), cases[i].fits, "%u \"%s\"",
                     cases[i].kind, cases[i].text);
}

typedef struct {
    SpWord kind;
    gsize max;
} Limit;

static const Limit limits[] = {{SP_WORD_ID, 63},
                               {SP_WORD_MIGRATION_NAME, 200},
                               {SP_WORD_SEED_ID, 200},
                               {SP_WORD_IDENTIFIER, 63},
                               {SP_WORD_TABLE, 63}};

Test(word, has_a_limit_that_its_rule_names)
{
    for (guint i = 0; i < G_N_ELEMENTS(limits); i++) {
        g_autofree char *text = g_strnfill(limits[i].max + 1, 'a');
        g_autofree char *number = g_strdup_printf("%" G_GSIZE_FORMAT, limits[i].max);
        cr_assert_not(sp_word_fits(limits[i].kind, text));
        text[limits[i].max] = '\0';
        cr_assert(sp_word_fits(limits[i].kind, text));
        cr_assert(strstr(sp_word_rule(limits[i].kind), number));
    }
}
