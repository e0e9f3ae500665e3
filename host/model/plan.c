/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/plan.h"

#include "base/error.h"
#include "model/absent.h"
#include "model/checksum.h"
#include "model/key_steps.h"
#include "model/lost.h"
#include "model/plan_findings.h"
#include "model/status.h"

struct SpPlan {
    GPtrArray *steps; /* SpStep */
};

/* What deciding needs at hand; lives on the stack of sp_plan_new(). */
typedef struct {
    const SpDeclared *declared;
    const SpHistory *history;
    const SpPlanOptions *options;
    SpFindings *findings;
    GPtrArray *steps;
} Decision;

/* @name: (transfer full), @statements: (transfer full) */
static SpStep *
add_step(Decision *decision, SpPhase phase, SpStepKind kind, char *name, GPtrArray *statements)
{
    SpStep *step = g_new0(SpStep, 1);
    step->phase = phase;
    step->kind = kind;
    step->name = name;
    step->statements = statements;
    g_ptr_array_add(decision->steps, step);
    return step;
}

static gboolean
all_objects_exist(const GPtrArray *statements, const SpHistory *history)
{
    for (guint i = 0; i < statements->len; i++) {
        const SpStatement *statement = g_ptr_array_index(statements, i);
        for (guint j = 0; j < statement->effects->len; j++) {
            const SpEffect *effect = g_ptr_array_index(statement->effects, j);
            gboolean lasts = effect->action == SP_ACTION_CREATE && !effect->is_temporary;
            if (lasts && !sp_history_has_object(history, effect->object))
                return FALSE;
        }
    }
    return TRUE;
}

/* Leaves out what exists, and what an earlier statement of the same transaction will have made. */
static GPtrArray *
statements_to_run(const GPtrArray *statements, const SpHistory *history)
{
    g_autoptr(GHashTable) made = g_hash_table_new(sp_object_hash, sp_object_equal);
    GPtrArray *chosen = g_ptr_array_new();
    for (guint i = 0; i < statements->len; i++) {
        SpStatement *statement = g_ptr_array_index(statements, i);
        const SpObject *guard = statement->guard;
        if (guard != NULL && sp_history_has_object(history, guard))
            continue;
        if (guard != NULL && !g_hash_table_add(made, (gpointer)guard))
            continue;
        g_ptr_array_add(chosen, statement);
    }
    return chosen;
}

/* Whether a statement makes a table that stays; @out_exists: whether the table is there already. */
static gboolean
makes_table(const SpStatement *statement, const SpHistory *history, gboolean *out_exists)
{
    for (guint i = 0; i < statement->effects->len; i++) {
        const SpEffect *effect = g_ptr_array_index(statement->effects, i);
        gboolean is_table = effect->action == SP_ACTION_CREATE && !effect->is_temporary &&
                            g_str_equal(effect->object->word, "table");
        if (is_table) {
            *out_exists = sp_history_has_object(history, effect->object);
            return TRUE;
        }
    }
    return FALSE;
}

/* Whether an extension's migrations are recorded instead of run. One that owns no table never
 * counts as fresh: nothing would tell whether its migrations have run. */
static gboolean
is_stamped(const Decision *decision, const SpPrepared *prepared)
{
    const SpExtension *extension = sp_prepared_get_extension(prepared);
    const char *id = sp_extension_get_id(extension);
    if (!decision->options->stamps_fresh || sp_history_get_applied(decision->history, id) != NULL)
        return FALSE;
    const GPtrArray *statements = sp_prepared_get_statements(prepared, SP_PHASE_STRUCTURAL);
    guint n_tables = 0;
    for (guint i = 0; i < statements->len; i++) {
        gboolean exists = FALSE;
        n_tables += makes_table(g_ptr_array_index(statements, i), decision->history, &exists);
        if (exists)
            return FALSE;
    }
    return n_tables > 0;
}

/* The one file that all statements come from, or NULL. */
static const char *
common_source(const GPtrArray *statements)
{
    const char *source = NULL;
    for (guint i = 0; i < statements->len; i++) {
        const SpStatement *statement = g_ptr_array_index(statements, i);
        if (source != NULL && g_strcmp0(source, statement->source) != 0)
            return NULL;
        source = statement->source;
    }
    return source;
}

