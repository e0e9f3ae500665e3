/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/install.h"

#include "act/batch.h"
#include "act/catalog.h"
#include "act/claim.h"
#include "act/ledger.h"
#include "act/lock.h"
#include "act/rebuild.h"
#include "act/remember.h"
#include "act/roles.h"
#include "act/unit.h"
#include "base/error.h"
#include "model/grammar.h"
#include "model/key_steps.h"
#include "model/strays.h"

struct SpReport {
    GPtrArray *steps; /* SpStep */
    gint64 duration_us;
};

/* What a run carries along; lives on the stack of sp_install(). */
typedef struct {
    SpSession *session;
    const SpDeclared *declared;
    const SpInstallOptions *options;
    const SpProgress *progress;
    SpFindings *findings;
    GPtrArray *steps; /* SpStep: of the report, in the order of the plan */
    gboolean is_locked;
    gboolean has_ledger;
    GArray *claims; /* (nullable): SpRecord: to be written before the next step */
} Run;

static void
drop_steps(Run *run, SpPhase first)
{
    for (guint i = run->steps->len; i > 0; i--) {
        const SpStep *step = g_ptr_array_index(run->steps, i - 1);
        if (step->phase >= first)
            g_ptr_array_remove_index(run->steps, i - 1);
    }
}

/* @plan: (transfer full): of it, the steps alone are kept */
static void
take_steps(Run *run, SpPlan *plan, SpPhase first)
{
    g_autoptr(GPtrArray) steps = sp_plan_free_to_steps(plan);
    for (guint i = 0; i < steps->len; i++) {
        SpStep *step = g_ptr_array_index(steps, i);
        if (step->phase < first)
            continue;
        g_ptr_array_add(run->steps, step);
        steps->pdata[i] = NULL;
    }
}

/* Reads the database and decides anew what is to be done from the phase @first on. What another
 * host is making looks like somebody's as long as that is at it, so only under the lock and before
 * the first write can be told what nobody made. */
static gboolean
decide(Run *run, SpPhase first, SpFindings *findings, GError **error)
{
    gboolean refuses_strays = run->is_locked && first == SP_PHASE_ROLES;
    g_autoptr(SpHistory) history = sp_ledger_read(run->session, run->declared, error);
    if (history == NULL || !sp_roles_read(run->session, run->declared, history, findings, error))
        return FALSE;
    g_autoptr(SpPlan) plan = sp_plan_new(run->declared, history, &run->options->plan, findings);
    sp_grammar_check_steps(sp_plan_get_steps(plan), sp_session_get_server_version(run->session),
                           findings);
    if (refuses_strays)
        sp_strays_refuse(plan, history, findings);
    const GPtrArray *refusals = sp_findings_refusals(findings);
    if (refusals->len > 0) {
        g_propagate_error(error, g_error_copy(g_ptr_array_index(refusals, 0)));
        return FALSE;
    }
    run->has_ledger = sp_history_has_ledger(history);
    drop_steps(run, first);
    take_steps(run, g_steal_pointer(&plan), first);
    return TRUE;
}

static void
copy_refusals(Run *run, const SpFindings *findings)
{
    const GPtrArray *refusals = sp_findings_refusals(findings);
    for (guint i = 0; i < refusals->len; i++)
        sp_findings_refuse(run->findings, g_error_copy(g_ptr_array_index(refusals, i)));
}

static gboolean
check_columns(Run *run, GError **error)
{
    g_autoptr(SpFindings) missing = sp_findings_new();
    if (!sp_catalog_check_columns(run->session, run->declared, missing, error))
        return FALSE;
    const GPtrArray *refusals = sp_findings_refusals(missing);
    copy_refusals(run, missing);
    if (refusals->len == 0)
        return TRUE;
    g_propagate_error(error, g_error_copy(g_ptr_array_index(refusals, 0)));
    return FALSE;
}

static SpPatience
patience_of(const Run *run)
{
    return (SpPatience){run->options->lock_timeout_ms, run->options->attempts, run->progress};
}

/* The check of columns only reads. */
static gboolean
check_lock(Run *run, const SpStep *step, GError **error)
{
    return step->kind == SP_STEP_COLUMNS || sp_lock_check(run->session, error);
}

