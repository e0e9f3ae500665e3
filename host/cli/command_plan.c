/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/ledger.h"
#include "cli/database.h"
#include "cli/output.h"
#include "cli/pipeline.h"
#include "cli/steps.h"
#include "cli/table.h"

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

/* (transfer full) (nullable): refusals of plugins and of the plan are in @findings, the first in
 * @error. */
static SpPlan *
make_plan(const SpContext *context, const SpPipeline *pipeline, SpFindings *findings,
          GError **error)
{
    const SpDeclared *declared = sp_pipeline_get_declared(pipeline);
    if (!sp_pipeline_accept(pipeline, findings, error))
        return NULL;
    g_autoptr(SpDatabase) database = sp_database_open(context, error);
    if (database == NULL)
        return NULL;
    g_autoptr(SpHistory) history =
        sp_ledger_read(sp_database_get_session(database), declared, error);
    if (history == NULL)
        return NULL;
    const SpPlanOptions options = sp_pipeline_plan_options(context);
    SpPlan *plan = sp_plan_new(declared, history, &options, findings);
    const GPtrArray *refusals = sp_findings_refusals(findings);
    if (refusals->len > 0)
        g_propagate_error(error, g_error_copy(g_ptr_array_index(refusals, 0)));
    return plan;
}

SpExitStatus
sp_command_plan(const SpContext *context)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(JsonObject) answer = json_object_new();
    g_autoptr(SpPipeline) pipeline = sp_pipeline_new(context, NULL, &error);
    g_autoptr(SpPlan) plan = pipeline ? make_plan(context, pipeline, findings, &error) : NULL;
    const SpRegistry *registry =
        plan ? sp_declared_get_registry(sp_pipeline_get_declared(pipeline)) : NULL;
    sp_steps_describe(plan ? sp_plan_get_steps(plan) : NULL, registry, -1, answer);
    const SpOutcome outcome = {answer, render, findings, error};
    SpExitStatus status = sp_output_answer(context->options, &outcome);
    gboolean changes = plan && sp_plan_has_changes(plan);
    return status == SP_EXIT_OK && context->options->exit_code && changes ? SP_EXIT_CHANGES
                                                                          : status;
}
