/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/verdict_cache.h"

#include "act/verdict_environment.h"
#include "act/verdict_file.h"
#include "base/error.h"
#include "edge/build_id.h"
#include "support/plugins.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534
#define ENVIRONMENT "host 1"
#define WRITERS 4
#define ROUNDS 50

static char *folder;
static char *file;
static const SpVerdictKey some = {{1, 2, 3, 4, 5}, {6, 7, 8, 9, 10}};

static void
setup(void)
{
    folder = sp_test_plugins_new();
    file = g_build_filename(folder, SP_VERDICT_FILE, NULL);
}

static void
teardown(void)
{
    sp_test_plugins_free(folder);
    g_free(file);
}

TestSuite(verdict_cache, .init = setup, .fini = teardown);

static void
keep_at(const SpVerdictKey *key, int code, gint64 since)
{
    g_autoptr(SpVerdictCache) cache = sp_verdict_cache_open(folder, ENVIRONMENT);
    cr_assert_not_null(cache);
    g_autoptr(GError) refusal =
        code >= 0 ? sp_error_new((SpErrorCode)code, "detail", "hint", "problem") : NULL;
    const SpSignature signature = {SP_SIGNATURE_VALID, "0123456789ABCDEF"};
    const SpVerdict verdict = {
        .refusal = refusal, .sha256 = "abc", .signature = &signature, .since = since};
    sp_verdict_cache_put(cache, key, &verdict);
    sp_verdict_cache_save(cache);
}

static void
keep(void)
{
    keep_at(&some, SP_ERROR_ELF, g_get_real_time());
}

static gboolean
is_kept_for(const SpVerdictKey *key, const char *environment)
{
    g_autoptr(SpVerdictCache) cache = sp_verdict_cache_open(folder, environment);
    return cache != NULL && sp_verdict_cache_find(cache, key) != NULL;
}

static gboolean
is_kept(void)
{
    return is_kept_for(&some, ENVIRONMENT);
}

Test(verdict_cache, knows_the_next_time_what_was_found)
{
    gint64 now = g_get_real_time();
    keep_at(&some, SP_ERROR_ELF, now);
    g_autoptr(SpVerdictCache) cache = sp_verdict_cache_open(folder, ENVIRONMENT);
    const SpVerdict *verdict = sp_verdict_cache_find(cache, &some);
    cr_assert_not_null(verdict);
    cr_expect(g_error_matches(verdict->refusal, SP_ERROR, SP_ERROR_ELF));
    cr_expect_str_eq(verdict->refusal->message, "problem");
    cr_expect_str_eq(sp_error_detail(verdict->refusal), "detail");
    cr_expect_str_eq(sp_error_hint(verdict->refusal), "hint");
    cr_expect_str_eq(verdict->sha256, "abc");
    cr_expect_eq(verdict->signature->state, SP_SIGNATURE_VALID);
    cr_expect_str_eq(verdict->signature->key_id, "0123456789ABCDEF");
    cr_expect_eq(verdict->since, now);
}

Test(verdict_cache, knows_of_what_is_in_order_without_a_signature)
{
    g_autoptr(SpVerdictCache) cache = sp_verdict_cache_open(folder, ENVIRONMENT);
    const SpVerdict good = {.since = g_get_real_time()};
    sp_verdict_cache_put(cache, &some, &good);
    sp_verdict_cache_save(cache);
    g_autoptr(SpVerdictCache) next = sp_verdict_cache_open(folder, ENVIRONMENT);
    const SpVerdict *verdict = sp_verdict_cache_find(next, &some);
    cr_assert_not_null(verdict);
    cr_expect(verdict->refusal == NULL && verdict->sha256 == NULL && verdict->signature == NULL);
}

Test(verdict_cache, knows_what_a_plugin_declared)
{
    g_autoptr(SpVerdictCache) cache = sp_verdict_cache_open(folder, ENVIRONMENT);
    g_autoptr(GBytes) facts = g_bytes_new_static("facts", 5);
    g_autoptr(GBytes) declaration = g_bytes_new_static("de\0claration", 12);
    const SpVerdict good = {.since = g_get_real_time(), .facts = facts, .declaration = declaration};
    sp_verdict_cache_put(cache, &some, &good);
    sp_verdict_cache_save(cache);
    g_autoptr(SpVerdictCache) next = sp_verdict_cache_open(folder, ENVIRONMENT);
    const SpVerdict *verdict = sp_verdict_cache_find(next, &some);
    cr_assert_not_null(verdict);
    cr_expect(g_bytes_equal(verdict->facts, facts));
    cr_expect(g_bytes_equal(verdict->declaration, declaration));
}

Test(verdict_cache, knows_nothing_of_a_file_that_differs_in_any_part_of_its_key)
{
    keep();
    cr_assert(is_kept());
    cr_assert_eq(sizeof some % sizeof(guint64), 0u);
    for (gsize i = 0; i < sizeof some / sizeof(guint64); i++) {
        guint64 words[sizeof some / sizeof(guint64)];
        SpVerdictKey other;
        memcpy(words, &some, sizeof some);
        words[i]++;
        memcpy(&other, words, sizeof other);
        cr_expect_not(is_kept_for(&other, ENVIRONMENT), "part %zu", i);
    }
}

