/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/parallel.h"

#include <pthread.h>

/* More bring nothing: what is not done in parallel takes the most of the time by then. */
#define MAX_HELPERS 7
#define STACK_SIZE ((size_t)8 * 1024 * 1024)

typedef struct {
    gint n;
    gint next; /* taken by whoever is free, so that no thread waits for a slow one */
    SpParallelFunc work;
    gpointer data;
} Run;

static void *
work_on(void *pointer)
{
    Run *run = pointer;
    for (gint i = g_atomic_int_add(&run->next, 1); i < run->n; i = g_atomic_int_add(&run->next, 1))
        run->work((guint)i, run->data);
    return NULL;
}

/* A thread of GLib's has whatever stack the limits of the process give it. */
static gboolean
start(pthread_t *thread, Run *run)
{
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0)
        return FALSE;
    size_t size = 0;
    gboolean is_started = pthread_attr_getstacksize(&attributes, &size) == 0 &&
                          pthread_attr_setstacksize(&attributes, MAX(size, STACK_SIZE)) == 0 &&
                          pthread_create(thread, &attributes, work_on, run) == 0;
    pthread_attr_destroy(&attributes);
    return is_started;
}

void
sp_parallel_run(guint n, guint share, SpParallelFunc work, gpointer data)
{
    g_return_if_fail(work != NULL && share > 0 && n < G_MAXINT - 2 * MAX_HELPERS);

    Run run = {.n = (gint)n, .work = work, .data = data};
    pthread_t helpers[MAX_HELPERS];
    guint n_threads = CLAMP(n / share, 1, MIN(g_get_num_processors(), MAX_HELPERS + 1));
    guint n_helpers = 0;
    /* without helpers it only takes longer */
    while (n_helpers + 1 < n_threads && start(&helpers[n_helpers], &run))
        n_helpers++;
    work_on(&run);
    for (guint i = 0; i < n_helpers; i++)
        pthread_join(helpers[i], NULL);
}
