/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Questions to the catalog: which objects exist, and what the session's role may do. */
#pragma once

#include "edge/session.h"
#include "model/plan.h"

/** What is asked of the catalog before a plan. */
typedef struct {
    const GPtrArray *objects; /* (element-type SpObject): whether they exist */
    const GPtrArray *tables;  /* (element-type SpObject): their columns */
    const GPtrArray *keys;    /* (element-type SpForeignKey): which key stands for them */
} SpInspection;

/** Asks all of it in one round trip, and says the answers to @history. */
gboolean sp_catalog_inspect(SpSession *session, const SpInspection *inspection, SpHistory *history,
                            GError **error);

/**
 * Checks, before the first write, that the role may create in every namespace in which the pending
 * steps create, and new namespaces where they make some.
 * @steps: (element-type SpStep)
 * @makes_ledger: the host's own tables will be made, too
 * Errors: SP_ERROR_PRIVILEGE with the GRANTs that are missing as hint.
 */
gboolean sp_catalog_check_privileges(SpSession *session, const GPtrArray *steps,
                                     gboolean makes_ledger, GError **error);

/**
 * Checks the required columns of all enabled extensions in one query. @findings: one refusal
 * (SP_ERROR_COLUMN_MISSING) for every column that is not there.
 */
gboolean sp_catalog_check_columns(SpSession *session, const SpDeclared *declared,
                                  SpFindings *findings, GError **error);
