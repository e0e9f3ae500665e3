/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Lines and columns of a text, found by byte offset without reading the text again. */
#pragma once

#include <glib.h>

typedef struct SpLines SpLines;

/** @text: UTF-8, less than 4 GiB; must outlive the value */
SpLines *sp_lines_new(const char *text);
void sp_lines_free(SpLines *lines);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpLines, sp_lines_free)

/** Line and column, 1-based, the column in characters. An @offset beyond the text means its end. */
void sp_lines_locate(const SpLines *lines, gsize offset, guint *out_line, guint *out_column);
