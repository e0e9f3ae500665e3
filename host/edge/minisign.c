/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/minisign.h"

#include "base/error.h"

#include <sodium.h>
#include <string.h>

#define UNTRUSTED_PREFIX "untrusted comment: "
#define TRUSTED_PREFIX "trusted comment: "
#define ID_SIZE 8
#define HASH_SIZE 64 /* BLAKE2b-512 */
#define N_LINES 4
#define BASE64 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="

/* As they stand in base64. */
typedef struct {
    guint8 algorithm[2];
    guint8 id[ID_SIZE];
    guint8 key[crypto_sign_PUBLICKEYBYTES];
} Key;

typedef struct {
    guint8 algorithm[2];
    guint8 id[ID_SIZE];
    guint8 signature[crypto_sign_BYTES];
} Signature;

typedef struct {
    Signature signature;
    const char *trusted_comment;
    guint8 global[crypto_sign_BYTES];
} Parsed;

struct SpKeyring {
    GArray *keys;
};

static const char *const state_nicks[SP_N_SIGNATURE_STATES] = {
    [SP_SIGNATURE_VALID] = "valid",
    [SP_SIGNATURE_UNSIGNED] = "unsigned",
    [SP_SIGNATURE_INVALID] = "invalid",
    [SP_SIGNATURE_UNTRUSTED] = "untrusted",
};

const char *
sp_signature_nick(SpSignatureState state)
{
    g_return_val_if_fail(state < SP_N_SIGNATURE_STATES, NULL);
    return state_nicks[state];
}

/* Canonical base64 of exactly so many bytes, and nothing else. The library takes some bytes beyond
 * ASCII for "+" and "/", so what it may see is looked at first. */
