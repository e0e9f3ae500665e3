/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What one query each finds wrong. */
#pragma once

#include "edge/session.h"
#include "model/diagnosis.h"

/** The relations of the extensions, as "own" in a WITH: oid, relkind, extension_id, and their
 * identity as spelt. What the guard saw to be made is theirs, too. */
#define SP_DOCTOR_OWN                                                                         \
    "WITH own AS MATERIALIZED (SELECT DISTINCT ON (c.oid) c.oid, c.relkind, o.extension_id, " \
    "format('%I.%I', n.nspname, c.relname) AS spelt FROM public.extension_objects o "         \
    "JOIN pg_namespace n ON n.nspname = o.namespace_name "                                    \
    "JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = o.name "                       \
    "WHERE o.action IN ('create', 'own') AND o.class = 'relation' "                           \
    "ORDER BY c.oid, o.action, o.extension_id)"

/**
 * Asks everything together and adds what it finds.
 * @known: JSON array of the ids whose plugins are there
 * @knows_all: whether a plugin that is not among them is gone
 * @namespaces: (nullable): JSON array of those in which a table has to be an extension's; NULL for
 * all
 */
gboolean sp_doctor_look(SpSession *session, const char *known, gboolean knows_all,
                        const char *namespaces, SpDiagnosis *diagnosis, GError **error);
