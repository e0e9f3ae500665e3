/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/word.h"

#include <string.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

typedef struct {
    const char *first, *rest; /* which characters; NULL for any */
    gsize max;                /* bytes of each part */
    guint max_parts;
    const char *rule;
} Kind;

static const Kind kinds[SP_N_WORDS] = {
    [SP_WORD_ID] = {LOWER, LOWER DIGITS "_-", 63, 1,
                    "It begins with a-z, goes on with a-z, 0-9, \"_\" and \"-\", and has at most "
                    "63 characters."},
    [SP_WORD_MIGRATION_NAME] = {LOWER DIGITS "_", LOWER DIGITS "_", 200, 1,
                                "It consists of a-z, 0-9 and \"_\", and has at most 200 "
                                "characters."},
    [SP_WORD_SEED_ID] = {LOWER DIGITS "_-", LOWER DIGITS "_-", 200, 1,
                         "It consists of a-z, 0-9, \"_\" and \"-\", and has at most 200 "
                         "characters."},
    [SP_WORD_IDENTIFIER] = {NULL, NULL, 63, 1, "A name in PostgreSQL has 1 to 63 bytes."},
    [SP_WORD_TABLE] = {NULL, NULL, 63, 2,
                       "It is \"table\" or \"namespace.table\", of 1 to 63 bytes each."},
};

static gboolean
part_fits(const Kind *kind, const char *text)
{
    gsize length = strlen(text);
    if (length == 0 || length > kind->max)
        return FALSE;
    return kind->first == NULL ||
           (strchr(kind->first, *text) != NULL && strspn(text, kind->rest) == length);
}

gboolean
sp_word_fits(SpWord word, const char *text)
{
    const Kind *kind = &kinds[word];
    if (kind->max_parts == 1)
        return part_fits(kind, text);
    g_auto(GStrv) parts = g_strsplit(text, ".", (gint)kind->max_parts + 1);
    guint n = g_strv_length(parts);
    gboolean do_all_fit = n > 0 && n <= kind->max_parts;
    for (guint i = 0; i < n && do_all_fit; i++)
        do_all_fit = part_fits(kind, parts[i]);
    return do_all_fit;
}

const char *
sp_word_rule(SpWord word)
{
    return kinds[word].rule;
}
