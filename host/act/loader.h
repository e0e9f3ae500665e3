/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The parent's side of loading: runs children that load plugins, and survives whatever the plugins
 * do. */
#pragma once

#include "edge/scan.h"

#include <glib.h>

/** So many sealed copies fit under the limit of open files of a child, with room for the plugins'
 * own. */
#define SP_LOAD_SEALED_MAX 64

/** What came of one file. */
typedef struct {
    GBytes *declaration; /* (nullable): a stranger's bytes, for sp_extension_new() */
    GError *refusal;     /* (nullable): exactly one of the two is set */
    GError *warning;     /* (nullable): SP_ERROR_LOAD_SIDE_EFFECT */
} SpLoaded;

void sp_loaded_free(SpLoaded *loaded);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpLoaded, sp_loaded_free)

/**
 * Loads files of one directory. One child loads hundreds of plugins; when it crashes, exits, hangs
 * or talks nonsense, the plugin that it was at is refused (SP_ERROR_LOAD_CRASHED with the signal's
 * name, _EXITED, _TIMEOUT, _FORBIDDEN with the name of the system call, _PROTOCOL; the end of its
 * output in the detail) and another child goes on with the next; so it does after a plugin with
 * side effects. A plugin is only refused for what happens when it is the first of its child:
 * else an earlier one may be to blame, and it gets another chance in a child of its own.
 * @executable: the host's own; run as EXECUTABLE --load-child
 * @candidates: (element-type SpCandidate): not refused, of @directory
 * @symbol_sizes: of each candidate's vtable, from SpElfFacts
 * @sealed_fds: (nullable): of each candidate, a sealed copy to load instead of the file, so that
 * exactly those bytes are loaded. Then "$ORIGIN" in a plugin stands for nothing. At most
 * SP_LOAD_SEALED_MAX candidates.
 * @timeout_ms: wall clock for each plugin
 * Returns: (transfer full) (element-type SpLoaded): one a candidate, in their order
 * Errors: SP_ERROR_INTERNAL when no child can be started at all
 */
GPtrArray *sp_load(const char *executable, const SpDirectory *directory,
                   const GPtrArray *candidates, const guint64 *symbol_sizes, const int *sealed_fds,
                   guint timeout_ms, GError **error);
