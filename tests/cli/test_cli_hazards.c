/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "run.h"

#include "support/cluster.h"

#include <string.h>

static char *database; /* --database=CONNINFO */

/* A database that has the shop, and a plugin that wants to change its table. */
static char *
perilous(void)
{
    g_autofree char *shop = sp_plugin_dir_new((const char *const[]){"shop", NULL});
    g_autofree char *conninfo = sp_test_database();
    database = g_strconcat("--database=", conninfo, NULL);
    g_autoptr(SpRun) run = RUN("install", shop, database);
    sp_assert_status(run, 0);
    sp_plugin_dir_free(g_steal_pointer(&shop));
    return sp_plugin_dir_new((const char *const[]){"shop_perilous", NULL});
}

static void
end(char *plugin_dir)
{
    sp_plugin_dir_free(plugin_dir);
    g_free(database);
}

static JsonArray *
hazards_of(JsonObject *answer, const char *step)
{
    JsonArray *extensions = json_object_get_array_member(answer, "extensions");
    JsonArray *steps =
        json_object_get_array_member(json_array_get_object_element(extensions, 0), "steps");
    return json_object_get_array_member(sp_find(steps, "name", step), "hazards");
}

Test(cli_hazards, are_warnings_of_plan_that_change_no_status_and_stay_off_stdout)
{
    char *plugin_dir = perilous();
    g_autoptr(SpRun) run = RUN("plan", plugin_dir, database);
    g_autoptr(SpRun) coded = RUN("plan", "--exit-code", plugin_dir, database);
    sp_assert_status(run, 0);
    sp_assert_status(coded, 2);
    sp_expect_says(run->err, "alter-column-type: ");
    sp_expect_says(run->err, "\"shop_items\"");
    sp_expect_says(run->err, "schema/migrations/002_tighten.sql:5:1");
    sp_expect_says(run->err, "ACCESS EXCLUSIVE");
    cr_expect_null(strstr(run->err, "shop_shelves"), "%s", run->err);
    cr_expect_null(strstr(run->err, "drop-column"), "%s", run->err);
    cr_expect_null(strstr(run->out, "alter-column-type"), "%s", run->out);
    end(plugin_dir);
}

Test(cli_hazards, stand_in_json_by_their_step_and_among_the_warnings)
{
    char *plugin_dir = perilous();
    g_autoptr(SpRun) run = RUN("plan", "--format=json", plugin_dir, database);
    JsonObject *answer = sp_run_json(run, "steps");
    JsonArray *hazards = hazards_of(answer, "002_tighten");
    cr_assert_eq(json_array_get_length(hazards), 1);
    cr_assert_eq(json_array_get_length(hazards_of(answer, "001_add_price")), 0);
    JsonObject *hazard = sp_find(hazards, "code", "alter-column-type");
    cr_expect_str_eq(json_object_get_string_member(hazard, "table"), "public.shop_items");
    cr_expect_str_eq(json_object_get_string_member(hazard, "lock"), "ACCESS EXCLUSIVE");
    cr_expect(json_object_get_boolean_member(hazard, "rewrites"));
    cr_expect_gt(json_object_get_int_member(hazard, "size_bytes"), 0);
    cr_expect_eq(json_object_get_int_member(hazard, "statement"), 4);
    cr_expect_eq(json_object_get_int_member(hazard, "line"), 5);
    JsonArray *warnings = json_object_get_array_member(answer, "warnings");
    JsonObject *warning = sp_find(warnings, "code", "hazard");
    cr_expect_str_eq(json_object_get_string_member(warning, "message"),
                     json_object_get_string_member(hazard, "message"));
    end(plugin_dir);
}

Test(cli_hazards, are_not_repeated_by_install)
{
    char *plugin_dir = perilous();
    g_autoptr(SpRun) run = RUN("install", plugin_dir, database);
    sp_assert_status(run, 0);
    cr_expect_null(strstr(run->err, "alter-column-type"), "%s", run->err);
    end(plugin_dir);
}
