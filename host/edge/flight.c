/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/flight.h"

#include "base/error.h"
#include "edge/server_error.h"

#include <libpq-fe.h>

static const char *const ended_earlier = "The session ended earlier.";

static void
lose(SpFlight *flight, const char *message)
{
    if (flight->error == NULL) {
        g_autofree char *reason = sp_server_text(message);
        g_autofree char *detail = g_strdup_printf(
            "%s\nIf a COMMIT was under way, nothing is known of its outcome.", reason);
        flight->error = sp_error_new(SP_ERROR_CONNECTION_LOST, detail, NULL,
                                     "connection to the database was lost");
    }
    g_clear_pointer(&*flight->connection, PQfinish);
}

static GError *
error_of(const PGresult *result, const char *sql)
{
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const SpServerMessage message = {
        .sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE),
        .primary = primary != NULL ? primary : PQresultErrorMessage(result),
        .detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL),
        .hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT),
        .context = PQresultErrorField(result, PG_DIAG_CONTEXT),
        .internal_query = PQresultErrorField(result, PG_DIAG_INTERNAL_QUERY),
        .position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION),
    };
    return sp_server_error_new(&message, sql);
}

/* Reads while it writes: a server that cannot send its results stops reading. */
static gboolean
flush(PGconn *connection)
{
    int left;
    while ((left = PQflush(connection)) > 0) {
        GPollFD socket = {.fd = PQsocket(connection), .events = G_IO_IN | G_IO_OUT};
        g_poll(&socket, 1, -1);
        if ((socket.revents & ~G_IO_OUT) != 0 && !PQconsumeInput(connection))
            return FALSE;
    }
    return left == 0;
}

static void
fail(SpFlight *flight, guint index, PGresult *result)
{
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    gboolean is_over = PQstatus(*flight->connection) == CONNECTION_BAD ||
                       g_strcmp0(severity, "FATAL") == 0 || g_strcmp0(severity, "PANIC") == 0;
    if (flight->error == NULL)
        flight->failed = index;
    if (is_over)
        lose(flight, PQresultErrorMessage(result));
    else if (flight->error == NULL)
        flight->error = error_of(result, flight->commands[index].sql);
}

/* The server swallows the Sync while it waits for COPY data: only a new connection is sure to be in
 * step. */
static void
refuse_copy(SpFlight *flight, guint index)
{
    flight->failed = index;
    flight->error = sp_error_new(SP_ERROR_STATEMENT, "The session was closed.", NULL,
                                 "could not run statement: COPY from or to the client");
    const SpPlace place = {.sql = flight->commands[index].sql};
    sp_error_place(flight->error, &place);
    g_clear_pointer(&*flight->connection, PQfinish);
}

static void
keep_result(SpFlight *flight, guint index, PGresult *result)
{
    if (flight->affected != NULL)
        flight->affected[index] = g_ascii_strtoull(PQcmdTuples(result), NULL, 10);
    if (flight->rows != NULL && flight->rows->len == index)
        g_ptr_array_add(flight->rows, sp_rows_new(result));
    else
        PQclear(result);
}

static void
take_result(SpFlight *flight, guint index, PGresult *result)
{
    switch ((int)PQresultStatus(result)) {
    case PGRES_EMPTY_QUERY:
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
        keep_result(flight, index, result);
        return;
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
    case PGRES_COPY_BOTH:
        refuse_copy(flight, index);
        break;
    case PGRES_PIPELINE_ABORTED:
        break;
    default:
        fail(flight, index, result);
    }
    PQclear(result);
}

gboolean
sp_flight_send(SpFlight *flight)
{
    PGconn *connection = *flight->connection;
    gboolean is_sent = connection != NULL;
    for (guint i = 0; is_sent && i < flight->n_commands; i++) {
        const SpCommand *command = &flight->commands[i];
        is_sent = PQsendQueryParams(connection, command->sql, (int)command->n_params, NULL,
                                    command->params, NULL, NULL, 0);
    }
    if (is_sent && PQpipelineSync(connection) && flush(connection))
        return TRUE;
    lose(flight, connection != NULL ? PQerrorMessage(connection) : ended_earlier);
    return FALSE;
}

/* A NULL ends the results of each command; a COMMIT that is implied by the Sync fails before its
 * own result. */
gboolean
sp_flight_collect(SpFlight *flight)
{
    guint index = 0;
    while (*flight->connection != NULL) {
        PGresult *result = PQgetResult(*flight->connection);
        if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
            PQclear(result);
            return flight->error == NULL;
        }
        if (result != NULL)
            take_result(flight, MIN(index, flight->n_commands - 1), result);
        else if (++index > flight->n_commands + 1)
            lose(flight, PQerrorMessage(*flight->connection));
    }
    lose(flight, ended_earlier);
    return FALSE;
}
