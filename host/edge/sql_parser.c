/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/sql_parser.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/lines.h"
#include "edge/sql_nesting.h"
#include "edge/sql_outline.h"

#include <pg_query.h>
#include <string.h>

/* More of a token or of an unfinished text is no help to a reader. */
#define MAX_MESSAGE 160

/* What a packed tree takes when it is unpacked, in bytes for a byte: measured, 10 on the average
 * and at most 18. */
#define UNPACKED 16

/* Words that may open a level in a body of PL/pgSQL: far more than anybody writes. */
#define MAX_OPENERS 4000

struct SpParseTree {
    SpArena *arena; /* of the result */
    PgQuery__ParseResult *result;
    GArray *spans; /* (element-type SpSqlSpan): one a statement */
};

static void
scan_result_free(PgQuery__ScanResult *scan)
{
    pg_query__scan_result__free_unpacked(scan, NULL);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PgQuery__ScanResult, scan_result_free)

/* The parser quotes what it stumbled over: that may be the whole rest of the text. */
static char *
shorten(const char *message)
{
    gsize length = strcspn(message, "\r\n");
    gsize limit = MIN(length, MAX_MESSAGE);
    g_autofree char *valid = g_utf8_make_valid(message, (gssize)length);

    if (limit == strlen(message))
        return g_steal_pointer(&valid);
    while (limit > 0 && ((guchar)valid[limit] & 0xC0) == 0x80)
        limit--;
    valid[limit] = '\0';
    return g_strdup_printf("%s...", valid);
}

static const char *
hint_of(const char *sql, gsize offset)
{
    if (sql[offset] == '\\')
        return "A line that begins with a backslash is a command of psql, not SQL: remove it.";
    return NULL;
}

/* @offset: -1 when the parser gives none */
static GError *
syntax_error(const char *sql, const char *message, const char *detail, gssize offset)
{
    g_autofree char *problem = shorten(message);
    const char *hint = offset < 0 ? NULL : hint_of(sql, (gsize)offset);
    GError *error = sp_error_new(SP_ERROR_SQL_SYNTAX, detail, hint, "%s", problem);
    if (offset < 0)
        return error;

    g_autoptr(SpLines) lines = sp_lines_new(sql);
    SpPlace place = {0};
    sp_lines_locate(lines, (gsize)offset, &place.line, &place.column);
    sp_error_place(error, &place);
    return error;
}

/* The parser's position is in characters, 1-based, and 0 when it has none. */
static GError *
parser_error(const char *sql, const PgQueryError *error)
{
    gssize offset =
        error->cursorpos <= 0 ? -1 : g_utf8_offset_to_pointer(sql, error->cursorpos - 1) - sql;
    return syntax_error(sql, error->message,
                        "The text was read with the grammar of PostgreSQL " PG_MAJORVERSION
                        ", whatever the version of the server.",
                        offset);
}

static PgQuery__ScanResult *
scan(const char *sql, GError **error)
{
    PgQueryScanResult raw = pg_query_scan(sql);
    PgQuery__ScanResult *result = NULL;

    if (raw.error != NULL)
        g_propagate_error(error, parser_error(sql, raw.error));
    else
        result = pg_query__scan_result__unpack(NULL, raw.pbuf.len, (const uint8_t *)raw.pbuf.data);
    pg_query_free_scan_result(raw);
    return result;
}

static void *
take(void *arena, size_t size)
{
    return sp_arena_alloc(arena, size);
}

static void
leave(void *arena G_GNUC_UNUSED, void *pointer G_GNUC_UNUSED)
{
}

static gboolean
parse(SpParseTree *tree, const char *sql, GError **error)
{
    PgQueryProtobufParseResult raw = pg_query_parse_protobuf(sql);

    if (raw.error != NULL) {
        g_propagate_error(error, parser_error(sql, raw.error));
    } else {
        tree->arena = sp_arena_new(raw.parse_tree.len * UNPACKED);
        ProtobufCAllocator allocator = {take, leave, tree->arena};
        tree->result = pg_query__parse_result__unpack(&allocator, raw.parse_tree.len,
                                                      (const uint8_t *)raw.parse_tree.data);
    }
    pg_query_free_protobuf_parse_result(raw);
    return tree->result != NULL;
}

