/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/discover.h"
#include "act/loader.h"
#include "act/vet.h"
#include "base/error.h"
#include "support/signing.h"

#include <sys/stat.h>

#define TIMEOUT_MS 20000u
#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static char *folder;
static SpTestKey *key;

static void
setup(void)
{
    folder = sp_test_plugins_new();
    key = sp_test_key_new();
}

static void
teardown(void)
{
    sp_test_key_free(key);
    sp_test_plugins_free(folder);
}

TestSuite(trust, .init = setup, .fini = teardown, .timeout = 120);

static SpDiscovery *
discover(const SpTrust *trust)
{
    g_autoptr(GError) error = NULL;
    const SpDiscoverOptions options = {
        .directories = LIST(folder),
        .executable = SP_HOST_EXECUTABLE,
        .load_timeout_ms = TIMEOUT_MS,
        .trust = trust,
    };
    SpDiscovery *discovery = sp_discover(&options, &error);
    cr_assert(discovery != NULL, "%s", error ? error->message : "");
    return discovery;
}

/* @code: -1 when it is accepted */
static void
assert_plugin(const SpDiscovery *discovery, guint index, int code)
{
    const SpPlugin *plugin = sp_discovery_get(discovery, index);
    const GError *refusal = plugin->refusal;
    cr_assert_eq(refusal != NULL ? refusal->code : -1, code, "%s: %s: %s", plugin->path,
                 refusal ? refusal->message : "accepted", sp_error_detail(refusal));
    cr_assert_eq(plugin->extension != NULL, code < 0);
}

static void
assert_only(const SpTrust *trust, int code)
{
    g_autoptr(SpDiscovery) discovery = discover(trust);
    cr_assert_eq(sp_discovery_get_n(discovery), 1u);
    assert_plugin(discovery, 0, code);
}

static char *
put(const char *fixture)
{
    return sp_test_put_fixture(folder, fixture, NULL);
}

static char *
hash_of(const char *path)
{
    g_autofree char *bytes = NULL;
    gsize length = 0;
    cr_assert(g_file_get_contents(path, &bytes, &length, NULL));
    return g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)bytes, length);
}

Test(trust, accepts_signed_plugins_of_both_algorithms)
{
    g_autofree char *good = put("good");
    g_autofree char *no_note = put("no_note");
    g_autofree char *hash = hash_of(good);
    sp_test_sign(key, good, FALSE);
    sp_test_sign(key, no_note, TRUE);
    const SpTrust trust = {.keys = LIST(key->line), .requires_signature = TRUE};
    g_autoptr(SpDiscovery) discovery = discover(&trust);
    cr_assert_eq(sp_discovery_get_n(discovery), 2u);
    assert_plugin(discovery, 0, -1);
    assert_plugin(discovery, 1, -1);
    const SpPlugin *plugin = sp_discovery_get(discovery, 0);
    cr_expect_eq(plugin->signature->state, SP_SIGNATURE_VALID);
    cr_expect_str_eq(plugin->signature->key_id, key->id);
    cr_expect_str_eq(plugin->sha256, hash);
    /* Each is loaded from its own copy, though one child loads both. */
    cr_expect_str_eq(sp_extension_get_id(plugin->extension), "good");
    cr_expect_str_eq(sp_extension_get_id(sp_discovery_get(discovery, 1)->extension), "no_note");
}

Test(trust, refuses_a_plugin_without_signature_only_when_one_is_required)
{
    g_free(put("good"));
    const SpTrust lax = {.keys = LIST(key->line)};
    const SpTrust strict = {.keys = LIST(key->line), .requires_signature = TRUE};
    assert_only(&strict, SP_ERROR_SIGNATURE_MISSING);
    g_autoptr(SpDiscovery) discovery = discover(&lax);
    assert_plugin(discovery, 0, -1);
    cr_expect_eq(sp_discovery_get(discovery, 0)->signature->state, SP_SIGNATURE_UNSIGNED);
}

Test(trust, looks_at_no_signature_without_keys)
{
    g_free(put("good"));
    g_free(sp_test_put(folder, "good.so.minisig", "nonsense", -1));
    g_autoptr(SpDiscovery) discovery = discover(NULL);
    assert_plugin(discovery, 0, -1);
    cr_expect_null(sp_discovery_get(discovery, 0)->signature);
    cr_expect_null(sp_discovery_get(discovery, 0)->sha256);
}

