/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "run.h"

#include <string.h>

static char *plugin_dir;

static void
setup(void)
{
    plugin_dir = sp_plugin_dir_new((const char *const[]){"shop", "needs_shop", "claims_items",
                                                         "two_faults", "not_a_plugin", "careless",
                                                         "shop_perilous", "needs_faulty", NULL});
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

/* (transfer none): of the first plugin that has that id */
static JsonObject *
check_of(SpRun *run, const char *extension, const char *name)
{
    JsonArray *checks = json_object_get_array_member(sp_run_json(run, "check"), "checks");
    for (guint i = 0; i < json_array_get_length(checks); i++) {
        JsonObject *check = json_array_get_object_element(checks, i);
        if (g_strcmp0(json_object_get_string_member_with_default(check, "extension", NULL),
                      extension) == 0 &&
            g_str_equal(json_object_get_string_member(check, "name"), name))
            return check;
    }
    cr_assert_fail("no check %s of %s", name, extension);
    return NULL;
}

/* The state of a check, and the codes that it found: "warned no-note no-relro" */
static void
assert_check(SpRun *run, const char *extension, const char *name, const char *expected)
{
    JsonObject *check = check_of(run, extension, name);
    JsonArray *findings = json_object_get_array_member(check, "findings");
    g_autoptr(GString) text = g_string_new(json_object_get_string_member(check, "state"));
    for (guint i = 0; i < json_array_get_length(findings); i++)
        g_string_append_printf(
            text, " %s",
            json_object_get_string_member(json_array_get_object_element(findings, i), "code"));
    cr_expect_str_eq(text->str, expected, "%s %s: %s", extension, name, text->str);
}

Test(cli_check, accepts_good_plugins)
{
    g_autofree char *shop = file("shop");
    g_autofree char *reviews = file("needs_shop");
    g_autoptr(SpRun) run = RUN("check", shop, reviews);
    sp_assert_status(run, 0);
    sp_expect_says(run->out, "shop 1.0.0  ");
    sp_expect_says(run->out, "\n  passed   ownership     owns 1 table\n");
    sp_expect_says(run->out, "\n2 plugins checked: 0 errors, 0 warnings, 0 notes\n");
    sp_expect_silent(run->err);
}

Test(cli_check, prints_every_finding_as_compilers_do)
{
    g_autofree char *faults = file("two_faults");
    g_autoptr(SpRun) run = RUN("check", faults);
    sp_assert_status(run, 65);
    sp_expect_says(run->out, " schema/a.sql:3:3: error: sql-syntax: ");
    sp_expect_says(run->out, " schema/b.sql:1:1: error: ");
    sp_expect_says(run->out, "\n1 plugin checked: 2 errors, 0 warnings, 0 notes\n");
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

Test(cli_check, skips_what_a_refused_file_cannot_be_asked)
{
    g_autofree char *other = file("not_a_plugin");
    g_autoptr(SpRun) run = RUN("check", "--format=json", other);
    assert_check(run, NULL, "file", "refused no-symbol");
    assert_check(run, NULL, "load", "skipped");
    assert_check(run, NULL, "sql", "skipped");
    g_autoptr(SpRun) table = RUN("check", other);
    sp_expect_says(table->out, "\n  skipped  build, load, declaration, dependencies, sql, ");
}

Test(cli_check, sees_what_files_claim_together)
{
    g_autofree char *shop = file("shop");
    g_autofree char *claims = file("claims_items");
    g_autoptr(SpRun) alone = RUN("check", claims);
    g_autoptr(SpRun) together = RUN("check", "--format=json", shop, claims);
    cr_expect_eq(alone->status, 0, "%s", alone->out);
    sp_assert_status(together, 65);
    assert_check(together, "claims", "ownership", "refused duplicate-table-owner");
    assert_check(together, "shop", "ownership", "passed");
}

Test(cli_check, notes_a_dependency_that_is_not_among_the_files)
{
    g_autofree char *reviews = file("needs_shop");
    g_autoptr(SpRun) run = RUN("check", "--format=json", reviews);
    sp_assert_status(run, 0);
    assert_check(run, "reviews", "dependencies",
                 "passed dependency-not-checked dependency-not-checked");
    JsonObject *summary = json_object_get_object_member(sp_run_json(run, "check"), "summary");
    cr_expect_eq(json_object_get_int_member(summary, "notes"), 2);
}

Test(cli_check, looks_for_dependencies_in_the_plugin_directory)
{
    g_autofree char *reviews = file("needs_shop");
    g_autoptr(SpRun) run = RUN("check", "--format=json", plugin_dir, reviews);
    sp_assert_status(run, 0);
    assert_check(run, "reviews", "dependencies", "passed");
    JsonArray *plugins = json_object_get_array_member(sp_run_json(run, "check"), "plugins");
    cr_expect_eq(json_array_get_length(plugins), 1);
    JsonArray *findings = json_object_get_array_member(sp_run_json(run, "check"), "findings");
    cr_expect_eq(json_array_get_length(findings), 0);
}

Test(cli_check, refuses_a_file_that_is_not_there)
{
    g_autofree char *absent = file("absent");
    g_autoptr(SpRun) run = RUN("check", absent);
    sp_assert_status(run, 65);
    sp_expect_says(run->out, absent);
}

Test(cli_check, warns_of_a_careless_build_and_refuses_nothing_for_it)
{
    g_autofree char *careless = file("careless");
    g_autoptr(SpRun) run = RUN("check", "--format=json", careless);
    assert_check(run, "careless", "build", "warned no-note extra-exports no-relro no-build-id");
    g_autofree char *shop = file("shop");
    g_autoptr(SpRun) careful = RUN("check", "--format=json", shop);
    assert_check(careful, "shop", "build", "passed");
}

Test(cli_check, foresees_hazards_and_does_not_fail_for_them)
{
    g_autofree char *perilous = file("shop_perilous");
    g_autoptr(SpRun) run = RUN("check", "--format=json", perilous);
    sp_assert_status(run, 0);
    assert_check(run, "shop", "hazards", "warned hazard");
    JsonArray *findings =
        json_object_get_array_member(check_of(run, "shop", "hazards"), "findings");
    JsonObject *finding = json_array_get_object_element(findings, 0);
    cr_expect_str_eq(json_object_get_string_member(finding, "source"),
                     "schema/migrations/002_tighten.sql");
    cr_expect_eq(json_object_get_int_member(finding, "line"), 5);
}

Test(cli_check, says_in_which_phase_each_statement_runs)
{
    g_autofree char *shop = file("shop");
    g_autoptr(SpRun) run = RUN("check", "--format=json", shop);
    JsonArray *statements =
        json_object_get_array_member(check_of(run, "shop", "sql"), "statements");
    static const char *const expected[][3] = {
        {"structural", "schema", "CREATE TABLE"},
        {"dependent", "schema", "CREATE INDEX"},
        {"migrations", "migration", "ALTER TABLE"},
        {"migrations", "down", "ALTER TABLE"},
        {"seeds", "seed", "INSERT"},
    };
    cr_assert_eq(json_array_get_length(statements), G_N_ELEMENTS(expected));
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
        JsonObject *statement = json_array_get_object_element(statements, i);
        cr_expect_str_eq(json_object_get_string_member(statement, "phase"), expected[i][0]);
        cr_expect_str_eq(json_object_get_string_member(statement, "kind"), expected[i][1]);
        cr_expect_str_eq(json_object_get_string_member(statement, "tag"), expected[i][2]);
    }
    g_autoptr(SpRun) quiet = RUN("check", shop);
    g_autoptr(SpRun) verbose = RUN("check", "--verbose", shop);
    sp_expect_says(quiet->out, "4 statements: 1 structural, 1 in migrations, 1 dependent, ");
    cr_expect_null(strstr(quiet->out, "schema/items.sql:5:1"));
    sp_expect_says(verbose->out, "dependent     schema/items.sql:5:1: CREATE INDEX\n");
}

Test(cli_check, notes_that_a_dependency_is_refused_and_does_not_go_into_it)
{
    g_autofree char *leaning = file("needs_faulty");
    g_autoptr(SpRun) run = RUN("check", "--format=json", plugin_dir, leaning);
    sp_assert_status(run, 0);
    assert_check(run, "leaning", "dependencies", "passed dependency-not-checked");
    JsonArray *findings = json_object_get_array_member(sp_run_json(run, "check"), "findings");
    cr_expect_eq(json_array_get_length(findings), 1, "%s", run->out);
}

Test(cli_check, refuses_to_try_what_leans_on_a_refused_dependency)
{
    g_autofree char *leaning = file("needs_faulty");
    g_autoptr(SpRun) run = RUN("check", "--embedded", "--format=json", plugin_dir, leaning);
    sp_assert_status(run, 65);
    assert_check(run, "leaning", "install", "skipped");
    assert_check(run, NULL, "set", "refused sql-syntax not-declarative");
}
