/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "run.h"

#include <string.h>

static char *plugin_dir;

static void
setup(void)
{
    plugin_dir = sp_plugin_dir_new((const char *const[]){"shop", "needs_shop", "claims_items",
                                                         "two_faults", "not_a_plugin", NULL});
}

static void
teardown(void)
{
    sp_plugin_dir_free(plugin_dir);
}

TestSuite(cli_check, .init = setup, .fini = teardown);

static char *
file(const char *name)
{
    return g_strdup_printf("%s/%s.so", sp_plugin_dir_path(plugin_dir), name);
}

Test(cli_check, accepts_good_plugins)
{
    g_autofree char *shop = file("shop");
    g_autofree char *reviews = file("needs_shop");
    g_autoptr(SpRun) run = RUN("check", shop, reviews);
    sp_assert_status(run, 0);
    cr_expect_str_eq(run->out, "2 plugins checked: 0 errors, 0 warnings\n");
    sp_expect_silent(run->err);
}

Test(cli_check, prints_every_finding_as_compilers_do)
{
    g_autofree char *faults = file("two_faults");
    g_autoptr(SpRun) run = RUN("check", faults);
    sp_assert_status(run, 65);
    sp_expect_says(run->out, "schema/a.sql:3:3: error: sql-syntax: ");
    sp_expect_says(run->out, "schema/b.sql:1:1: error: ");
    sp_expect_says(run->out, "1 plugin checked: 2 errors, 0 warnings\n");
    sp_expect_silent(run->err);
}

Test(cli_check, tells_json_which_file_is_no_plugin)
{
    g_autofree char *other = file("not_a_plugin");
    g_autoptr(SpRun) run = RUN("check", "--format=json", other);
    sp_assert_status(run, 65);
    JsonArray *findings = json_object_get_array_member(sp_run_json(run, "check"), "findings");
    JsonObject *finding = sp_find(findings, "code", "no-symbol");
    cr_expect_str_eq(json_object_get_string_member(finding, "path"), other);
    cr_expect_str_eq(json_object_get_string_member(finding, "severity"), "error");
}

Test(cli_check, sees_what_files_claim_together)
{
    g_autofree char *shop = file("shop");
    g_autofree char *claims = file("claims_items");
    g_autoptr(SpRun) alone = RUN("check", claims);
    g_autoptr(SpRun) together = RUN("check", "--format=json", shop, claims);
    cr_expect_eq(alone->status, 0, "%s", alone->out);
    sp_assert_status(together, 65);
    JsonArray *findings = json_object_get_array_member(sp_run_json(together, "check"), "findings");
    sp_find(findings, "code", "duplicate-table-owner");
}

Test(cli_check, refuses_a_dependency_that_is_not_among_the_files)
{
    g_autofree char *reviews = file("needs_shop");
    g_autoptr(SpRun) run = RUN("check", reviews);
    sp_assert_status(run, 65);
    sp_expect_says(run->out, "error: missing-dependency: ");
}

Test(cli_check, refuses_a_file_that_is_not_there)
{
    g_autofree char *absent = file("absent");
    g_autoptr(SpRun) run = RUN("check", absent);
    sp_assert_status(run, 65);
    sp_expect_says(run->out, absent);
}