Test(verdict_cache, knows_nothing_in_another_environment)
{
    keep();
    cr_expect_not(is_kept_for(&some, "host 2"));
}

Test(verdict_cache, has_one_verdict_a_file)
{
    SpVerdictKey later = some;
    later.plugin.changed++;
    keep();
    keep_at(&later, SP_ERROR_NOTE, g_get_real_time());
    cr_expect_not(is_kept());
    cr_expect(is_kept_for(&later, ENVIRONMENT));
}

Test(verdict_cache, forgets_how_loading_ended_after_an_hour)
{
    gint64 hour = G_GINT64_CONSTANT(3600) * G_USEC_PER_SEC;
    gint64 now = g_get_real_time();
    const struct {
        int code;
        gint64 since;
        gboolean is_kept;
    } rows[] = {
        {SP_ERROR_LOAD_TIMEOUT, now - hour + 600 * G_USEC_PER_SEC, TRUE},
        {SP_ERROR_LOAD_TIMEOUT, now - hour - 1, FALSE},
        {SP_ERROR_LOAD_CRASHED, now - hour - 1, FALSE},
        {SP_ERROR_SIGNATURE_INVALID, now - 1000 * hour, TRUE},
        {-1, now - 1000 * hour, TRUE},
        {SP_ERROR_ELF, now + hour, FALSE}, /* the clock was set back */
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        keep_at(&some, rows[i].code, rows[i].since);
        cr_expect_eq(is_kept(), rows[i].is_kept, "row %u", i);
    }
}

Test(verdict_cache, keeps_what_costs_something_to_find_again)
{
    const struct {
        SpErrorCode code;
        gboolean keeps;
    } rows[] = {
        {SP_ERROR_FILE, FALSE},
        {SP_ERROR_PERMISSION, FALSE},
        {SP_ERROR_ELF, TRUE},
        {SP_ERROR_ABI_SIZE, TRUE},
        {SP_ERROR_NOTE_MISMATCH, TRUE},
        {SP_ERROR_SIGNATURE_MISSING, FALSE},
        {SP_ERROR_SIGNATURE_INVALID, TRUE},
        {SP_ERROR_SIGNATURE_UNTRUSTED, TRUE},
        {SP_ERROR_UNVERIFIED_LIBRARY, FALSE},
        {SP_ERROR_DENIED, FALSE},
        {SP_ERROR_LOAD, FALSE},
        {SP_ERROR_LOAD_CRASHED, TRUE},
        {SP_ERROR_LOAD_EXITED, TRUE},
        {SP_ERROR_LOAD_TIMEOUT, TRUE},
        {SP_ERROR_LOAD_PROTOCOL, TRUE},
        {SP_ERROR_INVALID_EXTENSION, FALSE},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        cr_expect_eq(sp_verdict_cache_keeps(rows[i].code), rows[i].keeps, "%s",
                     sp_error_code_nick(rows[i].code));
}

Test(verdict_cache, ignores_a_file_with_a_wrong_byte, .timeout = 120)
{
    g_autofree char *bytes = NULL;
    gsize length = 0;
    keep();
    cr_assert(g_file_get_contents(file, &bytes, &length, NULL));
    for (gsize i = 0; i < length; i++) {
        bytes[i] = (char)(bytes[i] ^ 0x10);
        g_free(sp_test_put(folder, SP_VERDICT_FILE, bytes, (gssize)length));
        cr_expect_not(is_kept(), "byte %zu", i);
        bytes[i] = (char)(bytes[i] ^ 0x10);
    }
    g_free(sp_test_put(folder, SP_VERDICT_FILE, bytes, (gssize)length));
    cr_assert(is_kept());
}

Test(verdict_cache, ignores_a_file_that_is_cut_short_or_too_long)
{
    g_autofree char *bytes = NULL;
    gsize length = 0;
    keep();
    cr_assert(g_file_get_contents(file, &bytes, &length, NULL));
    for (gsize i = 0; i < length; i += 7) {
        g_free(sp_test_put(folder, SP_VERDICT_FILE, bytes, (gssize)i));
        cr_expect_not(is_kept(), "%zu bytes", i);
    }
    g_autofree char *longer = g_malloc0(length + 1);
    memcpy(longer, bytes, length);
    g_free(sp_test_put(folder, SP_VERDICT_FILE, longer, (gssize)length + 1));
    cr_expect_not(is_kept());
}

/* What the host itself could have written, and of another form. */
Test(verdict_cache, ignores_a_genuine_file_with_another_content)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY);
    g_autoptr(GBytes) text = g_bytes_new_static("text", 4);
    sp_verdict_file_write(fd, SP_VERDICT_FILE, text);
    g_autoptr(GBytes) back = sp_verdict_file_read(fd, SP_VERDICT_FILE);
    cr_assert_not_null(back);
    cr_expect_not(is_kept());
    close(fd);
}

