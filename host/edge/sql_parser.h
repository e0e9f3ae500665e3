/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* PostgreSQL's own grammar (libpg_query). The only room that includes pg_query.h; the tree is plain
 * data. */
#pragma once

#include "edge/sql_outline.h"

#include <glib.h>
#include <pg_query/pg_query.pb-c.h>

typedef struct SpParseTree SpParseTree;

/**
 * Parses a whole text.
 * @sql: UTF-8, without byte order mark
 * Errors: SP_ERROR_SQL_SYNTAX with line and column, and the parser's version in the detail when the
 * server might know more than this parser does.
 */
SpParseTree *sp_parse_tree_new(const char *sql, GError **error);
void sp_parse_tree_free(SpParseTree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpParseTree, sp_parse_tree_free)

/** The major version of PostgreSQL whose grammar this parser knows. */
guint sp_sql_grammar_version(void);

/**
 * (transfer full) (nullable) (element-type SpSqlSpan): cuts a text that this parser cannot read, by
 * the rule of psql: a semicolon ends a statement unless it stands in brackets or in a body between
 * BEGIN ATOMIC and END. NULL when the scanner refuses the text.
 */
GArray *sp_sql_cut(const char *sql);
/** (transfer full): the keywords and names in @sql, one space between them, in lower case and
 * without double quotes; no strings, comments and signs. Empty when the scanner refuses it. */
char *sp_sql_words(const char *sql);

/**
 * (transfer full) (nullable) (element-type SpSqlSpan): cuts a text at its semicolons without
 * parsing it. Right only for texts that parsed before and hold no
 * statement with statements inside (CREATE RULE, CREATE FUNCTION ... BEGIN ATOMIC). NULL when the
 * scanner refuses the text.
 */
GArray *sp_sql_split(const char *sql);

/**
 * Where a member of a list in parentheses ends that begins at byte @start of @sql: behind its last
 * token, before the comma or parenthesis that follows. The end of the text where neither does.
 * @out_delimiter: (nullable) (out): where that comma or parenthesis stands
 */
gsize sp_sql_find_member_end(const char *sql, gsize start, gsize *out_delimiter);
/** (transfer full): @name as SQL has to write it, in double quotes where it needs them. */
char *sp_sql_quote(const char *name);

/**
 * (transfer full) (nullable): the syntax tree of the body of a CREATE FUNCTION in PL/pgSQL, as
 * JSON in the form of libpg_query. NULL for a body that nests too deep, or that this parser, which
 * knows no catalog, cannot read.
 * @body: the body alone
 */
char *sp_plpgsql_parse(const char *create_function, const char *body);

/** Number of top-level statements. */
guint sp_parse_tree_get_n(const SpParseTree *tree);
/** The node of statement @index, and where its text stands: from @out_start (the first byte that is
 * neither space nor comment), @out_length bytes, without the semicolon. */
const PgQuery__Node *sp_parse_tree_get(const SpParseTree *tree, guint index, gsize *out_start,
                                       gsize *out_length);
