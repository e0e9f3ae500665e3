/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/made.h"

SpStatement *
sp_made_new(const SpStatement *origin, const char *tag, char *sql)
{
    SpStatement *statement = g_new0(SpStatement, 1);
    *statement = (SpStatement){
        .sql = sql,
        .source = g_strdup(origin->source),
        .line = origin->line,
        .column = origin->column,
        .tag = tag,
        .phase = origin->phase,
        .effects = g_ptr_array_new(),
    };
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