static gboolean
is_text_of_statement(const PgQuery__ScanToken *token)
{
    return token->token != PG_QUERY__TOKEN__SQL_COMMENT &&
           token->token != PG_QUERY__TOKEN__C_COMMENT && token->token != PG_QUERY__TOKEN__ASCII_59;
}

/* Between one token and the next there is only space. The end that the scanner gives of a token is
 * not used: it is wrong for U&'...'. */
static gsize
end_of_token(const char *sql, gsize text_length, const PgQuery__ScanResult *tokens, gsize index)
{
    gsize end =
        index + 1 < tokens->n_tokens ? (gsize)tokens->tokens[index + 1]->start : text_length;
    while (end > 0 && g_ascii_isspace(sql[end - 1]))
        end--;
    return end;
}

/* How a token changes the depth of brackets. */
static int
step_of(const PgQuery__ScanToken *token)
{
    switch ((int)token->token) {
    case PG_QUERY__TOKEN__ASCII_40: /* ( */
    case PG_QUERY__TOKEN__ASCII_91: /* [ */
        return 1;
    case PG_QUERY__TOKEN__ASCII_41:
    case PG_QUERY__TOKEN__ASCII_93:
        return -1;
    default:
        return 0;
    }
}

/* What a semicolon may stand in without ending its statement. */
typedef struct {
    int brackets;
    int bodies; /* BEGIN ATOMIC, and each CASE in it: both end with END */
} Depth;

static void
follow(Depth *depth, const PgQuery__ScanResult *tokens, gsize index)
{
    const PgQuery__ScanToken *token = tokens->tokens[index];
    gboolean is_atomic =
        index + 1 < tokens->n_tokens && tokens->tokens[index + 1]->token == PG_QUERY__TOKEN__ATOMIC;
    depth->brackets = MAX(0, depth->brackets + step_of(token));
    if (token->token == PG_QUERY__TOKEN__BEGIN_P)
        depth->bodies += is_atomic;
    else if (token->token == PG_QUERY__TOKEN__CASE)
        depth->bodies += depth->bodies > 0;
    else if (token->token == PG_QUERY__TOKEN__END_P)
        depth->bodies -= depth->bodies > 0;
}

/* (element-type SpSqlSpan): what stands between semicolons. @keeps_bodies: but for those within a
 * statement */
static GArray *
split(const char *sql, const PgQuery__ScanResult *tokens, gboolean keeps_bodies)
{
    GArray *spans = g_array_new(FALSE, FALSE, sizeof(SpSqlSpan));
    gsize text_length = strlen(sql);
    SpSqlSpan span = {0};
    Depth depth = {0};
    for (gsize t = 0; t <= tokens->n_tokens; t++) {
        gboolean is_within = depth.brackets > 0 || depth.bodies > 0;
        gboolean is_end = t == tokens->n_tokens ||
                          (tokens->tokens[t]->token == PG_QUERY__TOKEN__ASCII_59 && !is_within);
        if (is_end && span.length > 0)
            g_array_append_val(spans, span);
        if (is_end)
            span.length = 0;
        if (is_end || !is_text_of_statement(tokens->tokens[t]))
            continue;
        if (keeps_bodies)
            follow(&depth, tokens, t);
        if (span.length == 0)
            span.start = (gsize)tokens->tokens[t]->start;
        span.length = end_of_token(sql, text_length, tokens, t) - span.start;
    }
    return spans;
}

static gboolean
ends_member(const PgQuery__ScanToken *token, int depth)
{
    return depth < 0 || (depth == 0 && token->token == PG_QUERY__TOKEN__ASCII_44);
}