static gboolean
decode(const char *text, gpointer bytes, gsize size)
{
    gsize length = 0;
    return strspn(text, BASE64) == strlen(text) &&
           sodium_base642bin(bytes, size, text, strlen(text), NULL, &length, NULL,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           length == size;
}

SpKeyring *
sp_keyring_new(const char *const *keys, GError **error)
{
    g_return_val_if_fail(keys != NULL, NULL);
    if (sodium_init() < 0) {
        sp_error_set(error, SP_ERROR_INTERNAL, NULL, NULL, "could not initialize libsodium");
        return NULL;
    }
    g_autoptr(SpKeyring) keyring = g_new0(SpKeyring, 1);
    keyring->keys = g_array_new(FALSE, FALSE, sizeof(Key));
    for (; *keys != NULL; keys++) {
        Key key;
        if (!decode(*keys, &key, sizeof key) || memcmp(key.algorithm, "Ed", 2) != 0) {
            sp_error_set(
                error, SP_ERROR_CONFIGURATION,
                "A key is the second line of a file minisign.pub, which begins with \"RW\".", NULL,
                "\"%s\" in \"keys\" of group \"trust\" is no minisign public key", *keys);
            return NULL;
        }
        g_array_append_val(keyring->keys, key);
    }
    return g_steal_pointer(&keyring);
}

void
sp_keyring_free(SpKeyring *keyring)
{
    if (keyring == NULL)
        return;
    g_array_unref(keyring->keys);
    g_free(keyring);
}

static gboolean
refuse(GError **error, const char *detail)
{
    return sp_error_set(error, SP_ERROR_SIGNATURE_INVALID, detail,
                        "Get the plugin and its signature again, from one release.",
                        "the signature of the plugin is not valid");
}

/* As one number, least significant byte first. */
static void
show_id(const guint8 *id, char *text, gsize size)
{
    guint64 number = 0;
    memcpy(&number, id, ID_SIZE);
    g_snprintf(text, size, "%" G_GINT64_MODIFIER "X", GUINT64_FROM_LE(number));
}

/* (transfer full) (nullable): four lines without their ends. */
static GStrv
split_lines(GBytes *file)
{
    gsize length = 0;
    const char *bytes = g_bytes_get_data(file, &length);
    if (length == 0 || length > SP_MINISIGN_MAX || memchr(bytes, '\0', length) != NULL)
        return NULL;
    g_autofree char *text = g_strndup(bytes, length);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint n = g_strv_length(lines);
    if (n < N_LINES || n > N_LINES + 1 || (n == N_LINES + 1 && lines[N_LINES][0] != '\0'))
        return NULL;
    for (guint i = 0; i + 1 < n; i++)
        if (g_str_has_suffix(lines[i], "\r"))
            lines[i][strlen(lines[i]) - 1] = '\0';
    return g_steal_pointer(&lines);
}

static gboolean
parse(GStrv lines, Parsed *parsed, GError **error)
{
    if (lines == NULL || !g_str_has_prefix(lines[0], UNTRUSTED_PREFIX) ||
        !g_str_has_prefix(lines[2], TRUSTED_PREFIX))
        return refuse(error, "Its file is not four lines: a comment, the signature, the trusted "
                             "comment, the global signature.");
    parsed->trusted_comment = lines[2] + strlen(TRUSTED_PREFIX);
    if (!decode(lines[1], &parsed->signature, sizeof parsed->signature) ||
        !decode(lines[3], parsed->global, sizeof parsed->global))
        return refuse(error, "Its base64 is damaged.");
    return TRUE;
}

static gboolean
verify_bytes(const Signature *signature, const Key *key, GBytes *file)
{
    gsize length = 0;
    const guint8 *bytes = g_bytes_get_data(file, &length);
    guint8 hash[HASH_SIZE];
    if (memcmp(signature->algorithm, "ED", 2) == 0) {
        crypto_generichash(hash, sizeof hash, bytes, length, NULL, 0);
        bytes = hash;
        length = sizeof hash;
    } else if (memcmp(signature->algorithm, "Ed", 2) != 0) {
        return FALSE;
    }
    return crypto_sign_verify_detached(signature->signature, bytes, length, key->key) == 0;
}

static gboolean
verify_comment(const Parsed *parsed, const Key *key)
{
    g_autoptr(GByteArray) signed_bytes = g_byte_array_new();
    g_byte_array_append(signed_bytes, parsed->signature.signature, crypto_sign_BYTES);
    g_byte_array_append(signed_bytes, (const guint8 *)parsed->trusted_comment,
                        (guint)strlen(parsed->trusted_comment));
    return crypto_sign_verify_detached(parsed->global, signed_bytes->data, signed_bytes->len,
                                       key->key) == 0;
}

static const Key *
find_key(const SpKeyring *keyring, const guint8 *id)
{
    for (guint i = 0; i < keyring->keys->len; i++) {
        const Key *key = &g_array_index(keyring->keys, Key, i);
        if (memcmp(key->id, id, ID_SIZE) == 0)
            return key;
    }
    return NULL;
}

static gboolean
refuse_key(const char *id, GError **error)
{
    g_autofree char *detail =
        g_strdup_printf("It was made with the key %s, which is not in \"keys\" of [trust].", id);
    return sp_error_set(error, SP_ERROR_SIGNATURE_UNTRUSTED, detail,
                        "If you trust the owner of that key, add it.",
                        "the plugin is signed with a key that is not trusted");
}

gboolean
sp_minisign_verify(const SpKeyring *keyring, GBytes *signature, GBytes *bytes,
                   SpSignature *out_signature, GError **error)
{
    Parsed parsed;
    *out_signature = (SpSignature){.state = SP_SIGNATURE_INVALID};
    g_auto(GStrv) lines = split_lines(signature);
    if (!parse(lines, &parsed, error))
        return FALSE;
    show_id(parsed.signature.id, out_signature->key_id, sizeof out_signature->key_id);
    const Key *key = find_key(keyring, parsed.signature.id);
    if (key == NULL) {
        out_signature->state = SP_SIGNATURE_UNTRUSTED;
        return refuse_key(out_signature->key_id, error);
    }
    if (!verify_bytes(&parsed.signature, key, bytes))
        return refuse(error, "It is not one of these bytes: the plugin or the signature was "
                             "changed or damaged.");
    if (!verify_comment(&parsed, key))
        return refuse(error, "Its trusted comment was changed or damaged.");
    out_signature->state = SP_SIGNATURE_VALID;
    return TRUE;
}
