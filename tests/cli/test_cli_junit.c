/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "run.h"

#include <string.h>

static char *plugin_dir;

static void
setup(void)
{
    plugin_dir = sp_plugin_dir_new(
        (const char *const[]){"shop", "needs_shop", "careless", "not_a_plugin", NULL});
}

static void
teardown(void)
{
    sp_plugin_dir_free(plugin_dir);
}

TestSuite(cli_junit, .init = setup, .fini = teardown);

static char *
file(const char *name)
{
    return g_strdup_printf("%s/%s.so", sp_plugin_dir_path(plugin_dir), name);
}

/* The rules of junit-10.xsd of the Jenkins plugin that a document of ours can break: elements,
 * their order and attributes, and counts that are those of the elements. Prints one line a suite:
 * name, tests, failures, errors, skipped, then the types of its failures. */
static const char validator[] =
    "import sys, xml.etree.ElementTree as xml\n"
    "root = xml.fromstring(sys.stdin.buffer.read())\n"
    "assert root.tag == 'testsuites' and not root.attrib, root.attrib\n"
    "for suite in root:\n"
    "    assert suite.tag == 'testsuite', suite.tag\n"
    "    assert set(suite.attrib) == {'name', 'tests', 'failures', 'errors', 'skipped', 'time'}\n"
    "    float(suite.get('time'))\n"
    "    for case in suite:\n"
    "        assert case.tag == 'testcase', case.tag\n"
    "        assert set(case.attrib) == {'name', 'classname', 'time'}, case.attrib\n"
    "        assert case.get('name') and case.get('classname')\n"
    "        float(case.get('time'))\n"
    "        tags = [part.tag for part in case]\n"
    "        assert tags in ([], ['skipped'], ['failure'], ['error'], ['system-out'],\n"
    "                        ['failure', 'system-out']), tags\n"
    "        for part in case:\n"
    "            assert part.tag not in ('failure', 'error') or part.get('type')\n"
    "            assert part.tag != 'failure' or part.get('type') in part.text, part.text\n"
    "    assert len({case.get('name') for case in suite}) == len(suite)\n"
    "    assert int(suite.get('tests')) == len(suite)\n"
    "    for plural, tag in ('failures', 'failure'), ('errors', 'error'), ('skipped', 'skipped'):\n"
    "        assert int(suite.get(plural)) == len(suite.findall('testcase/' + tag)), plural\n"
    "    types = [part.get('type') for part in suite.iter() if part.get('type')]\n"
    "    print(suite.get('name'), *(suite.get(key) for key in\n"
    "          ('tests', 'failures', 'errors', 'skipped')), *types)\n";

/* (transfer full): what the validator printed */
static char *
read_suites(const SpRun *run)
{
    g_autoptr(SpRun) validation = sp_run_python(validator, run->out);
    cr_assert_eq(validation->status, 0, "%s\n%s", validation->err, run->out);
    return g_strdup(validation->out);
}

Test(cli_junit, has_a_suite_a_plugin_and_a_case_a_check)
{
    g_autofree char *shop = file("shop");
    g_autofree char *reviews = file("needs_shop");
    g_autoptr(SpRun) run = RUN("check", "--format=junit", shop, reviews);
    sp_assert_status(run, 0);
    g_autofree char *suites = read_suites(run);
    cr_expect_str_eq(suites, "shop 8 0 0 0\nreviews 8 0 0 0\n");
}

Test(cli_junit, has_failures_and_what_was_skipped)
{
    g_autofree char *other = file("not_a_plugin");
    g_autoptr(SpRun) run = RUN("check", "--format=junit", other);
    sp_assert_status(run, 65);
    g_autofree char *suites = read_suites(run);
    g_autofree char *expected = g_strdup_printf("%s 8 1 0 7 no-symbol\n", other);
    cr_expect_str_eq(suites, expected);
}

Test(cli_junit, stays_well_formed_whatever_a_plugin_says)
{
    g_autofree char *careless = file("careless");
    g_autoptr(SpRun) run = RUN("check", "--format=junit", careless);
    sp_assert_status(run, 65);
    g_autofree char *suites = read_suites(run);
    cr_expect_str_eq(suites, "careless 8 2 0 0 not-declarative table-not-owned\n");
    sp_expect_says(run->out, "schema/&lt;a&gt;&amp;\\x03.sql:2:1: error: not-declarative");
    sp_expect_says(run->out, "<system-out>");
}

Test(cli_junit, says_what_ended_the_command)
{
    g_autofree char *shop = file("shop");
    g_autoptr(SpRun) run =
        RUN("check", "--format=junit", "--plugin-dir=/nonexistent/sp-host", shop);
    sp_assert_status(run, 78);
    g_autofree char *suites = read_suites(run);
    cr_expect_str_eq(suites, "sp-host 1 0 1 0 plugin-directory\n");
}

Test(cli_junit, is_of_check_alone)
{
    g_autoptr(SpRun) run = RUN("list", "--format=junit", plugin_dir);
    sp_assert_status(run, 64);
    sp_expect_silent(run->out);
}
