/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Whether the server is as new as the migrations that are to run say they need it. */
#pragma once

#include "model/edit.h"

/**
 * Refuses, in @findings, each migration that is to run and whose "-- @grammar" the server does not
 * know (SP_ERROR_SERVER_TOO_OLD). @steps: (element-type SpStep)
 * @server: as libpq gives it: 150018 for 15.18
 */
void sp_grammar_check_steps(const GPtrArray *steps, guint server, SpFindings *findings);
/** Likewise of what is undone or runs again. @edits: (element-type SpEdit) */
void sp_grammar_check_edits(const GPtrArray *edits, guint server, SpFindings *findings);