Test(verdict_cache, is_nobody_elses_to_read_or_write)
{
    struct stat stat;
    umask(0);
    keep();
    cr_assert_eq(g_lstat(file, &stat), 0);
    cr_expect_eq(stat.st_mode & 07777, 0600u);
    cr_assert_eq(g_chmod(file, 0620), 0);
    cr_expect_not(is_kept());
    cr_assert_eq(g_chmod(file, 0602), 0);
    cr_expect_not(is_kept());
    cr_assert_eq(g_chmod(file, 0600), 0);
    cr_expect(is_kept());
}

Test(verdict_cache, trusts_no_file_of_another_user)
{
    if (geteuid() != 0)
        cr_skip_test("only root gives files away");
    keep();
    cr_assert_eq(chown(file, NOBODY, NOBODY), 0);
    cr_expect_not(is_kept());
}

Test(verdict_cache, follows_no_link_and_takes_no_file_with_two_names)
{
    g_autofree char *elsewhere = g_build_filename(folder, "elsewhere", NULL);
    keep();
    cr_assert_eq(link(file, elsewhere), 0);
    cr_expect_not(is_kept());
    cr_assert_eq(g_unlink(file), 0);
    cr_assert_eq(symlink("elsewhere", file), 0);
    cr_expect_not(is_kept());
    cr_assert_eq(g_unlink(file), 0);
    cr_assert_eq(mkfifo(file, 0600), 0);
    cr_expect_not(is_kept());
}

Test(verdict_cache, replaces_a_link_and_leaves_its_target_alone)
{
    g_autofree char *target = sp_test_put(folder, "target", "precious", -1);
    g_autofree char *text = NULL;
    cr_assert_eq(symlink("target", file), 0);
    keep();
    cr_assert(g_file_get_contents(target, &text, NULL, NULL));
    cr_expect_str_eq(text, "precious");
    cr_expect(is_kept());
}

Test(verdict_cache, uses_no_folder_that_others_may_write)
{
    g_autofree char *absent = g_build_filename(folder, "absent", NULL);
    keep();
    cr_assert_eq(g_chmod(folder, 0777), 0);
    cr_expect_null(sp_verdict_cache_open(folder, ENVIRONMENT));
    cr_assert_eq(g_chmod(folder, 0755), 0);
    cr_expect(is_kept());
    cr_expect_null(sp_verdict_cache_open(absent, ENVIRONMENT));
}

Test(verdict_cache, is_no_error_where_it_cannot_be_written)
{
    keep();
    cr_assert_eq(g_unlink(file), 0);
    cr_assert_eq(g_mkdir(file, 0700), 0);
    g_autofree char *in_the_way = sp_test_put(file, "x", "x", -1);
    keep();
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    cr_expect_str_eq(g_dir_read_name(dir), SP_VERDICT_FILE);
    cr_expect_null(g_dir_read_name(dir), "something was left behind");
}

static void
write_often(guint64 writer)
{
    for (guint64 i = 0; i < ROUNDS; i++) {
        SpVerdictKey key = some;
        key.plugin.inode = 1000 * (writer + 1) + i;
        keep_at(&key, SP_ERROR_ELF, g_get_real_time());
    }
    _exit(0);
}

Test(verdict_cache, is_whole_at_any_moment_while_several_hosts_write, .timeout = 120)
{
    keep();
    for (guint64 i = 0; i < WRITERS; i++)
        if (fork() == 0)
            write_often(i);
    int fd = open(folder, O_RDONLY | O_DIRECTORY);
    guint n_looks = 0;
    for (; waitpid(-1, NULL, WNOHANG) == 0 || n_looks == 0; n_looks++)
        cr_assert(is_kept());
    while (waitpid(-1, NULL, 0) > 0)
        cr_assert(is_kept());
    close(fd);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    cr_expect_str_eq(g_dir_read_name(dir), SP_VERDICT_FILE);
    cr_expect_null(g_dir_read_name(dir), "something was left behind");
}

Test(verdict_environment, changes_with_all_that_verdicts_depend_on)
{
    const char *const lists[][2] = {{"a", NULL}, {NULL}};
    const SpTrust variants[] = {
        {0},
        {.keys = lists[0]},
        {.keys = lists[0], .requires_signature = TRUE},
        {.allow_ids = lists[0]},
        {.allow_ids = lists[1]},
        {.deny_ids = lists[0]},
        {.allow_sha256 = lists[0]},
        {.deny_sha256 = lists[0]},
    };
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(variants); i++)
        cr_expect(g_hash_table_add(seen, sp_verdict_environment(&variants[i], 5000)), "%u", i);
    cr_expect(g_hash_table_add(seen, sp_verdict_environment(NULL, 5001)));
    cr_expect_not(g_hash_table_add(seen, sp_verdict_environment(NULL, 5000)));
    g_autofree char *build_id = sp_build_id();
    g_autofree char *environment = sp_verdict_environment(NULL, 5000);
    cr_assert_not_null(build_id);
    cr_expect_geq(strlen(build_id), 16u);
    cr_expect_not_null(strstr(environment, build_id));
}
