/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/step.h"

#include "base/error.h"

const char *
sp_step_kind_nick(SpStepKind kind)
{
    static const char *const nicks[] = {
        [SP_STEP_ROLES] = "roles",         [SP_STEP_DDL] = "ddl",
        [SP_STEP_MIGRATION] = "migration", [SP_STEP_RECONCILE] = "reconcile",
        [SP_STEP_COLUMNS] = "columns",     [SP_STEP_KEYS] = "keys",
        [SP_STEP_SEED] = "seed",
    };
    return nicks[kind];
}

const char *
sp_step_state_nick(SpStepState state)
{
    static const char *const nicks[] = {
        [SP_STEP_PENDING] = "pending",
        [SP_STEP_EVERY_BOOT] = "every-boot",
        [SP_STEP_CURRENT] = "current",
        [SP_STEP_STAMPED] = "stamped",
        [SP_STEP_DONE] = "done",
        [SP_STEP_FAILED] = "failed",
        [SP_STEP_NOT_REACHED] = "not-reached",
    };
    return nicks[state];
}

const char *
sp_step_extension_id(const SpStep *step)
{
    if (step->prepared == NULL)
        return NULL;
    return sp_extension_get_id(sp_prepared_get_extension(step->prepared));
}

gboolean
sp_step_has_work(const SpStep *step)
{
    return step->kind != SP_STEP_DDL || step->statements->len > 0;
}

void
sp_step_free(SpStep *step)
{
    if (step == NULL)
        return;
    g_free((char *)step->name);
    g_ptr_array_unref((GPtrArray *)step->statements);
    g_clear_pointer((GPtrArray **)&step->lost, g_ptr_array_unref);
    g_clear_pointer((GPtrArray **)&step->missing, g_ptr_array_unref);
    sp_role_use_free(step->role_use);
    g_clear_pointer((GPtrArray **)&step->made, g_ptr_array_unref);
    g_free(step);
}

void
sp_step_choose_role(SpStep *step, const SpDeclared *declared)
{
    gboolean runs = step->state == SP_STEP_PENDING || step->state == SP_STEP_EVERY_BOOT;
    sp_role_use_free(step->role_use);
    step->role_use = NULL;
    if (runs && step->prepared != NULL && step->kind != SP_STEP_ROLES)
        step->role_use =
            sp_role_use_new(declared, sp_prepared_get_extension(step->prepared), step->statements);
}

static gboolean
counts_as_change(const SpStep *step)
{
    if (step->state == SP_STEP_DONE && step->kind == SP_STEP_SEED)
        return step->rows > 0;
    gboolean counts = step->state == SP_STEP_DONE || step->state == SP_STEP_PENDING;
    return counts && step->kind != SP_STEP_COLUMNS && sp_step_has_work(step);
}

SpSummary
sp_steps_summarise(const GPtrArray *steps, const SpRegistry *registry)
{
    SpSummary summary = {.extensions = sp_registry_get_n(registry)};
    for (guint i = 0; i < steps->len; i++) {
        const SpStep *step = g_ptr_array_index(steps, i);
        gboolean runs = step->state == SP_STEP_PENDING || step->state == SP_STEP_DONE ||
                        step->state == SP_STEP_EVERY_BOOT;
        if (!runs)
            continue;
        summary.statements += step->statements->len;
        summary.migrations_run += step->kind == SP_STEP_MIGRATION;
        summary.seeds += step->kind == SP_STEP_SEED;
        summary.changed += counts_as_change(step);
        summary.duration_us += step->duration_us;
    }
    return summary;
}

void
sp_step_place(GError *error, const SpStep *step)
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

void
sp_step_place_statement(GError *error, const GPtrArray *statements, guint index)
{
    const SpStatement *statement = g_ptr_array_index(statements, index);
    SpPlace start = {
        .source = statement->source, .line = statement->line, .column = statement->column};
    SpPlace place = {.statement = index + 1, .statements = statements->len};
    sp_error_shift(error, &start);
    sp_error_place(error, &place);
}
