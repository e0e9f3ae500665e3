/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Reading the parser's tree by the description of its messages, for what is the same in many kinds
 * of node. */
#pragma once

#include <glib.h>
#include <pg_query/pg_query.pb-c.h>

/** (nullable): the message that @node wraps; NULL for an empty node. */
const ProtobufCMessage *sp_node_get_message(const PgQuery__Node *node);

/** Whether the message of @node has a field of that name that is set: "if_not_exists",
 * "concurrent". */
gboolean sp_node_get_flag(const PgQuery__Node *node, const char *field);
/** The number in a field of that name; the field must exist. */
int sp_node_get_number(const PgQuery__Node *node, const char *field);
/** The text of a String node; NULL for any other. */
const char *sp_node_get_string(const PgQuery__Node *node);
/** (nullable): the option of that name in a list of DefElem. */
const PgQuery__DefElem *sp_node_find_option(PgQuery__Node *const *options, gsize n,
                                            const char *name);

/** (transfer container) (element-type ProtobufCMessage): every message of the tree, in
 * breadth-first order. */
GPtrArray *sp_node_walk(const PgQuery__Node *root);
/** The same, in place of what @messages holds. */
void sp_node_walk_into(const PgQuery__Node *root, GPtrArray *messages);
