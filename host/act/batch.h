/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The transactions of many steps, in flights: they travel to the server together, so that the time
 * of an install does not grow with the distance times the number of steps. */
#pragma once

#include "act/retry.h"

typedef enum {
    SP_BATCH_LOCKED = 1 << 0, /* the install lock is held, and asserted with each flight */
    /* Every step is a flight of its own, so that who is told of it sees the database as it was
     * before it, and as it left it. */
    SP_BATCH_ONE_BY_ONE = 1 << 1,
} SpBatchFlags;

/** What helps when a step fails. */
typedef enum {
    SP_REMEDY_NONE,
    SP_REMEDY_AGAIN, /* the step was changed, so that it can be tried again */
    SP_REMEDY_SKIP,  /* it stays undone, and the next ones run */
} SpRemedy;

/** Between two transactions. May put another error in the place of @problem. */
typedef SpRemedy (*SpRemedyFunc)(SpStep *step, GError **problem, gpointer data);

typedef struct {
    SpBatchFlags flags;
    /* (nullable) (element-type SpRecord): to be written in a transaction of their own before the
     * first step; again when the first flight is sent again */
    const GArray *claims;
    SpRemedyFunc remedy; /* (nullable): asked for every step that fails */
    gpointer data;       /* handed to it */
} SpBatchOptions;

/**
 * Runs steps that can each be a transaction, in their order. A step is whole or not
 * there at all; the first error keeps the steps before it and nothing of those after it. What the
 * SQL of one extension SET does not reach the next.
 *
 * The commits of a flight do not wait for the disk one by one: they are asynchronous, and a last
 * transaction under the setting of the session itself flushes the log up to them, which is ordered.
 * So what this call has reported is as durable as that setting says, after an error too; a lost
 * connection is the exception, and its error says so.
 *
 * A flight that met a lock timeout or a deadlock is sent again from the transaction that failed. A
 * second session watches while a step takes long.
 * @steps: (element-type SpStep): state, rows and duration are filled
 * Errors: SP_ERROR_LOCK_LOST, before the step that would have run without the lock; those of
 * sp_session_run() and SP_ERROR_LOCK_TIMEOUT, with extension, source, line, column, phase and
 * statement n of m; SP_ERROR_LEDGER for a record that was no longer there.
 */
gboolean sp_batch_run(SpSession *session, const SpBatchOptions *options, const GPtrArray *steps,
                      const SpPatience *patience, GError **error);
