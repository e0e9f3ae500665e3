/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "run.h"

#include "support/cluster.h"
#include "support/install.h"

#include <glib/gstdio.h>
#include <string.h>

static char *plugin_dir;
static char *database; /* --database=CONNINFO */

static void
setup(void)
{
    g_autofree char *conninfo = sp_test_database();
    database = g_strconcat("--database=", conninfo, NULL);
}

static void
teardown(void)
{
    if (plugin_dir)
        sp_plugin_dir_free(plugin_dir);
    g_free(database);
}

TestSuite(cli_database, .init = setup, .fini = teardown);

/* Another set of plugins takes the place of the last one. */
static void
put(const char *const *plugins)
{
    if (plugin_dir)
        sp_plugin_dir_free(plugin_dir);
    plugin_dir = sp_plugin_dir_new(plugins);
}

#define PUT(...) put((const char *const[]){__VA_ARGS__, NULL})

static void
install(void)
{
    g_autoptr(SpRun) run = RUN("install", plugin_dir, database);
    sp_assert_status(run, 0);
}

static JsonObject *
extension_in(JsonObject *answer, const char *id)
{
    return sp_find(json_object_get_array_member(answer, "extensions"), "id", id);
}

static JsonObject *
step_in(JsonObject *answer, const char *id, const char *name)
{
    JsonObject *extension = extension_in(answer, id);
    return sp_find(json_object_get_array_member(extension, "steps"), "name", name);
}

static gint64
summed(JsonObject *answer, const char *key)
{
    return json_object_get_int_member(json_object_get_object_member(answer, "summary"), key);
}

static const char *
error_code(JsonObject *answer)
{
    return json_object_get_string_member(json_object_get_object_member(answer, "error"), "code");
}

Test(cli_database, installs_and_then_has_nothing_to_do)
{
    PUT("shop", "needs_shop");
    g_autoptr(SpRun) first = RUN("install", plugin_dir, database);
    g_autoptr(SpRun) second = RUN("install", plugin_dir, database);
    sp_assert_status(first, 0);
    sp_expect_says(first->out, "001_add_price");
    sp_expect_says(first->out, "installed: ");
    sp_expect_says(first->err, "sp-host: phase structural\n");
    sp_assert_status(second, 0);
    sp_expect_says(second->out, "nothing to do: ");
}

Test(cli_database, reports_an_install_in_json)
{
    PUT("shop", "needs_shop");
    g_autoptr(SpRun) first = RUN("install", "--format=json", plugin_dir, database);
    g_autoptr(SpRun) second = RUN("install", "--format=json", plugin_dir, database);
    sp_assert_status(first, 0);
    JsonObject *answer = sp_run_json(first, "steps");
    JsonObject *migration = step_in(answer, "shop", "001_add_price");
    cr_expect_str_eq(json_object_get_string_member(migration, "state"), "done");
    cr_expect_str_eq(json_object_get_string_member(migration, "phase"), "migrations");
    cr_expect_eq(summed(answer, "extensions"), 2);
    cr_expect_eq(summed(sp_run_json(second, "steps"), "changed"), 0);
}

Test(cli_database, plans_with_its_sql_and_writes_nothing)
{
    PUT("shop");
    g_autoptr(SpRun) first = RUN("plan", "--exit-code", plugin_dir, database);
    g_autoptr(SpRun) second = RUN("plan", "--exit-code", plugin_dir, database);
    sp_assert_status(first, 2);
    sp_expect_says(first->out,
                   "-- schema/items.sql:1\n    CREATE TABLE IF NOT EXISTS shop_items (");
    sp_expect_says(first->out, "-- schema/items.sql:5\n    CREATE INDEX");
    sp_expect_says(first->out, "-- schema/migrations/001_add_price.sql:1\n");
    sp_expect_says(first->out, " pending: ");
    sp_assert_status(second, 2);
    cr_expect_str_eq(first->out, second->out);
    sp_expect_silent(first->err);
}

Test(cli_database, plans_nothing_after_an_install)
{
    PUT("shop");
    install();
    g_autoptr(SpRun) run = RUN("plan", "--exit-code", plugin_dir, database);
    sp_assert_status(run, 0);
    sp_expect_says(run->out, "nothing to do: ");
    cr_expect_null(strstr(run->out, "CREATE TABLE"), "%s", run->out);
}

