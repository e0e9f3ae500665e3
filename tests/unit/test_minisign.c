/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/minisign.h"

#include "base/error.h"
#include "support/signing.h"

#define CONTENT "these are the bytes of a plugin"

static char *folder;
static SpTestKey *key;
static SpKeyring *keyring;

static void
setup(void)
{
    folder = sp_test_plugins_new();
    key = sp_test_key_new();
    keyring = sp_keyring_new((const char *const[]){key->line, NULL}, NULL);
    cr_assert_not_null(keyring);
}

static void
teardown(void)
{
    sp_keyring_free(keyring);
    sp_test_key_free(key);
    sp_test_plugins_free(folder);
}

TestSuite(minisign, .init = setup, .fini = teardown);

/* (transfer full): the signature file that the tool makes of CONTENT. */
static char *
sign(gboolean is_legacy)
{
    char *text = NULL;
    g_autofree char *path = sp_test_put(folder, "x.so", CONTENT, -1);
    g_autofree char *signature = g_strconcat(path, ".minisig", NULL);
    sp_test_sign(key, path, is_legacy);
    cr_assert(g_file_get_contents(signature, &text, NULL, NULL));
    return text;
}

static SpSignature
verify(const SpKeyring *ring, const char *signature, gsize length, const char *content,
       GError **error)
{
    SpSignature result = {.state = SP_N_SIGNATURE_STATES};
    g_autoptr(GBytes) file = g_bytes_new(signature, length);
    g_autoptr(GBytes) bytes = g_bytes_new(content, strlen(content));
    gboolean is_valid = sp_minisign_verify(ring, file, bytes, &result, error);
    cr_assert_eq(is_valid, result.state == SP_SIGNATURE_VALID);
    return result;
}

static void
assert_valid(const char *signature)
{
    g_autoptr(GError) error = NULL;
    SpSignature result = verify(keyring, signature, strlen(signature), CONTENT, &error);
    cr_assert_eq(result.state, SP_SIGNATURE_VALID, "%s", error ? sp_error_detail(error) : "");
    cr_expect_str_eq(result.key_id, key->id);
}

static void
assert_invalid(const char *signature, gsize length, const char *content)
{
    g_autoptr(GError) error = NULL;
    SpSignature result = verify(keyring, signature, length, content, &error);
    cr_assert_neq(result.state, SP_SIGNATURE_VALID, "accepted: %s", signature);
    cr_assert(error->code == SP_ERROR_SIGNATURE_INVALID ||
              error->code == SP_ERROR_SIGNATURE_UNTRUSTED);
}

Test(minisign, accepts_what_the_tool_signs_with_both_algorithms)
{
    g_autofree char *hashed = sign(FALSE);
    g_autofree char *legacy = sign(TRUE);
    cr_assert_not_null(strstr(hashed, "\nRU"));
    cr_assert_not_null(strstr(legacy, "\nRW"));
    assert_valid(hashed);
    assert_valid(legacy);
}

Test(minisign, accepts_an_empty_file_and_lines_that_end_as_on_windows)
{
    g_autofree char *signature = sign(FALSE);
    g_auto(GStrv) lines = g_strsplit(signature, "\n", -1);
    g_autofree char *windows = g_strjoinv("\r\n", lines);
    assert_valid(windows);
    g_autofree char *empty = sp_test_put(folder, "empty.so", "", 0);
    g_autofree char *path = g_strconcat(empty, ".minisig", NULL);
    g_autofree char *of_empty = NULL;
    sp_test_sign(key, empty, FALSE);
    cr_assert(g_file_get_contents(path, &of_empty, NULL, NULL));
    cr_expect_eq(verify(keyring, of_empty, strlen(of_empty), "", NULL).state, SP_SIGNATURE_VALID);
}

Test(minisign, names_the_key_that_is_not_listed)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SpTestKey) other = sp_test_key_new();
    g_autoptr(SpKeyring) others = sp_keyring_new((const char *const[]){other->line, NULL}, NULL);
    g_autofree char *signature = sign(FALSE);
    SpSignature result = verify(others, signature, strlen(signature), CONTENT, &error);
    cr_expect_eq(result.state, SP_SIGNATURE_UNTRUSTED);
    cr_expect_str_eq(result.key_id, key->id);
    cr_assert(g_error_matches(error, SP_ERROR, SP_ERROR_SIGNATURE_UNTRUSTED));
    cr_expect_not_null(strstr(sp_error_detail(error), key->id));
}

