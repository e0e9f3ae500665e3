/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/discover.h"
#include "act/verdict_cache.h"
#include "act/verdict_environment.h"
#include "base/error.h"
#include "support/signing.h"

#include <fcntl.h>
#include <string.h>

#define TIMEOUT_MS 20000u
#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})
/* A host that cannot load anything, and so shows whether it would have. */
#define NOBODY "/nonexistent"

static char *folder;
static char *kept;

static void
setup(void)
{
    folder = sp_test_plugins_new();
    kept = sp_test_plugins_new();
}

static void
teardown(void)
{
    sp_test_plugins_free(folder);
    sp_test_plugins_free(kept);
}

TestSuite(verdicts, .init = setup, .fini = teardown, .timeout = 120);

static SpDiscovery *
try(const char *executable, const SpTrust *trust, gboolean ignores_kept)
{
    const SpDiscoverOptions options = {
        .directories = LIST(folder),
        .executable = executable,
        .load_timeout_ms = TIMEOUT_MS,
        .trust = trust,
        .cache_directory = kept,
        .ignores_kept = ignores_kept,
    };
    return sp_discover(&options, NULL);
}

static SpDiscovery *
discover(const SpTrust *trust)
{
    SpDiscovery *discovery = try(SP_HOST_EXECUTABLE, trust, FALSE);
    cr_assert_not_null(discovery);
    return discovery;
}

static char *
put(const char *fixture)
{
    return sp_test_put_fixture(folder, fixture, NULL);
}

static void
settle(void)
{
    g_usleep(2200000);
}

/* Discovers once, when all is old enough to be remembered. */
static void
learn(const SpTrust *trust)
{
    settle();
    g_autoptr(SpDiscovery) discovery = discover(trust);
}

static void
assert_remembered(const SpDiscovery *discovery, guint index, int code)
{
    const SpPlugin *plugin = sp_discovery_get(discovery, index);
    cr_assert(plugin->is_remembered, "%s", plugin->path);
    cr_assert(g_error_matches(plugin->refusal, SP_ERROR, code), "%s", plugin->refusal->message);
    cr_expect_not_null(strstr(sp_error_hint(plugin->refusal), "--no-cache"));
    cr_expect_str_eq(sp_error_get_place(plugin->refusal)->path, plugin->path);
}

Test(verdicts, loads_no_plugin_again_that_crashed_and_reads_none_again_that_is_malformed)
{
    g_free(put("abi_major_2"));
    g_free(put("exit_in_constructor"));
    g_free(put("segfault_in_constructor"));
    settle();
    g_autoptr(SpDiscovery) first = discover(NULL);
    g_autoptr(SpDiscovery) second = try(NOBODY, NULL, FALSE);
    cr_assert_not_null(second, "it was loaded again");
    const int codes[] = {SP_ERROR_ABI_MAJOR, SP_ERROR_LOAD_EXITED, SP_ERROR_LOAD_CRASHED};
    for (guint i = 0; i < G_N_ELEMENTS(codes); i++) {
        const SpPlugin *before = sp_discovery_get(first, i);
        const SpPlugin *after = sp_discovery_get(second, i);
        cr_expect_not(before->is_remembered);
        assert_remembered(second, i, codes[i]);
        cr_expect_str_eq(after->refusal->message, before->refusal->message);
        cr_expect_eq(g_strcmp0(sp_error_detail(after->refusal), sp_error_detail(before->refusal)),
                     0);
        /* Who it is, is read again each time. */
        cr_expect_str_eq(after->facts->id, before->facts->id);
    }
}

Test(verdicts, tries_again_when_asked_to_and_remembers_the_new_answer)
{
    g_free(put("segfault_in_constructor"));
    learn(NULL);
    cr_expect_null(try(NOBODY, NULL, TRUE), "it was not tried");
    g_autoptr(SpDiscovery) again = try(SP_HOST_EXECUTABLE, NULL, TRUE);
    cr_expect_not(sp_discovery_get(again, 0)->is_remembered);
    g_autoptr(SpDiscovery) next = discover(NULL);
    assert_remembered(next, 0, SP_ERROR_LOAD_CRASHED);
}

