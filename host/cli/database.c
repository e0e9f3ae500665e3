/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "cli/database.h"

#include "act/cluster.h"
#include "edge/service.h"

#define CONNECT_TIMEOUT_S 10
#define CREDENTIAL "database"

struct SpDatabase {
    SpCluster *cluster; /* (nullable) */
    SpSession *session;
};

static gboolean
start_cluster(SpDatabase *database, const char *named, GError **error)
{
    g_autofree char *directory =
        named ? g_canonicalize_filename(named, NULL) : sp_cluster_default_directory();
    const SpClusterOptions options = {.directory = directory};
    database->cluster = sp_cluster_start(&options, error);
    return database->cluster != NULL;
}

static char *
find_conninfo(const SpContext *context)
{
    const char *of_config = sp_config_get_conninfo(context->config);
    if (context->options->database != NULL)
        return g_strdup(context->options->database);
    return of_config != NULL ? g_strdup(of_config) : sp_service_read_credential(CREDENTIAL);
}

SpDatabase *
sp_database_open(const SpContext *context, GError **error)
{
    const SpSessionSettings settings = {
        .connect_timeout_s = CONNECT_TIMEOUT_S,
        .statement_timeout_ms = sp_config_get_statement_timeout_ms(context->config),
        .pool_is_session = sp_config_get_pool_is_session(context->config),
    };
    g_autoptr(SpDatabase) database = g_new0(SpDatabase, 1);
    if (context->options->embedded &&
        !start_cluster(database, context->options->embedded_dir, error))
        return NULL;
    g_autofree char *conninfo = database->cluster
                                    ? g_strdup(sp_cluster_get_conninfo(database->cluster))
                                    : find_conninfo(context);
    database->session = sp_session_open(conninfo, &settings, error);
    return database->session != NULL ? g_steal_pointer(&database) : NULL;
}

void
sp_database_close(SpDatabase *database)
{
    if (database == NULL)
        return;
    g_clear_pointer(&database->session, sp_session_close);
    g_clear_pointer(&database->cluster, sp_cluster_stop);
    g_free(database);
}

SpSession *
sp_database_get_session(SpDatabase *database)
{
    return database->session;
}
