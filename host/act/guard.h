/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The guard: whether a transaction kept to what its extension owns and declares, asked of the
 * server right before the COMMIT. It sees what no reading of SQL can: what DO, EXECUTE, functions,
 * triggers and CASCADE did. */
#pragma once

#include "act/ledger.h"

/** What the guards of transactions that follow each other share: each notes at its end, for the
 * next one, how much the session has written, and ends what the statements SET. Opaque. */
typedef struct SpGuardRound SpGuardRound;

/** @settings: SQL that holds on until the COMMIT of each; NULL ends them */
SpGuardRound *sp_guard_round_new(const SpSession *session, const char *const *settings);
void sp_guard_round_free(SpGuardRound *round);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpGuardRound, sp_guard_round_free)

/**
 * Appends the first note, to stand in a transaction before that of the first guard.
 * @commands: (element-type SpCommand): borrow from @round
 */
void sp_guard_round_append_note(const SpGuardRound *round, GArray *commands);

/**
 * The question of one guard, for sp_guard_append().
 * @statements: (element-type SpStatement): what the transaction runs for @extension
 * @earlier: (nullable): ids of extensions whose SQL ran in the same transaction before;
 * NULL-terminated
 * @round: (nullable): without one, the guard looks at more, and finds the same; and leaves to the
 * caller to reset the session
 */
SpRecord sp_guard_new(const SpExtension *extension, const GPtrArray *statements,
                      const char *const *earlier, const SpGuardRound *round);

/** So many commands sp_guard_append() makes. */
#define SP_GUARD_N_COMMANDS 5

/**
 * Appends the commands of @guard, to stand behind the statements: what was deferred runs now, and
 * from here to the COMMIT nothing of what the statements SET for role and names counts.
 * @commands: (element-type SpCommand): borrow from @guard
 */
void sp_guard_append(const SpRecord *guard, GArray *commands);

/**
 * (transfer full): SP_ERROR_OWNERSHIP_VIOLATED, with a line of detail for each object, when
 * @problem, of a command that sp_guard_append() appended, is what the guard found; else @problem.
 * @problem: (transfer full)
 */
GError *sp_guard_explain(const char *extension, GError *problem);
