/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/marks.h"

#include "model/claims.h"

typedef struct {
    const SpOwnership *ownership;
    const char *id;
    const SpScript *script;
    GHashTable *seen[SP_ACTION_READ + 1]; /* SpObject, borrowed from its mark */
    GPtrArray *marks;
} Marking;

static gboolean
is_worth_a_mark(const Marking *marking, const SpEffect *effect)
{
    if (effect->is_temporary || sp_object_get_realm(effect->object) != SP_REALM_EXTENSIONS)
        return FALSE;
    if (effect->action == SP_ACTION_CREATE)
        return sp_script_get_role(marking->script) != SP_SCRIPT_DOWN;
    const char *owner =
        marking->ownership ? sp_ownership_find(marking->ownership, effect->object) : NULL;
    return g_strcmp0(owner, marking->id) != 0;
}

static void
mark(Marking *marking, const SpEffect *effect)
{
    GHashTable *seen = marking->seen[effect->action];
    if (!is_worth_a_mark(marking, effect) || g_hash_table_contains(seen, effect->object))
        return;
    SpMark *made = g_new0(SpMark, 1);
    made->action = effect->action;
    made->object = sp_object_copy(effect->object);
    made->is_kept = effect->action == SP_ACTION_CREATE &&
                    sp_script_get_role(marking->script) == SP_SCRIPT_SCHEMA;
    made->source = g_strdup(sp_script_get_source(marking->script));
    sp_script_locate(marking->script, effect->offset, &made->line, &made->column);
    g_ptr_array_add(marking->marks, made);
    g_hash_table_add(seen, made->object);
}

static void
mark_script(Marking *marking)
{
    const GPtrArray *statements = sp_script_get_statements(marking->script);
    for (guint i = 0; i < statements->len; i++) {
        const SpStatement *statement = g_ptr_array_index(statements, i);
        for (guint j = 0; j < statement->effects->len; j++)
            mark(marking, g_ptr_array_index(statement->effects, j));
    }
}

GPtrArray *
sp_marks_new(const SpPrepared *prepared, const SpOwnership *ownership)
{
    g_return_val_if_fail(sp_prepared_is_read(prepared), NULL);
    const GPtrArray *scripts = sp_prepared_get_scripts(prepared);
    Marking marking = {
        .ownership = ownership,
        .id = sp_extension_get_id(sp_prepared_get_extension(prepared)),
        .marks = g_ptr_array_new_with_free_func((GDestroyNotify)sp_mark_free),
    };
    for (guint i = 0; i < G_N_ELEMENTS(marking.seen); i++)
        marking.seen[i] = g_hash_table_new(sp_object_hash, sp_object_equal);
    for (guint i = 0; i < scripts->len; i++) {
        marking.script = g_ptr_array_index(scripts, i);
        mark_script(&marking);
    }
    for (guint i = 0; i < G_N_ELEMENTS(marking.seen); i++)
        g_hash_table_unref(marking.seen[i]);
    return marking.marks;
}

GHashTable *
sp_marks_set_new(void)
{
    return g_hash_table_new(sp_object_hash, sp_object_equal);
}

void
sp_marks_set_add(GHashTable *set, const GPtrArray *marks)
{
    for (guint i = 0; marks != NULL && i < marks->len; i++) {
        const SpMark *one = g_ptr_array_index(marks, i);
        g_hash_table_add(set, one->object);
    }
}

gboolean
sp_marks_meet(GHashTable *changed, const GPtrArray *marks)
{
    for (guint i = 0; marks != NULL && i < marks->len; i++) {
        const SpMark *one = g_ptr_array_index(marks, i);
        if (g_hash_table_contains(changed, one->object))
            return TRUE;
    }
    return FALSE;
}
