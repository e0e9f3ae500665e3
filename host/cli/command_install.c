/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/install.h"
#include "base/log.h"
#include "cli/database.h"
#include "cli/output.h"
#include "cli/pipeline.h"
#include "cli/progress.h"
#include "cli/steps.h"
#include "edge/service.h"

static const char *
verdict(JsonObject *answer)
{
    JsonObject *summary = json_object_get_object_member(answer, "summary");
    if (!json_object_get_null_member(answer, "error"))
        return "failed";
    return json_object_get_int_member(summary, "changed") > 0 ? "installed" : "nothing to do";
}

static void
render(GString *out, JsonObject *answer, gboolean color)
{
    JsonArray *extensions = json_object_get_array_member(answer, "extensions");
    if (!json_object_get_null_member(answer, "error") && json_array_get_length(extensions) == 0)
        return;
    sp_steps_append_report(out, answer, color);
    g_string_append_printf(out, "%s: ", verdict(answer));
    sp_steps_append_counts(out, answer);
    g_string_append_c(out, '\n');
}

static gboolean
install(const SpContext *context, const SpPipeline *pipeline, SpFindings *findings,
        SpReport **out_report, GError **error)
{
    const SpDeclared *declared = sp_pipeline_get_declared(pipeline);
    const SpInstallOptions options = {
        .lock_wait_ms = sp_config_get_lock_wait_ms(context->config),
        .lock_timeout_ms = sp_config_get_lock_timeout_ms(context->config),
        .attempts = sp_config_get_lock_attempts(context->config),
        .plan = sp_pipeline_plan_options(context),
    };
    if (!sp_pipeline_accept(pipeline, findings, error))
        return FALSE;
    sp_service_status("connecting to the database");
    g_autoptr(SpDatabase) database = sp_database_open(context, error);
    if (database == NULL)
        return FALSE;
    SpSession *session = sp_database_get_session(database);
    g_autoptr(SpTeller) teller = sp_teller_new(context);
    SpProgress progress = sp_teller_get_progress(teller);
    guint n = sp_registry_get_n(sp_declared_get_registry(declared));
    sp_log_milestone(NULL, NULL, "installing %u extension%s into %s", n, n == 1 ? "" : "s",
                     sp_session_describe(session));
    return sp_install(session, declared, &options, &progress, findings, out_report, error);
}

static void
describe(const SpPipeline *pipeline, const SpReport *report, JsonObject *answer)
{
    /* A plan that was refused leaves a report without steps. */
    if (report == NULL || sp_report_get_steps(report)->len == 0) {
        sp_steps_describe(NULL, NULL, -1, answer);
        return;
    }
    sp_steps_describe(sp_report_get_steps(report),
                      sp_declared_get_registry(sp_pipeline_get_declared(pipeline)),
                      sp_report_get_duration_us(report), answer);
}

SpExitStatus
sp_command_install(const SpContext *context)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(JsonObject) answer = json_object_new();
    g_autoptr(SpReport) report = NULL;
    sp_service_status("loading plugins");
    g_autoptr(SpPipeline) pipeline = sp_pipeline_new(context, &(SpPipelineOptions){0}, &error);
    if (pipeline != NULL)
        install(context, pipeline, findings, &report, &error);
    describe(pipeline, report, answer);
    const SpOutcome outcome = {answer, render, findings, error};
    SpExitStatus status = sp_output_answer(context->options, &outcome);
    sp_service_status("%s", error ? error->message : verdict(answer));
    return status;
}
