/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/build.h"

#include "base/error.h"

/* An index stands in the namespace of its table; without one the search path finds the table. */
static const char *const index_query =
    "SELECT i.indisvalid AND i.indisready, format('%I.%I', n.nspname, c.relname) "
    "FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
    "JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE i.indrelid = to_regclass(concat_ws('.', quote_ident($1), quote_ident($2))) "
    "AND c.relname = $3::name";

typedef enum { INDEX_ABSENT, INDEX_UNUSABLE, INDEX_VALID } IndexState;

gboolean
sp_build_is(const SpStatement *statement)
{
    const SpIndexFacts *index = statement->index;
    return index != NULL && index->is_concurrent && *index->name != '\0';
}

/* @out_name: (transfer full) (nullable): as SQL */
static gboolean
look(SpSession *session, const SpStatement *statement, IndexState *out_state, char **out_name,
     GError **error)
{
    const SpIndexFacts *index = statement->index;
    const char *const params[] = {index->namespace_name, index->table, index->name};
    g_autoptr(SpRows) rows =
        sp_session_query(session, index_query, params, G_N_ELEMENTS(params), error);
    if (rows == NULL)
        return FALSE;
    *out_state = INDEX_ABSENT;
    if (sp_rows_get_n(rows) == 0)
        return TRUE;
    *out_state = sp_rows_get_boolean(rows, 0, 0) ? INDEX_VALID : INDEX_UNUSABLE;
    *out_name = g_strdup(sp_rows_get(rows, 0, 1));
    return TRUE;
}

gboolean
sp_build_clear(SpSession *session, const SpStatement *statement, gboolean *out_exists,
               GError **error)
{
    IndexState state;
    g_autofree char *name = NULL;
    if (!look(session, statement, &state, &name, error))
        return FALSE;
    *out_exists = state == INDEX_VALID;
    if (state != INDEX_UNUSABLE)
        return TRUE;
    g_debug("dropping index %s, which an interrupted build left", name);
    g_autofree char *sql = g_strdup_printf("DROP INDEX CONCURRENTLY IF EXISTS %s", name);
    const SpCommand command = {.sql = sql};
    return sp_session_run(session, &command, 1, NULL, NULL, error);
}

gboolean
sp_build_check(SpSession *session, const SpStatement *statement, GError **error)
{
    IndexState state;
    g_autofree char *name = NULL;
    if (!look(session, statement, &state, &name, error))
        return FALSE;
    if (state == INDEX_VALID)
        return TRUE;
    const char *detail = state == INDEX_ABSENT
                             ? "The statement was run, and the index is not there."
                             : "The statement was run, and the catalog says that the index is not "
                               "valid. The next run drops it and builds it again.";
    sp_error_set(error, SP_ERROR_INVALID_INDEX, detail, NULL, "index \"%s\" was not built",
                 statement->index->name);
    return FALSE;
}
