/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Statements that the host makes itself, beside those of the texts. */
#pragma once

#include "model/statement.h"

/**
 * (transfer full): a statement without effects, that stands where @origin does.
 * @tag: static
 * @sql: (transfer full)
 */
SpStatement *sp_made_new(const SpStatement *origin, const char *tag, char *sql);
/** Says what it does to an object, which is copied. */
void sp_made_touch(SpStatement *statement, SpAction action, const SpObject *object);
void sp_made_free(SpStatement *statement);
