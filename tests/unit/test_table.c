/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "cli/table.h"

#include "base/error.h"
#include "cli/json.h"

#include <criterion/criterion.h>

static const SpColumn columns[] = {
    {"STATE", "state", FALSE, NULL},
    {"NAME", "name", FALSE, NULL},
    {"N", "n", TRUE, sp_cell_count},
    {"LAST", "last", FALSE, NULL},
};

static JsonArray *
rows_of(const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) node = json_from_string(text, &error);
    cr_assert_not_null(node, "%s", error ? error->message : "");
    return json_array_ref(json_node_get_array(node));
}

static char *
table_of(const char *text, void (*add_note)(GString *, JsonObject *), gboolean color)
{
    g_autoptr(JsonArray) rows = rows_of(text);
    GString *out = g_string_new(NULL);
    sp_table_append(out, columns, G_N_ELEMENTS(columns), rows, add_note, color);
    return g_string_free(out, FALSE);
}

Test(table, aligns_by_display_width)
{
    g_autofree char *table =
        table_of("[{\"state\":\"done\",\"name\":\"表é\",\"n\":[1,2],\"last\":\"x\"},"
                 "{\"state\":\"pending\",\"name\":\"abcdef\",\"n\":[1],\"last\":null}]",
                 NULL, FALSE);
    cr_assert_str_eq(table, "STATE    NAME    N  LAST\n"
                            "done     表é     2  x\n"
                            "pending  abcdef  1  -\n");
}

Test(table, shows_every_kind_of_value)
{
    g_autofree char *table =
        table_of("[{\"state\":true,\"name\":[\"a\",\"b\"],\"n\":null,\"last\":-7},"
                 "{\"state\":false,\"name\":[],\"n\":[]}]",
                 NULL, FALSE);
    cr_assert_str_eq(table, "STATE  NAME  N  LAST\n"
                            "yes    a, b  -  -7\n"
                            "no     -     0  -\n");
}

Test(table, escapes_what_could_move_the_cursor)
{
    g_autofree char *table = table_of(
        "[{\"state\":\"x\\u001b[2J\",\"name\":\"a\\nb\",\"last\":\"\\u202e\"}]", NULL, FALSE);
    cr_assert_str_eq(table, "STATE     NAME  N  LAST\n"
                            "x\\x1b[2J  a\\nb  -  \\u202e\n");
}

Test(table, colors_states_without_breaking_the_alignment)
{
    g_autofree char *table = table_of("[{\"state\":\"refused\",\"name\":\"a\"}]", NULL, TRUE);
    cr_assert_str_eq(table, "\033[1mSTATE\033[0m    \033[1mNAME\033[0m  \033[1mN\033[0m  "
                            "\033[1mLAST\033[0m\n"
                            "\033[31mrefused\033[0m  a     -  -\n");
}

static void
add_note(GString *out, JsonObject *row)
{
    g_string_append_printf(out, "  note of %s\n", sp_json_get_text(row, "name"));
}

Test(table, puts_notes_under_their_rows)
{
    g_autofree char *table = table_of(
        "[{\"state\":\"a\",\"name\":\"b\"},{\"state\":\"c\",\"name\":\"d\"}]", add_note, FALSE);
    cr_assert_str_eq(table, "STATE  NAME  N  LAST\n"
                            "a      b     -  -\n"
                            "  note of b\n"
                            "c      d     -  -\n"
                            "  note of d\n");
}

static JsonObject *
finding_new(const SpPlace *place, const char *severity)
{
    g_autoptr(GError) error =
        sp_error_new(SP_ERROR_SQL_SYNTAX, "First.\nSecond.", "Try.", "a\033 problem");
    sp_error_place(error, place);
    JsonObject *object = sp_json_error(error);
    if (severity)
        sp_json_set_text(object, "severity", severity);
    return object;
}

Test(table, writes_a_finding_as_compilers_do)
{
    const SpPlace place = {.path = "/p.so", .source = "a.sql", .line = 3, .column = 1};
    g_autoptr(JsonObject) finding = finding_new(&place, "error");
    g_autoptr(GString) out = g_string_new(NULL);
    sp_table_append_error(out, finding, 0);
    cr_assert_str_eq(out->str, "a.sql:3:1: error: sql-syntax: a\\x1b problem\n"
                               "  detail    First.\n"
                               "            Second.\n"
                               "  hint      Try.\n");
}

Test(table, names_the_file_of_a_finding_without_a_source)
{
    g_autoptr(JsonObject) finding = finding_new(&(SpPlace){.path = "/p.so"}, "warning");
    g_autoptr(GString) out = g_string_new(NULL);
    sp_table_append_error(out, finding, 0);
    cr_assert(g_str_has_prefix(out->str, "/p.so: warning: sql-syntax: "), "%s", out->str);
}

Test(table, leaves_the_file_out_where_its_row_shows_it)
{
    g_autoptr(JsonObject) finding = finding_new(&(SpPlace){.path = "/p.so"}, NULL);
    g_autoptr(GString) out = g_string_new(NULL);
    sp_table_append_error(out, finding, 3);
    cr_assert(g_str_has_prefix(out->str, "   sql-syntax: "), "%s", out->str);
}

Test(table, counts_in_words)
{
    g_autoptr(GString) out = g_string_new(NULL);
    sp_table_append_count(out, 0, "seed");
    sp_table_append_count(out, 1, "seed");
    sp_table_append_count(out, 2, "seed");
    cr_assert_str_eq(out->str, "0 seeds1 seed2 seeds");
}
