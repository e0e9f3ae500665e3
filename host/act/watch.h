/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Looks at a step from a second session while it runs: who blocks it, and how far a build is. */
#pragma once

#include "act/progress.h"
#include "edge/session.h"

typedef struct SpWatch SpWatch;

/**
 * Begins to watch @session in a thread. The second session is opened only once the step takes long;
 * without one (a pooler, no free connection) nothing is seen, and the step goes on all the same.
 * @step: (nullable): for @progress; must outlive the watch
 * @lock_timeout_ms: how short a wait must still be seen; 0: none is short
 * @progress: (nullable)
 */
SpWatch *sp_watch_start(SpSession *session, const SpStep *step, guint lock_timeout_ms,
                        const SpProgress *progress);
/** (transfer full) (nullable): the last one that was seen to block the session, in words. */
char *sp_watch_dup_blocker(SpWatch *watch);
/** Ends the thread and its session. */
void sp_watch_stop(SpWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpWatch, sp_watch_stop)