Test(minisign, finds_the_right_one_of_several_keys)
{
    g_autoptr(SpTestKey) other = sp_test_key_new();
    g_autoptr(SpKeyring) ring =
        sp_keyring_new((const char *const[]){other->line, key->line, NULL}, NULL);
    g_autofree char *signature = sign(TRUE);
    cr_expect_eq(verify(ring, signature, strlen(signature), CONTENT, NULL).state,
                 SP_SIGNATURE_VALID);
}

/* A key that bears the name of a listed one, and is another. */
Test(minisign, is_not_deceived_by_the_id_of_a_key)
{
    g_autoptr(SpTestKey) other = sp_test_key_new();
    gsize n_own = 0, n_other = 0;
    g_autofree guchar *own = g_base64_decode(key->line, &n_own);
    g_autofree guchar *forged = g_base64_decode(other->line, &n_other);
    memcpy(forged + 2, own + 2, 8);
    g_autofree char *line = g_base64_encode(forged, n_other);
    g_autoptr(SpKeyring) ring = sp_keyring_new((const char *const[]){line, NULL}, NULL);
    g_autofree char *signature = sign(FALSE);
    cr_expect_eq(verify(ring, signature, strlen(signature), CONTENT, NULL).state,
                 SP_SIGNATURE_INVALID);
}

Test(minisign, refuses_a_wrong_byte_anywhere_in_the_plugin)
{
    for (guint legacy = 0; legacy < 2; legacy++) {
        g_autofree char *signature = sign(legacy != 0);
        for (gsize i = 0; i < strlen(CONTENT); i++) {
            g_autofree char *changed = g_strdup(CONTENT);
            changed[i] ^= 1;
            assert_invalid(signature, strlen(signature), changed);
        }
        assert_invalid(signature, strlen(signature), CONTENT "\n");
        assert_invalid(signature, strlen(signature), "");
    }
}

/* Every single bit of the file but those of the untrusted comment, which nothing protects. */
Test(minisign, refuses_a_wrong_bit_anywhere_in_the_signature, .timeout = 120)
{
    for (guint legacy = 0; legacy < 2; legacy++) {
        g_autofree char *signature = sign(legacy != 0);
        gsize length = strlen(signature);
        gsize comment = strlen("untrusted comment: ");
        gsize comment_end = (gsize)(strchr(signature, '\n') - signature);
        for (gsize bit = 0; bit < length * 8; bit++) {
            if (bit / 8 >= comment && bit / 8 < comment_end)
                continue;
            g_autofree char *changed = g_strdup(signature);
            changed[bit / 8] = (char)(changed[bit / 8] ^ (1 << bit % 8));
            assert_invalid(changed, length, CONTENT);
        }
    }
}

Test(minisign, refuses_what_is_cut_short_or_too_long)
{
    g_autofree char *signature = sign(FALSE);
    gsize length = strlen(signature);
    for (gsize i = 0; i < length - 1; i++)
        assert_invalid(signature, i, CONTENT);
    g_autofree char *longer = g_strconcat(signature, "x", NULL);
    assert_invalid(longer, length + 1, CONTENT);
    g_autofree char *huge = g_strnfill(SP_MINISIGN_MAX + 1, 'x');
    assert_invalid(huge, strlen(huge), CONTENT);
}

/* Each half is genuine; together they are a lie. */
Test(minisign, refuses_the_comment_of_another_signature)
{
    g_autofree char *one = sign(FALSE);
    g_autofree char *other = sign(TRUE);
    g_auto(GStrv) first = g_strsplit(one, "\n", -1);
    g_auto(GStrv) second = g_strsplit(other, "\n", -1);
    g_autofree char *mixed = g_strjoin("\n", first[0], first[1], second[2], second[3], "", NULL);
    assert_invalid(mixed, strlen(mixed), CONTENT);
}

Test(minisign, refuses_keys_that_are_none)
{
    g_autofree char *cut = g_strndup(key->line, 55);
    g_autofree char *damaged = g_strdup(key->line);
    damaged[0] = 'A';
    const char *const wrong[] = {"", "RW", cut, damaged, "untrusted comment: key"};
    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;
        cr_expect_null(sp_keyring_new((const char *const[]){wrong[i], NULL}, &error), "%s",
                       wrong[i]);
        cr_expect(g_error_matches(error, SP_ERROR, SP_ERROR_CONFIGURATION));
    }
}
