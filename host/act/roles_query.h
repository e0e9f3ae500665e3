/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The questions of act/roles.c to the catalog. */
#pragma once

#include <glib.h>

#define SP_ROLES_N_QUERIES 6

/**
 * (transfer none): query @index. Its parameters are
 *   $1  the extensions, JSON of {i, id, role, readers, needs_database, spaces, dependencies}
 *   $2  what they create, JSON of {i, class, space, name, n_arguments}
 *   $3  what pg_has_role() calls being allowed to SET ROLE: "SET" since PostgreSQL 16, else
 * "MEMBER" Its rows are those of extensions {i, sql, missing}: what the host has to run, and what
 * an administrator has to run before (NULL when the host may). Query 0 gives {i, role, reason}:
 * roles that are another's. The queries stand in the order in which their answers have to run.
 * @has_ledger: whether the host's own tables can be asked, too
 */
const char *sp_roles_query(guint index, gboolean has_ledger);
