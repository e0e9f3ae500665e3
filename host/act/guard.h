/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The guard: whether a transaction kept to what its extension owns and declares, asked of the
 * server right before the COMMIT. It sees what no reading of SQL can: what DO, EXECUTE, functions,
 * triggers and CASCADE did. */
#pragma once

#include "act/ledger.h"

/** A guard of one transaction, and the commands that note and ask. */
typedef struct {
    SpRecord note;
    SpRecord question;
} SpGuard;

/** So many commands sp_guard_append_note() and sp_guard_append() make. */
#define SP_GUARD_N_COMMANDS 7

/** What stands behind all that a transaction with a guard writes, right before its COMMIT: what was
 * deferred once more would run then, where nobody looks. */
#define SP_GUARD_CLOSING "SET TRANSACTION READ ONLY"

/**
 * (transfer full): SQL for sp_guard_new() that ends all that statements SET in @session.
 * @settings: SQL of settings that hold on until the COMMIT; NULL ends them
 */
char *sp_guard_make_reset(const SpSession *session, const char *const *settings);

/**
 * @statements: (element-type SpStatement): what the transaction runs for @extension
 * @earlier: (nullable): ids of extensions whose SQL ran in the same transaction before;
 * NULL-terminated
 * @reset: (nullable): NULL leaves it to the caller to reset the session
 */
SpGuard sp_guard_new(const SpExtension *extension, const GPtrArray *statements,
                     const char *const *earlier, const char *reset);
void sp_guard_clear(SpGuard *guard);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SpGuard, sp_guard_clear)

/**
 * Appends what notes how much the session has written before, to stand in a transaction right
 * before that of the statements. Without it the guard looks at more, and finds the same.
 * @commands: (element-type SpCommand): borrow from @guard
 */
void sp_guard_append_note(const SpGuard *guard, GArray *commands);

/**
 * Appends the commands of @guard, to stand behind the statements: what was deferred runs now, and
 * from here to the COMMIT nothing of what the statements SET for role and names counts.
 * @commands: (element-type SpCommand): borrow from @guard
 */
void sp_guard_append(const SpGuard *guard, GArray *commands);

/**
 * (transfer full): SP_ERROR_OWNERSHIP_VIOLATED, with a line of detail for each object, when
 * @problem, of a command behind the statements, is what the guard found, or of a COMMIT that was to
 * write; else @problem.
 * @problem: (transfer full)
 */
GError *sp_guard_explain(const char *extension, GError *problem);
