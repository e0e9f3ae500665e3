/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Text for people out of the very values that JSON shows: aligned tables, and errors in full. */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

/** (transfer full): the text of one cell. */
typedef char *(*SpCellFunc)(JsonNode *value);

typedef struct {
    const char *title;
    const char *key; /* the member of a row that it shows */
    gboolean is_right;
    SpCellFunc cell; /* (nullable): NULL for sp_cell_plain() */
} SpColumn;

/** A scalar as it is, an array of texts joined by commas, "-" for null and for nothing. */
char *sp_cell_plain(JsonNode *value);
/** The length of an array. */
char *sp_cell_count(JsonNode *value);

/** Rows of which only the cells are left, so that many take little memory. */
typedef struct SpTable SpTable;

/** @columns: has to outlive the table */
SpTable *sp_table_new(const SpColumn *columns, guint n_columns);
void sp_table_free(SpTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpTable, sp_table_free)
void sp_table_add(SpTable *table, JsonObject *row);
/** Appends it as sp_table_append() does; nothing when it has no rows. */
void sp_table_print(GString *out, const SpTable *table, gboolean color);

/**
 * Appends an aligned table: a title line and one line a row, by display width, without blanks at
 * line ends.
 * @rows: (element-type JsonObject)
 * @add_note: (nullable): appends whole lines under the line of a row
 */
void sp_table_append(GString *out, const SpColumn *columns, guint n_columns, JsonArray *rows,
                     void (*add_note)(GString *out, JsonObject *row), gboolean color);

/**
 * Appends an error object as lines: "place: severity: code: message", then detail and hint.
 * @error: as sp_json_error() makes them; a "severity" member is shown
 */
void sp_table_append_error(GString *out, JsonObject *error, guint indent);

/** Appends what sp_json_set_findings() added: every finding, and a line with their counts. */
void sp_table_append_findings(GString *out, JsonObject *answer, const char *subject);

/** Appends a word in the color that tables give it, and blanks up to the next column. */
void sp_table_append_word(GString *out, const char *word, guint width, gboolean color);

/** Ends a line, without blanks at its end. */
void sp_table_end_line(GString *out);

/** "1 table", "2 tables": for summary lines. */
void sp_table_append_count(GString *out, gint64 n, const char *singular);
