/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/interruption.h"

#include "base/error.h"

/* Of more migrations, or statements of one of them, so many are chosen. */
#define SPREAD 8
/* A server process that was told to end holds the lock until it has. */
#define LOCK_WAIT_MS 30000
#define END_WAIT_MS 30000
#define POLL_US 2000

/* The trap inside the database. What is counted there must outlive a rollback, as sequences do:
 * the fuse burns down with each command of DDL, and at 0 the server process ends itself. Likewise
 * when a mark is written that says that as many statements are done as "exactly" says; or, without
 * that, more than "above", and the statement before it is done for good. See resume.c: a mark that
 * travels with its statement stands behind the guard, which has chosen its plans. */
static const char *const trap_sql[] = {
    "CREATE SCHEMA sp_host_trap",
    "CREATE SEQUENCE sp_host_trap.fuse MINVALUE -1000000000 START 1",
    "CREATE TABLE sp_host_trap.target (exactly integer, above integer)",
    "CREATE FUNCTION sp_host_trap.burn() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER "
    "SET search_path = pg_catalog AS $$ BEGIN IF nextval('sp_host_trap.fuse') = 0 THEN "
    "PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(60); END IF; END $$",
    "CREATE FUNCTION sp_host_trap.mark() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER "
    "SET search_path = pg_catalog AS $$ BEGIN IF EXISTS (SELECT FROM sp_host_trap.target "
    "WHERE NEW.n_done = exactly OR NEW.n_done > above "
    "AND current_setting('plan_cache_mode') = 'auto') THEN "
    "PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(60); END IF; "
    "RETURN NEW; END $$",
    "CREATE TRIGGER sp_host_trap BEFORE INSERT OR UPDATE ON public.extension_migration_progress "
    "FOR EACH ROW EXECUTE FUNCTION sp_host_trap.mark()",
    "CREATE EVENT TRIGGER sp_host_trap ON ddl_command_end EXECUTE FUNCTION sp_host_trap.burn()",
};

static const char *const disarm_sql[] = {
    "SELECT setval('sp_host_trap.fuse', 1)",
    "DELETE FROM sp_host_trap.target",
};

/* First what would fire while the rest is dropped. */
static const char *const removal_sql[] = {
    "DROP EVENT TRIGGER IF EXISTS sp_host_trap",
    "DROP TRIGGER IF EXISTS sp_host_trap ON public.extension_migration_progress",
    "DROP SCHEMA IF EXISTS sp_host_trap CASCADE",
};

/* What the runs carry along; lives on the stack of sp_interruption_run(). */
typedef struct {
    SpSession *watcher;              /* sets the traps */
    SpSession *session;              /* the one that is cut off */
    guint n_extensions[SP_N_PHASES]; /* with DDL of the phase */
    guint n_migrations;
    guint n_seen[SP_N_PHASES]; /* extensions whose DDL of the phase is done */
    guint n_applied;           /* migrations */
    guint n_begun;             /* how often the present migration was begun */
    gboolean is_trapped, has_fuse[SP_N_PHASES], has_seeds;
    gboolean is_armed; /* in the present run the session is to end */
    guint n_cuts;
    GError *error; /* (nullable): of the watcher */
} Interruption;

static void
run_sql(Interruption *this, const char *const *sql, guint n)
{
    for (guint i = 0; i < n && this->error == NULL; i++) {
        const SpCommand command = {.sql = sql[i]};
        sp_session_run(this->watcher, &command, 1, NULL, NULL, &this->error);
    }
}

static void
arm(Interruption *this, const char *sql)
{
    run_sql(this, &sql, 1);
    this->is_armed = TRUE;
}

static gboolean
is_gone(Interruption *this, const char *pid)
{
    g_autoptr(SpRows) rows =
        sp_session_query(this->watcher, "SELECT FROM pg_stat_activity WHERE pid = $1::integer",
                         &pid, 1, &this->error);
    return rows == NULL || sp_rows_get_n(rows) == 0;
}

/* Now, and not when it next looks: what is sent to it must not run. */
static void
cut_now(Interruption *this)
{
    g_autofree char *pid = g_strdup_printf("%d", sp_session_get_backend_pid(this->session));
    const char *params[] = {pid};
    gint64 deadline = g_get_monotonic_time() + END_WAIT_MS * G_TIME_SPAN_MILLISECOND;
    g_autoptr(SpRows) rows = sp_session_query(
        this->watcher, "SELECT pg_terminate_backend($1::integer)", params, 1, &this->error);
    this->is_armed = TRUE;
    while (this->error == NULL && !is_gone(this, pid) && g_get_monotonic_time() < deadline)
        g_usleep(POLL_US);
}

/* Whether the item after the @n_done-th of @n is one of a spread of them. */
static gboolean
is_chosen(guint n_done, guint n)
{
    guint spread = MIN(n, SPREAD);
    return n_done > 0 && n_done * spread / n != (n_done - 1) * spread / n;
}

static void
begin_ddl(Interruption *this, const SpStep *step)
{
    gboolean is_middle = this->n_seen[step->phase] >= (this->n_extensions[step->phase] - 1) / 2;
    if (this->has_fuse[step->phase] || !is_middle || step->statements->len == 0)
        return;
    this->has_fuse[step->phase] = TRUE;
    g_autofree char *sql =
        g_strdup_printf("SELECT setval('sp_host_trap.fuse', -%u)", (step->statements->len + 1) / 2);
    arm(this, sql);
}

