/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Where the programs of a PostgreSQL server are. */
#pragma once

#include <glib.h>

/**
 * (transfer full): the folder that holds both initdb and postgres. Debian's folder for the version
 * of an existing cluster, else PATH, else the newest of Debian's folders.
 * @cluster_version: (nullable): what its PG_VERSION says
 * Errors: SP_ERROR_CLUSTER when there is none.
 */
char *sp_postgres_find_programs(const char *cluster_version, GError **error);