/* Those that no batch has taken along. The check of columns only reads. */
static gboolean
write_claims(Run *run, const SpStep *step, GError **error)
{
    if (step->kind == SP_STEP_COLUMNS)
        return TRUE;
    g_autoptr(GArray) claims = g_steal_pointer(&run->claims);
    return claims == NULL || sp_claims_write(run->session, claims, error);
}

/* What can travel with nothing else: the check of columns, and a migration without a transaction.
 */
static gboolean
run_alone(Run *run, SpStep *step, GError **error)
{
    const SpPatience patience = patience_of(run);
    gint64 start = g_get_monotonic_time();
    sp_progress_begin(run->progress, step);
    gboolean done = step->kind == SP_STEP_COLUMNS
                        ? check_columns(run, error)
                        : sp_unit_run(run->session, step, &patience, &step->rows, error);
    step->duration_us = g_get_monotonic_time() - start;
    step->state = done ? SP_STEP_DONE : SP_STEP_FAILED;
    sp_progress_end(run->progress, step);
    /* What the SQL of one extension SET must not reach the next. */
    return done && (step->kind == SP_STEP_COLUMNS || sp_session_reset(run->session, error));
}

static gboolean
is_to_run(const SpStep *step)
{
    return step->state == SP_STEP_PENDING || step->state == SP_STEP_EVERY_BOOT;
}

static gboolean
is_foreign_key_violation(const GError *problem)
{
    return g_strcmp0(sp_error_get_place(problem)->sqlstate, "23503") == 0;
}

/* The key is there, and keeps new rows out; a database of long standing must not stay down for it.
 */
static void
warn_of_rows(Run *run, const SpStep *step, const GError *problem)
{
    const SpStatement *statement = g_ptr_array_index(step->statements, 0);
    g_autofree char *hint = g_strdup_printf("Mend the rows, then run: %s;", statement->sql);
    GError *error = sp_error_new(SP_ERROR_KEY_UNCHECKED, sp_error_detail(problem), hint,
                                 "rows from before break foreign key \"%s\"", step->name);
    sp_error_place(error, sp_error_get_place(problem));
    sp_findings_warn(run->findings, error);
}

static SpRemedy
find_remedy(SpStep *step, GError **problem, gpointer data)
{
    Run *run = data;
    GError *error = NULL;
    if (sp_key_step_is_validation(step) && is_foreign_key_violation(*problem)) {
        warn_of_rows(run, step, *problem);
        return SP_REMEDY_SKIP;
    }
    if (!sp_rebuild_may_help(step, *problem))
        return SP_REMEDY_NONE;
    guint index = sp_error_get_place(*problem)->statement - 1;
    if (sp_rebuild_expand(run->session, run->declared, step, index, &error))
        return SP_REMEDY_AGAIN;
    if (error != NULL) {
        g_error_free(*problem);
        *problem = error;
    }
    return SP_REMEDY_NONE;
}

static gboolean
run_batch(Run *run, GPtrArray *batch, GError **error)
{
    const SpPatience patience = patience_of(run);
    const SpBatchOptions options = {
        .flags = (run->is_locked ? SP_BATCH_LOCKED : 0) |
                 (run->options->one_by_one ? SP_BATCH_ONE_BY_ONE : 0),
        .claims = run->claims,
        .remedy = find_remedy,
        .data = run,
    };
    if (batch->len == 0)
        return TRUE;
    gboolean done = sp_batch_run(run->session, &options, batch, &patience, error);
    g_clear_pointer(&run->claims, g_array_unref);
    g_ptr_array_set_size(batch, 0);
    return done;
}

/* Runs the steps of some phases, in as few flights as there can be. @last: of the phases */
static gboolean
run_steps(Run *run, SpPhase first, SpPhase last, GError **error)
{
    g_autoptr(GPtrArray) batch = g_ptr_array_new();
    for (guint i = 0; i < run->steps->len; i++) {
        SpStep *step = g_ptr_array_index(run->steps, i);
        if (step->phase < first || step->phase > last || !is_to_run(step))
            continue;
        if (sp_unit_is_transactional(step))
            g_ptr_array_add(batch, step);
        else if (!run_batch(run, batch, error) || !check_lock(run, step, error) ||
                 !write_claims(run, step, error) || !run_alone(run, step, error))
            return FALSE;
    }
    return run_batch(run, batch, error);
}

