/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Writes the folder of a new extension, which builds, installs and passes its tests as it is. */
#pragma once

#include <glib.h>

/**
 * Writes the folder @parent/@name whole or not at all. An empty folder of that name is replaced.
 *
 * @name: the id of the extension, as SP_WORD_ID has it
 * @has_c: with a source of hooks, and a manifest that names them
 * Returns: (transfer full) (nullable): the files, from the folder on; NULL-terminated
 * Errors: SP_ERROR_FOLDER: the name cannot be an id, or something stands there already.
 * SP_ERROR_CONFIGURATION: it could not be written.
 */
char **sp_scaffold_write(const char *parent, const char *name, gboolean has_c, GError **error);
