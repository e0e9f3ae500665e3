/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/transaction.h"

#include "act/ledger.h"
#include "act/roles.h"
#include "base/error.h"

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
    if (step->kind == SP_STEP_RECONCILE) {
        add_record(records, sp_ledger_reconcile_migration(id, migration_of(step)));
        add_record(records, sp_ledger_assert_migration(id, migration_of(step)));
    }
    if (step->kind == SP_STEP_DDL)
        add_record(records, sp_ledger_record_digest(step->prepared, step->phase));
    if (step->is_baseline)
        add_stamps(records, step);
    return records;
}

/* (transfer full) (nullable) */
static char *
statement_timeout_of(const SpStep *step)
{
    guint timeout_ms =
        step->kind == SP_STEP_MIGRATION ? migration_of(step)->directives->statement_timeout_ms : 0;
    return timeout_ms > 0 ? g_strdup_printf("SET LOCAL statement_timeout = %u", timeout_ms) : NULL;
}

/* What the host itself makes for roles is not held to what an extension owns. */
static gboolean
is_guarded(const SpStep *step)
{
    return step->statements->len > 0 && step->kind != SP_STEP_ROLES;
}

SpTransaction *
sp_transaction_new(SpStep *step, const char *reset)
{
    SpTransaction *transaction = g_new0(SpTransaction, 1);
    transaction->step = step;
    transaction->records = records_of(step);
    transaction->statement_timeout = statement_timeout_of(step);
    transaction->is_guarded = is_guarded(step);
    if (transaction->is_guarded)
        transaction->asked =
            sp_guard_new(sp_prepared_get_extension(step->prepared), step->statements, NULL, reset);
    return transaction;
}

/* The records go behind the guard, which undoes the role and the names that the statements chose,
 * and would take the records for writes of the statements. */
void
sp_transaction_append(SpTransaction *transaction, const char *const *settings, GArray *commands)
{
    const SpStep *step = transaction->step;
    transaction->begin = commands->len;
    sp_command_append(commands, "BEGIN");
    for (guint i = 0; settings[i] != NULL; i++)
        sp_command_append(commands, settings[i]);
    if (transaction->statement_timeout != NULL)
        sp_command_append(commands, transaction->statement_timeout);
    sp_roles_take(step->role_use, commands);
    transaction->statement = commands->len;
    for (guint i = 0; i < step->statements->len; i++) {
        const SpStatement *statement = g_ptr_array_index(step->statements, i);
        sp_command_append(commands, statement->sql);
    }
    transaction->guard = commands->len;
    if (transaction->is_guarded)
        sp_guard_append(&transaction->asked, commands);
    sp_roles_give_back(step->role_use, commands);
    transaction->record = commands->len;
    for (guint i = 0; i < transaction->records->len; i++)
        g_array_append_val(commands, g_array_index(transaction->records, SpRecord, i).command);
    transaction->end = commands->len;
    if (transaction->is_guarded)
        sp_command_append(commands, SP_GUARD_CLOSING);
    transaction->commit = commands->len;
    sp_command_append(commands, "COMMIT");
}

void
sp_transaction_free(SpTransaction *transaction)
{
    g_array_unref(transaction->records);
    sp_guard_clear(&transaction->asked);
    g_free(transaction->statement_timeout);
    g_free(transaction);
}

guint64
sp_transaction_count_rows(const SpTransaction *transaction, const guint64 *affected)
{
    guint64 n_rows = 0;
    for (guint i = transaction->statement; i < transaction->guard; i++)
        n_rows += affected[i];
    return n_rows;
}

/* The last of the records asserts what the one before has corrected. */
static gboolean
is_missing_record(const SpTransaction *transaction, guint failed, const GError *problem)
{
    return transaction->step->kind == SP_STEP_RECONCILE && failed + 1 == transaction->end &&
           g_strcmp0(sp_error_get_place(problem)->sqlstate, "22012") == 0;
}

GError *
sp_transaction_explain(const SpTransaction *transaction, guint failed, GError *problem)
{
    const SpStep *step = transaction->step;
    if (is_missing_record(transaction, failed, problem)) {
        g_error_free(problem);
        problem =
            sp_error_new(SP_ERROR_LEDGER,
                         "Its row no longer holds a checksum that the declared text "
                         "supersedes. Nothing of it was written.",
                         NULL, "could not correct the record of migration \"%s\"", step->name);
    }
    if ((failed >= transaction->guard && failed < transaction->record) ||
        (failed == transaction->commit && transaction->is_guarded))
        problem = sp_guard_explain(sp_step_extension_id(step), problem);
    if (failed >= transaction->statement && failed < transaction->guard) {
        problem = sp_roles_explain(step->role_use, problem);
        sp_step_place_statement(problem, step->statements, failed - transaction->statement);
    }
    sp_step_place(problem, step);
    return problem;
}
