/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The text files of an author: listed in an order that is the same everywhere, and read as they
 * are. */
#pragma once

#include "base/findings.h"

#include <glib.h>

/**
 * The names in a directory, sorted bytewise and without dot files. A directory that does not exist
 * is empty; one that cannot be read is refused (SP_ERROR_FOLDER) in the name of @source.
 *
 * Returns: (transfer full) (element-type filename)
 */
GPtrArray *sp_text_file_list(const char *directory, const char *source, SpFindings *findings);

/**
 * Reads a regular file byte for byte. What cannot be read, is not UTF-8 or holds a NUL is refused
 * (SP_ERROR_FOLDER) in the name of @source, with the line.
 *
 * Returns: (transfer full) (nullable)
 */
char *sp_text_file_read(const char *path, const char *source, SpFindings *findings);
