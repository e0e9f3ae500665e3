/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Runs one step of a plan against the database: one transaction, or statement by statement where
 * there can be none. */
#pragma once

#include "edge/session.h"
#include "model/plan.h"

/**
 * Runs the statements of a DDL, MIGRATION or SEED step, and its record in the ledger in the same
 * transaction. All of it travels to the server together.
 * @out_rows: (out): rows that the statements changed
 * Errors: those of sp_session_run(), with extension, source, line, column, phase and statement n of
 * m. A transaction that failed left nothing; a migration without a transaction keeps the statements
 * before the one that failed.
 */
gboolean sp_unit_run(SpSession *session, const SpStep *step, guint64 *out_rows, GError **error);