/* (nullable): what somebody took away by hand. Of an extension that changed, its own SQL may have
 * done it. */
static const GPtrArray *
lost_parts(const Decision *decision, const SpPrepared *prepared)
{
    const SpExtension *extension = sp_prepared_get_extension(prepared);
    const char *id = sp_extension_get_id(extension);
    const char *installed = sp_history_find_declaration(decision->history, id);
    gboolean is_same = g_strcmp0(installed, sp_extension_get_digest(extension)) == 0;
    return is_same ? sp_history_get_lost_parts(decision->history, id) : NULL;
}

static void
decide_ddl(Decision *decision, const SpPrepared *prepared, SpPhase phase)
{
    const GPtrArray *statements = sp_prepared_get_statements(prepared, phase);
    const GPtrArray *lost = lost_parts(decision, prepared);
    if (statements->len == 0 && (lost == NULL || phase == SP_PHASE_RETIREMENTS))
        return;
    const char *id = sp_extension_get_id(sp_prepared_get_extension(prepared));
    const char *recorded = sp_history_find_digest(decision->history, id, phase);
    gboolean is_current = g_strcmp0(recorded, sp_prepared_get_digest(prepared, phase)) == 0 &&
                          all_objects_exist(statements, decision->history);
    g_autoptr(GPtrArray) chosen =
        is_current ? g_ptr_array_new() : statements_to_run(statements, decision->history);
    sp_lost_put_back(chosen, lost, phase);
    is_current &= chosen->len == 0;
    if (is_current)
        g_ptr_array_extend(chosen, (GPtrArray *)statements, NULL, NULL);
    SpStep *step = add_step(decision, phase, SP_STEP_DDL, g_strdup(sp_phase_nick(phase)),
                            g_ptr_array_ref(chosen));
    step->prepared = prepared;
    step->lost = lost != NULL ? g_ptr_array_ref((GPtrArray *)lost) : NULL;
    step->source = common_source(statements);
    step->state = is_current ? SP_STEP_CURRENT : SP_STEP_PENDING;
    step->is_baseline = phase == SP_PHASE_STRUCTURAL && is_stamped(decision, prepared);
}

/* How many statements of a migration without a transaction an interrupted run has finished. */
static guint
statements_done(Decision *decision, const SpExtension *extension, const SpMigrationStatus *status,
                const GPtrArray *statements)
{
    const SpProgressMark *mark =
        sp_history_find_mark(decision->history, sp_extension_get_id(extension), status->version);
    if (mark == NULL || mark->n_done == 0)
        return 0;
    gboolean fits = mark->n_done <= statements->len && g_str_equal(mark->name, status->name);
    g_autofree char *digest = fits ? sp_statements_digest(statements, mark->n_done) : NULL;
    if (g_strcmp0(digest, mark->sha256) == 0)
        return mark->n_done;
    sp_plan_refuse_changed_half(decision->findings, extension, status, mark->n_done);
    return 0;
}

/* What becomes of a migration in each state; a state without a row makes no step. */
typedef struct {
    gboolean makes_step;
    SpStepKind kind;
    SpStepState state;
} MigrationRow;

static const MigrationRow migration_rows[] = {
    [SP_MIGRATION_APPLIED] = {TRUE, SP_STEP_MIGRATION, SP_STEP_CURRENT},
    [SP_MIGRATION_PENDING] = {TRUE, SP_STEP_MIGRATION, SP_STEP_PENDING},
    [SP_MIGRATION_SUPERSEDED] = {TRUE, SP_STEP_RECONCILE, SP_STEP_PENDING},
    [SP_MIGRATION_DRIFTED] = {FALSE},
    [SP_MIGRATION_SLOT_REUSED] = {FALSE},
    [SP_MIGRATION_ORPHANED] = {FALSE},
    [SP_MIGRATION_SPENT] = {FALSE},
};

