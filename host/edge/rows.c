/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/rows.h"

#include <libpq-fe.h>

struct SpRows {
    PGresult *result;
};

SpRows *
sp_rows_new(struct pg_result *result)
{
    SpRows *rows = g_new0(SpRows, 1);
    rows->result = result;
    return rows;
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
