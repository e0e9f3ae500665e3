/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Questions to the catalog: which objects exist, and what the session's role may do. */
#pragma once

#include "edge/session.h"
#include "model/plan.h"

/**
 * Asks, in one turn, which of the objects that schemas and migrations create exist, and which of
 * these their extension did not make; and says so to @history.
 * @has_records: whether the table "extension_objects" is there
 */
gboolean sp_catalog_find_objects(SpSession *session, const SpDeclared *declared,
                                 gboolean has_records, SpHistory *history, GError **error);

/**
 * Checks, before the first write, that the role may create in every namespace in which the pending
 * steps create, and new namespaces where they make some.
 * @makes_ledger: the host's own tables will be made, too
 * Errors: SP_ERROR_PRIVILEGE with the GRANTs that are missing as hint.
 */
gboolean sp_catalog_check_privileges(SpSession *session, const SpPlan *plan, gboolean makes_ledger,
                                     GError **error);

/**
 * Checks the required columns of all enabled extensions in one query. @findings: one refusal
 * (SP_ERROR_COLUMN_MISSING) for every column that is not there.
 */
gboolean sp_catalog_check_columns(SpSession *session, const SpDeclared *declared,
                                  SpFindings *findings, GError **error);
