/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Rows as JSON, for a parameter that the server reads with json_to_recordset(). */
#pragma once

#include <json-glib/json-glib.h>

/** An array that is open. (transfer full) */
JsonBuilder *sp_json_rows_new(void);
/** @value: (nullable): NULL for SQL NULL */
void sp_json_rows_text(JsonBuilder *rows, const char *name, const char *value);
void sp_json_rows_number(JsonBuilder *rows, const char *name, gint64 value);
void sp_json_rows_boolean(JsonBuilder *rows, const char *name, gboolean value);
/** (transfer full): the array, closed. */
char *sp_json_rows_end(JsonBuilder *rows);