static gboolean
is_said(const Run *run, const GError *warning)
{
    const GPtrArray *warnings = sp_findings_warnings(run->findings);
    for (guint i = 0; i < warnings->len; i++)
        if (g_str_equal(((const GError *)g_ptr_array_index(warnings, i))->message,
                        warning->message))
            return TRUE;
    return FALSE;
}

/* What a key is like is clear only after the migrations. */
static void
take_news(const Run *run, const SpFindings *findings)
{
    const GPtrArray *warnings = sp_findings_warnings(findings);
    for (guint i = 0; i < warnings->len; i++) {
        const GError *warning = g_ptr_array_index(warnings, i);
        if (warning->code == SP_ERROR_KEY_DIFFERS && !is_said(run, warning))
            sp_findings_warn(run->findings, g_error_copy(warning));
    }
}

/* Migrations may have made or dropped what dependent DDL creates, so it is decided anew after them.
 */
static gboolean
decide_again(Run *run, GError **error)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    if (!decide(run, SP_PHASE_DEPENDENT, findings, error))
        return FALSE;
    take_news(run, findings);
    return TRUE;
}

static gboolean
has_migrations_to_run(const Run *run)
{
    for (guint i = 0; i < run->steps->len; i++) {
        const SpStep *step = g_ptr_array_index(run->steps, i);
        if (step->phase == SP_PHASE_MIGRATIONS && is_to_run(step))
            return TRUE;
    }
    return FALSE;
}

static gboolean
run_phases(Run *run, GError **error)
{
    if (!has_migrations_to_run(run))
        return run_steps(run, SP_PHASE_ROLES, SP_N_PHASES, error);
    return run_steps(run, SP_PHASE_ROLES, SP_PHASE_MIGRATIONS, error) && decide_again(run, error) &&
           run_steps(run, SP_PHASE_DEPENDENT, SP_N_PHASES, error);
}

static gboolean
attempt_ensure(gpointer data, GError **error)
{
    const Run *run = data;
    const SpPatience patience = patience_of(run);
    g_autofree char *setting = sp_patience_sql(&patience);
    return sp_ledger_ensure(run->session, setting, error);
}

/* The ledger of the original system may be in use while it gets a column. */
static gboolean
ensure_ledger(Run *run, GError **error)
{
    const SpPatience patience = patience_of(run);
    g_autoptr(SpWatch) watch =
        sp_watch_start(run->session, NULL, patience.lock_timeout_ms, patience.progress);
    return sp_retry(&patience, watch, attempt_ensure, run, error);
}

/* Whether the database would not be the same afterwards, or would not know it. Seeds do not count:
 * they run at every boot, and usually change nothing. */
static gboolean
writes(const Run *run)
{
    for (guint i = 0; i < run->steps->len; i++) {
        const SpStep *step = g_ptr_array_index(run->steps, i);
        if (step->state == SP_STEP_PENDING)
            return TRUE;
    }
    return sp_declared_is_news(run->declared);
}

/* Under the lock. Another host may have done the work while this one waited, so the plan is made
 * here, again if need be. @findings: takes what is found */
static gboolean
install_locked(Run *run, SpFindings *findings, GError **error)
{
    if (!decide(run, SP_PHASE_ROLES, findings, error)) {
        drop_steps(run, SP_PHASE_ROLES);
        return FALSE;
    }
    if (!sp_roles_check_privileges(run->session, run->steps, error) ||
        !sp_catalog_check_privileges(run->session, run->steps, !run->has_ledger, error))
        return FALSE;
    if (!run->has_ledger && !ensure_ledger(run, error))
        return FALSE;
    gboolean is_news = writes(run);
    if (is_news)
        run->claims = sp_claims_make_records(run->declared);
    return run_phases(run, error) && (!is_news || sp_remember(run->session, run->declared, error));
}

