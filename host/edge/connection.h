/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* How a connection to a server comes about. */
#pragma once

#include "edge/startup.h"

/** PGconn of libpq. */
struct pg_conn;

/** (transfer full) (nullable): what to connect with. Errors: SP_ERROR_CONFIGURATION. */
GHashTable *sp_connection_parameters(const char *conninfo, const SpSessionSettings *settings,
                                     GError **error);
/** (transfer full) (nullable): what reaches the very server of @connection once more. */
GHashTable *sp_connection_parameters_again(struct pg_conn *connection);

/** (transfer full) (nullable): waits for a server that starts up, and takes what it does not know
 * out of @parameters. Errors: SP_ERROR_CONNECT, SP_ERROR_CONFIGURATION. */
struct pg_conn *sp_connection_open(GHashTable *parameters, GError **error);
/** (transfer full) (nullable): tries once. Errors: SP_ERROR_CONNECT. */
struct pg_conn *sp_connection_open_once(GHashTable *parameters, GError **error);
