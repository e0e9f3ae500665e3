/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Which words may stand where an extension names itself, its parts or a table. */
#pragma once

#include <glib.h>

typedef enum {
    SP_WORD_ID, /* of an extension */
    SP_WORD_MIGRATION_NAME,
    SP_WORD_SEED_ID,
    SP_WORD_IDENTIFIER, /* of a database: any 1 to 63 bytes, for PostgreSQL cuts longer names */
    SP_WORD_TABLE,      /* "table" or "namespace.table", each part an identifier */
    SP_N_WORDS
} SpWord;

gboolean sp_word_fits(SpWord kind, const char *text);
/** The rule in a full sentence, for the detail of a refusal. */
const char *sp_word_rule(SpWord kind);