gsize
sp_sql_find_member_end(const char *sql, gsize start, gsize *out_delimiter)
{
    g_autoptr(PgQuery__ScanResult) tokens = scan(sql + start, NULL);
    gsize length = strlen(sql + start), end = tokens != NULL ? 0 : length, delimiter = length;
    int depth = 0;
    for (gsize t = 0; tokens != NULL && t < tokens->n_tokens; t++) {
        const PgQuery__ScanToken *token = tokens->tokens[t];
        depth += step_of(token);
        if (ends_member(token, depth)) {
            delimiter = (gsize)token->start;
            break;
        }
        if (is_text_of_statement(token))
            end = end_of_token(sql + start, length, tokens, t);
    }
    if (out_delimiter != NULL)
        *out_delimiter = start + delimiter;
    return start + end;
}

char *
sp_sql_quote(const char *name)
{
    g_autoptr(PgQuery__ScanResult) tokens = scan(name, NULL);
    gboolean is_word = tokens != NULL && tokens->n_tokens == 1 && g_ascii_islower(*name) &&
                       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name);
    PgQuery__KeywordKind kind =
        is_word ? tokens->tokens[0]->keyword_kind : PG_QUERY__KEYWORD_KIND__RESERVED_KEYWORD;
    if (kind == PG_QUERY__KEYWORD_KIND__NO_KEYWORD ||
        kind == PG_QUERY__KEYWORD_KIND__UNRESERVED_KEYWORD)
        return g_strdup(name);
    g_auto(GStrv) parts = g_strsplit(name, "\"", -1);
    g_autofree char *inner = g_strjoinv("\"\"", parts);
    return g_strconcat("\"", inner, "\"", NULL);
}

GArray *
sp_sql_split(const char *sql)
{
    GArray *spans = sp_sql_outline_new(sql);
    if (spans != NULL)
        return spans;
    g_autoptr(PgQuery__ScanResult) tokens = scan(sql, NULL);
    return tokens != NULL ? split(sql, tokens, FALSE) : NULL;
}

guint
sp_sql_grammar_version(void)
{
    return PG_VERSION_NUM / 10000;
}

GArray *
sp_sql_cut(const char *sql)
{
    g_autoptr(PgQuery__ScanResult) tokens = scan(sql, NULL);
    return tokens != NULL ? split(sql, tokens, TRUE) : NULL;
}

static gboolean
is_word(const PgQuery__ScanToken *token)
{
    return token->token == PG_QUERY__TOKEN__IDENT ||
           token->keyword_kind != PG_QUERY__KEYWORD_KIND__NO_KEYWORD;
}

char *
sp_sql_words(const char *sql)
{
    g_autoptr(PgQuery__ScanResult) tokens = scan(sql, NULL);
    g_autoptr(GString) words = g_string_new(NULL);
    gsize length = strlen(sql);
    for (gsize t = 0; tokens != NULL && t < tokens->n_tokens; t++) {
        if (!is_word(tokens->tokens[t]))
            continue;
        gsize start = (gsize)tokens->tokens[t]->start;
        g_autofree char *word =
            g_ascii_strdown(sql + start, (gssize)(end_of_token(sql, length, tokens, t) - start));
        g_auto(GStrv) parts = g_strsplit(word, "\"", -1);
        g_autofree char *bare = g_strjoinv("", parts);
        g_string_append_printf(words, "%s%s", words->len > 0 ? " " : "", bare);
    }
    return g_string_free(g_steal_pointer(&words), FALSE);
}

/* Returns: (nullable) (element-type SpSqlSpan): what stands between semicolons; NULL when the text
 * nests too deep, or the scanner refuses it */
static GArray *
find_pieces(const char *sql, GError **error)
{
    GArray *pieces = sp_sql_outline_new(sql);
    if (pieces != NULL)
        return pieces;
    g_autoptr(PgQuery__ScanResult) tokens = scan(sql, error);
    if (tokens == NULL)
        return NULL;
    int excess = sp_sql_nesting_find_excess(tokens);
    if (excess < 0)
        return split(sql, tokens, FALSE);
    g_propagate_error(error, syntax_error(sql, "statement is nested too deeply",
                                          "The parser takes about 500 brackets or 2000 operators "
                                          "in one another.",
                                          excess));
    return NULL;
}

