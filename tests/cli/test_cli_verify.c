/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "run.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

/* (transfer full): "--plugin-dir" of a directory with these plugins alone. */
static char *
plugins(const char *name)
{
    return sp_plugin_dir_new((const char *const[]){name, NULL});
}

/* (transfer full): "migrated passed, stamped refused roads-differ ..." */
static char *
describe(SpRun *run)
{
    JsonArray *checks = json_object_get_array_member(sp_run_json(run, "verify"), "checks");
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < json_array_get_length(checks); i++) {
        JsonObject *check = json_array_get_object_element(checks, i);
        JsonArray *findings = json_object_get_array_member(check, "findings");
        JsonObject *first =
            json_array_get_length(findings) > 0 ? json_array_get_object_element(findings, 0) : NULL;
        g_auto(GStrv) name = g_strsplit(json_object_get_string_member(check, "name"), " ", 2);
        g_ptr_array_add(
            words, g_strjoin(" ", name[0], json_object_get_string_member(check, "state"),
                             first ? json_object_get_string_member(first, "code") : NULL, NULL));
    }
    g_ptr_array_add(words, NULL);
    return g_strjoinv(", ", (char **)words->pdata);
}

static const struct {
    const char *plugin;
    const char *older; /* (nullable) */
    const char *option;
    int status;
    const char *found;
} cases[] = {
    {"trial_good", NULL, "--quiet", 0,
     "migrated passed, booted-twice passed, down-up passed, resumed passed, stamped skipped"},
    {"shop_grown", "shop", "--quiet", 0,
     "migrated passed, booted-twice passed, down-up passed, resumed passed, stamped skipped, "
     "from passed"},
    {"trial_good", NULL, "--stamped", 65,
     "migrated passed, booted-twice passed, down-up passed, resumed passed, "
     "stamped refused roads-differ"},
    {"trial_seed", NULL, "--quiet", 65,
     "migrated passed, booted-twice refused second-boot-changes, down-up passed, resumed passed, "
     "stamped skipped"},
    {"trial_left", NULL, "--quiet", 65,
     "migrated passed, booted-twice passed, down-up refused down-up-differs, resumed passed, "
     "stamped skipped"},
    {"shop_grown", "shop_edited", "--quiet", 65,
     "migrated passed, booted-twice passed, down-up passed, resumed passed, stamped skipped, "
     "from refused migration-drift"},
    {"shop", "two_faults", "--quiet", 65,
     "migrated passed, booted-twice passed, down-up passed, resumed passed, stamped skipped, "
     "from refused sql-syntax"},
    {"trial_install_fails", NULL, "--quiet", 1,
     "migrated refused statement-failed, booted-twice skipped, down-up skipped, "
     "resumed refused statement-failed, stamped skipped"},
};

Test(cli_verify, reports_every_road_and_ends_with_the_status_of_the_first_that_is_refused)
{
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *now = plugins(cases[i].plugin);
        char *then = plugins(cases[i].older ? cases[i].older : cases[i].plugin);
        const char *from = cases[i].older ? "--from" : NULL;
        g_autoptr(SpRun) run =
            RUN("verify", "--format=json", cases[i].option, now, from, sp_plugin_dir_path(then));
        sp_assert_status(run, cases[i].status);
        g_autofree char *found = describe(run);
        cr_expect_str_eq(found, cases[i].found, "%s: %s", cases[i].plugin, found);
        sp_plugin_dir_free(now);
        sp_plugin_dir_free(then);
    }
}

Test(cli_verify, shows_both_definitions_their_owner_and_its_place)
{
    char *now = plugins("trial_good");
    g_autoptr(SpRun) run = RUN("verify", "--stamped", now);
    sp_assert_status(run, 65);
    sp_expect_says(run->out, "  refused  stamped  ");
    sp_expect_says(run->out, " schema/things.sql:1:28: error: roads-differ: table column "
                             "\"public.things.a\" of extension \"trial_good\" ");
    sp_expect_says(run->out, "On road \"migrated\": bigint\n");
    sp_expect_says(run->out, "On road \"stamped\" it is not there.\n");
    sp_expect_says(run->err, "\"resumed\"");
    sp_plugin_dir_free(now);
}

Test(cli_verify, finds_nothing_in_the_examples)
{
    g_autoptr(SpRun) run = RUN("verify", "--quiet", "--format=json", "--plugin-dir", SP_EXAMPLES,
                               "--from", SP_EXAMPLES);
    sp_assert_status(run, 0);
    g_autofree char *found = describe(run);
    cr_expect_str_eq(found, "migrated passed, booted-twice passed, down-up passed, "
                            "resumed passed, stamped skipped, from passed");
    sp_expect_silent(run->err);
}

/* Prints the case names of a document with their failures. */
static const char cases_of[] =
    "import sys, xml.etree.ElementTree as xml\n"
    "for case in xml.fromstring(sys.stdin.buffer.read()).iter('testcase'):\n"
    "    print(case.get('name'), *(part.get('type', part.tag) for part in case))\n";

