/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/scaffold.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/output.h"

static const char *const languages[] = {"sql", "c", NULL};

char *
sp_command_new_check(const SpOptions *options)
{
    if (options->language == NULL || g_strv_contains(languages, options->language))
        return NULL;
    return g_strdup_printf("there is no language \"%s\": it is sql or c", options->language);
}

static void
append_lines(GString *out, JsonObject *answer, const char *key)
{
    JsonArray *lines = json_object_get_array_member(answer, key);
    for (guint i = 0; i < json_array_get_length(lines); i++)
        g_string_append_printf(out, "  %s\n", json_array_get_string_element(lines, i));
}

static void
render(GString *out, JsonObject *answer, gboolean color)
{
    if (sp_json_get_text(answer, "folder") == NULL)
        return;
    g_string_append(out, "Written:\n");
    append_lines(out, answer, "files");
    g_string_append(out, "\nNext:\n");
    append_lines(out, answer, "next");
}

static void
describe(JsonObject *answer, const char *name, char **files)
{
    g_autofree char *build = g_strdup_printf("meson setup %s/build %s", name, name);
    g_autofree char *test = g_strdup_printf("meson test -C %s/build", name);
    g_autofree char *try = g_strdup_printf(
        "sp-host --plugin-dir=%s/build --embedded=/tmp/%s-trial install", name, name);
    const char *const next[] = {build, test, try, NULL};
    sp_json_set_text(answer, "folder", files ? name : NULL);
    sp_json_set_texts(answer, "files", (const char *const *)files);
    sp_json_set_texts(answer, "next", files ? next : NULL);
}

SpExitStatus
sp_command_new(const SpContext *context)
{
    const SpOptions *options = context->options;
    const char *name = options->arguments[0];
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) files =
        sp_scaffold_write(".", name, g_strcmp0(options->language, "c") == 0, &error);
    g_autoptr(JsonObject) answer = json_object_new();
    describe(answer, name, files);
    const SpOutcome outcome = {.answer = answer, .render = render, .error = error};
    return sp_output_answer(options, &outcome);
}
