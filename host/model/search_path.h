/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What SET search_path does to the names after it. */
#pragma once

#include <pg_query/pg_query.pb-c.h>

/** Replaces @default_namespace (allocated) by that of the statements after @node, when @node
 * changes it. */
void sp_search_path_follow(const PgQuery__Node *node, char **default_namespace);
