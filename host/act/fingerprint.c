/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/fingerprint.h"

#include "act/imprints.h"
#include "act/json_rows.h"
#include "model/ownership.h"

typedef enum {
    COLUMN_KIND,
    COLUMN_IDENTITY,
    COLUMN_NAME,
    COLUMN_DEFINITION,
    COLUMN_NAMESPACE,
    COLUMN_RELATION,
} Column;

static char *
names_as_json(const char *const *names)
{
    g_autoptr(SpJsonRows) json = sp_json_rows_new();
    for (; *names != NULL; names++)
        sp_json_rows_add(json, *names);
    return sp_json_rows_finish(json);
}

SpFingerprint *
sp_fingerprint_read(SpSession *session, const char *const *namespaces, GError **error)
{
    g_autofree char *spaces = namespaces != NULL ? names_as_json(namespaces) : NULL;
    g_autofree char *own = names_as_json(sp_ownership_host_names());
    g_autofree char *query = sp_imprints_query_all();
    g_autoptr(SpRows) rows =
        sp_session_query(session, query, (const char *const[]){spaces, own}, 2, error);
    if (rows == NULL)
        return NULL;
    SpFingerprint *fingerprint = sp_fingerprint_new();
    for (guint i = 0; i < sp_rows_get_n(rows); i++) {
        const SpImprint imprint = {
            .kind = sp_rows_get(rows, i, COLUMN_KIND),
            .identity = sp_rows_get(rows, i, COLUMN_IDENTITY),
            .name = sp_rows_get(rows, i, COLUMN_NAME),
            .definition = sp_rows_get(rows, i, COLUMN_DEFINITION),
            .namespace_name = sp_rows_get(rows, i, COLUMN_NAMESPACE),
            .relation = sp_rows_get(rows, i, COLUMN_RELATION),
        };
        sp_fingerprint_add(fingerprint, &imprint);
    }
    return fingerprint;
}

/* Tables with the SQL that counts their rows; $1 the host's own, as JSON. */
static const char *const tables_query =
    "SELECT format('%I.%I', n.nspname, c.relname), n.nspname, c.relname, "
    "format('SELECT count(*) FROM ONLY %I.%I', n.nspname, c.relname) "
    "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND c.oid >= " SP_IMPRINTS_FIRST_OWN
    " AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' "
    "AND NOT (n.nspname = 'public' AND c.relname IN (SELECT json_array_elements_text($1::json))) "
    "ORDER BY 1";

typedef enum { TABLE_IDENTITY, TABLE_NAMESPACE, TABLE_NAME, TABLE_SQL } TableColumn;

gboolean
sp_fingerprint_count_rows(SpSession *session, SpFingerprint *fingerprint, GError **error)
{
    g_autofree char *own = names_as_json(sp_ownership_host_names());
    g_autoptr(SpRows) tables =
        sp_session_query(session, tables_query, (const char *const[]){own}, 1, error);
    guint n = tables ? sp_rows_get_n(tables) : 0;
    g_autofree SpCommand *commands = g_new0(SpCommand, n + 1);
    for (guint i = 0; i < n; i++)
        commands[i].sql = sp_rows_get(tables, i, TABLE_SQL);
    g_autoptr(GPtrArray) counts = n > 0 ? sp_session_query_many(session, commands, n, error) : NULL;
    for (guint i = 0; counts != NULL && i < n; i++) {
        const char *count = sp_rows_get(g_ptr_array_index(counts, i), 0, 0);
        const SpImprint imprint = {
            .kind = "rows of table",
            .identity = sp_rows_get(tables, i, TABLE_IDENTITY),
            .name = sp_rows_get(tables, i, TABLE_NAME),
            .definition = count,
            .namespace_name = sp_rows_get(tables, i, TABLE_NAMESPACE),
            .relation = sp_rows_get(tables, i, TABLE_NAME),
        };
        sp_fingerprint_add(fingerprint, &imprint);
    }
    return tables != NULL && (n == 0 || counts != NULL);
}