Test(trust, refuses_a_bad_signature_also_when_none_is_required)
{
    g_autofree char *good = put("good");
    sp_test_sign(key, good, FALSE);
    const SpTrust lax = {.keys = LIST(key->line)};
    assert_only(&lax, -1);
    /* Another plugin under a signature that was made for this one. */
    g_free(sp_test_put_fixture(folder, "no_note", "good.so"));
    g_autoptr(SpDiscovery) discovery = discover(&lax);
    assert_plugin(discovery, 0, SP_ERROR_SIGNATURE_INVALID);
    cr_expect_eq(sp_discovery_get(discovery, 0)->signature->state, SP_SIGNATURE_INVALID);
    g_free(sp_test_put(folder, "good.so.minisig", "", 0));
    assert_only(&lax, SP_ERROR_FILE);
}

Test(trust, refuses_the_signature_of_a_key_that_is_not_listed)
{
    g_autoptr(SpTestKey) other = sp_test_key_new();
    g_autofree char *good = put("good");
    sp_test_sign(other, good, FALSE);
    const SpTrust trust = {.keys = LIST(key->line)};
    g_autoptr(SpDiscovery) discovery = discover(&trust);
    assert_plugin(discovery, 0, SP_ERROR_SIGNATURE_UNTRUSTED);
    cr_expect_str_eq(sp_discovery_get(discovery, 0)->signature->key_id, other->id);
}

Test(trust, takes_no_signature_that_others_could_have_put_there)
{
    g_autofree char *good = put("good");
    g_autofree char *signature = g_strconcat(good, ".minisig", NULL);
    g_autofree char *moved = g_strconcat(signature, ".moved", NULL);
    const SpTrust trust = {.keys = LIST(key->line), .requires_signature = TRUE};
    sp_test_sign(key, good, FALSE);
    assert_only(&trust, -1);
    cr_assert_eq(g_chmod(signature, 0666), 0);
    assert_only(&trust, SP_ERROR_PERMISSION);
    cr_assert_eq(g_chmod(signature, 0644), 0);
    cr_assert_eq(g_rename(signature, moved), 0);
    cr_assert_eq(symlink(moved, signature), 0);
    assert_only(&trust, SP_ERROR_FILE);
}

Test(trust, refuses_keys_that_are_none)
{
    g_autoptr(GError) error = NULL;
    const SpTrust trust = {.keys = LIST("RWnonsense")};
    const SpDiscoverOptions options = {
        .directories = LIST(folder), .executable = SP_HOST_EXECUTABLE, .trust = &trust};
    cr_assert_null(sp_discover(&options, &error));
    cr_expect(g_error_matches(error, SP_ERROR, SP_ERROR_CONFIGURATION));
}

Test(trust, runs_no_code_of_what_is_denied_by_note_or_hash)
{
    g_autofree char *path = put("segfault_in_constructor");
    g_autofree char *hash = hash_of(path);
    const SpTrust by_id = {.deny_ids = LIST("segfault_in_constructor")};
    const SpTrust by_hash = {.deny_sha256 = LIST(hash)};
    const SpTrust not_allowed = {.allow_sha256 = LIST("00")};
    assert_only(NULL, SP_ERROR_LOAD_CRASHED);
    assert_only(&by_id, SP_ERROR_DENIED);
    assert_only(&by_hash, SP_ERROR_DENIED);
    assert_only(&not_allowed, SP_ERROR_DENIED);
}

Test(trust, denies_a_plugin_without_note_once_its_id_is_known)
{
    g_free(put("no_note"));
    const SpTrust deny = {.deny_ids = LIST("no_note")};
    const SpTrust allow = {.allow_ids = LIST("no_note")};
    assert_only(&deny, SP_ERROR_DENIED);
    assert_only(&allow, -1);
}

Test(trust, allows_by_hash)
{
    g_autofree char *path = put("good");
    g_autofree char *hash = hash_of(path);
    const SpTrust allow = {.allow_sha256 = LIST(hash)};
    assert_only(&allow, -1);
    /* Whoever changes a byte has another plugin. */
    g_autoptr(GByteArray) bytes = sp_test_fixture("good");
    g_byte_array_append(bytes, (const guint8 *)"", 1);
    g_free(sp_test_put(folder, "good.so", bytes->data, (gssize)bytes->len));
    assert_only(&allow, SP_ERROR_DENIED);
}

