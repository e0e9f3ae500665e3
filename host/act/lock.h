/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The one advisory lock that every host and the original system take before they write. */
#pragma once

#include "act/progress.h"
#include "edge/session.h"

/**
 * Takes the lock on @session, the one that does the work: losing the session loses both. Polls,
 * since a session that waits inside pg_advisory_lock() holds a snapshot, and the holder's CREATE
 * INDEX CONCURRENTLY would wait for it for ever.
 * @wait_ms: how long to go on trying; 0 tries once
 * Errors: SP_ERROR_LOCKED, with who holds it as detail, and those of the session.
 */
gboolean sp_lock_acquire(SpSession *session, guint wait_ms, const SpProgress *progress,
                         GError **error);
/** Whether this very session still holds the lock. Errors: SP_ERROR_LOCK_LOST. */
gboolean sp_lock_check(SpSession *session, GError **error);
/** (transfer none): SQL that fails, with a SP_ERROR_STATEMENT, when the session that runs it does
 * not hold the lock: a look that travels with other commands. */
const char *sp_lock_assertion(void);
/** (transfer full): the SP_ERROR_LOCK_LOST to say then. */
GError *sp_lock_lost(void);
/** (transfer full) (nullable): who holds the lock, in words; NULL when nobody does or it cannot be
 * seen. Takes no lock. */
char *sp_lock_describe_holder(SpSession *session);
/** Gives it back. Never fails: closing the session gives it back too. */
void sp_lock_release(SpSession *session);
