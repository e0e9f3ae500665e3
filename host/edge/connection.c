/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/connection.h"

#include "base/error.h"
#include "edge/server_error.h"

#include <libpq-fe.h>

#define MAX_RETRIES 5
#define FIRST_RETRY_DELAY_US 100000

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PGconn, PQfinish)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PQconninfoOption, PQconninfoFree)

static void
on_notice(void *unused, const PGresult *notice)
{
    g_debug("%s", PQresultErrorMessage(notice));
}

static PQconninfoOption *
parse_conninfo(const char *conninfo, GError **error)
{
    if (sp_startup_is_ambiguous(conninfo)) {
        sp_error_set(error, SP_ERROR_CONFIGURATION,
                     "An \"@\" stands where a host or a database name is expected.",
                     "Write \"@\" as %40 and \"/\" as %2F in the user name and the password.",
                     "could not read the connection URI");
        return NULL;
    }
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    if (options == NULL)
        /* libpq's own message quotes the text, which may hold a password. */
        sp_error_set(error, SP_ERROR_CONFIGURATION,
                     "It is neither a list of libpq keywords and values nor a valid URI.",
                     "Write it as \"host=... dbname=... user=...\" or as "
                     "\"postgresql://user@host/dbname\".",
                     "could not read the connection string");
    return options;
}

GHashTable *
sp_connection_parameters(const char *conninfo, const SpSessionSettings *settings, GError **error)
{
    g_autoptr(PQconninfoOption) given = parse_conninfo(conninfo != NULL ? conninfo : "", error);
    if (given == NULL)
        return NULL;
    GHashTable *parameters = sp_startup_new(settings);
    for (const PQconninfoOption *option = given; option->keyword != NULL; option++)
        if (option->val != NULL && option->val[0] != '\0')
            sp_startup_put(parameters, option->keyword, option->val);
    sp_startup_finish(parameters, settings);
    return parameters;
}

static PGconn *
connect_once(GHashTable *parameters)
{
    g_auto(SpStartupArrays) arrays = sp_startup_arrays(parameters);
    PGconn *connection = PQconnectStartParams(arrays.keywords, arrays.values, 0);
    if (PQstatus(connection) == CONNECTION_BAD)
        return connection;
    /* A connection that is only begun can be given the receiver before the server's first notice,
     * which libpq would print; PQreset() is the one call that then goes on to connect under
     * connect_timeout, host by host. */
    PQsetNoticeReceiver(connection, on_notice, NULL);
    PQreset(connection);
    return connection;
}

static gboolean
set_connect_error(PGconn *connection, SpErrorCode code, GError **error)
{
    g_autofree char *message = sp_server_text(PQerrorMessage(connection));
    const char *database = PQdb(connection);
    return sp_error_set(error, code, message, NULL, "could not connect to database \"%s\"",
                        database != NULL ? database : "");
}

/* Texts of a failure are translated and a failed connection keeps no SQLSTATE: only PQping() tells
 * failures apart. */
static PGPing
ping(GHashTable *parameters)
{
    g_auto(SpStartupArrays) arrays = sp_startup_arrays(parameters);
    return PQpingParams(arrays.keywords, arrays.values, 0);
}

PGconn *
sp_connection_open(GHashTable *parameters, GError **error)
{
    PGPing before = PQPING_NO_RESPONSE;
    for (guint retries = 0;;) {
        gint64 start = g_get_monotonic_time();
        g_autoptr(PGconn) connection = connect_once(parameters);
        if (PQstatus(connection) == CONNECTION_OK)
            return g_steal_pointer(&connection);
        if (sp_startup_retreat(parameters, PQerrorMessage(connection)))
            continue;
        gboolean was_slow = g_get_monotonic_time() - start > G_USEC_PER_SEC;
        PGPing now = was_slow ? PQPING_NO_RESPONSE : ping(parameters);
        /* A server that answers the first time may have come up after the failure. */
        gboolean is_final =
            was_slow || now == PQPING_NO_ATTEMPT || (now == PQPING_OK && before == PQPING_OK);
        if (is_final || retries == MAX_RETRIES) {
            set_connect_error(connection,
                              now == PQPING_NO_ATTEMPT ? SP_ERROR_CONFIGURATION : SP_ERROR_CONNECT,
                              error);
            return NULL;
        }
        if (now != PQPING_OK)
            g_usleep(FIRST_RETRY_DELAY_US << retries++);
        before = now;
    }
}

PGconn *
sp_connection_open_once(GHashTable *parameters, GError **error)
{
    g_autoptr(PGconn) connection = connect_once(parameters);
    if (PQstatus(connection) == CONNECTION_OK)
        return g_steal_pointer(&connection);
    set_connect_error(connection, SP_ERROR_CONNECT, error);
    return NULL;
}

GHashTable *
sp_connection_parameters_again(PGconn *connection)
{
    g_autoptr(PQconninfoOption) given = PQconninfo(connection);
    GHashTable *parameters = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (const PQconninfoOption *option = given; option->keyword != NULL; option++)
        if (option->val != NULL && option->val[0] != '\0')
            sp_startup_put(parameters, option->keyword, option->val);
    sp_startup_put(parameters, "host", PQhost(connection));
    sp_startup_put(parameters, "hostaddr", PQhostaddr(connection));
    sp_startup_put(parameters, "port", PQport(connection));
    return parameters;
}
