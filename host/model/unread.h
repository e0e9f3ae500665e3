/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Texts that this parser cannot read, and a newer server can: what is done with them. What such a
 * text changes is not known before it runs; the guard alone sees it then. */
#pragma once

#include "model/script.h"

/**
 * Decides what becomes of a text that does not parse. Refuses, in @findings: one that names no
 * newer grammar, or that the scanner cannot cut (@problem); one whose grammar the operator does not
 * consent to (SP_ERROR_NEWER_GRAMMAR). One that is taken is warned of (SP_ERROR_GRAMMAR_UNREAD).
 * @sql: without byte order mark
 * @problem: (transfer full): why it does not parse
 * Returns: (transfer full) (nullable) (element-type SpSqlSpan): its statements; NULL when refused
 */
GArray *sp_unread_cut(const SpScriptText *text, const char *sql, GError *problem,
                      SpFindings *findings);

/**
 * Refuses what the words of the statements show and the guard could not undo: transaction control
 * (SP_ERROR_TRANSACTION_CONTROL), what reaches beyond the database or the host's session
 * (SP_ERROR_NOT_ALLOWED), and leaving the role of the extension (SP_ERROR_ROLE_SWITCH).
 * @statements: (element-type SpStatement)
 */
void sp_unread_check(const SpScriptText *text, const GPtrArray *statements, SpFindings *findings);