Test(cli_database, says_nothing_of_a_spent_version)
{
    PUT("withdrawn");
    install();
    g_autoptr(SpRun) run = RUN("status", "--exit-code", "--format=json", plugin_dir, database);
    sp_assert_status(run, 0);
    JsonObject *answer = sp_run_json(run, "status");
    cr_expect_eq(summed(answer, "applied"), 1);
    cr_expect_eq(summed(answer, "pending"), 0);
}

Test(cli_database, foretells_a_required_column_that_is_missing)
{
    PUT("needs_column");
    g_autofree char *conninfo = g_strdup(strchr(database, '=') + 1);
    sp_test_execute(conninfo, "CREATE TABLE needy (id int)");
    g_autoptr(SpRun) adopted = RUN("migrate", "adopt", "--all", "--apply", plugin_dir, database);
    sp_assert_status(adopted, 0);
    g_autoptr(SpRun) installed = RUN("install", plugin_dir, database);
    sp_assert_status(installed, 1);
    g_autoptr(SpRun) plan = RUN("plan", plugin_dir, database);
    sp_assert_status(plan, 1);
    sp_expect_says(plan->err, "required column \"note\"");
}

Test(cli_database, shows_how_it_puts_back_what_was_taken_away_by_hand)
{
    PUT("needs_column");
    install();
    g_autofree char *conninfo = g_strdup(strchr(database, '=') + 1);
    sp_test_execute(conninfo, "ALTER TABLE needy DROP COLUMN note");
    g_autoptr(SpRun) plan = RUN("plan", "--exit-code", plugin_dir, database);
    sp_assert_status(plan, 2);
    sp_expect_says(plan->out, "ADD COLUMN IF NOT EXISTS note text");
    install();
    g_autoptr(SpRun) again = RUN("plan", "--exit-code", plugin_dir, database);
    sp_assert_status(again, 0);
}

Test(cli_database, plans_in_json)
{
    PUT("shop");
    g_autoptr(SpRun) run = RUN("plan", "--format=json", plugin_dir, database);
    sp_assert_status(run, 0);
    JsonObject *step = step_in(sp_run_json(run, "steps"), "shop", "structural");
    cr_expect_str_eq(json_object_get_string_member(step, "state"), "pending");
    sp_expect_says(json_object_get_string_member(step, "sql"), "CREATE TABLE IF NOT EXISTS");
    cr_expect(json_object_get_null_member(step, "duration_ms"));
}

Test(cli_database, shows_the_status_before_and_after)
{
    PUT("shop");
    g_autoptr(SpRun) before = RUN("status", "--exit-code", plugin_dir, database);
    install();
    g_autoptr(SpRun) after = RUN("status", "--exit-code", plugin_dir, database);
    sp_assert_status(before, 2);
    sp_expect_says(before->out, "    pending   001_add_price\n");
    sp_assert_status(after, 0);
    sp_expect_says(after->out, "1 extension: 1 applied, 0 pending, 0 drifted, 0 orphaned\n");
}

Test(cli_database, shows_a_new_migration_as_pending)
{
    PUT("shop");
    install();
    PUT("shop_grown");
    g_autoptr(SpRun) run = RUN("status", "--exit-code", "--format=json", plugin_dir, database);
    sp_assert_status(run, 2);
    JsonObject *shop = extension_in(sp_run_json(run, "status"), "shop");
    JsonArray *pending = json_object_get_array_member(shop, "pending");
    cr_assert_eq(json_array_get_length(pending), 1u);
    cr_expect_eq(json_object_get_int_member(json_array_get_object_element(pending, 0), "version"),
                 2);
}

Test(cli_database, shows_that_a_database_is_ahead)
{
    PUT("shop_grown");
    install();
    PUT("shop");
    g_autoptr(SpRun) run = RUN("status", "--format=json", plugin_dir, database);
    sp_assert_status(run, 0);
    JsonObject *shop = extension_in(sp_run_json(run, "status"), "shop");
    cr_expect(json_object_get_boolean_member(shop, "ahead"));
    cr_expect_eq(json_array_get_length(json_object_get_array_member(shop, "orphaned")), 1u);
    sp_expect_says(run->err, "warning: ");
}

