/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/parallel.h"

#include <criterion/criterion.h>

#define N 5000

typedef struct {
    guint calls;
    GThread *thread;
} Slot;

static void
work(guint index, gpointer data)
{
    Slot *slots = data;
    slots[index].calls++;
    slots[index].thread = g_thread_self();
}

/* Touches more than a small stack has. */
static void
dig(guint index, gpointer data)
{
    volatile char deep[6 * 1024 * 1024];
    for (gsize i = 0; i < sizeof deep; i += 4096)
        deep[i] = (char)index;
    g_atomic_int_add((gint *)data, 1);
}

Test(parallel, calls_the_work_once_for_each)
{
    Slot slots[N] = {{0}};
    sp_parallel_run(N, 1, work, slots);
    for (guint i = 0; i < N; i++)
        cr_assert_eq(slots[i].calls, 1u, "%u: %u", i, slots[i].calls);
    sp_parallel_run(0, 1, work, NULL);
}

Test(parallel, stays_in_this_thread_for_little_work)
{
    Slot slots[15] = {{0}};
    sp_parallel_run(G_N_ELEMENTS(slots), 8, work, slots);
    for (guint i = 0; i < G_N_ELEMENTS(slots); i++)
        cr_expect_eq(slots[i].thread, g_thread_self());
}

Test(parallel, gives_every_thread_a_deep_stack)
{
    gint n = 0;
    sp_parallel_run(64, 1, dig, &n);
    cr_expect_eq(n, 64);
}