static void
plan_migration(Decision *decision, const SpPrepared *prepared, const SpMigrationStatus *status,
               guint index)
{
    const MigrationRow *row = &migration_rows[status->state];
    const SpScript *script = sp_prepared_get_migration(prepared, index);
    gboolean has_statements = script != NULL && row->kind == SP_STEP_MIGRATION;
    GPtrArray *statements = has_statements
                                ? g_ptr_array_ref((GPtrArray *)sp_script_get_statements(script))
                                : g_ptr_array_new();
    SpStep *step = add_step(decision, SP_PHASE_MIGRATIONS, row->kind,
                            g_strdup_printf("%03u_%s", status->version, status->name), statements);
    step->prepared = prepared;
    step->index = index;
    step->source = status->migration->source;
    step->state = row->state;
    if (row->state != SP_STEP_PENDING || row->kind != SP_STEP_MIGRATION)
        return;
    step->n_done =
        statements_done(decision, sp_prepared_get_extension(prepared), status, statements);
    if (is_stamped(decision, prepared))
        step->state = SP_STEP_STAMPED;
}

typedef void (*TellFunc)(SpFindings *, const SpExtension *, const SpMigrationStatus *);

static void
decide_migration(Decision *decision, const SpPrepared *prepared, const SpMigrationStatus *status,
                 guint index, gboolean is_ahead)
{
    static const TellFunc tell[] = {
        [SP_MIGRATION_DRIFTED] = sp_plan_refuse_drift,
        [SP_MIGRATION_ORPHANED] = sp_plan_warn_orphan,
        [SP_MIGRATION_SPENT] = NULL,
    };
    const SpExtension *extension = sp_prepared_get_extension(prepared);
    if (status->state == SP_MIGRATION_SLOT_REUSED)
        sp_plan_refuse_slot(decision->findings, extension, status);
    /* Of an extension that is ahead, the newer release knows better. */
    else if (is_ahead && status->state != SP_MIGRATION_APPLIED)
        return;
    else if (migration_rows[status->state].makes_step)
        plan_migration(decision, prepared, status, index);
    else if (tell[status->state] != NULL)
        tell[status->state](decision->findings, extension, status);
}

static void
decide_migrations(Decision *decision, const SpPrepared *prepared)
{
    if (!sp_prepared_is_read(prepared))
        return;
    const SpExtension *extension = sp_prepared_get_extension(prepared);
    g_autoptr(SpStatus) status = sp_status_new(extension, decision->history);
    gboolean is_ahead = sp_status_is_ahead(status);
    if (is_ahead)
        sp_plan_warn_ahead(decision->findings, extension);
    guint n_declared = 0; /* both lists come by version */
    for (guint i = 0; i < sp_status_get_n(status); i++) {
        const SpMigrationStatus *migration = sp_status_get(status, i);
        decide_migration(decision, prepared, migration, n_declared, is_ahead);
        n_declared += migration->migration != NULL;
    }
}

static void
decide_seeds(Decision *decision, const SpPrepared *prepared)
{
    const SpExtension *extension = sp_prepared_get_extension(prepared);
    for (guint i = 0; i < sp_extension_get_n_seeds(extension); i++) {
        const SpSeed *seed = sp_extension_get_seed(extension, i);
        const SpScript *script = sp_prepared_get_seed(prepared, i);
        GPtrArray *statements = script ? (GPtrArray *)sp_script_get_statements(script) : NULL;
        if (statements == NULL || statements->len == 0)
            continue;
        SpStep *step = add_step(decision, SP_PHASE_SEEDS, SP_STEP_SEED, g_strdup(seed->id),
                                g_ptr_array_ref(statements));
        step->prepared = prepared;
        step->index = i;
        step->source = seed->source;
        step->state = SP_STEP_EVERY_BOOT;
    }
}

static gboolean
has_required_columns(const SpExtension *extension)
{
    for (guint i = 0; i < sp_extension_get_n_schemas(extension); i++)
        if (sp_extension_get_schema(extension, i)->required_columns[0] != NULL)
            return TRUE;
    return FALSE;
}

static void
decide_columns(Decision *decision)
{
    const SpRegistry *registry = sp_declared_get_registry(decision->declared);
    gboolean is_needed = FALSE;
    for (guint i = 0; i < sp_registry_get_n(registry) && !is_needed; i++)
        is_needed = sp_prepared_is_read(sp_declared_get_prepared(decision->declared, i)) &&
                    has_required_columns(sp_registry_get(registry, i));
    if (!is_needed)
        return;
    SpStep *step = add_step(decision, SP_PHASE_DEPENDENT, SP_STEP_COLUMNS,
                            g_strdup("required columns"), g_ptr_array_new());
    step->state = SP_STEP_EVERY_BOOT;
}

