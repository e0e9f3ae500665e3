/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/install.h"
#include "act/recollect.h"
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
    JsonObject *summary = json_object_get_object_member(answer, "summary");
    if (json_object_get_null_member(summary, "duration_ms"))
        return;
    g_string_append_printf(out, "%s: ", verdict(answer));
    sp_steps_append_counts(out, answer);
    g_string_append_c(out, '\n');
}

/* What a run holds; lives on the stack of sp_command_install(). */
typedef struct {
    const SpContext *context;
    SpDatabase *database;
    SpRecall *recall;
    SpPipeline *pipeline;
    SpFindings *findings;
    SpReport *report;
} Install;

static void
install_clear(Install *install)
{
    sp_report_free(install->report);
    sp_findings_free(install->findings);
    g_clear_pointer(&install->pipeline, sp_pipeline_free);
    sp_recall_free(install->recall);
    sp_database_close(install->database);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Install, install_clear)

/* Opens the database and asks what it remembers. */
static gboolean
recollect(Install *install, GError **error)
{
    const SpPipeline *pipeline = install->pipeline;
    sp_service_status("connecting to the database");
    install->database = sp_database_open(install->context, error);
    if (install->database == NULL)
        return FALSE;
    install->recall = sp_recollect(sp_database_get_session(install->database),
                                   sp_discovery_get_extensions(sp_pipeline_get_discovery(pipeline)),
                                   sp_pipeline_get_disabled(pipeline), error);
    return install->recall != NULL;
}

/* What is wrong with the plugins is said first, whether the database can be asked or not. */
static gboolean
prepare(Install *install, GError **error)
{
    g_autoptr(GError) problem = NULL;
    if (!sp_pipeline_has_refused_files(install->pipeline))
        recollect(install, &problem);
    sp_pipeline_declare(install->pipeline, install->recall);
    if (!sp_pipeline_accept(install->pipeline, install->findings, error))
        return FALSE;
    if (problem != NULL)
        g_propagate_error(error, g_steal_pointer(&problem));
    return install->recall != NULL;
}

static gboolean
install(Install *install, GError **error)
{
    const SpConfig *config = install->context->config;
    const SpInstallOptions options = {
        .lock_wait_ms = sp_config_get_lock_wait_ms(config),
        .lock_timeout_ms = sp_config_get_lock_timeout_ms(config),
        .attempts = sp_config_get_lock_attempts(config),
        .plan = sp_pipeline_plan_options(install->context),
    };
    if (!prepare(install, error))
        return FALSE;
    SpSession *session = sp_database_get_session(install->database);
    const SpDeclared *declared = sp_pipeline_get_declared(install->pipeline);
    g_autoptr(SpTeller) teller = sp_teller_new(install->context);
    SpProgress progress = sp_teller_get_progress(teller);
    guint n = sp_registry_get_n(sp_declared_get_registry(declared));
    sp_log_milestone(NULL, NULL, "installing %u extension%s into %s", n, n == 1 ? "" : "s",
                     sp_session_describe(session));
    return sp_install(session, declared, &options, &progress, install->findings, &install->report,
                      error);
}

/* (transfer full) (nullable): the steps, when they are not part of the answer */
static SpTable *
describe(const Install *run, const GError *error, JsonObject *answer)
{
    const SpReport *report = run->report;
    /* A plan that was refused leaves a report without steps. */
    if (report == NULL || (error != NULL && sp_report_get_steps(report)->len == 0)) {
        sp_steps_describe(NULL, NULL, -1, answer);
        return NULL;
    }
    const GPtrArray *steps = sp_report_get_steps(report);
    const SpRegistry *registry = sp_declared_get_registry(sp_pipeline_get_declared(run->pipeline));
    gint64 duration_us = sp_report_get_duration_us(report);
    if (run->context->options->format == SP_FORMAT_JSON) {
        sp_steps_describe(steps, registry, duration_us, answer);
        return NULL;
    }
    sp_steps_describe_summary(steps, registry, duration_us, answer);
    return sp_steps_report(steps);
}

SpExitStatus
sp_command_install(const SpContext *context)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonObject) answer = json_object_new();
    g_auto(Install) run = {.context = context, .findings = sp_findings_new()};
    sp_service_status("loading plugins");
    run.pipeline = sp_pipeline_discover(context, &(SpPipelineOptions){0}, &error);
    if (run.pipeline != NULL)
        install(&run, &error);
    g_autoptr(SpTable) table = describe(&run, error, answer);
    const SpOutcome outcome = {
        .answer = answer,
        .render = render,
        .table = table,
        .findings = run.findings,
        .error = error,
    };
    SpExitStatus status = sp_output_answer(context->options, &outcome);
    sp_service_status("%s", error ? error->message : verdict(answer));
    return status;
}
