/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "cli/table.h"

#include "base/text.h"
#include "cli/json.h"

#include <string.h>

#define GAP 2
#define BOLD "1"
#define GREEN "32"
#define RED "31"
#define YELLOW "33"

struct SpTable {
    const SpColumn *columns;
    guint n_columns;
    guint *widths;
    GPtrArray *cells; /* texts, row by row */
};

static char *
scalar_text(JsonNode *value)
{
    GType type = json_node_get_value_type(value);
    if (type == G_TYPE_BOOLEAN)
        return g_strdup(json_node_get_boolean(value) ? "yes" : "no");
    if (type == G_TYPE_STRING)
        return sp_text_escape(json_node_get_string(value));
    return g_strdup_printf("%" G_GINT64_FORMAT, json_node_get_int(value));
}

static char *
joined_text(JsonArray *array)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < json_array_get_length(array); i++) {
        g_autofree char *text = sp_cell_plain(json_array_get_element(array, i));
        g_string_append_printf(out, "%s%s", i > 0 ? ", " : "", text);
    }
    return g_string_free(out, FALSE);
}

char *
sp_cell_plain(JsonNode *value)
{
    g_autofree char *text = NULL;
    if (value != NULL && JSON_NODE_HOLDS_VALUE(value))
        text = scalar_text(value);
    else if (value != NULL && JSON_NODE_HOLDS_ARRAY(value))
        text = joined_text(json_node_get_array(value));
    return text != NULL && text[0] != '\0' ? g_steal_pointer(&text) : g_strdup("-");
}

char *
sp_cell_count(JsonNode *value)
{
    if (value == NULL || !JSON_NODE_HOLDS_ARRAY(value))
        return sp_cell_plain(value);
    return g_strdup_printf("%u", json_array_get_length(json_node_get_array(value)));
}

static guint
display_width(const char *text)
{
    guint width = 0;
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);
        if (!g_unichar_iszerowidth(character))
            width += g_unichar_iswide(character) ? 2 : 1;
    }
    return width;
}

static const char *
color_of(const char *text)
{
    static const struct {
        const char *word, *color;
    } words[] = {
        {"accepted", GREEN}, {"current", GREEN}, {"done", GREEN},   {"passed", GREEN},
        {"refused", RED},    {"failed", RED},    {"pending", BOLD}, {"warned", YELLOW},
    };
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_str_equal(words[i].word, text))
            return words[i].color;
    }
    return NULL;
}

static void
append_spaces(GString *out, guint n)
{
    gsize length = out->len;
    g_string_set_size(out, length + n);
    memset(out->str + length, ' ', n);
}

static void
append_cell(GString *out, const SpColumn *column, const char *text, guint width, const char *color)
{
    guint padding = width - display_width(text);
    append_spaces(out, column->is_right ? padding : 0);
    if (color)
        g_string_append_printf(out, "\033[%sm%s\033[0m", color, text);
    else
        g_string_append(out, text);
    append_spaces(out, (column->is_right ? 0 : padding) + GAP);
}

void
sp_table_append_word(GString *out, const char *word, guint width, gboolean color)
{
    const SpColumn column = {.title = ""};
    append_cell(out, &column, word, MAX(width, display_width(word)), color ? color_of(word) : NULL);
}

void
sp_table_end_line(GString *out)
{
    while (out->len > 0 && out->str[out->len - 1] == ' ')
        g_string_truncate(out, out->len - 1);
    g_string_append_c(out, '\n');
}

static char *
cell_text(const SpColumn *column, JsonObject *row)
{
    SpCellFunc cell = column->cell ? column->cell : sp_cell_plain;
    return cell(json_object_get_member(row, column->key));
}

SpTable *
sp_table_new(const SpColumn *columns, guint n_columns)
{
    SpTable *table = g_new0(SpTable, 1);
    table->columns = columns;
    table->widths = g_new0(guint, n_columns);
    table->n_columns = n_columns;
    table->cells = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < n_columns; i++)
        table->widths[i] = display_width(columns[i].title);
    return table;
}

void
sp_table_free(SpTable *table)
{
    if (table == NULL)
        return;
    g_ptr_array_unref(table->cells);
    g_free(table->widths);
    g_free(table);
}

