/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Columns that a schema declares, of a table that is there without them. Pure. */
#pragma once

#include "model/declared.h"
#include "model/history.h"

/**
 * The tables whose columns have to be known for sp_absent_check(): those of schemas that are not
 * what was last installed. The digests of @history have to be there.
 * Returns: (transfer container) (element-type SpObject): valid as long as @declared
 */
GPtrArray *sp_absent_tables(const SpDeclared *declared, const SpHistory *history);

/**
 * Refuses (column-not-there) every column that CREATE TABLE IF NOT EXISTS would silently leave out,
 * with the migration that adds it as hint. Excused is what a pending migration adds, what any
 * migration drops or renames, and what one names in procedural code.
 */
void sp_absent_check(const SpDeclared *declared, const SpHistory *history, SpFindings *findings);
