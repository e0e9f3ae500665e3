/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* A view or function whose change CREATE OR REPLACE cannot make: it is dropped with all that
 * depends on it, and all of it made again, in the transaction of its step. */
#pragma once

#include "edge/session.h"
#include "model/declared.h"
#include "model/step.h"

/** Whether the server refused a statement of DDL since OR REPLACE cannot change the columns of a
 * view, or what a function returns and how its parameters are called; or for what looks alike. */
gboolean sp_rebuild_may_help(const SpStep *step, const GError *problem);

/**
 * Puts into @step what rebuilds the object of its statement @index: drops first, deepest first;
 * after the statement the owner, grants, comments and labels that the object had; then what depends
 * on it, as the catalog has it or, where a later statement of the step makes it, after that one.
 * Each statement can be rebuilt once.
 * Returns: FALSE without @error when there is nothing to rebuild
 * Errors: SP_ERROR_CANNOT_REBUILD, naming what would be lost, or is of another extension or of
 * nobody and no view; of an extension with a role, also a view of nobody who has one
 */
gboolean sp_rebuild_expand(SpSession *session, const SpDeclared *declared, SpStep *step,
                           guint index, GError **error);
