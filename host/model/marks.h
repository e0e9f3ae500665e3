/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Marks: what a database has to remember of an extension's SQL, so that others can be checked
 * against it without reading it again. */
#pragma once

#include "model/ownership.h"
#include "model/recall.h"

/**
 * (transfer full) (element-type SpMark): everything that the extension creates for good, and
 * everything of others, or of nobody, that its SQL touches; each object once an action.
 * @prepared: one that was read
 * @ownership: (nullable): NULL takes everything that is touched for foreign
 */
GPtrArray *sp_marks_new(const SpPrepared *prepared, const SpOwnership *ownership);

/**
 * Which of the extensions that did not change have to be read all the same, since what changed
 * could make their SQL wrong, or has to be checked against their columns: those that touch what a
 * changed one creates or created, or that create what a changed one touches.
 * @changed: (element-type SpMark): of the changed ones, as they are and as they are remembered
 * @marks: (element-type SpMark): of one that did not change
 */
gboolean sp_marks_meet(GHashTable *changed, const GPtrArray *marks);
/** (transfer full) (element-type SpObject): an empty set for sp_marks_meet(). */
GHashTable *sp_marks_set_new(void);
/** Adds the objects of @marks to @set, which borrows them. */
void sp_marks_set_add(GHashTable *set, const GPtrArray *marks);
