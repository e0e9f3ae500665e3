/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/resume.h"

#include "act/build.h"
#include "act/claim.h"
#include "act/guard.h"
#include "act/ledger.h"
#include "act/roles.h"
#include "base/error.h"

/* One statement under way. */
typedef struct {
    const SpUnit *unit;
    guint index;
    gboolean may_be_done; /* the run before was cut while it was under way */
    guint64 rows;
} Attempt;

static const SpMigration *
migration_of(const SpUnit *unit)
{
    const SpExtension *extension = sp_prepared_get_extension(unit->step->prepared);
    return sp_extension_get_migration(extension, unit->step->index);
}

static const SpStatement *
statement_of(const Attempt *attempt)
{
    return g_ptr_array_index(attempt->unit->step->statements, attempt->index);
}

static SpRecord
mark_of(const SpUnit *unit, guint n_done)
{
    const SpMigration *migration = migration_of(unit);
    g_autofree char *digest = sp_statements_digest(unit->step->statements, n_done);
    return sp_ledger_record_mark(sp_step_extension_id(unit->step), migration, n_done, digest);
}

static gboolean
run_all(const SpUnit *unit, const GArray *commands, guint64 *affected, GError **error)
{
    return sp_session_run(unit->session, (const SpCommand *)(gpointer)commands->data, commands->len,
                          affected, NULL, error);
}

/* A role that the migration has chosen need not have rights on the host's tables. @second:
 * (nullable) */
static gboolean
keep_record(const SpUnit *unit, const SpRecord *first, const SpRecord *second, GError **error)
{
    g_autoptr(GArray) commands = g_array_new(FALSE, FALSE, sizeof(SpCommand));
    sp_command_append(commands, "BEGIN");
    sp_command_append(commands, "SET LOCAL ROLE NONE");
    g_array_append_val(commands, first->command);
    if (second != NULL)
        g_array_append_val(commands, second->command);
    sp_command_append(commands, "COMMIT");
    return run_all(unit, commands, NULL, error);
}

static gboolean
keep_mark(const SpUnit *unit, guint n_done, GError **error)
{
    g_auto(SpRecord) mark = mark_of(unit, n_done);
    return keep_record(unit, &mark, NULL, error);
}

/* Nobody was asked what the statement dropped, and the guard of a later transaction, of whatever
 * extension, would find it missing. */
static gboolean
keep_mark_alone(const SpUnit *unit, guint n_done, GError **error)
{
    g_auto(SpRecord) mark = mark_of(unit, n_done);
    g_auto(SpRecord) missing = sp_claims_record_missing();
    return keep_record(unit, &mark, &missing, error);
}

/* (transfer full) (element-type SpStatement): borrowed */
static GPtrArray *
only(const SpStatement *statement)
{
    GPtrArray *statements = g_ptr_array_new();
    g_ptr_array_add(statements, (gpointer)statement);
    return statements;
}

static SpGuard
guard_of(const Attempt *attempt)
{
    g_autoptr(GPtrArray) statements = only(statement_of(attempt));
    return sp_guard_new(sp_prepared_get_extension(attempt->unit->step->prepared), statements, NULL,
                        NULL);
}

/* The statement and its mark in one transaction. What the migration has SET before holds for the
 * statement alone: the guard undoes it for what follows, up to the COMMIT. */
static gboolean
attempt_marked(gpointer data, GError **error)
{
    Attempt *attempt = data;
    const SpUnit *unit = attempt->unit;
    g_autofree char *lock_timeout = sp_patience_sql(unit->patience);
    g_auto(SpRecord) mark = mark_of(unit, attempt->index + 1);
    g_auto(SpGuard) guard = guard_of(attempt);
    g_autoptr(GArray) commands = g_array_new(FALSE, FALSE, sizeof(SpCommand));
    sp_command_append(commands, "BEGIN");
    sp_command_append(commands, lock_timeout);
    sp_roles_take(unit->step->role_use, commands);
    guint statement = commands->len;
    sp_command_append(commands, statement_of(attempt)->sql);
    sp_guard_append(&guard, commands);
    sp_roles_give_back(unit->step->role_use, commands);
    guint record = commands->len;
    guint end = commands->len + 1;
    g_array_append_val(commands, mark.command);
    sp_command_append(commands, SP_GUARD_CLOSING);
    sp_command_append(commands, "COMMIT");
    g_autofree guint64 *affected = g_new0(guint64, commands->len);
    guint failed = 0;
    GError *problem = NULL;
    if (sp_session_run(unit->session, (const SpCommand *)(gpointer)commands->data, commands->len,
                       affected, &failed, &problem)) {
        attempt->rows = affected[statement];
        return TRUE;
    }
    if (failed > statement && (failed < record || failed > end))
        problem = sp_guard_explain(sp_step_extension_id(unit->step), problem);
    g_propagate_error(error, problem);
    return FALSE;
}

/* Each for itself: some statements cannot run where others travel along. */
static gboolean
run_alone(Attempt *attempt, GError **error)
{
    SpSession *session = attempt->unit->session;
    const SpRoleUse *use = attempt->unit->step->role_use;
    /* A lock timeout would leave an index that cannot be used. */
    const SpCommand patience = {.sql = "SET lock_timeout = 0"};
    const SpCommand command = {.sql = statement_of(attempt)->sql};
    if (!sp_session_run(session, &patience, 1, NULL, NULL, error) ||
        !sp_roles_begin(session, use, error))
        return FALSE;
    GError *problem = NULL;
    gboolean done = sp_session_run(session, &command, 1, &attempt->rows, NULL, &problem);
    if (sp_roles_end(session, use, done ? error : NULL) && done)
        return TRUE;
    if (problem != NULL)
        g_propagate_error(error, problem);
    return FALSE;
}

