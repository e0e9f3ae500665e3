/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* From the parser's names to objects. A name without a namespace gets the default one. */
#pragma once

#include "model/object.h"

#include <pg_query/pg_query.pb-c.h>

/** PostgreSQL's word for the kind of object that an object of @type is or belongs to: "table" for a
 * column. */
const char *sp_names_word(PgQuery__ObjectType type);

/** (transfer full): an object without namespace. @type must have a class of ours. */
SpObject *sp_names_plain(PgQuery__ObjectType type, const char *name);

/** (transfer full): a relation, or a composite type. */
SpObject *sp_names_relation(PgQuery__ObjectType type, const PgQuery__RangeVar *relation,
                            const char *default_namespace);

/** (transfer full): a trigger, policy or rule of @table. */
SpObject *sp_names_part(PgQuery__ObjectType type, const PgQuery__RangeVar *table, const char *name,
                        const char *default_namespace);

/** (transfer full) (nullable): a name as a list of String: [catalog.][namespace.]name. NULL for an
 * empty list. */
SpObject *sp_names_list(PgQuery__ObjectType type, PgQuery__Node *const *names, gsize n,
                        const char *default_namespace);

/** (transfer full): a cast from the first to the second, or a transform of the first for the
 * second. */
SpObject *sp_names_pair(PgQuery__ObjectType type, const char *first, const char *second);

/** (transfer full) (nullable): as the grammar names an object of @type in DROP, COMMENT, ALTER ...
 * OWNER and the like. NULL for what has no class of ours, such as large objects. */
SpObject *sp_names_object(PgQuery__ObjectType type, const PgQuery__Node *node,
                          const char *default_namespace);

/** (transfer full): "int4", "billing.money[]", "\"Odd name\""; the namespace pg_catalog is left
 * out. */
char *sp_names_type(const PgQuery__TypeName *type);
/** (transfer full): input types joined by commas, of a list of TypeName or FunctionParameter; a
 * missing operand is "none". */
char *sp_names_types(PgQuery__Node *const *nodes, gsize n);
/** (transfer full): the role as written; a word such as CURRENT_ROLE becomes "current_user". */
char *sp_names_role(const PgQuery__RoleSpec *role);
/** (transfer full) */
SpObject *sp_names_mapping(const PgQuery__RoleSpec *user, const char *server);
