/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/tables.h"

/* The public struct comes first. */
typedef struct {
    SpTableFacts public;
    SpObject *object;
    GHashTable *columns; /* utf8 -> SpColumnFacts */
} Facts;

struct SpTables {
    GHashTable *facts; /* SpObject -> Facts */
    GHashTable *names; /* SpObject -> Facts, borrowed: the tables and their indexes */
};

static void
facts_free(gpointer data)
{
    Facts *facts = data;
    sp_object_free(facts->object);
    g_hash_table_unref(facts->columns);
    g_free(facts);
}

static void
column_free(gpointer data)
{
    SpColumnFacts *column = data;
    g_free((char *)column->type);
    g_free(column);
}

SpTables *
sp_tables_new(void)
{
    SpTables *tables = g_new0(SpTables, 1);
    tables->facts = g_hash_table_new_full(sp_object_hash, sp_object_equal, NULL, facts_free);
    tables->names = g_hash_table_new_full(sp_object_hash, sp_object_equal,
                                          (GDestroyNotify)sp_object_free, NULL);
    return tables;
}

void
sp_tables_free(SpTables *tables)
{
    if (tables == NULL)
        return;
    g_hash_table_unref(tables->names);
    g_hash_table_unref(tables->facts);
    g_free(tables);
}

void
sp_tables_add(SpTables *tables, const SpObject *object, gint64 bytes, gint64 rows)
{
    if (g_hash_table_contains(tables->facts, object))
        return;
    Facts *facts = g_new0(Facts, 1);
    facts->object = sp_object_copy(object);
    facts->columns = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, column_free);
    facts->public = (SpTableFacts){.object = facts->object, .bytes = bytes, .rows = rows};
    g_hash_table_insert(tables->facts, facts->object, facts);
    g_hash_table_insert(tables->names, sp_object_copy(object), facts);
}

void
sp_tables_add_column(SpTables *tables, const SpObject *object, const char *column, const char *type,
                     gint modifier)
{
    Facts *facts = g_hash_table_lookup(tables->facts, object);
    g_return_if_fail(facts != NULL);
    SpColumnFacts *of_column = g_new0(SpColumnFacts, 1);
    of_column->type = g_strdup(type);
    of_column->modifier = modifier;
    g_hash_table_insert(facts->columns, g_strdup(column), of_column);
}

void
sp_tables_add_index(SpTables *tables, const SpObject *index, const SpObject *table)
{
    Facts *facts = g_hash_table_lookup(tables->facts, table);
    g_return_if_fail(facts != NULL);
    g_hash_table_insert(tables->names, sp_object_copy(index), facts);
}

const SpTableFacts *
sp_tables_find(const SpTables *tables, const SpObject *object)
{
    return g_hash_table_lookup(tables->names, object);
}

const SpColumnFacts *
sp_table_facts_find_column(const SpTableFacts *facts, const char *column)
{
    return g_hash_table_lookup(((const Facts *)facts)->columns, column);
}