static gboolean
attempt_build(gpointer data, GError **error)
{
    Attempt *attempt = data;
    SpSession *session = attempt->unit->session;
    gboolean exists = FALSE;
    if (!sp_build_clear(session, statement_of(attempt), &exists, error))
        return FALSE;
    if (exists && attempt->may_be_done)
        return TRUE;
    return run_alone(attempt, error) && sp_build_check(session, statement_of(attempt), error);
}

/* The table of statements cannot know of a COMMIT inside a function or a block. */
static gboolean
needs_to_be_alone(const GError *error)
{
    const char *sqlstate = sp_error_get_place(error)->sqlstate;
    return g_strcmp0(sqlstate, "2D000") == 0 || g_strcmp0(sqlstate, "25001") == 0;
}

static gboolean
run_one(Attempt *attempt, GError **error)
{
    const SpUnit *unit = attempt->unit;
    const SpStatement *statement = statement_of(attempt);
    if ((statement->facts & SP_FACT_RUNS_ALONE) == 0) {
        GError *problem = NULL;
        if (sp_retry(unit->patience, unit->watch, attempt_marked, attempt, &problem))
            return TRUE;
        if (!needs_to_be_alone(problem)) {
            g_propagate_error(error, problem);
            return FALSE;
        }
        g_error_free(problem);
    }
    gboolean is_done = sp_build_is(statement)
                           ? sp_retry(unit->patience, unit->watch, attempt_build, attempt, error)
                           : run_alone(attempt, error);
    return is_done && keep_mark_alone(unit, attempt->index + 1, error);
}

static gboolean
begin(const SpUnit *unit, GError **error)
{
    g_autoptr(GArray) commands = g_array_new(FALSE, FALSE, sizeof(SpCommand));
    g_autofree char *timeout = g_strdup_printf(
        "SET statement_timeout = %u", migration_of(unit)->directives->statement_timeout_ms);
    if (migration_of(unit)->directives->statement_timeout_ms > 0)
        sp_command_append(commands, timeout);
    for (guint i = 0; i < unit->step->n_done; i++) {
        const SpStatement *statement = g_ptr_array_index(unit->step->statements, i);
        /* What holds for the session only went with the one that was cut. */
        if ((statement->facts & SP_FACT_SETS_SESSION) != 0)
            sp_command_append(commands, statement->sql);
    }
    return (commands->len == 0 || run_all(unit, commands, NULL, error)) &&
           keep_mark(unit, unit->step->n_done, error);
}

static gboolean
find_interrupted(const SpUnit *unit, gboolean *out_is_interrupted, GError **error)
{
    g_autofree char *version = g_strdup_printf("%u", migration_of(unit)->version);
    const char *const params[] = {sp_step_extension_id(unit->step), version};
    g_autoptr(SpRows) rows = sp_session_query(
        unit->session,
        "SELECT FROM public.extension_migration_progress "
        "WHERE extension_id = $1 AND version = $2::integer AND started_at IS NOT NULL",
        params, G_N_ELEMENTS(params), error);
    if (rows == NULL)
        return FALSE;
    *out_is_interrupted = sp_rows_get_n(rows) > 0;
    return TRUE;
}

/* A statement that failed is known not to be done; when not even this can be said, it is not known.
 */
static void
note_failure(const SpUnit *unit)
{
    g_autoptr(GError) error = NULL;
    g_auto(SpRecord) record =
        sp_ledger_record_failure(sp_step_extension_id(unit->step), migration_of(unit));
    if (!keep_record(unit, &record, NULL, &error))
        g_debug("the mark of the migration stays as it is: %s", error->message);
}

static gboolean
finish(const SpUnit *unit, GError **error)
{
    const char *id = sp_step_extension_id(unit->step);
    g_auto(SpRecord) record = sp_ledger_record_migration(id, migration_of(unit));
    g_auto(SpRecord) forget = sp_ledger_forget_mark(id, migration_of(unit));
    return keep_record(unit, &record, &forget, error);
}

gboolean
sp_resume_run(const SpUnit *unit, guint64 *out_rows, GError **error)
{
    gboolean is_interrupted = FALSE;
    if (!find_interrupted(unit, &is_interrupted, error) || !begin(unit, error))
        return FALSE;
    for (guint i = unit->step->n_done; i < unit->step->statements->len; i++) {
        GError *problem = NULL;
        Attempt attempt = {unit, i, is_interrupted && i == unit->step->n_done, 0};
        if (!run_one(&attempt, &problem)) {
            note_failure(unit);
            problem = sp_roles_explain(unit->step->role_use, problem);
            sp_step_place_statement(problem, unit->step->statements, i);
            g_propagate_error(error, problem);
            return FALSE;
        }
        *out_rows += attempt.rows;
    }
    /* The run that was cut may have borrowed an owner's role for a statement that is done. */
    if (is_interrupted && !sp_roles_end(unit->session, unit->step->role_use, error))
        return FALSE;
    return finish(unit, error);
}
