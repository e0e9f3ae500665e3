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

Test(load_frame, carries_a_refusal_across)
{
    g_autoptr(GError) sent = sp_error_new(SP_ERROR_LOAD, "Detail.", NULL, "problem \"x\"");
    g_autoptr(GVariant) refusal = sp_load_refusal_new(sent);
    g_autoptr(GError) got = sp_load_refusal_to_error(refusal);
    cr_expect(g_error_matches(got, SP_ERROR, SP_ERROR_LOAD));
    cr_expect_str_eq(got->message, "problem \"x\"");
    cr_expect_str_eq(sp_error_detail(got), "Detail.");
    cr_expect_null(sp_error_hint(got));
}

Test(load_frame, takes_no_code_that_the_child_never_sends)
{
    const guint32 codes[] = {SP_ERROR_INTERNAL, SP_N_ERRORS, G_MAXUINT32};
    for (guint i = 0; i < G_N_ELEMENTS(codes); i++) {
        g_autoptr(GVariant) refusal =
            g_variant_ref_sink(g_variant_new(SP_LOAD_REFUSAL_TYPE, codes[i], "%s%n", NULL, NULL));
        g_autoptr(GError) error = sp_load_refusal_to_error(refusal);
        cr_expect(g_error_matches(error, SP_ERROR, SP_ERROR_LOAD_PROTOCOL));
        cr_expect_str_eq(error->message, "%s%n");
    }
}

Test(load_frame, refuses_bytes_in_no_normal_form)
{
    g_autoptr(GError) sent = sp_error_new(SP_ERROR_LOAD, "Detail.", "Hint.", "problem");
    g_autoptr(GVariant) refusal = sp_load_refusal_new(sent);
    const GVariantType *type = G_VARIANT_TYPE(SP_LOAD_REFUSAL_TYPE);
    gsize size = g_variant_get_size(refusal);
    for (gsize length = 0; length < size; length++) {
        g_autoptr(GBytes) cut = g_bytes_new(g_variant_get_data(refusal), length);
        cr_expect_null(sp_load_variant_from_bytes(type, cut), "%zu of %zu bytes", length, size);
    }
    g_autoptr(GBytes) whole = g_bytes_new(g_variant_get_data(refusal), size);
    g_autoptr(GVariant) read = sp_load_variant_from_bytes(type, whole);
    cr_assert_not_null(read);
    cr_expect(g_variant_equal(read, refusal));
}
