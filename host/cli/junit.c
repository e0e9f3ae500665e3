/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "cli/junit.h"

#include "base/text.h"
#include "cli/checks.h"
#include "cli/json.h"
#include "cli/table.h"

#define MS_PER_S 1000.0

/* @text: (nullable) */
static void
append_attribute(GString *out, const char *name, const char *text)
{
    g_autofree char *shown = sp_text_escape(text ? text : "");
    g_autofree char *escaped = g_markup_escape_text(shown, -1);
    g_string_append_printf(out, " %s=\"%s\"", name, escaped);
}

/* @text: as sp_table_append_error() makes it, without control characters */
static void
append_content(GString *out, const char *text)
{
    g_autofree char *escaped = g_markup_escape_text(text, -1);
    g_string_append(out, escaped);
}

static gboolean
is_error(JsonObject *finding)
{
    return g_str_equal(sp_json_get_text(finding, "severity"), "error");
}

static guint
count_errors(JsonArray *findings)
{
    guint n = 0;
    for (guint i = 0; i < json_array_get_length(findings); i++)
        n += is_error(json_array_get_object_element(findings, i));
    return n;
}

/* The first refusal names the failure; the text has all of them. */
static void
append_failure(GString *out, const char *element, JsonArray *findings)
{
    g_autoptr(GString) text = g_string_new(NULL);
    JsonObject *first = NULL;
    for (guint i = 0; i < json_array_get_length(findings); i++) {
        JsonObject *finding = json_array_get_object_element(findings, i);
        if (!is_error(finding))
            continue;
        first = first ? first : finding;
        sp_table_append_error(text, finding, 0);
    }
    g_string_append_printf(out, "      <%s", element);
    append_attribute(out, "type", sp_json_get_text(first, "code"));
    append_attribute(out, "message", sp_json_get_text(first, "message"));
    g_string_append_c(out, '>');
    append_content(out, text->str);
    g_string_append_printf(out, "</%s>\n", element);
}

static void
append_output(GString *out, JsonArray *findings)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < json_array_get_length(findings); i++) {
        JsonObject *finding = json_array_get_object_element(findings, i);
        if (!is_error(finding))
            sp_table_append_error(text, finding, 0);
    }
    if (text->len == 0)
        return;
    g_string_append(out, "      <system-out>");
    append_content(out, text->str);
    g_string_append(out, "</system-out>\n");
}

static void
append_seconds(GString *out, gint64 duration_ms)
{
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_formatd(number, sizeof number, "%.3f", (double)duration_ms / MS_PER_S);
    append_attribute(out, "time", number);
}

static gint64
duration_of(JsonObject *check)
{
    return json_object_get_null_member(check, "duration_ms")
               ? 0
               : json_object_get_int_member(check, "duration_ms");
}

static void
append_case(GString *out, JsonObject *check, const char *class_name)
{
    JsonArray *findings = json_object_get_array_member(check, "findings");
    g_string_append(out, "    <testcase");
    append_attribute(out, "name", sp_json_get_text(check, "name"));
    append_attribute(out, "classname", class_name);
    append_seconds(out, duration_of(check));
    g_string_append(out, ">\n");
    if (count_errors(findings) > 0)
        append_failure(out, "failure", findings);
    else if (g_str_equal(sp_json_get_text(check, "state"), "skipped"))
        g_string_append(out, "      <skipped/>\n");
    append_output(out, findings);
    g_string_append(out, "    </testcase>\n");
}

static void
append_suite(GString *out, JsonArray *checks, guint first, guint end)
{
    JsonObject *head = json_array_get_object_element(checks, first);
    const char *id = sp_json_get_text(head, "extension");
    const char *path = sp_json_get_text(head, "path");
    const char *name = id ? id : path ? path : "all together";
    guint n_failures = 0, n_skipped = 0;
    gint64 duration_ms = 0;
    for (guint i = first; i < end; i++) {
        JsonObject *check = json_array_get_object_element(checks, i);
        n_failures += count_errors(json_object_get_array_member(check, "findings")) > 0;
        n_skipped += g_str_equal(sp_json_get_text(check, "state"), "skipped");
        duration_ms += duration_of(check);
    }
    g_string_append(out, "  <testsuite");
    append_attribute(out, "name", name);
    g_string_append_printf(out, " tests=\"%u\" failures=\"%u\" errors=\"0\" skipped=\"%u\"",
                           end - first, n_failures, n_skipped);
    append_seconds(out, duration_ms);
    g_string_append(out, ">\n");
    for (guint i = first; i < end; i++)
        append_case(out, json_array_get_object_element(checks, i), name);
    g_string_append(out, "  </testsuite>\n");
}

/* @error: what ended the command */
static void
append_end(GString *out, JsonObject *error)
{
    g_autoptr(JsonArray) one = json_array_new();
    json_object_set_string_member(error, "severity", "error");
    json_array_add_object_element(one, json_object_ref(error));
    g_string_append(out, "  <testsuite name=\"sp-host\" tests=\"1\" failures=\"0\" errors=\"1\" "
                         "skipped=\"0\" time=\"0.000\">\n"
                         "    <testcase name=\"command\" classname=\"sp-host\" time=\"0.000\">\n");
    append_failure(out, "error", one);
    g_string_append(out, "    </testcase>\n  </testsuite>\n");
}

void
sp_junit_append(GString *out, JsonObject *answer, gboolean color)
{
    JsonArray *checks = json_object_get_array_member(answer, "checks");
    g_string_append(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for (guint first = 0, end; first < json_array_get_length(checks); first = end) {
        end = sp_checks_find_end(checks, first);
        append_suite(out, checks, first, end);
    }
    if (!json_object_get_null_member(answer, "error"))
        append_end(out, json_object_get_object_member(answer, "error"));
    g_string_append(out, "</testsuites>\n");
}
