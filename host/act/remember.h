/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Writes what a database is to remember of the extensions that were installed into it. */
#pragma once

#include "edge/session.h"
#include "model/declared.h"

/**
 * Records, in one transaction and one round trip, of every extension that was read: its digest,
 * what it creates and touches, the columns and constraints of its tables, and the state of its
 * ledger. Under the lock, as the last act of an install that went well.
 */
gboolean sp_remember(SpSession *session, const SpDeclared *declared, GError **error);

/**
 * Records, before any SQL of theirs runs, what the extensions that were read create, so that the
 * guard knows whose it is; and what of all extensions is missing already. Under the lock; it holds
 * until sp_remember() or the next call.
 */
gboolean sp_remember_claims(SpSession *session, const SpDeclared *declared, GError **error);
