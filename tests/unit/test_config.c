/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/config.h"

#include "base/error.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

static char *folder;
static char *path;

static void
setup(void)
{
    folder = g_dir_make_tmp("sp-host-test-XXXXXX", NULL);
    path = g_build_filename(folder, "sp-host.conf", NULL);
}

static void
teardown(void)
{
    g_remove(path);
    g_rmdir(folder);
    g_free(path);
    g_free(folder);
}

TestSuite(config, .init = setup, .fini = teardown);

static SpConfig *
read_text(const char *text, GError **error)
{
    cr_assert(g_file_set_contents(path, text, -1, NULL));
    cr_assert_eq(g_chmod(path, 0640), 0);
    return sp_config_read(path, error);
}

/* The error of a text that must be refused. */
static GError *
refuse(const char *text)
{
    GError *error = NULL;
    cr_assert_null(read_text(text, &error), "accepted: %s", text);
    cr_assert(g_error_matches(error, SP_ERROR, SP_ERROR_CONFIGURATION));
    cr_assert_str_eq(sp_error_get_place(error)->path, path);
    return error;
}

Test(config, reads_every_key)
{
    g_autoptr(SpConfig) config = read_text("[plugins]\n"
                                           "directories=/a;/b ;\n"
                                           "disabled=audit; billing\n"
                                           "load_timeout=7\n"
                                           "[database]\n"
                                           "conninfo=host=/run dbname='x y'\n"
                                           "pool_mode=session\n"
                                           "[install]\n"
                                           "lock_wait= 0 \n"
                                           "statement_timeout=30\n"
                                           "[extension orders]\n"
                                           "anything=goes\n",
                                           NULL);
    cr_assert_not_null(config);
    cr_expect_str_eq(sp_config_get_plugin_dirs(config)[1], "/b");
    cr_expect_null(sp_config_get_plugin_dirs(config)[2]);
    cr_expect_str_eq(sp_config_get_disabled(config)[1], "billing");
    cr_expect_eq(sp_config_get_load_timeout_ms(config), 7000u);
    cr_expect_str_eq(sp_config_get_conninfo(config), "host=/run dbname='x y'");
    cr_expect(sp_config_get_pool_is_session(config));
    cr_expect_eq(sp_config_get_lock_wait_ms(config), 0u);
    cr_expect_eq(sp_config_get_statement_timeout_ms(config), 30000u);
}

Test(config, gives_the_defaults_for_an_empty_file)
{
    g_autoptr(SpConfig) config = read_text("", NULL);
    cr_assert_not_null(config);
    cr_expect_null(sp_config_get_plugin_dirs(config)[0]);
    cr_expect_null(sp_config_get_disabled(config)[0]);
    cr_expect_null(sp_config_get_conninfo(config));
    cr_expect_not(sp_config_get_pool_is_session(config));
    cr_expect_eq(sp_config_get_load_timeout_ms(config), 5000u);
    cr_expect_eq(sp_config_get_lock_wait_ms(config), 60000u);
    cr_expect_eq(sp_config_get_statement_timeout_ms(config), 0u);
    cr_expect_null(sp_config_get_cache_dir(config));
    cr_expect_not(sp_config_get_skips_refused(config));
    cr_expect_not(sp_config_get_takes_newer_grammar(config));
    static const SpTrust everybody = {0};
    cr_expect_eq(memcmp(sp_config_get_trust(config), &everybody, sizeof everybody), 0);
}

Test(config, reads_whom_to_trust)
{
    g_autofree char *ones = g_strnfill(64, '1');
    g_autofree char *text = g_strdup_printf("[plugins]\ncache_dir=/var/cache/x\non_refused=skip\n"
                                            "[trust]\nkeys=RWa;RWb\nrequire_signature=yes\n"
                                            "allow_ids=\ndeny_ids=audit;spy\nallow_sha256=%s\n"
                                            "deny_sha256=%.63sA\n",
                                            ones, ones);
    g_autoptr(SpConfig) config = read_text(text, NULL);
    cr_assert_not_null(config);
    cr_expect_str_eq(sp_config_get_cache_dir(config), "/var/cache/x");
    cr_expect(sp_config_get_skips_refused(config));
    const SpTrust *trust = sp_config_get_trust(config);
    cr_expect_str_eq(trust->keys[1], "RWb");
    cr_expect(trust->requires_signature);
    cr_assert_not_null(trust->allow_ids, "a list that is set and empty allows nothing");
    cr_expect_null(trust->allow_ids[0]);
    cr_expect_str_eq(trust->deny_ids[1], "spy");
    cr_expect_str_eq(trust->allow_sha256[0], ones);
    cr_expect_eq(trust->deny_sha256[0][63], 'a');
}

Test(config, takes_an_empty_conninfo_for_none)
{
    g_autoptr(SpConfig) config = read_text("[database]\nconninfo=\n", NULL);
    cr_assert_null(sp_config_get_conninfo(config));
}

