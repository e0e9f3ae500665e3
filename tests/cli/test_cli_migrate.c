/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "run.h"

#include "support/cluster.h"
#include "support/install.h"

#include <gio/gio.h>
#include <string.h>

static char *plugin_dir;
static char *conninfo;
static char *database; /* --database=CONNINFO */

static void
setup(void)
{
    conninfo = sp_test_database();
    database = g_strconcat("--database=", conninfo, NULL);
}

static void
teardown(void)
{
    if (plugin_dir)
        sp_plugin_dir_free(plugin_dir);
    g_free(database);
    g_free(conninfo);
}

TestSuite(cli_migrate, .init = setup, .fini = teardown);

/* Another plugin takes the place of the last one. */
static void
put(const char *plugin)
{
    if (plugin_dir)
        sp_plugin_dir_free(plugin_dir);
    plugin_dir = sp_plugin_dir_new((const char *const[]){plugin, NULL});
}

static void
install(const char *plugin)
{
    put(plugin);
    g_autoptr(SpRun) run = RUN("install", plugin_dir, database);
    sp_assert_status(run, 0);
}

#define LEDGER "SELECT string_agg(id, ' ') FROM extension_migrations"
#define HAS_PRICE                                                                         \
    "SELECT count(*) FROM pg_attribute WHERE attname = 'price' AND NOT attisdropped AND " \
    "attrelid = 'shop_items'::regclass"

static JsonObject *
only_step(JsonObject *answer)
{
    JsonArray *steps = json_object_get_array_member(answer, "steps");
    cr_assert_eq(json_array_get_length(steps), 1u);
    return json_array_get_object_element(steps, 0);
}

static const char *
error_code(JsonObject *answer)
{
    return json_object_get_string_member(json_object_get_object_member(answer, "error"), "code");
}

Test(cli_migrate, undoes_the_newest_migration)
{
    install("shop");
    g_autoptr(SpRun) run = RUN("migrate", "down", "shop", plugin_dir, database);
    sp_assert_status(run, 0);
    sp_expect_says(run->out, "001_add_price");
    sp_expect_says(run->out, "\n1 migration undone\n");
    sp_assert_value(conninfo, LEDGER, "");
    sp_assert_value(conninfo, HAS_PRICE, "0");
}

Test(cli_migrate, answers_in_json)
{
    install("shop");
    g_autoptr(SpRun) run = RUN("migrate", "down", "shop", "--format=json", plugin_dir, database);
    sp_assert_status(run, 0);
    JsonObject *answer = sp_run_json(run, "migrate");
    cr_expect_str_eq(json_object_get_string_member(only_step(answer), "state"), "done");
    cr_expect_str_eq(json_object_get_string_member(only_step(answer), "kind"), "down");
}

Test(cli_migrate, refuses_to_undo_more_than_there_is_or_of_nobody)
{
    install("shop");
    g_autoptr(SpRun) many =
        RUN("migrate", "down", "shop", "--count=2", "--format=json", plugin_dir, database);
    g_autoptr(SpRun) nobody = RUN("migrate", "down", "shops", plugin_dir, database);
    sp_assert_status(many, 65);
    cr_expect_str_eq(error_code(sp_run_json(many, "migrate")), "migration-unknown");
    sp_assert_status(nobody, 65);
    sp_expect_silent(nobody->out);
    sp_expect_says(nobody->err, "there is no enabled extension \"shops\"");
    sp_assert_value(conninfo, LEDGER, "shop_001");
}

Test(cli_migrate, ends_with_75_when_another_host_holds_the_lock)
{
    install("shop");
    g_autofree char *path =
        g_build_filename(sp_plugin_dir_path(plugin_dir), "impatient.conf", NULL);
    g_autofree char *config = g_strconcat("--config=", path, NULL);
    cr_assert(g_file_set_contents(path, "[install]\nlock_wait=0\n", -1, NULL));
    g_autoptr(SpSession) holder = sp_test_session(conninfo);
    g_autoptr(SpRows) rows =
        sp_session_query(holder, "SELECT pg_advisory_lock(8318274334656328705)", NULL, 0, NULL);
    g_autoptr(SpRun) run = RUN("migrate", "down", "shop", config, plugin_dir, database);
    sp_assert_status(run, 75);
    sp_assert_value(conninfo, LEDGER, "shop_001");
}

