/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/batch.h"

#include "act/claim.h"
#include "act/lock.h"
#include "act/transaction.h"
#include "base/error.h"

/* What one flight may hold, beside what the guard asks. The server works some tenths of a second on
 * so much, beside which a turn weighs little, and it needs no memory to speak of. */
#define MOST_COMMANDS 2000
#define MOST_BYTES (512 * 1024)

#define NOT_WAITING "SET LOCAL synchronous_commit = off"

/* A commit flushes the log only if its transaction wrote to it, and a transaction number alone is
 * not written. Where nothing waits to be flushed, nothing is written; a standby may still wait for
 * what is flushed here. */
#define FLUSH                                                         \
    "SELECT pg_logical_emit_message(true, 'sp-host', '') "            \
    "WHERE pg_current_wal_insert_lsn() > pg_current_wal_flush_lsn() " \
    "OR current_setting('synchronous_standby_names') <> ''"

typedef struct {
    SpSession *session;
    const SpBatchOptions *options;
    const GPtrArray *steps;
    const SpPatience *patience;
    SpWatch *watch;
    guint n_begun; /* steps of which the listener knows */
    guint n_done;
    gint64 begun_us; /* when the last one began */
} Batch;

typedef struct {
    Batch *batch;
    guint first;             /* index of its first step in the batch */
    char *reset;             /* SQL: what ends a transaction's settings */
    GPtrArray *transactions; /* SpTransaction */
    GArray *commands;        /* SpCommand */
    guint64 *affected;       /* one a command */
    guint failed;
} Flight;

static SpStep *
step_at(const Batch *batch, guint index)
{
    return g_ptr_array_index(batch->steps, index);
}

static void
begin_step(Batch *batch)
{
    const SpStep *step = step_at(batch, batch->n_done);
    if (batch->n_begun > batch->n_done)
        return;
    batch->n_begun++;
    batch->begun_us = g_get_monotonic_time();
    sp_watch_set_step(batch->watch, step);
    sp_progress_begin(batch->patience->progress, step);
}

static void
end_step(Batch *batch, SpStepState state)
{
    SpStep *step = step_at(batch, batch->n_done);
    step->duration_us = g_get_monotonic_time() - batch->begun_us;
    step->state = state;
    sp_progress_end(batch->patience->progress, step);
}

/* The lock is looked at before the first step of a flight and of a phase. */
static gboolean
begins_phase(const Flight *flight, guint index)
{
    const Batch *batch = flight->batch;
    return index == flight->first ||
           step_at(batch, index)->phase != step_at(batch, index - 1)->phase;
}

static void
on_lock_asserted(gpointer data)
{
    const Flight *flight = data;
    begin_step(flight->batch);
}

static void
on_committed(gpointer data)
{
    const Flight *flight = data;
    Batch *batch = flight->batch;
    const SpTransaction *transaction =
        g_ptr_array_index(flight->transactions, batch->n_done - flight->first);
    transaction->step->rows = sp_transaction_count_rows(transaction, flight->affected);
    end_step(batch, SP_STEP_DONE);
    batch->n_done++;
    gboolean is_last = batch->n_done - flight->first == flight->transactions->len;
    if (!is_last && !begins_phase(flight, batch->n_done))
        begin_step(batch);
}

static gsize
size_of(const SpStep *step)
{
    gsize size = 0;
    for (guint i = 0; i < step->statements->len; i++)
        size += strlen(((const SpStatement *)g_ptr_array_index(step->statements, i))->sql);
    return size;
}

static void
add_assertion(Flight *flight)
{
    const SpCommand assertion = {.sql = (flight->batch->options->flags & SP_BATCH_LOCKED) != 0
                                            ? sp_lock_assertion()
                                            : "SELECT",
                                 .done = on_lock_asserted,
                                 .data = flight};
    g_array_append_val(flight->commands, assertion);
}

/* In a transaction of its own: what stands before a BEGIN becomes part of that transaction, which
 * then has its snapshot, and the isolation level that was the default before it. */
static void
add_opening(Flight *flight, guint index, const SpTransaction *transaction)
{
    if (!begins_phase(flight, index) && !transaction->is_guarded)
        return;
    sp_command_append(flight->commands, "BEGIN");
    if (begins_phase(flight, index))
        add_assertion(flight);
    if (transaction->is_guarded)
        sp_guard_append_note(&transaction->asked, flight->commands);
    sp_command_append(flight->commands, "COMMIT");
}

static void
add_step(Flight *flight, guint index, const char *const *settings)
{
    SpTransaction *transaction = sp_transaction_new(step_at(flight->batch, index), flight->reset);
    add_opening(flight, index, transaction);
    sp_transaction_append(transaction, settings, flight->commands);
    SpCommand *commit = &g_array_index(flight->commands, SpCommand, transaction->commit);
    commit->done = on_committed;
    commit->data = flight;
    g_ptr_array_add(flight->transactions, transaction);
}

static gboolean
is_full(const Flight *flight)
{
    return flight->commands->len > MOST_COMMANDS + flight->transactions->len * SP_GUARD_N_COMMANDS;
}

/* At least one step, and then as many as fit. */
static void
load(Flight *flight, const char *lock_timeout)
{
    Batch *batch = flight->batch;
    gboolean one_by_one = (batch->options->flags & SP_BATCH_ONE_BY_ONE) != 0;
    gboolean is_alone = one_by_one || batch->steps->len - flight->first == 1;
    const char *const settings[] = {lock_timeout, is_alone ? NULL : NOT_WAITING, NULL};
    gsize n_bytes = 0;
    flight->reset = sp_guard_make_reset(batch->session, settings);
    for (guint i = flight->first; i < batch->steps->len; i++) {
        n_bytes += size_of(step_at(batch, i));
        if (i > flight->first && (n_bytes > MOST_BYTES || is_full(flight) || one_by_one))
            break;
        if (i == 0 && batch->options->claims != NULL)
            sp_claims_append(batch->options->claims, flight->commands);
        add_step(flight, i, settings);
    }
    if (!is_alone)
        sp_command_append(flight->commands, FLUSH);
    flight->affected = g_new0(guint64, flight->commands->len);
}

