/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Which relations the body of a function needs. Pure. */
#pragma once

#include "model/object.h"

/**
 * What the SQL of a body reads or writes, each relation once: none that it makes itself, no common
 * table expression, nothing in a text that is no SQL.
 * @texts: (element-type utf8): see sp_plpgsql_find_sql()
 * Returns: (transfer full) (element-type SpObject): in the namespace "" where the text names none
 */
GPtrArray *sp_body_find_relations(const GPtrArray *texts);

/** Whether a body says that it can do without a relation: it handles undefined_table, or has the
 * name in a string, as for to_regclass(). */
gboolean sp_body_does_without(const char *body, const char *name);
/** Whether a body, or a text in it that it executes, makes a table or view of that name. */
gboolean sp_body_makes(const char *body, const char *name);
