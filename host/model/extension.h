/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* An extension: a declaration that has been checked. Immutable; every text is valid UTF-8. */
#pragma once

#include "base/findings.h"
#include "model/directive.h"

#include <glib.h>

typedef struct SpExtension SpExtension;

typedef struct {
    const char *id;
    const char *version_range; /* (nullable) */
    gboolean is_optional;
} SpDependency;

typedef struct {
    const char *table;          /* (nullable) */
    const char *namespace_name; /* never NULL; "public" by default */
    const char *sql;
    const char *const *required_columns; /* NULL-terminated, may be empty */
    const char *source;                  /* never NULL: "schema 1" when the plugin names no file */
} SpSchema;

typedef struct {
    guint version;
    const char *name;
    const char *sql;      /* empty for a tombstone */
    const char *down_sql; /* (nullable) */
    gboolean is_transactional;
    gboolean is_tombstone;          /* a spent version: never run, recorded or stamped; no SQL */
    const SpDirectives *directives; /* never NULL */
    const char *source;      /* never NULL: "migration 003_name" when the plugin names no file */
    const char *down_source; /* never NULL: "migration 003_name (down)" */
} SpMigration;

typedef struct {
    const char *id;
    const char *sql;
    const char *source; /* never NULL: "seed ID" */
} SpSeed;

/** DROP ... IF EXISTS of what earlier versions made. */
typedef struct {
    const char *sql;
    const char *source; /* never NULL: "retirement 1" */
} SpRetirement;

/**
 * Checks a declaration as one checks a stranger's: that the bytes make sense to the last, UTF-8,
 * the patterns of ids and names (sp/extension.h), version numbers and ranges, migration versions
 * unique and at most 2147483647, down SQL beside NO_TRANSACTION, duplicate seeds, dependencies and
 * cross-extension tables, a dependency on itself. Every fault found becomes a refusal with @path
 * and, once known, the id; an item is named as the author counts it: "seeds[1]". Migrations come
 * out sorted by version.
 * @path: the plugin file, for messages
 * Returns: (transfer full) (nullable): NULL when anything was refused: SP_ERROR_INVALID_EXTENSION,
 * and SP_ERROR_DEPENDENCY_CYCLE where it depends on itself
 */
SpExtension *sp_extension_new(GBytes *declaration, const char *path, SpFindings *findings);
/** Likewise one that has a database role of its own. @role_prefix: (nullable): NULL: it has none */
SpExtension *sp_extension_new_with_role(GBytes *declaration, const char *path,
                                        const char *role_prefix, SpFindings *findings);
SpExtension *sp_extension_ref(SpExtension *extension);
void sp_extension_unref(SpExtension *extension);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpExtension, sp_extension_unref)

const char *sp_extension_get_path(const SpExtension *extension);
const char *sp_extension_get_id(const SpExtension *extension);
const char *sp_extension_get_name(const SpExtension *extension);
const char *sp_extension_get_version(const SpExtension *extension);
const char *sp_extension_get_description(const SpExtension *extension);  /* (nullable) */
const char *sp_extension_get_license(const SpExtension *extension);      /* (nullable) */
const char *sp_extension_get_homepage(const SpExtension *extension);     /* (nullable) */
const char *sp_extension_get_config_group(const SpExtension *extension); /* (nullable) */
/** (nullable): the database role that owns what it creates and runs its SQL; see
 * model/role_name.h */
const char *sp_extension_get_role(const SpExtension *extension);
/** SHA-256 in hex over the whole declaration, and the role: equal for two plugins that declare the
 * same. */
const char *sp_extension_get_digest(const SpExtension *extension);
guint sp_extension_get_priority(const SpExtension *extension);
gboolean sp_extension_is_required(const SpExtension *extension);
void sp_extension_get_abi(const SpExtension *extension, guint *out_major, guint *out_minor,
                          guint *out_min_minor);
/** The hooks that the plugin declares, by name: "start", "stop", "validate_config".
 * NULL-terminated. */
const char *const *sp_extension_get_hooks(const SpExtension *extension);
/** As written by the author: "users" or "billing.invoices". NULL-terminated. */
const char *const *sp_extension_get_cross_tables(const SpExtension *extension);

guint sp_extension_get_n_dependencies(const SpExtension *extension);
const SpDependency *sp_extension_get_dependency(const SpExtension *extension, guint index);
guint sp_extension_get_n_schemas(const SpExtension *extension);
const SpSchema *sp_extension_get_schema(const SpExtension *extension, guint index);
guint sp_extension_get_n_migrations(const SpExtension *extension);
const SpMigration *sp_extension_get_migration(const SpExtension *extension, guint index);
guint sp_extension_get_n_seeds(const SpExtension *extension);
const SpSeed *sp_extension_get_seed(const SpExtension *extension, guint index);
guint sp_extension_get_n_retirements(const SpExtension *extension);
const SpRetirement *sp_extension_get_retirement(const SpExtension *extension, guint index);
