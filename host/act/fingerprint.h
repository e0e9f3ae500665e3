/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Takes the fingerprint of a database from its catalog. */
#pragma once

#include "edge/session.h"
#include "model/fingerprint.h"

/**
 * Reads, in one query, all that is in the given namespaces: relations and their columns, indexes,
 * constraints, triggers, rules, policies, sequences, types, routines, operators and the rest; with
 * comments and grants. What has no namespace (casts, event triggers, publications, servers) is read
 * when no namespaces are given. Left out: data, owners, the order of columns, what PostgreSQL
 * itself or a CREATE EXTENSION made, the host's own tables.
 * @namespaces: (nullable): NULL-terminated; NULL for all but PostgreSQL's own
 */
SpFingerprint *sp_fingerprint_read(SpSession *session, const char *const *namespaces,
                                   GError **error);

/** Adds how many rows each table has, as the kind "rows of table"; not of the host's own tables. */
gboolean sp_fingerprint_count_rows(SpSession *session, SpFingerprint *fingerprint, GError **error);
