/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "cli/options.h"

#include "base/error.h"
#include "cli/command.h"

#include <criterion/criterion.h>
#include <string.h>

/* Parses a command line as a shell would split it. */
static SpOptions *
parse(const char *line, GError **error)
{
    g_autofree char *full = g_strconcat("sp-host ", line, NULL);
    g_auto(GStrv) words = NULL;
    int n = 0;
    cr_assert(g_shell_parse_argv(full, &n, &words, NULL));
    return sp_options_parse(n, words, error);
}

Test(options, gives_empty_lists_and_the_table_by_default)
{
    g_autoptr(SpOptions) options = parse("list", NULL);
    cr_assert_not_null(options);
    cr_expect_str_eq(options->command, "list");
    cr_expect_null(options->arguments[0]);
    cr_expect_null(options->plugin_dirs[0]);
    cr_expect_null(options->disabled[0]);
    cr_expect_null(options->database);
    cr_expect_eq(options->format, SP_FORMAT_TABLE);
    cr_expect_not(options->embedded || options->no_cache || options->exit_code);
}

Test(options, takes_options_before_and_after_the_command)
{
    g_autoptr(SpOptions) options = parse("--plugin-dir=/a --format json plan --plugin-dir /b "
                                         "--disable x --disable=y --exit-code --database dbname=z",
                                         NULL);
    cr_assert_not_null(options);
    cr_expect_str_eq(options->command, "plan");
    cr_expect_str_eq(options->plugin_dirs[1], "/b");
    cr_expect_str_eq(options->disabled[1], "y");
    cr_expect_null(options->disabled[2]);
    cr_expect_str_eq(options->database, "dbname=z");
    cr_expect_eq(options->format, SP_FORMAT_JSON);
    cr_expect(options->exit_code);
}

Test(options, keeps_the_arguments_of_a_command_in_order)
{
    g_autoptr(SpOptions) options = parse("check a.so --verbose b.so -- --list-plugins", NULL);
    cr_assert_not_null(options);
    cr_expect_str_eq(options->arguments[0], "a.so");
    cr_expect_str_eq(options->arguments[1], "b.so");
    cr_expect_str_eq(options->arguments[2], "--list-plugins");
    cr_expect(options->verbose);
}

Test(options, collects_the_folders_to_come_from)
{
    g_autoptr(SpOptions) options = parse("verify --from a --stamped --from=b", NULL);
    cr_assert_not_null(options);
    cr_expect_str_eq(options->from[0], "a");
    cr_expect_str_eq(options->from[1], "b");
    cr_expect_null(options->from[2]);
    cr_expect(options->stamped);
    g_autoptr(SpOptions) none = parse("verify", NULL);
    cr_expect_null(none->from[0]);
}

Test(options, takes_list_plugins_for_the_command_list)
{
    g_autoptr(SpOptions) options = parse("--list-plugins --format=json", NULL);
    cr_assert_not_null(options);
    cr_expect_str_eq(options->command, "list");
    cr_expect_eq(options->format, SP_FORMAT_JSON);
}

Test(options, does_not_take_the_command_for_the_folder_of_embedded)
{
    g_autoptr(SpOptions) options = parse("--embedded install", NULL);
    cr_assert_not_null(options);
    cr_expect(options->embedded);
    cr_expect_null(options->embedded_dir);
    cr_expect_str_eq(options->command, "install");
}

Test(options, takes_the_folder_of_embedded)
{
    g_autoptr(SpOptions) options = parse("install --embedded=/srv/db", NULL);
    cr_assert_not_null(options);
    cr_expect(options->embedded);
    cr_expect_str_eq(options->embedded_dir, "/srv/db");
}

Test(options, takes_the_tools_of_migrate)
{
    g_autoptr(SpOptions) down = parse("migrate down shop --count=3", NULL);
    g_autoptr(SpOptions) repair = parse("migrate --apply repair --reconcile-only", NULL);
    g_autoptr(SpOptions) mark = parse("migrate mark-applied shop 007", NULL);
    cr_assert(down && repair && mark);
    cr_expect_eq(down->count, 3);
    cr_expect(repair->apply && repair->reconcile_only);
    cr_expect_eq(repair->count, 0);
    cr_expect_not(mark->apply);
}

Test(options, needs_no_command_for_help_and_version)
{
    g_autoptr(SpOptions) help = parse("--help", NULL);
    g_autoptr(SpOptions) version = parse("--version nonsense --quiet --verbose", NULL);
    cr_expect(help && help->show_help);
    cr_expect(version && version->show_version);
}

