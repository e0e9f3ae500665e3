/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/recollect.h"

#include "act/definitions.h"
#include "act/json_rows.h"
#include "act/kept.h"
#include "act/ledger.h"

#include <string.h>

/* In the order in which they are read. */
enum { DIGESTS, LEDGERS, HALF_DONE, LOST, ROLELESS, N_QUERIES };

static const SpCommand queries[N_QUERIES] = {
    [DIGESTS] = {.sql = "SELECT extension_id, phase, digest FROM public.extension_digests "
                        "WHERE phase IN ('enabled', 'disabled', 'ledger') OR phase = 'definitions' "
                        "AND " SP_DEFINITIONS_FORM_OF("digest") " <> " SP_DEFINITIONS_FORM},
    [LEDGERS] = {.sql = SP_KEPT_LEDGERS_QUERY " GROUP BY extension_id"},
    [HALF_DONE] = {.sql = "SELECT DISTINCT extension_id FROM public.extension_migration_progress"},
    [LOST] = {.sql = "SELECT DISTINCT o.extension_id FROM public.extension_objects o " SP_KEPT_JOINS
                     " WHERE o.is_kept AND NOT " SP_KEPT_IS_THERE},
    /* Roles are the server's, so a dump of the database does not bring them along. */
    [ROLELESS] = {.sql = "SELECT x.id FROM json_to_recordset($1::json) AS x(id text, role name) "
                         "LEFT JOIN pg_roles r ON r.rolname = x.role "
                         "WHERE r.oid IS NULL OR NOT pg_has_role(r.oid, 'MEMBER')"},
};

static const char *const marks_query =
    "SELECT extension_id, action, class, word, namespace_name, name, nullif(parent, ''), "
    "arguments, is_kept, source, source_line, source_column FROM public.extension_objects "
    "WHERE class NOT IN ('column', 'constraint')";

static void
take_digests(SpRecall *recall, const SpRows *digests, const SpRows *ledgers)
{
    g_autoptr(GHashTable) recorded = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < sp_rows_get_n(digests); i++) {
        const char *id = sp_rows_get(digests, i, 0);
        const char *phase = sp_rows_get(digests, i, 1);
        const char *digest = sp_rows_get(digests, i, 2);
        if (g_str_equal(phase, "ledger"))
            g_hash_table_insert(recorded, (gpointer)id, (gpointer)digest);
        else if (g_str_equal(phase, "definitions"))
            sp_recall_set_unsettled(recall, id);
        else
            sp_recall_add(recall, id, digest, g_str_equal(phase, "disabled"));
    }
    for (guint i = 0; i < sp_rows_get_n(ledgers); i++) {
        const char *id = sp_rows_get(ledgers, i, 0);
        const char *was = g_hash_table_lookup(recorded, id);
        sp_recall_set_has_ledger(recall, id);
        if (g_strcmp0(was, sp_rows_get(ledgers, i, 1)) != 0)
            sp_recall_set_unsettled(recall, id);
        g_hash_table_remove(recorded, id);
    }
    GHashTableIter iter;
    gpointer id;
    g_hash_table_iter_init(&iter, recorded);
    while (g_hash_table_iter_next(&iter, &id, NULL))
        sp_recall_set_unsettled(recall, id);
}

static void
take_unsettled(SpRecall *recall, const SpRows *rows)
{
    for (guint i = 0; i < sp_rows_get_n(rows); i++)
        sp_recall_set_unsettled(recall, sp_rows_get(rows, i, 0));
}

static guint
number_at(const SpRows *rows, guint row, guint column)
{
    const char *text = sp_rows_get(rows, row, column);
    return text != NULL ? (guint)g_ascii_strtoull(text, NULL, 10) : 0;
}

