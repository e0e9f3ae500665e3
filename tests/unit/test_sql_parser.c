/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "edge/sql_parser.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

static SpParseTree *
parse(const char *sql)
{
    g_autoptr(GError) error = NULL;
    SpParseTree *tree = sp_parse_tree_new(sql, &error);
    cr_assert(tree != NULL, "%s", error != NULL ? error->message : "");
    return tree;
}

static void
assert_cut_one_way(const char *sql, const char *expected)
{
    g_autoptr(SpParseTree) tree = parse(sql);
    g_autoptr(GString) texts = g_string_new(NULL);
    for (guint i = 0; i < sp_parse_tree_get_n(tree); i++) {
        gsize start = 0, length = 0;
        cr_assert_not_null(sp_parse_tree_get(tree, i, &start, &length));
        if (i > 0)
            g_string_append_c(texts, '|');
        g_string_append_len(texts, sql + start, (gssize)length);
    }
    cr_expect_str_eq(texts->str, expected);
}

/* By the bytes alone, and with the scanner's tokens, which a backslash in a string makes necessary.
 * @expected: the texts of the statements, joined by bars */
static void
assert_cut(const char *sql, const char *expected)
{
    const char *scanned = "SELECT '\\'";
    g_autofree char *longer = g_strdup_printf("%s\n;%s", sql, scanned);
    g_autofree char *both = g_strdup_printf("%s%s%s", expected, *expected ? "|" : "", scanned);
    assert_cut_one_way(sql, expected);
    assert_cut_one_way(longer, both);
}

static GError *
refusal_of(const char *sql)
{
    GError *error = NULL;
    g_autoptr(SpParseTree) tree = sp_parse_tree_new(sql, &error);
    cr_assert_null(tree);
    cr_assert(g_error_matches(error, SP_ERROR, SP_ERROR_SQL_SYNTAX));
    return error;
}

static void
assert_refused_at(const char *sql, guint line, guint column)
{
    g_autoptr(GError) error = refusal_of(sql);
    const SpPlace *place = sp_error_get_place(error);
    cr_expect(place->line == line && place->column == column, "%u:%u %s", place->line,
              place->column, error->message);
    cr_expect_not_null(strstr(sp_error_detail(error), "PostgreSQL 15"));
}

Test(sql_parser, cuts_statements_without_semicolon_space_and_comments)
{
    assert_cut("SELECT 1", "SELECT 1");
    assert_cut("  SELECT 1 ;\n\tSELECT 2  ", "SELECT 1|SELECT 2");
    assert_cut("-- a;\n/* b; /* c; */ ; */ SELECT /* d */ 1 -- e\n; -- f", "SELECT /* d */ 1");
    assert_cut("SELECT 1 /* a */ ; /* b */ SELECT 2 -- c", "SELECT 1|SELECT 2");
    assert_cut(";;SELECT 1;;\r\n;SELECT 2;;", "SELECT 1|SELECT 2");
    assert_cut("SELECT\r\n1;\r\nSELECT 2;\r\n", "SELECT\r\n1|SELECT 2");
}

Test(sql_parser, finds_nothing_in_texts_without_statements)
{
    assert_cut("", "");
    assert_cut(" \n;;", "");
    assert_cut("-- nothing\n/* at /* all */ */", "");
}

Test(sql_parser, understands_every_way_to_quote)
{
    assert_cut("SELECT 'a;''b' ; SELECT 2", "SELECT 'a;''b'|SELECT 2");
    assert_cut("SELECT E'it\\'s; ' ; SELECT 2", "SELECT E'it\\'s; '|SELECT 2");
    assert_cut("SELECT 1 AS \"a;b'c$$d\"\"e\"; SELECT 2", "SELECT 1 AS \"a;b'c$$d\"\"e\"|SELECT 2");
    assert_cut("SELECT $$a;'b$$; SELECT $x$;$$;$x$", "SELECT $$a;'b$$|SELECT $x$;$$;$x$");
    assert_cut("SELECT U&'d\\0061t\\+000061;'; SELECT 2", "SELECT U&'d\\0061t\\+000061;'|SELECT 2");
    assert_cut("SELECT U&'a' ; /* x */ SELECT 1 AS U&\"a\" -- x",
               "SELECT U&'a'|SELECT 1 AS U&\"a\"");
    assert_cut("SELECT a$b$c FROM t; SELECT x$b$ FROM t", "SELECT a$b$c FROM t|SELECT x$b$ FROM t");
}

