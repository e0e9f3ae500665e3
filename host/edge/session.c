/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/session.h"

#include "base/error.h"
#include "edge/connection.h"
#include "edge/flight.h"

#include <libpq-fe.h>

struct SpSession {
    PGconn *connection; /* always in pipeline mode; NULL once lost */
    char *description;
    char *database;
    guint server_version;
    int backend_pid;
    gboolean was_read_only; /* when opened */

    gboolean awaits_greeting;
    gboolean pool_is_session;
    gboolean has_options;  /* the server took the startup options */
    char *pooled_settings; /* (nullable): SQL, where startup options may not reach the server */
    GError *refusal;       /* (nullable): why it does nothing */
};

/* @connection: (transfer full) */
static SpSession *
session_new(PGconn *connection)
{
    SpSession *session = g_new0(SpSession, 1);
    session->connection = connection;
    session->server_version = (guint)PQserverVersion(connection);
    session->backend_pid = PQbackendPID(connection);
    session->database = g_strdup(PQdb(connection));
    session->description =
        g_strdup_printf("host=%s port=%s dbname=%s user=%s", PQhost(connection), PQport(connection),
                        PQdb(connection), PQuser(connection));
    PQsetnonblocking(connection, 1);
    PQenterPipelineMode(connection);
    return session;
}

/* The settings follow only where the operator says that a pool keeps them. */
static SpFlight
greeting_of(SpSession *session, SpCommand *commands)
{
    commands[0].sql =
        "SELECT pg_backend_pid(),"
        " pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean";
    commands[1].sql = session->pooled_settings;
    return (SpFlight){.connection = &session->connection,
                      .commands = commands,
                      .n_commands = session->pooled_settings != NULL ? 2 : 1};
}

static void
send_greeting(SpSession *session)
{
    SpCommand commands[2] = {0};
    SpFlight greeting = greeting_of(session, commands);
    session->awaits_greeting = TRUE;
    if (!sp_flight_send(&greeting))
        session->refusal = greeting.error;
}

static gboolean
take_greeting(SpSession *session, const SpRows *rows, GError **error)
{
    int told = session->backend_pid;
    session->backend_pid = (int)g_ascii_strtoll(sp_rows_get(rows, 0, 0), NULL, 10);
    session->was_read_only = sp_rows_get_boolean(rows, 0, 1);
    if (session->backend_pid == told && session->has_options) {
        g_clear_pointer(&session->pooled_settings, g_free);
        return TRUE;
    }
    return session->pool_is_session || sp_startup_refuse_pooler(session->database, error);
}

static gboolean
collect_greeting(SpSession *session, GError **error)
{
    SpCommand commands[2] = {0};
    SpFlight greeting = greeting_of(session, commands);
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)sp_rows_free);
    greeting.rows = rows;
    session->awaits_greeting = FALSE;
    if (sp_flight_collect(&greeting))
        return take_greeting(session, g_ptr_array_index(rows, 0), error);
    g_propagate_error(error, greeting.error);
    return FALSE;
}

gboolean
sp_session_greet(SpSession *session, GError **error)
{
    g_return_val_if_fail(session != NULL, FALSE);
    if (session->refusal == NULL && session->awaits_greeting &&
        !collect_greeting(session, &session->refusal))
        g_clear_pointer(&session->connection, PQfinish);
    if (session->refusal == NULL)
        return TRUE;
    if (error != NULL)
        *error = g_error_copy(session->refusal);
    return FALSE;
}

SpSession *
sp_session_open(const char *conninfo, const SpSessionSettings *settings, GError **error)
{
    g_return_val_if_fail(settings != NULL, NULL);
    g_autoptr(GHashTable) parameters = sp_connection_parameters(conninfo, settings, error);
    if (parameters == NULL)
        return NULL;
    PGconn *connection = sp_connection_open(parameters, error);
    if (connection == NULL)
        return NULL;
    SpSession *session = session_new(connection);
    session->has_options = g_hash_table_contains(parameters, "options");
    session->pool_is_session = settings->pool_is_session;
    if (settings->pool_is_session)
        session->pooled_settings =
            sp_startup_settings_query(settings, session->has_options ? session->backend_pid : 0);
    send_greeting(session);
    return session;
}

GHashTable *
sp_session_dup_parameters(SpSession *session)
{
    if (!sp_session_greet(session, NULL) || session->connection == NULL ||
        session->pooled_settings != NULL)
        return NULL;
    return sp_connection_parameters_again(session->connection);
}

SpSession *
sp_session_open_again(GHashTable *parameters, GError **error)
{
    PGconn *connection = sp_connection_open_once(parameters, error);
    return connection != NULL ? session_new(connection) : NULL;
}

void
sp_session_close(SpSession *session)
{
    if (session == NULL)
        return;
    PQfinish(session->connection);
    g_free(session->description);
    g_free(session->database);
    g_free(session->pooled_settings);
    g_clear_error(&session->refusal);
    g_free(session);
}

