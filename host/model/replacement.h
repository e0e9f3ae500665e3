/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What the text of CREATE OR REPLACE alone tells of the result, as far as a change of it needs more
 * than a replacement. */
#pragma once

#include "model/statement.h"

typedef struct {
    const SpObject *object;
    /* (element-type utf8): the columns of a view, or the parameters of a function, by their place;
     * NULL for what the text does not tell, "" for a parameter without name */
    GPtrArray *names;
    gboolean is_whole; /* there are no more columns */
    char *result;      /* (nullable): the type that a function returns; NULL when nothing tells */
    gboolean is_set;   /* it returns many of them */
} SpReplacement;

/** (transfer full) (nullable): NULL for a statement without tree, and for all but CREATE OR REPLACE
 * of a view or routine. */
SpReplacement *sp_replacement_new(const SpStatement *statement);
void sp_replacement_free(SpReplacement *replacement);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpReplacement, sp_replacement_free)
