/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/doctor_bodies.h"

#include "act/doctor_looks.h"
#include "act/json_rows.h"
#include "edge/plpgsql.h"
#include "model/body.h"

static const char *const routines_query = SP_DOCTOR_OWN
    ", named AS (SELECT p.oid, o.extension_id, FALSE AS fires FROM public.extension_objects o "
    "JOIN pg_namespace n ON n.nspname = o.namespace_name JOIN pg_proc p ON p.pronamespace = n.oid "
    "AND p.proname = o.name AND p.pronargs = o.n_arguments "
    "WHERE o.action IN ('create', 'own') AND o.class = 'routine' "
    "UNION SELECT g.tgfoid, w.extension_id, TRUE FROM pg_trigger g JOIN own w ON w.oid = g.tgrelid "
    "WHERE NOT g.tgisinternal) "
    "SELECT r.extension_id, i.type, i.identity, pg_get_functiondef(p.oid), p.prosrc, r.fires, "
    "(SELECT string_agg(concat_ws(E'\\n', g.tgoldtable, g.tgnewtable), E'\\n') FROM pg_trigger g "
    "WHERE g.tgfoid = p.oid) FROM (SELECT oid, min(extension_id) AS extension_id, bool_or(fires) "
    "AS fires FROM named GROUP BY oid) r JOIN pg_proc p ON p.oid = r.oid "
    "JOIN pg_language l ON l.oid = p.prolang AND l.lanname = 'plpgsql' "
    "CROSS JOIN LATERAL pg_identify_object('pg_proc'::regclass, p.oid, 0) i "
    "WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass "
    "AND d.objid = p.oid AND d.deptype = 'e')";

/* Which relations a bare name means, the search path of the caller decides. */
static const char *const missing_query =
    "SELECT o.i FROM json_to_recordset($1::json) AS o(i int, namespace_name text, name text) "
    "WHERE NOT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relname = o.name AND o.namespace_name IN ('', n.nspname)) ORDER BY o.i";

typedef enum { EXTENSION, KIND, IDENTITY, DEFINITION, BODY, FIRES, TRANSITIONS } Column;

/* A name in the body of a row. */
typedef struct {
    guint row;
    SpObject *object;
} Mention;

static void
mention_clear(gpointer data)
{
    sp_object_free(((Mention *)data)->object);
}

static gboolean
is_made_by_any(const SpRows *rows, const char *name)
{
    for (guint i = 0; i < sp_rows_get_n(rows); i++)
        if (sp_body_makes(sp_rows_get(rows, i, BODY), name))
            return TRUE;
    return FALSE;
}

static gboolean
is_needed(const SpRows *rows, guint row, const SpObject *object)
{
    const char *transitions = sp_rows_get(rows, row, TRANSITIONS);
    g_auto(GStrv) names = g_strsplit(transitions ? transitions : "", "\n", -1);
    return !g_strv_contains((const char *const *)names, object->name) &&
           !sp_body_does_without(sp_rows_get(rows, row, BODY), object->name);
}

static void
collect(const SpRows *rows, guint row, GArray *mentions)
{
    g_autoptr(GPtrArray) texts =
        sp_plpgsql_find_sql(sp_rows_get(rows, row, DEFINITION), sp_rows_get(rows, row, BODY));
    if (texts == NULL) {
        g_debug("the body of %s %s was not read", sp_rows_get(rows, row, KIND),
                sp_rows_get(rows, row, IDENTITY));
        return;
    }
    g_autoptr(GPtrArray) relations = sp_body_find_relations(texts);
    for (guint i = 0; i < relations->len; i++) {
        const SpObject *object = g_ptr_array_index(relations, i);
        const Mention mention = {row, sp_object_copy(object)};
        g_array_append_val(mentions, mention);
    }
}

static char *
mentions_as_json(const GArray *mentions)
{
    g_autoptr(SpJsonRows) json = sp_json_rows_new();
    for (guint i = 0; i < mentions->len; i++) {
        const SpObject *object = g_array_index(mentions, Mention, i).object;
        sp_json_rows_begin(json);
        sp_json_rows_number(json, "i", i);
        sp_json_rows_text(json, "namespace_name", object->namespace_name);
        sp_json_rows_text(json, "name", object->name);
        sp_json_rows_end(json);
    }
    return sp_json_rows_finish(json);
}

static void
add_trouble(SpDiagnosis *diagnosis, const SpRows *rows, guint row, const char *names)
{
    gboolean fires = sp_rows_get_boolean(rows, row, FIRES);
    g_autofree char *detail = g_strdup_printf(
        "There is no %s.%s", names,
        fires ? " A trigger calls the function, so the next write that fires it fails." : "");
    sp_diagnosis_add(diagnosis, &(SpTrouble){
                                    .code = SP_ERROR_BODY_DANGLING,
                                    .extension = sp_rows_get(rows, row, EXTENSION),
                                    .kind = sp_rows_get(rows, row, KIND),
                                    .identity = sp_rows_get(rows, row, IDENTITY),
                                    .detail = detail,
                                    .hint = "Mend the function, or make what it names.",
                                });
}

/* @missing: of the mentions, which stand by row */
static void
report(const SpRows *rows, const GArray *mentions, const SpRows *missing, SpDiagnosis *diagnosis)
{
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = 0; i < sp_rows_get_n(missing); i++) {
        guint64 index = g_ascii_strtoull(sp_rows_get(missing, i, 0), NULL, 10);
        const Mention *mention = &g_array_index(mentions, Mention, index);
        const SpObject *object = mention->object;
        if (is_needed(rows, mention->row, object) && !is_made_by_any(rows, object->name))
            g_string_append_printf(names, "%s\"%s%s%s\"", names->len > 0 ? ", " : "",
                                   object->namespace_name, *object->namespace_name ? "." : "",
                                   object->name);
        guint64 next = i + 1 < sp_rows_get_n(missing)
                           ? g_ascii_strtoull(sp_rows_get(missing, i + 1, 0), NULL, 10)
                           : mentions->len;
        gboolean is_last =
            next >= mentions->len || g_array_index(mentions, Mention, next).row != mention->row;
        if (is_last && names->len > 0)
            add_trouble(diagnosis, rows, mention->row, names->str);
        if (is_last)
            g_string_truncate(names, 0);
    }
}

gboolean
sp_doctor_read_bodies(SpSession *session, SpDiagnosis *diagnosis, GError **error)
{
    g_autoptr(SpRows) rows = sp_session_query(session, routines_query, NULL, 0, error);
    if (rows == NULL)
        return FALSE;
    g_autoptr(GArray) mentions = g_array_new(FALSE, FALSE, sizeof(Mention));
    g_array_set_clear_func(mentions, mention_clear);
    for (guint i = 0; i < sp_rows_get_n(rows); i++)
        collect(rows, i, mentions);
    g_autofree char *json = mentions_as_json(mentions);
    g_autoptr(SpRows) missing =
        sp_session_query(session, missing_query, (const char *const[]){json}, 1, error);
    if (missing == NULL)
        return FALSE;
    report(rows, mentions, missing, diagnosis);
    return TRUE;
}
