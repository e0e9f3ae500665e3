/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What one statement says of columns: those that it gives to tables, and those that it needs. */
#pragma once

#include "base/arena.h"

#include <glib.h>
#include <pg_query/pg_query.pb-c.h>

typedef struct {
    const char *namespace_name;
    const char *name;
} SpTableName;

/** A table, as a statement makes or changes it. */
typedef struct {
    SpTableName table;
    /* that it gets, had or loses: an earlier text may still name what is gone */
    const char *const *columns;
    guint n_columns;
    /* (nullable): of CREATE TABLE, byte in the script where each column is defined; 0: it is only
     * named there */
    const guint *offsets;
    gboolean is_listed; /* CREATE TABLE lists its columns */
    gboolean is_open;   /* it may have others besides */
    gboolean is_loss;   /* the columns go, or get another name */
} SpColumnGift;

/** A column that an index or a view names. */
typedef struct {
    const char *column;
    const SpTableName *tables; /* any of them may be the one that is meant */
    guint n_tables;            /* at least one */
    guint offset;              /* byte in the script where the view names it */
} SpColumnUse;

typedef struct {
    const SpColumnGift *gifts;
    guint n_gifts;
    const SpColumnUse *uses;
    guint n_uses;
} SpMentions;

/**
 * Reads CREATE TABLE, ALTER TABLE and RENAME for what they give, CREATE INDEX for its keys and
 * INCLUDE (not expressions or predicates), and a view whose query is one SELECT from plain tables
 * for the bare columns and "alias.column" of its target list. What could be meant otherwise, by a
 * name of a common table expression, a whole row or columns that were given other names, is left
 * out.
 * @effects: (element-type SpEffect): of the statement, where the namespaces are found; they have to
 * outlive the facts
 * Returns: (transfer none) (nullable): NULL when there is nothing to say
 */
const SpMentions *sp_mentions_read(const PgQuery__Node *node, const GPtrArray *effects,
                                   SpArena *arena);
