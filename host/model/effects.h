/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What a statement does to which objects. */
#pragma once

#include "base/arena.h"
#include "model/statement.h"

/** A list of effects while it is made. */
typedef struct SpEffects SpEffects;

/**
 * @messages: (element-type ProtobufCMessage): what sp_node_walk() gives of @node
 * @default_namespace: where the statement looks for names without a namespace
 * @offset: byte of the statement in its script
 * @arena: of the effects and their objects
 * Returns: (transfer container) (element-type SpEffect): each pair of action and object once; the
 * statement's own objects first, then what it writes and reads anywhere in its tree
 */
GPtrArray *sp_effects_new(const PgQuery__Node *node, const GPtrArray *messages,
                          const char *default_namespace, guint offset, SpArena *arena);

/* For the functions of the statement table. */

const char *sp_effects_get_namespace(const SpEffects *effects);
/** Adds an effect, and with a trigger, policy or rule the ALTER of its table. @object: (transfer
 * full) (nullable) */
void sp_effects_add(SpEffects *effects, SpAction action, SpObject *object, gboolean is_optional);
/** Adds an effect on the relation or composite type that @relation names, which then is not read.
 */
void sp_effects_add_relation(SpEffects *effects, SpAction action, PgQuery__ObjectType type,
                             const PgQuery__RangeVar *relation, gboolean is_optional);
/** Adds all effects of another statement inside, as if it stood alone. */
void sp_effects_add_statement(SpEffects *effects, const PgQuery__Node *node,
                              const char *default_namespace);