/* First in the middle, be it in the transaction of a statement and its mark; then again and again
 * behind the next statement that is done for good. */
static void
begin_without_transaction(Interruption *this, const SpStep *step)
{
    guint n = this->n_begun++;
    if (n > SPREAD)
        return;
    g_autofree char *middle = g_strdup_printf(
        "INSERT INTO sp_host_trap.target (exactly) VALUES (%u)", (step->statements->len + 1) / 2);
    g_autofree char *next = g_strdup_printf("INSERT INTO sp_host_trap.target (above) SELECT "
                                            "coalesce(max(n_done), 0) + %d "
                                            "FROM public.extension_migration_progress",
                                            n > 1);
    arm(this, n == 0 ? middle : next);
}

static gboolean
is_transactional(const SpStep *step)
{
    const SpExtension *extension = sp_prepared_get_extension(step->prepared);
    return sp_extension_get_migration(extension, step->index)->is_transactional;
}

static void
begun(gpointer data, const SpStep *step)
{
    Interruption *this = data;
    if (!this->is_trapped) {
        run_sql(this, trap_sql, G_N_ELEMENTS(trap_sql));
        this->is_trapped = TRUE;
    }
    if (this->error != NULL || this->is_armed)
        return;
    if (step->kind == SP_STEP_DDL && step->phase != SP_PHASE_RETIREMENTS)
        begin_ddl(this, step);
    else if (step->kind == SP_STEP_MIGRATION && !is_transactional(step))
        begin_without_transaction(this, step);
    else if (step->kind == SP_STEP_SEED && !this->has_seeds) {
        this->has_seeds = TRUE;
        cut_now(this);
    }
}

static void
ended(gpointer data, const SpStep *step)
{
    Interruption *this = data;
    if (step->state != SP_STEP_DONE || this->error != NULL)
        return;
    if (step->kind == SP_STEP_DDL)
        this->n_seen[step->phase]++;
    if (step->kind != SP_STEP_MIGRATION)
        return;
    this->n_applied++;
    this->n_begun = 0;
    if (!is_transactional(step)) {
        run_sql(this, disarm_sql, G_N_ELEMENTS(disarm_sql));
        this->is_armed = FALSE;
    }
    if (!this->is_armed && is_chosen(this->n_applied, this->n_migrations))
        cut_now(this);
}

static void
count(Interruption *this, const SpDeclared *declared)
{
    static const SpPhase phases[] = {SP_PHASE_STRUCTURAL, SP_PHASE_DEPENDENT};
    const SpRegistry *registry = sp_declared_get_registry(declared);
    for (guint i = 0; i < sp_registry_get_n(registry); i++) {
        const SpPrepared *prepared = sp_declared_get_prepared(declared, i);
        for (guint j = 0; j < G_N_ELEMENTS(phases); j++)
            this->n_extensions[phases[j]] +=
                sp_prepared_get_statements(prepared, phases[j])->len > 0;
        const SpExtension *extension = sp_registry_get(registry, i);
        for (guint j = 0; j < sp_extension_get_n_migrations(extension); j++)
            this->n_migrations += !sp_extension_get_migration(extension, j)->is_tombstone;
    }
}

/* @out_is_cut: whether the session was ended on purpose, and it is to be begun anew */
static gboolean
run_once(Interruption *this, const char *conninfo, const SpDeclared *declared, SpFindings *findings,
         gboolean *out_is_cut, gboolean *out_done, GError **error)
{
    const SpSessionSettings settings = {0};
    const SpProgress progress = {.begun = begun, .ended = ended, .data = this};
    const SpInstallOptions options = {
        .lock_wait_ms = LOCK_WAIT_MS, .attempts = 1, .one_by_one = TRUE};
    g_autoptr(SpSession) session = sp_session_open(conninfo, &settings, error);
    if (session == NULL)
        return FALSE;
    GError *problem = NULL;
    this->session = session;
    this->is_armed = FALSE;
    gboolean is_over = sp_trial_install(session, declared, &options, &progress, findings, NULL,
                                        out_done, &problem);
    if (this->is_armed)
        run_sql(this, disarm_sql, G_N_ELEMENTS(disarm_sql));
    *out_is_cut = this->is_armed && g_error_matches(problem, SP_ERROR, SP_ERROR_CONNECTION_LOST);
    if (!*out_is_cut && problem != NULL)
        g_propagate_error(error, problem);
    else
        g_clear_error(&problem);
    return is_over || *out_is_cut;
}

gboolean
sp_interruption_run(const char *conninfo, const SpDeclared *declared, const SpTrialPlace *place,
                    guint *out_n_cuts, gboolean *out_done, GError **error)
{
    Interruption this = {.watcher = place->watcher};
    gboolean goes_on = TRUE, is_cut = TRUE;
    count(&this, declared);
    while (goes_on && is_cut && this.error == NULL) {
        goes_on = run_once(&this, conninfo, declared, place->findings, &is_cut, out_done, error);
        this.n_cuts += goes_on && is_cut;
    }
    if (goes_on)
        run_sql(&this, removal_sql, G_N_ELEMENTS(removal_sql));
    *out_n_cuts = this.n_cuts;
    if (goes_on && this.error != NULL)
        g_propagate_error(error, g_steal_pointer(&this.error));
    else if (goes_on)
        return TRUE;
    g_clear_error(&this.error);
    return FALSE;
}
