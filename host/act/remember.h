/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Writes what a database is to remember of the extensions that were installed into it. */
#pragma once

#include "edge/session.h"
#include "model/declared.h"

/**
 * Records, in a transaction and a round trip for each hundred, of every extension that was read:
 * its digest, what it creates and touches, the columns and constraints of its tables, the state of
 * its ledger, and how all that it owns is defined. Under the lock, as the last act of an install
 * that went well.
 */
gboolean sp_remember(SpSession *session, const SpDeclared *declared, GError **error);
