/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/json_rows.h"

#include <criterion/criterion.h>
#include <json-glib/json-glib.h>

Test(json_rows, are_what_a_parser_reads)
{
    static const char *const texts[] = {"plain", "\"q\" \\ \b\n\t\x01", "\xc3\xa9", "", NULL};
    g_autoptr(SpJsonRows) rows = sp_json_rows_new();
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        sp_json_rows_begin(rows);
        sp_json_rows_text(rows, "t", texts[i]);
        sp_json_rows_number(rows, "n", -(gint64)i);
        sp_json_rows_boolean(rows, "b", i == 1);
        sp_json_rows_end(rows);
    }
    g_autofree char *text = sp_json_rows_finish(rows);
    g_autoptr(JsonNode) root = json_from_string(text, NULL);
    cr_assert_not_null(root, "%s", text);
    JsonArray *array = json_node_get_array(root);
    cr_assert_eq(json_array_get_length(array), G_N_ELEMENTS(texts));
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        JsonObject *row = json_array_get_object_element(array, i);
        const char *got =
            json_object_get_null_member(row, "t") ? NULL : json_object_get_string_member(row, "t");
        cr_expect_eq(g_strcmp0(got, texts[i]), 0, "row %u", i);
        cr_expect_eq(json_object_get_int_member(row, "n"), -(gint64)i);
        cr_expect_eq(json_object_get_boolean_member(row, "b"), i == 1);
    }
}

Test(json_rows, may_be_texts_or_nothing)
{
    g_autoptr(SpJsonRows) rows = sp_json_rows_new();
    g_autofree char *nothing = sp_json_rows_finish(rows);
    cr_expect_str_eq(nothing, "[]");
    sp_json_rows_add(rows, "a");
    sp_json_rows_add(rows, "b\"");
    g_autofree char *two = sp_json_rows_finish(rows);
    cr_expect_str_eq(two, "[\"a\",\"b\\\"\"]");
}
