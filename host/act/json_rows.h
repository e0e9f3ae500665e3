/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Rows as JSON, for a parameter that the server reads with json_to_recordset(). Written as text at
 * once: a tree of so many small values would take more memory than the SQL that they are about. */
#pragma once

#include <glib.h>

typedef struct SpJsonRows SpJsonRows;

/** An array that is open. (transfer full) */
SpJsonRows *sp_json_rows_new(void);
void sp_json_rows_free(SpJsonRows *rows);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpJsonRows, sp_json_rows_free)

/** Begins a row, to which the members that follow belong. */
void sp_json_rows_begin(SpJsonRows *rows);
/** @value: (nullable): NULL writes nothing, which the server reads as NULL; valid UTF-8 */
void sp_json_rows_text(SpJsonRows *rows, const char *name, const char *value);
void sp_json_rows_number(SpJsonRows *rows, const char *name, gint64 value);
void sp_json_rows_boolean(SpJsonRows *rows, const char *name, gboolean value);
/** An array. @texts: an element may be NULL */
void sp_json_rows_texts(SpJsonRows *rows, const char *name, const char *const *texts, guint n);
/** Ends the row that was begun. */
void sp_json_rows_end(SpJsonRows *rows);
/** A text in the place of a row. */
void sp_json_rows_add(SpJsonRows *rows, const char *value);
/** (transfer full): the array, closed; @rows is empty from then on. */
char *sp_json_rows_finish(SpJsonRows *rows);
