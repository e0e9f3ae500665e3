/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/unit.h"

#include "act/ledger.h"
#include "act/resume.h"

/* One transaction, made once and sent as often as need be. */
typedef struct {
    const SpUnit *unit;
    GArray *records;  /* SpRecord */
    GArray *commands; /* SpCommand */
    guint first;      /* index of the step's first statement among the commands */
    char *lock_timeout;
    char *statement_timeout;
    guint64 *affected; /* a command */
} Transaction;

static const SpMigration *
migration_of(const SpStep *step)
{
    return sp_extension_get_migration(sp_prepared_get_extension(step->prepared), step->index);
}

static void
add_record(GArray *records, SpRecord record)
{
    g_array_append_val(records, record);
}

/* A fresh extension has by its schema what its migrations bring to an old one. */
static void
add_stamps(GArray *records, const SpStep *step)
{
    const SpExtension *extension = sp_prepared_get_extension(step->prepared);
    for (guint i = 0; i < sp_extension_get_n_migrations(extension); i++) {
        const SpMigration *migration = sp_extension_get_migration(extension, i);
        if (!migration->is_tombstone)
            add_record(records,
                       sp_ledger_record_migration(sp_extension_get_id(extension), migration));
    }
}

/* (element-type SpRecord): what is recorded of a step; a seed leaves no record. */
static GArray *
records_of(const SpStep *step)
{
    GArray *records = g_array_new(FALSE, FALSE, sizeof(SpRecord));
    g_array_set_clear_func(records, (GDestroyNotify)sp_record_clear);
    const char *id = sp_step_extension_id(step);
    if (step->kind == SP_STEP_MIGRATION)
        add_record(records, sp_ledger_record_migration(id, migration_of(step)));
    if (step->kind == SP_STEP_RECONCILE)
        add_record(records, sp_ledger_reconcile_migration(id, migration_of(step)));
    if (step->kind == SP_STEP_DDL)
        add_record(records, sp_ledger_record_digest(step->prepared, step->phase));
    if (step->is_baseline)
        add_stamps(records, step);
    return records;
}

void
sp_unit_place_statement(GError *error, const GPtrArray *statements, guint index)
{
    const SpStatement *statement = g_ptr_array_index(statements, index);
    SpPlace start = {
        .source = statement->source, .line = statement->line, .column = statement->column};
    SpPlace place = {.statement = index + 1, .statements = statements->len};
    sp_error_shift(error, &start);
    sp_error_place(error, &place);
}

static void
place_step(GError *error, const SpStep *step)
{
    const SpExtension *extension = sp_prepared_get_extension(step->prepared);
    SpPlace place = {
        .path = sp_extension_get_path(extension),
        .extension = sp_extension_get_id(extension),
        .source = step->source,
        .phase = sp_phase_nick(step->phase),
    };
    sp_error_place(error, &place);
}

static void
add_sql(GArray *commands, const char *sql)
{
    SpCommand command = {.sql = sql};
    g_array_append_val(commands, command);
}

/* The records go first, so that a role or setting that the statements choose cannot keep them out.
 */
static void
make_commands(Transaction *transaction)
{
    const SpStep *step = transaction->unit->step;
    GArray *commands = transaction->commands;
    add_sql(commands, "BEGIN");
    add_sql(commands, transaction->lock_timeout);
    if (transaction->statement_timeout != NULL)
        add_sql(commands, transaction->statement_timeout);
    for (guint i = 0; i < transaction->records->len; i++)
        g_array_append_val(commands, g_array_index(transaction->records, SpRecord, i).command);
    transaction->first = commands->len;
    for (guint i = 0; i < step->statements->len; i++) {
        const SpStatement *statement = g_ptr_array_index(step->statements, i);
        add_sql(commands, statement->sql);
    }
    add_sql(commands, "COMMIT");
}

static Transaction
transaction_of(const SpUnit *unit)
{
    guint timeout_ms = unit->step->kind == SP_STEP_MIGRATION
                           ? migration_of(unit->step)->directives->statement_timeout_ms
                           : 0;
    Transaction transaction = {
        .unit = unit,
        .records = records_of(unit->step),
        .commands = g_array_new(FALSE, FALSE, sizeof(SpCommand)),
        .lock_timeout = sp_patience_sql(unit->patience),
        .statement_timeout =
            timeout_ms > 0 ? g_strdup_printf("SET LOCAL statement_timeout = %u", timeout_ms) : NULL,
    };
    make_commands(&transaction);
    transaction.affected = g_new0(guint64, transaction.commands->len);
    return transaction;
}

static void
transaction_clear(Transaction *transaction)
{
    g_array_unref(transaction->records);
    g_array_unref(transaction->commands);
    g_free(transaction->lock_timeout);
    g_free(transaction->statement_timeout);
    g_free(transaction->affected);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Transaction, transaction_clear)

static gboolean
attempt_transaction(gpointer data, GError **error)
{
    Transaction *transaction = data;
    const SpStep *step = transaction->unit->step;
    guint failed = 0;
    GError *problem = NULL;
    if (sp_session_run(transaction->unit->session,
                       (const SpCommand *)(gpointer)transaction->commands->data,
                       transaction->commands->len, transaction->affected, &failed, &problem))
        return TRUE;
    if (failed >= transaction->first && failed - transaction->first < step->statements->len)
        sp_unit_place_statement(problem, step->statements, failed - transaction->first);
    g_propagate_error(error, problem);
    return FALSE;
}

static gboolean
check_reconciled(const Transaction *transaction, GError **error)
{
    const SpStep *step = transaction->unit->step;
    if (step->kind != SP_STEP_RECONCILE || transaction->affected[transaction->first - 1] == 1)
        return TRUE;
    return sp_error_set(error, SP_ERROR_LEDGER,
                        "Its row no longer holds a checksum that the declared text supersedes. "
                        "Nothing was written.",
                        NULL, "could not correct the record of migration \"%s\"", step->name);
}

static gboolean
run_transaction(const SpUnit *unit, guint64 *out_rows, GError **error)
{
    g_auto(Transaction) transaction = transaction_of(unit);
    if (!sp_retry(unit->patience, unit->watch, attempt_transaction, &transaction, error) ||
        !check_reconciled(&transaction, error))
        return FALSE;
    for (guint i = 0; i < unit->step->statements->len; i++)
        *out_rows += transaction.affected[transaction.first + i];
    return TRUE;
}

static gboolean
is_transactional(const SpStep *step)
{
    return step->kind != SP_STEP_MIGRATION || migration_of(step)->is_transactional;
}

gboolean
sp_unit_run(SpSession *session, const SpStep *step, const SpPatience *patience, guint64 *out_rows,
            GError **error)
{
    GError *problem = NULL;
    g_autoptr(SpWatch) watch =
        sp_watch_start(session, step, patience->lock_timeout_ms, patience->progress);
    const SpUnit unit = {session, step, patience, watch};
    *out_rows = 0;
    gboolean done = is_transactional(step) ? run_transaction(&unit, out_rows, &problem)
                                           : sp_resume_run(&unit, out_rows, &problem);
    if (done)
        return TRUE;
    place_step(problem, step);
    g_propagate_error(error, problem);
    return FALSE;
}