Test(trust, says_that_libraries_beside_a_plugin_are_not_verified)
{
    g_autofree char *library = NULL;
    gsize length = 0;
    g_autofree char *path = put("needs_beside");
    cr_assert(g_file_get_contents(SP_FIXTURES "/libbeside.so.1", &library, &length, NULL));
    g_free(sp_test_put(folder, "libbeside.so.1", library, (gssize)length));
    sp_test_sign(key, path, FALSE);
    const SpTrust trust = {.keys = LIST(key->line)};
    assert_only(NULL, -1);
    assert_only(&trust, SP_ERROR_UNVERIFIED_LIBRARY);
}

Test(trust, takes_more_plugins_than_one_child_holds)
{
    guint n = 2 * SP_LOAD_SEALED_MAX + 3;
    for (guint i = 0; i < n; i++) {
        g_autofree char *name = g_strdup_printf("p%03u.so", i);
        g_free(sp_test_put_fixture(folder, i % 2 == 0 ? "good" : "no_note", name));
    }
    const SpTrust trust = {.deny_sha256 = LIST("00")};
    g_autoptr(SpDiscovery) discovery = discover(&trust);
    cr_assert_eq(sp_discovery_get_n(discovery), n);
    for (guint i = 0; i < n; i++) {
        assert_plugin(discovery, i, -1);
        cr_expect_str_eq(sp_extension_get_id(sp_discovery_get(discovery, i)->extension),
                         i % 2 == 0 ? "good" : "no_note");
    }
}

/* What comes of loading the one plugin of the folder, when @change was done after it was looked at.
 * Returns: (transfer full): its id */
static char *
load_after(const SpTrust *trust, void (*change)(void))
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SpVet) vet = sp_vet_new(&(SpVetOptions){.trust = trust}, NULL);
    g_autoptr(SpDirectory) directory = sp_directory_scan(folder, NULL);
    g_autoptr(SpVetted) vetted = sp_vet_file(vet, directory, 0);
    cr_assert_null(vetted->refusal);
    change();
    g_autoptr(GPtrArray) candidates = g_ptr_array_new();
    g_ptr_array_add(candidates, (gpointer)sp_directory_get(directory, 0));
    g_autoptr(GPtrArray) results =
        sp_load(SP_HOST_EXECUTABLE, directory, candidates, &vetted->facts->symbol_size,
                sp_vet_seals(vet) ? &vetted->sealed_fd : NULL, TIMEOUT_MS, &error);
    cr_assert_not_null(results);
    const SpLoaded *loaded = g_ptr_array_index(results, 0);
    cr_assert_not_null(loaded->declaration);
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(SpExtension) extension = sp_extension_new(loaded->declaration, folder, findings);
    return g_strdup(sp_extension_get_id(extension));
}

/* A new file under the old name. */
static void
replace(void)
{
    g_free(sp_test_put_fixture(folder, "no_note", "good.so"));
}

/* New bytes in the old file. */
static void
overwrite(void)
{
    g_autoptr(GByteArray) bytes = sp_test_fixture("no_note");
    g_autofree char *path = g_build_filename(folder, "good.so", NULL);
    FILE *stream = fopen(path, "w");
    cr_assert_eq(fwrite(bytes->data, 1, bytes->len, stream), bytes->len);
    cr_assert_eq(fclose(stream), 0);
}

Test(trust, loads_the_very_bytes_that_were_verified)
{
    const SpTrust trust = {.keys = LIST(key->line), .requires_signature = TRUE};
    void (*const changes[])(void) = {replace, overwrite};
    for (guint i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autofree char *path = put("good");
        sp_test_sign(key, path, FALSE);
        g_autofree char *id = load_after(&trust, changes[i]);
        cr_expect_str_eq(id, "good");
        /* Without a policy nothing was promised, and the file is what it is by then. */
        g_free(put("good"));
        g_autofree char *unverified = load_after(NULL, changes[i]);
        cr_expect_str_eq(unverified, "no_note");
    }
}
