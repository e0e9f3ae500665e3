/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Asks the catalog for the tables that a plan touches. */
#pragma once

#include "edge/session.h"
#include "model/plan.h"
#include "model/tables.h"

/**
 * Reads, in one query, size, rows and columns of every table that a pending step names or whose
 * index it names. Writes nothing; works on a standby and with a role that may only read. Errors:
 * those of the session.
 */
SpTables *sp_sizes_read(SpSession *session, const SpPlan *plan, GError **error);