Test(verdicts, tries_again_when_the_file_was_touched_or_replaced)
{
    g_autofree char *path = put("segfault_in_constructor");
    learn(NULL);
    cr_assert_eq(g_chmod(path, 0600), 0);
    cr_expect_null(try(NOBODY, NULL, FALSE), "a change time that differs was not seen");
    learn(NULL);
    g_free(sp_test_put_fixture(folder, "good", "segfault_in_constructor.so"));
    g_autoptr(SpDiscovery) discovery = discover(NULL);
    cr_expect_null(sp_discovery_get(discovery, 0)->refusal);
}

Test(verdicts, tries_again_when_the_policy_changes)
{
    g_free(put("segfault_in_constructor"));
    learn(NULL);
    const SpTrust trust = {.deny_ids = LIST("somebody_else")};
    cr_expect_null(try(NOBODY, &trust, FALSE));
}

Test(verdicts, remembers_nothing_of_a_file_that_is_too_young)
{
    g_free(put("segfault_in_constructor"));
    g_autoptr(SpDiscovery) first = discover(NULL);
    g_autoptr(SpDiscovery) second = discover(NULL);
    cr_expect_not(sp_discovery_get(second, 0)->is_remembered);
}

Test(verdicts, remembers_no_failure_that_costs_nothing_to_find_again)
{
    g_free(put("undefined_symbol"));
    learn(NULL);
    g_autoptr(SpDiscovery) second = discover(NULL);
    cr_expect_not(sp_discovery_get(second, 0)->is_remembered);
    cr_expect_eq(sp_discovery_get(second, 0)->refusal->code, SP_ERROR_UNDEFINED_SYMBOL);
}

Test(verdicts, loads_no_plugin_again_that_was_accepted)
{
    g_autofree char *path = put("good");
    settle();
    g_autoptr(SpDiscovery) first = discover(NULL);
    g_autoptr(SpDiscovery) second = try(NOBODY, NULL, FALSE);
    cr_assert_not_null(second, "it was loaded again");
    const SpPlugin *before = sp_discovery_get(first, 0);
    const SpPlugin *after = sp_discovery_get(second, 0);
    cr_expect(after->is_remembered && !before->is_remembered);
    cr_expect_str_eq(sp_extension_get_digest(after->extension),
                     sp_extension_get_digest(before->extension));
    cr_expect_str_eq(after->facts->id, before->facts->id);
    cr_expect_eq(after->facts->symbol_size, before->facts->symbol_size);
    cr_expect_eq(sp_discovery_get_extensions(second)->len, 1u);
    cr_assert_eq(g_chmod(path, 0600), 0);
    cr_expect_null(try(NOBODY, NULL, FALSE), "a change time that differs was not seen");
}

/* It is said each time. */
Test(verdicts, loads_a_plugin_again_that_left_something_behind)
{
    g_free(put("changes_the_directory"));
    learn(NULL);
    cr_expect_null(try(NOBODY, NULL, FALSE), "it was not loaded");
    g_autoptr(SpDiscovery) second = discover(NULL);
    cr_expect_eq(sp_discovery_get(second, 0)->warnings->len, 1u);
}

/* Someone who asks what a file is made of gets all of it. */
Test(verdicts, reads_whole_files_when_asked_to)
{
    g_free(put("good"));
    learn(NULL);
    const SpDiscoverOptions options = {
        .directories = LIST(folder),
        .executable = SP_HOST_EXECUTABLE,
        .load_timeout_ms = TIMEOUT_MS,
        .cache_directory = kept,
        .reads_whole_files = TRUE,
    };
    g_autoptr(SpDiscovery) discovery = sp_discover(&options, NULL);
    cr_expect_not(sp_discovery_get(discovery, 0)->is_remembered);
    cr_expect_not_null(sp_discovery_get(discovery, 0)->facts->needed);
}

