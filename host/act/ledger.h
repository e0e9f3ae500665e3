/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Reads the history of a database, and says how the ledger is written. */
#pragma once

#include "edge/session.h"
#include "model/declared.h"
#include "model/history.h"

/**
 * Reads ledger, digests and the existence of every declared object. Writes nothing; works on a
 * standby and with a role that may only read. Errors: SP_ERROR_LEDGER for a row that cannot be
 * read, and those of the session.
 */
SpHistory *sp_ledger_read(SpSession *session, const SpDeclared *declared, GError **error);

/**
 * Makes the host's own tables, public.extension_migrations and public.extension_digests, or adds
 * its columns to a ledger of the original system. Under the lock.
 */
gboolean sp_ledger_ensure(SpSession *session, GError **error);

/** A command and the texts of its parameters. Ended with sp_record_clear(). */
typedef struct {
    SpCommand command;
    char **params; /* NULL-terminated, owned */
} SpRecord;

/** The command that records a migration as applied; it travels in the migration's own transaction.
 */
SpRecord sp_ledger_record_migration(const char *extension, const SpMigration *migration);
/** The command that records the digest of a phase; it travels in the transaction of that DDL. */
SpRecord sp_ledger_record_digest(const SpPrepared *prepared, SpPhase phase);
void sp_record_clear(SpRecord *record);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SpRecord, sp_record_clear)
