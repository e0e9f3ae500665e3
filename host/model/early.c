/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/early.h"

static void
collect_calls(const SpStatement *statement, GHashTable *called)
{
    for (guint i = 0; statement->calls != NULL && statement->calls[i] != NULL; i++)
        g_hash_table_add(called, (gpointer)statement->calls[i]);
}

static gboolean
is_called(const SpStatement *statement, GHashTable *called)
{
    for (guint i = 0; i < statement->effects->len; i++) {
        const SpEffect *effect = g_ptr_array_index(statement->effects, i);
        if (effect->action != SP_ACTION_CREATE || effect->object->class != SP_OBJECT_ROUTINE)
            continue;
        g_autofree char *key =
            sp_facts_routine_key(effect->object->namespace_name, effect->object->name);
        return g_hash_table_contains(called, key);
    }
    return FALSE;
}

void
sp_early_move(const GPtrArray *statements)
{
    g_autoptr(GHashTable) called = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < statements->len; i++) {
        const SpStatement *statement = g_ptr_array_index(statements, i);
        if (statement->phase == SP_PHASE_STRUCTURAL)
            collect_calls(statement, called);
    }
    /* Backwards, since what a function calls stands before it. */
    for (guint i = statements->len; i > 0 && g_hash_table_size(called) > 0; i--) {
        SpStatement *statement = g_ptr_array_index(statements, i - 1);
        if (statement->phase != SP_PHASE_DEPENDENT || !is_called(statement, called))
            continue;
        statement->phase = SP_PHASE_STRUCTURAL;
        collect_calls(statement, called);
    }
}
