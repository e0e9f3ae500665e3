/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/key_steps.h"

#include "base/error.h"

#include <string.h>

/* Lives on the stack of sp_key_steps_decide(). */
typedef struct {
    const SpDeclared *declared;
    const SpPrepared *prepared;
    const SpHistory *history;
    const GPtrArray *lost;
    GPtrArray *steps;
    SpFindings *findings;
} Decision;

GPtrArray *
sp_key_steps_list(const SpDeclared *declared)
{
    GPtrArray *list = g_ptr_array_new();
    for (guint i = 0; i < sp_registry_get_n(sp_declared_get_registry(declared)); i++) {
        const GPtrArray *keys = sp_prepared_get_keys(sp_declared_get_prepared(declared, i));
        for (guint j = 0; j < keys->len; j++)
            g_ptr_array_add(list,
                            (gpointer)((const SpPreparedKey *)g_ptr_array_index(keys, j))->key);
    }
    return list;
}

void
sp_key_steps_add_others(const SpDeclared *declared, GPtrArray *objects)
{
    for (guint i = 0; i < sp_registry_get_n(sp_declared_get_registry(declared)); i++) {
        const GPtrArray *keys = sp_prepared_get_keys(sp_declared_get_prepared(declared, i));
        for (guint j = 0; j < keys->len; j++) {
            const SpPreparedKey *key = g_ptr_array_index(keys, j);
            if (key->key->is_apart)
                g_ptr_array_add(objects, (gpointer)key->other);
        }
    }
}

/* Whether it comes back, under whatever name it had. */
static gboolean
is_lost(const Decision *decision, const SpForeignKey *key)
{
    g_autofree char *definition = sp_foreign_key_definition(key);
    *strstr(definition, " REFERENCES ") = '\0';
    for (guint i = 0; decision->lost != NULL && i < decision->lost->len; i++) {
        const SpLostPart *part = g_ptr_array_index(decision->lost, i);
        if (!part->is_column && strstr(part->statement.sql, definition) != NULL)
            return TRUE;
    }
    return FALSE;
}

static gboolean
has_same_deferral(const SpForeignKey *key, const SpLiveKey *live)
{
    return key->is_deferrable == live->is_deferrable && key->is_deferred == live->is_deferred;
}

static gboolean
has_same_actions(const SpForeignKey *key, const SpLiveKey *live)
{
    return key->match == live->match && key->on_update == live->on_update &&
           key->on_delete == live->on_delete;
}

/* (transfer full): what of the live key is not as it is declared */
static char *
describe_live(const SpForeignKey *key, const SpLiveKey *live)
{
    SpForeignKey as_it_is = *key;
    as_it_is.match = live->match;
    as_it_is.on_update = live->on_update;
    as_it_is.on_delete = live->on_delete;
    as_it_is.is_deferrable = live->is_deferrable;
    as_it_is.is_deferred = live->is_deferred;
    return sp_foreign_key_definition(&as_it_is);
}

/* A migration that has yet to run may mend it. */
static gboolean
has_pending_migration(const Decision *decision)
{
    for (guint i = 0; i < decision->steps->len; i++) {
        const SpStep *step = g_ptr_array_index(decision->steps, i);
        if (step->prepared == decision->prepared && step->kind == SP_STEP_MIGRATION &&
            step->state == SP_STEP_PENDING)
            return TRUE;
    }
    return FALSE;
}

static void
warn(const Decision *decision, const SpPreparedKey *prepared, const SpLiveKey *live)
{
    const SpForeignKey *key = prepared->key;
    gboolean is_deferral = live->is_same && has_same_actions(key, live);
    g_autofree char *declared = sp_foreign_key_definition(key);
    g_autofree char *there = live->is_same ? describe_live(key, live)
                                           : g_strdup("another key, of other tables or columns");
    g_autofree char *mending = is_deferral ? sp_foreign_key_deferral(key, live->name)
                                           : sp_foreign_key_replacement(key, live->name);
    g_autofree char *detail =
        g_strdup_printf("Declared is %s; the database has %s.", declared, there);
    g_autofree char *hint = g_strdup_printf("To mend it, in a migration: %s", mending);
    GError *error = sp_error_new(SP_ERROR_KEY_DIFFERS, detail, hint,
                                 "foreign key \"%s\" of table \"%s\" is not as it is declared",
                                 live->name, key->table.name);
    const SpExtension *extension = sp_prepared_get_extension(decision->prepared);
    SpPlace place = {.path = sp_extension_get_path(extension),
                     .extension = sp_extension_get_id(extension),
                     .source = sp_script_get_source(prepared->script),
                     .phase = sp_phase_nick(SP_PHASE_DEPENDENT)};
    sp_script_locate(prepared->script, key->offset, &place.line, &place.column);
    sp_error_place(error, &place);
    sp_findings_warn(decision->findings, error);
}

