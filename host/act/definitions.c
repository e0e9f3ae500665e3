/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/definitions.h"

#include "act/imprints.h"
#include "act/json_rows.h"
#include "act/kept.h"

/* $1: the extensions, with an id each. */
#define IDS "(SELECT id FROM json_to_recordset($1::json) AS e(id text))"

static const char *const forget =
    "DELETE FROM public.extension_definitions WHERE extension_id = ANY (ARRAY" IDS ")";

#define INSERT                                                                       \
    "INSERT INTO public.extension_definitions (extension_id, kind, identity, name, " \
    "parent, definition) "

/* What the ledger was then: who finds another one knows that migrations ran since. */
static const char *const stamp =
    "INSERT INTO public.extension_digests AS d (extension_id, phase, digest) "
    "SELECT e.id, 'definitions', concat(" SP_DEFINITIONS_FORM ", ' ', l.digest) FROM " IDS
    " AS e LEFT JOIN "
    "(" SP_KEPT_LEDGERS_QUERY " GROUP BY extension_id) AS l(extension_id, digest) "
    "ON l.extension_id = e.id ON CONFLICT (extension_id, phase) DO UPDATE "
    "SET digest = excluded.digest, applied_at = excluded.applied_at";

static const char *const recorded_query =
    "SELECT extension_id, kind, identity, name, parent, definition "
    "FROM public.extension_definitions";

/* Only of those that were recorded before: of the others an install says first what they have. */
static const char *const touched_query =
    "SELECT DISTINCT o.extension_id FROM public.extension_objects o "
    "JOIN public.extension_digests d ON d.extension_id = o.extension_id AND d.phase = "
    "'definitions' "
    "JOIN public.extension_objects t ON t.extension_id = $1 AND t.action IN ('alter', 'drop') "
    "AND t.namespace_name = o.namespace_name AND o.name IN (t.name, t.parent) "
    "WHERE o.action = 'create' AND o.extension_id <> $1";

struct SpDefining {
    const char *ids[1];
    char *insert;
};

SpDefining *
sp_defining_new(const char *ids, const gboolean *is_created)
{
    g_autofree char *query = sp_imprints_query_own(is_created);
    SpDefining *defining = g_new0(SpDefining, 1);
    defining->ids[0] = ids;
    defining->insert = g_strconcat(INSERT, query, NULL);
    return defining;
}

void
sp_defining_free(SpDefining *defining)
{
    if (defining == NULL)
        return;
    g_free(defining->insert);
    g_free(defining);
}

void
sp_defining_append(const SpDefining *defining, GArray *commands)
{
    const SpCommand all[] = {
        {forget, defining->ids, 1},
        {defining->insert, defining->ids, 1},
        {stamp, defining->ids, 1},
    };
    g_array_append_vals(commands, all, G_N_ELEMENTS(all));
}

static void
add_id(SpJsonRows *json, const char *id)
{
    sp_json_rows_begin(json);
    sp_json_rows_text(json, "id", id);
    sp_json_rows_end(json);
}

gboolean
sp_definitions_refresh(SpSession *session, const char *extension, GError **error)
{
    const char *const params[] = {extension};
    g_autoptr(SpRows) touched = sp_session_query(session, touched_query, params, 1, error);
    if (touched == NULL)
        return FALSE;
    g_autoptr(SpJsonRows) json = sp_json_rows_new();
    add_id(json, extension);
    for (guint i = 0; i < sp_rows_get_n(touched); i++)
        add_id(json, sp_rows_get(touched, i, 0));
    g_autofree char *ids = sp_json_rows_finish(json);
    g_autoptr(SpDefining) defining = sp_defining_new(ids, NULL);
    g_autoptr(GArray) commands = g_array_new(FALSE, FALSE, sizeof(SpCommand));
    sp_defining_append(defining, commands);
    return sp_session_run(session, (const SpCommand *)(gpointer)commands->data, commands->len, NULL,
                          NULL, error);
}

typedef enum {
    COLUMN_EXTENSION,
    COLUMN_KIND,
    COLUMN_IDENTITY,
    COLUMN_NAME,
    COLUMN_PARENT,
    COLUMN_DEFINITION,
} Column;

static SpFingerprint *
read_imprints(SpSession *session, const char *query, guint n_params, GError **error)
{
    const char *const everything[] = {NULL};
    g_autoptr(SpRows) rows = sp_session_query(session, query, everything, n_params, error);
    if (rows == NULL)
        return NULL;
    SpFingerprint *fingerprint = sp_fingerprint_new();
    for (guint i = 0; i < sp_rows_get_n(rows); i++) {
        const SpImprint imprint = {
            .kind = sp_rows_get(rows, i, COLUMN_KIND),
            .identity = sp_rows_get(rows, i, COLUMN_IDENTITY),
            .name = sp_rows_get(rows, i, COLUMN_NAME),
            .definition = sp_rows_get(rows, i, COLUMN_DEFINITION),
            .extension = sp_rows_get(rows, i, COLUMN_EXTENSION),
            .parent = sp_rows_get(rows, i, COLUMN_PARENT),
        };
        sp_fingerprint_add(fingerprint, &imprint);
    }
    return fingerprint;
}

SpFingerprint *
sp_definitions_read(SpSession *session, GError **error)
{
    return read_imprints(session, recorded_query, 0, error);
}

SpFingerprint *
sp_definitions_look(SpSession *session, GError **error)
{
    g_autofree char *query = sp_imprints_query_own(NULL);
    return read_imprints(session, query, 1, error);
}
