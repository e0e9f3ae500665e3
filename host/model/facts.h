/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What later rooms ask of a statement when its tree is gone. */
#pragma once

#include "base/arena.h"

#include <glib.h>
#include <pg_query/pg_query.pb-c.h>

/** Bits. */
typedef enum {
    SP_FACT_RUNS_ALONE = 1 << 0,    /* PostgreSQL refuses it in a transaction block */
    SP_FACT_SETS_SESSION = 1 << 1,  /* SET and RESET that hold for the rest of the session */
    SP_FACT_RENAMES = 1 << 2,       /* ALTER ... RENAME */
    SP_FACT_MOVES = 1 << 3,         /* ALTER ... SET SCHEMA */
    SP_FACT_CASCADES = 1 << 4,      /* a command of ALTER TABLE drops with CASCADE */
    SP_FACT_IS_PROCEDURAL = 1 << 5, /* DO, CREATE FUNCTION: its text holds code of its own */
    SP_FACT_LISTS_COLUMNS = 1 << 6, /* what it creates has the columns that it lists */
    SP_FACT_REBUILDS = 1 << 7,      /* the host's own: an object comes back as it was */
} SpFact;

/** The index that CREATE INDEX builds. */
typedef struct {
    const char *namespace_name; /* (nullable): of its table, as written */
    const char *table;
    const char *name; /* empty when PostgreSQL has to make one up */
    gboolean is_concurrent;
} SpIndexFacts;

/**
 * Bits of SpFact, of a statement.
 * @messages: (element-type ProtobufCMessage): what sp_node_walk() gives of @node
 */
guint sp_facts_read(const PgQuery__Node *node, const GPtrArray *messages);

/** (transfer none) (nullable): NULL for what is no CREATE INDEX. */
const SpIndexFacts *sp_index_facts_read(const PgQuery__Node *node, SpArena *arena);

/**
 * (transfer none) (nullable): the functions that the statement calls, as
 * sp_facts_routine_key() names them; NULL-terminated. NULL when it calls none. Arguments are left
 * out: which of several functions of one name is meant, only the server knows.
 */
const char *const *sp_facts_read_calls(const GPtrArray *messages, SpArena *arena);
/** (transfer none) (nullable): likewise the types, as far as they are not PostgreSQL's own. */
const char *const *sp_facts_read_types(const GPtrArray *messages, SpArena *arena);
/** (transfer full) */
char *sp_facts_routine_key(const char *namespace_name, const char *name);
