/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* A bound on how deep a text nests, from its tokens alone: the parser has none, and recurses. */
#pragma once

#include <glib.h>
#include <pg_query/pg_query.pb-c.h>

/* A unit stands for at most 2 KiB of stack: the parser's output, packing and unpacking recurse over
 * the tree. A bracket may hold a whole query, so it takes four units. */
#define SP_SQL_NESTING_UNITS 2000u
#define SP_SQL_NESTING_BRACKET 4u

/**
 * Returns: the byte where the text nests deeper than about 500 brackets or 2000 operators, -1 when
 * it never does. What passes takes at most half of a stack of 8 MiB to parse.
 */
int sp_sql_nesting_find_excess(const PgQuery__ScanResult *tokens);
