/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Who owns what: derived from the parsed SQL, never declared. */
#pragma once

#include "model/prepared.h"
#include "model/recall.h"
#include "model/registry.h"

typedef struct SpOwnership SpOwnership;

/**
 * Collects what every extension creates (schemas and migrations, renames and SET SCHEMA included)
 * and checks every effect of every script against it. Everything found is added to @findings with
 * file, line and column.
 *
 * Refused: two extensions that create one table (duplicate-table-owner) or one other object
 * (duplicate-object-owner); an entry of cross_extension_tables that no other enabled extension owns
 * (cross-extension-table-not-owned; the detail says whether it is its own, nobody's, or a disabled
 * extension's); an ALTER, DROP or WRITE of another's object that is not declared
 * (cross-extension-write-undeclared); in schemas and seeds, of a table that nobody creates
 * (table-not-owned); any touch but reading of the host's own tables (host-table); a retirement of
 * what a schema or migration still creates (retired-object-declared).
 * Warned: in migrations, a table that nobody creates, unless IF EXISTS; reading a table of an
 * extension that is no dependency, direct or indirect. Temporary tables, and namespaces and
 * extensions that several share, have no owner.
 * Noted, and not refused, when a dependency of the extension is not in a partial @registry
 * (dependency-not-checked): an entry of cross_extension_tables that nobody in it owns. What is done
 * to a table that is listed so is not looked at.
 * @prepared: (element-type SpPrepared): of all enabled extensions in registry order
 * @disabled: (element-type SpPrepared): of the disabled ones: they keep owning, and nothing of them
 * is checked
 * @recall: (nullable): what those of both that were not read create
 */
SpOwnership *sp_ownership_new(const SpRegistry *registry, const GPtrArray *prepared,
                              const GPtrArray *disabled, const SpRecall *recall,
                              SpFindings *findings);
void sp_ownership_free(SpOwnership *ownership);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpOwnership, sp_ownership_free)

/** (nullable): the id of the extension that creates @object. */
const char *sp_ownership_find(const SpOwnership *ownership, const SpObject *object);
/** (transfer full): "namespace.name" of every table that extension @id creates, in byte order.
 * NULL-terminated. */
char **sp_ownership_get_tables(const SpOwnership *ownership, const char *id);

/** What is the host's in public: the tables "extension_migrations", "extension_digests",
 * "extension_migration_progress", "extension_objects" and "extension_definitions", and the function
 * "extension_guard". NULL-terminated. */
const char *const *sp_ownership_host_names(void);
