/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The queries that say of every object in the catalog what makes it what it is. Left out of all of
 * them: data, owners, the order of columns, what PostgreSQL itself or a CREATE EXTENSION made, the
 * host's own tables. */
#pragma once

#include "model/object.h"

/* PostgreSQL gives its own objects smaller numbers: FirstNormalObjectId of access/transam.h. */
#define SP_IMPRINTS_FIRST_OWN "16384"

/**
 * (transfer full): a query of all that is in some namespaces, with comments and grants where they
 * are not the default: kind, identity, name, definition, namespace_name, relation. $1: the
 * namespaces as a JSON array, or NULL for all but PostgreSQL's own; only then also what has no
 * namespace. $2: the names of what is the host's, as a JSON array.
 */
char *sp_imprints_query_all(void);

/**
 * (transfer full): a query of what the extensions own: what they are known to create, and all parts
 * of their tables, whoever made those: extension_id, kind, identity, name, parent, definition.
 * Without grants, which are the operator's. parent is the identity of the table, or
 * domain, that it is a part of, or NULL. $1: the ids as a JSON array of objects with an "id", or
 * NULL for all that are known.
 * @is_created: (nullable): SP_N_OBJECT_CLASSES of them: the classes of which the extensions create
 * anything; the rest of the catalog is then left alone. NULL: any may
 */
char *sp_imprints_query_own(const gboolean *is_created);