/* The parser's own location of a statement begins with the space and the comments before it.
 * Statements and pieces stand in the same order, so one pass over both finds the first and the last
 * piece of each: some statements have semicolons inside. */
static GArray *
find_spans(const char *sql, const PgQuery__ParseResult *result, const GArray *pieces)
{
    GArray *spans = g_array_sized_new(FALSE, FALSE, sizeof(SpSqlSpan), (guint)result->n_stmts);
    gsize text_length = strlen(sql);
    guint p = 0;

    for (gsize i = 0; i < result->n_stmts; i++) {
        gsize begin = (gsize)result->stmts[i]->stmt_location;
        gsize length = (gsize)result->stmts[i]->stmt_len;
        gsize end = length == 0 ? text_length : begin + length;
        SpSqlSpan span = {begin, 0};

        for (; p < pieces->len && g_array_index(pieces, SpSqlSpan, p).start < end; p++) {
            const SpSqlSpan *piece = &g_array_index(pieces, SpSqlSpan, p);
            if (span.length == 0)
                span.start = piece->start;
            span.length = piece->start + piece->length - span.start;
        }
        g_array_append_val(spans, span);
    }
    return spans;
}

/* Every level of nesting takes one of these words, and what prints the tree recurses. */
static gboolean
is_shallow(const PgQuery__ScanResult *tokens, const char *body)
{
    static const char *const openers[] = {"begin", "if", "loop", "case"};
    guint n = 0;
    for (gsize t = 0; t < tokens->n_tokens; t++)
        for (guint i = 0; i < G_N_ELEMENTS(openers); i++)
            n += g_ascii_strncasecmp(body + tokens->tokens[t]->start, openers[i],
                                     strlen(openers[i])) == 0;
    return n <= MAX_OPENERS && sp_sql_nesting_find_excess(tokens) < 0;
}

char *
sp_plpgsql_parse(const char *create_function, const char *body)
{
    g_return_val_if_fail(create_function != NULL && body != NULL, NULL);

    g_autoptr(PgQuery__ScanResult) tokens = scan(body, NULL);
    if (tokens == NULL || !is_shallow(tokens, body))
        return NULL;
    PgQueryPlpgsqlParseResult raw = pg_query_parse_plpgsql(create_function);
    char *json = raw.error == NULL ? g_strdup(raw.plpgsql_funcs) : NULL;
    pg_query_free_plpgsql_parse_result(raw);
    return json;
}

SpParseTree *
sp_parse_tree_new(const char *sql, GError **error)
{
    g_return_val_if_fail(sql != NULL, NULL);

    g_autoptr(GArray) pieces = find_pieces(sql, error);
    if (pieces == NULL)
        return NULL;

    g_autoptr(SpParseTree) tree = g_new0(SpParseTree, 1);
    if (!parse(tree, sql, error))
        return NULL;
    tree->spans = find_spans(sql, tree->result, pieces);
    return g_steal_pointer(&tree);
}

void
sp_parse_tree_free(SpParseTree *tree)
{
    if (tree == NULL)
        return;
    sp_arena_free(tree->arena);
    g_clear_pointer(&tree->spans, g_array_unref);
    g_free(tree);
}

guint
sp_parse_tree_get_n(const SpParseTree *tree)
{
    g_return_val_if_fail(tree != NULL, 0);
    return tree->spans->len;
}

const PgQuery__Node *
sp_parse_tree_get(const SpParseTree *tree, guint index, gsize *out_start, gsize *out_length)
{
    g_return_val_if_fail(tree != NULL && index < tree->spans->len, NULL);

    const SpSqlSpan *span = &g_array_index(tree->spans, SpSqlSpan, index);
    *out_start = span->start;
    *out_length = span->length;
    return tree->result->stmts[index]->stmt;
}
