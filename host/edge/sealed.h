/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* A copy of a file that nobody can change any more, so that what was verified is what is used. */
#pragma once

#include <glib.h>

/**
 * Reads a file once, from its beginning, into a memory file that is sealed against writing, growing
 * and shrinking. Being sealed, it can be mapped without fear of SIGBUS.
 * @fd: open for reading; its offset is not used
 * Returns: (transfer full): the descriptor, close-on-exec, or -1
 * Errors: SP_ERROR_FILE: longer than @size_max, unreadable, or no memory.
 */
int sp_sealed_copy(int fd, gsize size_max, GError **error);

/** (transfer full): the bytes of a sealed file; they stay valid after its descriptor is closed.
 * Errors: SP_ERROR_FILE. */
GBytes *sp_sealed_map(int sealed_fd, GError **error);
