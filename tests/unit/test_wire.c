/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/wire.h"

#include <criterion/criterion.h>
#include <string.h>

/* (transfer full) */
static GBytes *
write_some(void)
{
    g_autoptr(GBytes) part = g_bytes_new_static("\0\1", 2);
    GByteArray *bytes = g_byte_array_new();
    sp_wire_put_number(bytes, 7);
    sp_wire_put_large(bytes, G_MAXUINT64);
    sp_wire_put_text(bytes, "text");
    sp_wire_put_text(bytes, NULL);
    sp_wire_put_text(bytes, "");
    sp_wire_put_text_len(bytes, "longer", 4);
    sp_wire_put_bytes(bytes, part);
    sp_wire_put_number(bytes, TRUE);
    return g_byte_array_free_to_bytes(bytes);
}

Test(wire, gives_back_what_was_put)
{
    g_autoptr(GBytes) bytes = write_some();
    SpWire wire = sp_wire(bytes);
    cr_expect_eq(sp_wire_get_number(&wire), 7u);
    cr_expect_eq(sp_wire_get_large(&wire), G_MAXUINT64);
    cr_expect_str_eq(sp_wire_get_text(&wire), "text");
    cr_expect_null(sp_wire_get_text(&wire));
    cr_expect_str_eq(sp_wire_get_text(&wire), "");
    cr_expect_str_eq(sp_wire_get_text(&wire), "long");
    g_autoptr(GBytes) part = sp_wire_get_bytes(&wire);
    cr_expect_eq(g_bytes_get_size(part), 2u);
    cr_expect_not(sp_wire_is_read(&wire));
    cr_expect(sp_wire_get_flag(&wire));
    cr_expect(sp_wire_is_read(&wire));
}

Test(wire, yields_nothing_beyond_its_end)
{
    g_autoptr(GBytes) whole = write_some();
    gsize size;
    gconstpointer data = g_bytes_get_data(whole, &size);
    for (gsize length = 0; length < size; length++) {
        g_autoptr(GBytes) cut = g_bytes_new(data, length);
        SpWire wire = sp_wire(cut);
        sp_wire_get_number(&wire);
        sp_wire_get_large(&wire);
        for (guint i = 0; i < 4; i++)
            sp_wire_get_text(&wire);
        g_autoptr(GBytes) part = sp_wire_get_bytes(&wire);
        sp_wire_get_flag(&wire);
        cr_expect(wire.is_broken, "%zu bytes", length);
        cr_expect_null(sp_wire_get_text(&wire));
        cr_expect_eq(sp_wire_get_number(&wire), 0u);
    }
}

static SpWire
wire_of(GBytes **out_bytes, gconstpointer data, gsize size)
{
    *out_bytes = g_bytes_new(data, size);
    return sp_wire(*out_bytes);
}

Test(wire, takes_no_text_that_ends_early_or_does_not_end)
{
    g_autoptr(GBytes) early = NULL;
    g_autoptr(GBytes) endless = NULL;
    SpWire wire = wire_of(&early, "\3\0\0\0a\0b", 8);
    cr_expect_null(sp_wire_get_text(&wire));
    cr_expect(wire.is_broken);
    wire = wire_of(&endless, "\3\0\0\0abcd", 8);
    cr_expect_null(sp_wire_get_text(&wire));
    cr_expect(wire.is_broken);
}

Test(wire, takes_no_count_of_more_than_there_can_be_and_no_flag_but_two)
{
    g_autoptr(GBytes) count = NULL;
    g_autoptr(GBytes) flag = NULL;
    SpWire wire = wire_of(&count, "\2\0\0\0....", 8);
    cr_expect_eq(sp_wire_get_count(&wire), 0u);
    cr_expect(wire.is_broken);
    wire = wire_of(&flag, "\2\0\0\0", 4);
    cr_expect_not(sp_wire_get_flag(&wire));
    cr_expect(wire.is_broken);
}
