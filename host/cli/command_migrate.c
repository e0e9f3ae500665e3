/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/migrate.h"

#include "act/ledger_edit.h"
#include "base/text.h"
#include "cli/database.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/pipeline.h"
#include "cli/progress.h"
#include "cli/steps.h"
#include "cli/table.h"

#include <string.h>

#define SQL_INDENT 4

typedef struct {
    const char *name;
    const char *form;                   /* its arguments and options, for people */
    guint min_arguments, max_arguments; /* after its name */
    const char *options;                /* those of migrate that it takes, each between spaces */
    SpEditsFunc decide;
    gboolean is_shown_first; /* writes only with --apply */
    gboolean is_all_or_none;
    const char *to_do, *done; /* what is counted in the last line */
    const char *help;
} Tool;

static const Tool tool_table[] = {
    {
        .name = "down",
        .form = "EXT [--count=N]",
        .min_arguments = 1,
        .max_arguments = 1,
        .options = " count ",
        .decide = sp_edits_down,
        .is_all_or_none = TRUE,
        .to_do = "to undo",
        .done = "undone",
        .help = "undo the newest applied migrations of an extension, newest first, all or none",
    },
    {
        .name = "repair",
        .form = "[EXT] [--apply] [--reconcile-only]",
        .max_arguments = 1,
        .options = " apply reconcile-only exit-code ",
        .decide = sp_edits_repair,
        .is_shown_first = TRUE,
        .to_do = "to repair",
        .done = "repaired",
        .help = "run edited migrations again and correct their records; without --apply only show "
                "it",
    },
    {
        .name = "mark-applied",
        .form = "EXT VERSION [--apply]",
        .min_arguments = 2,
        .max_arguments = 2,
        .options = " apply ",
        .decide = sp_edits_mark,
        .is_shown_first = TRUE,
        .to_do = "to record",
        .done = "recorded",
        .help = "record a migration that was done by hand, and run nothing; without --apply only "
                "show it",
    },
};

/* (nullable) */
static const Tool *
find_tool(const SpOptions *options)
{
    for (guint i = 0; i < G_N_ELEMENTS(tool_table); i++) {
        if (g_strcmp0(options->arguments[0], tool_table[i].name) == 0)
            return &tool_table[i];
    }
    return NULL;
}

static gboolean
read_version(const char *text, guint *out_version)
{
    guint64 version = 0;
    gboolean is_read = g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT32, &version, NULL);
    *out_version = (guint)version;
    return is_read;
}

/* (nullable): the option that does not go with @tool */
static const char *
find_misfit(const Tool *tool, const SpOptions *options)
{
    const struct {
        gboolean is_given;
        const char *name;
    } rows[] = {
        {options->count > 0, "count"},
        {options->apply, "apply"},
        {options->reconcile_only, "reconcile-only"},
        {options->exit_code, "exit-code"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *word = g_strdup_printf(" %s ", rows[i].name);
        if (rows[i].is_given && strstr(tool->options, word) == NULL)
            return rows[i].name;
    }
    return NULL;
}

/* @name: (nullable) */
static char *
refuse_tool(const char *name)
{
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = 0; i < G_N_ELEMENTS(tool_table); i++)
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", tool_table[i].name);
    if (name == NULL)
        return g_strdup_printf("command \"migrate\" needs a tool: %s", names->str);
    return g_strdup_printf("there is no tool \"%s\" of command \"migrate\", only: %s", name,
                           names->str);
}

char *
sp_command_migrate_check(const SpOptions *options)
{
    const Tool *tool = find_tool(options);
    if (tool == NULL)
        return refuse_tool(options->arguments[0]);
    guint n = g_strv_length((char **)options->arguments) - 1;
    if (n < tool->min_arguments || n > tool->max_arguments)
        return g_strdup_printf("command \"migrate %s\" needs %s", tool->name, tool->form);
    const char *misfit = find_misfit(tool, options);
    if (misfit != NULL)
        return g_strdup_printf("option \"--%s\" does not go with command \"migrate %s\"", misfit,
                               tool->name);
    guint version;
    if (n == 2 && !read_version(options->arguments[2], &version))
        return g_strdup_printf("\"%s\" is not the version of a migration", options->arguments[2]);
    return NULL;
}

