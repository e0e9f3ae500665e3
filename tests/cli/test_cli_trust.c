/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "run.h"

#include "support/signing.h"

#define NO_SERVER "--database=host=/nonexistent"

static char *plugin_dir;
static char *folder; /* of the configuration and, below it, of the verdicts */
static char *kept;

static void
setup(void)
{
    folder = sp_test_plugins_new();
    kept = g_build_filename(folder, "kept", NULL);
    cr_assert_eq(g_mkdir(kept, 0700), 0);
}

static void
teardown(void)
{
    if (plugin_dir)
        sp_plugin_dir_free(plugin_dir);
    sp_test_plugins_free(folder);
    g_free(kept);
}

TestSuite(cli_trust, .init = setup, .fini = teardown, .timeout = 120);

#define PUT(...) plugin_dir = sp_plugin_dir_new((const char *const[]){__VA_ARGS__, NULL})

/* (transfer full): the option that names it */
static char *
configure(const char *text)
{
    g_autofree char *path = sp_test_put(folder, "sp-host.conf", text, -1);
    return g_strconcat("--config=", path, NULL);
}

static char *
configure_cache(void)
{
    g_autofree char *text = g_strdup_printf("[plugins]\ncache_dir=%s\n", kept);
    return configure(text);
}

static char *
plugin_path(const char *name)
{
    return g_build_filename(sp_plugin_dir_path(plugin_dir), name, NULL);
}

static JsonObject *
plugin_in(SpRun *run, const char *name)
{
    g_autofree char *path = plugin_path(name);
    JsonObject *answer = sp_run_json(run, "list");
    return sp_find(json_object_get_array_member(answer, "plugins"), "path", path);
}

static JsonObject *
plugin_again(SpRun *run, const char *name)
{
    g_autofree char *path = plugin_path(name);
    JsonArray *plugins = json_object_get_array_member(json_node_get_object(run->json), "plugins");
    return sp_find(plugins, "path", path);
}

static void
assert_reason(JsonObject *plugin, const char *code, const char *words)
{
    JsonObject *reason = json_object_get_object_member(plugin, "reason");
    cr_assert_str_eq(json_object_get_string_member(reason, "code"), code);
    sp_expect_says(json_object_get_string_member(reason, "message"), words);
}

Test(cli_trust, skips_all_that_depends_on_what_is_denied_and_names_the_chain)
{
    PUT("shop", "needs_shop", "needs_reviews");
    g_autofree char *config = configure("[plugins]\non_refused=skip\n[trust]\ndeny_ids=shop\n");
    g_autoptr(SpRun) list = RUN("list", "--format=json", config, plugin_dir);
    sp_assert_status(list, 0);
    assert_reason(plugin_in(list, "shop.so"), "denied-by-policy", "");
    assert_reason(plugin_again(list, "needs_shop.so"), "missing-dependency", "\"shop\"");
    assert_reason(plugin_again(list, "needs_reviews.so"), "missing-dependency", "\"reviews\"");
    g_autoptr(SpRun) plan = RUN("plan", config, plugin_dir, NO_SERVER);
    sp_assert_status(plan, 69);
    sp_expect_says(plan->err, "skipped: extension \"reviews\" depends on \"shop\"");
    sp_expect_says(plan->err, "skipped: extension \"digest\" depends on \"reviews\"");
}

/* Whoever goes on gets as far as the database, which is not there. */
Test(cli_trust, lets_the_command_line_win_over_the_configuration)
{
    PUT("shop", "not_a_plugin");
    g_autofree char *skip = configure("[plugins]\non_refused=skip\n");
    g_autoptr(SpRun) skipped = RUN("plan", skip, plugin_dir, NO_SERVER);
    g_autoptr(SpRun) failed = RUN("plan", skip, plugin_dir, NO_SERVER, "--on-refused=fail");
    cr_expect_eq(skipped->status, 69);
    cr_expect_eq(failed->status, 65);
    g_autofree char *fail = configure("[plugins]\non_refused=fail\n");
    g_autoptr(SpRun) as_configured = RUN("plan", fail, plugin_dir, NO_SERVER);
    g_autoptr(SpRun) asked = RUN("plan", fail, plugin_dir, NO_SERVER, "--skip-refused");
    cr_expect_eq(as_configured->status, 65);
    cr_expect_eq(asked->status, 69);
}

