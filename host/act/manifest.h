/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The manifest: extension.conf, which says of an extension what its SQL does not. Immutable. */
#pragma once

#include "base/findings.h"

#include <glib.h>

#define SP_MANIFEST_FILE "extension.conf"
/** The group of the extension itself, and what the group of a schema file begins with. */
#define SP_MANIFEST_EXTENSION "extension"
#define SP_MANIFEST_SCHEMA_PREFIX "schema "

typedef struct SpManifest SpManifest;

/**
 * Reads the text of an extension.conf; an empty one gives the defaults. Each thing that does not
 * fit becomes a refusal (SP_ERROR_FOLDER) with @source and its line: a group or key that does not
 * exist, a key given twice, a number or truth value that is none, an id, name or version that
 * cannot stand in a plugin's ELF note. What of it can be read is read.
 */
SpManifest *sp_manifest_new(const char *text, const char *source, SpFindings *findings);
void sp_manifest_free(SpManifest *manifest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpManifest, sp_manifest_free)

/** (transfer full) (nullable): a text, without space around it; NULL when absent or empty. */
char *sp_manifest_get_text(const SpManifest *manifest, const char *group, const char *key);
/** (transfer full): items without space around them; NULL-terminated, empty when absent. */
char **sp_manifest_get_list(const SpManifest *manifest, const char *group, const char *key);
guint32 sp_manifest_get_number(const SpManifest *manifest, const char *group, const char *key,
                               guint32 fallback);
gboolean sp_manifest_get_flag(const SpManifest *manifest, const char *group, const char *key);
/** (transfer full): the names of the groups, in the file's order; NULL-terminated. */
char **sp_manifest_get_groups(const SpManifest *manifest);
/** The line (1-based) of a key, or of the group's header when @key is NULL; 0 when absent. */
guint sp_manifest_get_line(const SpManifest *manifest, const char *group, const char *key);
