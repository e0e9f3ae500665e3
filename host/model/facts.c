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

/* @names: [catalog.][namespace.]name */
static const char *
key_of(PgQuery__Node *const *names, gsize n, SpArena *arena)
{
    const char *namespace_name = n > 1 ? sp_node_get_string(names[n - 2]) : "public";
    g_autofree char *key = sp_facts_routine_key(namespace_name, sp_node_get_string(names[n - 1]));
    return sp_arena_text(arena, key);
}

/* (nullable) */
static const char *
find_call(const ProtobufCMessage *message, SpArena *arena)
{
    if (message->descriptor == &pg_query__func_call__descriptor) {
        const PgQuery__FuncCall *call = (const PgQuery__FuncCall *)message;
        return key_of(call->funcname, call->n_funcname, arena);
    }
    if (message->descriptor == &pg_query__create_trig_stmt__descriptor) {
        const PgQuery__CreateTrigStmt *create = (const PgQuery__CreateTrigStmt *)message;
        return key_of(create->funcname, create->n_funcname, arena);
    }
    return NULL;
}

/* (nullable) */
static const char *
find_type(const ProtobufCMessage *message, SpArena *arena)
{
    if (message->descriptor != &pg_query__type_name__descriptor)
        return NULL;
    const PgQuery__TypeName *type = (const PgQuery__TypeName *)message;
    if (type->n_names == 0 || type->pct_type ||
        (type->n_names > 1 && g_strcmp0(sp_node_get_string(type->names[0]), "pg_catalog") == 0))
        return NULL;
    return key_of(type->names, type->n_names, arena);
}

static const char *const *
collect(const GPtrArray *messages, const char *(*find)(const ProtobufCMessage *, SpArena *),
        SpArena *arena)
{
    g_autoptr(GPtrArray) keys = NULL;
    for (guint i = 0; i < messages->len; i++) {
        const char *key = find(g_ptr_array_index(messages, i), arena);
        if (key != NULL && keys == NULL)
            keys = g_ptr_array_new();
        if (key != NULL)
            g_ptr_array_add(keys, (gpointer)key);
    }
    if (keys == NULL)
        return NULL;
    g_ptr_array_add(keys, NULL);
    return sp_arena_copy(arena, keys->pdata, keys->len * sizeof(gpointer));
}

const char *const *
sp_facts_read_calls(const GPtrArray *messages, SpArena *arena)
{
    return collect(messages, find_call, arena);
}

const char *const *
sp_facts_read_types(const GPtrArray *messages, SpArena *arena)
{
    return collect(messages, find_type, arena);
}