static void
take_mark(SpRecall *recall, const SpRows *rows, guint row)
{
    int action = sp_kept_find_action(sp_rows_get(rows, row, 1));
    int class = sp_kept_find_class(sp_rows_get(rows, row, 2));
    if (action < 0 || class < 0)
        return;
    SpMark *mark = g_new0(SpMark, 1);
    mark->action = (SpAction)action;
    mark->object = sp_object_new((SpObjectClass) class, g_intern_string(sp_rows_get(rows, row, 3)),
                                 sp_rows_get(rows, row, 4), sp_rows_get(rows, row, 5),
                                 sp_rows_get(rows, row, 6), sp_rows_get(rows, row, 7));
    mark->is_kept = sp_rows_get_boolean(rows, row, 8);
    mark->source = g_strdup(sp_rows_get(rows, row, 9));
    mark->line = number_at(rows, row, 10);
    mark->column = number_at(rows, row, 11);
    sp_recall_add_mark(recall, sp_rows_get(rows, row, 0), mark);
}

static gboolean
read_marks(SpSession *session, SpRecall *recall, GError **error)
{
    g_autoptr(SpRows) rows = sp_session_query(session, marks_query, NULL, 0, error);
    for (guint i = 0; rows != NULL && i < sp_rows_get_n(rows); i++)
        take_mark(recall, rows, i);
    return rows != NULL;
}

/* (transfer full) (nullable): NULL when none has a role */
static char *
roles_as_json(const GPtrArray *extensions, const char *const *disabled)
{
    g_autoptr(SpJsonRows) rows = sp_json_rows_new();
    guint n = 0;
    for (guint i = 0; i < extensions->len; i++) {
        const SpExtension *extension = g_ptr_array_index(extensions, i);
        const char *id = sp_extension_get_id(extension);
        if (sp_extension_get_role(extension) == NULL || g_strv_contains(disabled, id))
            continue;
        sp_json_rows_begin(rows);
        sp_json_rows_text(rows, "id", id);
        sp_json_rows_text(rows, "role", sp_extension_get_role(extension));
        sp_json_rows_end(rows);
        n++;
    }
    g_autofree char *json = sp_json_rows_finish(rows);
    return n > 0 ? g_steal_pointer(&json) : NULL;
}

/* (transfer full) (nullable) (element-type SpRows) */
static GPtrArray *
ask(SpSession *session, const GPtrArray *extensions, const char *const *disabled, GError **error)
{
    g_autofree char *roles = roles_as_json(extensions, disabled);
    const char *const params[] = {roles};
    SpCommand commands[N_QUERIES];
    memcpy(commands, queries, sizeof queries);
    commands[ROLELESS].params = params;
    commands[ROLELESS].n_params = G_N_ELEMENTS(params);
    return sp_session_query_many(session, commands, roles != NULL ? N_QUERIES : ROLELESS, error);
}

static gboolean
is_settled(const SpRecall *recall, const GPtrArray *extensions, const char *const *disabled)
{
    g_autoptr(GList) ids = sp_recall_get_extensions(recall);
    for (guint i = 0; i < extensions->len; i++) {
        const SpExtension *extension = g_ptr_array_index(extensions, i);
        gboolean is_disabled = g_strv_contains(disabled, sp_extension_get_id(extension));
        if (!sp_recall_is_settled(recall, extension, is_disabled))
            return FALSE;
    }
    /* As many as there are: none is gone. */
    return g_list_length(ids) == extensions->len;
}

SpRecall *
sp_recollect(SpSession *session, const GPtrArray *extensions, const char *const *disabled,
             GError **error)
{
    g_autoptr(SpRecall) recall = sp_recall_new();
    gboolean is_complete = FALSE;
    if (!sp_ledger_probe(session, &is_complete, error))
        return NULL;
    if (!is_complete)
        return g_steal_pointer(&recall);
    g_autoptr(GPtrArray) answers = ask(session, extensions, disabled, error);
    if (answers == NULL)
        return NULL;
    take_digests(recall, g_ptr_array_index(answers, DIGESTS), g_ptr_array_index(answers, LEDGERS));
    take_unsettled(recall, g_ptr_array_index(answers, HALF_DONE));
    take_unsettled(recall, g_ptr_array_index(answers, LOST));
    if (answers->len > ROLELESS)
        take_unsettled(recall, g_ptr_array_index(answers, ROLELESS));
    if (!is_settled(recall, extensions, disabled) && !read_marks(session, recall, error))
        return NULL;
    return g_steal_pointer(&recall);
}
