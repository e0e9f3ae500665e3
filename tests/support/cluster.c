/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "support/cluster.h"

#include "act/cluster.h"
#include "base/log.h"
#include "edge/session.h"

#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <stdlib.h>

#define CONNINFO "SP_TEST_CONNINFO"
#define DIRECTORY "SP_TEST_CLUSTER"

/* The runner's; each test is a process of its own and knows only the environment. */
static SpCluster *runners_cluster;

static void
remove_directory(void)
{
    const char *argv[] = {"rm", "-rf", "--", g_getenv(DIRECTORY), NULL};
    g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
                 NULL);
}

ReportHook(PRE_ALL)(struct criterion_test_set *tests)
{
    static const char *const fast[] = {"fsync=off", "synchronous_commit=off",
                                       "full_page_writes=off", NULL};
    g_autofree char *directory = g_dir_make_tmp("sp-test-XXXXXX", NULL);
    g_autoptr(GError) error = NULL;
    g_setenv(DIRECTORY, directory, TRUE);
    const SpClusterOptions options = {.directory = directory, .server_options = fast};
    runners_cluster = sp_cluster_start(&options, &error);
    if (runners_cluster == NULL) {
        g_autofree char *text = sp_log_format_error("error", error);
        g_printerr("%s\n", text);
        remove_directory();
        exit(EXIT_FAILURE);
    }
    g_setenv(CONNINFO, sp_cluster_get_conninfo(runners_cluster), TRUE);
}

ReportHook(POST_ALL)(struct criterion_global_stats *stats)
{
    g_clear_pointer(&runners_cluster, sp_cluster_stop);
    remove_directory();
}

char *
sp_test_database(void)
{
    const SpSessionSettings settings = {.connect_timeout_s = 10};
    g_autoptr(GError) error = NULL;
    g_autoptr(SpSession) session = sp_session_open(g_getenv(CONNINFO), &settings, &error);
    cr_assert_null(error, "%s", error->message);
    g_autofree char *name = g_uuid_string_random();
    g_autofree char *sql = g_strdup_printf("CREATE DATABASE \"%s\"", name);
    const SpCommand command = {.sql = sql};
    sp_session_run(session, &command, 1, NULL, NULL, &error);
    cr_assert_null(error, "%s", error->message);
    return g_strdup_printf("%s dbname='%s'", g_getenv(CONNINFO), name);
}
