/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "cli/progress.h"

#include "base/log.h"
#include "edge/service.h"

#include <unistd.h>

#define WAITING_EVERY_MS 10000
#define GRACE_MS 60000

struct SpTeller {
    gboolean says_steps;
    GThread *keeper; /* (nullable): from the first step on */
    GMutex mutex;
    GCond ended;
    gboolean is_working, is_over; /* under the mutex */
    guint n_steps;
    gboolean has_phase;
    SpPhase phase;
    guint next_waiting_ms;
    gint64 next_blocked_us; /* of the thread that watches a step */
};

SpTeller *
sp_teller_new(const SpContext *context)
{
    SpTeller *teller = g_new0(SpTeller, 1);
    teller->says_steps = context->options->verbose || isatty(STDERR_FILENO);
    g_mutex_init(&teller->mutex);
    g_cond_init(&teller->ended);
    return teller;
}

/* One statement may take hours, and the session hears nothing of the server meanwhile. */
static gpointer
keep_time(gpointer data)
{
    SpTeller *teller = data;
    g_mutex_lock(&teller->mutex);
    while (!teller->is_over) {
        if (teller->is_working)
            sp_service_extend_timeout(GRACE_MS);
        g_cond_wait_until(&teller->ended, &teller->mutex,
                          g_get_monotonic_time() + GRACE_MS / 2 * G_TIME_SPAN_MILLISECOND);
    }
    g_mutex_unlock(&teller->mutex);
    return NULL;
}

static void
set_working(SpTeller *teller, gboolean is_working)
{
    g_mutex_lock(&teller->mutex);
    teller->is_working = is_working;
    g_mutex_unlock(&teller->mutex);
    if (is_working)
        sp_service_extend_timeout(GRACE_MS);
    if (teller->keeper == NULL)
        teller->keeper = g_thread_new("keeper", keep_time, teller);
}

static void
stop_keeper(SpTeller *teller)
{
    if (teller->keeper == NULL)
        return;
    g_mutex_lock(&teller->mutex);
    teller->is_over = TRUE;
    g_cond_signal(&teller->ended);
    g_mutex_unlock(&teller->mutex);
    g_thread_join(g_steal_pointer(&teller->keeper));
}

void
sp_teller_free(SpTeller *teller)
{
    if (teller == NULL)
        return;
    stop_keeper(teller);
    g_mutex_clear(&teller->mutex);
    g_cond_clear(&teller->ended);
    g_free(teller);
}

static char *
step_text(const SpStep *step)
{
    if (step->kind == SP_STEP_COLUMNS)
        return g_strdup("required columns");
    const char *id = sp_step_extension_id(step);
    if (step->kind == SP_STEP_DDL)
        return g_strdup_printf("%s DDL of \"%s\"", sp_phase_nick(step->phase), id);
    return g_strdup_printf("%s %s of \"%s\"", sp_step_kind_nick(step->kind), step->name, id);
}

static void
begun(gpointer data, const SpStep *step)
{
    SpTeller *teller = data;
    g_autofree char *text = step_text(step);
    teller->n_steps++;
    set_working(teller, TRUE);
    sp_service_status("%s: step %u: %s", sp_phase_nick(step->phase), teller->n_steps, text);
    if (!teller->has_phase || teller->phase != step->phase)
        sp_log_milestone(NULL, sp_phase_nick(step->phase), "phase %s", sp_phase_nick(step->phase));
    teller->has_phase = TRUE;
    teller->phase = step->phase;
}

static void
ended(gpointer data, const SpStep *step)
{
    SpTeller *teller = data;
    set_working(teller, FALSE);
    if (!teller->says_steps)
        return;
    g_autofree char *text = step_text(step);
    sp_log_milestone(sp_step_extension_id(step), sp_phase_nick(step->phase),
                     "  %s: %s, %" G_GINT64_FORMAT " ms", text, sp_step_state_nick(step->state),
                     step->duration_us / 1000);
}

static void
waiting(gpointer data, const char *holder, guint waited_ms)
{
    SpTeller *teller = data;
    sp_service_extend_timeout(GRACE_MS);
    sp_service_status("waiting for the lock that %s holds", holder ? holder : "another host");
    if (waited_ms < teller->next_waiting_ms)
        return;
    teller->next_waiting_ms = waited_ms + WAITING_EVERY_MS;
    sp_log_milestone(NULL, NULL, "waiting for the lock that %s holds (%u s)",
                     holder ? holder : "another host", waited_ms / 1000);
}

/* From the thread that watches: it touches nothing that the others do. */
static void
blocked(gpointer data, const SpStep *step, const char *blocker)
{
    SpTeller *teller = data;
    g_autofree char *text = step_text(step);
    sp_service_status("%s waits for %s", text, blocker);
    gint64 now_us = g_get_monotonic_time();
    if (now_us < teller->next_blocked_us)
        return;
    teller->next_blocked_us = now_us + WAITING_EVERY_MS * G_TIME_SPAN_MILLISECOND;
    sp_log_milestone(sp_step_extension_id(step), sp_phase_nick(step->phase), "  %s waits for %s",
                     text, blocker);
}

static void
building(gpointer data, const SpStep *step, const char *progress)
{
    g_autofree char *text = step_text(step);
    sp_service_status("%s: %s", text, progress);
}

SpProgress
sp_teller_get_progress(SpTeller *teller)
{
    return (SpProgress){.begun = begun,
                        .ended = ended,
                        .waiting = waiting,
                        .blocked = blocked,
                        .building = building,
                        .data = teller};
}
