/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The proof of extensions: all trials, one after the other in one database. */
#pragma once

#include "act/trial.h"

typedef struct SpProof SpProof;

/**
 * Runs the trials, each only when the one before went well.
 * @conninfo: of an empty database, which is written to
 * @declared: not refused
 * @given: (element-type SpExtension): those of it that are judged; the others are only installed
 * Errors: SP_ERROR_CONNECT, SP_ERROR_CONNECTION_LOST; what an extension did wrong is a finding
 */
SpProof *sp_proof_new(const char *conninfo, const SpDeclared *declared, const GPtrArray *given,
                      GError **error);
void sp_proof_free(SpProof *proof);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpProof, sp_proof_free)

/**
 * What a trial found. Refusals: what the server refused (statement-failed and the like), at its
 * place; second-boot-changes; down-up-differs. Notes: a migration that was not tried because other
 * extensions use what it makes.
 */
const SpFindings *sp_proof_get_findings(const SpProof *proof, SpTrial trial);
/** Whether the trial of that extension came to its end; what was refused may have ended it before.
 */
gboolean sp_proof_is_reached(const SpProof *proof, SpTrial trial, const char *extension);
/** Of all extensions; 0 when it was not begun. */
gint64 sp_proof_get_duration_us(const SpProof *proof, SpTrial trial);
/** How many statements of an extension the install ran, and how many of its migrations went down
 * and up. */
guint sp_proof_get_n_statements(const SpProof *proof, const char *extension);
guint sp_proof_get_n_undone(const SpProof *proof, const char *extension);
