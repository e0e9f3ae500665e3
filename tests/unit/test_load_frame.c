/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/load_frame.h"
#include "base/error.h"

#include <criterion/criterion.h>
#include <string.h>

static const guint8 nonce[SP_LOAD_NONCE_SIZE] = {1, 2, 3};

Test(load_frame, accepts_its_own_frames)
{
    SpLoadFrame frame = sp_load_frame(nonce, SP_LOAD_REFUSED, 7, SP_LOAD_PAYLOAD_MAX);
    cr_expect(sp_load_frame_is_valid(&frame, nonce));
    cr_expect_eq(frame.index, 7u);
    cr_expect_eq(frame.length, SP_LOAD_PAYLOAD_MAX);
}

Test(load_frame, refuses_a_frame_that_is_wrong_in_one_member)
{
    SpLoadFrame frames[6];
    for (guint i = 0; i < G_N_ELEMENTS(frames); i++)
        frames[i] = sp_load_frame(nonce, SP_LOAD_DECLARED, 0, 0);
    frames[0].magic++;
    frames[1].nonce[SP_LOAD_NONCE_SIZE - 1]++;
    frames[2].kind = 0;
    frames[3].kind = SP_LOAD_REFUSED + 1;
    frames[4].length = SP_LOAD_PAYLOAD_MAX + 1;
    frames[5].length = G_MAXUINT32;
    for (guint i = 0; i < G_N_ELEMENTS(frames); i++)
        cr_expect_not(sp_load_frame_is_valid(&frames[i], nonce), "%u", i);
}

/* (transfer full) */
static GBytes *
write_refusal(const GError *error)
{
    GByteArray *bytes = g_byte_array_new();
    sp_load_put_refusal(bytes, error);
    return g_byte_array_free_to_bytes(bytes);
}

Test(load_frame, carries_a_refusal_across)
{
    g_autoptr(GError) sent = sp_error_new(SP_ERROR_LOAD, "Detail.", NULL, "problem \"x\"");
    g_autoptr(GBytes) bytes = write_refusal(sent);
    SpWire wire = sp_wire(bytes);
    g_autoptr(GError) got = sp_load_get_refusal(&wire);
    cr_expect(g_error_matches(got, SP_ERROR, SP_ERROR_LOAD));
    cr_expect_str_eq(got->message, "problem \"x\"");
    cr_expect_str_eq(sp_error_detail(got), "Detail.");
    cr_expect_null(sp_error_hint(got));
    cr_expect(sp_wire_is_read(&wire));
}

Test(load_frame, takes_no_code_that_the_child_never_sends)
{
    const guint32 codes[] = {SP_ERROR_INTERNAL, SP_N_ERRORS, G_MAXUINT32};
    for (guint i = 0; i < G_N_ELEMENTS(codes); i++) {
        GByteArray *forged = g_byte_array_new();
        sp_wire_put_number(forged, codes[i]);
        sp_wire_put_text(forged, "%s%n");
        sp_wire_put_text(forged, NULL);
        sp_wire_put_text(forged, NULL);
        g_autoptr(GBytes) bytes = g_byte_array_free_to_bytes(forged);
        SpWire wire = sp_wire(bytes);
        g_autoptr(GError) error = sp_load_get_refusal(&wire);
        cr_expect(g_error_matches(error, SP_ERROR, SP_ERROR_LOAD_PROTOCOL));
        cr_expect_str_eq(error->message, "%s%n");
    }
}

Test(load_frame, reads_no_refusal_that_is_cut_or_not_utf_8)
{
    g_autoptr(GError) sent = sp_error_new(SP_ERROR_LOAD, "Detail.", "Hint.", "problem");
    g_autoptr(GBytes) whole = write_refusal(sent);
    gsize size;
    const guint8 *data = g_bytes_get_data(whole, &size);
    for (gsize length = 0; length < size; length++) {
        g_autoptr(GBytes) cut = g_bytes_new(data, length);
        SpWire wire = sp_wire(cut);
        cr_expect_null(sp_load_get_refusal(&wire), "%zu of %zu bytes", length, size);
    }
    g_autofree guint8 *foreign = g_memdup2(data, size);
    *(guint8 *)memchr(foreign, 'H', size) = 0xff;
    g_autoptr(GBytes) bytes = g_bytes_new(foreign, size);
    SpWire wire = sp_wire(bytes);
    cr_expect_null(sp_load_get_refusal(&wire));
}

Test(load_frame, carries_a_request_across)
{
    const SpLoadPlugin plugins[] = {{"a.so", 232}, {"\xff.so", 1}};
    g_autoptr(GArray) sent = g_array_new(FALSE, FALSE, sizeof *plugins);
    g_array_append_vals(sent, plugins, G_N_ELEMENTS(plugins));
    SpLoadRequest request = {.parent = 42, .cpu_seconds = 7, .are_sealed = TRUE, .plugins = sent};
    memcpy(request.nonce, nonce, sizeof nonce);
    g_autoptr(GBytes) bytes = sp_load_request_write(&request);
    SpLoadRequest got;
    cr_assert(sp_load_request_read(bytes, &got));
    g_autoptr(GArray) received = got.plugins;
    cr_expect_eq(memcmp(got.nonce, nonce, sizeof nonce), 0);
    cr_expect(got.parent == 42 && got.cpu_seconds == 7 && got.are_sealed);
    cr_assert_eq(received->len, 2u);
    cr_expect_str_eq(g_array_index(received, SpLoadPlugin, 1).name, "\xff.so");
    cr_expect_eq(g_array_index(received, SpLoadPlugin, 0).symbol_size, 232u);
}
