/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* A prepared schema: all SQL of one extension, parsed once and split by phase. */
#pragma once

#include "model/extension.h"
#include "model/script.h"

typedef struct SpPrepared SpPrepared;

typedef enum {
    /* statement->node is NULL otherwise. A tree takes about 25 times the room of its text, and only
     * hazards are found in it. */
    SP_PREPARED_KEEPS_TREES = 1 << 0,
    SP_PREPARED_TAKES_NEWER_GRAMMAR = 1 << 1, /* see SpScriptText */
} SpPreparedFlags;

/** A foreign key of a table that a schema makes. */
typedef struct {
    const SpForeignKey *key;
    const SpObject *other; /* the table that is referenced */
    const SpScript *script;
    SpStatement *addition;   /* (nullable): of one that is apart */
    SpStatement *validation; /* (nullable): likewise, unless the addition does it */
} SpPreparedKey;

/**
 * Parses and lints every text of @extension, each once; every finding is added to @findings.
 * @flags: bits of SpPreparedFlags
 * Returns: (transfer full): also when something was refused; texts that do not parse have no script
 */
SpPrepared *sp_prepared_new(const SpExtension *extension, guint flags, SpFindings *findings);
/**
 * An extension whose SQL was read, accepted and installed before, and did not change: only its
 * seeds are cut into statements, and nothing is parsed. It has no other scripts and no digests.
 */
SpPrepared *sp_prepared_new_unread(const SpExtension *extension);
void sp_prepared_free(SpPrepared *prepared);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpPrepared, sp_prepared_free)

const SpExtension *sp_prepared_get_extension(const SpPrepared *prepared);
/** FALSE for one of sp_prepared_new_unread(). */
gboolean sp_prepared_is_read(const SpPrepared *prepared);
/** Whether every text was read. When not, what the extension creates is known in part only. */
gboolean sp_prepared_is_complete(const SpPrepared *prepared);
/** (element-type SpScript): every script, retirements first, then schemas, migrations, downs and
 * seeds, each in its order. */
const GPtrArray *sp_prepared_get_scripts(const SpPrepared *prepared);
/** (element-type SpStatement): the statements of RETIREMENTS, STRUCTURAL or DEPENDENT, in source
 * order over all texts, but that each stands behind those that it needs; see
 * sp_order_by_need(). */
const GPtrArray *sp_prepared_get_statements(const SpPrepared *prepared, SpPhase phase);
/** (nullable): the script of migration or seed @index; NULL when it did not parse, and for a
 * tombstone, and where there is no down. */
const SpScript *sp_prepared_get_migration(const SpPrepared *prepared, guint index);
const SpScript *sp_prepared_get_down(const SpPrepared *prepared, guint index);
const SpScript *sp_prepared_get_seed(const SpPrepared *prepared, guint index);
/** (element-type SpPreparedKey): the foreign keys of the schemas, in the order of the tables. Those
 * to tables that another extension makes, or nobody, and one of each circle are apart: they are no
 * longer in the statement of their table. */
const GPtrArray *sp_prepared_get_keys(const SpPrepared *prepared);
/** SHA-256 in hex over the statements of RETIREMENTS, STRUCTURAL or DEPENDENT. */
const char *sp_prepared_get_digest(const SpPrepared *prepared, SpPhase phase);
