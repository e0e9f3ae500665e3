/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/json_rows.h"

struct SpJsonRows {
    GString *text;
};

SpJsonRows *
sp_json_rows_new(void)
{
    SpJsonRows *rows = g_new0(SpJsonRows, 1);
    rows->text = g_string_new("[");
    return rows;
}

void
sp_json_rows_free(SpJsonRows *rows)
{
    if (rows == NULL)
        return;
    g_string_free(rows->text, TRUE);
    g_free(rows);
}

/* RFC 8259, 7. */
static void
append_text(GString *text, const char *value)
{
    g_string_append_c(text, '"');
    for (const char *at = value; *at != '\0'; at++) {
        if ((guchar)*at < ' ') {
            g_string_append_printf(text, "\\u%04x", (guint)*at);
            continue;
        }
        if (*at == '"' || *at == '\\')
            g_string_append_c(text, '\\');
        g_string_append_c(text, *at);
    }
    g_string_append_c(text, '"');
}

/* What stands before this one is a value, unless something has just begun. */
static void
separate(SpJsonRows *rows)
{
    char last = rows->text->str[rows->text->len - 1];
    if (last != '[' && last != '{')
        g_string_append_c(rows->text, ',');
}

static void
append_name(SpJsonRows *rows, const char *name)
{
    separate(rows);
    append_text(rows->text, name);
    g_string_append_c(rows->text, ':');
}

void
sp_json_rows_begin(SpJsonRows *rows)
{
    separate(rows);
    g_string_append_c(rows->text, '{');
}

void
sp_json_rows_text(SpJsonRows *rows, const char *name, const char *value)
{
    if (value == NULL)
        return;
    append_name(rows, name);
    append_text(rows->text, value);
}

void
sp_json_rows_number(SpJsonRows *rows, const char *name, gint64 value)
{
    append_name(rows, name);
    g_string_append_printf(rows->text, "%" G_GINT64_FORMAT, value);
}

void
sp_json_rows_boolean(SpJsonRows *rows, const char *name, gboolean value)
{
    append_name(rows, name);
    g_string_append(rows->text, value ? "true" : "false");
}

void
sp_json_rows_texts(SpJsonRows *rows, const char *name, const char *const *texts, guint n)
{
    append_name(rows, name);
    g_string_append_c(rows->text, '[');
    for (guint i = 0; i < n; i++) {
        separate(rows);
        if (texts[i] != NULL)
            append_text(rows->text, texts[i]);
        else
            g_string_append(rows->text, "null");
    }
    g_string_append_c(rows->text, ']');
}

void
sp_json_rows_end(SpJsonRows *rows)
{
    g_string_append_c(rows->text, '}');
}

void
sp_json_rows_add(SpJsonRows *rows, const char *value)
{
    separate(rows);
    append_text(rows->text, value);
}

char *
sp_json_rows_finish(SpJsonRows *rows)
{
    g_string_append_c(rows->text, ']');
    char *text = g_string_free(rows->text, FALSE);
    rows->text = g_string_new("[");
    return text;
}
