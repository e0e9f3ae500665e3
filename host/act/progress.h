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
    gpointer data;
} SpProgress;
