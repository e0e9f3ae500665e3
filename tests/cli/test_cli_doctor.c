/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "run.h"

#include "act/cluster.h"
#include "support/cluster.h"
#include "support/install.h"

#include <glib/gstdio.h>
#include <string.h>

static char *plugin_dir;
static char *conninfo;
static char *database; /* --database=CONNINFO */

static void
setup(void)
{
    conninfo = sp_test_database();
    database = g_strconcat("--database=", conninfo, NULL);
    plugin_dir = sp_plugin_dir_new((const char *const[]){"shop", "needs_shop", NULL});
}

static void
teardown(void)
{
    sp_plugin_dir_free(plugin_dir);
    g_free(database);
    g_free(conninfo);
}

TestSuite(cli_doctor, .init = setup, .fini = teardown);

static void
install(void)
{
    g_autoptr(SpRun) run = RUN("install", plugin_dir, database);
    sp_assert_status(run, 0);
}

Test(cli_doctor, finds_a_fresh_install_healthy)
{
    install();
    g_autoptr(SpRun) run = RUN("doctor", "--exit-code", plugin_dir, database);
    sp_assert_status(run, 0);
    cr_expect_str_eq(run->out, "healthy: nothing was found\n");
    sp_expect_silent(run->err);
}

Test(cli_doctor, shows_each_problem_and_what_to_do)
{
    install();
    sp_test_execute(conninfo, "ALTER TABLE shop_items ALTER price TYPE real");
    sp_test_execute(conninfo, "CREATE INDEX by_hand ON shop_items (price)");
    g_autoptr(SpRun) run = RUN("doctor", plugin_dir, database);
    g_autoptr(SpRun) coded = RUN("doctor", "--exit-code", plugin_dir, database);
    sp_assert_status(run, 0);
    sp_assert_status(coded, 2);
    cr_expect_str_eq(run->out, coded->out);
    sp_expect_says(run->out, "shop       object-altered  table column  public.shop_items.price\n"
                             "    was       numeric\n"
                             "    is        real\n"
                             "    hint      ");
    sp_expect_says(run->out, "DROP INDEX CONCURRENTLY public.by_hand;\n");
    sp_expect_says(run->out, "\n2 findings in 1 extension\n");
}

Test(cli_doctor, gives_the_same_in_json)
{
    install();
    sp_test_execute(conninfo, "ALTER TABLE shop_items ALTER price TYPE real");
    g_autoptr(SpRun) run = RUN("doctor", "--format=json", "--exit-code", plugin_dir, database);
    sp_assert_status(run, 2);
    JsonObject *answer = sp_run_json(run, "doctor");
    JsonObject *finding =
        sp_find(json_object_get_array_member(answer, "findings"), "code", "object-altered");
    cr_expect_str_eq(json_object_get_string_member(finding, "extension"), "shop");
    cr_expect_str_eq(json_object_get_string_member(finding, "kind"), "table column");
    cr_expect_str_eq(json_object_get_string_member(finding, "identity"), "public.shop_items.price");
    cr_expect_str_eq(json_object_get_string_member(finding, "recorded"), "numeric");
    cr_expect_str_eq(json_object_get_string_member(finding, "found"), "real");
    JsonObject *summary = json_object_get_object_member(answer, "summary");
    cr_expect_eq(json_object_get_int_member(summary, "findings"), 1);
    cr_expect_eq(json_object_get_int_member(summary, "extensions"), 1);
}

Test(cli_doctor, looks_at_the_named_extensions_only)
{
    install();
    sp_test_execute(conninfo, "CREATE INDEX by_hand ON shop_items (price)");
    g_autoptr(SpRun) one = RUN("doctor", "shop", "--exit-code", plugin_dir, database);
    g_autoptr(SpRun) another = RUN("doctor", "reviews", "--exit-code", plugin_dir, database);
    g_autoptr(SpRun) nobody = RUN("doctor", "shopp", plugin_dir, database);
    sp_assert_status(one, 2);
    sp_assert_status(another, 0);
    sp_assert_status(nobody, 65);
    sp_expect_says(nobody->err, "there is no extension \"shopp\"");
    sp_expect_silent(nobody->out);
}

Test(cli_doctor, names_what_a_plugin_left_that_is_gone)
{
    install();
    g_autofree char *path = g_build_filename(sp_plugin_dir_path(plugin_dir), "needs_shop.so", NULL);
    cr_assert_eq(g_unlink(path), 0);
    g_autoptr(SpRun) run = RUN("doctor", "reviews", "--exit-code", plugin_dir, database);
    sp_assert_status(run, 2);
    sp_expect_says(run->out, "record-orphaned");
}

Test(cli_doctor, finds_that_nothing_was_ever_installed)
{
    g_autoptr(SpRun) run = RUN("doctor", "--exit-code", plugin_dir, database);
    sp_assert_status(run, 2);
    sp_expect_says(run->out, "never-installed");
    sp_expect_says(run->out, "\n1 finding in 0 extensions\n");
    sp_assert_value(conninfo,
                    "SELECT count(*) FROM pg_class WHERE relnamespace = "
                    "'public'::regnamespace",
                    "0");
}

