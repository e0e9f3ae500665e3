/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* A step that can be no transaction, and where in its files a step went wrong. */
#pragma once

#include "act/retry.h"
#include "base/error.h"

/** Whether @step runs as one transaction, and so can travel with others. */
gboolean sp_unit_is_transactional(const SpStep *step);

/**
 * Runs a migration without a transaction, and its record in the ledger, statement by statement; one
 * is tried again when a lock was not to be had. A second session watches while it takes long.
 * @out_rows: (out): rows that the statements changed
 * Errors: those of sp_session_run(), SP_ERROR_LOCK_TIMEOUT and SP_ERROR_INVALID_INDEX, with
 * extension, source, line, column, phase and statement n of m. The statements before the one that
 * failed stay done, and the next run goes on with that one.
 */
gboolean sp_unit_run(SpSession *session, const SpStep *step, const SpPatience *patience,
                     guint64 *out_rows, GError **error);

/** Says which step an error is of. */
void sp_unit_place(GError *error, const SpStep *step);
/**
 * Says where a statement that failed stands in the file it came from, and that it is n of m.
 * @statements: (element-type SpStatement): those of its transaction
 */
void sp_unit_place_statement(GError *error, const GPtrArray *statements, guint index);
