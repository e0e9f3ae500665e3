/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/session.h"

#include "base/error.h"
#include "edge/server_error.h"
#include "edge/startup.h"

#include <libpq-fe.h>

#define MAX_RETRIES 5
#define FIRST_RETRY_DELAY_US 100000

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PGconn, PQfinish)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PGresult, PQclear)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PQconninfoOption, PQconninfoFree)

struct SpSession {
    PGconn *connection; /* always in pipeline mode; NULL once lost */
    char *description;
    char *pooled_settings; /* (nullable): SQL, where startup options do not reach the server */
    guint server_version;
    int backend_pid;
    gboolean was_read_only; /* when opened */
};

struct SpRows {
    PGresult *result;
};

/* One pipeline under way. */
typedef struct {
    SpSession *session;
    const SpCommand *commands;
    guint n_commands;
    guint64 *affected; /* (nullable) */
    PGresult *last;
    GError *error; /* the first */
    guint failed;
} Run;

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

/* (transfer full) (nullable) */
static GHashTable *
build_parameters(const char *conninfo, const SpSessionSettings *settings, GError **error)
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

static PGconn *
connect_patiently(GHashTable *parameters, GError **error)
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

static gboolean
check_pooler(SpSession *session, gboolean is_pooled, const SpSessionSettings *settings,
             GError **error)
{
    if (!is_pooled)
        return TRUE;
    if (!settings->pool_is_session)
        return sp_startup_refuse_pooler(PQdb(session->connection), error);
    session->pooled_settings = sp_startup_settings_query(settings);
    const SpCommand command = {.sql = session->pooled_settings};
    return sp_session_run(session, &command, 1, NULL, NULL, error);
}

/* @connection: (transfer full) */
static SpSession *
session_new(PGconn *connection)
{
    SpSession *session = g_new0(SpSession, 1);
    session->connection = connection;
    session->server_version = (guint)PQserverVersion(connection);
    session->description =
        g_strdup_printf("host=%s port=%s dbname=%s user=%s", PQhost(connection), PQport(connection),
                        PQdb(connection), PQuser(connection));
    PQsetnonblocking(connection, 1);
    PQenterPipelineMode(connection);
    return session;
}

SpSession *
sp_session_open(const char *conninfo, const SpSessionSettings *settings, GError **error)
{
    g_return_val_if_fail(settings != NULL, NULL);
    g_autoptr(GHashTable) parameters = build_parameters(conninfo, settings, error);
    if (parameters == NULL)
        return NULL;
    PGconn *connection = connect_patiently(parameters, error);
    if (connection == NULL)
        return NULL;
    g_autoptr(SpSession) session = session_new(connection);
    g_autoptr(SpRows) rows = sp_session_query(
        session,
        "SELECT pg_backend_pid(),"
        " pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean",
        NULL, 0, error);
    if (rows == NULL)
        return NULL;
    session->was_read_only = sp_rows_get_boolean(rows, 0, 1);
    session->backend_pid = (int)g_ascii_strtoll(sp_rows_get(rows, 0, 0), NULL, 10);
    gboolean is_pooled = session->backend_pid != PQbackendPID(connection) ||
                         !g_hash_table_contains(parameters, "options");
    return check_pooler(session, is_pooled, settings, error) ? g_steal_pointer(&session) : NULL;
}

GHashTable *
sp_session_dup_parameters(const SpSession *session)
{
    if (session->connection == NULL || session->pooled_settings != NULL)
        return NULL;
    g_autoptr(PQconninfoOption) given = PQconninfo(session->connection);
    GHashTable *parameters = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (const PQconninfoOption *option = given; option->keyword != NULL; option++)
        if (option->val != NULL && option->val[0] != '\0')
            sp_startup_put(parameters, option->keyword, option->val);
    sp_startup_put(parameters, "host", PQhost(session->connection));
    sp_startup_put(parameters, "hostaddr", PQhostaddr(session->connection));
    sp_startup_put(parameters, "port", PQport(session->connection));
    return parameters;
}

