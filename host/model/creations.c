/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/creations.h"

struct SpCreations {
    GPtrArray *list; /* SpCreation */
};

static gboolean
is_part_of(const SpObject *part, const SpObject *whole)
{
    gboolean is_part = part->class == SP_OBJECT_TRIGGER || part->class == SP_OBJECT_POLICY ||
                       part->class == SP_OBJECT_RULE;
    return is_part && whole->class == SP_OBJECT_RELATION &&
           g_str_equal(part->namespace_name, whole->namespace_name) &&
           g_strcmp0(part->parent, whole->name) == 0;
}

static gboolean
is_taken_away(const SpObject *created, const SpObject *dropped)
{
    gboolean is_any_routine = dropped->class == SP_OBJECT_ROUTINE && dropped->arguments == NULL &&
                              created->class == SP_OBJECT_ROUTINE &&
                              g_str_equal(created->name, dropped->name) &&
                              g_str_equal(created->namespace_name, dropped->namespace_name);
    return is_any_routine || sp_object_equal(created, dropped) || is_part_of(created, dropped);
}

static void
forget(SpCreations *creations, const SpObject *dropped)
{
    for (guint i = creations->list->len; i > 0; i--) {
        const SpCreation *creation = g_ptr_array_index(creations->list, i - 1);
        if (!creation->is_of_schema && is_taken_away(creation->object, dropped))
            g_ptr_array_remove_index(creations->list, i - 1);
    }
}

static void
remember(SpCreations *creations, const SpScript *script, const SpEffect *effect, const char *id)
{
    SpCreation *creation = g_new0(SpCreation, 1);
    creation->object = effect->object;
    creation->is_of_schema = sp_script_get_role(script) == SP_SCRIPT_SCHEMA;
    creation->place.extension = id;
    creation->place.source = sp_script_get_source(script);
    sp_script_locate(script, effect->offset, &creation->place.line, &creation->place.column);
    g_ptr_array_add(creations->list, creation);
}

static void
collect(SpCreations *creations, const SpScript *script, const char *id)
{
    const GPtrArray *statements = sp_script_get_statements(script);
    gboolean is_migration = sp_script_get_role(script) == SP_SCRIPT_MIGRATION;
    for (guint i = 0; i < statements->len; i++) {
        const SpStatement *statement = g_ptr_array_index(statements, i);
        for (guint j = 0; j < statement->effects->len; j++) {
            const SpEffect *effect = g_ptr_array_index(statement->effects, j);
            if (effect->action == SP_ACTION_DROP && is_migration)
                forget(creations, effect->object);
            if (effect->action == SP_ACTION_CREATE && !effect->is_temporary)
                remember(creations, script, effect, id);
        }
    }
}

SpCreations *
sp_creations_new(const GPtrArray *prepared)
{
    SpCreations *creations = g_new0(SpCreations, 1);
    creations->list = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < prepared->len; i++) {
        const SpPrepared *one = g_ptr_array_index(prepared, i);
        const char *id = sp_extension_get_id(sp_prepared_get_extension(one));
        const GPtrArray *scripts = sp_prepared_get_scripts(one);
        for (guint j = 0; j < scripts->len; j++) {
            const SpScript *script = g_ptr_array_index(scripts, j);
            /* What undoes a migration runs only when an operator asks for it. */
            if (sp_script_get_role(script) != SP_SCRIPT_DOWN)
                collect(creations, script, id);
        }
    }
    return creations;
}

void
sp_creations_free(SpCreations *creations)
{
    if (creations == NULL)
        return;
    g_ptr_array_unref(creations->list);
    g_free(creations);
}

const SpCreation *
sp_creations_find(const SpCreations *creations, const SpObject *object)
{
    for (guint i = 0; i < creations->list->len; i++) {
        const SpCreation *creation = g_ptr_array_index(creations->list, i);
        if (is_taken_away(creation->object, object))
            return creation;
    }
    return NULL;
}
