/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The database of a command: the one that the operator names, or the embedded cluster. */
#pragma once

#include "cli/command.h"
#include "edge/session.h"

typedef struct SpDatabase SpDatabase;

/**
 * Opens --embedded, else --database, else the conninfo of the configuration, else the credential
 * "database", else what the PG* environment says. Errors: those of sp_cluster_start() and
 * sp_session_open().
 */
SpDatabase *sp_database_open(const SpContext *context, GError **error);
/** Closes the session; then stops the embedded cluster. */
void sp_database_close(SpDatabase *database);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpDatabase, sp_database_close)

SpSession *sp_database_get_session(SpDatabase *database);
