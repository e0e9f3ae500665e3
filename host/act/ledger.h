/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Reads the history of a database, and says how the ledger is written. */
#pragma once

#include "edge/session.h"
#include "model/declared.h"
#include "model/history.h"

/**
 * Reads ledger, digests and the existence of every declared object. Writes nothing; works on a standby and with a role
 * that may only read. Errors: SP_ERROR_LEDGER for a row that cannot be read, and those of the session.
 */
SpHistory *sp_ledger_read(SpSession *session, const SpDeclared *declared, GError **error);

/** Makes the host's own tables, or adds its columns to a ledger of the original system. Under the lock. */
gboolean sp_ledger_ensure(SpSession *session, GError **error);
