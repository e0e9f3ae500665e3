/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Who is told while an install waits and works, so that people and the service manager see it. */
#pragma once

#include "model/plan.h"

typedef struct {
    /* A step begins. */
    void (*begun)(gpointer data, const SpStep *step);
    /* A step has ended; its state is DONE or FAILED. */
    void (*ended)(gpointer data, const SpStep *step);
    /* Still waiting for the lock. @holder: who has it, in words (nullable). */
    void (*waiting)(gpointer data, const char *holder, guint waited_ms);
    /* A step that takes long waits for a lock. @blocker: who has it, in words. From the thread that
     * watches, while the step runs; of @step only what names it may be looked at. */
    void (*blocked)(gpointer data, const SpStep *step, const char *blocker);
    /* A step that takes long builds an index. @progress: how far it is, in words. Likewise. */
    void (*building)(gpointer data, const SpStep *step, const char *progress);
    gpointer data;
} SpProgress;

/** Tell that a step begins, or has ended. @progress: (nullable) */
void sp_progress_begin(const SpProgress *progress, const SpStep *step);
void sp_progress_end(const SpProgress *progress, const SpStep *step);
