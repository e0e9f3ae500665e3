/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* One load child as the parent sees it: a process that may do anything. */
#pragma once

#include "act/load_frame.h"

#include <glib.h>

typedef struct SpLoadProcess SpLoadProcess;

/** What was waited for. */
typedef enum {
    SP_LOAD_EVENT_FRAME,
    SP_LOAD_EVENT_GARBAGE, /* what the host's own code never sends */
    SP_LOAD_EVENT_ENDED,   /* the process is gone */
    SP_LOAD_EVENT_OVERDUE,
} SpLoadEvent;

typedef struct {
    SpLoadKind kind;
    guint32 index;
    GBytes *payload;
} SpLoadReply;

void sp_load_reply_clear(SpLoadReply *reply);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SpLoadReply, sp_load_reply_clear)

/**
 * Starts EXECUTABLE --load-child with an empty environment and no descriptors but its own.
 * @sealed_fds: (nullable): a sealed copy of each plugin, to be loaded instead of its file
 * @plugins: (element-type SpLoadPlugin)
 * Errors: SP_ERROR_INTERNAL.
 */
SpLoadProcess *sp_load_process_start(const char *executable, int directory_fd,
                                     const int *sealed_fds, guint64 cpu_seconds, GArray *plugins,
                                     GError **error);
/** Kills the process and all that it started, if need be. */
void sp_load_process_free(SpLoadProcess *process);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpLoadProcess, sp_load_process_free)

/** Waits for the next frame. @out_reply: (out): set with SP_LOAD_EVENT_FRAME, else untouched */
SpLoadEvent sp_load_process_wait(SpLoadProcess *process, guint timeout_ms, SpLoadReply *out_reply);

/**
 * (transfer full): why nothing more is to be had from the process, which is killed if it still
 * lives: SP_ERROR_LOAD_CRASHED, _EXITED, _TIMEOUT, _FORBIDDEN or _PROTOCOL, with the end of its
 * output.
 * @event: what sp_load_process_wait() returned; FRAME stands for a frame that is out of place
 */
GError *sp_load_process_fail(SpLoadProcess *process, SpLoadEvent event, const char *plugin);