gboolean
sp_session_is_read_only(SpSession *session)
{
    g_return_val_if_fail(session != NULL, FALSE);
    const char *standby = PQparameterStatus(session->connection, "in_hot_standby");
    const char *read_only = PQparameterStatus(session->connection, "default_transaction_read_only");
    if (standby != NULL && read_only != NULL)
        return g_str_equal(standby, "on") || g_str_equal(read_only, "on");
    /* Servers before 14 and poolers do not tell. */
    return sp_session_greet(session, NULL) && session->was_read_only;
}

const char *
sp_session_describe(const SpSession *session)
{
    g_return_val_if_fail(session != NULL, NULL);
    return session->description;
}

guint
sp_session_get_server_version(const SpSession *session)
{
    g_return_val_if_fail(session != NULL, 0);
    return session->server_version;
}

int
sp_session_get_backend_pid(SpSession *session)
{
    g_return_val_if_fail(session != NULL, 0);
    sp_session_greet(session, NULL);
    return session->backend_pid;
}

static void
roll_back(SpSession *session)
{
    if (session->connection == NULL || PQtransactionStatus(session->connection) == PQTRANS_IDLE)
        return;
    const SpCommand command = {.sql = "ROLLBACK"};
    SpFlight flight = {.connection = &session->connection, .commands = &command, .n_commands = 1};
    if (!sp_flight_send(&flight) || !sp_flight_collect(&flight))
        g_clear_error(&flight.error);
}

static gboolean
end(SpSession *session, const SpFlight *flight, GError **error)
{
    if (flight->error == NULL)
        return TRUE;
    roll_back(session);
    g_propagate_error(error, flight->error);
    return FALSE;
}

gboolean
sp_session_run(SpSession *session, const SpCommand *commands, guint n_commands, guint64 *affected,
               guint *out_failed, GError **error)
{
    g_return_val_if_fail(session != NULL && commands != NULL && n_commands > 0, FALSE);
    SpFlight flight = {&session->connection, commands, n_commands, .affected = affected};
    if (!sp_session_greet(session, error)) {
        if (out_failed != NULL)
            *out_failed = 0;
        return FALSE;
    }
    if (sp_flight_send(&flight) && sp_flight_collect(&flight))
        return TRUE;
    if (out_failed != NULL)
        *out_failed = flight.failed;
    return end(session, &flight, error);
}

/* What only reads does no harm where the session is then refused, so it need not wait. */
GPtrArray *
sp_session_query_many(SpSession *session, const SpCommand *commands, guint n_commands,
                      GError **error)
{
    g_return_val_if_fail(session != NULL && commands != NULL && n_commands > 0, NULL);
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)sp_rows_free);
    SpFlight flight = {&session->connection, commands, n_commands, .rows = rows};
    gboolean is_sent = session->refusal == NULL && sp_flight_send(&flight);
    if (!sp_session_greet(session, error)) {
        g_clear_error(&flight.error);
        return NULL;
    }
    if (is_sent)
        sp_flight_collect(&flight);
    return end(session, &flight, error) ? g_steal_pointer(&rows) : NULL;
}

SpRows *
sp_session_query(SpSession *session, const char *sql, const char *const *params, guint n_params,
                 GError **error)
{
    g_return_val_if_fail(session != NULL && sql != NULL, NULL);
    const SpCommand command = {.sql = sql, .params = params, .n_params = n_params};
    g_autoptr(GPtrArray) rows = sp_session_query_many(session, &command, 1, error);
    return rows != NULL ? g_ptr_array_steal_index(rows, 0) : NULL;
}

void
sp_command_append(GArray *commands, const char *sql)
{
    const SpCommand command = {.sql = sql};
    g_array_append_val(commands, command);
}

void
sp_session_append_reset(const SpSession *session, GArray *commands)
{
    /* The role first: the others run with its rights. A cursor may read of a temporary table. */
    static const SpCommand reset_table[] = {
        {.sql = "RESET SESSION AUTHORIZATION"},
        {.sql = "RESET ROLE"},
        {.sql = "RESET ALL"},
        {.sql = "CLOSE ALL"},
        {.sql = "DISCARD TEMP"},
        {.sql = "UNLISTEN *"},
        {.sql = "DEALLOCATE ALL"},
    };
    const SpCommand settings = {.sql = session->pooled_settings};
    g_array_append_vals(commands, reset_table, G_N_ELEMENTS(reset_table));
    if (session->pooled_settings != NULL)
        g_array_append_val(commands, settings);
}

char *
sp_session_dup_reset(const SpSession *session)
{
    g_autoptr(GArray) commands = g_array_new(FALSE, FALSE, sizeof(SpCommand));
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    sp_session_append_reset(session, commands);
    for (guint i = 0; i < commands->len; i++)
        g_strv_builder_add(builder, g_array_index(commands, SpCommand, i).sql);
    g_auto(GStrv) texts = g_strv_builder_end(builder);
    return g_strjoinv("; ", texts);
}

gboolean
sp_session_reset(SpSession *session, GError **error)
{
    g_return_val_if_fail(session != NULL, FALSE);
    g_autoptr(GArray) commands = g_array_new(FALSE, FALSE, sizeof(SpCommand));
    sp_session_append_reset(session, commands);
    return sp_session_run(session, (const SpCommand *)(gpointer)commands->data, commands->len, NULL,
                          NULL, error);
}
