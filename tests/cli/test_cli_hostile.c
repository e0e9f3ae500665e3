/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "run.h"

#include "support/hostile.h"
#include "support/plugins.h"
#include "support/unfiltered.h"

#include <string.h>
#include <sys/wait.h>

static char *plugin_dir;
static char *configuration;

static void
setup(void)
{
    plugin_dir = sp_plugin_dir_new((const char *const[]){NULL});
    const char *path = sp_plugin_dir_path(plugin_dir);
    g_autofree char *file = sp_test_put(path, "conf", "[plugins]\nload_timeout=2\n", -1);
    g_free(sp_test_put(path, "victim", "untouched", -1));
    configuration = g_strconcat("--config=", file, NULL);
    cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
}

static void
teardown(void)
{
    sp_plugin_dir_free(plugin_dir);
    g_free(configuration);
}

TestSuite(cli_hostile, .init = setup, .fini = teardown);

static void
put(const char *fixture)
{
    g_free(sp_test_put_fixture(sp_plugin_dir_path(plugin_dir), fixture, NULL));
}

static const char *
code_of(JsonObject *error)
{
    return error != NULL ? json_object_get_string_member(error, "code") : NULL;
}

static void
expect_row(JsonArray *plugins, const SpHostileRow *row)
{
    JsonObject *plugin = sp_find(plugins, "id", row->fixture);
    JsonNode *reason = json_object_get_member(plugin, "reason");
    JsonArray *warnings = json_object_get_array_member(plugin, "warnings");
    const char *refusal =
        JSON_NODE_HOLDS_OBJECT(reason) ? code_of(json_node_get_object(reason)) : NULL;
    const char *warning = json_array_get_length(warnings) > 0
                              ? code_of(json_array_get_object_element(warnings, 0))
                              : NULL;
    cr_expect_eq(g_strcmp0(refusal, row->refusal), 0, "%s: %s", row->fixture, refusal);
    cr_expect_eq(g_strcmp0(warning, row->warning), 0, "%s: %s", row->fixture, warning);
}

Test(cli_hostile, set_is_listed_each_with_its_code, .timeout = 240)
{
    put("good");
    for (guint i = 0; i < G_N_ELEMENTS(sp_hostile); i++)
        put(sp_hostile[i].fixture);
    g_autoptr(SpRun) run = RUN("--list-plugins", "--format=json", plugin_dir, configuration);
    sp_assert_status(run, 0);
    JsonArray *plugins = json_object_get_array_member(sp_run_json(run, "list"), "plugins");
    cr_expect_eq(json_array_get_length(plugins), G_N_ELEMENTS(sp_hostile) + 1);
    for (guint i = 0; i < G_N_ELEMENTS(sp_hostile); i++)
        expect_row(plugins, &sp_hostile[i]);
    expect_row(plugins, &(SpHostileRow){.fixture = "good"});
    cr_expect_eq(waitpid(-1, NULL, WNOHANG), -1, "a process was left behind");
}

Test(cli_hostile, effects_are_warnings_of_check)
{
    put("leaves_a_thread");
    g_autofree char *file =
        g_build_filename(sp_plugin_dir_path(plugin_dir), "leaves_a_thread.so", NULL);
    g_autoptr(SpRun) run = RUN("check", file, "--format=json");
    sp_assert_status(run, 0);
    JsonArray *findings = json_object_get_array_member(sp_run_json(run, "check"), "findings");
    guint n_effects = 0;
    for (guint i = 0; i < json_array_get_length(findings); i++) {
        JsonObject *finding = json_array_get_object_element(findings, i);
        cr_expect_str_eq(json_object_get_string_member(finding, "severity"), "warning");
        n_effects += g_str_equal(code_of(finding), "load-side-effect");
    }
    cr_expect_eq(n_effects, 1);
}

static guint
count(const char *text, const char *words)
{
    guint n = 0;
    for (; (text = strstr(text, words)) != NULL; text++)
        n++;
    return n;
}

/* More than one process is needed, and the reader is told once. */
Test(cli_hostile, is_still_listed_where_no_filter_is_to_be_had)
{
    static const char words[] = "no filter of system calls";
    put("good");
    put("segfault_in_constructor");
    put("leaves_a_thread");
    g_autoptr(SpRun) with = RUN("list", "--verbose", plugin_dir);
    sp_test_forbid_filters();
    g_autoptr(SpRun) without = RUN("list", "--verbose", plugin_dir);
    g_autoptr(SpRun) silent = RUN("list", plugin_dir);
    cr_expect_eq(count(with->err, words), 0u, "%s", with->err);
    cr_expect_eq(count(without->err, words), 1u, "%s", without->err);
    sp_expect_silent(silent->err);
    cr_expect_str_eq(without->out, with->out);
}