Test(cli_doctor, lists_tables_of_nobody_with_all)
{
    install();
    sp_test_execute(conninfo, "CREATE TABLE stray (id int)");
    g_autoptr(SpRun) run = RUN("doctor", "--exit-code", plugin_dir, database);
    g_autoptr(SpRun) all = RUN("doctor", "--all", "--exit-code", plugin_dir, database);
    sp_assert_status(run, 0);
    sp_assert_status(all, 2);
    sp_expect_says(all->out, "public.stray");
}

Test(cli_doctor, needs_no_more_than_to_read_the_tables_of_the_host)
{
    install();
    g_autofree char *role = g_uuid_string_random();
    g_autofree char *make = g_strdup_printf("CREATE ROLE \"%s\" LOGIN", role);
    g_autofree char *grant = g_strdup_printf(
        "GRANT SELECT ON extension_migrations, extension_digests, extension_migration_progress, "
        "extension_objects, extension_definitions TO \"%s\"",
        role);
    g_autofree char *reader = g_strdup_printf("%s user='%s'", database, role);
    sp_test_execute(conninfo, make);
    g_autoptr(SpRun) refused = RUN("doctor", plugin_dir, reader);
    sp_test_execute(conninfo, grant);
    g_autoptr(SpRun) run = RUN("doctor", "--exit-code", plugin_dir, reader);
    sp_assert_status(refused, 77);
    sp_assert_status(run, 0);
}

Test(cli_doctor, ends_as_the_other_commands_do)
{
    g_autoptr(SpRun) away = RUN("doctor", plugin_dir, "--database=host=/nowhere");
    g_autoptr(SpRun) no_folder = RUN("doctor", "--plugin-dir=/nowhere", database);
    g_autoptr(SpRun) option = RUN("status", "--all", plugin_dir, database);
    g_autofree char *faulty = g_build_filename(sp_plugin_dir_path(plugin_dir), "bad.so", NULL);
    cr_assert(g_file_set_contents(faulty, "no plugin", -1, NULL));
    g_autoptr(SpRun) refused = RUN("doctor", "--format=json", plugin_dir, database);
    g_autoptr(SpRun) skipped = RUN("doctor", "--skip-refused", plugin_dir, database);
    sp_assert_status(away, 69);
    sp_assert_status(no_folder, 78);
    sp_assert_status(option, 64);
    sp_assert_status(refused, 65);
    sp_run_json(refused, "doctor");
    sp_assert_status(skipped, 0);
}

/* Without telling an id, a refused file could be any extension. */
Test(cli_doctor, takes_nobody_for_gone_while_a_file_is_refused)
{
    install();
    g_autofree char *path = g_build_filename(sp_plugin_dir_path(plugin_dir), "needs_shop.so", NULL);
    cr_assert(g_file_set_contents(path, "no plugin any more", -1, NULL));
    g_autoptr(SpRun) run = RUN("doctor", "--skip-refused", "--exit-code", plugin_dir, database);
    sp_assert_status(run, 0);
}

static void
spawn(const char *const *argv)
{
    g_autofree char *err = NULL;
    g_autoptr(GError) error = NULL;
    int status = -1;
    g_spawn_sync("/", (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &err, &status,
                 &error);
    cr_assert_null(error, "%s", error->message);
    cr_assert(g_spawn_check_wait_status(status, NULL), "%s: %s", argv[0], err);
}

#define SPAWN(...) spawn((const char *const[]){__VA_ARGS__, NULL})

/* (transfer full): a hot standby of the server of this program, in @directory. */
static SpCluster *
start_standby(const char *directory)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *backup = g_find_program_in_path("pg_basebackup");
    g_autofree char *data = g_build_filename(directory, "data", NULL);
    g_autofree char *like = g_strdup_printf("--reference=%s/data", g_getenv("SP_TEST_CLUSTER"));
    cr_assert_not_null(backup);
    SPAWN(backup, "-d", g_getenv("SP_TEST_CONNINFO"), "-D", data, "-R", "--checkpoint=fast",
          "--no-sync");
    SPAWN("chown", "-R", like, directory);
    const SpClusterOptions options = {.directory = directory,
                                      .server_options = (const char *const[]){"fsync=off", NULL}};
    SpCluster *standby = sp_cluster_start(&options, &error);
    cr_assert_not_null(standby, "%s", error ? error->message : "");
    return standby;
}

Test(cli_doctor, works_on_a_hot_standby)
{
    install();
    sp_test_execute(conninfo, "CREATE INDEX by_hand ON shop_items (price)");
    g_autofree char *directory = g_dir_make_tmp("sp-standby-XXXXXX", NULL);
    SpCluster *standby = start_standby(directory);
    const char *dbname = strstr(conninfo, "dbname='");
    g_autofree char *there = g_strdup_printf("%s %s", sp_cluster_get_conninfo(standby), dbname);
    g_autofree char *option = g_strconcat("--database=", there, NULL);
    sp_assert_value(there, "SELECT pg_is_in_recovery()", "t");
    g_autoptr(SpRun) here = RUN("doctor", "--exit-code", plugin_dir, database);
    g_autoptr(SpRun) run = RUN("doctor", "--exit-code", plugin_dir, option);
    sp_cluster_stop(standby);
    SPAWN("rm", "-rf", "--", directory);
    sp_assert_status(run, 2);
    sp_expect_says(run->out, "public.by_hand");
    cr_expect_str_eq(run->out, here->out);
}