void
sp_table_add(SpTable *table, JsonObject *row)
{
    for (guint i = 0; i < table->n_columns; i++) {
        char *text = cell_text(&table->columns[i], row);
        table->widths[i] = MAX(table->widths[i], display_width(text));
        g_ptr_array_add(table->cells, text);
    }
}

static void
append_titles(GString *out, const SpTable *table, gboolean color)
{
    for (guint i = 0; i < table->n_columns; i++)
        append_cell(out, &table->columns[i], table->columns[i].title, table->widths[i],
                    color ? BOLD : NULL);
    sp_table_end_line(out);
}

static void
append_row(GString *out, const SpTable *table, guint row, gboolean color)
{
    for (guint i = 0; i < table->n_columns; i++) {
        const char *text = g_ptr_array_index(table->cells, row * table->n_columns + i);
        append_cell(out, &table->columns[i], text, table->widths[i], color ? color_of(text) : NULL);
    }
    sp_table_end_line(out);
}

void
sp_table_print(GString *out, const SpTable *table, gboolean color)
{
    guint n_rows = table->cells->len / table->n_columns;
    if (n_rows > 0)
        append_titles(out, table, color);
    for (guint row = 0; row < n_rows; row++)
        append_row(out, table, row, color);
}

void
sp_table_append(GString *out, const SpColumn *columns, guint n_columns, JsonArray *rows,
                void (*add_note)(GString *out, JsonObject *row), gboolean color)
{
    g_autoptr(SpTable) table = sp_table_new(columns, n_columns);
    for (guint row = 0; row < json_array_get_length(rows); row++)
        sp_table_add(table, json_array_get_object_element(rows, row));
    append_titles(out, table, color);
    for (guint row = 0; row < json_array_get_length(rows); row++) {
        append_row(out, table, row, color);
        if (add_note)
            add_note(out, json_array_get_object_element(rows, row));
    }
}

static void
append_place(GString *out, JsonObject *error)
{
    gboolean is_finding = json_object_has_member(error, "severity");
    const char *source = sp_json_get_text(error, "source");
    const char *file = source || !is_finding ? source : sp_json_get_text(error, "path");
    if (file == NULL)
        return;
    g_autofree char *shown = sp_text_escape(file);
    g_string_append(out, shown);
    static const char *const numbers[] = {"line", "column"};
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++) {
        if (!json_object_get_null_member(error, numbers[i]))
            g_string_append_printf(out, ":%" G_GINT64_FORMAT,
                                   json_object_get_int_member(error, numbers[i]));
    }
    g_string_append(out, ": ");
}

void
sp_table_append_error(GString *out, JsonObject *error, guint indent)
{
    static const char *const facts[] = {"detail", "hint"};
    g_autofree char *message = sp_text_escape(sp_json_get_text(error, "message"));
    g_string_append_printf(out, "%*s", (int)indent, "");
    append_place(out, error);
    if (json_object_has_member(error, "severity"))
        g_string_append_printf(out, "%s: ", sp_json_get_text(error, "severity"));
    g_string_append_printf(out, "%s: %s\n", sp_json_get_text(error, "code"), message);
    for (guint i = 0; i < G_N_ELEMENTS(facts); i++) {
        const char *fact = sp_json_get_text(error, facts[i]);
        if (fact == NULL)
            continue;
        g_autofree char *lines = sp_text_escape_lines(fact, indent + 12);
        g_string_append_printf(out, "%*s  %-8s  %s\n", (int)indent, "", facts[i], lines);
    }
}

void
sp_table_append_count(GString *out, gint64 n, const char *singular)
{
    g_string_append_printf(out, "%" G_GINT64_FORMAT " %s%s", n, singular, n == 1 ? "" : "s");
}

void
sp_table_append_findings(GString *out, JsonObject *answer, const char *subject)
{
    JsonArray *findings = json_object_get_array_member(answer, "findings");
    JsonObject *summary = json_object_get_object_member(answer, "summary");
    for (guint i = 0; i < json_array_get_length(findings); i++)
        sp_table_append_error(out, json_array_get_object_element(findings, i), 0);
    g_string_append_printf(out, "%s: ", subject);
    sp_table_append_count(out, json_object_get_int_member(summary, "errors"), "error");
    g_string_append(out, ", ");
    sp_table_append_count(out, json_object_get_int_member(summary, "warnings"), "warning");
    g_string_append_c(out, '\n');
}
