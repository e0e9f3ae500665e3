/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* A database to throw away, in a private cluster of its own. */
#pragma once

#include <glib.h>

typedef struct SpScratch SpScratch;

/**
 * Starts an embedded cluster (see sp_cluster_start()) and makes an empty database in it, with a
 * name that no other has.
 * @directory: (nullable): of the cluster, which then is kept; NULL for one in a temporary folder,
 * which is removed with everything in it, even when the host is killed
 * Errors: those of sp_cluster_start() and of the session
 */
SpScratch *sp_scratch_new(const char *directory, GError **error);
/** (transfer none): for sp_session_open() */
const char *sp_scratch_get_conninfo(const SpScratch *scratch);
/** Drops the database, stops the cluster, and removes a folder that was temporary. Every session
 * has to be closed. */
void sp_scratch_free(SpScratch *scratch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpScratch, sp_scratch_free)
