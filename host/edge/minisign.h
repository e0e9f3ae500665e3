/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Verifies the signatures that the tool minisign makes. The only room that knows libsodium.
 * The format: https://jedisct1.github.io/minisign/#signature-format */
#pragma once

#include <glib.h>

/** The longest signature file that is read: the tool's own limits are 1 KiB for the untrusted
 * comment and 8 KiB for the trusted one. */
#define SP_MINISIGN_MAX (16u << 10)

typedef enum {
    SP_SIGNATURE_VALID,
    SP_SIGNATURE_UNSIGNED,
    SP_SIGNATURE_INVALID,
    SP_SIGNATURE_UNTRUSTED,
    SP_N_SIGNATURE_STATES,
} SpSignatureState;

typedef struct {
    SpSignatureState state;
    char key_id[17]; /* as the tool shows it, at most 16 digits; empty when none was read */
} SpSignature;

/** "valid", "unsigned", "invalid", "untrusted". */
const char *sp_signature_nick(SpSignatureState state);

typedef struct SpKeyring SpKeyring;

/**
 * Public keys to verify with.
 * @keys: NULL-terminated; each the second line of a file minisign.pub
 * Errors: SP_ERROR_CONFIGURATION for what is no such key.
 */
SpKeyring *sp_keyring_new(const char *const *keys, GError **error);
void sp_keyring_free(SpKeyring *keyring);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpKeyring, sp_keyring_free)

/**
 * Whether @signature, the content of a .minisig file, is one of @bytes by a key of the ring: both
 * the signature of the bytes (algorithms "Ed", of the bytes themselves, and "ED", of their
 * BLAKE2b-512) and the global one, over that signature and the trusted comment. The untrusted
 * comment is what its name says: nothing verifies it, nothing shows it. Lines end with LF or CRLF,
 * as for the tool; other than the tool, nothing may follow the fourth.
 * @out_signature: (out): set in any case
 * Errors: SP_ERROR_SIGNATURE_INVALID, SP_ERROR_SIGNATURE_UNTRUSTED.
 */
gboolean sp_minisign_verify(const SpKeyring *keyring, GBytes *signature, GBytes *bytes,
                            SpSignature *out_signature, GError **error);