char *
sp_command_migrate_help(void)
{
    GString *out = g_string_new("Tools of migrate:");
    for (guint i = 0; i < G_N_ELEMENTS(tool_table); i++)
        g_string_append_printf(out, "\n  migrate %s %s\n          %s", tool_table[i].name,
                               tool_table[i].form, tool_table[i].help);
    return g_string_free(out, FALSE);
}

/* What is recorded and what is run, in that order, so that it can be read and run as it is. */
static char *
format_sql(const SpEdit *edit)
{
    g_autoptr(GArray) records = sp_edit_make_records(edit);
    GString *sql = g_string_new(NULL);
    for (guint i = 0; i < records->len; i++) {
        g_autofree char *record = sp_record_to_sql(&g_array_index(records, SpRecord, i));
        g_string_append_printf(sql, "%s%s;", i > 0 ? "\n\n" : "", record);
    }
    g_autofree char *statements = sp_steps_format_sql(edit->statements);
    if (*statements != '\0')
        g_string_append_printf(sql, "\n\n%s", statements);
    return g_string_free(sql, FALSE);
}

static JsonObject *
describe_edit(const SpEdit *edit, guint order)
{
    g_autofree char *sql = format_sql(edit);
    JsonObject *object = json_object_new();
    json_object_set_int_member(object, "order", order);
    sp_json_set_text(object, "extension", sp_extension_get_id(sp_edit_get_extension(edit)));
    sp_json_set_text(object, "kind", sp_edit_kind_nick(edit->kind));
    sp_json_set_text(object, "name", edit->name);
    sp_json_set_text(object, "source", edit->source);
    json_object_set_int_member(object, "statements", edit->statements->len);
    sp_json_set_text(object, "sql", sql);
    sp_json_set_text(object, "state", sp_step_state_nick(edit->state));
    return object;
}

/* Counts of the last line, and of JSON. */
static void
describe(const Tool *tool, const GPtrArray *edits, JsonObject *answer)
{
    guint counts[SP_STEP_NOT_REACHED + 1] = {0};
    JsonArray *steps = json_array_new();
    for (guint i = 0; edits && i < edits->len; i++) {
        const SpEdit *edit = g_ptr_array_index(edits, i);
        json_array_add_object_element(steps, describe_edit(edit, i + 1));
        counts[edit->state]++;
    }
    JsonObject *summary = json_object_new();
    json_object_set_int_member(summary, "pending", counts[SP_STEP_PENDING]);
    json_object_set_int_member(summary, "done", counts[SP_STEP_DONE]);
    json_object_set_int_member(summary, "failed", counts[SP_STEP_FAILED]);
    json_object_set_int_member(summary, "not_reached", counts[SP_STEP_NOT_REACHED]);
    sp_json_set_text(answer, "tool", tool->name);
    json_object_set_array_member(answer, "steps", steps);
    json_object_set_object_member(answer, "summary", summary);
}

static void
append_sql(GString *out, JsonObject *step)
{
    if (g_strcmp0(sp_json_get_text(step, "state"), "pending") != 0)
        return;
    g_autofree char *lines = sp_text_escape_lines(sp_json_get_text(step, "sql"), SQL_INDENT);
    g_string_append_printf(out, "\n%*s%s\n\n", SQL_INDENT, "", lines);
}