Test(sql_parser, keeps_bodies_with_semicolons_whole)
{
    const char *atomic = "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END";
    const char *rule = "CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM u; NOTIFY v;)";
    g_autofree char *sql = g_strdup_printf("%s; %s;", atomic, rule);
    g_autofree char *expected = g_strdup_printf("%s|%s", atomic, rule);
    assert_cut(sql, expected);
}

Test(sql_parser, keeps_an_empty_parameter_list)
{
    assert_cut("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';",
               "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'");
}

Test(sql_parser, does_not_take_a_trigger_for_the_start_of_a_body)
{
    const char *trigger = "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f()";
    g_autofree char *sql = g_strdup_printf("%s; SELECT 1", trigger);
    g_autofree char *expected = g_strdup_printf("%s|SELECT 1", trigger);
    assert_cut(sql, expected);
}

Test(sql_parser, gives_the_node_of_each_statement)
{
    gsize start, length;
    g_autoptr(SpParseTree) tree = parse("CREATE TABLE t (); DROP TABLE t");
    cr_expect_eq(sp_parse_tree_get(tree, 0, &start, &length)->node_case,
                 PG_QUERY__NODE__NODE_CREATE_STMT);
    cr_expect_eq(sp_parse_tree_get(tree, 1, &start, &length)->node_case,
                 PG_QUERY__NODE__NODE_DROP_STMT);
}

Test(sql_parser, says_where_the_syntax_is_wrong)
{
    assert_refused_at("SELEC 1", 1, 1);
    assert_refused_at("SELECT 1;\nSELECT 'é', , 2;", 2, 13);
    assert_refused_at("SELECT 1;\r\n  CREATE TABEL t ()", 2, 10);
}

Test(sql_parser, says_where_something_is_never_closed)
{
    assert_refused_at("SELECT 1;\nSELECT 'é", 2, 8);
    assert_refused_at("SELECT $x$ a", 1, 8);
    assert_refused_at("\n /* a /* b */", 2, 2);
    assert_refused_at("SELECT \"é", 1, 8);
    assert_refused_at("SELECT (1", 1, 10);
}

Test(sql_parser, leaves_the_place_open_when_the_parser_does)
{
    assert_refused_at("CREATE OR REPLACE CONSTRAINT TRIGGER c AFTER INSERT ON t "
                      "FOR EACH ROW EXECUTE FUNCTION f()",
                      0, 0);
}

Test(sql_parser, knows_commands_of_psql)
{
    g_autoptr(GError) error = refusal_of("SELECT 1;\n\\copy t FROM x");
    cr_expect_not_null(strstr(sp_error_hint(error), "psql"));
    cr_expect_eq(sp_error_get_place(error)->line, 2u);
}

Test(sql_parser, does_not_quote_a_whole_text)
{
    g_autofree char *filler = g_strnfill(5000, 'x');
    g_autofree char *sql = g_strdup_printf("SELECT 'é%s\nmore", filler);
    g_autoptr(GError) error = refusal_of(sql);
    cr_expect_lt(strlen(error->message), 200u);
    cr_expect_null(strchr(error->message, '\n'));
    cr_expect(g_utf8_validate(error->message, -1, NULL));
}

Test(sql_parser, refuses_two_statements_without_a_semicolon)
{
    assert_refused_at("SELECT 1\nCREATE TABLE t ()", 2, 1);
}

static char *
repeat(const char *head, const char *open, const char *middle, const char *close, guint n)
{
    GString *text = g_string_new(head);
    for (guint i = 0; i < n; i++)
        g_string_append(text, open);
    g_string_append(text, middle);
    for (guint i = 0; i < n; i++)
        g_string_append(text, close);
    return g_string_free(text, FALSE);
}

/* Ways to nest: each takes the parser one level deeper. */
static const struct {
    const char *head, *open, *middle, *close;
} deep[] = {
    {"SELECT ", "(", "1", ")"},
    {"SELECT ", "(SELECT ", "1", ")"},
    {"SELECT 1", "+1", "", ""},
    {"SELECT ", "- ", "1", ""},
    {"SELECT ", "NOT ", "true", ""},
    {"SELECT ", "(a AND ", "b", ")"},
    {"SELECT ", "CASE WHEN a THEN ", "1", " END"},
    {"SELECT ", "CASE WHEN a.end THEN ", "1", " END"},
    {"SELECT ", "x BETWEEN 1 AND NOT ", "y", ""},
    {"SELECT 1", "::int", "", ""},
    {"SELECT 1", " + a.and", "", ""},
    {"SELECT 1", " OPERATOR(pg_catalog.+) 1", "", ""},
    {"SELECT 1, 2", " UNION SELECT 1, 2", "", ""},
    {"SELECT * FROM a", " JOIN b ON x AND y", "", ""},
    {"SELECT ", "f(1, ", "2", ")"},
    {"SELECT ", "ARRAY[", "1", "]"},
    {"SELECT ", "a IN (b, ", "1", ")"},
    {"", "WITH a AS (", "SELECT 1", ") SELECT 1"},
    {"SELECT 1", " COLLATE \"C\"", "", ""},
    {"SELECT a", " /* x */ || /* y */ b", "", ""},
};

