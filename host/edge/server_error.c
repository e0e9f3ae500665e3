/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/server_error.h"

#include "base/error.h"

#include <string.h>

char *
sp_server_text(const char *text)
{
    return text != NULL ? g_strchomp(g_utf8_make_valid(text, -1)) : NULL;
}

static SpErrorCode
code_of(const char *sqlstate)
{
    static const struct {
        const char *sqlstate;
        SpErrorCode code;
    } code_table[] = {
        {"42501", SP_ERROR_PRIVILEGE},
        {"25006", SP_ERROR_STANDBY},
    };
    for (guint i = 0; i < G_N_ELEMENTS(code_table); i++)
        if (g_strcmp0(sqlstate, code_table[i].sqlstate) == 0)
            return code_table[i].code;
    return SP_ERROR_STATEMENT;
}

static gboolean
starts_character(char byte)
{
    return ((guchar)byte & 0xC0) != 0x80;
}

static void
locate(const char *sql, gint64 position, SpPlace *place)
{
    place->line = 1;
    place->column = 1;
    for (const char *byte = sql; *byte != '\0'; byte++) {
        if (!starts_character(*byte))
            continue;
        if (--position <= 0)
            return;
        gboolean ends_line = *byte == '\n';
        place->line += ends_line ? 1 : 0;
        place->column = ends_line ? 1 : place->column + 1;
    }
}

/* (transfer full) (nullable) */
static char *
detail_of(const SpServerMessage *message, const char *rest_of_primary)
{
    const struct {
        const char *label;
        const char *text;
    } parts[] = {
        {"", rest_of_primary},
        {"", message->detail},
        {"Context: ", message->context},
        {"Internal query: ", message->internal_query},
    };
    GString *detail = g_string_new(NULL);
    for (guint i = 0; i < G_N_ELEMENTS(parts); i++)
        if (parts[i].text != NULL)
            g_string_append_printf(detail, "%s%s%s", detail->len > 0 ? "\n" : "", parts[i].label,
                                   parts[i].text);
    g_autofree char *text = g_string_free(detail, FALSE);
    return *text != '\0' ? sp_server_text(text) : NULL;
}

GError *
sp_server_error_new(const SpServerMessage *message, const char *sql)
{
    g_return_val_if_fail(message != NULL && message->primary != NULL && sql != NULL, NULL);
    g_autofree char *primary = sp_server_text(message->primary);
    char *rest = strchr(primary, '\n');
    if (rest != NULL)
        *rest++ = '\0';
    g_autofree char *detail = detail_of(message, rest);
    g_autofree char *hint = sp_server_text(message->hint);
    GError *error = sp_error_new(code_of(message->sqlstate), detail, hint,
                                 "could not run statement: %s", primary);
    SpPlace place = {.sqlstate = message->sqlstate, .sql = sql};
    if (message->position != NULL)
        locate(sql, g_ascii_strtoll(message->position, NULL, 10), &place);
    sp_error_place(error, &place);
    return error;
}