static void
append_last_line(GString *out, JsonObject *answer)
{
    JsonObject *summary = json_object_get_object_member(answer, "summary");
    gint64 n_done = json_object_get_int_member(summary, "done");
    gint64 n_pending = json_object_get_int_member(summary, "pending");
    const Tool *tool = tool_table;
    while (!g_str_equal(tool->name, sp_json_get_text(answer, "tool")))
        tool++;
    if (!json_object_get_null_member(answer, "error"))
        g_string_append(out, "failed: ");
    else if (n_pending > 0)
        g_string_append(out, "nothing was written; with --apply: ");
    else if (n_done == 0)
        g_string_append(out, "nothing to do: ");
    sp_table_append_count(out, n_pending > 0 ? n_pending : n_done, "migration");
    g_string_append_printf(out, " %s\n", n_pending > 0 ? tool->to_do : tool->done);
}

static void
render(GString *out, JsonObject *answer, gboolean color)
{
    static const SpColumn columns[] = {
        {"EXTENSION", "extension", FALSE, NULL},
        {"KIND", "kind", FALSE, NULL},
        {"NAME", "name", FALSE, NULL},
        {"STATE", "state", FALSE, NULL},
        {"STATEMENTS", "statements", TRUE, NULL},
        {"SOURCE", "source", FALSE, NULL},
    };
    JsonArray *steps = json_object_get_array_member(answer, "steps");
    gboolean has_steps = json_array_get_length(steps) > 0;
    if (!json_object_get_null_member(answer, "error") && !has_steps)
        return;
    if (has_steps)
        sp_table_append(out, columns, G_N_ELEMENTS(columns), steps, append_sql, color);
    append_last_line(out, answer);
}

static SpMigrateOptions
options_of(const SpContext *context, const Tool *tool)
{
    const SpOptions *options = context->options;
    SpMigrateOptions migrate = {
        .decide = tool->decide,
        .request = {.extension = options->arguments[1],
                    .count = MAX(options->count, 1),
                    .reconciles_only = options->reconcile_only},
        .applies = options->apply || !tool->is_shown_first,
        .is_all_or_none = tool->is_all_or_none,
        .lock_wait_ms = sp_config_get_lock_wait_ms(context->config),
        .lock_timeout_ms = sp_config_get_lock_timeout_ms(context->config),
        .attempts = sp_config_get_lock_attempts(context->config),
    };
    if (tool->max_arguments == 2)
        read_version(options->arguments[2], &migrate.request.version);
    return migrate;
}

static gboolean
migrate(const SpContext *context, const Tool *tool, const SpPipeline *pipeline,
        SpFindings *findings, GPtrArray **out_edits, GError **error)
{
    if (!sp_pipeline_accept(pipeline, findings, error))
        return FALSE;
    g_autoptr(SpDatabase) database = sp_database_open(context, error);
    if (database == NULL)
        return FALSE;
    g_autoptr(SpTeller) teller = sp_teller_new(context);
    const SpProgress progress = sp_teller_get_progress(teller);
    const SpMigrateOptions options = options_of(context, tool);
    return sp_migrate(sp_database_get_session(database), sp_pipeline_get_declared(pipeline),
                      &options, &progress, findings, out_edits, error);
}

SpExitStatus
sp_command_migrate(const SpContext *context)
{
    const Tool *tool = find_tool(context->options);
    g_autoptr(GError) error = NULL;
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(JsonObject) answer = json_object_new();
    g_autoptr(SpPipeline) pipeline = sp_pipeline_new(context, &(SpPipelineOptions){0}, &error);
    g_autoptr(GPtrArray) edits = NULL;
    if (pipeline != NULL)
        migrate(context, tool, pipeline, findings, &edits, &error);
    describe(tool, edits, answer);
    const SpOutcome outcome = {
        .answer = answer, .render = render, .findings = findings, .error = error};
    SpExitStatus status = sp_output_answer(context->options, &outcome);
    gboolean changes = edits && edits->len > 0 && !context->options->apply;
    return status == SP_EXIT_OK && context->options->exit_code && changes ? SP_EXIT_CHANGES
                                                                          : status;
}
