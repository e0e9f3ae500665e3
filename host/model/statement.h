/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The statement table: one row for every kind of statement of the grammar. Lint, phases and
 * ownership all read it. */
#pragma once

#include "model/facts.h"
#include "model/keys.h"
#include "model/mentions.h"
#include "model/object.h"
#include "model/phase.h"

#include <glib.h>
#include <pg_query/pg_query.pb-c.h>

/** The kinds of text that an extension has. */
typedef enum {
    SP_SCRIPT_SCHEMA,
    SP_SCRIPT_MIGRATION,
    SP_SCRIPT_DOWN,
    SP_SCRIPT_SEED,
    SP_SCRIPT_RETIRE, /* the text of a retirement */
    SP_N_SCRIPT_ROLES
} SpScriptRole;

/** What a statement does to one object. */
typedef enum {
    SP_ACTION_CREATE,
    SP_ACTION_ALTER, /* also: index, trigger, policy, rule, comment, grant, partition on it */
    SP_ACTION_DROP,
    SP_ACTION_WRITE, /* INSERT, UPDATE, DELETE, MERGE, TRUNCATE, COPY FROM, LOCK, REFRESH */
    SP_ACTION_READ,  /* query, view, foreign key */
} SpAction;

typedef struct {
    SpAction action;
    SpObject *object;
    gboolean is_temporary; /* the object dies with the session */
    gboolean is_optional;  /* IF EXISTS, IF NOT EXISTS, OR REPLACE */
    /* byte in the script where the object is named; the statement's own when unknown */
    guint offset;
} SpEffect;

/** How a statement of a schema is made safe for running at every boot. */
typedef enum {
    SP_REPEAT_ALWAYS,        /* harmless to repeat as it is: COMMENT, DROP ... IF EXISTS */
    SP_REPEAT_IF_NOT_EXISTS, /* has that form; without it a warning, and the host looks in the
                                catalog */
    SP_REPEAT_OR_REPLACE,    /* has that form; without it refused, unless a DROP ... IF EXISTS of it
                                goes before */
    SP_REPEAT_LOOKUP,        /* has neither: the host looks in the catalog and skips what exists */
} SpRepeat;

typedef struct SpStatementKind SpStatementKind;

/** (nullable): the row of a node; NULL when it is no statement, or one that no row classifies. */
const SpStatementKind *sp_statement_kind_find(PgQuery__Node__NodeCase node_case);

/** One statement of a script, cut from its text by the parser. Owned by its script. */
typedef struct {
    const char *sql;           /* its own text, without the semicolon */
    const char *source;        /* the file, as the extension names it */
    guint offset;              /* byte in the script's text */
    guint line, column;        /* of its first character; 1-based */
    const char *tag;           /* (nullable): PostgreSQL's command tag: "CREATE TABLE" */
    SpPhase phase;             /* of a schema's statement; that of the script's role otherwise */
    const GPtrArray *effects;  /* (element-type SpEffect) */
    const SpObject *guard;     /* (nullable): skip the statement when this exists in the catalog */
    guint facts;               /* bits of SpFact */
    const SpIndexFacts *index; /* (nullable): of CREATE INDEX */
    const SpMentions *columns; /* (nullable): NULL when there is nothing to say */
    const char *const *calls;  /* (nullable): of a schema's statement; see facts.h */
    const char *const *types;  /* (nullable): likewise */
    const SpForeignKeys *keys; /* (nullable): likewise, of CREATE TABLE */
    const PgQuery__Node *node; /* (nullable): NULL unless its script keeps the tree */
} SpStatement;