/* Whether a server process of the test's database sleeps, or not, within a time. */
static gboolean
wait_for_sleep(const char *expected)
{
    static const char *const query =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND query = 'SELECT pg_sleep(60)'";
    for (guint i = 0; i < 200; i++) {
        g_autofree char *n = sp_test_value(conninfo, query);
        if (g_str_equal(n, expected))
            return TRUE;
        g_usleep(100000);
    }
    return FALSE;
}

Test(cli_migrate, leaves_everything_as_it_was_when_it_is_killed_halfway, .timeout = 60)
{
    install("shop_sleeps");
    g_autoptr(GSubprocess) process = g_subprocess_new(
        G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL,
        SP_HOST_EXECUTABLE, "migrate", "down", "shop", plugin_dir, database, NULL);
    cr_assert(wait_for_sleep("1"));
    g_subprocess_force_exit(process);
    cr_assert(g_subprocess_wait(process, NULL, NULL));
    cr_assert(wait_for_sleep("0"));
    sp_assert_value(conninfo, LEDGER, "shop_001");
    sp_assert_value(conninfo, HAS_PRICE, "1");
    g_autoptr(SpRun) run = RUN("status", "--exit-code", plugin_dir, database);
    sp_assert_status(run, 0);
}

Test(cli_migrate, shows_what_a_repair_would_run_and_writes_nothing)
{
    install("shop");
    put("shop_edited");
    g_autofree char *before = sp_test_value(conninfo, "SELECT checksum FROM extension_migrations");
    g_autoptr(SpRun) run = RUN("migrate", "repair", plugin_dir, database);
    g_autoptr(SpRun) code = RUN("migrate", "repair", "shop", "--exit-code", plugin_dir, database);
    sp_assert_status(run, 0);
    sp_expect_says(run->out,
                   "-- schema/migrations/001_add_price.sql:1\n    ALTER TABLE shop_items");
    sp_expect_says(run->out, "UPDATE public.extension_migrations SET checksum = '");
    sp_expect_says(run->out, "WHERE extension_id = 'shop' AND version = '1'::integer");
    sp_expect_says(run->out, "nothing was written; with --apply: 1 migration to repair\n");
    sp_assert_status(code, 2);
    sp_assert_value(conninfo, "SELECT checksum FROM extension_migrations", before);
}

Test(cli_migrate, shows_sql_that_does_what_it_says)
{
    install("shop");
    put("shop_edited");
    g_autoptr(SpRun) shown =
        RUN("migrate", "repair", "--reconcile-only", "--format=json", plugin_dir, database);
    const char *sql =
        json_object_get_string_member(only_step(sp_run_json(shown, "migrate")), "sql");
    sp_test_execute(conninfo, sql);
    g_autoptr(SpRun) status = RUN("status", "--exit-code", plugin_dir, database);
    sp_assert_status(status, 0);
}

Test(cli_migrate, repairs_and_then_has_nothing_to_do)
{
    install("shop");
    put("shop_edited");
    g_autoptr(SpRun) first =
        RUN("migrate", "repair", "--apply", "--exit-code", plugin_dir, database);
    g_autoptr(SpRun) second =
        RUN("migrate", "repair", "--apply", "--exit-code", plugin_dir, database);
    g_autoptr(SpRun) after = RUN("install", plugin_dir, database);
    sp_assert_status(first, 0);
    sp_expect_says(first->out, "\n1 migration repaired\n");
    sp_assert_status(second, 0);
    cr_expect_str_eq(second->out, "nothing to do: 0 migrations repaired\n");
    sp_assert_status(after, 0);
}

Test(cli_migrate, records_a_migration_only_when_told_to)
{
    install("shop");
    put("shop_grown");
    g_autoptr(SpRun) shown = RUN("migrate", "mark-applied", "shop", "2", plugin_dir, database);
    sp_assert_status(shown, 0);
    sp_expect_says(shown->out, "INSERT INTO public.extension_migrations");
    sp_expect_says(shown->out, "'shop_002', 'shop', '2'::integer, 'add_stock'");
    sp_assert_value(conninfo, LEDGER, "shop_001");
    g_autoptr(SpRun) done =
        RUN("migrate", "mark-applied", "shop", "2", "--apply", plugin_dir, database);
    sp_assert_status(done, 0);
    sp_expect_says(done->out, "\n1 migration recorded\n");
    g_autoptr(SpRun) again =
        RUN("migrate", "mark-applied", "shop", "2", "--apply", plugin_dir, database);
    sp_assert_status(again, 65);
    sp_expect_says(again->err, "is recorded already");
}

