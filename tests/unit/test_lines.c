/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/lines.h"

#include <criterion/criterion.h>

static void
assert_at(const char *text, gsize offset, guint line, guint column)
{
    g_autoptr(SpLines) lines = sp_lines_new(text);
    guint at_line = 0, at_column = 0;
    sp_lines_locate(lines, offset, &at_line, &at_column);
    cr_expect(at_line == line && at_column == column, "byte %zu is %u:%u, not %u:%u", offset,
              at_line, at_column, line, column);
}

Test(lines, counts_from_one)
{
    assert_at("", 0, 1, 1);
    assert_at("ab\ncd", 0, 1, 1);
    assert_at("ab\ncd", 2, 1, 3);
    assert_at("ab\ncd", 3, 2, 1);
    assert_at("\n\n", 2, 3, 1);
}

Test(lines, counts_characters_and_not_bytes)
{
    assert_at("é€😀x", 9, 1, 4);
    assert_at("é\r\n€x", 7, 2, 2);
}

Test(lines, takes_what_is_beyond_for_the_end)
{
    assert_at("ab\nc", 1000, 2, 2);
}

Test(lines, finds_places_in_a_line_longer_than_a_block)
{
    g_autofree char *line = g_strnfill(5000, 'x');
    g_autofree char *text = g_strdup_printf("é\n%s\né%s", line, line);
    assert_at(text, 3 + 1024, 2, 1025);
    assert_at(text, 3 + 4999, 2, 5000);
    assert_at(text, 3 + 5001, 3, 1);
    assert_at(text, 3 + 5001 + 2 + 5000, 3, 5002);
}
