/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/startup.h"

#include "base/error.h"

#include <string.h>

/* The last of the options, so that it can be cut off for a server that does not know it. */
#define CHECK_INTERVAL_OPTION " -c client_connection_check_interval=2000"
#define DEFAULT_CONNECT_TIMEOUT_S 10

gboolean
sp_startup_is_ambiguous(const char *conninfo)
{
    if (!g_str_has_prefix(conninfo, "postgres://") && !g_str_has_prefix(conninfo, "postgresql://"))
        return FALSE;
    const char *start = strstr(conninfo, "://") + strlen("://");
    g_autofree char *before_query = g_strndup(start, strcspn(start, "?"));
    const char *last_at = strrchr(before_query, '@');
    return last_at != NULL && (gsize)(last_at - before_query) != strcspn(before_query, "@/");
}

void
sp_startup_put(GHashTable *parameters, const char *keyword, const char *value)
{
    g_hash_table_insert(parameters, g_strdup(keyword), g_strdup(value));
}

GHashTable *
sp_startup_new(const SpSessionSettings *settings)
{
    static const char *const fallback_table[][2] = {
        {"fallback_application_name", "sp-host"},
        {"keepalives_idle", "10"},
        {"keepalives_interval", "5"},
        {"keepalives_count", "3"},
        {"tcp_user_timeout", "30000"},
    };
    GHashTable *parameters = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (guint i = 0; i < G_N_ELEMENTS(fallback_table); i++)
        sp_startup_put(parameters, fallback_table[i][0], fallback_table[i][1]);
    guint timeout_s = settings->connect_timeout_s;
    g_autofree char *timeout =
        g_strdup_printf("%u", timeout_s > 0 ? timeout_s : DEFAULT_CONNECT_TIMEOUT_S);
    if (g_getenv("PGCONNECT_TIMEOUT") == NULL)
        sp_startup_put(parameters, "connect_timeout", timeout);
    /* Options of ours would hide those of the environment from libpq. */
    if (g_getenv("PGOPTIONS") != NULL)
        sp_startup_put(parameters, "options", g_getenv("PGOPTIONS"));
    return parameters;
}

void
sp_startup_finish(GHashTable *parameters, const SpSessionSettings *settings)
{
    GString *options = g_string_new(g_hash_table_lookup(parameters, "options"));
    g_string_append(options, " -c search_path=public -c client_min_messages=warning");
    if (settings->statement_timeout_ms > 0)
        g_string_append_printf(options, " -c statement_timeout=%u", settings->statement_timeout_ms);
    g_string_append(options, CHECK_INTERVAL_OPTION);
    g_hash_table_insert(parameters, g_strdup("options"), g_string_free(options, FALSE));
    sp_startup_put(parameters, "client_encoding", "UTF8");
}

gboolean
sp_startup_retreat(GHashTable *parameters, const char *message)
{
    const char *options = g_hash_table_lookup(parameters, "options");
    if (options == NULL)
        return FALSE;
    /* Words of PgBouncer; PostgreSQL has no such message. */
    if (strstr(message, "unsupported startup parameter") != NULL)
        return g_hash_table_remove(parameters, "options");
    if (strstr(message, "client_connection_check_interval") == NULL ||
        !g_str_has_suffix(options, CHECK_INTERVAL_OPTION))
        return FALSE;
    gsize length = strlen(options) - strlen(CHECK_INTERVAL_OPTION);
    g_hash_table_insert(parameters, g_strdup("options"), g_strndup(options, length));
    return TRUE;
}

gboolean
sp_startup_refuse_pooler(const char *database, GError **error)
{
    return sp_error_set(
        error, SP_ERROR_POOLER,
        "The server process that answers is not the one that the connection was told of, so a "
        "lock of this session may not stay with it.",
        "Connect to PostgreSQL itself, or set pool_mode=session under [database] if the pool "
        "keeps sessions.",
        "a connection pooler stands between the host and database \"%s\"", database);
}

char *
sp_startup_settings_query(const SpSessionSettings *settings, int direct_pid)
{
    return g_strdup_printf("SELECT set_config('search_path', 'public', false),"
                           " set_config('client_min_messages', 'warning', false),"
                           " set_config('statement_timeout', '%u', false)"
                           " WHERE pg_backend_pid() <> %d",
                           settings->statement_timeout_ms, direct_pid);
}

SpStartupArrays
sp_startup_arrays(GHashTable *parameters)
{
    guint n = 0;
    SpStartupArrays arrays = {
        .keywords = (const char **)g_hash_table_get_keys_as_array(parameters, &n),
        .values = g_new0(const char *, g_hash_table_size(parameters) + 1),
    };
    for (guint i = 0; i < n; i++)
        arrays.values[i] = g_hash_table_lookup(parameters, arrays.keywords[i]);
    return arrays;
}

void
sp_startup_arrays_clear(SpStartupArrays *arrays)
{
    g_free(arrays->keywords);
    g_free(arrays->values);
}
