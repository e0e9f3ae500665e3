/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Reads the folder of an extension into the same value that a plugin gives. */
#pragma once

#include "base/findings.h"
#include "model/extension.h"

/** C symbols that the author's own source defines and the plugin's vtable points to; NULL where
 * there is none. */
typedef struct {
    char *hooks;           /* a const struct sp_hooks */
    char *validate_config; /* a function */
} SpFolderSymbols;

void sp_folder_symbols_clear(SpFolderSymbols *symbols);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SpFolderSymbols, sp_folder_symbols_clear)

/**
 * Reads DIR/extension.conf, DIR/schema, DIR/schema/migrations and DIR/seeds. What does not fit is
 * added to @findings (SP_ERROR_FOLDER with source and line where there is one): duplicate versions,
 * those of tombstones included, a range of these that descends or has more than 10000 versions, a
 * down file without its up or beside @no-transaction, an unknown key, group or directive, a file
 * name of another form, SQL in another place, a file that is not UTF-8 or holds a NUL. A source is
 * the file's path from the folder's own name on: "orders/schema/orders.sql". Once the folder is in
 * order, its content passes the same checks as a plugin's.
 *
 * @out_symbols: (nullable): filled from the manifest, also when something was refused
 *
 * Returns: (transfer full) (nullable): NULL when anything was refused
 */
SpExtension *sp_folder_read(const char *path, SpFolderSymbols *out_symbols, SpFindings *findings);