static gboolean
refuse_standby(SpSession *session, GError **error)
{
    return sp_error_set(error, SP_ERROR_STANDBY,
                        "The server is a standby or the session is read-only. Nothing was written.",
                        "Connect to the primary, for example with target_session_attrs=read-write.",
                        "cannot install into a read-only database (%s)",
                        sp_session_describe(session));
}

/* Seeds that fail without the lock may have met another host's migration: then @out_try_again. */
static gboolean
run_unlocked(Run *run, gboolean *out_try_again, GError **error)
{
    GError *problem = NULL;
    *out_try_again = FALSE;
    if (run_phases(run, &problem))
        return TRUE;
    *out_try_again = problem->code == SP_ERROR_STATEMENT;
    if (*out_try_again)
        g_debug("trying again under the lock: %s", problem->message);
    g_propagate_error(*out_try_again ? NULL : error, problem);
    return FALSE;
}

static gboolean
install_under_lock(Run *run, SpFindings *findings, GError **error)
{
    if (!sp_lock_acquire(run->session, run->options->lock_wait_ms, run->progress, error))
        return FALSE;
    run->is_locked = TRUE;
    gboolean done = install_locked(run, findings, error);
    sp_lock_release(run->session);
    g_clear_pointer(&run->claims, g_array_unref);
    return done;
}

/* What was said before is not said again. */
static gboolean
install_after_a_look(Run *run, GError **error)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    gboolean done = install_under_lock(run, findings, error);
    copy_refusals(run, findings);
    return done;
}

/* Where something is new it is clear already that the lock is needed. */
static gboolean
install(Run *run, GError **error)
{
    gboolean needs_lock = sp_declared_is_news(run->declared);
    if (!needs_lock && !decide(run, SP_PHASE_ROLES, run->findings, error))
        return FALSE;
    if (sp_session_is_read_only(run->session))
        return refuse_standby(run->session, error);
    if (needs_lock)
        return install_under_lock(run, run->findings, error);
    needs_lock = writes(run);
    if (!needs_lock && run_unlocked(run, &needs_lock, error))
        return TRUE;
    return needs_lock && install_after_a_look(run, error);
}

static gboolean
has_baseline(const GPtrArray *steps, const SpPrepared *prepared)
{
    for (guint i = 0; i < steps->len; i++) {
        const SpStep *step = g_ptr_array_index(steps, i);
        if (step->is_baseline && step->prepared == prepared)
            return step->state == SP_STEP_DONE;
    }
    return FALSE;
}

/* After a failure: what was to run, or to be stamped, and was not. */
static void
mark_not_reached(GPtrArray *steps)
{
    for (guint i = 0; i < steps->len; i++) {
        SpStep *step = g_ptr_array_index(steps, i);
        if (is_to_run(step) ||
            (step->state == SP_STEP_STAMPED && !has_baseline(steps, step->prepared)))
            step->state = SP_STEP_NOT_REACHED;
    }
}

gboolean
sp_install(SpSession *session, const SpDeclared *declared, const SpInstallOptions *options,
           const SpProgress *progress, SpFindings *findings, SpReport **out_report, GError **error)
{
    g_return_val_if_fail(!sp_declared_is_refused(declared), FALSE);
    gint64 start = g_get_monotonic_time();
    SpReport *report = g_new0(SpReport, 1);
    report->steps = g_ptr_array_new_with_free_func((GDestroyNotify)sp_step_free);
    Run run = {
        .session = session,
        .declared = declared,
        .options = options,
        .progress = progress,
        .findings = findings,
        .steps = report->steps,
    };
    gboolean done = install(&run, error);
    if (!done)
        mark_not_reached(report->steps);
    report->duration_us = g_get_monotonic_time() - start;
    *out_report = report;
    return done;
}

void
sp_report_free(SpReport *report)
{
    if (report == NULL)
        return;
    g_ptr_array_unref(report->steps);
    g_free(report);
}

const GPtrArray *
sp_report_get_steps(const SpReport *report)
{
    return report->steps;
}

gint64
sp_report_get_duration_us(const SpReport *report)
{
    return report->duration_us;
}
