/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/log.h"

#include "base/error.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* Priorities of syslog(3). GLib maps a critical message to WARNING, so errors carry their own. */
enum { PRIORITY_ERROR = 3, PRIORITY_WARNING = 4, PRIORITY_NOTICE = 5, PRIORITY_DEBUG = 7 };

#define MAX_SQL_LINES 12
#define PROGRAM "sp-host"
/* All of an error for people; never sent to the journal, which has the fields. */
#define FIELD_TEXT "SP_TEXT"
#define COLOR_END "\033[0m"

static const char *
find_field(const GLogField *fields, gsize n_fields, const char *key)
{
    for (gsize i = 0; i < n_fields; i++) {
        if (strcmp(fields[i].key, key) == 0 && fields[i].length < 0)
            return fields[i].value;
    }
    return NULL;
}

static guint
priority_of(const GLogField *fields, gsize n_fields)
{
    const char *priority = find_field(fields, n_fields, "PRIORITY");
    return priority ? (guint)g_ascii_strtoull(priority, NULL, 10) : PRIORITY_NOTICE;
}

static const char *
label_of(guint priority)
{
    if (priority <= PRIORITY_ERROR)
        return "error: ";
    if (priority == PRIORITY_WARNING)
        return "warning: ";
    return priority == PRIORITY_DEBUG ? "debug: " : "";
}

static void
write_text(guint priority, const char *message)
{
    gboolean color = priority <= PRIORITY_WARNING && sp_text_may_color(STDERR_FILENO);
    const char *start = priority <= PRIORITY_ERROR ? "\033[1;31m" : "\033[1m";
    g_autofree char *shown = sp_text_escape_lines(message, 0);
    g_autofree char *line = g_strdup_printf(PROGRAM ": %s%s%s%s\n", color ? start : "",
                                            label_of(priority), color ? COLOR_END : "", shown);
    /* One call a message, so that messages of several processes do not mix. */
    fputs(line, stderr);
}

static GLogWriterOutput
write_log(GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
    static const guint highest[] = {
        [SP_LOG_QUIET] = PRIORITY_WARNING,
        [SP_LOG_NORMAL] = PRIORITY_NOTICE,
        [SP_LOG_VERBOSE] = PRIORITY_DEBUG,
    };
    guint priority = priority_of(fields, n_fields);
    if (priority > highest[GPOINTER_TO_UINT(data)])
        return G_LOG_WRITER_HANDLED;
    if (g_log_writer_is_journald(fileno(stderr)) &&
        g_log_writer_journald(level, fields, n_fields, NULL) == G_LOG_WRITER_HANDLED)
        return G_LOG_WRITER_HANDLED;
    const char *text = find_field(fields, n_fields, FIELD_TEXT);
    if (text == NULL)
        text = find_field(fields, n_fields, "MESSAGE");
    write_text(priority, text ? text : "");
    return G_LOG_WRITER_HANDLED;
}

void
sp_log_init(SpLogLevel level)
{
    g_log_set_writer_func(write_log, GUINT_TO_POINTER(level), NULL);
}

/* A list of fields whose values it owns. */
static void
field_clear(gpointer data)
{
    g_free((gpointer)((GLogField *)data)->value);
}

static void
add_field(GArray *fields, const char *key, const char *value)
{
    if (value == NULL)
        return;
    GLogField field = {key, sp_text_escape_lines(value, 0), -1};
    g_array_append_val(fields, field);
}

static void
add_number(GArray *fields, const char *key, guint number)
{
    g_autofree char *text = number > 0 ? g_strdup_printf("%u", number) : NULL;
    add_field(fields, key, text);
}

static GArray *
fields_new(guint priority)
{
    GArray *fields = g_array_new(FALSE, FALSE, sizeof(GLogField));
    g_array_set_clear_func(fields, field_clear);
    add_number(fields, "PRIORITY", priority);
    add_field(fields, "GLIB_DOMAIN", G_LOG_DOMAIN);
    add_field(fields, "SYSLOG_IDENTIFIER", PROGRAM);
    return fields;
}

static void
send_fields(GArray *fields)
{
    /* The level only picks a writer; what counts is PRIORITY. */
    g_log_structured_array(G_LOG_LEVEL_MESSAGE, (const GLogField *)fields->data, fields->len);
}

void
sp_log_milestone(const char *extension, const char *phase, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *message = sp_text_escape(text);
    g_autoptr(GArray) fields = fields_new(PRIORITY_NOTICE);
    add_field(fields, "MESSAGE", message);
    add_field(fields, "SP_EXTENSION", extension);
    add_field(fields, "SP_PHASE", phase);
    send_fields(fields);
}

