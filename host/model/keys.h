/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Foreign keys of CREATE TABLE, and how one is taken out of it and added later. */
#pragma once

#include "model/mentions.h"

#include <glib.h>
#include <pg_query/pg_query.pb-c.h>

/** A part of a script: up to @next, or when that is 0 to the end of the member of the list. */
typedef struct {
    guint start;
    guint next;
} SpKeyPart;

typedef struct {
    SpTableName table;
    SpTableName other; /* the table that is referenced */
    const char *name;  /* as written, or as PostgreSQL would make it up */
    const char *const *columns;
    guint n_columns;
    const char *const *other_columns; /* none: the primary key */
    guint n_other_columns;
    const char *const *set_columns; /* of ON DELETE SET NULL and SET DEFAULT; none: all */
    guint n_set_columns;
    char match; /* these three as in pg_constraint */
    char on_update;
    char on_delete;
    gboolean is_deferrable;
    gboolean is_deferred;
    gboolean can_be_unchecked; /* not of a partitioned table: PostgreSQL has no NOT VALID there */
    guint offset;              /* byte in the script */
    int member;                /* its number in the list of the table; -1: it is of a column */
    const SpKeyPart *parts;    /* of one that is of a column: itself, and DEFERRABLE and the like */
    guint n_parts;
    gboolean is_apart; /* added apart from its table, after all tables and migrations */
} SpForeignKey;

typedef struct {
    const SpForeignKey *items;
    guint n;
    const guint *members; /* a byte of the script in each member of the table's list */
    guint n_members;
} SpForeignKeys;

/**
 * (transfer none) (nullable): those of a CREATE TABLE; NULL of one without, of a temporary one, and
 * of any other statement.
 * @default_namespace: of names without one
 */
const SpForeignKeys *sp_foreign_keys_read(const PgQuery__Node *node, const char *default_namespace,
                                          SpArena *arena);

/** (transfer full): "FOREIGN KEY (author) REFERENCES public.users ON DELETE CASCADE" */
char *sp_foreign_key_definition(const SpForeignKey *key);
/** (transfer full): ALTER TABLE that adds it; not looking at the rows where that can be left for
 * later. */
char *sp_foreign_key_addition(const SpForeignKey *key);
/** (transfer full): ALTER TABLE that looks at the rows. */
char *sp_foreign_key_validation(const SpForeignKey *key);
/** (transfer full): ALTER TABLE that puts this key in the place of constraint @name. */
char *sp_foreign_key_replacement(const SpForeignKey *key, const char *name);
/** (transfer full): ALTER TABLE that makes constraint @name as deferrable as this key. */
char *sp_foreign_key_deferral(const SpForeignKey *key, const char *name);

/**
 * (transfer full): the statement without its keys that are apart. They become space, so that all
 * else stays in its line and column; a short comment stands in for them where there is room.
 * @sql: of the statement, which begins at byte @offset of its script
 */
char *sp_foreign_keys_cut(const SpForeignKeys *keys, const char *sql, guint offset);
