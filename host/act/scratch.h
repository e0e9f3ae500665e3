/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Databases to throw away, in a private cluster of their own. */
#pragma once

#include <glib.h>

typedef struct SpScratch SpScratch;

/**
 * Starts an embedded cluster (see sp_cluster_start()).
 * @directory: (nullable): of the cluster, which then is kept; NULL for one in a temporary folder,
 * which is removed with everything in it, even when the host is killed
 * Errors: those of sp_cluster_start()
 */
SpScratch *sp_scratch_new(const char *directory, GError **error);
/**
 * Makes a database, with a name that no other has; also from several threads at once.
 * @of: (nullable): the conninfo of one that is copied, to which no session may be open; NULL for an
 * empty one
 * Returns: (transfer none) (nullable): for sp_session_open(). Errors: those of the session
 */
const char *sp_scratch_add(SpScratch *scratch, const char *of, GError **error);
/** Drops the databases, stops the cluster, and removes a folder that was temporary. Every session
 * has to be closed. */
void sp_scratch_free(SpScratch *scratch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpScratch, sp_scratch_free)