static const char *const refused_texts[] = {
    "[plugin]\n",                            /* a group that does not exist */
    "[extension ]\n",                        /* an extension without an id */
    "[plugins]\ndirectory=/a\n",             /* a key that does not exist */
    "[plugins]\ndirectories[de]=/a\n",       /* a translation */
    "[plugins]\ndirectories=relative;/a\n",  /* a folder relative to who knows what */
    "[plugins]\nload_timeout=0\n",           /* below the range */
    "[plugins]\nload_timeout=3601\n",        /* above it */
    "[install]\nlock_wait=-1\n",             /* signed */
    "[install]\nlock_wait=5s\n",             /* a unit */
    "[install]\nlock_wait=\n",               /* nothing */
    "[install]\nlock_wait=99999999999999\n", /* beyond 32 bits */
    "[database]\npool_mode=transaction\n",   /* a mode that cannot be used */
    "[database]\nconninfo=a\\qb\n",          /* a wrong escape sequence */
    "[plugins]\ncache_dir=here\n",           /* relative */
    "[plugins]\non_refused=maybe\n",         /* no such choice */
    "[trust]\nrequire_signature=true\n",     /* no such choice */
    "[trust]\nrequire_signature=yes\n",      /* which nothing could fulfil */
    "[trust]\ndeny_sha256=12ab\n",           /* a hash that was cut short */
    "key=value\n",                           /* a key outside of any group */
    "[plugins]\ndisabled=a\\qb\n",           /* a wrong escape sequence in a list */
    "[plugins]\ndisabled=\xff\n",            /* not UTF-8 */
};

Test(config, refuses_what_it_does_not_know_and_what_is_out_of_range)
{
    for (guint i = 0; i < G_N_ELEMENTS(refused_texts); i++)
        g_error_free(refuse(refused_texts[i]));
}

Test(config, names_the_line_that_cannot_be_read_and_not_its_content)
{
    g_autoptr(GError) error = refuse("# first\n[database]\nhost=x\nconninfo password hush\n");
    g_autofree char *said = g_strconcat(error->message, sp_error_detail(error), NULL);
    cr_expect_eq(sp_error_get_place(error)->line, 4u, "%u", sp_error_get_place(error)->line);
    cr_expect_null(strstr(said, "hush"));
}

Test(config, never_shows_the_value_of_a_key)
{
    g_autoptr(GError) error = refuse("[database]\nconninfo=password=hush\\q\n");
    g_autofree char *said = g_strconcat(error->message, sp_error_detail(error), NULL);
    cr_assert_null(strstr(said, "hush"), "%s", said);
}

Test(config, refuses_a_conninfo_that_everybody_may_read)
{
    g_autoptr(GError) error = NULL;
    g_file_set_contents(path, "[database]\nconninfo=password=x\n", -1, NULL);
    g_chmod(path, 0644);
    cr_assert_null(sp_config_read(path, &error));
    cr_assert(g_error_matches(error, SP_ERROR, SP_ERROR_PERMISSION));
}

Test(config, lets_everybody_read_a_file_without_a_conninfo)
{
    g_file_set_contents(path, "[install]\nlock_wait=1\n", -1, NULL);
    g_chmod(path, 0644);
    g_autoptr(SpConfig) config = sp_config_read(path, NULL);
    cr_assert_not_null(config);
}

Test(config, refuses_a_named_file_that_is_absent_or_no_file)
{
    const char *const paths[] = {path, folder, "/dev/zero", ""};
    for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autoptr(GError) error = NULL;
        cr_assert_null(sp_config_read(paths[i], &error), "%s", paths[i]);
        cr_assert(g_error_matches(error, SP_ERROR, SP_ERROR_CONFIGURATION));
    }
}

Test(config, needs_no_file_when_none_is_named)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SpConfig) config = sp_config_read(NULL, &error);
    cr_assert(config != NULL || error != NULL);
}

Test(config, takes_a_newer_grammar_where_it_says_so)
{
    g_autoptr(SpConfig) config = read_text("[install]\nnewer_grammar=yes\n", NULL);
    cr_expect(sp_config_get_takes_newer_grammar(config));
    g_autoptr(GError) error = refuse("[install]\nnewer_grammar=17\n");
}

Test(config, gives_roles_a_prefix_only_where_they_are_asked_for)
{
    g_autoptr(SpConfig) without = read_text("[install]\nrole_prefix=shop_\n", NULL);
    cr_assert_null(sp_config_get_role_prefix(without));
    g_autoptr(SpConfig) by_default = read_text("[install]\nroles=yes\n", NULL);
    cr_assert_str_eq(sp_config_get_role_prefix(by_default), "sp_");
    g_autoptr(SpConfig) with = read_text("[install]\nroles=yes\nrole_prefix=shop_\n", NULL);
    cr_assert_str_eq(sp_config_get_role_prefix(with), "shop_");
}

Test(config, refuses_a_prefix_that_is_none)
{
    static const char *const prefixes[] = {
        "", "pg_x", "1a", "Shop_", "a\"b", "a.b", "abcdefghijklmnopqrstu"};
    for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        g_autofree char *text = g_strdup_printf("[install]\nrole_prefix=%s\n", prefixes[i]);
        g_autoptr(GError) error = refuse(text);
    }
}
