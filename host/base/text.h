/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Makes text of strangers fit to be shown: no terminal escape, forged line or broken UTF-8 gets
 * through. */
#pragma once

#include <glib.h>

/**
 * (transfer full): @text on one line, in valid UTF-8. Control and formatting characters (those that
 * reorder text included) become escapes such as \n, \x1b, \u202e; a tab becomes four spaces;
 * invalid bytes become U+FFFD.
 */
char *sp_text_escape(const char *text);

/** (transfer full): the same for each line of @text; those after the first begin with @indent
 * spaces, but for empty ones.
 */
char *sp_text_escape_lines(const char *text, guint indent);

/** Whether the open file @fd is a terminal that shows colour and NO_COLOR does not forbid it. */
gboolean sp_text_may_color(int fd);
