/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The only room that calls dlopen(). */
#pragma once

#include <glib.h>
#include <sp/extension.h>

/**
 * Maps the file @name of the directory @dir_fd (now, local, never unmapped) and finds its vtable.
 * Runs code of the plugin, so only the load child and the run loop call it. The path form
 * /proc/self/fd/DIR/NAME survives renames of ancestors, keeps $ORIGIN working and is never mistaken
 * by the loader for another file. Returns: (transfer none): the plugin's own object, valid for the
 * rest of the process Errors: SP_ERROR_UNDEFINED_SYMBOL, _MISSING_LIBRARY, _GLIBC, _STATIC_TLS,
 * _ARCHITECTURE, _ELF_MALFORMED, or SP_ERROR_LOAD when the loader's words fit none of them; the
 * words are in the detail. SP_ERROR_NO_SYMBOL.
 */
const struct sp_extension_vtable *sp_module_open(int dir_fd, const char *name, GError **error);
