/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/migrate.h"

#include "act/claim.h"
#include "act/definitions.h"
#include "act/guard.h"
#include "act/ledger_edit.h"
#include "act/lock.h"
#include "act/retry.h"
#include "act/roles.h"
#include "base/error.h"
#include "model/grammar.h"

typedef struct {
    SpSession *session;
    const SpDeclared *declared;
    const SpMigrateOptions *options;
    SpFindings *findings;
    SpPatience patience;
} Run;

/* The edits of one transaction: those from first up to end. */
typedef struct {
    Run *run;
    GPtrArray *edits;
    guint first, end;
} Batch;

/* @record: (transfer full) */
static void
add_record(GArray *records, SpRecord record)
{
    g_array_append_val(records, record);
}

GArray *
sp_edit_make_records(const SpEdit *edit)
{
    const char *id = sp_extension_get_id(sp_edit_get_extension(edit));
    const SpMigration *migration = sp_edit_get_migration(edit);
    GArray *records = g_array_new(FALSE, FALSE, sizeof(SpRecord));
    g_array_set_clear_func(records, (GDestroyNotify)sp_record_clear);
    switch (edit->kind) {
    case SP_EDIT_DOWN:
        add_record(records, sp_ledger_forget_migration(id, migration->version));
        add_record(records, sp_ledger_forget_digests(id));
        break;
    case SP_EDIT_RERUN:
    case SP_EDIT_RECONCILE:
        add_record(records, sp_ledger_correct_migration(id, migration, edit->checksum));
        break;
    case SP_EDIT_MARK:
        add_record(records, sp_ledger_record_migration(id, migration));
        if (!migration->is_transactional)
            add_record(records, sp_ledger_forget_mark(id, migration));
        break;
    case SP_EDIT_ADOPT:
        add_record(records, sp_ledger_adopt_object(id, edit->object));
        if (edit->holder != NULL)
            add_record(records, sp_ledger_give_up_object(edit->holder, edit->object));
        break;
    }
    return records;
}

/* (transfer full) (nullable): @out_has_ledger: whether the host's tables are in their current shape
 */
static GPtrArray *
decide(Run *run, gboolean *out_has_ledger, GError **error)
{
    const SpMigrateOptions *options = run->options;
    g_autoptr(SpHistory) history = sp_ledger_read(run->session, run->declared, error);
    if (history == NULL)
        return NULL;
    g_autoptr(GPtrArray) edits =
        options->decide(run->declared, history, &options->request, run->findings);
    sp_grammar_check_edits(edits, sp_session_get_server_version(run->session), run->findings);
    const GPtrArray *refusals = sp_findings_refusals(run->findings);
    if (refusals->len > 0) {
        g_propagate_error(error, g_error_copy(g_ptr_array_index(refusals, 0)));
        return NULL;
    }
    *out_has_ledger = sp_history_has_ledger(history);
    return g_steal_pointer(&edits);
}

static void
place_edit(GError *error, const SpEdit *edit)
{
    const SpExtension *extension = sp_edit_get_extension(edit);
    const SpPlace place = {
        .path = sp_extension_get_path(extension),
        .extension = sp_extension_get_id(extension),
        .source = edit->source,
        .phase = sp_phase_nick(SP_PHASE_MIGRATIONS),
    };
    sp_error_place(error, &place);
}

static gboolean
run_sql(Run *run, const char *sql, GError **error)
{
    const SpCommand command = {.sql = sql};
    return sp_session_run(run->session, &command, 1, NULL, NULL, error);
}

/* The rows were read under the lock, so that only a hand or a trigger can have come between. */
static gboolean
refuse_row(Run *run, const SpEdit *edit, GError **error)
{
    run_sql(run, "ROLLBACK", NULL);
    return sp_error_set(error, SP_ERROR_LEDGER,
                        "Its row is not as it was read under the lock. The transaction was rolled "
                        "back.",
                        "Look for triggers and row security on the tables of the host.",
                        "cannot record \"%s\" of extension \"%s\"", edit->name,
                        sp_extension_get_id(sp_edit_get_extension(edit)));
}

/* The records of the edits from @first up to @end, which travel together. */
static gboolean
write_records(const Batch *batch, guint first, guint end, GError **error)
{
    Run *run = batch->run;
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    g_autoptr(GArray) commands = g_array_new(FALSE, FALSE, sizeof(SpCommand));
    for (guint i = first; i < end; i++) {
        GArray *records = sp_edit_make_records(g_ptr_array_index(batch->edits, i));
        g_ptr_array_add(all, records);
        for (guint j = 0; j < records->len; j++)
            g_array_append_val(commands, g_array_index(records, SpRecord, j).command);
    }
    g_autofree guint64 *n_rows = g_new0(guint64, commands->len);
    if (!sp_session_run(run->session, (const SpCommand *)(gpointer)commands->data, commands->len,
                        n_rows, NULL, error))
        return FALSE;
    guint at = 0;
    for (guint i = first; i < end; i++) {
        if (n_rows[at] != 1)
            return refuse_row(run, g_ptr_array_index(batch->edits, i), error);
        at += ((const GArray *)g_ptr_array_index(all, i - first))->len;
    }
    return TRUE;
}

