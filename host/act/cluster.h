/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The embedded cluster: a private PostgreSQL server that the host makes, starts and stops. Unix
 * socket only, no TCP. */
#pragma once

#include <glib.h>

typedef struct SpCluster SpCluster;

typedef struct {
    const char *directory; /* made when absent; holds the data folder, the log and the socket */
    /** (nullable): NULL-terminated "name=value" settings, for tests: "fsync=off" */
    const char *const *server_options;
} SpClusterOptions;

/**
 * Makes the cluster when the directory holds none (initdb: UTF-8, C locale, trust on its own
 * socket, which only its owner may reach) and starts the server. As root it drops to the user
 * "postgres", else "nobody", for everything the server does, and gives it the directory. Finds
 * initdb and postgres in PATH and in Debian's versioned folders, newest first. A server that is
 * running on the directory already is an error that says so. The server ends with the
 * thread that started it, even if the host is killed.
 * Errors: SP_ERROR_CLUSTER (with the end of the server's log as detail), SP_ERROR_PERMISSION.
 */
SpCluster *sp_cluster_start(const SpClusterOptions *options, GError **error);
/** (transfer none): for sp_session_open(); database and user "postgres". */
const char *sp_cluster_get_conninfo(const SpCluster *cluster);
/** Fast shutdown and wait; kills the server when it does not end within 10 s. Frees @cluster. */
void sp_cluster_stop(SpCluster *cluster);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpCluster, sp_cluster_stop)

/** (transfer full): the directory of "--embedded" without one: $STATE_DIRECTORY/embedded, else
 * sp-host/embedded in the user's data folder, or in /var/lib for root. */
char *sp_cluster_default_directory(void);
