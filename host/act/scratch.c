/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/scratch.h"

#include "act/cluster.h"
#include "base/error.h"
#include "edge/session.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Waits until the host ends, in whatever way, and then removes the folder. A host that was killed
 * leaves a server that is still ending and may write once more. */
static const char janitor[] = "trap '' HUP INT QUIT TERM\n"
                              "read end\n"
                              "n=0\n"
                              "until rm -rf -- \"$0\" 2>/dev/null || [ $((n += 1)) -gt 100 ]; do\n"
                              "    sleep 0.1\n"
                              "done\n";

struct SpScratch {
    char *folder;  /* (nullable): to be removed */
    GPid janitor;  /* 0: none */
    int host_ends; /* closed when the host ends; -1 without a janitor */
    SpCluster *cluster;
    char *name; /* unique; with a number behind it that of a database */
    GMutex mutex;
    GPtrArray *databases; /* utf8: their conninfos; the index is the number; under the mutex */
};

/* What ends a whole group of processes, ends the host alone. */
static void
leave_group(gpointer data)
{
    setsid();
}

/* The janitor is there before the folder, so that at no time the folder is there without it. */
static gboolean
make_folder(SpScratch *scratch, GError **error)
{
    g_autoptr(GError) cause = NULL;
    scratch->folder = g_build_filename(g_get_tmp_dir(), scratch->name, NULL);
    const char *const argv[] = {"/bin/sh", "-c", janitor, scratch->folder, NULL};
    if (!g_spawn_async_with_pipes("/", (char **)argv, NULL,
                                  G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_CLOEXEC_PIPES, leave_group,
                                  NULL, &scratch->janitor, &scratch->host_ends, NULL, NULL, &cause))
        return sp_error_set(error, SP_ERROR_CLUSTER, cause->message, NULL,
                            "could not run \"/bin/sh\" for the embedded cluster");
    if (g_mkdir(scratch->folder, 0700) == 0)
        return TRUE;
    g_autofree char *detail = g_strdup_printf("%s.", g_strerror(errno));
    return sp_error_set(error, SP_ERROR_CLUSTER, detail, NULL, "could not make directory \"%s\"",
                        scratch->folder);
}

static gboolean
start_cluster(SpScratch *scratch, const char *directory, GError **error)
{
    /* Nobody will miss what a crash takes. */
    static const char *const careless[] = {"fsync=off", "synchronous_commit=off",
                                           "full_page_writes=off", "jit=off", NULL};
    const SpClusterOptions kept = {.directory = directory};
    if (directory != NULL) {
        scratch->cluster = sp_cluster_start(&kept, error);
        return scratch->cluster != NULL;
    }
    if (!make_folder(scratch, error))
        return FALSE;
    const SpClusterOptions options = {scratch->folder, careless};
    scratch->cluster = sp_cluster_start(&options, error);
    return scratch->cluster != NULL;
}

static gboolean
run(const SpScratch *scratch, const char *sql, GError **error)
{
    const SpSessionSettings settings = {0};
    const char *conninfo = sp_cluster_get_conninfo(scratch->cluster);
    g_autoptr(SpSession) session = sp_session_open(conninfo, &settings, error);
    const SpCommand command = {.sql = sql};
    return session != NULL && sp_session_run(session, &command, 1, NULL, NULL, error);
}

/* (transfer none): its conninfo. @out_name: (transfer full) */
static const char *
reserve_name(SpScratch *scratch, char **out_name)
{
    g_mutex_lock(&scratch->mutex);
    *out_name = g_strdup_printf("%s-%u", scratch->name, scratch->databases->len);
    /* Of a keyword that stands twice, libpq takes the last. */
    char *conninfo =
        g_strdup_printf("%s dbname='%s'", sp_cluster_get_conninfo(scratch->cluster), *out_name);
    g_ptr_array_add(scratch->databases, conninfo);
    g_mutex_unlock(&scratch->mutex);
    return conninfo;
}

/* (transfer full) */
static char *
find_name(SpScratch *scratch, const char *conninfo)
{
    guint number = 0;
    g_mutex_lock(&scratch->mutex);
    gboolean is_found = g_ptr_array_find(scratch->databases, conninfo, &number);
    g_mutex_unlock(&scratch->mutex);
    g_assert(is_found);
    return g_strdup_printf("%s-%u", scratch->name, number);
}

/* To copy files is the faster way by half where nothing has to reach the disk. It is the only one
 * before version 15, which cannot be told so. */
static gboolean
create(const SpScratch *scratch, const char *name, const char *of, GError **error)
{
    static const guint knows_strategies = 150000;
    const SpSessionSettings settings = {0};
    const char *conninfo = sp_cluster_get_conninfo(scratch->cluster);
    g_autoptr(SpSession) session = sp_session_open(conninfo, &settings, error);
    if (session == NULL)
        return FALSE;
    gboolean has_strategies = sp_session_get_server_version(session) >= knows_strategies;
    g_autofree char *sql = g_strdup_printf("CREATE DATABASE \"%s\" TEMPLATE \"%s\"%s", name, of,
                                           has_strategies ? " STRATEGY file_copy" : "");
    const SpCommand command = {.sql = sql};
    return sp_session_run(session, &command, 1, NULL, NULL, error);
}

SpScratch *
sp_scratch_new(const char *directory, GError **error)
{
    g_autoptr(SpScratch) scratch = g_new0(SpScratch, 1);
    g_autofree char *unique = g_uuid_string_random();
    scratch->host_ends = -1;
    scratch->name = g_strconcat("sp-host-check-", unique, NULL);
    g_mutex_init(&scratch->mutex);
    scratch->databases = g_ptr_array_new_with_free_func(g_free);
    return start_cluster(scratch, directory, error) ? g_steal_pointer(&scratch) : NULL;
}

const char *
sp_scratch_add(SpScratch *scratch, const char *of, GError **error)
{
    g_autofree char *name = NULL;
    g_autofree char *original = of ? find_name(scratch, of) : g_strdup("template1");
    const char *conninfo = reserve_name(scratch, &name);
    return create(scratch, name, original, error) ? conninfo : NULL;
}

static void
drop_databases(const SpScratch *scratch)
{
    for (guint i = 0; i < scratch->databases->len; i++) {
        g_autofree char *sql =
            g_strdup_printf("DROP DATABASE IF EXISTS \"%s-%u\"", scratch->name, i);
        run(scratch, sql, NULL);
    }
}

void
sp_scratch_free(SpScratch *scratch)
{
    if (scratch == NULL)
        return;
    if (scratch->folder == NULL)
        drop_databases(scratch);
    g_clear_pointer(&scratch->cluster, sp_cluster_stop);
    if (scratch->janitor != 0) {
        close(scratch->host_ends);
        waitpid(scratch->janitor, NULL, 0);
    }
    g_free(scratch->folder);
    g_free(scratch->name);
    g_ptr_array_unref(scratch->databases);
    g_mutex_clear(&scratch->mutex);
    g_free(scratch);
}