/* (transfer full) (element-type utf8) */
static GPtrArray *
timeouts_of(const Run *run, const SpEdit *edit)
{
    const SpDirectives *directives = sp_edit_get_migration(edit)->directives;
    GPtrArray *settings = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(settings, sp_patience_sql(&run->patience));
    if (edit->kind == SP_EDIT_RERUN && directives->statement_timeout_ms > 0)
        g_ptr_array_add(settings, g_strdup_printf("SET LOCAL statement_timeout = '%ums'",
                                                  directives->statement_timeout_ms));
    return settings;
}

/* (transfer full): the extensions whose edits came before in the same transaction */
static char **
earlier_extensions(const Batch *batch, guint index)
{
    g_autoptr(GStrvBuilder) ids = g_strv_builder_new();
    for (guint i = batch->first; i < index; i++) {
        const SpEdit *edit = g_ptr_array_index(batch->edits, i);
        g_strv_builder_add(ids, sp_extension_get_id(sp_edit_get_extension(edit)));
    }
    return g_strv_builder_end(ids);
}

static gboolean
run_statements(const Batch *batch, guint index, GError **error)
{
    const SpEdit *edit = g_ptr_array_index(batch->edits, index);
    if (edit->statements->len == 0)
        return TRUE;
    const SpExtension *extension = sp_edit_get_extension(edit);
    g_auto(GStrv) earlier = earlier_extensions(batch, index);
    g_auto(SpGuard) guard =
        sp_guard_new(extension, edit->statements, (const char *const *)earlier, NULL);
    g_autoptr(SpRoleUse) use = sp_role_use_new(batch->run->declared, extension, edit->statements);
    g_autoptr(GPtrArray) timeouts = timeouts_of(batch->run, edit);
    g_autoptr(GArray) commands = g_array_new(FALSE, FALSE, sizeof(SpCommand));
    for (guint i = 0; i < timeouts->len; i++)
        sp_command_append(commands, g_ptr_array_index(timeouts, i));
    sp_roles_take(use, commands);
    guint first = commands->len;
    for (guint i = 0; i < edit->statements->len; i++)
        sp_command_append(commands,
                          ((const SpStatement *)g_ptr_array_index(edit->statements, i))->sql);
    guint n = commands->len;
    sp_guard_append(&guard, commands);
    sp_roles_give_back(use, commands);
    guint failed = 0;
    GError *problem = NULL;
    if (sp_session_run(batch->run->session, (const SpCommand *)(gpointer)commands->data,
                       commands->len, NULL, &failed, &problem))
        return TRUE;
    if (failed >= n) {
        problem = sp_guard_explain(sp_extension_get_id(extension), problem);
    } else if (failed >= first) {
        problem = sp_roles_explain(use, problem);
        sp_step_place_statement(problem, edit->statements, failed - first);
    }
    g_propagate_error(error, problem);
    return FALSE;
}

/* @problem: (transfer full) */
static gboolean
fail_edit(SpEdit *edit, GError *problem, GError **error)
{
    edit->state = SP_STEP_FAILED;
    place_edit(problem, edit);
    g_propagate_error(error, problem);
    return FALSE;
}

/* What the host itself changes, or takes for done, is not to look like the work of others. */
static gboolean
define(Run *run, const SpEdit *edit, GError **error)
{
    return sp_definitions_refresh(run->session, sp_extension_get_id(sp_edit_get_extension(edit)),
                                  error);
}

/* In a transaction that is open. The record goes behind the guard, which would take it for a write
 * of the statements; what they SET must not reach the record or the next edit. */
static gboolean
run_edit(const Batch *batch, guint index, GError **error)
{
    GError *problem = NULL;
    Run *run = batch->run;
    if (run_statements(batch, index, &problem) &&
        write_records(batch, index, index + 1, &problem) &&
        sp_session_reset(run->session, &problem) &&
        define(run, g_ptr_array_index(batch->edits, index), &problem))
        return TRUE;
    return fail_edit(g_ptr_array_index(batch->edits, index), problem, error);
}

static gboolean
only_records(const Batch *batch)
{
    for (guint i = batch->first; i < batch->end; i++)
        if (((const SpEdit *)g_ptr_array_index(batch->edits, i))->statements->len > 0)
            return FALSE;
    return TRUE;
}