Test(cli_database, shows_drift_and_refuses_to_install_over_it)
{
    PUT("shop");
    install();
    PUT("shop_edited");
    g_autoptr(SpRun) status = RUN("status", "--exit-code", plugin_dir, database);
    g_autoptr(SpRun) plan = RUN("plan", "--format=json", plugin_dir, database);
    g_autoptr(SpRun) again = RUN("install", plugin_dir, database);
    sp_assert_status(status, 2);
    sp_expect_says(status->out, "    drifted   001_add_price\n");
    sp_assert_status(plan, 65);
    cr_expect_str_eq(error_code(sp_run_json(plan, "steps")), "migration-drift");
    sp_assert_status(again, 65);
    sp_expect_silent(again->out);
}

Test(cli_database, reports_every_refusal_before_it_asks_the_database)
{
    PUT("shop", "two_faults", "not_a_plugin");
    g_autoptr(SpRun) run =
        RUN("install", "--format=json", plugin_dir, "--database=host=/nonexistent");
    sp_assert_status(run, 65);
    JsonObject *answer = sp_run_json(run, "steps");
    JsonArray *refusals = json_object_get_array_member(answer, "refusals");
    cr_expect_eq(json_array_get_length(refusals), 3u);
    cr_expect_str_eq(error_code(answer), "no-symbol");
    sp_expect_says(run->err, "sp-host: error: ");
    sp_expect_says(run->err, "schema/a.sql:3:3");
    sp_expect_says(run->err, "schema/b.sql:1:1");
}

Test(cli_database, goes_on_without_refused_plugins_when_told_to_and_names_them)
{
    PUT("shop", "two_faults", "not_a_plugin");
    g_autoptr(SpRun) run = RUN("install", "--skip-refused", plugin_dir, database);
    sp_assert_status(run, 0);
    sp_expect_says(run->out, "installed: ");
    sp_expect_says(run->err, "sp-host: warning: skipped: ");
    sp_expect_says(run->err, "not_a_plugin.so");
    cr_expect_null(strstr(run->err, "sp-host: error: "), "%s", run->err);
}

Test(cli_database, says_which_statement_the_database_refused)
{
    PUT("fails_at_run");
    g_autoptr(SpRun) run = RUN("install", "--format=json", plugin_dir, database);
    sp_assert_status(run, 1);
    JsonObject *answer = sp_run_json(run, "steps");
    JsonObject *error = json_object_get_object_member(answer, "error");
    cr_expect_str_eq(json_object_get_string_member(error, "code"), "statement-failed");
    cr_expect_str_eq(json_object_get_string_member(error, "sqlstate"), "42704");
    cr_expect_str_eq(json_object_get_string_member(error, "source"), "schema/broken.sql");
    cr_expect_eq(json_object_get_int_member(error, "line"), 2);
    JsonObject *step = step_in(answer, "fails", "structural");
    cr_expect_str_eq(json_object_get_string_member(step, "state"), "failed");
}

Test(cli_database, shows_people_the_statement_that_failed)
{
    PUT("fails_at_run");
    g_autoptr(SpRun) run = RUN("install", plugin_dir, database);
    sp_assert_status(run, 1);
    sp_expect_says(run->out, "failed: ");
    sp_expect_says(run->err, "schema/broken.sql:2:");
    sp_expect_says(run->err, "  sqlstate: 42704\n");
    sp_expect_says(run->err, "CREATE TABLE IF NOT EXISTS broken");
}

Test(cli_database, keeps_quiet_when_told_to)
{
    PUT("shop");
    g_autoptr(SpRun) run = RUN("install", "--quiet", plugin_dir, database);
    sp_assert_status(run, 0);
    sp_expect_silent(run->err);
}

Test(cli_database, says_that_a_database_cannot_be_reached_and_no_secret)
{
    static const char *const commands[] = {"plan", "install", "status"};
    PUT("shop");
    for (guint i = 0; i < G_N_ELEMENTS(commands); i++) {
        g_autoptr(SpRun) run = RUN(commands[i], "--verbose", plugin_dir,
                                   "--database=host=/nonexistent password=hush-hush");
        sp_assert_status(run, 69);
        sp_expect_silent(run->out);
        sp_expect_says(run->err, "/nonexistent");
        cr_expect_null(strstr(run->err, "hush-hush"), "%s", run->err);
    }
}

