/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/watch.h"

#define LONG_MS 1000
#define EVERY_MS 500
#define SHORTEST_MS 50
#define PROGRESS_VIEW_VERSION 120000

struct SpWatch {
    GHashTable *parameters; /* (nullable) */
    const SpStep *step;
    SpProgress progress;
    char *pid; /* of the session that is watched */
    guint delay_ms;
    guint every_ms;
    GThread *thread; /* (nullable) */
    GMutex mutex;
    GCond stopped;
    gboolean is_stopped; /* under the mutex */
    char *blocker;       /* (nullable), under the mutex */
};

/* A prepared transaction that blocks shows as process 0. The one with the oldest transaction is the
 * one to end. */
static const char *const blocker_query =
    "SELECT b.pid, coalesce('\"' || nullif(a.application_name, '') || '\"', "
    "CASE b.pid WHEN 0 THEN 'a prepared transaction' ELSE 'a session' END), a.state, "
    "extract(epoch FROM clock_timestamp() - a.xact_start)::bigint, "
    "left(regexp_replace(a.query, '\\s+', ' ', 'g'), 80), count(*) OVER () "
    "FROM (SELECT DISTINCT unnest(pg_blocking_pids($1::integer)) AS pid) b "
    "LEFT JOIN pg_stat_activity a USING (pid) ORDER BY a.xact_start NULLS LAST LIMIT 1";

static const char *const building_query =
    "SELECT phase, CASE WHEN tuples_total > 0 THEN tuples_done || ' of ' || tuples_total || "
    "' rows' WHEN blocks_total > 0 THEN blocks_done || ' of ' || blocks_total || ' blocks' END "
    "FROM pg_stat_progress_create_index WHERE pid = $1::integer";

/* (transfer full) (nullable) */
static SpRows *
ask(const SpWatch *watch, SpSession *session, const char *query)
{
    const char *const params[] = {watch->pid};
    g_autoptr(GError) error = NULL;
    SpRows *rows = sp_session_query(session, query, params, 1, &error);
    if (rows == NULL)
        g_debug("cannot look at process %s: %s", watch->pid, error->message);
    return rows;
}

static char *
describe_blocker(const SpRows *rows)
{
    GString *text = g_string_new(sp_rows_get(rows, 0, 1));
    const char *state = sp_rows_get(rows, 0, 2);
    const char *seconds = sp_rows_get(rows, 0, 3);
    const char *query = sp_rows_get(rows, 0, 4);
    gint64 n_others = g_ascii_strtoll(sp_rows_get(rows, 0, 5), NULL, 10) - 1;
    g_string_append_printf(text, " (process %s", sp_rows_get(rows, 0, 0));
    if (state != NULL)
        g_string_append_printf(text, ", %s", state);
    if (seconds != NULL)
        g_string_append_printf(text, ", in its transaction for %s s", seconds);
    g_string_append_c(text, ')');
    if (query != NULL && *query != '\0')
        g_string_append_printf(text, ": %s", query);
    if (n_others > 0)
        g_string_append_printf(text, " (and %" G_GINT64_FORMAT " more)", n_others);
    return g_string_free(text, FALSE);
}

static gboolean
look_for_blocker(SpWatch *watch, SpSession *session)
{
    g_autoptr(SpRows) rows = ask(watch, session, blocker_query);
    if (rows == NULL || sp_rows_get_n(rows) == 0)
        return rows != NULL;
    g_autofree char *blocker = describe_blocker(rows);
    if (watch->progress.blocked != NULL)
        watch->progress.blocked(watch->progress.data, watch->step, blocker);
    g_mutex_lock(&watch->mutex);
    g_free(watch->blocker);
    watch->blocker = g_steal_pointer(&blocker);
    g_mutex_unlock(&watch->mutex);
    return TRUE;
}

static gboolean
look_at_build(SpWatch *watch, SpSession *session)
{
    if (watch->progress.building == NULL ||
        sp_session_get_server_version(session) < PROGRESS_VIEW_VERSION)
        return TRUE;
    g_autoptr(SpRows) rows = ask(watch, session, building_query);
    if (rows == NULL || sp_rows_get_n(rows) == 0)
        return rows != NULL;
    const char *amount = sp_rows_get(rows, 0, 1);
    g_autofree char *text =
        g_strconcat(sp_rows_get(rows, 0, 0), amount ? ", " : NULL, amount, NULL);
    watch->progress.building(watch->progress.data, watch->step, text);
    return TRUE;
}

/* FALSE when it is time to stop. */
static gboolean
sleep_on(SpWatch *watch, guint ms)
{
    gint64 until = g_get_monotonic_time() + ms * G_TIME_SPAN_MILLISECOND;
    g_mutex_lock(&watch->mutex);
    while (!watch->is_stopped && g_cond_wait_until(&watch->stopped, &watch->mutex, until))
        continue;
    gboolean goes_on = !watch->is_stopped;
    g_mutex_unlock(&watch->mutex);
    return goes_on;
}

static gpointer
watch_session(gpointer data)
{
    SpWatch *watch = data;
    if (!sleep_on(watch, watch->delay_ms))
        return NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(SpSession) session = sp_session_open_again(watch->parameters, &error);
    if (session == NULL) {
        g_debug("no second session to watch process %s: %s", watch->pid, error->message);
        return NULL;
    }
    while (look_for_blocker(watch, session) && look_at_build(watch, session) &&
           sleep_on(watch, watch->every_ms))
        continue;
    return NULL;
}

SpWatch *
sp_watch_start(SpSession *session, const SpStep *step, guint lock_timeout_ms,
               const SpProgress *progress)
{
    SpWatch *watch = g_new0(SpWatch, 1);
    watch->step = step;
    watch->progress = progress && step ? *progress : (SpProgress){0};
    watch->pid = g_strdup_printf("%d", sp_session_get_backend_pid(session));
    guint shortest_ms = lock_timeout_ms > 0 ? MAX(lock_timeout_ms / 3, SHORTEST_MS) : LONG_MS;
    watch->delay_ms = MIN(shortest_ms, LONG_MS);
    watch->every_ms = MIN(shortest_ms, EVERY_MS);
    g_mutex_init(&watch->mutex);
    g_cond_init(&watch->stopped);
    watch->parameters = sp_session_dup_parameters(session);
    if (watch->parameters != NULL)
        watch->thread = g_thread_new("watch", watch_session, watch);
    return watch;
}

char *
sp_watch_dup_blocker(SpWatch *watch)
{
    g_mutex_lock(&watch->mutex);
    char *blocker = g_strdup(watch->blocker);
    g_mutex_unlock(&watch->mutex);
    return blocker;
}

void
sp_watch_stop(SpWatch *watch)
{
    if (watch == NULL)
        return;
    g_mutex_lock(&watch->mutex);
    watch->is_stopped = TRUE;
    g_cond_signal(&watch->stopped);
    g_mutex_unlock(&watch->mutex);
    if (watch->thread != NULL)
        g_thread_join(watch->thread);
    g_clear_pointer(&watch->parameters, g_hash_table_unref);
    g_mutex_clear(&watch->mutex);
    g_cond_clear(&watch->stopped);
    g_free(watch->pid);
    g_free(watch->blocker);
    g_free(watch);
}
