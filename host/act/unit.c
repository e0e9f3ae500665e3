/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/unit.h"

#include "act/ledger.h"
#include "base/error.h"

static const SpMigration *
migration_of(const SpStep *step)
{
    return sp_extension_get_migration(sp_prepared_get_extension(step->prepared), step->index);
}

/* What is recorded of a step; a seed leaves no record. */
static SpRecord
record_of(const SpStep *step)
{
    if (step->kind == SP_STEP_MIGRATION)
        return sp_ledger_record_migration(sp_step_extension_id(step), migration_of(step));
    if (step->kind == SP_STEP_DDL)
        return sp_ledger_record_digest(step->prepared, step->phase);
    return (SpRecord){0};
}

/* Says where the failed statement stands in the file it came from. */
static void
place_statement(GError *error, const SpStep *step, guint index)
{
    const SpStatement *statement = g_ptr_array_index(step->statements, index);
    SpPlace start = {
        .source = statement->source, .line = statement->line, .column = statement->column};
    SpPlace place = {.statement = index + 1, .statements = step->statements->len};
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
add_command(GArray *commands, const char *sql)
{
    SpCommand command = {.sql = sql};
    g_array_append_val(commands, command);
}

/* The record goes first, so that a role or setting that the statements choose cannot keep it out.
 */
static GArray *
transaction_commands(const SpStep *step, const SpRecord *record, guint *out_first)
{
    GArray *commands = g_array_new(FALSE, FALSE, sizeof(SpCommand));
    add_command(commands, "BEGIN");
    if (record->params != NULL)
        g_array_append_val(commands, record->command);
    *out_first = commands->len;
    for (guint i = 0; i < step->statements->len; i++) {
        const SpStatement *statement = g_ptr_array_index(step->statements, i);
        add_command(commands, statement->sql);
    }
    add_command(commands, "COMMIT");
    return commands;
}

static gboolean
run_transaction(SpSession *session, const SpStep *step, guint64 *out_rows, GError **error)
{
    g_auto(SpRecord) record = record_of(step);
    guint first = 0, failed = 0;
    g_autoptr(GArray) commands = transaction_commands(step, &record, &first);
    g_autofree guint64 *affected = g_new0(guint64, commands->len);
    GError *problem = NULL;
    gboolean done = sp_session_run(session, (const SpCommand *)(gpointer)commands->data,
                                   commands->len, affected, &failed, &problem);
    if (!done && failed >= first && failed - first < step->statements->len)
        place_statement(problem, step, failed - first);
    if (!done) {
        g_propagate_error(error, problem);
        return FALSE;
    }
    for (guint i = 0; i < step->statements->len; i++)
        *out_rows += affected[first + i];
    return TRUE;
}

static gboolean
run_statements(SpSession *session, const SpStep *step, guint64 *out_rows, GError **error)
{
    for (guint i = 0; i < step->statements->len; i++) {
        const SpStatement *statement = g_ptr_array_index(step->statements, i);
        SpCommand command = {.sql = statement->sql};
        guint64 affected = 0;
        GError *problem = NULL;
        if (!sp_session_run(session, &command, 1, &affected, NULL, &problem)) {
            place_statement(problem, step, i);
            g_propagate_error(error, problem);
            return FALSE;
        }
        *out_rows += affected;
    }
    g_auto(SpRecord) record = record_of(step);
    return sp_session_run(session, &record.command, 1, NULL, NULL, error);
}

static gboolean
is_transactional(const SpStep *step)
{
    return step->kind != SP_STEP_MIGRATION || migration_of(step)->is_transactional;
}

gboolean
sp_unit_run(SpSession *session, const SpStep *step, guint64 *out_rows, GError **error)
{
    GError *problem = NULL;
    *out_rows = 0;
    gboolean done = is_transactional(step) ? run_transaction(session, step, out_rows, &problem)
                                           : run_statements(session, step, out_rows, &problem);
    if (done)
        return TRUE;
    place_step(problem, step);
    g_propagate_error(error, problem);
    return FALSE;
}
