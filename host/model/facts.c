/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/facts.h"

#include "model/kind.h"
#include "model/node.h"

static const struct {
    PgQuery__Node__NodeCase node_case;
    guint facts;
} facts_of_kinds[] = {
    {PG_QUERY__NODE__NODE_RENAME_STMT, SP_FACT_RENAMES},
    {PG_QUERY__NODE__NODE_ALTER_OBJECT_SCHEMA_STMT, SP_FACT_MOVES},
    {PG_QUERY__NODE__NODE_DO_STMT, SP_FACT_IS_PROCEDURAL},
    {PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT, SP_FACT_IS_PROCEDURAL},
    {PG_QUERY__NODE__NODE_CREATE_STMT, SP_FACT_LISTS_COLUMNS},
    {PG_QUERY__NODE__NODE_CREATE_FOREIGN_TABLE_STMT, SP_FACT_LISTS_COLUMNS},
    {PG_QUERY__NODE__NODE_CREATE_SCHEMA_STMT, SP_FACT_LISTS_COLUMNS},
};

static gboolean
sets_session(const PgQuery__Node *node)
{
    if (node->node_case != PG_QUERY__NODE__NODE_VARIABLE_SET_STMT)
        return FALSE;
    const PgQuery__VariableSetStmt *set = node->variable_set_stmt;
    return !set->is_local && !g_str_has_prefix(set->name, "TRANSACTION");
}

static gboolean
cascades(const GPtrArray *messages)
{
    for (guint i = 0; i < messages->len; i++) {
        const ProtobufCMessage *message = g_ptr_array_index(messages, i);
        if (message->descriptor == &pg_query__alter_table_cmd__descriptor &&
            ((const PgQuery__AlterTableCmd *)message)->behavior ==
                PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE)
            return TRUE;
    }
    return FALSE;
}

guint
sp_facts_read(const PgQuery__Node *node, const GPtrArray *messages)
{
    guint facts = 0;

    for (guint i = 0; i < G_N_ELEMENTS(facts_of_kinds); i++)
        if (facts_of_kinds[i].node_case == node->node_case)
            facts |= facts_of_kinds[i].facts;
    if (sp_statement_find_traits(node).needs_no_transaction)
        facts |= SP_FACT_RUNS_ALONE;
    if (sets_session(node))
        facts |= SP_FACT_SETS_SESSION;
    if (cascades(messages))
        facts |= SP_FACT_CASCADES;
    return facts;
}

const SpIndexFacts *
sp_index_facts_read(const PgQuery__Node *node, SpArena *arena)
{
    if (node->node_case != PG_QUERY__NODE__NODE_INDEX_STMT)
        return NULL;

    const PgQuery__IndexStmt *create = node->index_stmt;
    const char *namespace_name = create->relation->schemaname;
    const SpIndexFacts index = {
        .namespace_name = *namespace_name != '\0' ? sp_arena_text(arena, namespace_name) : NULL,
        .table = sp_arena_text(arena, create->relation->relname),
        .name = sp_arena_text(arena, create->idxname),
        .is_concurrent = create->concurrent,
    };
    return sp_arena_copy(arena, &index, sizeof index);
}

char *
sp_facts_routine_key(const char *namespace_name, const char *name)
{
    return g_strconcat(namespace_name, "\n", name, NULL);
}

static const char *
key_of_call(const PgQuery__FuncCall *call, SpArena *arena)
{
    gboolean is_qualified = call->n_funcname > 1;
    const char *namespace_name = is_qualified ? sp_node_get_string(call->funcname[0]) : "public";
    const char *name = sp_node_get_string(call->funcname[call->n_funcname - 1]);
    g_autofree char *key = sp_facts_routine_key(namespace_name, name);
    return sp_arena_text(arena, key);
}

const char *const *
sp_facts_read_calls(const GPtrArray *messages, SpArena *arena)
{
    g_autoptr(GPtrArray) calls = NULL;

    for (guint i = 0; i < messages->len; i++) {
        const ProtobufCMessage *message = g_ptr_array_index(messages, i);
        if (message->descriptor != &pg_query__func_call__descriptor)
            continue;
        if (calls == NULL)
            calls = g_ptr_array_new();
        g_ptr_array_add(calls, (gpointer)key_of_call((const PgQuery__FuncCall *)message, arena));
    }
    if (calls == NULL)
        return NULL;
    g_ptr_array_add(calls, NULL);
    return sp_arena_copy(arena, calls->pdata, calls->len * sizeof(gpointer));
}
