/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The hashes by which a migration is recognised in the ledger. */
#pragma once

#include <glib.h>

/**
 * The two algorithms that the original system has written into the column "checksum", over the text
 * as it was shipped: xxh64 with seed 0, 16 hex digits (its 0.53 and later; what we write), and
 * SipHash-1-3 with zero keys over the bytes and one 0xFF, hex without padding (up to 0.52).
 * (transfer full)
 */
char *sp_checksum_xxh64(const char *sql);
char *sp_checksum_siphash13(const char *sql);

/** (transfer full): the text without byte order mark and with LF line endings. */
char *sp_checksum_normalise(const char *sql);

/** SHA-256 in hex of the normalised text, which decides where it is recorded. */
char *sp_checksum_sha256(const char *sql);

/** Tells damaged bytes from whole ones, and nothing else: XXH3 of 64 bits. */
guint64 sp_checksum_bytes(gconstpointer bytes, gsize size);
