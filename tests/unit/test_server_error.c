/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/server_error.h"

#include "base/error.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

typedef struct {
    const char *sql;
    const char *position;
    guint line;
    guint column;
} PlaceCase;

static const PlaceCase place_cases[] = {
    {"SELECT x", "1", 1, 1},
    {"SELECT x", "8", 1, 8},
    {"SELECT x", "9", 1, 9},
    {"a\nb\nc", "5", 3, 1},
    {"a\r\nb", "4", 2, 1},
    {"a\n", "2", 1, 2},
    {"äöü\n€x", "6", 2, 2},
    {"\xf0\x9f\x98\x80y", "2", 1, 2},
    {"\xff\xfe", "9", 1, 3},
    {"", "1", 1, 1},
    {"ab", "99999999999999999999", 1, 3},
    {"ab", "nonsense", 1, 1},
    {"ab", "-3", 1, 1},
};

ParameterizedTestParameters(server_error, finds_line_and_column_of_a_character)
{
    static size_t rows[G_N_ELEMENTS(place_cases)];
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        rows[i] = i;
    return cr_make_param_array(size_t, rows, G_N_ELEMENTS(rows));
}

ParameterizedTest(size_t *row, server_error, finds_line_and_column_of_a_character)
{
    const PlaceCase *wanted = &place_cases[*row];
    const SpServerMessage message = {.primary = "x", .position = wanted->position};
    g_autoptr(GError) error = sp_server_error_new(&message, wanted->sql);
    cr_assert_eq(sp_error_get_place(error)->line, wanted->line, "row %zu", *row);
    cr_assert_eq(sp_error_get_place(error)->column, wanted->column, "row %zu: %u", *row,
                 sp_error_get_place(error)->column);
}

Test(server_error, has_no_place_without_a_position)
{
    const SpServerMessage message = {.primary = "x"};
    g_autoptr(GError) error = sp_server_error_new(&message, "SELECT 1");
    cr_assert_eq(sp_error_get_place(error)->line, 0);
    cr_assert_null(sp_error_detail(error));
    cr_assert_null(sp_error_hint(error));
    cr_assert_null(sp_error_get_place(error)->sqlstate);
    cr_assert_str_eq(sp_error_get_place(error)->sql, "SELECT 1");
}

Test(server_error, tells_privilege_and_read_only_from_the_rest)
{
    static const struct {
        const char *sqlstate;
        int code;
    } cases[] = {
        {"42501", SP_ERROR_PRIVILEGE},
        {"25006", SP_ERROR_STANDBY},
        {"42601", SP_ERROR_STATEMENT},
        {NULL, SP_ERROR_STATEMENT},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        const SpServerMessage message = {.primary = "x", .sqlstate = cases[i].sqlstate};
        g_autoptr(GError) error = sp_server_error_new(&message, "SELECT 1");
        cr_assert_eq(error->code, cases[i].code);
    }
}

Test(server_error, keeps_the_problem_on_one_line_and_all_facts_in_the_detail)
{
    const SpServerMessage message = {.primary = "one\ntwo\n",
                                     .detail = "three",
                                     .hint = "four",
                                     .context = "five",
                                     .internal_query = "six"};
    g_autoptr(GError) error = sp_server_error_new(&message, "SELECT 1");
    cr_assert_str_eq(error->message, "could not run statement: one");
    cr_assert_str_eq(sp_error_detail(error), "two\nthree\nContext: five\nInternal query: six");
    cr_assert_str_eq(sp_error_hint(error), "four");
}

Test(server_error, makes_every_text_valid_utf8)
{
    const SpServerMessage message = {.primary = "caf\xe9", .detail = "\xff", .hint = "\xfe"};
    g_autoptr(GError) error = sp_server_error_new(&message, "SELECT 1");
    cr_assert(g_utf8_validate(error->message, -1, NULL));
    cr_assert(g_utf8_validate(sp_error_detail(error), -1, NULL));
    cr_assert(g_utf8_validate(sp_error_hint(error), -1, NULL));
}
