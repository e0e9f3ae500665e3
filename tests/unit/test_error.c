/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/error.h"

#include <criterion/criterion.h>

Test(error, gives_every_code_its_own_nick_and_an_exit_status)
{
    g_autoptr(GHashTable) nicks = g_hash_table_new(g_str_hash, g_str_equal);
    for (SpErrorCode code = 0; code < SP_N_ERRORS; code++) {
        g_autoptr(GError) error = sp_error_new(code, NULL, NULL, "x");
        cr_assert_not_null(sp_error_nick(error));
        cr_assert(g_hash_table_add(nicks, (gpointer)sp_error_nick(error)), "%s",
                  sp_error_nick(error));
        cr_assert_neq(sp_error_exit_status(error), SP_EXIT_OK);
    }
}

Test(error, takes_a_foreign_error_for_a_defect)
{
    g_autoptr(GError) error = g_error_new_literal(G_FILE_ERROR, G_FILE_ERROR_NOENT, "gone");
    cr_assert_str_eq(sp_error_nick(error), "internal");
    cr_assert_eq(sp_error_exit_status(error), SP_EXIT_DEFECT);
    cr_assert_null(sp_error_detail(error));
    cr_assert_null(sp_error_get_place(error)->source);
}

Test(error, keeps_the_innermost_place)
{
    g_autoptr(GError) error = sp_error_new(SP_ERROR_STATEMENT, "Detail.", "Hint.", "problem %d", 7);
    sp_error_place(error, &(SpPlace){.source = "inner.sql", .line = 3, .column = 4});
    sp_error_place(error, &(SpPlace){.source = "outer.sql", .line = 9, .extension = "users"});
    const SpPlace *place = sp_error_get_place(error);
    cr_assert_str_eq(place->source, "inner.sql");
    cr_assert_eq(place->line, 3);
    cr_assert_str_eq(place->extension, "users");
}

Test(error, never_puts_an_outer_line_beside_an_inner_file)
{
    g_autoptr(GError) error = sp_error_new(SP_ERROR_STATEMENT, NULL, NULL, "problem");
    sp_error_place(error, &(SpPlace){.source = "inner.sql"});
    sp_error_place(error, &(SpPlace){.source = "outer.sql", .line = 9});
    cr_assert_eq(sp_error_get_place(error)->line, 0);
}

typedef struct {
    guint line, column;                   /* within the piece */
    guint expected_line, expected_column; /* in a file in which the piece begins at 10:5 */
} ShiftCase;

static const ShiftCase shift_cases[] = {
    {0, 0, 10, 5}, {1, 1, 10, 5}, {1, 8, 10, 12}, {3, 2, 12, 2}};

Test(error, shifts_a_place_within_a_piece_to_the_file)
{
    for (guint i = 0; i < G_N_ELEMENTS(shift_cases); i++) {
        const ShiftCase *row = &shift_cases[i];
        g_autoptr(GError) error = sp_error_new(SP_ERROR_STATEMENT, NULL, NULL, "problem");
        sp_error_place(error, &(SpPlace){.line = row->line, .column = row->column});
        sp_error_shift(error, &(SpPlace){.source = "a.sql", .line = 10, .column = 5});
        const SpPlace *place = sp_error_get_place(error);
        cr_assert(place->line == row->expected_line && place->column == row->expected_column,
                  "case %u: %u:%u", i, place->line, place->column);
    }
}

Test(error, survives_a_copy_with_all_its_facts)
{
    g_autoptr(GError) error = sp_error_new(SP_ERROR_STATEMENT, "Detail.", "Hint.", "problem");
    sp_error_place(error, &(SpPlace){.sqlstate = "42P01", .statement = 2, .statements = 5});
    g_autoptr(GError) copy = g_error_copy(error);
    g_clear_error(&error);
    cr_assert_str_eq(sp_error_detail(copy), "Detail.");
    cr_assert_str_eq(sp_error_hint(copy), "Hint.");
    cr_assert_str_eq(sp_error_get_place(copy)->sqlstate, "42P01");
    cr_assert_eq(sp_error_get_place(copy)->statements, 5);
}