Test(cli_trust, shows_who_signed_what)
{
    g_autoptr(SpTestKey) key = sp_test_key_new();
    PUT("shop", "needs_shop");
    g_autofree char *text = g_strdup_printf("[trust]\nkeys=%s\n", key->line);
    g_autofree char *config = configure(text);
    g_autofree char *path = plugin_path("shop.so");
    sp_test_sign(key, path, FALSE);
    g_autoptr(SpRun) json = RUN("list", "--format=json", config, plugin_dir);
    JsonObject *shop = plugin_in(json, "shop.so");
    JsonObject *signature = json_object_get_object_member(shop, "signature");
    cr_expect_str_eq(json_object_get_string_member(shop, "state"), "accepted");
    cr_expect_str_eq(json_object_get_string_member(signature, "state"), "valid");
    cr_expect_str_eq(json_object_get_string_member(signature, "key_id"), key->id);
    cr_expect_not(json_object_get_null_member(shop, "sha256"));
    JsonObject *reviews = plugin_again(json, "needs_shop.so");
    signature = json_object_get_object_member(reviews, "signature");
    cr_expect_str_eq(json_object_get_string_member(reviews, "state"), "accepted");
    cr_expect_str_eq(json_object_get_string_member(signature, "state"), "unsigned");
    cr_expect(json_object_get_null_member(signature, "key_id"));
    g_autoptr(SpRun) table = RUN("list", config, plugin_dir);
    g_autofree char *cell = g_strdup_printf("  valid %s\n", key->id);
    sp_expect_says(table->out, "  SIGNATURE\n");
    sp_expect_says(table->out, cell);
    sp_expect_says(table->out, "  unsigned\n");
}

Test(cli_trust, shows_no_signatures_where_nobody_looks_for_them)
{
    PUT("shop");
    g_autoptr(SpRun) json = RUN("list", "--format=json", plugin_dir);
    JsonObject *shop = plugin_in(json, "shop.so");
    cr_expect(json_object_get_null_member(shop, "signature"));
    cr_expect(json_object_get_null_member(shop, "sha256"));
    g_autoptr(SpRun) table = RUN("list", plugin_dir);
    cr_expect_null(strstr(table->out, "SIGNATURE"));
}

Test(cli_trust, loads_nothing_unsigned_where_signatures_are_required)
{
    g_autoptr(SpTestKey) key = sp_test_key_new();
    PUT("shop");
    g_autofree char *text = g_strdup_printf("[trust]\nkeys=%s\nrequire_signature=yes\n", key->line);
    g_autofree char *config = configure(text);
    g_autofree char *path = plugin_path("shop.so");
    g_autoptr(SpRun) plan = RUN("plan", config, plugin_dir, NO_SERVER);
    sp_assert_status(plan, 65);
    g_autoptr(SpRun) no_load = RUN("list", "--no-load", "--format=json", config, plugin_dir);
    assert_reason(plugin_in(no_load, "shop.so"), "signature-missing", "");
    g_autoptr(SpRun) check = RUN("check", "--format=json", config, path);
    sp_assert_status(check, 65);
    sp_test_sign(key, path, TRUE);
    g_autoptr(SpRun) signed_now = RUN("check", "--format=json", config, path);
    sp_assert_status(signed_now, 0);
}

Test(cli_trust, refuses_a_configuration_with_a_key_that_is_none)
{
    PUT("shop");
    g_autofree char *config = configure("[trust]\nkeys=RWnonsense\n");
    g_autoptr(SpRun) run = RUN("list", config, plugin_dir);
    sp_assert_status(run, 78);
}

