/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/status.h"

#include "act/ledger.h"
#include "cli/database.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/pipeline.h"
#include "cli/table.h"
#include "model/plan.h"

/* The member of an answer that lists the migrations of a state; NULL for those that are not worth a
 * word. */
static const char *const state_keys[] = {
    [SP_MIGRATION_APPLIED] = "applied",   [SP_MIGRATION_PENDING] = "pending",
    [SP_MIGRATION_DRIFTED] = "drifted",   [SP_MIGRATION_SLOT_REUSED] = "drifted",
    [SP_MIGRATION_ORPHANED] = "orphaned", [SP_MIGRATION_SUPERSEDED] = "applied",
    [SP_MIGRATION_SPENT] = NULL,
};

static const char *const count_keys[] = {"applied", "pending", "drifted", "orphaned"};

static JsonObject *
describe_migration(const SpMigrationStatus *migration)
{
    const SpApplied *applied = migration->applied;
    gboolean is_renamed = applied && g_strcmp0(applied->name, migration->name) != 0;
    JsonObject *object = json_object_new();
    json_object_set_int_member(object, "version", migration->version);
    sp_json_set_text(object, "name", migration->name);
    sp_json_set_text(object, "applied_at", applied ? applied->applied_at : NULL);
    sp_json_set_text(object, "recorded_name", is_renamed ? applied->name : NULL);
    return object;
}

static gboolean
has_pending_ddl(const SpPlan *plan, const char *id)
{
    const GPtrArray *steps = sp_plan_get_steps(plan);
    for (guint i = 0; i < steps->len; i++) {
        const SpStep *step = g_ptr_array_index(steps, i);
        if (step->kind == SP_STEP_DDL && step->state == SP_STEP_PENDING && sp_step_has_work(step) &&
            g_strcmp0(sp_step_extension_id(step), id) == 0)
            return TRUE;
    }
    return FALSE;
}

static JsonObject *
describe_extension(const SpExtension *extension, const SpHistory *history, const SpPlan *plan)
{
    g_autoptr(SpStatus) status = sp_status_new(extension, history);
    const char *id = sp_extension_get_id(extension);
    JsonObject *row = json_object_new();
    sp_json_set_text(row, "id", id);
    sp_json_set_text(row, "version", sp_extension_get_version(extension));
    sp_json_set_text(row, "schema", has_pending_ddl(plan, id) ? "pending" : "current");
    for (guint i = 0; i < G_N_ELEMENTS(count_keys); i++)
        json_object_set_array_member(row, count_keys[i], json_array_new());
    for (guint i = 0; i < sp_status_get_n(status); i++) {
        const SpMigrationStatus *migration = sp_status_get(status, i);
        const char *key = state_keys[migration->state];
        if (key != NULL)
            json_array_add_object_element(json_object_get_array_member(row, key),
                                          describe_migration(migration));
    }
    json_object_set_boolean_member(row, "ahead", sp_status_is_ahead(status));
    return row;
}

static void
add_to(JsonObject *summary, const char *key, gint64 n)
{
    json_object_set_int_member(summary, key,
                               json_object_get_int_member_with_default(summary, key, 0) + n);
}

/* Counts what the rows show, so that both cannot differ. */
static void
describe_summary(JsonObject *answer)
{
    JsonArray *rows = json_object_get_array_member(answer, "extensions");
    JsonObject *summary = json_object_new();
    static const char *const zeros[] = {"applied",  "pending", "drifted",
                                        "orphaned", "ahead",   "schemas_pending"};
    for (guint i = 0; i < G_N_ELEMENTS(zeros); i++)
        add_to(summary, zeros[i], 0);
    add_to(summary, "extensions", json_array_get_length(rows));
    for (guint i = 0; i < json_array_get_length(rows); i++) {
        JsonObject *row = json_array_get_object_element(rows, i);
        for (guint k = 0; k < G_N_ELEMENTS(count_keys); k++)
            add_to(summary, count_keys[k],
                   json_array_get_length(json_object_get_array_member(row, count_keys[k])));
        add_to(summary, "ahead", json_object_get_boolean_member(row, "ahead"));
        add_to(summary, "schemas_pending",
               g_strcmp0(sp_json_get_text(row, "schema"), "pending") == 0);
    }
    json_object_set_object_member(answer, "summary", summary);
}