SpSession *
sp_session_open_again(GHashTable *parameters, GError **error)
{
    g_autoptr(PGconn) connection = connect_once(parameters);
    if (PQstatus(connection) == CONNECTION_OK)
        return session_new(g_steal_pointer(&connection));
    set_connect_error(connection, SP_ERROR_CONNECT, error);
    return NULL;
}

void
sp_session_close(SpSession *session)
{
    if (session == NULL)
        return;
    PQfinish(session->connection);
    g_free(session->description);
    g_free(session->pooled_settings);
    g_free(session);
}

gboolean
sp_session_is_read_only(const SpSession *session)
{
    g_return_val_if_fail(session != NULL, FALSE);
    const char *standby = PQparameterStatus(session->connection, "in_hot_standby");
    const char *read_only = PQparameterStatus(session->connection, "default_transaction_read_only");
    /* Servers before 14 and poolers do not tell. */
    if (standby == NULL || read_only == NULL)
        return session->was_read_only;
    return g_str_equal(standby, "on") || g_str_equal(read_only, "on");
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
sp_session_get_backend_pid(const SpSession *session)
{
    return session->backend_pid;
}

static void
lose(Run *run, const char *message)
{
    if (run->error == NULL) {
        g_autofree char *reason = sp_server_text(message);
        g_autofree char *detail = g_strdup_printf(
            "%s\nIf a COMMIT was under way, nothing is known of its outcome.", reason);
        run->error = sp_error_new(SP_ERROR_CONNECTION_LOST, detail, NULL,
                                  "connection to the database was lost");
    }
    g_clear_pointer(&run->session->connection, PQfinish);
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

static gboolean
send_all(PGconn *connection, const SpCommand *commands, guint n_commands)
{
    for (guint i = 0; i < n_commands; i++)
        if (!PQsendQueryParams(connection, commands[i].sql, (int)commands[i].n_params, NULL,
                               commands[i].params, NULL, NULL, 0))
            return FALSE;
    return PQpipelineSync(connection) && flush(connection);
}

static void
fail(Run *run, guint index, PGresult *result)
{
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    gboolean is_over = PQstatus(run->session->connection) == CONNECTION_BAD ||
                       g_strcmp0(severity, "FATAL") == 0 || g_strcmp0(severity, "PANIC") == 0;
    if (run->error == NULL)
        run->failed = index;
    if (is_over)
        lose(run, PQresultErrorMessage(result));
    else if (run->error == NULL)
        run->error = error_of(result, run->commands[index].sql);
}

/* The server swallows the Sync while it waits for COPY data: only a new connection is sure to be in
 * step. */
static void
refuse_copy(Run *run, guint index)
{
    run->failed = index;
    run->error = sp_error_new(SP_ERROR_STATEMENT, "The session was closed.", NULL,
                              "could not run statement: COPY from or to the client");
    const SpPlace place = {.sql = run->commands[index].sql};
    sp_error_place(run->error, &place);
    g_clear_pointer(&run->session->connection, PQfinish);
}

static void
take_result(Run *run, guint index, PGresult *result)
{
    switch ((int)PQresultStatus(result)) {
    case PGRES_EMPTY_QUERY:
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
        if (run->affected != NULL)
            run->affected[index] = g_ascii_strtoull(PQcmdTuples(result), NULL, 10);
        PQclear(run->last);
        run->last = result;
        return;
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
    case PGRES_COPY_BOTH:
        refuse_copy(run, index);
        break;
    case PGRES_PIPELINE_ABORTED:
        break;
    default:
        fail(run, index, result);
    }
    PQclear(result);
}

/* A NULL ends the results of each command; a COMMIT that is implied by the Sync fails before its
 * own result. */
static void
collect(Run *run)
{
    guint index = 0;
    while (run->session->connection != NULL) {
        PGresult *result = PQgetResult(run->session->connection);
        if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
            PQclear(result);
            return;
        }
        if (result != NULL)
            take_result(run, MIN(index, run->n_commands - 1), result);
        else if (++index > run->n_commands + 1)
            lose(run, PQerrorMessage(run->session->connection));
    }
}

static gboolean
run_pipeline(Run *run)
{
    if (run->session->connection == NULL)
        lose(run, "The session ended earlier.");
    else if (send_all(run->session->connection, run->commands, run->n_commands))
        collect(run);
    else
        lose(run, PQerrorMessage(run->session->connection));
    return run->error == NULL;
}

static void
roll_back(SpSession *session)
{
    PGTransactionStatusType status = PQtransactionStatus(session->connection);
    if (session->connection == NULL || status == PQTRANS_IDLE)
        return;
    const SpCommand command = {.sql = "ROLLBACK"};
    Run run = {.session = session, .commands = &command, .n_commands = 1};
    run_pipeline(&run);
    g_clear_error(&run.error);
    PQclear(run.last);
}

gboolean
sp_session_run(SpSession *session, const SpCommand *commands, guint n_commands, guint64 *affected,
               guint *out_failed, GError **error)
{
    g_return_val_if_fail(session != NULL && commands != NULL && n_commands > 0, FALSE);
    Run run = {session, commands, n_commands, .affected = affected};
    gboolean is_done = run_pipeline(&run);
    PQclear(run.last);
    if (is_done)
        return TRUE;
    roll_back(session);
    if (out_failed != NULL)
        *out_failed = run.failed;
    g_propagate_error(error, run.error);
    return FALSE;
}

SpRows *
sp_session_query(SpSession *session, const char *sql, const char *const *params, guint n_params,
                 GError **error)
{
    g_return_val_if_fail(session != NULL && sql != NULL, NULL);
    const SpCommand command = {sql, params, n_params};
    Run run = {.session = session, .commands = &command, .n_commands = 1};
    if (!run_pipeline(&run)) {
        PQclear(run.last);
        roll_back(session);
        g_propagate_error(error, run.error);
        return NULL;
    }
    SpRows *rows = g_new0(SpRows, 1);
    rows->result = run.last;
    return rows;
}

gboolean
sp_session_reset(SpSession *session, GError **error)
{
    g_return_val_if_fail(session != NULL, FALSE);
    /* The role first: the others run with its rights. */
    const SpCommand commands[] = {
        {.sql = "RESET SESSION AUTHORIZATION"},
        {.sql = "RESET ROLE"},
        {.sql = "RESET ALL"},
        {.sql = "DISCARD TEMP"},
        {.sql = "CLOSE ALL"},
        {.sql = "UNLISTEN *"},
        {.sql = "DEALLOCATE ALL"},
        {.sql = session->pooled_settings},
    };
    guint n = G_N_ELEMENTS(commands) - (session->pooled_settings == NULL ? 1 : 0);
    return sp_session_run(session, commands, n, NULL, NULL, error);
}

guint
sp_rows_get_n(const SpRows *rows)
{
    g_return_val_if_fail(rows != NULL, 0);
    return (guint)PQntuples(rows->result);
}

const char *
sp_rows_get(const SpRows *rows, guint row, guint column)
{
    g_return_val_if_fail(rows != NULL && row < sp_rows_get_n(rows), NULL);
    g_return_val_if_fail(column < (guint)PQnfields(rows->result), NULL);
    if (PQgetisnull(rows->result, (int)row, (int)column))
        return NULL;
    return PQgetvalue(rows->result, (int)row, (int)column);
}

gboolean
sp_rows_get_boolean(const SpRows *rows, guint row, guint column)
{
    return g_strcmp0(sp_rows_get(rows, row, column), "t") == 0;
}

void
sp_rows_free(SpRows *rows)
{
    if (rows == NULL)
        return;
    PQclear(rows->result);
    g_free(rows);
}
