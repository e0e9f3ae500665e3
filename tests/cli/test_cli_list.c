/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "run.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static char *plugin_dir;

static void
teardown(void)
{
    if (plugin_dir)
        sp_plugin_dir_free(plugin_dir);
}

TestSuite(cli_list, .fini = teardown);

#define PUT(...) plugin_dir = sp_plugin_dir_new((const char *const[]){__VA_ARGS__, NULL})

static JsonObject *
plugin_in(SpRun *run, const char *id)
{
    JsonObject *answer = sp_run_json(run, "list");
    return sp_find(json_object_get_array_member(answer, "plugins"), "id", id);
}

static gint64
counted(SpRun *run, const char *state)
{
    JsonObject *answer = json_node_get_object(run->json);
    return json_object_get_int_member(json_object_get_object_member(answer, "summary"), state);
}

Test(cli_list, shows_good_and_bad_plugins_with_every_reason)
{
    PUT("shop", "needs_shop", "two_faults", "not_a_plugin");
    g_autoptr(SpRun) run = RUN("list", plugin_dir);
    sp_assert_status(run, 0);
    sp_expect_says(run->out, "ORDER  STATE");
    sp_expect_says(run->out, "    1  accepted  shop ");
    sp_expect_says(run->out, "    2  accepted  reviews ");
    sp_expect_says(run->out, "schema/a.sql:3:3: sql-syntax: ");
    sp_expect_says(run->out, "schema/b.sql:1:1: ");
    sp_expect_says(run->out, "no-symbol: ");
    sp_expect_says(run->out, "4 plugins: 2 accepted, 2 refused, 0 disabled\n");
    sp_expect_silent(run->err);
}

Test(cli_list, is_the_same_as_list_plugins)
{
    PUT("shop", "not_a_plugin");
    g_autoptr(SpRun) list = RUN("list", plugin_dir);
    g_autoptr(SpRun) option = RUN("--list-plugins", plugin_dir);
    cr_expect_str_eq(list->out, option->out);
}

Test(cli_list, leaves_out_what_never_runs)
{
    PUT("withdrawn");
    g_autoptr(SpRun) run = RUN("list", "--format=json", plugin_dir);
    JsonObject *plugin = plugin_in(run, "withdrawn");
    JsonArray *migrations = json_object_get_array_member(plugin, "migrations");
    cr_expect_str_eq(json_object_get_string_member(plugin, "state"), "accepted");
    cr_assert_eq(json_array_get_length(migrations), 1u);
    cr_expect_str_eq(
        json_object_get_string_member(json_array_get_object_element(migrations, 0), "name"),
        "kept");
}

Test(cli_list, tells_json_all_that_a_plugin_declares)
{
    PUT("shop", "needs_shop");
    g_autoptr(SpRun) run = RUN("list", "--format=json", plugin_dir);
    sp_assert_status(run, 0);
    JsonObject *shop = plugin_in(run, "shop");
    JsonObject *migration =
        json_array_get_object_element(json_object_get_array_member(shop, "migrations"), 0);
    cr_expect_eq(json_object_get_int_member(shop, "order"), 1);
    cr_expect_eq(json_object_get_int_member(shop, "priority"), 50);
    cr_expect(json_object_get_boolean_member(shop, "note"));
    cr_expect(json_object_get_boolean_member(migration, "reversible"));
    JsonArray *tables = json_object_get_array_member(shop, "tables");
    cr_expect_str_eq(json_array_get_string_element(tables, 0), "public.shop_items");
    JsonObject *reviews = sp_find(
        json_object_get_array_member(json_node_get_object(run->json), "plugins"), "id", "reviews");
    JsonArray *dependencies = json_object_get_array_member(reviews, "dependencies");
    cr_expect_str_eq(json_array_get_string_element(dependencies, 0), "shop >=1.0,<2");
    cr_expect_str_eq(json_array_get_string_element(dependencies, 1), "?audit");
}

