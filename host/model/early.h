/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Functions that tables need: they have to be there early, with the tables. */
#pragma once

#include "model/statement.h"

/**
 * Moves routines of the dependent phase that a structural statement calls (in a DEFAULT, a CHECK, a
 * generated column, a domain), directly or through the arguments and body of another such routine,
 * to the structural phase. There they run in source order, so a function stands before the table
 * that needs it. What stands in a body that is a text is not seen.
 * @statements: (element-type SpStatement): of all schemas of one extension, in source order
 */
void sp_early_move(const GPtrArray *statements);
