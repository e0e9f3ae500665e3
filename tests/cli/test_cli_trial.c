/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "run.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

static char *plugin_dir;

static void
setup(void)
{
    plugin_dir = sp_plugin_dir_new(
        (const char *const[]){"trial_good", "trial_seed", "trial_left", "trial_lost",
                              "trial_down_fails", "trial_up_fails", "trial_install_fails",
                              "trial_drops", "two_faults", "shop", "needs_shop", NULL});
}

static void
teardown(void)
{
    sp_plugin_dir_free(plugin_dir);
}

TestSuite(cli_trial, .init = setup, .fini = teardown);

/* What a plugin of a given name came to: "passed passed refused" of the three trials, then the
 * codes that they found. */
static const struct {
    const char *plugin;
    int status;
    const char *found;
} cases[] = {
    {"trial_good", 0, "passed passed passed"},
    {"trial_seed", 65, "passed refused passed second-boot-changes"},
    {"trial_drops", 65, "passed refused passed second-boot-changes"},
    {"trial_left", 65, "passed passed refused down-up-differs"},
    {"trial_lost", 65, "passed passed refused down-up-differs"},
    {"trial_down_fails", 1, "passed passed refused statement-failed"},
    {"trial_up_fails", 65, "passed passed refused down-up-differs statement-failed"},
    {"trial_install_fails", 1, "refused skipped skipped statement-failed"},
};

static char *
file(const char *name)
{
    return g_strdup_printf("%s/%s.so", sp_plugin_dir_path(plugin_dir), name);
}

static gboolean
is_trial(const char *name)
{
    static const char *const names[] = {"install", "second-boot", "down-up", NULL};
    return g_strv_contains(names, name);
}

/* (transfer full) */
static char *
describe(SpRun *run)
{
    JsonArray *checks = json_object_get_array_member(sp_run_json(run, "check"), "checks");
    g_autoptr(GString) states = g_string_new(NULL);
    g_autoptr(GString) codes = g_string_new(NULL);
    for (guint i = 0; i < json_array_get_length(checks); i++) {
        JsonObject *check = json_array_get_object_element(checks, i);
        JsonArray *findings = json_object_get_array_member(check, "findings");
        if (!is_trial(json_object_get_string_member(check, "name")))
            continue;
        g_string_append_printf(states, "%s%s", states->len > 0 ? " " : "",
                               json_object_get_string_member(check, "state"));
        for (guint j = 0; j < json_array_get_length(findings); j++)
            g_string_append_printf(
                codes, " %s",
                json_object_get_string_member(json_array_get_object_element(findings, j), "code"));
    }
    return g_strconcat(states->str, codes->str, NULL);
}

static guint
count_clusters(const char *temporary)
{
    g_autoptr(GDir) directory = g_dir_open(temporary, 0, NULL);
    guint n = 0;
    for (const char *name; (name = g_dir_read_name(directory)) != NULL;)
        n += g_str_has_prefix(name, "sp-host-check-");
    return n;
}

static void
remove_directory(const char *directory)
{
    const char *argv[] = {"rm", "-rf", "--", directory, NULL};
    g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
                 NULL);
}

/* In one cluster, which is kept: each has a database of its own in it, and finds it empty. */
Test(cli_trial, finds_each_planted_fault)
{
    g_autofree char *directory = g_dir_make_tmp("sp-host-trial-XXXXXX", NULL);
    g_autofree char *option = g_strconcat("--embedded=", directory, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *plugin = file(cases[i].plugin);
        g_autoptr(SpRun) run = RUN("check", option, "--quiet", "--format=json", plugin);
        sp_assert_status(run, cases[i].status);
        g_autofree char *found = describe(run);
        cr_expect_str_eq(found, cases[i].found, "%s: %s", cases[i].plugin, found);
    }
    g_autofree char *version = g_build_filename(directory, "data", "PG_VERSION", NULL);
    cr_expect(g_file_test(version, G_FILE_TEST_EXISTS));
    remove_directory(directory);
}

Test(cli_trial, says_where_a_fault_stands)
{
    g_autofree char *seed = file("trial_seed");
    g_autofree char *left = file("trial_left");
    g_autoptr(SpRun) second = RUN("check", "--embedded", seed);
    sp_expect_says(second->out, " seeds/counted.sql:2:3: error: second-boot-changes: ");
    g_autoptr(SpRun) down = RUN("check", "--embedded", left);
    sp_expect_says(down->out,
                   " schema/migrations/001_add_price.down.sql: error: down-up-differs: ");
    sp_expect_says(down->out, "\"public.things.price\" is still there.");
    cr_expect_null(strstr(down->out, "weight"), "%s", down->out);
}

Test(cli_trial, takes_dependencies_from_the_plugin_directory_and_needs_them)
{
    g_autofree char *reviews = file("needs_shop");
    g_autoptr(SpRun) alone = RUN("check", "--embedded", "--format=json", reviews);
    sp_assert_status(alone, 65);
    g_autofree char *skipped = describe(alone);
    cr_expect_str_eq(skipped, "skipped skipped skipped");
    JsonArray *findings = json_object_get_array_member(sp_run_json(alone, "check"), "findings");
    sp_find(findings, "code", "missing-dependency");
    g_autoptr(SpRun) run = RUN("check", "--embedded", "--format=json", plugin_dir, reviews);
    sp_assert_status(run, 0);
    g_autofree char *found = describe(run);
    cr_expect_str_eq(found, "passed passed passed");
}

Test(cli_trial, starts_no_server_for_what_is_refused)
{
    g_autofree char *faults = file("two_faults");
    g_autoptr(SpRun) run = RUN("check", "--embedded", faults);
    sp_assert_status(run, 65);
    sp_expect_says(run->out, "\n  skipped  install, second-boot, down-up\n");
    sp_expect_silent(run->err);
}

/* Waits until there are as many folders of clusters as wanted; some seconds at most. */
static gboolean
wait_for_clusters(const char *temporary, guint wanted)
{
    for (guint i = 0; i < 1000 && count_clusters(temporary) != wanted; i++)
        g_usleep(10000);
    return count_clusters(temporary) == wanted;
}

Test(cli_trial, leaves_nothing_behind_even_when_it_is_killed)
{
    g_autofree char *temporary = g_dir_make_tmp("sp-host-trial-XXXXXX", NULL);
    g_autofree char *shop = file("shop");
    /* The server runs as somebody else, who has to get through. */
    cr_assert_eq(g_chmod(temporary, 0755), 0);
    g_setenv("TMPDIR", temporary, TRUE);
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocess) process =
        g_subprocess_new(G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                         &error, SP_HOST_EXECUTABLE, "check", "--embedded", shop, NULL);
    cr_assert_null(error, "%s", error->message);
    cr_expect(wait_for_clusters(temporary, 1));
    g_subprocess_force_exit(process);
    g_subprocess_wait(process, NULL, NULL);
    cr_expect(wait_for_clusters(temporary, 0));
    g_autoptr(SpRun) run = RUN("check", "--embedded", shop);
    sp_assert_status(run, 0);
    cr_expect_eq(count_clusters(temporary), 0);
    remove_directory(temporary);
}
