/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Statements that the host makes itself, beside those of the texts. */
#pragma once

#include "model/statement.h"

/**
 * (transfer full): a statement that stands where @origin does.
 * @tag: static
 * @sql: (transfer full)
 * @object: (nullable): what it makes again as it was, or drops for that, whosever it is; copied.
 * The statement has then that effect alone, and else none.
 */
SpStatement *sp_made_new(const SpStatement *origin, const char *tag, char *sql,
                         const SpObject *object);
/** Says of it what no text shows. @object: copied */
void sp_made_add_effect(SpStatement *statement, SpAction action, const SpObject *object);
void sp_made_free(SpStatement *statement);
