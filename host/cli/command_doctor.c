/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/doctor.h"

#include "act/lock.h"
#include "base/text.h"
#include "cli/database.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/pipeline.h"
#include "cli/table.h"

#include <string.h>

#define NOTE_INDENT 4
#define LINE_MAX_BYTES 160

static JsonObject *
describe_trouble(const SpTrouble *trouble)
{
    const SpPlace place = {.extension = trouble->extension};
    g_autoptr(GError) error =
        sp_error_new(trouble->code, trouble->detail, trouble->hint, "%s", trouble->message);
    sp_error_place(error, &place);
    JsonObject *row = sp_json_finding(error, "warning");
    sp_json_set_text(row, "kind", trouble->kind);
    sp_json_set_text(row, "identity", trouble->identity);
    sp_json_set_text(row, "recorded", trouble->recorded);
    sp_json_set_text(row, "found", trouble->found);
    return row;
}

static void
describe(const GPtrArray *troubles, JsonObject *answer)
{
    g_autoptr(GHashTable) extensions = g_hash_table_new(g_str_hash, g_str_equal);
    JsonArray *rows = json_array_new();
    for (guint i = 0; troubles != NULL && i < troubles->len; i++) {
        const SpTrouble *trouble = g_ptr_array_index(troubles, i);
        json_array_add_object_element(rows, describe_trouble(trouble));
        if (trouble->extension != NULL)
            g_hash_table_add(extensions, (gpointer)trouble->extension);
    }
    JsonObject *summary = json_object_new();
    json_object_set_int_member(summary, "findings", json_array_get_length(rows));
    json_object_set_int_member(summary, "extensions", g_hash_table_size(extensions));
    json_object_set_array_member(answer, "findings", rows);
    json_object_set_object_member(answer, "summary", summary);
}

static void
append_note(GString *out, const char *label, const char *text)
{
    g_autofree char *lines = sp_text_escape_lines(text, NOTE_INDENT + 10);
    g_string_append_printf(out, "%*s%-8s  %s\n", NOTE_INDENT, "", label, lines);
}

/* The first line in which two definitions differ, or in which one is not there. */
static guint
find_difference(char **one, char **other)
{
    guint i = 0;
    while (one[i] != NULL && other[i] != NULL && g_str_equal(one[i], other[i]))
        i++;
    return i;
}

static void
append_line(GString *out, const char *label, char **lines, guint at)
{
    const char *line = at < g_strv_length(lines) ? lines[at] : "";
    g_autofree char *text = g_strstrip(g_utf8_make_valid(line, -1));
    gsize length = strlen(text);
    while (length > LINE_MAX_BYTES ||
           (length < strlen(text) && ((guchar)text[length] & 0xC0) == 0x80))
        length--;
    g_autofree char *shown = length < strlen(text) ? g_strdup_printf("%.*s...", (int)length, text)
                                                   : g_strdup(*text != '\0' ? text : "-");
    append_note(out, label, shown);
}

/* (transfer full): one that stands alone, in one line. */
static char **
flatten(const char *definition)
{
    g_auto(GStrv) lines = g_strsplit(definition, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++)
        g_strstrip(lines[i]);
    g_autofree char *line = g_strjoinv(" ", lines);
    return g_strsplit(line, "\n", -1);
}

/* Of definitions of many lines the one that tells them apart. */
static void
append_definitions(GString *out, const char *recorded, const char *found)
{
    const char *only = recorded != NULL ? recorded : found;
    if (recorded != NULL && found != NULL) {
        g_auto(GStrv) was = g_strsplit(recorded, "\n", -1);
        g_auto(GStrv) is = g_strsplit(found, "\n", -1);
        guint at = find_difference(was, is);
        append_line(out, "was", was, at);
        append_line(out, "is", is, at);
    } else if (only != NULL && *only != '\0') {
        g_auto(GStrv) line = flatten(only);
        append_line(out, recorded != NULL ? "was" : "is", line, 0);
    }
}

static void
append_notes(GString *out, JsonObject *row)
{
    const char *detail = sp_json_get_text(row, "detail");
    const char *hint = sp_json_get_text(row, "hint");
    if (detail != NULL)
        append_note(out, "detail", detail);
    append_definitions(out, sp_json_get_text(row, "recorded"), sp_json_get_text(row, "found"));
    if (hint != NULL)
        append_note(out, "hint", hint);
}

