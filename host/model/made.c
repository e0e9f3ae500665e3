/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/made.h"

static void
effect_free(gpointer data)
{
    SpEffect *effect = data;
    sp_object_free(effect->object);
    g_free(effect);
}

void
sp_made_add_effect(SpStatement *statement, SpAction action, const SpObject *object)
{
    SpEffect *effect = g_new0(SpEffect, 1);
    effect->action = action;
    effect->object = sp_object_copy(object);
    g_ptr_array_add((GPtrArray *)statement->effects, effect);
}

SpStatement *
sp_made_new(const SpStatement *origin, const char *tag, char *sql, const SpObject *object)
{
    SpStatement *statement = g_new0(SpStatement, 1);
    *statement = (SpStatement){
        .sql = sql,
        .source = g_strdup(origin->source),
        .line = origin->line,
        .column = origin->column,
        .tag = tag,
        .phase = origin->phase,
        .effects = g_ptr_array_new_with_free_func(effect_free),
        .facts = object != NULL ? SP_FACT_REBUILDS : 0,
    };
    if (object != NULL)
        sp_made_add_effect(statement, SP_ACTION_ALTER, object);
    return statement;
}

void
sp_made_free(SpStatement *statement)
{
    if (statement == NULL)
        return;
    g_free((char *)statement->sql);
    g_free((char *)statement->source);
    g_ptr_array_unref((GPtrArray *)statement->effects);
    g_free(statement);
}