static const char *const refused_lines[] = {
    "",
    "lst",
    "''",
    "--no-such-option list",
    "--database",
    "--exit-code=yes plan",
    "--format=xml list",
    "--format= list",
    "list extra",
    "check",
    "embed",
    "embed one two",
    "--list-plugins install",
    "--quiet --verbose list",
    "--embedded --database=dbname=x install",
    "install --no-load",
    "install --exit-code",
    "list --check",
    "list --output=x",
    "list --count=1",
    "install --apply",
    "plan --reconcile-only",
    "migrate",
    "migrate up shop",
    "migrate down",
    "migrate down shop extra",
    "migrate down shop --count=0",
    "migrate down shop --count=-1",
    "migrate down shop --count=many",
    "migrate down shop --count=",
    "migrate down shop --count=4294967297",
    "migrate down shop --apply",
    "migrate down shop --exit-code",
    "migrate repair shop extra",
    "migrate repair --count=1",
    "migrate mark-applied shop",
    "migrate mark-applied shop one",
    "migrate mark-applied shop -- -1",
    "migrate mark-applied shop 1 2",
    "migrate mark-applied shop 1 --reconcile-only",
    "\xff",
    "--load-child",
};

Test(options, refuses_what_it_cannot_use_in_one_line_that_says_where_help_is)
{
    for (guint i = 0; i < G_N_ELEMENTS(refused_lines); i++) {
        g_autoptr(GError) error = NULL;
        cr_assert_null(parse(refused_lines[i], &error), "accepted: %s", refused_lines[i]);
        cr_expect(g_error_matches(error, SP_ERROR, SP_ERROR_USAGE));
        cr_expect(g_str_has_suffix(error->message, "Try 'sp-host --help'."), "%s", error->message);
        cr_expect_null(strchr(error->message, '\n'));
    }
}

Test(options, shows_every_command_and_status_in_its_help)
{
    guint n = 0;
    const SpCommandRow *rows = sp_command_get_all(&n);
    g_autofree char *help = sp_options_help(NULL);
    for (guint i = 0; i < n; i++)
        cr_expect_not_null(strstr(help, rows[i].help), "%s", rows[i].name);
    cr_expect_not_null(strstr(help, "--plugin-dir=DIR"));
    cr_expect_not_null(strstr(help, "migrate mark-applied EXT VERSION [--apply]\n"));
    cr_expect_not_null(strstr(help, "  78  configuration"));
    cr_expect_null(strstr(help, "--load-child"));
}

static SpOptions *
parse_on_refused(const char *first, const char *second)
{
    const char *argv[] = {"sp-host", "plan", first, second, NULL};
    return sp_options_parse((int)g_strv_length((char **)argv), (char **)argv, NULL);
}

Test(options, says_what_becomes_of_a_run_with_refused_plugins)
{
    const struct {
        const char *first, *second;
        int on_refused; /* -1: refused */
    } rows[] = {
        {NULL, NULL, SP_ON_REFUSED_AS_CONFIGURED},
        {"--skip-refused", NULL, SP_ON_REFUSED_SKIP},
        {"--on-refused=skip", NULL, SP_ON_REFUSED_SKIP},
        {"--on-refused=fail", NULL, SP_ON_REFUSED_FAIL},
        {"--on-refused=skip", "--skip-refused", SP_ON_REFUSED_SKIP},
        {"--on-refused=fail", "--skip-refused", -1},
        {"--on-refused=maybe", NULL, -1},
        {"--on-refused=", NULL, -1},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(SpOptions) options = parse_on_refused(rows[i].first, rows[i].second);
        cr_expect_eq(options ? (int)options->on_refused : -1, rows[i].on_refused, "row %u", i);
    }
}

Test(options, keeps_its_help_within_a_hundred_columns)
{
    g_autofree char *help = sp_options_help(NULL);
    g_auto(GStrv) lines = g_strsplit(help, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++)
        cr_expect_leq(g_utf8_strlen(lines[i], -1), 100, "%s", lines[i]);
}

Test(options, has_a_page_of_its_own_for_every_command)
{
    guint n = 0;
    const SpCommandRow *rows = sp_command_get_all(&n);
    for (guint i = 0; i < n; i++) {
        g_autofree char *page = sp_options_help(rows[i].name);
        g_autofree char *usage = g_strdup_printf("[OPTION…] %s", rows[i].name);
        cr_expect_not_null(strstr(page, usage), "%s", rows[i].name);
        cr_expect_gt(strlen(page), strlen(rows[i].help) + 200, "%s", rows[i].name);
        cr_expect_null(strstr(page, "(null)"), "%s", rows[i].name);
    }
    g_autofree char *plan = sp_options_help("plan");
    cr_expect_not_null(strstr(plan, "--exit-code"));
    cr_expect_null(strstr(plan, "--no-load"));
}
