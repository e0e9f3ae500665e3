/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "run.h"

#include <gio/gio.h>
#include <string.h>

static const char *const wrong_lines[] = {
    "",
    "lst",
    "--no-such-option list",
    "list extra",
    "check",
    "embed a b",
    "--format=xml list",
    "--quiet --verbose list",
    "--list-plugins install",
    "install --no-load",
    "plan --skip-refused=no",
    "migrate",
    "migrate up shop",
    "install --apply",
    "install --stamped",
    "verify a.so",
    "verify --database=dbname=x",
};

Test(cli_usage, answers_a_wrong_command_line_in_one_line_on_stderr)
{
    for (guint i = 0; i < G_N_ELEMENTS(wrong_lines); i++) {
        g_auto(GStrv) words = g_strsplit(wrong_lines[i], " ", -1);
        g_autoptr(SpRun) run = sp_run((const char *const *)words);
        sp_assert_status(run, 64);
        sp_expect_silent(run->out);
        cr_expect(g_str_has_suffix(run->err, "Try 'sp-host --help'.\n"), "%s", run->err);
        cr_expect_eq(strchr(run->err, '\n'), run->err + strlen(run->err) - 1, "%s", run->err);
    }
}

Test(cli_usage, shows_its_version_and_abi)
{
    g_autoptr(SpRun) run = RUN("--version");
    sp_assert_status(run, 0);
    cr_expect_str_eq(run->out, "sp-host 0.1.0 (ABI 1.1)\n");
    sp_expect_silent(run->err);
}

Test(cli_usage, shows_help_on_stdout)
{
    g_autoptr(SpRun) run = RUN("--help");
    sp_assert_status(run, 0);
    sp_expect_says(run->out, "Usage:\n  sp-host [OPTION");
    sp_expect_says(run->out, "  install ");
    sp_expect_says(run->out, "  75  another host holds the lock");
    sp_expect_silent(run->err);
}

Test(cli_usage, refuses_a_configuration_that_is_not_there)
{
    g_autoptr(SpRun) run = RUN("list", "--config=/nonexistent/sp-host.conf");
    sp_assert_status(run, 78);
    sp_expect_silent(run->out);
    sp_expect_says(run->err, "/nonexistent/sp-host.conf");
}

Test(cli_usage, gives_an_error_object_where_json_is_asked_for)
{
    g_autoptr(SpRun) run = RUN("list", "--config=/nonexistent/sp-host.conf", "--format=json");
    sp_assert_status(run, 78);
    JsonObject *error = json_object_get_object_member(sp_run_json(run, "failure"), "error");
    cr_expect_str_eq(json_object_get_string_member(error, "code"), "configuration");
}

Test(cli_usage, fails_when_the_answer_cannot_be_written)
{
    g_autoptr(GSubprocess) process =
        g_subprocess_new(G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL, "/bin/sh", "-c",
                         "exec \"$0\" --help >/dev/full", SP_HOST_EXECUTABLE, NULL);
    cr_assert(g_subprocess_wait(process, NULL, NULL));
    cr_expect_eq(g_subprocess_get_exit_status(process), 70);
}
