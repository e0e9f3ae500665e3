/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* A row of the statement table, and what it says of one statement. */
#pragma once

#include "model/effects.h"
#include "model/statement.h"

/** Where a statement may stand, and how it runs there. */
typedef struct {
    guint roles;                   /* bits, 1 << SpScriptRole: the texts that may hold it */
    SpPhase phase;                 /* in a schema */
    SpRepeat repeat;               /* in a schema */
    gboolean needs_no_transaction; /* PostgreSQL refuses it in a transaction block */
    const char *reason;            /* (nullable): why no text may hold it, in a sentence */
    const char *hint;              /* (nullable): what to write instead */
} SpTraits;

/** The one object that a statement names. */
typedef struct {
    const char *field; /* of the node's message: a string, a list of String, or a RangeVar */
    SpAction action;
    PgQuery__ObjectType type;
} SpTarget;

struct SpStatementKind {
    const char *tag;      /* PostgreSQL's command tag */
    const char *flag;     /* (nullable): a field of the message that, when set, ... */
    const char *flag_tag; /* ... makes this the tag */
    /* (nullable): a field that holds an ObjectType; its word ends the tag */
    const char *object_type;
    SpTraits traits;
    void (*refine)(const PgQuery__Node *node, SpTraits *traits); /* (nullable) */
    SpTarget target; /* field is NULL when there is none */
    void (*add_effects)(SpEffects *effects, const PgQuery__Node *node); /* (nullable) */
};

/** (transfer full): the command tag of @node, which must be a statement. */
char *sp_statement_make_tag(const PgQuery__Node *node);
/** The traits of @node, which must be a statement. */
SpTraits sp_statement_find_traits(const PgQuery__Node *node);
