/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "cli/json.h"

#include "base/error.h"

void
sp_json_set_text(JsonObject *object, const char *key, const char *text)
{
    if (text == NULL) {
        json_object_set_null_member(object, key);
        return;
    }
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    json_object_set_string_member(object, key, valid);
}

void
sp_json_set_texts(JsonObject *object, const char *key, const char *const *texts)
{
    JsonArray *array = json_array_new();
    for (guint i = 0; texts != NULL && texts[i] != NULL; i++) {
        g_autofree char *valid = g_utf8_make_valid(texts[i], -1);
        json_array_add_string_element(array, valid);
    }
    json_object_set_array_member(object, key, array);
}

void
sp_json_set_position(JsonObject *object, const char *key, guint number)
{
    if (number > 0)
        json_object_set_int_member(object, key, number);
    else
        json_object_set_null_member(object, key);
}

JsonObject *
sp_json_error(const GError *error)
{
    const SpPlace *place = sp_error_get_place(error);
    JsonObject *object = json_object_new();
    sp_json_set_text(object, "code", sp_error_nick(error));
    sp_json_set_text(object, "message", error->message);
    sp_json_set_text(object, "detail", sp_error_detail(error));
    sp_json_set_text(object, "hint", sp_error_hint(error));
    sp_json_set_text(object, "extension", place->extension);
    sp_json_set_text(object, "path", place->path);
    sp_json_set_text(object, "source", place->source);
    sp_json_set_position(object, "line", place->line);
    sp_json_set_position(object, "column", place->column);
    sp_json_set_text(object, "phase", place->phase);
    sp_json_set_position(object, "statement", place->statement);
    sp_json_set_position(object, "statements", place->statements);
    sp_json_set_text(object, "sqlstate", place->sqlstate);
    sp_json_set_text(object, "sql", place->sql);
    return object;
}

void
sp_json_set_error(JsonObject *object, const char *key, const GError *error)
{
    if (error != NULL)
        json_object_set_object_member(object, key, sp_json_error(error));
    else
        json_object_set_null_member(object, key);
}

void
sp_json_set_errors(JsonObject *object, const char *key, const GPtrArray *errors)
{
    JsonArray *array = json_array_new();
    for (guint i = 0; i < errors->len; i++)
        json_array_add_object_element(array, sp_json_error(g_ptr_array_index(errors, i)));
    json_object_set_array_member(object, key, array);
}

JsonObject *
sp_json_finding(const GError *error, const char *severity)
{
    JsonObject *finding = sp_json_error(error);
    sp_json_set_text(finding, "severity", severity);
    return finding;
}

static void
add_findings(JsonArray *to, const GPtrArray *errors, const char *severity)
{
    for (guint i = 0; i < errors->len; i++)
        json_array_add_object_element(to, sp_json_finding(g_ptr_array_index(errors, i), severity));
}

void
sp_json_set_findings(JsonObject *answer, const SpFindings *findings)
{
    const GPtrArray *refusals = sp_findings_refusals(findings);
    const GPtrArray *warnings = sp_findings_warnings(findings);
    const GPtrArray *notes = sp_findings_notes(findings);
    JsonArray *array = json_array_new();
    add_findings(array, refusals, "error");
    add_findings(array, warnings, "warning");
    add_findings(array, notes, "note");
    json_object_set_array_member(answer, "findings", array);
    if (!json_object_has_member(answer, "summary"))
        json_object_set_object_member(answer, "summary", json_object_new());
    JsonObject *summary = json_object_get_object_member(answer, "summary");
    json_object_set_int_member(summary, "errors", refusals->len);
    json_object_set_int_member(summary, "warnings", warnings->len);
    json_object_set_int_member(summary, "notes", notes->len);
}

const char *
sp_json_get_text(JsonObject *object, const char *key)
{
    JsonNode *node = json_object_get_member(object, key);
    return node != NULL && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node) : NULL;
}
