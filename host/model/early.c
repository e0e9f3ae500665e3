/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/early.h"

#include "model/node.h"

/* Arguments are left out: which of several functions of one name is meant, only the server knows.
 */
static char *
routine_key(const char *namespace_name, const char *name)
{
    return g_strconcat(namespace_name, "\n", name, NULL);
}

static void
collect_calls(const SpStatement *statement, GHashTable *called)
{
    g_autoptr(GPtrArray) messages = sp_node_walk(statement->node);
    for (guint i = 0; i < messages->len; i++) {
        const ProtobufCMessage *message = g_ptr_array_index(messages, i);
        if (message->descriptor != &pg_query__func_call__descriptor)
            continue;
        const PgQuery__FuncCall *call = (const PgQuery__FuncCall *)message;
        gboolean is_qualified = call->n_funcname > 1;
        const char *namespace_name =
            is_qualified ? sp_node_get_string(call->funcname[0]) : "public";
        const char *name = sp_node_get_string(call->funcname[call->n_funcname - 1]);
        g_hash_table_add(called, routine_key(namespace_name, name));
    }
}

static gboolean
is_called(const SpStatement *statement, GHashTable *called)
{
    for (guint i = 0; i < statement->effects->len; i++) {
        const SpEffect *effect = g_ptr_array_index(statement->effects, i);
        if (effect->action != SP_ACTION_CREATE || effect->object->class != SP_OBJECT_ROUTINE)
            continue;
        g_autofree char *key = routine_key(effect->object->namespace_name, effect->object->name);
        return g_hash_table_contains(called, key);
    }
    return FALSE;
}

void
sp_early_move(const GPtrArray *statements)
{
    g_autoptr(GHashTable) called = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
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
