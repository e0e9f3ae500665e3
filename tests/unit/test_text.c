/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <criterion/criterion.h>
#include <stdio.h>

typedef struct {
    const char *text, *escaped;
} EscapeCase;

static const EscapeCase escape_cases[] = {
    {"", ""},
    {"plain \"text\" \\ 100%", "plain \"text\" \\ 100%"},
    {"käse 表 🎉", "käse 表 🎉"},
    {"two\nlines\r", "two\\nlines\\r"},
    {"a\tb", "a    b"},
    {"\033[31mred\a\177", "\\x1b[31mred\\x07\\x7f"},
    {"\xc2\x9b"
     "31m",
     "\\x9b31m"}, /* a control sequence in one character */
    {"user\xe2\x80\xae"
     "gpj.so",
     "user\\u202egpj.so"}, /* text that runs backwards */
    {"line\xe2\x80\xa8"
     "feed",
     "line\\u2028feed"},
    {"broken \xff\xc3", "broken \xef\xbf\xbd\xef\xbf\xbd"},
};

Test(text, lets_no_control_character_and_no_broken_byte_through)
{
    for (guint i = 0; i < G_N_ELEMENTS(escape_cases); i++) {
        g_autofree char *escaped = sp_text_escape(escape_cases[i].text);
        cr_expect_str_eq(escaped, escape_cases[i].escaped);
        cr_expect(g_utf8_validate(escaped, -1, NULL));
    }
}

Test(text, escapes_what_it_has_escaped_only_once)
{
    g_autofree char *once = sp_text_escape("\033\n\xff");
    g_autofree char *twice = sp_text_escape(once);
    cr_assert_str_eq(once, twice);
}

Test(text, keeps_lines_and_indents_all_but_the_first_and_empty_ones)
{
    g_autofree char *lines = sp_text_escape_lines("one\n\ntwo\033", 2);
    cr_assert_str_eq(lines, "one\n\n  two\\x1b");
}

Test(text, shows_no_color_where_it_is_not_a_terminal)
{
    FILE *file = fopen("/dev/null", "w");
    cr_assert_not(sp_text_may_color(fileno(file)));
    fclose(file);
}
