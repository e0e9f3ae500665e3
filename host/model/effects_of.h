/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The effects of kinds of statements that name their objects in a way of their own: functions of
 * the statement table. */
#pragma once

#include "model/effects.h"

/* effects_create.c */
void sp_effects_of_create_table(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_create_foreign_table(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_create_table_as(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_create_index(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_create_function(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_create_trigger(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_create_policy(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_create_rule(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_create_statistics(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_create_schema(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_define(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_create_cast(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_create_transform(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_create_operator_class(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_create_operator_family(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_create_user_mapping(SpEffects *effects, const PgQuery__Node *node);

/* effects_change.c */
void sp_effects_of_alter_table(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_alter_function(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_alter_operator(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_alter_operator_family(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_alter_policy(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_alter_user_mapping(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_drop_user_mapping(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_rename(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_set_schema(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_owner(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_depends(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_comment(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_label(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_grant(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_drop(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_truncate(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_lock(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_copy(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_reindex(SpEffects *effects, const PgQuery__Node *node);
void sp_effects_of_explain(SpEffects *effects, const PgQuery__Node *node);
