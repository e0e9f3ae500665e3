/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Reads the folder of an extension (SQL files and extension.conf) into the same value that a plugin gives. */
#pragma once

#include "base/findings.h"
#include "model/extension.h"

/**
 * Reads DIR/extension.conf, DIR/schema, DIR/schema/migrations and DIR/seeds. What does not fit is added to @findings
 * (SP_ERROR_FOLDER with source and line where there is one): duplicate versions, a down file without its up, an
 * unknown key, group or directive, a file name of another form, a file that is not UTF-8 or holds a NUL.
 * Returns: (transfer full) (nullable): NULL when anything was refused
 */
SpExtension *sp_folder_read(const char *path, SpFindings *findings);
