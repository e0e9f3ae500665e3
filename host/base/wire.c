/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/wire.h"

#include <string.h>

#define NO_TEXT G_MAXUINT32

static void
put(GByteArray *bytes, gconstpointer data, gsize size)
{
    g_byte_array_append(bytes, data, (guint)size);
}

void
sp_wire_put_number(GByteArray *bytes, guint32 number)
{
    put(bytes, &number, sizeof number);
}

void
sp_wire_put_large(GByteArray *bytes, guint64 number)
{
    put(bytes, &number, sizeof number);
}

void
sp_wire_put_text_len(GByteArray *bytes, const char *text, gsize length)
{
    sp_wire_put_number(bytes, (guint32)length);
    put(bytes, text, length);
    put(bytes, "", 1);
}

void
sp_wire_put_text(GByteArray *bytes, const char *text)
{
    if (text != NULL)
        sp_wire_put_text_len(bytes, text, strlen(text));
    else
        sp_wire_put_number(bytes, NO_TEXT);
}

void
sp_wire_put_bytes(GByteArray *bytes, GBytes *part)
{
    gsize size;
    gconstpointer data = g_bytes_get_data(part, &size);
    sp_wire_put_number(bytes, (guint32)size);
    put(bytes, data, size);
}

SpWire
sp_wire(GBytes *bytes)
{
    gsize size;
    const guint8 *at = g_bytes_get_data(bytes, &size);
    return (SpWire){bytes, at, at + size, FALSE};
}

/* (nullable): the next @size bytes */
static const guint8 *
take(SpWire *wire, gsize size)
{
    const guint8 *at = wire->at;
    if (wire->is_broken || (gsize)(wire->end - at) < size) {
        wire->is_broken = TRUE;
        return NULL;
    }
    wire->at += size;
    return at;
}

guint32
sp_wire_get_number(SpWire *wire)
{
    guint32 number = 0;
    const guint8 *at = take(wire, sizeof number);
    if (at != NULL)
        memcpy(&number, at, sizeof number);
    return number;
}

guint64
sp_wire_get_large(SpWire *wire)
{
    guint64 number = 0;
    const guint8 *at = take(wire, sizeof number);
    if (at != NULL)
        memcpy(&number, at, sizeof number);
    return number;
}

gboolean
sp_wire_get_flag(SpWire *wire)
{
    guint32 flag = sp_wire_get_number(wire);
    wire->is_broken = wire->is_broken || flag > TRUE;
    return !wire->is_broken && flag == TRUE;
}

const char *
sp_wire_get_text(SpWire *wire)
{
    guint32 length = sp_wire_get_number(wire);
    if (wire->is_broken || length == NO_TEXT)
        return NULL;
    const char *text = (const char *)take(wire, (gsize)length + 1);
    if (text != NULL && (gsize)length == strnlen(text, (gsize)length + 1))
        return text;
    wire->is_broken = TRUE;
    return NULL;
}

GBytes *
sp_wire_get_bytes(SpWire *wire)
{
    guint32 size = sp_wire_get_number(wire);
    const guint8 *at = take(wire, size);
    const guint8 *start = g_bytes_get_data(wire->bytes, NULL);
    return at != NULL ? g_bytes_new_from_bytes(wire->bytes, (gsize)(at - start), size) : NULL;
}

guint32
sp_wire_get_count(SpWire *wire)
{
    guint32 count = sp_wire_get_number(wire);
    if (count > (gsize)(wire->end - wire->at) / sizeof(guint32))
        wire->is_broken = TRUE;
    return wire->is_broken ? 0 : count;
}

gboolean
sp_wire_is_read(const SpWire *wire)
{
    return !wire->is_broken && wire->at == wire->end;
}
