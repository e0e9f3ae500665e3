/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* All that the extensions declare together: registry, prepared schemas, ownership, and what was
 * found wrong. */
#pragma once

#include "model/ownership.h"
#include "model/prepared.h"
#include "model/registry.h"

typedef struct SpDeclared SpDeclared;

/**
 * Runs every check that needs no database.
 * @extensions: (element-type SpExtension): accepted by discovery, in any order
 * @disabled: NULL-terminated ids
 * @skip_refused: leave out every extension that is refused, and all that depend on it, until
 * nothing is refused; each one left out keeps its refusal, but the run as a whole is not refused
 */
SpDeclared *sp_declared_new(const GPtrArray *extensions, const char *const *disabled,
                            gboolean skip_refused);
/** Likewise, of extensions that are only part of a set: a dependency that is not there is a note;
 * see sp_registry_new_partial(). Not for an install. */
SpDeclared *sp_declared_new_partial(const GPtrArray *extensions, const char *const *disabled);
void sp_declared_free(SpDeclared *declared);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpDeclared, sp_declared_free)

const SpRegistry *sp_declared_get_registry(const SpDeclared *declared);
const SpOwnership *sp_declared_get_ownership(const SpDeclared *declared);
/** Refusals and warnings of all checks, in the order of the pipeline. With skip_refused also those
 * of what was left out. */
const SpFindings *sp_declared_get_findings(const SpDeclared *declared);
/** Whether an install must stop here. With skip_refused only when a required extension is refused.
 */
gboolean sp_declared_is_refused(const SpDeclared *declared);
/** The prepared schema of enabled extension @index of the registry. */
const SpPrepared *sp_declared_get_prepared(const SpDeclared *declared, guint index);
/** (nullable): why @extension is refused; the first finding. NULL when it is accepted or disabled.
 */
const GError *sp_declared_get_refusal(const SpDeclared *declared, const SpExtension *extension);