Test(cli_list, gives_valid_json_when_everything_is_refused)
{
    PUT("two_faults", "not_a_plugin", "escapes");
    g_autoptr(SpRun) run = RUN("list", "--format=json", plugin_dir);
    sp_assert_status(run, 0);
    JsonObject *plugin = plugin_in(run, "faulty");
    JsonObject *reason = json_object_get_object_member(plugin, "reason");
    cr_expect_str_eq(json_object_get_string_member(reason, "code"), "sql-syntax");
    cr_expect_eq(json_array_get_length(json_object_get_array_member(plugin, "reasons")), 2u);
    cr_expect(json_object_get_null_member(plugin, "order"));
    cr_expect_eq(counted(run, "refused"), 3);
}

Test(cli_list, exits_with_2_on_refused_plugins_only_when_asked_to)
{
    PUT("shop", "not_a_plugin");
    g_autoptr(SpRun) silent = RUN("list", plugin_dir);
    g_autoptr(SpRun) asked = RUN("list", "--exit-code", plugin_dir);
    cr_expect_eq(silent->status, 0);
    cr_expect_eq(asked->status, 2);
    cr_expect_str_eq(silent->out, asked->out);
}

Test(cli_list, shows_disabled_plugins)
{
    PUT("shop");
    g_autoptr(SpRun) run = RUN("list", "--disable=shop", "--format=json", plugin_dir);
    sp_assert_status(run, 0);
    JsonObject *shop = plugin_in(run, "shop");
    cr_expect_str_eq(json_object_get_string_member(shop, "state"), "disabled");
    cr_expect(json_object_get_null_member(shop, "order"));
}

Test(cli_list, reads_notes_without_loading)
{
    PUT("shop", "not_a_plugin");
    g_autoptr(SpRun) run = RUN("list", "--no-load", "--format=json", plugin_dir);
    sp_assert_status(run, 0);
    JsonObject *shop = plugin_in(run, "shop");
    cr_expect_str_eq(json_object_get_string_member(shop, "version"), "1.0.0");
    cr_expect(json_object_get_null_member(shop, "schemas"));
}

Test(cli_list, says_that_a_directory_is_empty)
{
    PUT(NULL);
    g_autoptr(SpRun) run = RUN("list", plugin_dir);
    sp_assert_status(run, 0);
    sp_expect_says(run->out, "no plugin files found");
}

Test(cli_list, refuses_a_directory_that_is_absent_or_none)
{
    static const char *const wrong[] = {"--plugin-dir=/nonexistent", "--plugin-dir=/etc/passwd"};
    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(SpRun) run = RUN("list", "--format=json", wrong[i]);
        sp_assert_status(run, 78);
        JsonObject *answer = sp_run_json(run, "list");
        JsonObject *error = json_object_get_object_member(answer, "error");
        cr_expect_str_eq(json_object_get_string_member(error, "code"), "plugin-directory");
    }
}

Test(cli_list, refuses_a_directory_that_everybody_may_write)
{
    PUT("shop");
    cr_assert_eq(g_chmod(sp_plugin_dir_path(plugin_dir), 0777), 0);
    g_autoptr(SpRun) run = RUN("list", plugin_dir);
    sp_assert_status(run, 77);
    sp_expect_silent(run->out);
    sp_expect_says(run->err, sp_plugin_dir_path(plugin_dir));
}

Test(cli_list, refuses_a_directory_that_it_cannot_read)
{
    if (geteuid() == 0)
        cr_skip_test("root reads everything");
    PUT("shop");
    cr_assert_eq(g_chmod(sp_plugin_dir_path(plugin_dir), 0), 0);
    g_autoptr(SpRun) run = RUN("list", plugin_dir);
    cr_expect_eq(g_chmod(sp_plugin_dir_path(plugin_dir), 0755), 0);
    sp_assert_status(run, 78);
}

Test(cli_list, lets_no_plugin_write_escapes_to_the_terminal)
{
    PUT("escapes");
    g_autoptr(SpRun) run = RUN("list", plugin_dir);
    sp_assert_status(run, 0);
    cr_expect_null(strpbrk(run->out, "\033\a"), "%s", run->out);
    cr_expect_null(strstr(run->out, "\nsp-host: error"), "%s", run->out);
}
