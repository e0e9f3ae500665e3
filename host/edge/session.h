/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* One PostgreSQL session. */
#pragma once

#include "edge/rows.h"

typedef struct SpSession SpSession;

/** Given at connect time as options, so that RESET ALL brings them back whatever an extension SET.
 */
typedef struct {
    guint connect_timeout_s;    /* unless the conninfo or PGCONNECT_TIMEOUT says so; 0: 10 */
    guint statement_timeout_ms; /* 0: none */
    gboolean pool_is_session;   /* the operator says that a pooler in between keeps sessions */
} SpSessionSettings;

/** One statement to send. */
typedef struct {
    const char *sql;
    const char *const *params; /* (nullable): n_params texts, NULL for SQL NULL */
    guint n_params;
    /* (nullable): called as soon as the server has done it, also when a later command then fails */
    void (*done)(gpointer data);
    gpointer data;
} SpCommand;

/** Adds one without parameters. @commands: (element-type SpCommand): borrows @sql */
void sp_command_append(GArray *commands, const char *sql);

/**
 * Connects, with application_name sp-host, search_path public, client_encoding UTF8, TCP keepalives
 * and client_connection_check_interval (PostgreSQL 14 or later), and retries while the server
 * starts up. What the server is then asked about itself travels with the first query.
 * @conninfo: (nullable): libpq connection string or URI; NULL uses the PG* environment
 * Errors: SP_ERROR_CONNECT, SP_ERROR_CONFIGURATION (conninfo that libpq cannot read). No message
 * shows a password.
 */
SpSession *sp_session_open(const char *conninfo, const SpSessionSettings *settings, GError **error);
/**
 * Waits for what the server says of itself, unless a call before has done so. Every call that runs
 * something does it first, and fails like this one, again and again, when the session is no good.
 * Errors: SP_ERROR_POOLER (PQbackendPID() is not pg_backend_pid(), so a session lock would mean
 * nothing), SP_ERROR_CONNECTION_LOST.
 */
gboolean sp_session_greet(SpSession *session, GError **error);
/**
 * (transfer full) (nullable): keyword and value of what opens another session at the very server of
 * this one; may hold the password. NULL behind a pooler, which may have no second one to give.
 */
GHashTable *sp_session_dup_parameters(SpSession *session);
/** Opens another session, for looking only: once, without waiting for a server that starts up.
 * Errors: SP_ERROR_CONNECT. */
SpSession *sp_session_open_again(GHashTable *parameters, GError **error);
void sp_session_close(SpSession *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpSession, sp_session_close)

/** Whether the server is a standby or the session read-only. Waits for the greeting only where
 * libpq was not told. */
gboolean sp_session_is_read_only(SpSession *session);
/** "host port dbname user" for messages; never a password. (transfer none) */
const char *sp_session_describe(const SpSession *session);
/** 150018 for 15.18 */
guint sp_session_get_server_version(const SpSession *session);

/** The server process of the session, as pg_backend_pid() tells it. Waits for the greeting. */
int sp_session_get_backend_pid(SpSession *session);

/**
 * Runs one query and returns its rows. (transfer full). The first one of a session is sent before
 * it is known whether a pooler stands in between, so it may only read (or call sp_session_greet()
 * before). Errors: those of sp_session_run().
 */
SpRows *sp_session_query(SpSession *session, const char *sql, const char *const *params,
                         guint n_params, GError **error);
/**
 * Likewise several, which travel together with one Sync at their end.
 * (transfer full) (element-type SpRows): one a command.
 */
GPtrArray *sp_session_query_many(SpSession *session, const SpCommand *commands, guint n_commands,
                                 GError **error);

/**
 * Sends all commands in one pipeline with one Sync at its end, so they travel together and the
 * first error skips the rest. Put BEGIN first and COMMIT last to make one transaction of them;
 * after an error the session is rolled back to idle. Several such transactions may follow each
 * other: an error keeps those before and skips all after. Commands outside of one form an implicit
 * transaction with what follows, up to the next COMMIT or the Sync.
 * @affected: (nullable) (out caller-allocates): n rows counts, one a command
 * @out_failed: (nullable) (out): index of the command that failed; untouched on success
 * Errors: SP_ERROR_STATEMENT with SQLSTATE, server detail (and context) and hint, and line/column
 * counted within the failing command's text when the server gives a position; SP_ERROR_PRIVILEGE
 * for 42501; SP_ERROR_STANDBY for 25006; those of sp_session_greet(); SP_ERROR_CONNECTION_LOST
 * (then nothing is known of a COMMIT that was under way, and the detail says so).
 */
gboolean sp_session_run(SpSession *session, const SpCommand *commands, guint n_commands,
                        guint64 *affected, guint *out_failed, GError **error);

/**
 * Puts the session back to its defaults, so that nothing an extension SET, prepared, listened to or
 * created temporarily reaches the next one: role, settings, temporary objects, cursors, prepared
 * statements. Keeps advisory locks.
 */
gboolean sp_session_reset(SpSession *session, GError **error);
/** Appends the same as commands of a flight. Put BEGIN before and COMMIT behind them where a
 * transaction follows, which they would otherwise become part of.
 * @commands: (element-type SpCommand): valid as long as @session */
void sp_session_append_reset(const SpSession *session, GArray *commands);
/** (transfer full): the same as one text. */
char *sp_session_dup_reset(const SpSession *session);
