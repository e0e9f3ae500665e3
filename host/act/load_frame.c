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

GBytes *
sp_load_request_write(const SpLoadRequest *request)
{
    GByteArray *bytes = g_byte_array_new();
    for (guint i = 0; i < SP_LOAD_NONCE_SIZE; i++)
        sp_wire_put_number(bytes, request->nonce[i]);
    sp_wire_put_number(bytes, request->parent);
    sp_wire_put_large(bytes, request->cpu_seconds);
    sp_wire_put_number(bytes, request->are_sealed);
    sp_wire_put_number(bytes, request->plugins->len);
    for (guint i = 0; i < request->plugins->len; i++) {
        const SpLoadPlugin *plugin = &g_array_index(request->plugins, SpLoadPlugin, i);
        sp_wire_put_text(bytes, plugin->name);
        sp_wire_put_large(bytes, plugin->symbol_size);
    }
    return g_byte_array_free_to_bytes(bytes);
}

gboolean
sp_load_request_read(GBytes *bytes, SpLoadRequest *out_request)
{
    SpWire wire = sp_wire(bytes);
    for (guint i = 0; i < SP_LOAD_NONCE_SIZE; i++)
        out_request->nonce[i] = (guint8)sp_wire_get_number(&wire);
    out_request->parent = sp_wire_get_number(&wire);
    out_request->cpu_seconds = sp_wire_get_large(&wire);
    out_request->are_sealed = sp_wire_get_flag(&wire);
    out_request->plugins = g_array_new(FALSE, FALSE, sizeof(SpLoadPlugin));
    guint n = sp_wire_get_count(&wire);
    for (guint i = 0; i < n && !wire.is_broken; i++) {
        SpLoadPlugin plugin = {.name = sp_wire_get_text(&wire)};
        plugin.symbol_size = sp_wire_get_large(&wire);
        wire.is_broken = wire.is_broken || plugin.name == NULL;
        g_array_append_val(out_request->plugins, plugin);
    }
    return sp_wire_is_read(&wire);
}

void
sp_load_put_refusal(GByteArray *bytes, const GError *error)
{
    g_autofree char *message = g_utf8_make_valid(error->message, -1);
    sp_wire_put_number(bytes, (guint32)error->code);
    sp_wire_put_text(bytes, message);
    sp_wire_put_text(bytes, sp_error_detail(error));
    sp_wire_put_text(bytes, sp_error_hint(error));
}

/* (nullable) (transfer none) */
static const char *
get_valid(SpWire *wire)
{
    const char *text = sp_wire_get_text(wire);
    wire->is_broken = wire->is_broken || (text != NULL && !g_utf8_validate(text, -1, NULL));
    return text;
}

GError *
sp_load_get_refusal(SpWire *wire)
{
    guint32 code = sp_wire_get_number(wire);
    const char *message = get_valid(wire);
    const char *detail = get_valid(wire);
    const char *hint = get_valid(wire);
    if (wire->is_broken || message == NULL)
        return NULL;
    if (code == SP_ERROR_INTERNAL || code >= SP_N_ERRORS)
        code = SP_ERROR_LOAD_PROTOCOL;
    return sp_error_new(code, detail, hint, "%s", message);
}
