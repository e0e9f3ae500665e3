/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The child's side of loading: drops what it does not need, limits itself, maps plugins, sends
 * declarations. */
#pragma once

#include <glib.h>

/** The word after the executable's name that makes it a load child. Not for people; not in --help.
 */
#define SP_LOAD_CHILD_WORD "--load-child"

/** What the plugins that share a child, and the libraries that they need, may map at most, and how
 * much of it they may write. */
#define SP_LOAD_MEMORY_MAX (G_GUINT64_CONSTANT(4) << 30)
#define SP_LOAD_DATA_MAX (G_GUINT64_CONSTANT(1) << 30)

/** main() of the load child. Never returns to the caller's world: it ends with _exit(). */
int sp_load_child_main(void);
