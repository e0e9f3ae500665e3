/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/roads.h"
#include "base/log.h"
#include "cli/checks.h"
#include "cli/json.h"
#include "cli/junit.h"
#include "cli/output.h"
#include "cli/plugins.h"
#include "cli/table.h"

static void
render(GString *out, JsonObject *answer, gboolean color)
{
    static const char *const counts[][2] = {
        {"errors", "error"}, {"warnings", "warning"}, {"notes", "note"}};
    JsonArray *checks = json_object_get_array_member(answer, "checks");
    JsonObject *summary = json_object_get_object_member(answer, "summary");
    if (json_array_get_length(checks) == 0)
        return;
    sp_checks_append(out, answer, FALSE, color);
    sp_table_append_count(out, json_array_get_length(checks), "road");
    g_string_append(out, " to the schema of ");
    sp_table_append_count(out, json_object_get_int_member(summary, "accepted"), "plugin");
    g_string_append(out, ": ");
    for (guint i = 0; i < G_N_ELEMENTS(counts); i++) {
        g_string_append(out, i > 0 ? ", " : "");
        sp_table_append_count(out, json_object_get_int_member(summary, counts[i][0]), counts[i][1]);
    }
    g_string_append_c(out, '\n');
}

/* The plugins of one --from, and what they are to the roads. */
typedef struct {
    SpRelease public;
    SpPipeline *pipeline;
    SpFindings *findings;
} Release;

static void
release_free(gpointer data)
{
    Release *release = data;
    g_free((char *)release->public.name);
    g_clear_pointer(&release->pipeline, sp_pipeline_free);
    sp_findings_free(release->findings);
    g_free(release);
}

static gboolean
refuse_empty(const char *directory, GError **error)
{
    return sp_error_set(error, SP_ERROR_DIRECTORY,
                        "A road from no plugins proves nothing of upgrades.", NULL,
                        "there is no plugin in directory \"%s\"", directory);
}

/* What is wrong with older plugins costs their road and no other.
 * @releases: (element-type Release) */
static gboolean
add_release(const SpContext *context, const char *directory, GPtrArray *releases, GError **error)
{
    const SpPipelineOptions how = {.directories = (const char *const[]){directory, NULL}};
    Release *release = g_new0(Release, 1);
    g_ptr_array_add(releases, release);
    release->public.name = g_strconcat("from ", directory, NULL);
    release->findings = sp_findings_new();
    release->public.findings = release->findings;
    release->pipeline = sp_pipeline_new(context, &how, error);
    if (release->pipeline == NULL)
        return FALSE;
    if (sp_discovery_get_n(sp_pipeline_get_discovery(release->pipeline)) == 0)
        return refuse_empty(directory, error);
    if (sp_pipeline_accept(release->pipeline, release->findings, NULL))
        release->public.declared = sp_pipeline_get_declared(release->pipeline);
    return TRUE;
}

static void
tell(gpointer data, const char *road)
{
    sp_log_milestone(NULL, NULL, "taking the road \"%s\"", road);
}

/* (transfer full) (nullable) */
static SpRoads *
take_roads(const SpContext *context, const SpPipeline *pipeline, SpFindings *findings,
           GError **error)
{
    const SpOptions *options = context->options;
    g_autoptr(GPtrArray) releases = g_ptr_array_new_with_free_func(release_free);
    const SpRoadsOptions how = {
        .declared = sp_pipeline_get_declared(pipeline),
        .releases = releases,
        .stamps = options->stamped || sp_pipeline_plan_options(context).stamps_fresh,
        .begun = tell,
    };
    if (!sp_pipeline_accept(pipeline, findings, error))
        return NULL;
    for (const char *const *from = options->from; *from != NULL; from++)
        if (!add_release(context, *from, releases, error))
            return NULL;
    g_autoptr(SpScratch) scratch = sp_scratch_new(options->embedded_dir, error);
    return scratch ? sp_roads_new(scratch, &how, error) : NULL;
}

static void
copy_errors(SpFindings *to, void (*add)(SpFindings *, GError *), const GPtrArray *errors)
{
    for (guint i = 0; i < errors->len; i++)
        add(to, g_error_copy(g_ptr_array_index(errors, i)));
}

/* @roads: (nullable); @all: what was found on any road is added */
static void
describe(const SpRoads *roads, JsonObject *answer, SpFindings *all)
{
    JsonArray *checks = json_array_new();
    for (guint i = 0; roads != NULL && i < sp_roads_get_n(roads); i++) {
        const SpRoad *road = sp_roads_get(roads, i);
        copy_errors(all, sp_findings_refuse, sp_findings_refusals(road->findings));
        copy_errors(all, sp_findings_warn, sp_findings_warnings(road->findings));
        copy_errors(all, sp_findings_note, sp_findings_notes(road->findings));
        json_array_add_object_element(checks, sp_checks_describe_one(road->name, road->findings,
                                                                     road->is_run, road->about,
                                                                     road->duration_us));
    }
    json_object_set_array_member(answer, "checks", checks);
    sp_json_set_findings(answer, all);
}

char *
sp_command_verify_check(const SpOptions *options)
{
    return options->database != NULL
               ? g_strdup("command \"verify\" has a database of its own, and takes no --database")
               : NULL;
}

SpExitStatus
sp_command_verify(const SpContext *context)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonObject) answer = json_object_new();
    g_autoptr(SpFindings) before = sp_findings_new();
    g_autoptr(SpFindings) all = sp_findings_new();
    const SpPipelineOptions how = {0};
    g_autoptr(SpPipeline) pipeline = sp_pipeline_new(context, &how, &error);
    sp_plugins_describe(pipeline, answer);
    g_autoptr(SpRoads) roads = pipeline ? take_roads(context, pipeline, before, &error) : NULL;
    describe(roads, answer, all);
    const SpRenderFunc how_shown =
        context->options->format == SP_FORMAT_JUNIT ? sp_junit_append : render;
    const SpOutcome outcome = {
        .answer = answer, .render = how_shown, .findings = before, .error = error};
    SpExitStatus status = sp_output_answer(context->options, &outcome);
    const GPtrArray *refusals = sp_findings_refusals(all);
    return status != SP_EXIT_OK || refusals->len == 0
               ? status
               : sp_error_exit_status(g_ptr_array_index(refusals, 0));
}
