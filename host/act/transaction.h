/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The transaction of one step, as commands of a flight. */
#pragma once

#include "act/guard.h"
#include "edge/session.h"
#include "model/step.h"

/** Indices are those of the flight. */
typedef struct {
    SpStep *step;
    guint begin;     /* BEGIN */
    guint statement; /* the first statement of the step */
    guint guard;     /* what is asked behind the last one; the records stand behind it */
    guint record;    /* the first record */
    guint end;       /* behind the last record */
    guint commit;    /* COMMIT */
    GArray *records; /* SpRecord */
    SpGuard asked;
    gboolean is_guarded;
    char *statement_timeout;
} SpTransaction;

/** Of a DDL, MIGRATION, RECONCILE or SEED step that can run in a transaction.
 * @reset: of sp_guard_make_reset() */
SpTransaction *sp_transaction_new(SpStep *step, const char *reset);
void sp_transaction_free(SpTransaction *transaction);

/**
 * Appends the transaction, with its record in the ledger; structural DDL of a baseline records the
 * migrations of its extension, too.
 * @settings: SQL to run right after BEGIN; NULL ends them
 * @commands: (element-type SpCommand): borrow what the transaction and the step own
 */
void sp_transaction_append(SpTransaction *transaction, const char *const *settings,
                           GArray *commands);

/** Rows that the statements of the step changed. @affected: of the flight */
guint64 sp_transaction_count_rows(const SpTransaction *transaction, const guint64 *affected);

/**
 * (transfer full): what @problem, of the command @failed of the transaction, means for its step,
 * with its place: SP_ERROR_LEDGER for a record that was no longer there.
 * @problem: (transfer full)
 */
GError *sp_transaction_explain(const SpTransaction *transaction, guint failed, GError *problem);
