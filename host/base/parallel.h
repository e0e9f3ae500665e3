/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The same work on many values, on all processors. */
#pragma once

#include <glib.h>

/** Must be safe to run beside the same function for another @index. */
typedef void (*SpParallelFunc)(guint index, gpointer data);

/**
 * Calls @work once for every index below @n, and returns when all is done. Each thread, this one
 * among them, has a stack of at least 8 MiB, whatever the limits of the process say.
 * @share: how many are worth a thread; with less than twice as many, all of it is done in this one
 */
void sp_parallel_run(guint n, guint share, SpParallelFunc work, gpointer data);