static gboolean
is_remembered(const char *executable, const char *config, const char *option)
{
    const char *const words[] = {"list", "--format=json", plugin_dir, config, option, NULL};
    g_autoptr(SpRun) run = sp_run_executable(executable, words);
    sp_assert_status(run, 0);
    JsonObject *plugin = plugin_in(run, "not_a_plugin.so");
    gboolean remembered = json_object_get_boolean_member(plugin, "remembered");
    JsonObject *reason = json_object_get_object_member(plugin, "reason");
    cr_assert_str_eq(json_object_get_string_member(reason, "code"), "no-symbol");
    const char *hint = json_object_get_string_member(reason, "hint");
    cr_expect_eq(strstr(hint, "--no-cache") != NULL, remembered, "%s", hint);
    return remembered;
}

Test(cli_trust, remembers_refusals_and_looks_again_when_told_to)
{
    PUT("not_a_plugin");
    g_autofree char *config = configure_cache();
    g_usleep(2200000);
    cr_expect_not(is_remembered(SP_HOST_EXECUTABLE, config, NULL));
    cr_expect(is_remembered(SP_HOST_EXECUTABLE, config, NULL));
    cr_expect_not(is_remembered(SP_HOST_EXECUTABLE, config, "--no-cache"));
    cr_expect(is_remembered(SP_HOST_EXECUTABLE, config, NULL));
}

/* (transfer full): a copy of the host with one bit of its build id changed. */
static char *
build_another(void)
{
    static const char head[] = "\4\0\0\0\24\0\0\0\3\0\0\0GNU";
    char *bytes = NULL;
    gsize length = 0;
    cr_assert(g_file_get_contents(SP_HOST_EXECUTABLE, &bytes, &length, NULL));
    char *id = memmem(bytes, length, head, sizeof head);
    cr_assert_not_null(id);
    id[sizeof head] = (char)(id[sizeof head] ^ 1);
    char *path = sp_test_put(folder, "another", bytes, (gssize)length);
    cr_assert_eq(g_chmod(path, 0755), 0);
    g_free(bytes);
    return path;
}

Test(cli_trust, forgets_what_another_build_of_the_host_found)
{
    PUT("not_a_plugin");
    g_autofree char *config = configure_cache();
    g_autofree char *another = build_another();
    g_usleep(2200000);
    cr_expect_not(is_remembered(SP_HOST_EXECUTABLE, config, NULL));
    cr_expect_not(is_remembered(another, config, NULL));
    cr_expect(is_remembered(another, config, NULL));
}

Test(cli_trust, says_in_one_line_why_verdicts_are_ignored)
{
    PUT("shop");
    g_autofree char *config = configure_cache();
    g_free(sp_test_put(kept, "sp-host.verdicts",
                       "nonsense that is long enough to be looked at as a file of "
                       "verdicts",
                       -1));
    g_autoptr(SpRun) quiet = RUN("list", config, plugin_dir);
    sp_assert_status(quiet, 0);
    sp_expect_silent(quiet->err);
    g_autoptr(SpRun) verbose = RUN("list", "--verbose", config, plugin_dir);
    sp_assert_status(verbose, 0);
    sp_expect_says(verbose->err, "\"sp-host.verdicts\" keeps is ignored");
}

static guint
count_kept(void)
{
    guint n = 0;
    g_autoptr(GDir) dir = g_dir_open(kept, 0, NULL);
    while (g_dir_read_name(dir) != NULL)
        n++;
    return n;
}

Test(cli_trust, keeps_verdicts_only_where_it_was_told_to)
{
    PUT("not_a_plugin");
    g_autofree char *empty = configure("");
    g_usleep(2200000);
    cr_expect_not(is_remembered(SP_HOST_EXECUTABLE, empty, NULL));
    cr_expect_eq(count_kept(), 0u);
    /* As systemd says it to a service with two of them. */
    g_autofree char *variable = g_strdup_printf("CACHE_DIRECTORY=%s:/nonexistent", kept);
    const char *const words[] = {variable, SP_HOST_EXECUTABLE, "list", empty, plugin_dir, NULL};
    g_autoptr(SpRun) run = sp_run_executable("/usr/bin/env", words);
    sp_assert_status(run, 0);
    /* The verdicts, and what was read. */
    cr_expect_eq(count_kept(), 2u);
}
