/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/json_rows.h"

JsonBuilder *
sp_json_rows_new(void)
{
    JsonBuilder *rows = json_builder_new();
    json_builder_begin_array(rows);
    return rows;
}

void
sp_json_rows_text(JsonBuilder *rows, const char *name, const char *value)
{
    json_builder_set_member_name(rows, name);
    if (value != NULL)
        json_builder_add_string_value(rows, value);
    else
        json_builder_add_null_value(rows);
}

void
sp_json_rows_number(JsonBuilder *rows, const char *name, gint64 value)
{
    json_builder_set_member_name(rows, name);
    json_builder_add_int_value(rows, value);
}

void
sp_json_rows_boolean(JsonBuilder *rows, const char *name, gboolean value)
{
    json_builder_set_member_name(rows, name);
    json_builder_add_boolean_value(rows, value);
}

char *
sp_json_rows_end(JsonBuilder *rows)
{
    json_builder_end_array(rows);
    g_autoptr(JsonNode) root = json_builder_get_root(rows);
    return json_to_string(root, FALSE);
}
