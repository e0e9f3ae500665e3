/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Whether indexes, views and required columns name columns that their tables will have. */
#pragma once

#include "model/prepared.h"

/**
 * Knows of every table, over all extensions, the columns that CREATE TABLE lists and those that any
 * migration adds or renames (the old name stays known: it may stand in an earlier text). A table
 * made by LIKE, INHERITS, PARTITION OF, OF a type or AS a query, or that nobody here creates, is
 * open: nothing is said of it. Names compare exactly, namespaces count, system columns are known.
 * Refuses with unknown-column:
 * - an index (keys and INCLUDE; not expressions or predicates) on a column that its table never
 * gets;
 * - a view whose query is one SELECT from plain tables, where a bare column or "alias.column" of
 * the target list is none of theirs; "t.*" and names of common table expressions are understood;
 * anything more complex is left alone;
 * - a required column. A schema with required columns but no table, or whose table the extension
 * never creates, is refused with required-columns-without-table.
 * @prepared: (element-type SpPrepared)
 */
void sp_columns_check(const GPtrArray *prepared, SpFindings *findings);
