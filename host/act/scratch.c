/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/scratch.h"

#include "act/cluster.h"
#include "base/error.h"
#include "edge/session.h"

#include <ftw.h>
#include <stdio.h>

#define OPEN_FOLDERS 16

struct SpScratch {
    char *folder; /* (nullable): to be removed */
    SpCluster *cluster;
    char *name;
    char *conninfo; /* (nullable): NULL until the database is there */
};

static int
remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    return remove(path);
}

static gboolean
start_cluster(SpScratch *scratch, const char *directory, GError **error)
{
    /* Nobody will miss what a crash takes. */
    static const char *const careless[] = {"fsync=off", "synchronous_commit=off",
                                           "full_page_writes=off", NULL};
    const SpClusterOptions kept = {.directory = directory};
    if (directory != NULL) {
        scratch->cluster = sp_cluster_start(&kept, error);
        return scratch->cluster != NULL;
    }
    g_autoptr(GError) cause = NULL;
    scratch->folder = g_dir_make_tmp("sp-host-check-XXXXXX", &cause);
    if (scratch->folder == NULL)
        return sp_error_set(error, SP_ERROR_CLUSTER, cause->message, NULL,
                            "could not make a folder for the embedded cluster");
    const SpClusterOptions options = {scratch->folder, careless};
    scratch->cluster = sp_cluster_start(&options, error);
    return scratch->cluster != NULL;
}

static gboolean
run(const SpScratch *scratch, const char *format, GError **error)
{
    const SpSessionSettings settings = {0};
    const char *conninfo = sp_cluster_get_conninfo(scratch->cluster);
    g_autoptr(SpSession) session = sp_session_open(conninfo, &settings, error);
    g_autofree char *sql = g_strconcat(format, " \"", scratch->name, "\"", NULL);
    const SpCommand command = {.sql = sql};
    return session != NULL && sp_session_run(session, &command, 1, NULL, NULL, error);
}

SpScratch *
sp_scratch_new(const char *directory, GError **error)
{
    g_autoptr(SpScratch) scratch = g_new0(SpScratch, 1);
    g_autofree char *unique = g_uuid_string_random();
    scratch->name = g_strconcat("sp-host-check-", unique, NULL);
    if (!start_cluster(scratch, directory, error) || !run(scratch, "CREATE DATABASE", error))
        return NULL;
    /* Of a keyword that stands twice, libpq takes the last. */
    scratch->conninfo =
        g_strdup_printf("%s dbname='%s'", sp_cluster_get_conninfo(scratch->cluster), scratch->name);
    return g_steal_pointer(&scratch);
}

const char *
sp_scratch_get_conninfo(const SpScratch *scratch)
{
    return scratch->conninfo;
}

void
sp_scratch_free(SpScratch *scratch)
{
    if (scratch == NULL)
        return;
    if (scratch->conninfo != NULL && scratch->folder == NULL)
        run(scratch, "DROP DATABASE", NULL);
    g_clear_pointer(&scratch->cluster, sp_cluster_stop);
    if (scratch->folder != NULL)
        nftw(scratch->folder, remove_entry, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
    g_free(scratch->folder);
    g_free(scratch->name);
    g_free(scratch->conninfo);
    g_free(scratch);
}