static void
flight_clear(Flight *flight)
{
    g_free(flight->reset);
    g_ptr_array_unref(flight->transactions);
    g_array_unref(flight->commands);
    g_free(flight->affected);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Flight, flight_clear)

/* (nullable): the transaction that the command which failed is of */
static const SpTransaction *
find_failed(const Flight *flight)
{
    for (guint i = 0; i < flight->transactions->len; i++) {
        const SpTransaction *transaction = g_ptr_array_index(flight->transactions, i);
        if (flight->failed >= transaction->begin && flight->failed <= transaction->commit)
            return transaction;
    }
    return NULL;
}

static gboolean
is_lock_lost(const Flight *flight, const GError *problem)
{
    const SpCommand *command = &g_array_index(flight->commands, SpCommand, flight->failed);
    return (flight->batch->options->flags & SP_BATCH_LOCKED) != 0 &&
           command->done == on_lock_asserted && problem->code == SP_ERROR_STATEMENT;
}

/* @problem: (transfer full) */
static GError *
say_what_is_known(const Flight *flight, GError *problem)
{
    g_autofree char *detail = g_strdup_printf("%s\nOf the %u transactions under way together, the "
                                              "COMMIT of %u was acknowledged; a server "
                                              "that crashed may have lost the last of these.",
                                              sp_error_detail(problem), flight->transactions->len,
                                              flight->batch->n_done - flight->first);
    GError *error =
        sp_error_new(problem->code, detail, sp_error_hint(problem), "%s", problem->message);
    sp_error_place(error, sp_error_get_place(problem));
    g_error_free(problem);
    return error;
}

/* @problem: (transfer full). (transfer full) */
static GError *
explain(const Flight *flight, GError *problem)
{
    if (is_lock_lost(flight, problem)) {
        g_error_free(problem);
        return sp_lock_lost();
    }
    if (problem->code == SP_ERROR_CONNECTION_LOST && flight->transactions->len > 1)
        problem = say_what_is_known(flight, problem);
    const SpTransaction *failed = find_failed(flight);
    return failed != NULL ? sp_transaction_explain(failed, flight->failed, problem) : problem;
}

/* A rollback does not take back everything, such as a prepared statement; and what was committed is
 * yet to be flushed. */
static void
settle(Batch *batch)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) commands = g_array_new(FALSE, FALSE, sizeof(SpCommand));
    sp_command_append(commands, "BEGIN");
    sp_session_append_reset(batch->session, commands);
    sp_command_append(commands, "COMMIT");
    sp_command_append(commands, FLUSH);
    if (!sp_session_run(batch->session, (const SpCommand *)(gpointer)commands->data, commands->len,
                        NULL, NULL, &error))
        g_debug("cannot settle what was committed: %s", error->message);
}

static gboolean
fly(Batch *batch, GError **error)
{
    g_autofree char *lock_timeout = sp_patience_sql(batch->patience);
    g_auto(Flight) flight = {
        .batch = batch,
        .first = batch->n_done,
        .transactions = g_ptr_array_new_with_free_func((GDestroyNotify)sp_transaction_free),
        .commands = g_array_new(FALSE, FALSE, sizeof(SpCommand)),
    };
    load(&flight, lock_timeout);
    if ((batch->options->flags & SP_BATCH_ONE_BY_ONE) != 0)
        begin_step(batch);
    GError *problem = NULL;
    if (sp_session_run(batch->session, (const SpCommand *)(gpointer)flight.commands->data,
                       flight.commands->len, flight.affected, &flight.failed, &problem))
        return TRUE;
    settle(batch);
    g_propagate_error(error, explain(&flight, problem));
    return FALSE;
}

/* Whether to go on. What fails behind the last step is no step's. */
static gboolean
find_remedy(Batch *batch, GError **problem)
{
    if (batch->options->remedy == NULL || batch->n_done == batch->steps->len)
        return FALSE;
    SpRemedy remedy =
        batch->options->remedy(step_at(batch, batch->n_done), problem, batch->options->data);
    if (remedy == SP_REMEDY_NONE)
        return FALSE;
    g_debug("found a remedy: %s", (*problem)->message);
    g_clear_error(problem);
    if (remedy == SP_REMEDY_SKIP) {
        begin_step(batch);
        end_step(batch, SP_STEP_FAILED);
        batch->n_done++;
    }
    return TRUE;
}

static gboolean
fly_patiently(Batch *batch, GError **error)
{
    guint n_failed = 0;
    while (batch->n_done < batch->steps->len) {
        GError *problem = NULL;
        guint n_before = batch->n_done;
        if (fly(batch, &problem) || find_remedy(batch, &problem))
            continue;
        n_failed = batch->n_done > n_before ? 1 : n_failed + 1;
        if (!sp_retry_again(batch->patience, batch->watch, n_failed, problem, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
sp_batch_run(SpSession *session, const SpBatchOptions *options, const GPtrArray *steps,
             const SpPatience *patience, GError **error)
{
    g_autoptr(SpWatch) watch =
        sp_watch_start(session, NULL, patience->lock_timeout_ms, patience->progress);
    Batch batch = {session, options, steps, patience, watch};
    if (fly_patiently(&batch, error))
        return TRUE;
    if (batch.n_begun > batch.n_done)
        end_step(&batch, SP_STEP_FAILED);
    return FALSE;
}
