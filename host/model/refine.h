/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Where the node of a statement says more than its kind: the refine functions of the statement
 * table. */
#pragma once

#include "model/kind.h"

void sp_refine_alter_table(const PgQuery__Node *node, SpTraits *traits);
void sp_refine_cluster(const PgQuery__Node *node, SpTraits *traits);
void sp_refine_copy(const PgQuery__Node *node, SpTraits *traits);
void sp_refine_create_trigger(const PgQuery__Node *node, SpTraits *traits);
void sp_refine_define(const PgQuery__Node *node, SpTraits *traits);
void sp_refine_discard(const PgQuery__Node *node, SpTraits *traits);
void sp_refine_drop(const PgQuery__Node *node, SpTraits *traits);
void sp_refine_index(const PgQuery__Node *node, SpTraits *traits);
void sp_refine_reindex(const PgQuery__Node *node, SpTraits *traits);
void sp_refine_transaction(const PgQuery__Node *node, SpTraits *traits);
void sp_refine_vacuum(const PgQuery__Node *node, SpTraits *traits);