ParameterizedTestParameters(sql_parser, refuses_what_would_exhaust_the_stack)
{
    static gsize rows[G_N_ELEMENTS(deep)];
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        rows[i] = i;
    return cr_make_param_array(gsize, rows, G_N_ELEMENTS(rows));
}

ParameterizedTest(gsize *row, sql_parser, refuses_what_would_exhaust_the_stack)
{
    g_autofree char *sql =
        repeat(deep[*row].head, deep[*row].open, deep[*row].middle, deep[*row].close, 100000);
    g_autoptr(GError) error = NULL;
    g_autoptr(SpParseTree) tree = sp_parse_tree_new(sql, &error);
    cr_assert_null(tree);
    cr_assert(g_error_matches(error, SP_ERROR, SP_ERROR_SQL_SYNTAX));
    cr_expect_not_null(strstr(error->message, "nested too deeply"), "%s", error->message);
    cr_expect_gt(sp_error_get_place(error)->column, 100u);
}

ParameterizedTestParameters(sql_parser, parses_what_is_just_below_the_bound)
{
    static gsize rows[G_N_ELEMENTS(deep)];
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        rows[i] = i;
    return cr_make_param_array(gsize, rows, G_N_ELEMENTS(rows));
}

ParameterizedTest(gsize *row, sql_parser, parses_what_is_just_below_the_bound)
{
    g_autofree char *sql =
        repeat(deep[*row].head, deep[*row].open, deep[*row].middle, deep[*row].close, 300);
    g_autoptr(SpParseTree) tree = parse(sql);
    cr_assert_eq(sp_parse_tree_get_n(tree), 1u);
}

Test(sql_parser, takes_long_texts_that_are_not_deep)
{
    g_autofree char *conditions = repeat("SELECT x = 1", " OR x = 2 AND y < 3", "", "", 5000);
    g_autofree char *rows = repeat("INSERT INTO t VALUES (1 + 1)", ", (2 + 2)", "", "", 5000);
    g_autofree char *cases = repeat("SELECT CASE", " WHEN a = 1 THEN b", " END", "", 5000);
    g_autofree char *statements =
        repeat("", "SELECT 1 AS case, 2 + 3 FROM a JOIN b ON c;", "", "", 5000);
    const char *texts[] = {conditions, rows, cases, statements};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        sp_parse_tree_free(parse(texts[i]));
}

static const struct {
    const char *sql, *member;
} members[] = {
    {"a int, b int", "a int"},
    {"a int )", "a int"},
    {"a numeric(4, 1) -- ,\n CHECK (a > 0) /* , */ , b", "a numeric(4, 1) -- ,\n CHECK (a > 0)"},
    {"a text DEFAULT ',' || $$,)$$, b", "a text DEFAULT ',' || $$,)$$"},
    {"a int[] DEFAULT ARRAY[1, 2])", "a int[] DEFAULT ARRAY[1, 2]"},
    {"a int", "a int"},
};

Test(sql_parser, finds_where_a_member_of_a_list_ends)
{
    for (gsize i = 0; i < G_N_ELEMENTS(members); i++) {
        g_autofree char *sql = g_strconcat("T (", members[i].sql, NULL);
        gsize end = sp_sql_find_member_end(sql, 3, NULL);
        g_autofree char *member = g_strndup(sql + 3, end - 3);
        cr_expect_str_eq(member, members[i].member, "%s: %s", sql, member);
    }
}

static const struct {
    const char *name, *written;
} names[] = {
    {"users", "users"},
    {"a_1", "a_1"},
    {"Users", "\"Users\""},
    {"order", "\"order\""},
    {"name", "name"},
    {"int", "\"int\""},
    {"a \"b\"", "\"a \"\"b\"\"\""},
    {"1", "\"1\""},
    {"caf\xC3\xA9", "\"caf\xC3\xA9\""},
};

Test(sql_parser, writes_a_name_in_quotes_only_where_it_needs_them)
{
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *written = sp_sql_quote(names[i].name);
        cr_expect_str_eq(written, names[i].written, "%s", written);
    }
}
