/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/text.h"

static gboolean
is_printable(gunichar character)
{
    switch ((int)g_unichar_type(character)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_UNASSIGNED:
        return FALSE;
    default:
        return TRUE;
    }
}

static void
append_escaped(GString *out, gunichar character)
{
    if (is_printable(character))
        g_string_append_unichar(out, character);
    else if (character == '\t')
        g_string_append(out, "    ");
    else if (character == '\n')
        g_string_append(out, "\\n");
    else if (character == '\r')
        g_string_append(out, "\\r");
    else
        g_string_append_printf(out, character < 0x100 ? "\\x%02x" : "\\u%04x", character);
}

/* Nearly every text is. */
static gboolean
is_plain(const char *text)
{
    while (*text >= ' ' && *text <= '~')
        text++;
    return *text == '\0';
}

char *
sp_text_escape(const char *text)
{
    if (is_plain(text))
        return g_strdup(text);
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *out = g_string_new(NULL);
    for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at))
        append_escaped(out, g_utf8_get_char(at));
    return g_string_free(out, FALSE);
}

char *
sp_text_escape_lines(const char *text, guint indent)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    GString *out = g_string_new(NULL);
    for (guint i = 0; lines[i] != NULL; i++) {
        g_autofree char *line = sp_text_escape(lines[i]);
        int width = i > 0 && line[0] != '\0' ? (int)indent : 0;
        g_string_append_printf(out, "%s%*s%s", i > 0 ? "\n" : "", width, "", line);
    }
    return g_string_free(out, FALSE);
}

gboolean
sp_text_may_color(int fd)
{
    const char *refused = g_getenv("NO_COLOR");
    return (refused == NULL || refused[0] == '\0') && g_log_writer_supports_color(fd);
}