static void
render(GString *out, JsonObject *answer, gboolean color)
{
    static const SpColumn columns[] = {
        {"EXTENSION", "extension", FALSE, NULL},
        {"PROBLEM", "code", FALSE, NULL},
        {"KIND", "kind", FALSE, NULL},
        {"OBJECT", "identity", FALSE, NULL},
    };
    JsonArray *rows = json_object_get_array_member(answer, "findings");
    JsonObject *summary = json_object_get_object_member(answer, "summary");
    if (!json_object_get_null_member(answer, "error"))
        return;
    if (json_array_get_length(rows) == 0) {
        g_string_append(out, "healthy: nothing was found\n");
        return;
    }
    sp_table_append(out, columns, G_N_ELEMENTS(columns), rows, append_notes, color);
    sp_table_append_count(out, json_object_get_int_member(summary, "findings"), "finding");
    g_string_append(out, " in ");
    sp_table_append_count(out, json_object_get_int_member(summary, "extensions"), "extension");
    g_string_append_c(out, '\n');
}

/* (transfer container) (element-type utf8): ended by NULL. @out_all: (out): whether every file has
 * told its id */
static GPtrArray *
list_known(const SpPipeline *pipeline, gboolean *out_all)
{
    const SpDiscovery *discovery = sp_pipeline_get_discovery(pipeline);
    GPtrArray *known = g_ptr_array_new();
    *out_all = TRUE;
    for (guint i = 0; i < sp_discovery_get_n(discovery); i++) {
        const SpPlugin *plugin = sp_discovery_get(discovery, i);
        const char *of_file = plugin->facts != NULL ? plugin->facts->id : NULL;
        const char *id =
            plugin->extension != NULL ? sp_extension_get_id(plugin->extension) : of_file;
        *out_all = *out_all && id != NULL;
        if (id != NULL)
            g_ptr_array_add(known, (gpointer)id);
    }
    g_ptr_array_add(known, NULL);
    return known;
}

/* An id that neither a plugin nor the database knows is a slip of the pen. */
static gboolean
check_ids(const char *const *ids, const char *const *known, const GPtrArray *troubles,
          GError **error)
{
    for (; *ids != NULL; ids++) {
        gboolean is_known = g_strv_contains(known, *ids);
        for (guint i = 0; !is_known && i < troubles->len; i++)
            is_known = g_strcmp0(((const SpTrouble *)g_ptr_array_index(troubles, i))->extension,
                                 *ids) == 0;
        if (!is_known)
            return sp_error_set(error, SP_ERROR_MIGRATION_UNKNOWN, NULL,
                                "sp-host list shows the extensions.",
                                "there is no extension \"%s\"", *ids);
    }
    return TRUE;
}

static void
warn_of_holder(SpSession *session, SpFindings *findings)
{
    g_autofree char *holder = sp_lock_describe_holder(session);
    if (holder == NULL)
        return;
    g_autofree char *detail = g_strdup_printf("The install lock is held by %s.", holder);
    sp_findings_warn(findings, sp_error_new(SP_ERROR_LOCKED, detail, "Ask again when it is done.",
                                            "a host is at work, so this may be the middle of it"));
}

/* (transfer full) (nullable) */
static SpDiagnosis *
examine(const SpContext *context, const SpPipeline *pipeline, SpFindings *findings, GError **error)
{
    const SpOptions *options = context->options;
    if (!sp_pipeline_accept(pipeline, findings, error))
        return NULL;
    g_autoptr(SpDatabase) database = sp_database_open(context, error);
    if (database == NULL)
        return NULL;
    gboolean knows_all = FALSE;
    g_autoptr(GPtrArray) known = list_known(pipeline, &knows_all);
    const SpDoctorOptions how = {
        .known = (const char *const *)known->pdata,
        .knows_all = knows_all,
        .looks_everywhere = options->all,
        .lock_timeout_ms = sp_config_get_lock_timeout_ms(context->config),
    };
    SpSession *session = sp_database_get_session(database);
    g_autoptr(SpDiagnosis) diagnosis =
        sp_doctor_examine(session, sp_pipeline_get_declared(pipeline), &how, error);
    if (diagnosis == NULL)
        return NULL;
    warn_of_holder(session, findings);
    if (!check_ids(options->arguments, how.known, sp_diagnosis_sort(diagnosis), error))
        return NULL;
    if (options->arguments[0] != NULL)
        sp_diagnosis_keep(diagnosis, options->arguments);
    return g_steal_pointer(&diagnosis);
}

SpExitStatus
sp_command_doctor(const SpContext *context)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(JsonObject) answer = json_object_new();
    g_autoptr(SpPipeline) pipeline = sp_pipeline_new(context, &(SpPipelineOptions){0}, &error);
    g_autoptr(SpDiagnosis) diagnosis =
        pipeline != NULL ? examine(context, pipeline, findings, &error) : NULL;
    const GPtrArray *troubles = diagnosis != NULL ? sp_diagnosis_sort(diagnosis) : NULL;
    describe(troubles, answer);
    const SpOutcome outcome = {
        .answer = answer, .render = render, .findings = findings, .error = error};
    SpExitStatus status = sp_output_answer(context->options, &outcome);
    gboolean is_ill = troubles != NULL && troubles->len > 0;
    return status == SP_EXIT_OK && context->options->exit_code && is_ill ? SP_EXIT_CHANGES : status;
}
