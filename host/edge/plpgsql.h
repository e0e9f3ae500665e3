/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The SQL inside a function in PL/pgSQL. */
#pragma once

#include <glib.h>

/**
 * Finds every statement and expression in a body: what EXECUTE runs is text to it, and not looked
 * into.
 * @create_function: as pg_get_functiondef() gives it
 * @body: prosrc
 * Returns: (transfer full) (nullable) (element-type utf8): texts that SQL's grammar accepts, or
 * would as the body of a SELECT; NULL when the body cannot be read
 */
GPtrArray *sp_plpgsql_find_sql(const char *create_function, const char *body);