Test(cli_verify, writes_a_junit_case_a_road)
{
    char *now = plugins("trial_seed");
    g_autoptr(SpRun) run = RUN("verify", "--quiet", "--format=junit", now);
    sp_assert_status(run, 65);
    g_autoptr(SpRun) read = sp_run_python(cases_of, run->out);
    cr_expect_str_eq(read->out, "migrated\nbooted-twice second-boot-changes\ndown-up\nresumed\n"
                                "stamped skipped\n");
    sp_plugin_dir_free(now);
}

/* (transfer full): the path of a file */
static char *
config_of(const char *text)
{
    char *config = NULL;
    int fd = g_file_open_tmp("sp-host-verify-XXXXXX", &config, NULL);
    cr_assert(fd >= 0 && g_close(fd, NULL));
    cr_assert(g_file_set_contents(config, text, -1, NULL));
    return config;
}

Test(cli_verify, takes_the_stamped_road_where_the_configuration_says_so)
{
    char *now = plugins("trial_good");
    g_autofree char *config = config_of("[install]\nbaseline=stamp\n");
    g_autoptr(SpRun) run = RUN("verify", "--quiet", "--config", config, now);
    sp_assert_status(run, 65);
    sp_expect_says(run->out, "  refused  stamped  ");
    g_unlink(config);
    sp_plugin_dir_free(now);
}

Test(cli_verify, takes_every_road_under_the_roles_of_the_extensions)
{
    char *now = plugins("trial_good");
    g_autofree char *config = config_of("[install]\nroles=yes\n");
    g_autoptr(SpRun) run = RUN("verify", "--quiet", "--format=json", "--config", config, now);
    sp_assert_status(run, 0);
    g_autofree char *found = describe(run);
    cr_expect_str_eq(found, cases[0].found, "%s", found);
    g_unlink(config);
    sp_plugin_dir_free(now);
}

Test(cli_verify, starts_no_server_for_what_cannot_be_verified)
{
    char *faults = plugins("two_faults");
    char *shop = plugins("shop");
    char *empty = sp_plugin_dir_new((const char *const[]){NULL});
    g_autoptr(SpRun) refused = RUN("verify", "--format=json", faults);
    sp_assert_status(refused, 65);
    JsonObject *answer = sp_run_json(refused, "verify");
    cr_expect_eq(json_array_get_length(json_object_get_array_member(answer, "checks")), 0);
    cr_expect_gt(json_array_get_length(json_object_get_array_member(answer, "refusals")), 1);
    g_autoptr(SpRun) from_nothing = RUN("verify", shop, "--from", sp_plugin_dir_path(empty));
    sp_assert_status(from_nothing, 78);
    g_autoptr(SpRun) absent = RUN("verify", shop, "--from=/nonexistent/sp-host");
    sp_assert_status(absent, 78);
    g_autoptr(SpRun) database = RUN("verify", shop, "--database=dbname=x");
    sp_assert_status(database, 64);
    g_autoptr(SpRun) elsewhere = RUN("list", shop, "--from=x");
    sp_assert_status(elsewhere, 64);
    sp_plugin_dir_free(faults);
    sp_plugin_dir_free(shop);
    sp_plugin_dir_free(empty);
}

static guint
count_files(const char *directory)
{
    g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
    guint n = 0;
    while (g_dir_read_name(dir) != NULL)
        n++;
    return n;
}

/* Some seconds at most. */
static gboolean
wait_for_files(const char *directory, gboolean wants_any)
{
    for (guint i = 0; i < 3000 && (count_files(directory) > 0) != wants_any; i++)
        g_usleep(10000);
    return (count_files(directory) > 0) == wants_any;
}

/* What the terminal sends to the host it sends to all in its group. */
Test(cli_verify, leaves_nothing_behind_when_it_is_interrupted)
{
    char *now = plugins("trial_good");
    g_autofree char *temporary = g_dir_make_tmp("sp-host-verify-XXXXXX", NULL);
    cr_assert_eq(g_chmod(temporary, 0755), 0);
    g_setenv("TMPDIR", temporary, TRUE);
    g_autoptr(GSubprocess) process =
        g_subprocess_new(G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                         NULL, SP_HOST_EXECUTABLE, "verify", now, NULL);
    cr_assert_not_null(process);
    cr_expect(wait_for_files(temporary, TRUE));
    g_subprocess_send_signal(process, SIGINT);
    g_subprocess_wait(process, NULL, NULL);
    cr_expect(g_subprocess_get_if_signaled(process));
    cr_expect(wait_for_files(temporary, FALSE));
    g_autoptr(SpRun) run = RUN("verify", "--quiet", now);
    sp_assert_status(run, 0);
    cr_expect_eq(count_files(temporary), 0);
    g_rmdir(temporary);
    sp_plugin_dir_free(now);
}