static char *
statement_text(const SpPlace *place)
{
    return place->statement > 0 ? g_strdup_printf("%u of %u", place->statement, place->statements)
                                : NULL;
}

static void
add_error_fields(GArray *fields, const GError *error)
{
    const SpPlace *place = sp_error_get_place(error);
    g_autofree char *message = sp_text_escape(error->message);
    g_autofree char *statement = statement_text(place);
    add_field(fields, "MESSAGE", message);
    add_field(fields, "SP_CODE", sp_error_nick(error));
    add_field(fields, "SP_DETAIL", sp_error_detail(error));
    add_field(fields, "SP_HINT", sp_error_hint(error));
    add_field(fields, "SP_PLUGIN", place->path);
    add_field(fields, "SP_EXTENSION", place->extension);
    add_field(fields, "SP_PHASE", place->phase);
    add_field(fields, "SP_SOURCE", place->source);
    add_number(fields, "SP_LINE", place->line);
    add_number(fields, "SP_COLUMN", place->column);
    add_field(fields, "SP_STATEMENT", statement);
    add_field(fields, "SP_SQLSTATE", place->sqlstate);
    add_field(fields, "SP_SQL", place->sql);
}

static char *
position_text(const char *file, guint line, guint column)
{
    if (file == NULL || line == 0)
        return g_strdup(file);
    return column > 0 ? g_strdup_printf("%s:%u:%u", file, line, column)
                      : g_strdup_printf("%s:%u", file, line);
}

static char *
surroundings_text(const SpPlace *place)
{
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);
    if (place->extension)
        g_ptr_array_add(parts, g_strdup_printf("extension \"%s\"", place->extension));
    if (place->phase)
        g_ptr_array_add(parts, g_strdup_printf("phase %s", place->phase));
    if (place->statement > 0)
        g_ptr_array_add(parts,
                        g_strdup_printf("statement %u of %u", place->statement, place->statements));
    g_ptr_array_add(parts, NULL);
    return parts->len > 1 ? g_strjoinv(", ", (char **)parts->pdata) : NULL;
}

static char *
first_lines(const char *sql)
{
    if (sql == NULL)
        return NULL;
    g_auto(GStrv) lines = g_strsplit(sql, "\n", MAX_SQL_LINES + 1);
    if (g_strv_length(lines) > MAX_SQL_LINES) {
        g_free(lines[MAX_SQL_LINES]);
        lines[MAX_SQL_LINES] = g_strdup("...");
    }
    return g_strjoinv("\n", lines);
}

static char *
error_body(const GError *error)
{
    const SpPlace *place = sp_error_get_place(error);
    gboolean line_is_of_path = place->source == NULL;
    g_autofree char *source = position_text(place->source, place->line, place->column);
    g_autofree char *path =
        position_text(place->path, line_is_of_path ? place->line : 0, place->column);
    g_autofree char *surroundings = surroundings_text(place);
    g_autofree char *sql = first_lines(place->sql);
    const struct {
        const char *label, *value;
    } rows[] = {
        {"detail:", sp_error_detail(error)},
        {"hint:", sp_error_hint(error)},
        {"at:", source},
        {"file:", path},
        {"in:", surroundings},
        {"sqlstate:", place->sqlstate},
        {"sql:", sql},
    };
    g_autofree char *problem = sp_text_escape(error->message);
    GString *out = g_string_new(problem);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].value == NULL)
            continue;
        g_autofree char *value = sp_text_escape_lines(rows[i].value, 12);
        g_string_append_printf(out, "\n  %-9s %s", rows[i].label, value);
    }
    return g_string_free(out, FALSE);
}

char *
sp_log_format_error(const char *label, const GError *error)
{
    g_autofree char *body = error_body(error);
    return g_strdup_printf(PROGRAM ": %s: %s", label, body);
}

static void
send_error(guint priority, const GError *error)
{
    g_return_if_fail(error != NULL);
    g_autoptr(GArray) fields = fields_new(priority);
    add_error_fields(fields, error);
    if (!g_log_writer_is_journald(fileno(stderr))) {
        g_autofree char *body = error_body(error);
        add_field(fields, FIELD_TEXT, body);
    }
    send_fields(fields);
}

void
sp_log_error(const GError *error)
{
    send_error(PRIORITY_ERROR, error);
}

void
sp_log_warning(const GError *error)
{
    send_error(PRIORITY_WARNING, error);
}
