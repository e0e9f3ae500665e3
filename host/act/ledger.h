/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Reads the history of a database, and says how the ledger is written. */
#pragma once

#include "edge/session.h"
#include "model/declared.h"
#include "model/history.h"

/**
 * Reads ledger, digests, marks and the existence of every declared object. Writes nothing; works on
 * a standby and with a role that may only read. Errors: SP_ERROR_LEDGER for a row that cannot be
 * read, and those of the session.
 */
SpHistory *sp_ledger_read(SpSession *session, const SpDeclared *declared, GError **error);

/** Looks whether the host's own tables are all there, in their current shape. One round trip. */
gboolean sp_ledger_probe(SpSession *session, gboolean *out_is_complete, GError **error);

/**
 * Makes the host's own tables, public.extension_migrations, public.extension_digests,
 * public.extension_migration_progress, public.extension_objects and public.extension_definitions,
 * or adds its columns to a ledger of the original system. Under the lock.
 * @setting: (nullable): SQL to run first in its transaction
 */
gboolean sp_ledger_ensure(SpSession *session, const char *setting, GError **error);

/** A command and the texts of its parameters. Ended with sp_record_clear(). */
typedef struct {
    SpCommand command;
    char **params; /* NULL-terminated, owned */
} SpRecord;

/** The command that records a migration as applied; it travels in the migration's own transaction.
 */
SpRecord sp_ledger_record_migration(const char *extension, const SpMigration *migration);
/**
 * The command that puts the checksums of the declared text into the row of a migration that holds
 * one of those that the text supersedes.
 */
SpRecord sp_ledger_reconcile_migration(const char *extension, const SpMigration *migration);
/** The query that fails, with a division by zero, unless the row then holds them. */
SpRecord sp_ledger_assert_migration(const char *extension, const SpMigration *migration);
/** The command that marks the first @n_done statements of a migration as done, and the next one as
 * begun. @digest: sp_statements_digest() of them */
SpRecord sp_ledger_record_mark(const char *extension, const SpMigration *migration, guint n_done,
                               const char *digest);
/** The command that says in the mark that the statement which was begun has failed. */
SpRecord sp_ledger_record_failure(const char *extension, const SpMigration *migration);
/** The command that deletes the mark. */
SpRecord sp_ledger_forget_mark(const char *extension, const SpMigration *migration);
/** The command that records the digest of a phase; it travels in the transaction of that DDL. */
SpRecord sp_ledger_record_digest(const SpPrepared *prepared, SpPhase phase);
/** @sql: static; @params: (transfer full): NULL-terminated */
SpRecord sp_record_new(const char *sql, char **params);
void sp_record_clear(SpRecord *record);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SpRecord, sp_record_clear)