static SpStep *
add_step(const Decision *decision, const char *name, GPtrArray *statements)
{
    SpStep *step = g_new0(SpStep, 1);
    step->phase = SP_PHASE_DEPENDENT;
    step->kind = SP_STEP_KEYS;
    step->state = SP_STEP_PENDING;
    step->prepared = decision->prepared;
    step->name = g_strdup(name);
    step->statements = statements;
    step->source = ((const SpStatement *)g_ptr_array_index(statements, 0))->source;
    g_ptr_array_add(decision->steps, step);
    return step;
}

/* One each, since rows that break one key say nothing of the others. */
static void
add_validations(const Decision *decision, const GPtrArray *keys)
{
    for (guint i = 0; i < keys->len; i++) {
        const SpPreparedKey *key = g_ptr_array_index(keys, i);
        GPtrArray *statements = g_ptr_array_new();
        g_ptr_array_add(statements, key->validation);
        add_step(decision, key->key->name, statements)->is_validation = TRUE;
    }
}

/* Whether the table belongs to an extension that may be absent, and is: then the key waits for it.
 */
static gboolean
is_waiting(const Decision *decision, const SpPreparedKey *key)
{
    const SpRegistry *registry = sp_declared_get_registry(decision->declared);
    const SpExtension *extension = sp_prepared_get_extension(decision->prepared);
    const char *owner =
        sp_ownership_find(sp_declared_get_ownership(decision->declared), key->other);
    if ((owner != NULL && sp_registry_find(registry, owner) != NULL) ||
        sp_history_has_object(decision->history, key->other))
        return FALSE;
    for (guint i = 0; i < sp_extension_get_n_dependencies(extension); i++) {
        const SpDependency *dependency = sp_extension_get_dependency(extension, i);
        if (dependency->is_optional && sp_registry_find(registry, dependency->id) == NULL)
            return TRUE;
    }
    return FALSE;
}

/* One that is new, or that an interrupted run, or rows that broke it, left unchecked. */
static gboolean
is_unchecked(const SpPreparedKey *key, const SpLiveKey *live)
{
    return key->validation != NULL && (live == NULL || (live->is_same && !live->is_valid &&
                                                        g_str_equal(live->name, key->key->name)));
}

void
sp_key_steps_decide(const SpDeclared *declared, const SpPrepared *prepared,
                    const SpHistory *history, const GPtrArray *lost, GPtrArray *steps,
                    SpFindings *findings)
{
    const Decision decision = {declared, prepared, history, lost, steps, findings};
    const GPtrArray *keys = sp_prepared_get_keys(prepared);
    g_autoptr(GPtrArray) additions = g_ptr_array_new();
    g_autoptr(GPtrArray) unchecked = g_ptr_array_new();
    gboolean warns = !has_pending_migration(&decision);
    for (guint i = 0; i < keys->len; i++) {
        SpPreparedKey *key = g_ptr_array_index(keys, i);
        const SpLiveKey *live = sp_history_find_key(history, key->key);
        if (warns && live != NULL &&
            !(live->is_same && has_same_actions(key->key, live) &&
              has_same_deferral(key->key, live)))
            warn(&decision, key, live);
        if (!key->key->is_apart || is_lost(&decision, key->key) || is_waiting(&decision, key))
            continue;
        if (live == NULL)
            g_ptr_array_add(additions, key->addition);
        if (is_unchecked(key, live))
            g_ptr_array_add(unchecked, key);
    }
    if (additions->len > 0)
        add_step(&decision, "foreign keys", g_ptr_array_ref(additions));
    add_validations(&decision, unchecked);
}

gboolean
sp_key_step_is_validation(const SpStep *step)
{
    return step->kind == SP_STEP_KEYS && step->is_validation;
}