Test(cli_migrate, says_what_failed_and_that_nothing_was_undone)
{
    install("shop_sleeps");
    g_autofree char *hasty = g_strconcat(database, " options='-c statement_timeout=200'", NULL);
    g_autoptr(SpRun) run = RUN("migrate", "down", "shop", plugin_dir, hasty);
    sp_assert_status(run, 1);
    sp_expect_says(run->out, "failed: 0 migrations undone\n");
    sp_expect_says(run->err, "57014");
    sp_assert_value(conninfo, HAS_PRICE, "1");
}

#define ADOPTED "SELECT count(*) FROM extension_objects WHERE action = 'own'"

static void
put_table_by_hand(void)
{
    put("shop");
    sp_test_execute(conninfo, "CREATE TABLE shop_items (id bigint PRIMARY KEY, name text UNIQUE)");
}

Test(cli_migrate, adopts_by_the_command_that_the_refusal_shows)
{
    put_table_by_hand();
    g_autoptr(SpRun) refused = RUN("install", plugin_dir, database);
    g_autoptr(SpRun) planned = RUN("plan", "--format=json", plugin_dir, database);
    sp_assert_status(refused, 65);
    sp_assert_status(planned, 65);
    cr_expect_str_eq(error_code(sp_run_json(planned, "steps")), "object-not-owned");
    sp_expect_says(refused->err, "schema/items.sql:1:28");
    sp_expect_says(refused->err, "sp-host migrate adopt shop 'table shop_items' --apply");
    sp_assert_value(conninfo, "SELECT to_regclass('extension_migrations')", "");

    g_autoptr(SpRun) run =
        RUN("migrate", "adopt", "shop", "table shop_items", "--apply", plugin_dir, database);
    sp_assert_status(run, 0);
    sp_expect_says(run->out, "\n1 object adopted\n");
    sp_assert_value(conninfo, ADOPTED, "1");
    install("shop");
}

Test(cli_migrate, shows_what_is_to_be_adopted_and_writes_nothing)
{
    put_table_by_hand();
    g_autoptr(SpRun) run = RUN("migrate", "adopt", "--all", plugin_dir, database);
    g_autoptr(SpRun) code =
        RUN("migrate", "adopt", "--all", "--exit-code", "--format=json", plugin_dir, database);
    sp_assert_status(run, 0);
    sp_expect_says(run->out, "table shop_items");
    sp_expect_says(run->out, "INSERT INTO public.extension_objects");
    sp_expect_says(run->out, "nothing was written; with --apply: 1 object to adopt\n");
    sp_assert_status(code, 2);
    JsonObject *answer = sp_run_json(code, "migrate");
    cr_expect_str_eq(json_object_get_string_member(answer, "tool"), "adopt");
    cr_expect_str_eq(json_object_get_string_member(only_step(answer), "kind"), "adopt");
    cr_expect_str_eq(json_object_get_string_member(only_step(answer), "state"), "pending");
    sp_assert_value(conninfo, "SELECT to_regclass('extension_objects')", "");
}

Test(cli_migrate, adopts_nothing_twice_and_nothing_unknown)
{
    install("shop");
    g_autoptr(SpRun) nothing = RUN("migrate", "adopt", "--all", "--apply", plugin_dir, database);
    g_autoptr(SpRun) own =
        RUN("migrate", "adopt", "shop", "shop_items", "--apply", plugin_dir, database);
    g_autoptr(SpRun) unknown =
        RUN("migrate", "adopt", "shop", "elsewhere", "--format=json", plugin_dir, database);
    sp_assert_status(nothing, 0);
    sp_expect_says(nothing->out, "nothing to do: 0 objects adopted\n");
    sp_assert_status(own, 0);
    sp_assert_status(unknown, 65);
    cr_expect_str_eq(error_code(sp_run_json(unknown, "migrate")), "object-unknown");
}

Test(cli_migrate, wants_either_names_or_all_to_adopt)
{
    g_autoptr(SpRun) none = RUN("migrate", "adopt", "shop", database);
    g_autoptr(SpRun) both = RUN("migrate", "adopt", "shop", "shop_items", "--all", database);
    g_autoptr(SpRun) misfit = RUN("migrate", "down", "shop", "--all", database);
    sp_assert_status(none, 64);
    sp_assert_status(both, 64);
    sp_assert_status(misfit, 64);
}
