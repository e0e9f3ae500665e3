/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Files in the folder that verdicts are kept in: whole and ours, or not there. */
#pragma once

#include <glib.h>

/** The one of verdicts, in a directory that may be another service's as well. */
#define SP_VERDICT_FILE "sp-host.verdicts"

/**
 * Reads the file @name in the directory @directory_fd: a regular file without other names, of the
 * effective user, that nobody else may write, with this room's mark and version at its head, and a
 * checksum that fits the rest.
 * Returns: (transfer full) (nullable): the rest; NULL with a debug message on any doubt
 */
GBytes *sp_verdict_file_read(int directory_fd, const char *name);

/** Writes it beside, and puts it in place in one step; it is on disk before it is there. A failure
 * is a debug message, and leaves what was there. */
void sp_verdict_file_write(int directory_fd, const char *name, GBytes *body);
