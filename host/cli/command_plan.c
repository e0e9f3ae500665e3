/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/catalog.h"
#include "act/foresight.h"
#include "act/ledger.h"
#include "act/roles.h"
#include "act/sizes.h"
#include "cli/database.h"
#include "cli/output.h"
#include "cli/pipeline.h"
#include "cli/steps.h"
#include "cli/table.h"
#include "model/grammar.h"
#include "model/strays.h"

static void
render(GString *out, JsonObject *answer, gboolean color)
{
    if (!json_object_get_null_member(answer, "error"))
        return;
    sp_steps_append_plan(out, answer, color);
    JsonObject *summary = json_object_get_object_member(answer, "summary");
    gint64 changed = json_object_get_int_member(summary, "changed");
    if (changed > 0) {
        sp_table_append_count(out, changed, "step");
        g_string_append(out, " pending: ");
    } else {
        g_string_append(out, "nothing to do: ");
    }
    sp_steps_append_counts(out, answer);
    g_string_append_c(out, '\n');
}

/* What came of it. Refusals of plugins and of the plan are in the findings. */
typedef struct {
    SpFindings *findings;
    SpPlan *plan;       /* (nullable) */
    SpTables *tables;   /* (nullable) */
    GPtrArray *hazards; /* (nullable) (element-type SpHazard) */
} Answer;

static void
answer_clear(Answer *answer)
{
    g_clear_pointer(&answer->hazards, g_ptr_array_unref);
    sp_tables_free(answer->tables);
    sp_plan_free(answer->plan);
    sp_findings_free(answer->findings);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Answer, answer_clear)

static gboolean
find_hazards(SpSession *session, Answer *answer, GError **error)
{
    answer->tables = sp_sizes_read(session, answer->plan, error);
    if (answer->tables == NULL)
        return FALSE;
    answer->hazards = sp_hazards_find(answer->plan, answer->tables, answer->findings);
    return TRUE;
}

/* What an install would find at its end. While something is pending the columns may still come. */
static gboolean
check_columns(SpSession *session, const SpDeclared *declared, Answer *answer, GError **error)
{
    if (sp_plan_has_changes(answer->plan))
        return TRUE;
    if (!sp_catalog_check_columns(session, declared, answer->findings, error))
        return FALSE;
    const GPtrArray *refusals = sp_findings_refusals(answer->findings);
    if (refusals->len == 0)
        return TRUE;
    g_propagate_error(error, g_error_copy(g_ptr_array_index(refusals, 0)));
    return FALSE;
}

static gboolean
make_plan(const SpContext *context, const SpPipeline *pipeline, Answer *answer, GError **error)
{
    const SpDeclared *declared = sp_pipeline_get_declared(pipeline);
    if (!sp_pipeline_accept(pipeline, answer->findings, error))
        return FALSE;
    g_autoptr(SpDatabase) database = sp_database_open(context, error);
    if (database == NULL)
        return FALSE;
    g_autoptr(SpHistory) history =
        sp_ledger_read(sp_database_get_session(database), declared, error);
    if (history == NULL || !sp_roles_read(sp_database_get_session(database), declared, history,
                                          answer->findings, error))
        return FALSE;
    const SpPlanOptions options = sp_pipeline_plan_options(context);
    answer->plan = sp_plan_new(declared, history, &options, answer->findings);
    sp_grammar_check_steps(sp_plan_get_steps(answer->plan),
                           sp_session_get_server_version(sp_database_get_session(database)),
                           answer->findings);
    sp_strays_refuse(answer->plan, history, answer->findings);
    const GPtrArray *refusals = sp_findings_refusals(answer->findings);
    if (refusals->len > 0) {
        g_propagate_error(error, g_error_copy(g_ptr_array_index(refusals, 0)));
        return FALSE;
    }
    SpSession *session = sp_database_get_session(database);
    return check_columns(session, declared, answer, error) &&
           sp_foresight_add(session, declared, answer->plan, answer->findings, error) &&
           find_hazards(session, answer, error);
}

SpExitStatus
sp_command_plan(const SpContext *context)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonObject) object = json_object_new();
    const SpPipelineOptions how = {.finds_hazards = TRUE};
    g_autoptr(SpPipeline) pipeline = sp_pipeline_new(context, &how, &error);
    g_auto(Answer) answer = {.findings = sp_findings_new()};
    if (pipeline != NULL)
        make_plan(context, pipeline, &answer, &error);
    const SpRegistry *registry =
        answer.plan ? sp_declared_get_registry(sp_pipeline_get_declared(pipeline)) : NULL;
    sp_steps_describe(answer.plan ? sp_plan_get_steps(answer.plan) : NULL, registry, -1, object);
    sp_steps_describe_hazards(answer.hazards, object);
    const SpOutcome outcome = {
        .answer = object, .render = render, .findings = answer.findings, .error = error};
    SpExitStatus status = sp_output_answer(context->options, &outcome);
    gboolean changes = answer.plan && sp_plan_has_changes(answer.plan);
    return status == SP_EXIT_OK && context->options->exit_code && changes ? SP_EXIT_CHANGES
                                                                          : status;
}
