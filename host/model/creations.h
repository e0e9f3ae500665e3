/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Creations: what the schemas and migrations of the enabled extensions leave behind. */
#pragma once

#include "base/error.h"
#include "model/prepared.h"

/** One CREATE. Everything is borrowed from the prepared schemas. */
typedef struct {
    const SpObject *object;
    SpPlace place; /* extension, source, line, column */
    gboolean is_of_schema;
} SpCreation;

typedef struct SpCreations SpCreations;

/**
 * Collects what schemas create, and what migrations create and no later migration drops.
 * @prepared: (element-type SpPrepared): in registry order; it has to outlive the creations
 */
SpCreations *sp_creations_new(const GPtrArray *prepared);
void sp_creations_free(SpCreations *creations);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpCreations, sp_creations_free)

/** (nullable): the first text that creates what a DROP of @object takes away: a routine without
 * arguments stands for any of that name, a relation for its triggers too. */
const SpCreation *sp_creations_find(const SpCreations *creations, const SpObject *object);
