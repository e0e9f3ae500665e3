/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Runs one step of a plan against the database: one transaction, or statement by statement where
 * there can be none. */
#pragma once

#include "act/retry.h"
#include "base/error.h"

/**
 * Runs a DDL, MIGRATION, RECONCILE or SEED step, and its record in the ledger in the same
 * transaction; structural DDL of a baseline records the migrations of its extension, too. All of it
 * travels to the server together, and is tried again when a lock was not to be had. A second
 * session watches while it takes long.
 * @out_rows: (out): rows that the statements changed
 * Errors: those of sp_session_run() and SP_ERROR_LOCK_TIMEOUT, with extension, source, line,
 * column, phase and statement n of m; SP_ERROR_LEDGER for a record that was no longer there;
 * SP_ERROR_INVALID_INDEX. A transaction that failed left nothing; a migration without a transaction
 * keeps the statements before the one that failed, and goes on with that one.
 */
gboolean sp_unit_run(SpSession *session, const SpStep *step, const SpPatience *patience,
                     guint64 *out_rows, GError **error);

/**
 * Says where a statement that failed stands in the file it came from, and that it is n of m.
 * @statements: (element-type SpStatement): those of its transaction
 */
void sp_unit_place_statement(GError *error, const GPtrArray *statements, guint index);