Test(verdicts, remembers_a_bad_signature_until_it_is_replaced)
{
    SpTestKey *key = sp_test_key_new();
    g_autofree char *path = put("good");
    sp_test_sign(key, path, FALSE);
    g_free(sp_test_put_fixture(folder, "no_note", "good.so"));
    const SpTrust trust = {.keys = LIST(key->line)};
    learn(&trust);
    g_autoptr(SpDiscovery) second = discover(&trust);
    assert_remembered(second, 0, SP_ERROR_SIGNATURE_INVALID);
    cr_expect_eq(sp_discovery_get(second, 0)->signature->state, SP_SIGNATURE_INVALID);
    cr_expect_not_null(sp_discovery_get(second, 0)->sha256);
    sp_test_sign(key, path, FALSE);
    g_autoptr(SpDiscovery) third = discover(&trust);
    cr_expect_null(sp_discovery_get(third, 0)->refusal);
    sp_test_key_free(key);
}

/* A signature that was good does not stand for one that is there now. */
Test(verdicts, verifies_again_when_only_the_signature_changed)
{
    SpTestKey *key = sp_test_key_new();
    SpTestKey *other = sp_test_key_new();
    g_autofree char *path = put("good");
    const SpTrust trust = {.keys = LIST(key->line), .requires_signature = TRUE};
    sp_test_sign(key, path, FALSE);
    learn(&trust);
    sp_test_sign(other, path, FALSE);
    g_autoptr(SpDiscovery) second = discover(&trust);
    cr_expect(g_error_matches(sp_discovery_get(second, 0)->refusal, SP_ERROR,
                              SP_ERROR_SIGNATURE_UNTRUSTED));
    sp_test_key_free(key);
    sp_test_key_free(other);
}

/* The hash in the answer is the one that was kept, so none was computed. */
Test(verdicts, computes_no_hash_again_of_bytes_that_are_known)
{
    g_autofree char *path = put("good");
    g_autofree char *lie = g_strnfill(64, 'e');
    const SpTrust trust = {.deny_sha256 = LIST("00")};
    g_autofree char *environment = sp_verdict_environment(&trust, TIMEOUT_MS);
    learn(&trust);
    SpVerdictKey key = {0};
    cr_assert(sp_file_key_read(AT_FDCWD, path, &key.plugin));
    g_autoptr(SpVerdictCache) cache = sp_verdict_cache_open(kept, environment);
    const SpVerdict verdict = {.sha256 = lie, .since = g_get_real_time()};
    sp_verdict_cache_put(cache, &key, &verdict);
    sp_verdict_cache_save(cache);
    g_autoptr(SpDiscovery) discovery = discover(&trust);
    cr_expect_str_eq(sp_discovery_get(discovery, 0)->sha256, lie);
    cr_expect_not_null(sp_discovery_get(discovery, 0)->extension);
}

Test(verdicts, keeps_nothing_of_a_plugin_with_libraries_beside_it)
{
    g_autofree char *path = put("needs_beside");
    g_autofree char *environment = sp_verdict_environment(NULL, TIMEOUT_MS);
    g_free(put("good"));
    learn(NULL);
    SpVerdictKey good = {0}, beside = {0};
    g_autofree char *good_path = g_build_filename(folder, "good.so", NULL);
    cr_assert(sp_file_key_read(AT_FDCWD, good_path, &good.plugin));
    cr_assert(sp_file_key_read(AT_FDCWD, path, &beside.plugin));
    g_autoptr(SpVerdictCache) cache = sp_verdict_cache_open(kept, environment);
    cr_expect_not_null(sp_verdict_cache_find(cache, &good));
    cr_expect_null(sp_verdict_cache_find(cache, &beside));
}
