/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The files of an extension's folder: listed, read, and refused under the names that messages use.
 */
#pragma once

#include "base/findings.h"

#include <glib.h>

#define SP_FOLDER_SCHEMAS "schema"
#define SP_FOLDER_MIGRATIONS "schema/migrations"
#define SP_FOLDER_SEEDS "seeds"
#define SP_FOLDER_RETIREMENT "retire.sql" /* in SP_FOLDER_SCHEMAS */

/** A folder while it is read. */
typedef struct {
    const char *path;
    const char *label; /* the folder's own name: every source begins with it */
    SpFindings *findings;
    GPtrArray *strings; /* char *: what is kept until the folder has been read */
} SpFolderFiles;

typedef struct {
    const char *source;
    const char *text; /* (nullable): NULL when it was refused */
} SpFolderFile;

/** @string: (transfer full) (nullable). Returns: (transfer none) (nullable) */
const char *sp_folder_keep(const SpFolderFiles *files, char *string);

/** @line: 0 when unknown; @error: (transfer full) */
void sp_folder_refuse(const SpFolderFiles *files, const char *source, guint line, GError *error);
/** Refuses a file for its name. */
void sp_folder_refuse_name(const SpFolderFiles *files, const char *subfolder, const char *name,
                           const char *hint);

/** (transfer full) (element-type utf8): the files of a subfolder, by name. Names with another
 * ending than those in @endings (NULL-terminated) are refused. */
GPtrArray *sp_folder_list(const SpFolderFiles *files, const char *subfolder,
                          const char *const *endings, const char *hint);

/** @relative: from the folder on */
SpFolderFile sp_folder_read_file(const SpFolderFiles *files, const char *relative);
/** An empty one is refused, and so is any directive that does not fit.
 * @out_flags: (nullable): of struct sp_migration; NULL for a text that takes no directives */
SpFolderFile sp_folder_read_sql(const SpFolderFiles *files, const char *subfolder, const char *name,
                                guint32 *out_flags);
