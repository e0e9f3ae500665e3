/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Whether an expression can give another value for each row. */
#pragma once

#include <glib.h>
#include <pg_query/pg_query.pb-c.h>

/** Whether @expression calls a function that is not known to give one value throughout a statement.
 * Without the catalog, every function that PostgreSQL does not bring along counts as volatile. */
gboolean sp_volatility_may_vary(const PgQuery__Node *expression);
