/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "edge/session.h"
#include "support/cluster.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A PgBouncer before the test server. */
typedef struct {
    char *folder;
    char *conninfo;
    char *database; /* the connection string of what stands behind */
    GPid pid;
} Pooler;

/* PgBouncer refuses to run as root, and the server's socket lets only its owner in. */
static void
become_owner(gpointer folder)
{
    struct stat found;
    if (stat(folder, &found) != 0 || (geteuid() == 0 && setuid(found.st_uid) != 0))
        _exit(126);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static char *
write_settings(const char *folder, const char *database, const char *more)
{
    char *path = g_build_filename(folder, "pgbouncer.ini", NULL);
    g_autofree char *text = g_strdup_printf("[databases]\n"
                                            "* = %s\n"
                                            "[pgbouncer]\n"
                                            "listen_port = 6432\n"
                                            "listen_addr =\n"
                                            "unix_socket_dir = %s\n"
                                            "auth_type = any\n"
                                            "%s\n",
                                            database, folder, more);
    cr_assert(g_file_set_contents(path, text, -1, NULL));
    return path;
}

static void
give_to_server(SpSession *session, const char *folder, const char *file)
{
    g_autoptr(SpRows) rows =
        sp_session_query(session, "SHOW unix_socket_directories", NULL, 0, NULL);
    GStatBuf found;
    cr_assert_eq(g_stat(sp_rows_get(rows, 0, 0), &found), 0);
    cr_assert_eq(chown(folder, found.st_uid, (gid_t)-1), 0);
    cr_assert_eq(chown(file, found.st_uid, (gid_t)-1), 0);
}

static Pooler
start_pooler(const char *mode)
{
    const SpSessionSettings settings = {0};
    g_autofree char *database = sp_test_database();
    g_autoptr(SpSession) session = sp_session_open(database, &settings, NULL);
    Pooler pooler = {.folder = g_dir_make_tmp("sp-test-XXXXXX", NULL),
                     .database = g_strdup(database)};
    g_autofree char *path = write_settings(pooler.folder, database, mode);
    give_to_server(session, pooler.folder, path);
    const char *argv[] = {"pgbouncer", "-q", path, NULL};
    cr_assert(g_spawn_async(NULL, (char **)argv, NULL,
                            G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
                                G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                            become_owner, pooler.folder, &pooler.pid, NULL));
    pooler.conninfo = g_strdup_printf("host=%s port=6432 dbname=any user=postgres", pooler.folder);
    return pooler;
}

static void
pooler_clear(Pooler *pooler)
{
    kill(pooler->pid, SIGKILL);
    waitpid(pooler->pid, NULL, 0);
    const char *argv[] = {"rm", "-rf", "--", pooler->folder, NULL};
    g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
                 NULL);
    g_free(pooler->folder);
    g_free(pooler->conninfo);
    g_free(pooler->database);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pooler, pooler_clear)

static void
assert_value(SpSession *session, const char *sql, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SpRows) rows = sp_session_query(session, sql, NULL, 0, &error);
    cr_assert_null(error, "%s", error->message);
    cr_assert_str_eq(sp_rows_get(rows, 0, 0), expected, "%s gave %s", sql, sp_rows_get(rows, 0, 0));
}

static void
assert_refused(const char *mode)
{
    const SpSessionSettings settings = {0};
    g_auto(Pooler) pooler = start_pooler(mode);
    g_autoptr(GError) error = NULL;
    g_autoptr(SpSession) session = sp_session_open(pooler.conninfo, &settings, &error);
    cr_assert_null(error, "%s", error->message);
    cr_assert_null(sp_session_query(session, "SELECT 1", NULL, 0, &error));
    cr_assert(g_error_matches(error, SP_ERROR, SP_ERROR_POOLER), "%s", error->message);
    g_clear_error(&error);
    const SpCommand command = {.sql = "SELECT 1"};
    cr_assert_not(sp_session_run(session, &command, 1, NULL, NULL, &error));
    cr_assert(g_error_matches(error, SP_ERROR, SP_ERROR_POOLER), "%s", error->message);
}

Test(pooler, is_refused_before_anything_is_written)
{
    const SpSessionSettings settings = {0};
    g_auto(Pooler) pooler = start_pooler("pool_mode = transaction");
    g_autoptr(GError) error = NULL;
    g_autoptr(SpSession) session = sp_session_open(pooler.conninfo, &settings, &error);
    const SpCommand command = {.sql = "CREATE TABLE written ()"};
    cr_assert_not(sp_session_run(session, &command, 1, NULL, NULL, &error));
    cr_assert(g_error_matches(error, SP_ERROR, SP_ERROR_POOLER), "%s", error->message);
    g_autoptr(SpSession) direct = sp_session_open(pooler.database, &settings, NULL);
    assert_value(direct, "SELECT to_regclass('written') IS NULL", "t");
}

Test(pooler, is_refused_when_it_knows_no_startup_options)
{
    assert_refused("pool_mode = transaction");
}

Test(pooler, is_refused_when_it_ignores_startup_options)
{
    assert_refused("pool_mode = transaction\nignore_startup_parameters = options");
}

static void
assert_settings_hold(const char *mode)
{
    const SpSessionSettings settings = {.statement_timeout_ms = 54321, .pool_is_session = TRUE};
    g_auto(Pooler) pooler = start_pooler(mode);
    g_autoptr(GError) error = NULL;
    g_autoptr(SpSession) session = sp_session_open(pooler.conninfo, &settings, &error);
    cr_assert_null(error, "%s", error->message);
    const SpCommand command = {.sql = "SET search_path = pg_catalog"};
    cr_assert(sp_session_run(session, &command, 1, NULL, NULL, NULL));
    cr_assert(sp_session_reset(session, NULL));
    assert_value(session, "SHOW search_path", "public");
    assert_value(session, "SHOW statement_timeout", "54321ms");
    cr_assert_not(sp_session_is_read_only(session));
}

Test(pooler, in_session_mode_gives_the_session_its_settings)
{
    assert_settings_hold("pool_mode = session");
}

Test(pooler, in_session_mode_may_ignore_startup_options)
{
    assert_settings_hold("pool_mode = session\nignore_startup_parameters = options");
}
