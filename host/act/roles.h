/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The database roles of the extensions, where each is to have one: what is lacking of them, and how
 * SQL runs under them. */
#pragma once

#include "edge/session.h"
#include "model/plan.h"

/**
 * Asks the catalog, in one flight, what the roles of the extensions that were read lack, and says
 * it to @history as the statements that the host has to run: the role and that of its readers, that
 * the host's role may be both, CREATE on namespaces and database, default privileges for the
 * readers, being a reader of each dependency, and the ownership of what exists. Asks nothing when
 * no extension has a role. Writes nothing.
 * @findings: a refusal (SP_ERROR_ROLE_NOT_OURS) for each role of such a name that is another's
 */
gboolean sp_roles_read(SpSession *session, const SpDeclared *declared, SpHistory *history,
                       SpFindings *findings, GError **error);

/**
 * Checks, before the first write, that the host's role may do what the ROLES steps of @steps do.
 * @steps: (element-type SpStep)
 * Errors: SP_ERROR_PRIVILEGE with what an administrator has to run as hint.
 */
gboolean sp_roles_check_privileges(SpSession *session, const GPtrArray *steps, GError **error);

/**
 * Appends what stands in a transaction before the statements of an extension, so that they run
 * under its role. Nothing when @use is NULL.
 * @use: (nullable): outlives @commands
 * @commands: (element-type SpCommand)
 */
void sp_roles_take(const SpRoleUse *use, GArray *commands);
/** Appends what stands behind the guard, which puts the host's role back. */
void sp_roles_give_back(const SpRoleUse *use, GArray *commands);

/**
 * (transfer full): what @problem, of a statement that ran under a role, means: that role lacks a
 * privilege (SP_ERROR_STATEMENT), and not that of the host.
 * @problem: (transfer full)
 */
GError *sp_roles_explain(const SpRoleUse *use, GError *problem);

/** The same around a statement outside of a transaction. sp_roles_end() is to be called also when
 * the statement failed. */
gboolean sp_roles_begin(SpSession *session, const SpRoleUse *use, GError **error);
gboolean sp_roles_end(SpSession *session, const SpRoleUse *use, GError **error);
