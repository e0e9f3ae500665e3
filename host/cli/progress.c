/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "cli/progress.h"

#include "base/log.h"
#include "edge/service.h"

#include <unistd.h>

#define WAITING_EVERY_MS 10000
/* The host hears nothing while a statement runs; without a statement timeout an hour must do. */
#define STEP_MS (60 * 60 * 1000)
#define GRACE_MS 30000

struct SpTeller {
    gboolean says_steps;
    guint step_ms; /* the longest that one statement may run */
    guint n_steps;
    gboolean has_phase;
    SpPhase phase;
    guint next_waiting_ms;
};

SpTeller *
sp_teller_new(const SpContext *context)
{
    guint timeout_ms = sp_config_get_statement_timeout_ms(context->config);
    SpTeller *teller = g_new0(SpTeller, 1);
    teller->says_steps = context->options->verbose || isatty(STDERR_FILENO);
    teller->step_ms = timeout_ms > 0 ? timeout_ms + GRACE_MS : STEP_MS;
    return teller;
}

void
sp_teller_free(SpTeller *teller)
{
    g_free(teller);
}

static char *
step_text(const SpStep *step)
{
    if (step->kind == SP_STEP_COLUMNS)
        return g_strdup("required columns");
    const char *word = step->kind == SP_STEP_DDL ? "DDL" : sp_step_kind_nick(step->kind);
    return g_strdup_printf("%s %s of \"%s\"", word, step->name, sp_step_extension_id(step));
}

static void
begun(gpointer data, const SpStep *step)
{
    SpTeller *teller = data;
    g_autofree char *text = step_text(step);
    teller->n_steps++;
    sp_service_extend_timeout(teller->step_ms);
    sp_service_status("%s: step %u: %s", sp_phase_nick(step->phase), teller->n_steps, text);
    if (!teller->has_phase || teller->phase != step->phase)
        sp_log_milestone(NULL, sp_phase_nick(step->phase), "phase %s", sp_phase_nick(step->phase));
    teller->has_phase = TRUE;
    teller->phase = step->phase;
}

static void
ended(gpointer data, const SpStep *step)
{
    const SpTeller *teller = data;
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

SpProgress
sp_teller_get_progress(SpTeller *teller)
{
    return (SpProgress){.begun = begun, .ended = ended, .waiting = waiting, .data = teller};
}
