/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* How often the host waits for the server: to wait is to ask for a result after something was sent.
 * The functions stand in for those of libpq by --wrap. For one file of a program. */
#pragma once

#include <glib.h>
#include <libpq-fe.h>

static guint n_turns;
static gboolean has_sent;

int __real_PQpipelineSync(PGconn *connection);
int __wrap_PQpipelineSync(PGconn *connection);
PGresult *__real_PQgetResult(PGconn *connection);
PGresult *__wrap_PQgetResult(PGconn *connection);

int
__wrap_PQpipelineSync(PGconn *connection)
{
    has_sent = TRUE;
    return __real_PQpipelineSync(connection);
}

PGresult *
__wrap_PQgetResult(PGconn *connection)
{
    n_turns += has_sent ? 1 : 0;
    has_sent = FALSE;
    return __real_PQgetResult(connection);
}
