/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Which statements of one extension's schemas have to run before which. */
#pragma once

#include "model/statement.h"

typedef struct SpNeeds SpNeeds;

/** @statements: (element-type SpStatement): of all schemas of one extension, in source order; must
 * outlive the value and stay as they are */
SpNeeds *sp_needs_new(const GPtrArray *statements);
void sp_needs_free(SpNeeds *needs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpNeeds, sp_needs_free)

/**
 * The statements that make what statement @index names: the relations, the types, the functions
 * that it calls, and of a structural function in SQL what its body names, which the server checks.
 * Of functions with one name, all, since only the server knows which is meant. What stands in a
 * body of another language is not seen. A DROP of what the statement makes, that stands before it,
 * counts too. Returns: (transfer none) (element-type guint): in no order, without @index
 */
const GArray *sp_needs_get(SpNeeds *needs, guint index);
