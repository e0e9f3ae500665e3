/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "cli/json.h"
#include "cli/output.h"
#include "cli/plugins.h"
#include "cli/table.h"

#include <sp/extension.h>

static void
describe_host(JsonObject *answer)
{
    JsonObject *abi = json_object_new();
    json_object_set_int_member(abi, "major", SP_ABI_MAJOR);
    json_object_set_int_member(abi, "minor", SP_ABI_MINOR);
    JsonObject *host = json_object_new();
    sp_json_set_text(host, "version", SP_VERSION);
    json_object_set_object_member(host, "abi", abi);
    json_object_set_object_member(answer, "host", host);
}

static char *
abi_cell(JsonNode *value)
{
    if (!JSON_NODE_HOLDS_OBJECT(value))
        return sp_cell_plain(value);
    JsonObject *abi = json_node_get_object(value);
    return g_strdup_printf("%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT,
                           json_object_get_int_member(abi, "major"),
                           json_object_get_int_member(abi, "minor"));
}

/* Of a plugin that was not loaded nothing is known, and no list of it is shown as empty. */
static char *
count_cell(JsonNode *value)
{
    gboolean is_empty = json_array_get_length(json_node_get_array(value)) == 0;
    return is_empty ? g_strdup("-") : sp_cell_count(value);
}

static char *
signature_cell(JsonNode *value)
{
    if (!JSON_NODE_HOLDS_OBJECT(value))
        return sp_cell_plain(value);
    JsonObject *signature = json_node_get_object(value);
    const char *key_id = sp_json_get_text(signature, "key_id");
    return g_strjoin(key_id != NULL ? " " : "", json_object_get_string_member(signature, "state"),
                     key_id != NULL ? key_id : "", NULL);
}

static gboolean
has_signatures(JsonArray *plugins)
{
    for (guint i = 0; i < json_array_get_length(plugins); i++)
        if (!json_object_get_null_member(json_array_get_object_element(plugins, i), "signature"))
            return TRUE;
    return FALSE;
}

static void
append_reasons(GString *out, JsonObject *row)
{
    static const char *const keys[] = {"reasons", "warnings"};
    for (guint key = 0; key < G_N_ELEMENTS(keys); key++) {
        JsonArray *errors = json_object_get_array_member(row, keys[key]);
        for (guint i = 0; i < json_array_get_length(errors); i++)
            sp_table_append_error(out, json_array_get_object_element(errors, i), 7);
    }
}

static void
append_summary(GString *out, JsonObject *summary)
{
    sp_table_append_count(out, json_object_get_int_member(summary, "total"), "plugin");
    static const char *const states[] = {"accepted", "refused", "disabled"};
    for (guint i = 0; i < G_N_ELEMENTS(states); i++)
        g_string_append_printf(out, "%s%" G_GINT64_FORMAT " %s", i > 0 ? ", " : ": ",
                               json_object_get_int_member(summary, states[i]), states[i]);
    g_string_append_c(out, '\n');
}

static void
render(GString *out, JsonObject *answer, gboolean color)
{
    static const SpColumn columns[] = {
        {"ORDER", "order", TRUE, NULL},
        {"STATE", "state", FALSE, NULL},
        {"ID", "id", FALSE, NULL},
        {"VERSION", "version", FALSE, NULL},
        {"ABI", "abi", FALSE, abi_cell},
        {"NOTE", "note", FALSE, NULL},
        {"SCHEMAS", "schemas", TRUE, NULL},
        {"MIGRATIONS", "migrations", TRUE, count_cell},
        {"SEEDS", "seeds", TRUE, count_cell},
        {"DEPENDENCIES", "dependencies", FALSE, NULL},
        {"FILE", "path", FALSE, NULL},
        {"SIGNATURE", "signature", FALSE, signature_cell}, /* only where keys are looked for */
    };
    JsonArray *plugins = json_object_get_array_member(answer, "plugins");
    if (!json_object_get_null_member(answer, "error"))
        return;
    if (json_array_get_length(plugins) > 0) {
        guint n_columns = G_N_ELEMENTS(columns) - (has_signatures(plugins) ? 0 : 1);
        sp_table_append(out, columns, n_columns, plugins, append_reasons, color);
        append_summary(out, json_object_get_object_member(answer, "summary"));
    } else {
        g_string_append(out, "no plugin files found\n");
    }
}

static gboolean
has_refused(JsonObject *answer)
{
    JsonObject *summary = json_object_get_object_member(answer, "summary");
    return json_object_get_int_member(summary, "refused") > 0;
}

SpExitStatus
sp_command_list(const SpContext *context)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonObject) answer = json_object_new();
    const SpPipelineOptions how = {.uses_kept = !context->options->no_load};
    g_autoptr(SpPipeline) pipeline = sp_pipeline_new(context, &how, &error);
    describe_host(answer);
    sp_plugins_describe(pipeline, answer);
    const SpOutcome outcome = {.answer = answer, .render = render, .error = error};
    SpExitStatus status = sp_output_answer(context->options, &outcome);
    if (status == SP_EXIT_OK && context->options->exit_code && has_refused(answer))
        return SP_EXIT_CHANGES;
    return status;
}
