/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/sql_outline.h"

#include <criterion/criterion.h>

/* @expected: what stands between semicolons, joined by bars; NULL when the bytes do not tell */
static void
assert_outline(const char *sql, const char *expected)
{
    g_autoptr(GArray) spans = sp_sql_outline_new(sql);
    g_autoptr(GString) texts = g_string_new(NULL);
    cr_assert_eq(spans != NULL, expected != NULL, "%s", sql);
    for (guint i = 0; spans != NULL && i < spans->len; i++) {
        const SpSqlSpan *span = &g_array_index(spans, SpSqlSpan, i);
        g_string_append(texts, i > 0 ? "|" : "");
        g_string_append_len(texts, sql + span->start, (gssize)span->length);
    }
    cr_expect_str_eq(texts->str, expected != NULL ? expected : "");
}

Test(sql_outline, cuts_at_semicolons_without_space_and_comments)
{
    assert_outline("", "");
    assert_outline(";; \n;", "");
    assert_outline("-- a;\n/* b; /* c; */ ; */ SELECT /* d */ 1 -- e\r; -- f", "SELECT /* d */ 1");
    assert_outline(" SELECT 1/**/;SELECT 2--x", "SELECT 1|SELECT 2");
    assert_outline("SELECT 1 */* a; */ 2; SELECT 3", "SELECT 1 */* a; */ 2|SELECT 3");
}

Test(sql_outline, sees_no_semicolon_in_quotes)
{
    assert_outline("SELECT 'a;''b'; SELECT \"c;\"\"d\"", "SELECT 'a;''b'|SELECT \"c;\"\"d\"");
    assert_outline("SELECT $$;'$$; SELECT $x$;$$;\\$x$", "SELECT $$;'$$|SELECT $x$;$$;\\$x$");
    assert_outline("SELECT a$b$c; SELECT x$b$", "SELECT a$b$c|SELECT x$b$");
    assert_outline("SELECT 1$a$;$a$; SELECT $1; SELECT 2", "SELECT 1$a$;$a$|SELECT $1|SELECT 2");
    assert_outline("SELECT 'x /* '; SELECT ' */'", "SELECT 'x /* '|SELECT ' */'");
}

Test(sql_outline, gives_up_where_it_would_have_to_guess)
{
    assert_outline("SELECT E'it\\'s; '", NULL);
    assert_outline("SELECT 'a", NULL);
    assert_outline("SELECT \"a", NULL);
    assert_outline("SELECT $a$ $b$", NULL);
    assert_outline("SELECT 1 /* /* */", NULL);
}

/* Ways to nest, of which 2500 are too many to be sure. */
static const struct {
    const char *open, *close;
} deep[] = {
    {"(", ")"},
    {"[", ""},
    {"f(a, ", ")"},
    {"+1", ""},
    {"::int::int", ""},
    {" CASE WHEN a THEN ", " END"},
    {" BETWEEN 1 AND ", ""},
    {" not /* x */ NOT ", ""},
    {" union ALL SELECT a, b JOIN c", ""},
    {" OPERATOR(pg_catalog.+) a COLLATE b", ""},
};

Test(sql_outline, gives_up_on_what_may_nest_too_deep)
{
    for (guint i = 0; i < G_N_ELEMENTS(deep); i++) {
        g_autoptr(GString) sql = g_string_new("SELECT 1; SELECT ");
        for (guint k = 0; k < 2500; k++)
            g_string_append(sql, deep[i].open);
        for (guint k = 0; k < 2500; k++)
            g_string_append(sql, deep[i].close);
        g_autoptr(GArray) spans = sp_sql_outline_new(sql->str);
        cr_expect_null(spans, "%s", deep[i].open);
    }
}

Test(sql_outline, takes_long_texts_that_are_not_deep)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    for (guint i = 0; i < 3000; i++)
        g_string_append(sql, "SELECT a + b IS NOT NULL FROM c JOIN d ON (e[1] = 'f');");
    g_string_append(sql, "INSERT INTO t VALUES (1)");
    for (guint i = 0; i < 3000; i++)
        g_string_append(sql, ", (1 + 2, a::int)");
    g_autoptr(GArray) spans = sp_sql_outline_new(sql->str);
    cr_assert_not_null(spans);
    cr_expect_eq(spans->len, 3001u);
}
