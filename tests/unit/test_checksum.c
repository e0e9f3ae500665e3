/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/checksum.h"

#include <criterion/criterion.h>

typedef struct {
    const char *sql, *siphash13, *xxh64;
} Vector;

static const Vector vectors[] = {
    {"", "30406ea523c53def", "ef46db3751d8e999"},
    {"a", "719b50b9a4f0e9f3", "d24ec4f1a98c6e5b"},
    {"1234567", "b9a4f30e757fe044", "d3a46e9108289359"},
    {"12345678", "40cc4e544a5af2cd", "d2d02f08cf7cfd4a"},
    {"\xC3\xA9", "d6e909f7d92e03b3", "17d757dfb8b46f78"},
    {"SELECT 1", "224d630126d8ca3f", "e5d864ecb32675ba"},
    {"SELECT 1;", "1517f283357a530e", "46ec880b4569b96f"},
    {"SELECT 3", "aa1dec01c21c9bf", "dac483dc7b22b2b1"},
    {"SELECT 14", "9e2b1f225ac6750", "49aeb8ac8e0a22e0"},
    {"SELECT 274", "7051885325f8cf", "b32374cfb8dc6ce9"},
    {"CREATE TABLE t (id INT)", "e07d73a3179658b8", "e17fda79788a1001"},
    {"ALTER TABLE a ADD COLUMN b TEXT;\n", "fdfd544cb0b15ba1", "3b702c940cd9a45a"},
};

Test(checksum, agrees_with_the_original_system_bit_for_bit)
{
    for (guint i = 0; i < G_N_ELEMENTS(vectors); i++) {
        g_autofree char *siphash13 = sp_checksum_siphash13(vectors[i].sql);
        g_autofree char *xxh64 = sp_checksum_xxh64(vectors[i].sql);
        cr_assert_str_eq(siphash13, vectors[i].siphash13);
        cr_assert_str_eq(xxh64, vectors[i].xxh64);
    }
}

static const char *const same_texts[] = {
    "SELECT 1;\nSELECT 2;\n",
    "SELECT 1;\r\nSELECT 2;\r\n",
    "SELECT 1;\rSELECT 2;\r",
    "\xEF\xBB\xBFSELECT 1;\nSELECT 2;\n",
};

Test(checksum, of_our_own_ignores_line_endings_and_a_byte_order_mark)
{
    g_autofree char *first = sp_checksum_sha256(same_texts[0]);
    for (guint i = 1; i < G_N_ELEMENTS(same_texts); i++) {
        g_autofree char *other = sp_checksum_sha256(same_texts[i]);
        cr_assert_str_eq(other, first);
    }
    g_autofree char *edited = sp_checksum_sha256("SELECT 1;\nSELECT 3;\n");
    cr_assert_str_neq(edited, first);
}
