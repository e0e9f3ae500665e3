/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/retry.h"

#include "base/error.h"

#define FIRST_PAUSE_MS 500
#define LAST_PAUSE_MS 30000

char *
sp_patience_sql(const SpPatience *patience)
{
    return g_strdup_printf("SET LOCAL lock_timeout = '%ums'", patience->lock_timeout_ms);
}

static gboolean
is_worth_another(const GError *error)
{
    static const char *const passing[] = {
        "55P03", /* lock_not_available */
        "40P01", /* deadlock_detected */
        "40001", /* serialization_failure */
        NULL,
    };
    const char *sqlstate = sp_error_get_place(error)->sqlstate;
    return sqlstate != NULL && g_strv_contains(passing, sqlstate);
}

/* Jitter, so that hosts that met once do not meet again. */
static void
pause_after(guint n_failed)
{
    guint pause_ms = MIN(FIRST_PAUSE_MS << MIN(n_failed - 1, 6), LAST_PAUSE_MS);
    g_usleep((gulong)g_random_int_range((gint32)pause_ms / 2, (gint32)pause_ms + 1) * 1000);
}

/* @last: (transfer full) */
static gboolean
give_up(GError *last, guint n_attempts, SpWatch *watch, GError **error)
{
    g_autofree char *blocker = sp_watch_dup_blocker(watch);
    g_autoptr(GString) detail = g_string_new(NULL);
    g_string_append_printf(detail, "The last of %u attempts ended with: %s.", n_attempts,
                           last->message);
    if (blocker != NULL)
        g_string_append_printf(detail, "\nIt waited for %s.", blocker);
    if (sp_error_detail(last) != NULL)
        g_string_append_printf(detail, "\n%s", sp_error_detail(last));
    GError *timeout =
        sp_error_new(SP_ERROR_LOCK_TIMEOUT, detail->str,
                     "End the session that is in the way, or try again when it is done.",
                     "could not get a lock within %u attempts", n_attempts);
    sp_error_place(timeout, sp_error_get_place(last));
    g_error_free(last);
    g_propagate_error(error, timeout);
    return FALSE;
}

gboolean
sp_retry_again(const SpPatience *patience, SpWatch *watch, guint n_failed, GError *problem,
               GError **error)
{
    guint n_attempts = MAX(patience->attempts, 1);
    if (!is_worth_another(problem)) {
        g_propagate_error(error, problem);
        return FALSE;
    }
    if (n_failed >= n_attempts)
        return give_up(problem, n_attempts, watch, error);
    g_debug("attempt %u of %u: %s", n_failed, n_attempts, problem->message);
    g_error_free(problem);
    pause_after(n_failed);
    return TRUE;
}

gboolean
sp_retry(const SpPatience *patience, SpWatch *watch, SpAttemptFunc attempt, gpointer data,
         GError **error)
{
    for (guint n_failed = 1;; n_failed++) {
        GError *problem = NULL;
        if (attempt(data, &problem))
            return TRUE;
        if (!sp_retry_again(patience, watch, n_failed, problem, error))
            return FALSE;
    }
}
