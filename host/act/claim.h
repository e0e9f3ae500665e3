/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Says in the database, before any SQL of theirs runs, what the extensions that were read create,
 * so that the guard knows whose it is; and what of all extensions is missing already. It holds
 * until they are remembered, or the next claim. */
#pragma once

#include "act/ledger.h"
#include "edge/session.h"
#include "model/declared.h"

/** (transfer full) (element-type SpRecord): the claims, for sp_claims_append(). */
GArray *sp_claims_make_records(const SpDeclared *declared);
/**
 * Appends a transaction that writes the claims in place of those that are there.
 * @commands: (element-type SpCommand): borrow from @records
 */
void sp_claims_append(const GArray *records, GArray *commands);
/** (transfer full): adds to the claims that are there what is missing now, so that no transaction
 * from here on is blamed for it. */
SpRecord sp_claims_record_missing(void);
/** Runs that transaction. Under the lock. One round trip. */
gboolean sp_claims_write(SpSession *session, const GArray *records, GError **error);
