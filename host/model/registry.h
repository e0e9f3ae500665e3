/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The registry: the accepted extensions in install order. Pure; the same set gives the same order
 * everywhere. */
#pragma once

#include "model/extension.h"

typedef struct SpRegistry SpRegistry;

/**
 * Orders extensions: dependencies first, visited depth-first in ascending (priority, id in byte
 * order), post-order; what is refused has no influence on the order. Refuses, each with its own
 * code, and names both sides: two files with one id (both are refused), a missing, refused or
 * disabled dependency that is not optional, a version outside the range (also of an optional one
 * that is there), every member of a cycle with its whole chain ("a" -> "b" -> "a"; of one beyond
 * 100 names the first), a required extension that is disabled, an id in @disabled that no extension
 * bears (a warning). An extension whose dependency is refused is refused itself and says so.
 * @extensions: (element-type SpExtension): in any order; a reference is taken
 * @disabled: NULL-terminated ids
 * @findings: refusals and warnings are added here
 */
SpRegistry *sp_registry_new(const GPtrArray *extensions, const char *const *disabled,
                            SpFindings *findings);
/**
 * Likewise, of extensions that are only part of a set, as the files are that an author checks: a
 * dependency that is not there is a note (dependency-not-checked), unless it is optional, and
 * hinders nobody.
 */
SpRegistry *sp_registry_new_partial(const GPtrArray *extensions, const char *const *disabled,
                                    SpFindings *findings);
void sp_registry_free(SpRegistry *registry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpRegistry, sp_registry_free)

/** The extensions to install, in order: neither refused nor disabled. */
guint sp_registry_get_n(const SpRegistry *registry);
const SpExtension *sp_registry_get(const SpRegistry *registry, guint index);
/** (nullable): the enabled extension with that id. */
const SpExtension *sp_registry_find(const SpRegistry *registry, const char *id);
/** (element-type SpExtension): those that the operator disabled, in byte order of ids. Ownership
 * still knows them. */
const GPtrArray *sp_registry_get_disabled(const SpRegistry *registry);
/** Position in the install order, 0-based, or -1 when @extension is refused or disabled. */
int sp_registry_get_position(const SpRegistry *registry, const SpExtension *extension);
/** (nullable): why this extension is not in the order; NULL when it is, or is disabled. */
const GError *sp_registry_get_refusal(const SpRegistry *registry, const SpExtension *extension);
/** Whether @id depends on @other, directly or through others (optional ones count when present). */
gboolean sp_registry_depends_on(const SpRegistry *registry, const char *id, const char *other);
/** Whether something that @id depends on, directly or through others, optional ones included, is
 * not in the set; only of a partial one. */
gboolean sp_registry_lacks_dependency(const SpRegistry *registry, const char *id);
