/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* A step that can be no transaction. */
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
