/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What the bytes of a text tell before anything parses it, in one pass and without the parser's
 * scanner: where its statements stand, and that none of them can nest too deep. It knows quotes
 * and comments exactly and everything else coarsely, and gives up rather than guess. */
#pragma once

#include <glib.h>

/** A part of a text: a statement, or what stands between two semicolons. */
typedef struct {
    gsize start;  /* the first byte that is neither space nor comment */
    gsize length; /* in bytes, without the semicolon, and without space and comments at the end */
} SpSqlSpan;

/**
 * @sql: UTF-8, without byte order mark
 * Returns: (transfer full) (nullable) (element-type SpSqlSpan): what stands between semicolons, in
 * the order of the text; where nothing does, there is no span. NULL when the bytes alone do not
 * tell: a quote or comment that never ends, a backslash in a string, or more brackets, operators
 * and words of the grammar in one statement than are surely below the bound of
 * sp_sql_nesting_find_excess().
 */
GArray *sp_sql_outline_new(const char *sql);
