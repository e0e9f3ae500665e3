/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/checksum.h"

#include <string.h>
#include <xxhash.h>

char *
sp_checksum_xxh64(const char *sql)
{
    return g_strdup_printf("%016" G_GINT64_MODIFIER "x", (guint64)XXH64(sql, strlen(sql), 0));
}

/* SipHash (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012) with one compression
 * round and three finalisation rounds, as the standard library of Rust hashes: the original system
 * wrote its values. */
typedef struct {
    guint64 v0, v1, v2, v3;
} Sip;

static guint64
rotate(guint64 x, guint bits)
{
    return x << bits | x >> (64 - bits);
}

static void
sip_round(Sip *sip)
{
    sip->v0 += sip->v1;
    sip->v1 = rotate(sip->v1, 13) ^ sip->v0;
    sip->v0 = rotate(sip->v0, 32);
    sip->v2 += sip->v3;
    sip->v3 = rotate(sip->v3, 16) ^ sip->v2;
    sip->v0 += sip->v3;
    sip->v3 = rotate(sip->v3, 21) ^ sip->v0;
    sip->v2 += sip->v1;
    sip->v1 = rotate(sip->v1, 17) ^ sip->v2;
    sip->v2 = rotate(sip->v2, 32);
}

static void
sip_compress(Sip *sip, guint64 word)
{
    sip->v3 ^= word;
    sip_round(sip);
    sip->v0 ^= word;
}

char *
sp_checksum_siphash13(const char *sql)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_byte_array_append(bytes, (const guint8 *)sql, (guint)strlen(sql));
    /* The byte that ends a string in that language's hashing. */
    g_byte_array_append(bytes, (const guint8[]){0xFF}, 1);
    guint8 length = (guint8)bytes->len;
    while (bytes->len % 8 != 7)
        g_byte_array_append(bytes, (const guint8[]){0}, 1);
    g_byte_array_append(bytes, &length, 1);

    Sip sip = {0x736f6d6570736575, 0x646f72616e646f6d, 0x6c7967656e657261, 0x7465646279746573};
    for (guint i = 0; i < bytes->len; i += 8) {
        guint64 word;
        memcpy(&word, bytes->data + i, sizeof word);
        sip_compress(&sip, GUINT64_FROM_LE(word));
    }
    sip.v2 ^= 0xFF;
    for (guint i = 0; i < 3; i++)
        sip_round(&sip);
    return g_strdup_printf("%" G_GINT64_MODIFIER "x", sip.v0 ^ sip.v1 ^ sip.v2 ^ sip.v3);
}

char *
sp_checksum_normalise(const char *sql)
{
    static const char byte_order_mark[] = "\xEF\xBB\xBF";
    if (g_str_has_prefix(sql, byte_order_mark))
        sql += strlen(byte_order_mark);
    g_autoptr(GString) text = g_string_new(sql);
    g_string_replace(text, "\r\n", "\n", 0);
    g_string_replace(text, "\r", "\n", 0);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

char *
sp_checksum_sha256(const char *sql)
{
    g_autofree char *text = sp_checksum_normalise(sql);
    return g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
}

guint64
sp_checksum_bytes(gconstpointer bytes, gsize size)
{
    return XXH3_64bits(bytes, size);
}
