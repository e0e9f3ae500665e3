/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The one place that writes to stderr or the journal. Everything else may only g_debug(). */
#pragma once

#include <glib.h>

typedef enum { SP_LOG_QUIET, SP_LOG_NORMAL, SP_LOG_VERBOSE } SpLogLevel;

/**
 * Installs the process's log writer: to the journal as structured fields when stderr is the
 * journal, else as text for people, in colour only on a terminal. QUIET keeps errors and warnings,
 * VERBOSE adds debug messages. Call it once.
 */
void sp_log_init(SpLogLevel level);

/** One milestone of the run (journal priority 5). @extension and @phase (nullable) become
 * SP_EXTENSION and SP_PHASE. */
void sp_log_milestone(const char *extension, const char *phase, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/**
 * An error (priority 3) or a warning (priority 4) in full: problem, place, detail, hint, statement.
 * In the journal the problem is MESSAGE and the rest are fields: SP_CODE, SP_DETAIL, SP_HINT,
 * SP_PLUGIN, SP_EXTENSION, SP_PHASE, SP_SOURCE, SP_LINE, SP_COLUMN, SP_STATEMENT, SP_SQLSTATE,
 * SP_SQL.
 */
void sp_log_error(const GError *error);
void sp_log_warning(const GError *error);

/** (transfer full): the text that sp_log_error() shows people, without colour; several lines, the
 * last without newline. */
char *sp_log_format_error(const char *label, const GError *error);
