/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What one plugin can leave behind in a process for the next: the side effects of loading. */
#pragma once

#include <glib.h>

typedef enum {
    SP_LOAD_EFFECT_THREADS = 1 << 0,
    SP_LOAD_EFFECT_DISPOSITIONS = 1 << 1, /* of signals */
    SP_LOAD_EFFECT_MASK = 1 << 2,         /* of signals */
    SP_LOAD_EFFECT_TIMER = 1 << 3,
    SP_LOAD_EFFECT_DIRECTORY = 1 << 4,
    SP_LOAD_EFFECT_UMASK = 1 << 5,
    SP_LOAD_EFFECT_DESCRIPTORS = 1 << 6,
} SpLoadEffects;

#define SP_LOAD_N_EFFECTS 7

/** The process that asks, at one time. */
typedef struct {
    int stat_fd;
    guint64 values[SP_LOAD_N_EFFECTS]; /* in the order of SpLoadEffects */
} SpLoadState;

/** Keeps a descriptor of /proc/self/stat for the rest of the process's life. */
SpLoadState sp_load_state_now(void);
/** What is no longer as it was @before. Waits a moment for threads that are just ending. */
SpLoadEffects sp_load_state_compare(const SpLoadState *before);

/** (transfer full): the effects in words, for the end of a sentence: "running threads, a timer". */
char *sp_load_effects_describe(SpLoadEffects effects);
