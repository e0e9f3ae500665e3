/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "cli/json.h"
#include "cli/output.h"
#include "cli/plugins.h"
#include "cli/table.h"

static void
render(GString *out, JsonObject *answer, gboolean color)
{
    if (!json_object_has_member(answer, "findings"))
        return;
    g_autoptr(GString) subject = g_string_new(NULL);
    JsonObject *summary = json_object_get_object_member(answer, "summary");
    sp_table_append_count(subject, json_object_get_int_member(summary, "total"), "plugin");
    g_string_append(subject, " checked");
    sp_table_append_findings(out, answer, subject->str);
}

SpExitStatus
sp_command_check(const SpContext *context)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonObject) answer = json_object_new();
    const SpPipelineOptions how = {.files = context->options->arguments};
    g_autoptr(SpPipeline) pipeline = sp_pipeline_new(context, &how, &error);
    sp_plugins_describe(pipeline, answer);
    if (pipeline != NULL)
        sp_json_set_findings(answer, sp_pipeline_get_findings(pipeline));
    const SpOutcome outcome = {answer, render, NULL, error};
    SpExitStatus status = sp_output_answer(context->options, &outcome);
    if (status != SP_EXIT_OK)
        return status;
    return sp_findings_refusals(sp_pipeline_get_findings(pipeline))->len > 0 ? SP_EXIT_REFUSED
                                                                             : SP_EXIT_OK;
}
