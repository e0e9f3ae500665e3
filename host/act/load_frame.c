/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/load_frame.h"

#include "base/error.h"

#include <string.h>

#define MAGIC 0x444c5053u

SpLoadFrame
sp_load_frame(const guint8 *nonce, SpLoadKind kind, guint32 index, gsize length)
{
    SpLoadFrame frame = {.magic = MAGIC, .kind = kind, .index = index, .length = (guint32)length};
    memcpy(frame.nonce, nonce, sizeof frame.nonce);
    return frame;
}

gboolean
sp_load_frame_is_valid(const SpLoadFrame *frame, const guint8 *nonce)
{
    return frame->magic == MAGIC && memcmp(frame->nonce, nonce, sizeof frame->nonce) == 0 &&
           frame->kind >= SP_LOAD_UNCONFINED && frame->kind <= SP_LOAD_REFUSED &&
           frame->length <= SP_LOAD_PAYLOAD_MAX;
}

GVariant *
sp_load_refusal_new(const GError *error)
{
    g_autofree char *message = g_utf8_make_valid(error->message, -1);
    GVariant *refusal = g_variant_new(SP_LOAD_REFUSAL_TYPE, (guint32)error->code, message,
                                      sp_error_detail(error), sp_error_hint(error));
    return g_variant_ref_sink(refusal);
}

GError *
sp_load_refusal_to_error(GVariant *refusal)
{
    guint32 code;
    const char *message, *detail, *hint;
    g_variant_get(refusal, "(u&sm&sm&s)", &code, &message, &detail, &hint);
    if (code == SP_ERROR_INTERNAL || code >= SP_N_ERRORS)
        code = SP_ERROR_LOAD_PROTOCOL;
    return sp_error_new(code, detail, hint, "%s", message);
}

GVariant *
sp_load_variant_from_bytes(const GVariantType *type, GBytes *bytes)
{
    g_autoptr(GVariant) variant = g_variant_ref_sink(g_variant_new_from_bytes(type, bytes, FALSE));
    return g_variant_is_normal_form(variant) ? g_steal_pointer(&variant) : NULL;
}
