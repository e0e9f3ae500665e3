/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/lock.h"

#include "base/error.h"

/* 0x7370726F6D707401: "sprompt" and a byte 1, the key of the original system, so that both exclude
 * each other. In pg_locks a bigint key shows as its two halves with objsubid 1. */
#define LOCK_KEY "8318274334656328705"
#define LOCK_ROW                                                                           \
    "l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.classid = 1936749167 " \
    "AND l.objid = 1836086273 "                                                            \
    "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"

#define FIRST_PAUSE_MS 100
#define LAST_PAUSE_MS 1000

static gboolean
try_lock(SpSession *session, gboolean *out_got, GError **error)
{
    g_autoptr(SpRows) rows =
        sp_session_query(session, "SELECT pg_try_advisory_lock(" LOCK_KEY ")", NULL, 0, error);
    if (rows == NULL)
        return FALSE;
    *out_got = sp_rows_get_boolean(rows, 0, 0);
    return TRUE;
}

char *
sp_lock_describe_holder(SpSession *session)
{
    static const char *const query =
        "SELECT l.pid, coalesce(nullif(a.application_name, ''), 'a session'), "
        "coalesce(host(a.client_addr), 'this machine'), date_trunc('second', a.backend_start) "
        "FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid) WHERE " LOCK_ROW;
    g_autoptr(SpRows) rows = sp_session_query(session, query, NULL, 0, NULL);
    if (rows == NULL || sp_rows_get_n(rows) == 0)
        return NULL;
    const char *since = sp_rows_get(rows, 0, 3);
    return g_strdup_printf("\"%s\" on %s, process %s, connected since %s", sp_rows_get(rows, 0, 1),
                           sp_rows_get(rows, 0, 2), sp_rows_get(rows, 0, 0),
                           since ? since : "a time that this role may not see");
}

static gboolean
refuse_locked(SpSession *session, guint wait_ms, GError **error)
{
    g_autofree char *holder = sp_lock_describe_holder(session);
    g_autofree char *detail =
        g_strdup_printf("It is held by %s; this host waited %.1f s.",
                        holder ? holder : "another session", wait_ms / 1000.0);
    return sp_error_set(error, SP_ERROR_LOCKED, detail,
                        "Another host is installing; try again when it is done.",
                        "could not get the install lock");
}

static void
tell_waiting(SpSession *session, const SpProgress *progress, guint waited_ms)
{
    if (progress == NULL || progress->waiting == NULL)
        return;
    g_autofree char *holder = sp_lock_describe_holder(session);
    progress->waiting(progress->data, holder, waited_ms);
}

gboolean
sp_lock_acquire(SpSession *session, guint wait_ms, const SpProgress *progress, GError **error)
{
    gint64 start = g_get_monotonic_time();
    /* A pooler would keep a lock that is taken before it is refused. */
    if (!sp_session_greet(session, error))
        return FALSE;
    for (guint pause_ms = FIRST_PAUSE_MS;; pause_ms = MIN(pause_ms * 2, LAST_PAUSE_MS)) {
        gboolean got = FALSE;
        if (!try_lock(session, &got, error))
            return FALSE;
        if (got)
            return TRUE;
        guint waited_ms = (guint)((g_get_monotonic_time() - start) / 1000);
        if (waited_ms >= wait_ms)
            return refuse_locked(session, waited_ms, error);
        tell_waiting(session, progress, waited_ms);
        /* Jitter, so that a fleet that booted together does not poll in step. */
        guint jittered_ms = pause_ms / 2 + (guint)g_random_int_range(0, (gint32)pause_ms);
        g_usleep(MIN(jittered_ms, wait_ms - waited_ms) * (gulong)1000);
    }
}

gboolean
sp_lock_check(SpSession *session, GError **error)
{
    g_autoptr(SpRows) rows = sp_session_query(
        session, "SELECT FROM pg_locks l WHERE l.pid = pg_backend_pid() AND " LOCK_ROW, NULL, 0,
        error);
    if (rows == NULL)
        return FALSE;
    if (sp_rows_get_n(rows) > 0)
        return TRUE;
    g_propagate_error(error, sp_lock_lost());
    return FALSE;
}

const char *
sp_lock_assertion(void)
{
    return "SELECT 1 / count(*) FROM pg_locks l WHERE l.pid = pg_backend_pid() AND " LOCK_ROW;
}

GError *
sp_lock_lost(void)
{
    return sp_error_new(SP_ERROR_LOCK_LOST,
                        "The session no longer holds it, so another host may be installing. What "
                        "was committed until now stays.",
                        "Look for SQL of an extension that releases advisory locks.",
                        "the install lock was lost");
}

void
sp_lock_release(SpSession *session)
{
    g_autoptr(SpRows) rows =
        sp_session_query(session, "SELECT pg_advisory_unlock(" LOCK_KEY ")", NULL, 0, NULL);
    if (rows == NULL || !sp_rows_get_boolean(rows, 0, 0))
        g_debug("the install lock was not held when it was given back");
}
