/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Which rebuilds an install would make, as far as it can be told without trying. */
#pragma once

#include "edge/session.h"
#include "model/declared.h"
#include "model/plan.h"

/**
 * Puts the rebuilds (see act/rebuild.h) into the steps of @plan that names tell: a view loses a
 * column or calls it otherwise, a function returns another type or calls a parameter otherwise.
 * Other types of columns show only when the view is made. Only reads; in one round trip, and one
 * more for each rebuild.
 * @declared: with trees
 * @findings: a warning (cannot-rebuild) for each that an install could not make
 */
gboolean sp_foresight_add(SpSession *session, const SpDeclared *declared, const SpPlan *plan,
                          SpFindings *findings, GError **error);
