/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* How an operator's tools change the ledger. */
#pragma once

#include "act/ledger.h"

/** The command that deletes the row of a migration; it has to hit exactly one. */
SpRecord sp_ledger_forget_migration(const char *extension, guint version);
/** The command that deletes all digests of an extension, so that the next install looks at its DDL
 * again. */
SpRecord sp_ledger_forget_digests(const char *extension);
/**
 * The command that puts the checksums of the declared text into the row of a migration; it has to
 * hit exactly one.
 * @checksum: what the row is known to hold; another one is left alone
 */
SpRecord sp_ledger_correct_migration(const char *extension, const SpMigration *migration,
                                     const char *checksum);

/** The command that records an object as the extension's own. */
SpRecord sp_ledger_adopt_object(const char *extension, const SpObject *object);
/** The command that takes an object from an extension that made or adopted it. */
SpRecord sp_ledger_give_up_object(const char *extension, const SpObject *object);

/** (transfer full): the command for people, with its parameters as literals. */
char *sp_record_to_sql(const SpRecord *record);
