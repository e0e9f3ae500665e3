/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* All that the extensions declare together: registry, prepared schemas, ownership, and what was
 * found wrong. */
#pragma once

#include "model/ownership.h"
#include "model/prepared.h"
#include "model/registry.h"

typedef struct SpDeclared SpDeclared;

typedef struct {
    const char *const *disabled; /* NULL-terminated ids */
    /* Leave out every extension that is refused, and all that depend on it, until nothing is
     * refused. Each one left out keeps its refusal, but the run as a whole is not refused. */
    gboolean skip_refused;
    gboolean keeps_trees;         /* for finding hazards; see sp_prepared_new() */
    gboolean takes_newer_grammar; /* the operator consents; see SpScriptText */
    /* They are only part of a set: a dependency that is not there is a note; see
     * sp_registry_new_partial(). Not for an install. */
    gboolean is_partial;
    /* (nullable): what the database remembers, which has to outlive the value. With it, the SQL of
     * those alone is read that changed since, and of those that this concerns: see
     * sp_marks_meet(). What is found is the same, but for warnings of extensions that were not
     * read, which were given when they were installed. When anything is refused everything is read
     * after all, so that every refusal is found. NULL reads everything. */
    const SpRecall *recall;
} SpDeclaredOptions;

/**
 * Runs every check that needs no database. Every text is parsed once; of many extensions, several
 * at a time.
 * @extensions: (element-type SpExtension): accepted by discovery, in any order
 */
SpDeclared *sp_declared_new(const GPtrArray *extensions, const SpDeclaredOptions *options);
void sp_declared_free(SpDeclared *declared);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpDeclared, sp_declared_free)

const SpRegistry *sp_declared_get_registry(const SpDeclared *declared);
/** (nullable): NULL when nothing was read, nor anything is known of before. */
const SpOwnership *sp_declared_get_ownership(const SpDeclared *declared);
/** Refusals and warnings of all checks, in the order of the pipeline. With skip_refused also those
 * of what was left out. */
const SpFindings *sp_declared_get_findings(const SpDeclared *declared);
/** Whether an install must stop here. With skip_refused only when a required extension is refused.
 */
gboolean sp_declared_is_refused(const SpDeclared *declared);
/** Whether the database knows exactly these extensions, so that no SQL was read and no check made.
 */
gboolean sp_declared_is_unchanged(const SpDeclared *declared);
/** Whether an extension is enabled that the recall does not know as it is now. */
gboolean sp_declared_is_news(const SpDeclared *declared);
/** (nullable): what the database remembers; NULL when that played no part. */
const SpRecall *sp_declared_get_recall(const SpDeclared *declared);
/** (element-type SpPrepared): of the disabled extensions. */
const GPtrArray *sp_declared_get_disabled(const SpDeclared *declared);
/** (transfer container) (element-type SpPrepared): of all extensions whose SQL was read.
 * @out_n_enabled: (nullable): so many come first that are enabled */
GPtrArray *sp_declared_list_read(const SpDeclared *declared, guint *out_n_enabled);
/** The prepared schema of enabled extension @index of the registry. */
const SpPrepared *sp_declared_get_prepared(const SpDeclared *declared, guint index);
/** (nullable): why @extension is refused; the first finding. NULL when it is accepted or disabled.
 */
const GError *sp_declared_get_refusal(const SpDeclared *declared, const SpExtension *extension);
