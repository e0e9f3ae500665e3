/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Directives: comment lines "-- @word" at the top of a migration that say how it runs. */
#pragma once

#include "base/findings.h"

#include <glib.h>

/**
 * Reads the directives in the comment and blank lines at the top of @text, in any order. Refuses,
 * each with source and line (SP_ERROR_FOLDER): one that does not exist, any of them in a text that
 * is no migration, and a known one further down, where it would be overlooked in silence.
 *
 * Returns: the flags for struct sp_migration that they set
 */
guint32 sp_directives_read(const char *text, const char *source, gboolean is_migration,
                           SpFindings *findings);