/* Drift is what this command shows, so refusals of the plan are only worth a warning here. */
static SpPlan *
make_plan(const SpContext *context, const SpDeclared *declared, const SpHistory *history,
          SpFindings *findings)
{
    const SpPlanOptions options = sp_pipeline_plan_options(context);
    g_autoptr(SpFindings) own = sp_findings_new();
    SpPlan *plan = sp_plan_new(declared, history, &options, own);
    const GPtrArray *lists[] = {sp_findings_refusals(own), sp_findings_warnings(own)};
    for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
        for (guint k = 0; k < lists[i]->len; k++)
            sp_findings_warn(findings, g_error_copy(g_ptr_array_index(lists[i], k)));
    }
    return plan;
}

static gboolean
describe(const SpContext *context, const SpPipeline *pipeline, SpFindings *findings,
         JsonArray *rows, GError **error)
{
    const SpDeclared *declared = sp_pipeline_get_declared(pipeline);
    const SpRegistry *registry = sp_declared_get_registry(declared);
    if (!sp_pipeline_accept(pipeline, findings, error))
        return FALSE;
    g_autoptr(SpDatabase) database = sp_database_open(context, error);
    if (database == NULL)
        return FALSE;
    g_autoptr(SpHistory) history =
        sp_ledger_read(sp_database_get_session(database), declared, error);
    if (history == NULL)
        return FALSE;
    g_autoptr(SpPlan) plan = make_plan(context, declared, history, findings);
    for (guint i = 0; i < sp_registry_get_n(registry); i++)
        json_array_add_object_element(
            rows, describe_extension(sp_registry_get(registry, i), history, plan));
    return TRUE;
}

static void
append_migrations(GString *out, JsonObject *row)
{
    static const char *const shown[] = {"pending", "drifted", "orphaned"};
    for (guint i = 0; i < G_N_ELEMENTS(shown); i++) {
        JsonArray *migrations = json_object_get_array_member(row, shown[i]);
        for (guint k = 0; k < json_array_get_length(migrations); k++) {
            JsonObject *migration = json_array_get_object_element(migrations, k);
            g_autofree char *name = sp_cell_plain(json_object_get_member(migration, "name"));
            gboolean is_reused = !json_object_get_null_member(migration, "recorded_name");
            g_string_append_printf(out, "    %-8s  %03" G_GINT64_FORMAT "_%s\n",
                                   is_reused ? "reused" : shown[i],
                                   json_object_get_int_member(migration, "version"), name);
        }
    }
}

static void
render(GString *out, JsonObject *answer, gboolean color)
{
    static const SpColumn columns[] = {
        {"EXTENSION", "id", FALSE, NULL},
        {"VERSION", "version", FALSE, NULL},
        {"SCHEMA", "schema", FALSE, NULL},
        {"APPLIED", "applied", TRUE, sp_cell_count},
        {"PENDING", "pending", TRUE, sp_cell_count},
        {"DRIFTED", "drifted", TRUE, sp_cell_count},
        {"ORPHANED", "orphaned", TRUE, sp_cell_count},
        {"AHEAD", "ahead", FALSE, NULL},
    };
    if (!json_object_get_null_member(answer, "error"))
        return;
    JsonObject *summary = json_object_get_object_member(answer, "summary");
    sp_table_append(out, columns, G_N_ELEMENTS(columns),
                    json_object_get_array_member(answer, "extensions"), append_migrations, color);
    sp_table_append_count(out, json_object_get_int_member(summary, "extensions"), "extension");
    for (guint i = 0; i < G_N_ELEMENTS(count_keys); i++)
        g_string_append_printf(out, "%s%" G_GINT64_FORMAT " %s", i > 0 ? ", " : ": ",
                               json_object_get_int_member(summary, count_keys[i]), count_keys[i]);
    g_string_append_c(out, '\n');
}

static gboolean
has_changes(JsonObject *answer)
{
    static const char *const keys[] = {"pending", "drifted", "schemas_pending"};
    JsonObject *summary = json_object_get_object_member(answer, "summary");
    gint64 n = 0;
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
        n += json_object_get_int_member(summary, keys[i]);
    return n > 0;
}

SpExitStatus
sp_command_status(const SpContext *context)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(JsonObject) answer = json_object_new();
    JsonArray *rows = json_array_new();
    json_object_set_array_member(answer, "extensions", rows);
    g_autoptr(SpPipeline) pipeline = sp_pipeline_new(context, &(SpPipelineOptions){0}, &error);
    if (pipeline != NULL)
        describe(context, pipeline, findings, rows, &error);
    describe_summary(answer);
    const SpOutcome outcome = {
        .answer = answer, .render = render, .findings = findings, .error = error};
    SpExitStatus status = sp_output_answer(context->options, &outcome);
    return status == SP_EXIT_OK && context->options->exit_code && has_changes(answer)
               ? SP_EXIT_CHANGES
               : status;
}
