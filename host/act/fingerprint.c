/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/fingerprint.h"

#include "act/imprints.h"
#include "model/ownership.h"

#include <json-glib/json-glib.h>

typedef enum { COLUMN_KIND, COLUMN_IDENTITY, COLUMN_NAME, COLUMN_DEFINITION } Column;

static char *
names_as_json(const char *const *names)
{
    g_autoptr(JsonArray) array = json_array_new();
    for (; *names != NULL; names++)
        json_array_add_string_element(array, *names);
    g_autoptr(JsonNode) root = json_node_new(JSON_NODE_ARRAY);
    json_node_set_array(root, array);
    return json_to_string(root, FALSE);
}

SpFingerprint *
sp_fingerprint_read(SpSession *session, const char *const *namespaces, GError **error)
{
    g_autofree char *spaces = namespaces != NULL ? names_as_json(namespaces) : NULL;
    g_autofree char *own = names_as_json(sp_ownership_host_tables());
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
        };
        sp_fingerprint_add(fingerprint, &imprint);
    }
    return fingerprint;
}