/* Those of one extension stand together, and are defined once. */
static gboolean
define_all(const Batch *batch, GError **error)
{
    const SpExtension *before = NULL;
    for (guint i = batch->first; i < batch->end; i++) {
        const SpEdit *edit = g_ptr_array_index(batch->edits, i);
        const SpExtension *extension = sp_edit_get_extension(edit);
        if (extension != before && !define(batch->run, edit, error))
            return FALSE;
        before = extension;
    }
    return TRUE;
}

static gboolean
run_batch(const Batch *batch, GError **error)
{
    GError *problem = NULL;
    if (only_records(batch))
        return (write_records(batch, batch->first, batch->end, &problem) &&
                define_all(batch, &problem)) ||
               fail_edit(g_ptr_array_index(batch->edits, batch->first), problem, error);
    for (guint i = batch->first; i < batch->end; i++)
        if (!run_edit(batch, i, error))
            return FALSE;
    return TRUE;
}

static void
set_state(const Batch *batch, SpStepState state)
{
    for (guint i = batch->first; i < batch->end; i++)
        ((SpEdit *)g_ptr_array_index(batch->edits, i))->state = state;
}

static gboolean
run_transaction(gpointer data, GError **error)
{
    const Batch *batch = data;
    Run *run = batch->run;
    set_state(batch, SP_STEP_PENDING);
    if (!sp_lock_check(run->session, error) || !run_sql(run, "BEGIN", error))
        return FALSE;
    if (!run_batch(batch, error))
        return FALSE;
    GError *problem = NULL;
    gboolean done = run_sql(run, SP_GUARD_CLOSING, &problem) && run_sql(run, "COMMIT", &problem);
    set_state(batch, done ? SP_STEP_DONE : SP_STEP_FAILED);
    if (done)
        return TRUE;
    const SpEdit *first = g_ptr_array_index(batch->edits, batch->first);
    problem = sp_guard_explain(sp_extension_get_id(sp_edit_get_extension(first)), problem);
    place_edit(problem, first);
    g_propagate_error(error, problem);
    return FALSE;
}

static gboolean
run_edits(Run *run, GPtrArray *edits, GError **error)
{
    const SpPatience *patience = &run->patience;
    guint size = run->options->is_all_or_none ? edits->len : 1;
    g_autoptr(SpWatch) watch =
        sp_watch_start(run->session, NULL, patience->lock_timeout_ms, patience->progress);
    for (guint first = 0; first < edits->len; first += size) {
        Batch batch = {run, edits, first, first + size};
        if (!sp_retry(patience, watch, run_transaction, &batch, error))
            return FALSE;
    }
    return TRUE;
}

static void
mark_not_reached(GPtrArray *edits)
{
    for (guint i = 0; i < edits->len; i++) {
        SpEdit *edit = g_ptr_array_index(edits, i);
        if (edit->state == SP_STEP_PENDING)
            edit->state = SP_STEP_NOT_REACHED;
    }
}

static gboolean
migrate_locked(Run *run, GPtrArray **out_edits, GError **error)
{
    gboolean has_ledger = FALSE;
    GPtrArray *edits = decide(run, &has_ledger, error);
    *out_edits = edits;
    if (edits == NULL || edits->len == 0)
        return edits != NULL;
    g_autoptr(GArray) claims = sp_claims_make_records(run->declared);
    gboolean done = (has_ledger || sp_ledger_ensure(run->session, NULL, error)) &&
                    sp_claims_write(run->session, claims, error) && run_edits(run, edits, error);
    if (!done)
        mark_not_reached(edits);
    return done;
}

gboolean
sp_migrate(SpSession *session, const SpDeclared *declared, const SpMigrateOptions *options,
           const SpProgress *progress, SpFindings *findings, GPtrArray **out_edits, GError **error)
{
    g_return_val_if_fail(!sp_declared_is_refused(declared), FALSE);
    Run run = {session,
               declared,
               options,
               findings,
               {options->lock_timeout_ms, options->attempts, progress}};
    gboolean has_ledger = FALSE;
    *out_edits = options->applies ? NULL : decide(&run, &has_ledger, error);
    if (!options->applies)
        return *out_edits != NULL;
    if (sp_session_is_read_only(session))
        return sp_error_set(error, SP_ERROR_STANDBY,
                            "The server is a standby or the session is read-only. Nothing was "
                            "written.",
                            "Connect to the primary, for example with "
                            "target_session_attrs=read-write.",
                            "cannot change migrations in a read-only database (%s)",
                            sp_session_describe(session));
    if (!sp_lock_acquire(session, options->lock_wait_ms, progress, error))
        return FALSE;
    gboolean done = migrate_locked(&run, out_edits, error);
    sp_lock_release(session);
    return done;
}
