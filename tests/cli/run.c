/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "run.h"

#include "support/plugins.h"

#include <gio/gio.h>
#include <string.h>

#define PLUGIN_DIR "--plugin-dir="

/* Checks an answer on standard input against one definition of the schema; no object may have a key
 * twice. */
static const char validator[] = "import json, sys, jsonschema\n"
                                "def once(pairs):\n"
                                "    names = [name for name, _ in pairs]\n"
                                "    assert len(names) == len(set(names)), names\n"
                                "    return dict(pairs)\n"
                                "answer = json.load(sys.stdin, object_pairs_hook=once)\n"
                                "schema = json.load(open(sys.argv[1]))\n"
                                "schema['$ref'] = '#/$defs/' + sys.argv[2]\n"
                                "jsonschema.Draft202012Validator(schema).validate(answer)\n";

static GSubprocessLauncher *
launcher_new(void)
{
    static const char *const unset[] = {"PGHOST",        "PGPORT",         "PGDATABASE", "PGUSER",
                                        "PGPASSWORD",    "PGSERVICE",      "PGSSLMODE",  "NO_COLOR",
                                        "NOTIFY_SOCKET", "CACHE_DIRECTORY"};
    GSubprocessLauncher *launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                  G_SUBPROCESS_FLAGS_STDERR_PIPE);
    for (guint i = 0; i < G_N_ELEMENTS(unset); i++)
        g_subprocess_launcher_unsetenv(launcher, unset[i]);
    /* What GLib calls critical is a defect of the host. */
    g_subprocess_launcher_setenv(launcher, "G_DEBUG", "fatal-criticals", TRUE);
    return launcher;
}

static char *
text_of(GBytes *bytes)
{
    const char *data = g_bytes_get_data(bytes, NULL);
    return g_strndup(data ? data : "", g_bytes_get_size(bytes));
}

static SpRun *
run_command(const char *const *argv, const char *input)
{
    SpRun *run = g_new0(SpRun, 1);
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocessLauncher) launcher = launcher_new();
    g_autoptr(GSubprocess) process = g_subprocess_launcher_spawnv(launcher, argv, &error);
    cr_assert_null(error, "%s", error->message);
    g_autoptr(GBytes) in = g_bytes_new_static(input, strlen(input));
    g_autoptr(GBytes) out = NULL, err = NULL;
    g_subprocess_communicate(process, in, NULL, &out, &err, &error);
    cr_assert_null(error, "%s", error->message);
    run->status = g_subprocess_get_if_exited(process) ? g_subprocess_get_exit_status(process) : -1;
    run->out = text_of(out);
    run->err = text_of(err);
    return run;
}

SpRun *
sp_run(const char *const *words)
{
    return sp_run_executable(SP_HOST_EXECUTABLE, words);
}

SpRun *
sp_run_executable(const char *executable, const char *const *words)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_ptr_array_add(argv, (gpointer)executable);
    do
        g_ptr_array_add(argv, (gpointer)*words);
    while (*words++ != NULL);
    return run_command((const char *const *)argv->pdata, "");
}

void
sp_run_free(SpRun *run)
{
    g_clear_pointer(&run->json, json_node_unref);
    g_free(run->out);
    g_free(run->err);
    g_free(run);
}

SpRun *
sp_run_python(const char *program, const char *input)
{
    return run_command((const char *const[]){SP_PYTHON, "-c", program, NULL}, input);
}

JsonObject *
sp_run_json(SpRun *run, const char *shape)
{
    g_autoptr(GError) error = NULL;
    const char *const argv[] = {SP_PYTHON, "-c", validator, SP_ANSWER_SCHEMA, shape, NULL};
    g_autoptr(SpRun) validation = run_command(argv, run->out);
    cr_assert_eq(validation->status, 0, "%s\n%s", validation->err, run->out);
    run->json = json_from_string(run->out, &error);
    cr_assert_null(error, "%s", error->message);
    return json_node_get_object(run->json);
}

JsonObject *
sp_find(JsonArray *array, const char *key, const char *value)
{
    for (guint i = 0; i < json_array_get_length(array); i++) {
        JsonObject *object = json_array_get_object_element(array, i);
        if (g_strcmp0(json_object_get_string_member_with_default(object, key, NULL), value) == 0)
            return object;
    }
    cr_assert_fail("no %s is %s", key, value);
    return NULL;
}

char *
sp_plugin_dir_new(const char *const *plugins)
{
    g_autofree char *directory = sp_test_plugins_new();
    for (; *plugins != NULL; plugins++) {
        g_autofree char *from = g_strdup_printf("%s/%s.so", SP_CLI_PLUGINS, *plugins);
        g_autofree char *name = g_strconcat(*plugins, ".so", NULL);
        g_autofree char *bytes = NULL;
        gsize length = 0;
        cr_assert(g_file_get_contents(from, &bytes, &length, NULL), "%s", from);
        g_free(sp_test_put(directory, name, bytes, (gssize)length));
    }
    return g_strconcat(PLUGIN_DIR, directory, NULL);
}

const char *
sp_plugin_dir_path(const char *option)
{
    return option + strlen(PLUGIN_DIR);
}

void
sp_plugin_dir_free(char *option)
{
    sp_test_plugins_free(g_strdup(sp_plugin_dir_path(option)));
    g_free(option);
}
