/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What one database says of the past: the ledger, the digests, and which declared objects are
 * there. */
#pragma once

#include "model/keys.h"
#include "model/lost.h"
#include "model/object.h"
#include "model/phase.h"
#include "model/statement.h"

#include <glib.h>

typedef struct SpHistory SpHistory;

/** One row of the ledger. */
typedef struct {
    char *extension;
    guint version;
    char *name;
    char *checksum; /* the original system's hash: see model/checksum.h */
    char *sha256;   /* (nullable): rows of the original system have none */
    char *applied_at;
} SpApplied;

void sp_applied_free(SpApplied *applied);

/** A migration without a transaction that was interrupted: how far it came. */
typedef struct {
    char *extension;
    guint version;
    char *name;
    guint n_done; /* its first statements, all finished */
    char *sha256; /* of the text of those statements; see sp_statements_digest() */
} SpProgressMark;

/** A foreign key of the catalog. */
typedef struct {
    const char *name;
    gboolean is_same; /* its tables and columns are those of the declared one; else only the name */
    char match;       /* these three as in pg_constraint */
    char on_update;
    char on_delete;
    gboolean is_deferrable;
    gboolean is_deferred;
    gboolean is_valid; /* all rows were looked at */
} SpLiveKey;

void sp_progress_mark_free(SpProgressMark *mark);

/** An object that an extension declares, and that is in the catalog though nothing says that the
 * extension made it. */
typedef struct {
    SpObject *object;
    char *word;    /* PostgreSQL's word for what is there */
    char *role;    /* its owner */
    char *holder;  /* (nullable): id of the extension that made it */
    char *package; /* (nullable): the extension of PostgreSQL that it is a member of */
} SpStray;

void sp_stray_free(SpStray *stray);

/** An empty history: a fresh database. Fill it, then hand it on as const. */
SpHistory *sp_history_new(void);
void sp_history_free(SpHistory *history);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpHistory, sp_history_free)

/** @applied: (transfer full) */
void sp_history_add_applied(SpHistory *history, SpApplied *applied);
/** @mark: (transfer full) */
void sp_history_add_mark(SpHistory *history, SpProgressMark *mark);
void sp_history_add_digest(SpHistory *history, const char *extension, const char *phase_nick,
                           const char *digest);
/** Says that @object exists in the catalog. */
void sp_history_add_object(SpHistory *history, const SpObject *object);
/** @stray: (transfer full) */
void sp_history_add_stray(SpHistory *history, SpStray *stray);
/** Says that the table @object has a column. Of a table nothing is known until the first. */
void sp_history_add_column(SpHistory *history, const SpObject *object, const char *column);
/** Says which key stands for a declared one: by its tables and columns, or at least by the name.
 * Copies @live; a later one replaces it. */
void sp_history_add_key(SpHistory *history, const SpForeignKey *key, const SpLiveKey *live);
/** @name: of the column or constraint; @sql: the statement that puts the part back */
void sp_history_add_lost_part(SpHistory *history, const char *extension, gboolean is_column,
                              const char *name, const char *sql);
/**
 * Says what the host has to run so that the role of @extension is there and has what it needs.
 * @missing: (nullable): what an administrator has to run before, since the host's own role may not
 */
void sp_history_add_role_statement(SpHistory *history, const char *extension, const char *sql,
                                   const char *missing);
/** Says that the host's own tables are all there, in their current shape. */
void sp_history_set_has_ledger(SpHistory *history);

gboolean sp_history_has_ledger(const SpHistory *history);
/** (nullable) (element-type utf8): the columns of a table, in its order; NULL of one that was not
 * asked for, or is not there. */
const GPtrArray *sp_history_get_columns(const SpHistory *history, const SpObject *object);
/** (nullable) */
const SpLiveKey *sp_history_find_key(const SpHistory *history, const SpForeignKey *key);
/** (nullable) */
const SpApplied *sp_history_find_applied(const SpHistory *history, const char *extension,
                                         guint version);
/** (transfer container) (element-type utf8): the ids of which the ledger has rows, in byte order.
 */
GList *sp_history_get_extensions(const SpHistory *history);
/** (nullable) */
const SpProgressMark *sp_history_find_mark(const SpHistory *history, const char *extension,
                                           guint version);
/** (nullable) (element-type SpApplied): by version; NULL when there is none. */
const GPtrArray *sp_history_get_applied(const SpHistory *history, const char *extension);
/** (nullable) */
const char *sp_history_find_digest(const SpHistory *history, const char *extension, SpPhase phase);
/** (nullable): sp_extension_get_digest() of what was last installed of an enabled extension. */
const char *sp_history_find_declaration(const SpHistory *history, const char *extension);
/** (nullable) (element-type SpLostPart): columns first. */
const GPtrArray *sp_history_get_lost_parts(const SpHistory *history, const char *extension);
gboolean sp_history_has_object(const SpHistory *history, const SpObject *object);
/** (nullable): what is known of @object when it is there and not its extension's. */
const SpStray *sp_history_find_stray(const SpHistory *history, const SpObject *object);
/** (nullable) (element-type SpStatement): of sp_history_add_role_statement(), in that order. */
const GPtrArray *sp_history_get_role_statements(const SpHistory *history, const char *extension);
/** (nullable) (element-type utf8): what an administrator has to run before, each text once. */
const GPtrArray *sp_history_get_missing(const SpHistory *history, const char *extension);
