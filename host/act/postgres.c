/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/postgres.h"

#include "base/error.h"

#include <unistd.h>

#define SERVERS_OF_DEBIAN "/usr/lib/postgresql"

static gboolean
has_server(const char *folder)
{
    g_autofree char *postgres = g_build_filename(folder, "postgres", NULL);
    g_autofree char *initdb = g_build_filename(folder, "initdb", NULL);
    return access(postgres, X_OK) == 0 && access(initdb, X_OK) == 0;
}

/* (transfer full) (nullable) */
static char *
find_newest_of_debian(void)
{
    g_autoptr(GDir) versions = g_dir_open(SERVERS_OF_DEBIAN, 0, NULL);
    g_autofree char *newest = NULL;
    double newest_version = 0;
    const char *name;
    while (versions != NULL && (name = g_dir_read_name(versions)) != NULL) {
        g_autofree char *folder = g_build_filename(SERVERS_OF_DEBIAN, name, "bin", NULL);
        double version = g_ascii_strtod(name, NULL);
        if (version > newest_version && has_server(folder)) {
            newest_version = version;
            g_free(newest);
            newest = g_steal_pointer(&folder);
        }
    }
    return g_steal_pointer(&newest);
}

static char *
find_any(const char *cluster_version)
{
    if (cluster_version != NULL) {
        g_autofree char *same = g_build_filename(SERVERS_OF_DEBIAN, cluster_version, "bin", NULL);
        if (has_server(same))
            return g_steal_pointer(&same);
    }
    g_autofree char *in_path = g_find_program_in_path("postgres");
    g_autofree char *folder = in_path != NULL ? g_path_get_dirname(in_path) : NULL;
    return folder != NULL && has_server(folder) ? g_steal_pointer(&folder)
                                                : find_newest_of_debian();
}

char *
sp_postgres_find_programs(const char *cluster_version, GError **error)
{
    char *folder = find_any(cluster_version);
    if (folder == NULL)
        sp_error_set(
            error, SP_ERROR_CLUSTER,
            "There is no \"postgres\" beside an \"initdb\" in PATH or in " SERVERS_OF_DEBIAN
            "/*/bin.",
            "Install the PostgreSQL server.", "could not find the programs of a PostgreSQL server");
    return folder;
}
