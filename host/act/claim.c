/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/claim.h"

#include "act/json_rows.h"
#include "act/kept.h"
#include "model/marks.h"

/* So many extensions in one JSON. */
#define PORTION 100

#define COLUMNS \
    "(extension_id, action, class, word, namespace_name, name, parent, n_arguments, is_kept) "

static const char *const forget =
    "DELETE FROM public.extension_objects WHERE action IN ('claim', 'gone')";

/* What was there after the last install and is gone is nobody's doing in this one.
 * $1: the extensions of which all that they declare is known to be there */
static const char *const insert_gone =
    "INSERT INTO public.extension_objects " COLUMNS "SELECT o.extension_id, 'gone', o.class, "
    "o.word, o.namespace_name, o.name, o.parent, o.n_arguments, FALSE "
    "FROM public.extension_objects o " SP_KEPT_JOINS
    " WHERE (o.action = 'own' OR o.is_kept AND o.extension_id NOT IN "
    "(SELECT json_array_elements_text($1::json))) AND NOT " SP_KEPT_IS_THERE;

static const char *const insert_claims =
    "INSERT INTO public.extension_objects " COLUMNS "SELECT o.extension_id, 'claim', o.class, "
    "o.word, o.namespace_name, o.name, o.parent, o.n_arguments, FALSE "
    "FROM json_to_recordset($1::json) AS o(extension_id text, class text, word text, "
    "namespace_name text, name text, parent text, n_arguments integer)";

/* @text: (transfer full) (nullable): the only parameter */
static void
add_record(GArray *records, const char *sql, char *text)
{
    char **params = g_new0(char *, 2);
    params[0] = text;
    const SpRecord record = sp_record_new(sql, params);
    g_array_append_val(records, record);
}

static void
add_mark(SpJsonRows *rows, const char *id, const SpMark *mark)
{
    sp_json_rows_begin(rows);
    sp_json_rows_text(rows, "extension_id", id);
    sp_json_rows_text(rows, "class", sp_kept_class_nick(mark->object->class));
    sp_json_rows_text(rows, "word", mark->object->word);
    sp_json_rows_text(rows, "namespace_name", mark->object->namespace_name);
    sp_json_rows_text(rows, "name", mark->object->name);
    sp_json_rows_text(rows, "parent", mark->object->parent ? mark->object->parent : "");
    sp_json_rows_number(rows, "n_arguments", sp_object_count_arguments(mark->object));
    sp_json_rows_end(rows);
}

static void
add_claims(SpJsonRows *rows, const SpDeclared *declared, const SpPrepared *prepared)
{
    const char *id = sp_extension_get_id(sp_prepared_get_extension(prepared));
    g_autoptr(GPtrArray) marks = sp_marks_new(prepared, sp_declared_get_ownership(declared));
    for (guint i = 0; i < marks->len; i++) {
        const SpMark *mark = g_ptr_array_index(marks, i);
        if (mark->action == SP_ACTION_CREATE)
            add_mark(rows, id, mark);
    }
}

/* (transfer full): those whose SQL was not read again, since nothing of them changed or is gone */
static char *
list_whole(const SpDeclared *declared)
{
    const SpRegistry *registry = sp_declared_get_registry(declared);
    g_autoptr(SpJsonRows) rows = sp_json_rows_new();
    for (guint i = 0; i < sp_registry_get_n(registry); i++) {
        const SpPrepared *prepared = sp_declared_get_prepared(declared, i);
        if (!sp_prepared_is_read(prepared))
            sp_json_rows_add(rows, sp_extension_get_id(sp_prepared_get_extension(prepared)));
    }
    return sp_json_rows_finish(rows);
}

GArray *
sp_claims_make_records(const SpDeclared *declared)
{
    GArray *records = g_array_new(FALSE, FALSE, sizeof(SpRecord));
    g_array_set_clear_func(records, (GDestroyNotify)sp_record_clear);
    add_record(records, forget, NULL);
    add_record(records, insert_gone, list_whole(declared));
    g_autoptr(GPtrArray) read = sp_declared_list_read(declared, NULL);
    for (guint first = 0; first < read->len; first += PORTION) {
        g_autoptr(SpJsonRows) rows = sp_json_rows_new();
        for (guint i = first; i < MIN(first + PORTION, read->len); i++)
            add_claims(rows, declared, g_ptr_array_index(read, i));
        add_record(records, insert_claims, sp_json_rows_finish(rows));
    }
    return records;
}

/* A claim that a crash takes back leaves a database in which nothing was done under it. */
void
sp_claims_append(const GArray *records, GArray *commands)
{
    sp_command_append(commands, "BEGIN");
    sp_command_append(commands, "SET LOCAL synchronous_commit = off");
    for (guint i = 0; i < records->len; i++)
        g_array_append_val(commands, g_array_index(records, SpRecord, i).command);
    sp_command_append(commands, "COMMIT");
}

SpRecord
sp_claims_record_missing(void)
{
    char **params = g_new0(char *, 2);
    params[0] = g_strdup("[]");
    return sp_record_new(insert_gone, params);
}

gboolean
sp_claims_write(SpSession *session, const GArray *records, GError **error)
{
    g_autoptr(GArray) commands = g_array_new(FALSE, FALSE, sizeof(SpCommand));
    sp_claims_append(records, commands);
    return sp_session_run(session, (const SpCommand *)(gpointer)commands->data, commands->len, NULL,
                          NULL, error);
}
