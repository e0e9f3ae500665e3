/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Transactions that never keep others waiting for long: each gives up after the lock timeout, and
 * is tried again later. */
#pragma once

#include "act/watch.h"

/** How patient a run is. */
typedef struct {
    guint lock_timeout_ms;      /* of one attempt at a transaction; 0: none */
    guint attempts;             /* in all; 0 counts as 1 */
    const SpProgress *progress; /* (nullable) */
} SpPatience;

/** One attempt; it leaves nothing when it fails. */
typedef gboolean (*SpAttemptFunc)(gpointer data, GError **error);

/** (transfer full): the statement to send right after BEGIN. */
char *sp_patience_sql(const SpPatience *patience);

/**
 * After an attempt that failed: whether another one is worth while, which it is for a lock that was
 * not to be had, a deadlock or a serialization failure. Pauses then, longer with each.
 * @n_failed: how many have failed, with this one
 * @problem: (transfer full): why
 * Errors: SP_ERROR_LOCK_TIMEOUT after the last attempt, with the place of @problem and who blocked
 * it; any other @problem as it is.
 */
gboolean sp_retry_again(const SpPatience *patience, SpWatch *watch, guint n_failed, GError *problem,
                        GError **error);
/** Calls @attempt until it succeeds or sp_retry_again() says no. Errors: those of
 * sp_retry_again(). */
gboolean sp_retry(const SpPatience *patience, SpWatch *watch, SpAttemptFunc attempt, gpointer data,
                  GError **error);
