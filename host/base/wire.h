/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Numbers and texts in a row of bytes: what one process of the host tells another, and one run the
 * next. In the byte order of the machine, which it never leaves. */
#pragma once

#include <glib.h>

void sp_wire_put_number(GByteArray *bytes, guint32 number);
void sp_wire_put_large(GByteArray *bytes, guint64 number);
/** @text: (nullable) */
void sp_wire_put_text(GByteArray *bytes, const char *text);
/** The same with a length that is known: @text need not end with NUL. */
void sp_wire_put_text_len(GByteArray *bytes, const char *text, gsize length);

/** Others' bytes as they are. */
void sp_wire_put_bytes(GByteArray *bytes, GBytes *part);

/** What is still to be read. The first read that finds no sense breaks it, and every later one
 * yields nothing, so that a reader asks once, at its end. */
typedef struct {
    GBytes *bytes;
    const guint8 *at, *end;
    gboolean is_broken;
} SpWire;

/** @bytes: borrowed; has to outlive the texts that are read from it */
SpWire sp_wire(GBytes *bytes);
guint32 sp_wire_get_number(SpWire *wire);
guint64 sp_wire_get_large(SpWire *wire);
gboolean sp_wire_get_flag(SpWire *wire);
/** (transfer none) (nullable): NULL where none was put; ends with NUL, need not be UTF-8 */
const char *sp_wire_get_text(SpWire *wire);
/** (transfer full) (nullable): what sp_wire_put_bytes() put; shares the memory */
GBytes *sp_wire_get_bytes(SpWire *wire);
/** A number of things to come, of which each has at least four bytes; breaks when that cannot be.
 */
guint32 sp_wire_get_count(SpWire *wire);
/** Whether everything made sense, and nothing is left. */
gboolean sp_wire_is_read(const SpWire *wire);
