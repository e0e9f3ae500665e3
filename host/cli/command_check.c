/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/hygiene.h"
#include "act/scratch.h"
#include "base/log.h"
#include "cli/checks.h"
#include "cli/json.h"
#include "cli/junit.h"
#include "cli/output.h"
#include "cli/plugins.h"
#include "cli/table.h"
#include "model/hazard.h"

static void
append_last_line(GString *out, JsonObject *answer)
{
    static const char *const counts[][2] = {
        {"errors", "error"}, {"warnings", "warning"}, {"notes", "note"}};
    JsonObject *summary = json_object_get_object_member(answer, "summary");
    sp_table_append_count(out, json_object_get_int_member(summary, "total"), "plugin");
    g_string_append(out, " checked: ");
    for (guint i = 0; i < G_N_ELEMENTS(counts); i++) {
        g_string_append(out, i > 0 ? ", " : "");
        sp_table_append_count(out, json_object_get_int_member(summary, counts[i][0]), counts[i][1]);
    }
    g_string_append_c(out, '\n');
}

static void
render_as(GString *out, JsonObject *answer, gboolean is_verbose, gboolean color)
{
    if (!json_object_has_member(answer, "findings"))
        return;
    sp_checks_append(out, answer, is_verbose, color);
    append_last_line(out, answer);
}

static void
render(GString *out, JsonObject *answer, gboolean color)
{
    render_as(out, answer, FALSE, color);
}

static void
render_verbose(GString *out, JsonObject *answer, gboolean color)
{
    render_as(out, answer, TRUE, color);
}

static void
take(SpFindings *to, const SpFindings *from)
{
    const struct {
        const GPtrArray *errors;
        void (*add)(SpFindings *, GError *);
    } lists[] = {
        {sp_findings_refusals(from), sp_findings_refuse},
        {sp_findings_warnings(from), sp_findings_warn},
        {sp_findings_notes(from), sp_findings_note},
    };
    for (guint i = 0; i < G_N_ELEMENTS(lists); i++)
        for (guint j = 0; j < lists[i].errors->len; j++)
            lists[i].add(to, g_error_copy(g_ptr_array_index(lists[i].errors, j)));
}

/* What only an author is told. */
static void
look_closer(const SpPipeline *pipeline, SpFindings *findings)
{
    const SpDiscovery *discovery = sp_pipeline_get_discovery(pipeline);
    const SpDeclared *declared = sp_pipeline_get_declared(pipeline);
    for (guint i = 0; i < sp_discovery_get_n(discovery); i++) {
        const SpPlugin *plugin = sp_discovery_get(discovery, i);
        int position =
            plugin->extension
                ? sp_registry_get_position(sp_declared_get_registry(declared), plugin->extension)
                : -1;
        if (plugin->facts && plugin->facts->struct_size > 0)
            sp_hygiene_check(plugin->facts, plugin->path,
                             plugin->extension ? sp_extension_get_id(plugin->extension) : NULL,
                             findings);
        if (position >= 0)
            sp_hazards_foresee(sp_declared_get_prepared(declared, (guint)position), findings);
    }
}

/* (nullable): NULL too when what is refused cannot be tried. */
static SpProof *
prove(const SpContext *context, const SpPipeline *pipeline, GError **error)
{
    const SpDeclared *declared = sp_pipeline_get_declared(pipeline);
    const GPtrArray *given = sp_discovery_get_extensions(sp_pipeline_get_discovery(pipeline));
    const GPtrArray *refusals = sp_findings_refusals(sp_pipeline_get_findings(pipeline));
    if (refusals->len > 0 || sp_declared_is_refused(declared))
        return NULL;
    guint n = sp_registry_get_n(sp_declared_get_registry(declared));
    sp_log_milestone(NULL, NULL, "trying %u extension%s in a database of their own", n,
                     n == 1 ? "" : "s");
    g_autoptr(SpScratch) scratch = sp_scratch_new(context->options->embedded_dir, error);
    const char *conninfo = scratch ? sp_scratch_add(scratch, NULL, error) : NULL;
    return conninfo ? sp_proof_new(conninfo, declared, given, error) : NULL;
}

/* What the files themselves are refused for counts for more than what the server said. */
static SpExitStatus
exit_status(const SpPipeline *pipeline, const SpFindings *findings)
{
    const GPtrArray *refusals = sp_findings_refusals(findings);
    if (refusals->len == 0)
        return SP_EXIT_OK;
    gboolean is_of_files = sp_findings_refusals(sp_pipeline_get_findings(pipeline))->len > 0;
    return is_of_files ? SP_EXIT_REFUSED : sp_error_exit_status(g_ptr_array_index(refusals, 0));
}

static SpRenderFunc
find_render(const SpOptions *options)
{
    if (options->format == SP_FORMAT_JUNIT)
        return sp_junit_append;
    return options->verbose ? render_verbose : render;
}

SpExitStatus
sp_command_check(const SpContext *context)
{
    const SpOptions *options = context->options;
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonObject) answer = json_object_new();
    g_autoptr(SpFindings) without_trials = sp_findings_new();
    g_autoptr(SpFindings) all = sp_findings_new();
    const SpPipelineOptions how = {.files = options->arguments, .finds_hazards = TRUE};
    g_autoptr(SpPipeline) pipeline = sp_pipeline_new(context, &how, &error);
    sp_plugins_describe(pipeline, answer);
    if (pipeline != NULL) {
        take(without_trials, sp_pipeline_get_findings(pipeline));
        look_closer(pipeline, without_trials);
        take(all, without_trials);
    }
    g_autoptr(SpProof) proof =
        pipeline && options->embedded ? prove(context, pipeline, &error) : NULL;
    for (guint trial = 0; proof && trial < SP_N_TRIALS; trial++)
        take(all, sp_proof_get_findings(proof, trial));
    sp_checks_describe(&(SpChecked){pipeline, without_trials, options->embedded, proof}, answer);
    sp_json_set_findings(answer, all);
    const SpOutcome outcome = {.answer = answer, .render = find_render(options), .error = error};
    SpExitStatus status = sp_output_answer(options, &outcome);
    return status != SP_EXIT_OK || pipeline == NULL ? status : exit_status(pipeline, all);
}