/* After the dependent DDL of all extensions: a key may need an index of another one. */
static void
decide_keys(Decision *decision)
{
    for (guint i = 0; i < sp_registry_get_n(sp_declared_get_registry(decision->declared)); i++) {
        const SpPrepared *prepared = sp_declared_get_prepared(decision->declared, i);
        sp_key_steps_decide(decision->declared, prepared, decision->history,
                            lost_parts(decision, prepared), decision->steps, decision->findings);
    }
}

static void
decide_roles(Decision *decision, const SpPrepared *prepared)
{
    const SpExtension *extension = sp_prepared_get_extension(prepared);
    const char *id = sp_extension_get_id(extension);
    const GPtrArray *statements = sp_history_get_role_statements(decision->history, id);
    const GPtrArray *missing = sp_history_get_missing(decision->history, id);
    if (statements == NULL)
        return;
    SpStep *step = add_step(decision, SP_PHASE_ROLES, SP_STEP_ROLES,
                            g_strdup(sp_extension_get_role(extension)),
                            g_ptr_array_ref((GPtrArray *)statements));
    step->prepared = prepared;
    step->missing = missing != NULL ? g_ptr_array_ref((GPtrArray *)missing) : NULL;
}

typedef void (*DecideFunc)(Decision *decision, const SpPrepared *prepared);

static void
decide_retirements(Decision *decision, const SpPrepared *prepared)
{
    decide_ddl(decision, prepared, SP_PHASE_RETIREMENTS);
}

static void
decide_structural(Decision *decision, const SpPrepared *prepared)
{
    decide_ddl(decision, prepared, SP_PHASE_STRUCTURAL);
}

static void
decide_dependent(Decision *decision, const SpPrepared *prepared)
{
    decide_ddl(decision, prepared, SP_PHASE_DEPENDENT);
}

SpPlan *
sp_plan_new(const SpDeclared *declared, const SpHistory *history, const SpPlanOptions *options,
            SpFindings *findings)
{
    static const DecideFunc phases[SP_N_PHASES] = {
        [SP_PHASE_ROLES] = decide_roles,           [SP_PHASE_RETIREMENTS] = decide_retirements,
        [SP_PHASE_STRUCTURAL] = decide_structural, [SP_PHASE_MIGRATIONS] = decide_migrations,
        [SP_PHASE_DEPENDENT] = decide_dependent,   [SP_PHASE_SEEDS] = decide_seeds,
    };
    SpPlan *plan = g_new0(SpPlan, 1);
    plan->steps = g_ptr_array_new_with_free_func((GDestroyNotify)sp_step_free);
    Decision decision = {declared, history, options, findings, plan->steps};
    guint n = sp_registry_get_n(sp_declared_get_registry(declared));
    for (guint phase = 0; phase < SP_N_PHASES; phase++) {
        for (guint i = 0; i < n; i++)
            phases[phase](&decision, sp_declared_get_prepared(declared, i));
        if (phase != SP_PHASE_DEPENDENT)
            continue;
        decide_keys(&decision);
        decide_columns(&decision);
    }
    sp_absent_check(declared, history, findings);
    for (guint i = 0; i < plan->steps->len; i++)
        sp_step_choose_role(g_ptr_array_index(plan->steps, i), declared);
    sp_plan_warn_of_missing_plugins(declared, history, findings);
    return plan;
}

void
sp_plan_free(SpPlan *plan)
{
    if (plan == NULL)
        return;
    g_ptr_array_unref(plan->steps);
    g_free(plan);
}

const GPtrArray *
sp_plan_get_steps(const SpPlan *plan)
{
    return plan->steps;
}

GPtrArray *
sp_plan_free_to_steps(SpPlan *plan)
{
    GPtrArray *steps = g_steal_pointer(&plan->steps);
    g_free(plan);
    return steps;
}

gboolean
sp_plan_has_changes(const SpPlan *plan)
{
    for (guint i = 0; i < plan->steps->len; i++) {
        const SpStep *step = g_ptr_array_index(plan->steps, i);
        if (step->state == SP_STEP_PENDING && sp_step_has_work(step))
            return TRUE;
    }
    return FALSE;
}