static const char *const secret_conninfos[] = {
    "--database=password=hush-hush nonsense=1",
    "--database=postgresql://me:hush-hush@[broken/x",
    "--database=password='hush-hush",
};

Test(cli_database, refuses_a_conninfo_that_libpq_cannot_read_and_shows_no_secret)
{
    PUT("shop");
    for (guint i = 0; i < G_N_ELEMENTS(secret_conninfos); i++) {
        g_autoptr(SpRun) run =
            RUN("plan", "--verbose", "--format=json", plugin_dir, secret_conninfos[i]);
        sp_assert_status(run, 78);
        cr_expect_null(strstr(run->err, "hush-hush"), "%s", run->err);
        cr_expect_null(strstr(run->out, "hush-hush"), "%s", run->out);
    }
}

Test(cli_database, takes_the_database_of_the_configuration_unless_an_option_names_one)
{
    PUT("shop");
    g_autofree char *path = g_build_filename(sp_plugin_dir_path(plugin_dir), "sp-host.conf", NULL);
    g_autofree char *text = g_strdup_printf("[database]\nconninfo=%s\n", strchr(database, '=') + 1);
    g_autofree char *config = g_strconcat("--config=", path, NULL);
    g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL);
    g_autoptr(SpRun) run = RUN("plan", plugin_dir, config);
    sp_assert_status(run, 0);
    g_autoptr(SpRun) other = RUN("plan", plugin_dir, config, "--database=host=/nonexistent");
    sp_assert_status(other, 69);
}

Test(cli_database, gives_each_extension_a_role_where_the_configuration_says_so)
{
    PUT("shop");
    g_autofree char *path = g_build_filename(sp_plugin_dir_path(plugin_dir), "sp-host.conf", NULL);
    g_autofree char *config = g_strconcat("--config=", path, NULL);
    g_file_set_contents(path, "[install]\nroles=yes\nrole_prefix=cli_\n", -1, NULL);
    g_autoptr(SpRun) plan = RUN("plan", plugin_dir, config, database);
    sp_assert_status(plan, 0);
    sp_expect_says(plan->out, "CREATE ROLE cli_shop NOLOGIN;");
    sp_expect_says(plan->out, "SET LOCAL ROLE \"cli_shop\";");
    g_autoptr(SpRun) run = RUN("install", plugin_dir, config, database, "--format=json");
    sp_assert_status(run, 0);
    JsonObject *step = step_in(sp_run_json(run, "steps"), "shop", "cli_shop");
    cr_assert_str_eq(json_object_get_string_member(step, "kind"), "roles");
    cr_assert_str_eq(json_object_get_string_member(step, "state"), "done");
    sp_assert_value(strchr(database, '=') + 1,
                    "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'shop_items'",
                    "cli_shop");
    g_autoptr(SpRun) down = RUN("migrate", "down", "shop", plugin_dir, config, database);
    sp_assert_status(down, 0);
    g_autoptr(SpRun) again = RUN("plan", "--exit-code", plugin_dir, config, database);
    cr_assert_null(strstr(again->out, "CREATE ROLE"));
}

Test(cli_database, takes_the_credential_when_nothing_names_a_database)
{
    PUT("shop");
    g_autofree char *path = g_build_filename(sp_plugin_dir_path(plugin_dir), "database", NULL);
    g_file_set_contents(path, strchr(database, '=') + 1, -1, NULL);
    g_setenv("CREDENTIALS_DIRECTORY", sp_plugin_dir_path(plugin_dir), TRUE);
    g_autoptr(SpRun) run = RUN("plan", plugin_dir);
    sp_assert_status(run, 0);
}

Test(cli_database, brings_its_own_server_when_told_to)
{
    PUT("shop");
    g_autofree char *path = g_build_filename(sp_plugin_dir_path(plugin_dir), "cluster", NULL);
    /* As root the host runs the server as another user, who must get there. */
    cr_assert_eq(g_chmod(sp_plugin_dir_path(plugin_dir), 0755), 0);
    g_autofree char *embedded = g_strconcat("--embedded=", path, NULL);
    g_autoptr(SpRun) first = RUN("install", embedded, plugin_dir);
    sp_assert_status(first, 0);
    g_autoptr(SpRun) second = RUN("status", "--exit-code", embedded, plugin_dir);
    sp_assert_status(second, 0);
}
