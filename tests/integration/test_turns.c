/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* How often the host waits for the server. The two calls of libpq stand in for those of the library
 * by --wrap: to wait is to ask for a result after something was sent. */
#include "support/cluster.h"
#include "support/install.h"

#include <criterion/criterion.h>
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

Test(turns, are_not_spent_on_the_greeting)
{
    g_autofree char *database = sp_test_database();
    n_turns = 0;
    g_autoptr(SpSession) session = sp_test_session(database);
    cr_assert_eq(n_turns, 0);
    const SpCommand commands[] = {{.sql = "SELECT 1"}, {.sql = "SELECT 2"}};
    g_autoptr(GPtrArray) rows = sp_session_query_many(session, commands, 2, NULL);
    cr_assert_eq(rows->len, 2);
    cr_assert_eq(n_turns, 1);
}
