/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The tables that a plan touches and that are there already, as the catalog describes them. */
#pragma once

#include "model/object.h"

#include <glib.h>

typedef struct {
    const SpObject *object;
    /* with indexes and TOAST; of a partitioned table, of all its partitions; -1 when the table is
     * only assumed to be there, and nothing is known of its columns either */
    gint64 bytes;
    gint64 rows; /* the server's estimate; -1 when it never counted them */
} SpTableFacts;

/** The type of a column, as the catalog has it. */
typedef struct {
    const char *type; /* "varchar", "int4"; with its namespace unless that is pg_catalog */
    gint modifier;    /* atttypmod; -1: none */
} SpColumnFacts;

typedef struct SpTables SpTables;

SpTables *sp_tables_new(void);
void sp_tables_free(SpTables *tables);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpTables, sp_tables_free)

/** Adds a table once; facts of one that is there already are kept. */
void sp_tables_add(SpTables *tables, const SpObject *object, gint64 bytes, gint64 rows);
void sp_tables_add_column(SpTables *tables, const SpObject *object, const char *column,
                          const char *type, gint modifier);
/** Says that @index is an index of @table, which must have been added. */
void sp_tables_add_index(SpTables *tables, const SpObject *index, const SpObject *table);

/** (nullable): of the table @object, or of the table whose index it is. */
const SpTableFacts *sp_tables_find(const SpTables *tables, const SpObject *object);
/** (nullable) */
const SpColumnFacts *sp_table_facts_find_column(const SpTableFacts *facts, const char *column);
