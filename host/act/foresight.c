/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/foresight.h"

#include "act/json_rows.h"
#include "act/rebuild.h"
#include "base/error.h"
#include "model/replacement.h"

/* A statement of a pending step that replaces something. */
typedef struct {
    SpStep *step;
    const SpStatement *statement;
    SpReplacement *replacement;
} Candidate;

static void
candidate_clear(gpointer data)
{
    sp_replacement_free(((Candidate *)data)->replacement);
}

/* (transfer full) (element-type Candidate) */
static GArray *
candidates_of(const SpPlan *plan)
{
    const GPtrArray *steps = sp_plan_get_steps(plan);
    GArray *candidates = g_array_new(FALSE, FALSE, sizeof(Candidate));
    g_array_set_clear_func(candidates, candidate_clear);
    for (guint i = 0; i < steps->len; i++) {
        SpStep *step = g_ptr_array_index(steps, i);
        gboolean is_ddl = step->kind == SP_STEP_DDL && step->state == SP_STEP_PENDING;
        for (guint j = 0; is_ddl && j < step->statements->len; j++) {
            const SpStatement *statement = g_ptr_array_index(step->statements, j);
            const Candidate candidate = {step, statement, sp_replacement_new(statement)};
            if (candidate.replacement != NULL)
                g_array_append_val(candidates, candidate);
        }
    }
    return candidates;
}

static char *
candidates_as_json(const GArray *candidates)
{
    g_autoptr(SpJsonRows) json = sp_json_rows_new();
    for (guint i = 0; i < candidates->len; i++) {
        const SpReplacement *one = g_array_index(candidates, Candidate, i).replacement;
        const SpObject *object = one->object;
        sp_json_rows_begin(json);
        sp_json_rows_number(json, "i", i);
        sp_json_rows_boolean(json, "is_view", object->class == SP_OBJECT_RELATION);
        sp_json_rows_text(json, "ns", object->namespace_name);
        sp_json_rows_text(json, "name", object->name);
        sp_json_rows_text(json, "args", object->arguments ? object->arguments : "");
        sp_json_rows_texts(json, "names", (const char *const *)one->names->pdata, one->names->len);
        sp_json_rows_boolean(json, "is_whole", one->is_whole);
        sp_json_rows_text(json, "result", one->result);
        sp_json_rows_boolean(json, "is_set", one->is_set);
        sp_json_rows_end(json);
    }
    return sp_json_rows_finish(json);
}

static const char *const query =
    "SELECT o.i FROM json_to_recordset($1::json) AS o(i int, is_view boolean, ns text, name text, "
    "args text, names json, is_whole boolean, result text, is_set boolean) WHERE CASE WHEN "
    "o.is_view THEN EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 WHERE n.nspname = o.ns AND "
    "c.relname = o.name AND c.relkind = 'v' AND (o.names ->> (a.attnum - 1) <> a.attname OR "
    "(o.is_whole AND a.attnum > json_array_length(o.names)))) "
    "ELSE EXISTS (SELECT FROM pg_proc p WHERE p.oid = to_regprocedure(format('%I.%I(%s)', o.ns, "
    "o.name, o.args)) AND (to_regtype(o.result) <> p.prorettype OR (o.result IS NOT NULL AND "
    "o.is_set <> p.proretset) OR EXISTS (SELECT FROM unnest(p.proargnames) WITH ORDINALITY u(name, "
    "n) WHERE u.name <> '' AND u.name <> coalesce(o.names ->> (u.n - 1)::int, '')))) END "
    "ORDER BY o.i";

/* A rebuild before may have moved it. */
static guint
index_of(const Candidate *candidate)
{
    guint index = 0;
    g_ptr_array_find((GPtrArray *)candidate->step->statements, candidate->statement, &index);
    return index;
}

static gboolean
expand(SpSession *session, const SpDeclared *declared, const Candidate *candidate,
       SpFindings *findings, GError **error)
{
    GError *problem = NULL;
    sp_rebuild_expand(session, declared, candidate->step, index_of(candidate), &problem);
    if (problem != NULL && problem->code != SP_ERROR_CANNOT_REBUILD) {
        g_propagate_error(error, problem);
        return FALSE;
    }
    if (problem != NULL)
        sp_findings_warn(findings, problem);
    return TRUE;
}

gboolean
sp_foresight_add(SpSession *session, const SpDeclared *declared, const SpPlan *plan,
                 SpFindings *findings, GError **error)
{
    g_autoptr(GArray) candidates = candidates_of(plan);
    if (candidates->len == 0)
        return TRUE;
    g_autofree char *json = candidates_as_json(candidates);
    g_autoptr(SpRows) rows =
        sp_session_query(session, query, (const char *const[]){json}, 1, error);
    gboolean is_done = rows != NULL;
    for (guint i = 0; is_done && i < sp_rows_get_n(rows); i++) {
        guint64 index = g_ascii_strtoull(sp_rows_get(rows, i, 0), NULL, 10);
        const Candidate *candidate = &g_array_index(candidates, Candidate, index);
        is_done = expand(session, declared, candidate, findings, error);
    }
    return is_done;
}
