/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* How one transaction runs under the role of its extension. Pure. */
#pragma once

#include "model/declared.h"

typedef struct {
    /* (element-type utf8): SQL for the host's role, before anything else: what the role lacks on
     * the tables and namespaces of others that are there by then, and, where a statement alters
     * such a table, which takes its owner, membership of the owner's role. */
    GPtrArray *grants;
    GPtrArray *revokes; /* (element-type utf8): takes the memberships back, in the same way */
    char *set_local;    /* SET LOCAL ROLE */
    char *set;          /* SET ROLE, for a statement outside of a transaction */
} SpRoleUse;

/**
 * (transfer full) (nullable): NULL when @extension has no role, or there are no statements.
 * @statements: (element-type SpStatement): what the transaction runs
 */
SpRoleUse *sp_role_use_new(const SpDeclared *declared, const SpExtension *extension,
                           const GPtrArray *statements);
void sp_role_use_free(SpRoleUse *use);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpRoleUse, sp_role_use_free)

/** (transfer full) (element-type utf8): the namespaces in which @statements create, which takes
 * CREATE on them. */
GHashTable *sp_role_spaces_new(void);
void sp_role_spaces_add(GHashTable *spaces, const GPtrArray *statements);

/** (nullable): the role of the extension that owns @object, or the table that it is a part of. */
const char *sp_role_use_find_owner(const SpDeclared *declared, const SpObject *object);
