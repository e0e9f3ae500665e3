/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Directives: comment lines "-- @word" at the top of a migration that say how it is to be treated.
 * They are part of its text, so they travel in every plugin. */
#pragma once

#include "base/findings.h"

#include <glib.h>

/** One "-- @allow: CODE REASON": the author knows of a hazard and says why it is none. */
typedef struct {
    const char *code;
    const char *reason;
} SpAllowance;

/** What the directives of one text say. Owned by the extension that they were read for. */
typedef struct {
    gboolean no_transaction;    /* -- @no-transaction */
    guint statement_timeout_ms; /* -- @statement-timeout: 30s; 0 when there is none */
    guint grammar;              /* -- @grammar: 17; a major version of PostgreSQL, or 0 */
    const GPtrArray
        *supersedes; /* (element-type utf8): -- @supersedes-checksum: 16 hex digits; repeatable */
    const GPtrArray *allowances; /* (element-type SpAllowance): repeatable */
} SpDirectives;

/**
 * Reads the directives in the comment and blank lines at the top of @text, in any order. Refuses,
 * each with source and line (SP_ERROR_DIRECTIVE): one that does not exist, a value that does not
 * fit, any of them in a text that is no migration, and a known one further down, where it would be
 * overlooked in silence. Returns: (transfer full): also when something was refused
 */
SpDirectives *sp_directives_read(const char *text, const char *source, gboolean is_migration,
                                 SpFindings *findings);
void sp_directives_free(SpDirectives *directives);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpDirectives, sp_directives_free)

/** (nullable): the reason why the author allows @code; NULL when it is not allowed. */
const char *sp_directives_find_allowance(const SpDirectives *directives, const char *code);
