/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/cluster.h"

#include "act/ledger.h"
#include "base/error.h"
#include "edge/session.h"
#include "support/install.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SERVER_START_TIMEOUT_US (20 * G_USEC_PER_SEC)

/* A folder that is removed at the end of its scope. */
typedef char Folder;

static void
folder_remove(Folder *folder)
{
    const char *argv[] = {"rm", "-rf", "--", folder, NULL};
    g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
                 NULL);
    g_free(folder);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Folder, folder_remove)

/* Open to the user that the server runs as when the test is root. */
static Folder *
make_folder(void)
{
    char *folder = g_dir_make_tmp("sp-test-XXXXXX", NULL);
    g_chmod(folder, 0755);
    return folder;
}

static SpCluster *
start_with(const char *directory, const char *option, GError **error)
{
    const char *const server_options[] = {"fsync=off", option, NULL};
    const SpClusterOptions options = {directory, server_options};
    return sp_cluster_start(&options, error);
}

static SpCluster *
start(const char *directory)
{
    g_autoptr(GError) error = NULL;
    SpCluster *cluster = start_with(directory, NULL, &error);
    cr_assert_null(error, "%s: %s", error->message, sp_error_detail(error));
    return cluster;
}

static SpSession *
open_session(const SpCluster *cluster)
{
    const SpSessionSettings settings = {0};
    g_autoptr(GError) error = NULL;
    SpSession *session = sp_session_open(sp_cluster_get_conninfo(cluster), &settings, &error);
    cr_assert_null(error, "%s: %s", error->message, sp_error_detail(error));
    return session;
}

static void
assert_value(const SpCluster *cluster, const char *sql, const char *expected)
{
    g_autoptr(SpSession) session = open_session(cluster);
    g_autoptr(SpRows) rows = sp_session_query(session, sql, NULL, 0, NULL);
    cr_assert_not_null(rows);
    cr_assert_str_eq(sp_rows_get(rows, 0, 0), expected, "%s gave %s", sql, sp_rows_get(rows, 0, 0));
}

static void
execute(const SpCluster *cluster, const char *sql)
{
    g_autoptr(SpSession) session = open_session(cluster);
    const SpCommand command = {.sql = sql};
    cr_assert(sp_session_run(session, &command, 1, NULL, NULL, NULL));
}

static pid_t
server_of(const char *directory)
{
    g_autofree char *path = g_build_filename(directory, "data", "postmaster.pid", NULL);
    g_autofree char *text = NULL;
    return g_file_get_contents(path, &text, NULL, NULL) ? atoi(text) : 0;
}

static gboolean
vanishes(pid_t pid)
{
    gint64 deadline = g_get_monotonic_time() + SERVER_START_TIMEOUT_US;
    while (kill(pid, 0) == 0 && g_get_monotonic_time() < deadline)
        g_usleep(10000);
    return kill(pid, 0) != 0 && errno == ESRCH;
}

static void
become_nobody(void)
{
    const struct passwd *nobody = getpwnam("nobody");
    if (geteuid() != 0)
        return;
    cr_assert_eq(setgid(nobody->pw_gid), 0);
    cr_assert_eq(setuid(nobody->pw_uid), 0);
}

Test(cluster, makes_a_utf8_cluster_without_tcp)
{
    g_autoptr(Folder) folder = make_folder();
    g_autofree char *directory = g_build_filename(folder, "some", "where", NULL);
    g_autoptr(SpCluster) cluster = start(directory);
    assert_value(cluster, "SHOW server_encoding", "UTF8");
    assert_value(cluster, "SHOW lc_collate", "C");
    assert_value(cluster, "SHOW listen_addresses", "");
    assert_value(cluster, "SHOW fsync", "off");
    assert_value(cluster, "SELECT current_user || current_database()", "postgrespostgres");
}

Test(cluster, shuts_others_out)
{
    g_autoptr(Folder) folder = make_folder();
    g_autofree char *directory = g_build_filename(folder, "cluster", NULL);
    g_autofree char *socket = g_build_filename(directory, ".s.PGSQL.5432", NULL);
    g_autoptr(SpCluster) cluster = start(directory);
    GStatBuf found;
    cr_assert_eq(g_stat(directory, &found), 0);
    cr_assert_eq(found.st_mode & 07777, 0700);
    cr_assert_eq(g_stat(socket, &found), 0);
    cr_assert_eq(found.st_mode & 07777, 0700);
    cr_assert_neq(found.st_uid, 0);
}

Test(cluster, works_for_an_ordinary_user)
{
    become_nobody();
    g_autoptr(Folder) folder = make_folder();
    g_autoptr(SpCluster) cluster = start(folder);
    GStatBuf found;
    cr_assert_eq(g_stat(folder, &found), 0);
    cr_assert_eq(found.st_uid, geteuid());
    assert_value(cluster, "SELECT 1", "1");
}

Test(cluster, keeps_its_data)
{
    g_autoptr(Folder) folder = make_folder();
    g_autoptr(SpCluster) first = start(folder);
    execute(first, "CREATE TABLE t AS SELECT 42 AS id");
    g_clear_pointer(&first, sp_cluster_stop);
    g_autoptr(SpCluster) second = start(folder);
    assert_value(second, "SELECT id FROM t", "42");
}

Test(cluster, stops_the_server_even_with_a_session_open)
{
    g_autoptr(Folder) folder = make_folder();
    SpCluster *cluster = start(folder);
    g_autoptr(SpSession) session = open_session(cluster);
    pid_t server = server_of(folder);
    cr_assert_gt(server, 0);
    sp_cluster_stop(cluster);
    cr_assert_neq(kill(server, 0), 0);
    cr_assert_eq(server_of(folder), 0);
}

Test(cluster, refuses_a_directory_with_a_running_server_and_names_it)
{
    g_autoptr(Folder) folder = make_folder();
    g_autoptr(SpCluster) cluster = start(folder);
    g_autoptr(GError) error = NULL;
    g_autofree char *pid = g_strdup_printf(" %d.", server_of(folder));
    cr_assert_null(start_with(folder, NULL, &error));
    cr_assert(g_error_matches(error, SP_ERROR, SP_ERROR_CLUSTER));
    cr_assert_not_null(strstr(sp_error_detail(error), pid));
    assert_value(cluster, "SELECT 1", "1");
}

Test(cluster, recovers_after_a_crash)
{
    g_autoptr(Folder) folder = make_folder();
    SpCluster *crashed = start(folder);
    kill(server_of(folder), SIGKILL);
    sp_cluster_stop(crashed);
    cr_assert_neq(server_of(folder), 0);
    g_autoptr(SpCluster) cluster = start(folder);
    assert_value(cluster, "SELECT 1", "1");
}

Test(cluster, is_not_misled_by_another_process_with_the_old_pid)
{
    g_autoptr(Folder) folder = make_folder();
    SpCluster *crashed = start(folder);
    kill(server_of(folder), SIGKILL);
    sp_cluster_stop(crashed);
    g_autofree char *path = g_build_filename(folder, "data", "postmaster.pid", NULL);
    g_autofree char *text = NULL;
    cr_assert(g_file_get_contents(path, &text, NULL, NULL));
    g_autofree char *other = g_strdup_printf("%d%s", getpid(), strchr(text, '\n'));
    FILE *file = fopen(path, "w");
    fputs(other, file);
    fclose(file);
    g_autoptr(SpCluster) cluster = start(folder);
    assert_value(cluster, "SELECT 1", "1");
}

Test(cluster, passes_on_what_the_server_says_of_an_empty_lock_file)
{
    become_nobody();
    g_autoptr(Folder) folder = make_folder();
    sp_cluster_stop(start(folder));
    g_autofree char *path = g_build_filename(folder, "data", "postmaster.pid", NULL);
    g_autoptr(GError) error = NULL;
    cr_assert(g_file_set_contents(path, "", 0, NULL));
    cr_assert_null(start_with(folder, NULL, &error));
    cr_assert(g_error_matches(error, SP_ERROR, SP_ERROR_CLUSTER));
    cr_assert_not_null(strstr(sp_error_detail(error), "is empty"));
}

Test(cluster, makes_again_what_an_interrupted_start_left)
{
    become_nobody();
    g_autoptr(Folder) folder = make_folder();
    g_autofree char *unfinished = g_build_filename(folder, "data.new", NULL);
    g_autofree char *version = g_build_filename(unfinished, "PG_VERSION", NULL);
    cr_assert_eq(g_mkdir(unfinished, 0700), 0);
    cr_assert(g_file_set_contents(version, "15\n", -1, NULL));
    g_autoptr(SpCluster) cluster = start(folder);
    assert_value(cluster, "SELECT 1", "1");
}

Test(cluster, refuses_a_directory_that_holds_other_things)
{
    g_autoptr(Folder) folder = make_folder();
    g_autofree char *file = g_build_filename(folder, "precious.txt", NULL);
    g_autoptr(GError) error = NULL;
    cr_assert(g_file_set_contents(file, "x", 1, NULL));
    cr_assert_null(start_with(folder, NULL, &error));
    cr_assert(g_error_matches(error, SP_ERROR, SP_ERROR_CLUSTER));
    g_clear_error(&error);
    cr_assert_null(start_with(file, NULL, &error));
    cr_assert(g_error_matches(error, SP_ERROR, SP_ERROR_CLUSTER));
    cr_assert(g_file_test(file, G_FILE_TEST_IS_REGULAR));
}

Test(cluster, refuses_a_cluster_of_another_user)
{
    if (geteuid() != 0)
        cr_skip_test("needs root");
    g_autoptr(Folder) folder = make_folder();
    g_autoptr(GError) error = NULL;
    g_autofree char *data = g_build_filename(folder, "data", NULL);
    sp_cluster_stop(start(folder));
    cr_assert_eq(chown(data, 4711, 4711), 0);
    cr_assert_null(start_with(folder, NULL, &error));
    cr_assert(g_error_matches(error, SP_ERROR, SP_ERROR_PERMISSION));
    cr_assert_not_null(strstr(sp_error_detail(error), "4711"));
}

Test(cluster, says_that_a_directory_cannot_be_made)
{
    become_nobody();
    g_autoptr(GError) error = NULL;
    cr_assert_null(start_with("/sp-test-forbidden/cluster", NULL, &error));
    cr_assert(g_error_matches(error, SP_ERROR, SP_ERROR_PERMISSION));
}

Test(cluster, shows_the_log_of_a_server_that_does_not_start)
{
    g_autoptr(Folder) folder = make_folder();
    g_autoptr(GError) error = NULL;
    cr_assert_null(start_with(folder, "no_such_setting=1", &error));
    cr_assert(g_error_matches(error, SP_ERROR, SP_ERROR_CLUSTER));
    cr_assert_not_null(strstr(sp_error_detail(error), "no_such_setting"));
    g_autoptr(SpCluster) cluster = start(folder);
    assert_value(cluster, "SELECT 1", "1");
}

Test(cluster, works_in_a_directory_with_any_name)
{
    g_autoptr(Folder) folder = make_folder();
    g_autofree char *long_name = g_strnfill(200, 'x');
    const char *names[] = {"it's \\ a name", "one,\"two\"", long_name};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *directory = g_build_filename(folder, names[i], NULL);
        g_autoptr(SpCluster) cluster = start(directory);
        assert_value(cluster, "SELECT 1", "1");
    }
}

Test(cluster, removes_the_short_socket_folder)
{
    g_autoptr(Folder) folder = make_folder();
    g_autofree char *directory = g_build_filename(folder, "one,two", NULL);
    g_autoptr(SpCluster) cluster = start(directory);
    g_auto(GStrv) parts = g_strsplit(sp_cluster_get_conninfo(cluster), "'", 3);
    cr_assert(g_file_test(parts[1], G_FILE_TEST_IS_DIR));
    kill(server_of(directory), SIGKILL);
    g_clear_pointer(&cluster, sp_cluster_stop);
    cr_assert_not(g_file_test(parts[1], G_FILE_TEST_EXISTS));
}

Test(cluster, a_ctrl_c_does_not_reach_the_server)
{
    g_autoptr(Folder) folder = make_folder();
    g_autoptr(SpCluster) cluster = start(folder);
    cr_assert_neq(getpgid(server_of(folder)), getpgrp());
}

Test(cluster, the_server_ends_with_a_host_that_is_killed)
{
    g_autoptr(Folder) folder = make_folder();
    pid_t host = fork();
    if (host == 0) {
        start(folder);
        pause();
    }
    gint64 deadline = g_get_monotonic_time() + SERVER_START_TIMEOUT_US;
    while (server_of(folder) == 0 && g_get_monotonic_time() < deadline)
        g_usleep(10000);
    pid_t server = server_of(folder);
    cr_assert_gt(server, 0);
    kill(host, SIGKILL);
    waitpid(host, NULL, 0);
    cr_assert(vanishes(server));
}

static gpointer
open_in_thread(gpointer conninfo)
{
    const SpSessionSettings settings = {0};
    return sp_session_open(conninfo, &settings, NULL);
}

Test(cluster, a_session_waits_for_a_server_that_is_not_up_yet)
{
    g_autoptr(Folder) folder = make_folder();
    g_autoptr(SpCluster) cluster = start(folder);
    g_autofree char *conninfo = g_strdup(sp_cluster_get_conninfo(cluster));
    g_clear_pointer(&cluster, sp_cluster_stop);
    GThread *thread = g_thread_new("session", open_in_thread, conninfo);
    g_usleep(200000);
    cluster = start(folder);
    g_autoptr(SpSession) session = g_thread_join(thread);
    cr_assert_not_null(session);
}

Test(cluster, a_standby_is_read_only_and_shows_the_ledger, .timeout = 60)
{
    become_nobody();
    g_autoptr(Folder) folder = make_folder();
    g_autoptr(Folder) copy = make_folder();
    g_autoptr(SpCluster) primary = start(folder);
    g_autoptr(SpSession) writer = open_session(primary);
    cr_assert(sp_ledger_ensure(writer, NULL, NULL));
    g_autofree char *data = g_build_filename(copy, "data", NULL);
    const char *argv[] = {"pg_basebackup",
                          "-R",
                          "-N",
                          "-c",
                          "fast",
                          "--pgdata",
                          data,
                          "-d",
                          sp_cluster_get_conninfo(primary),
                          NULL};
    cr_assert(g_spawn_sync("/", (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
                           NULL, NULL));
    g_autoptr(SpCluster) standby = start(copy);
    g_autoptr(SpSession) session = open_session(standby);
    cr_assert(sp_session_is_read_only(session));
    cr_assert_not(sp_session_is_read_only(writer));
    g_autoptr(SpDeclared) nothing = sp_test_declared(SP_TEST_VTABLES(NULL));
    g_autoptr(SpHistory) history = sp_ledger_read(session, nothing, NULL);
    cr_assert(history != NULL && sp_history_has_ledger(history));
    const SpCommand command = {.sql = "CREATE TABLE t ()"};
    g_autoptr(GError) error = NULL;
    cr_assert_not(sp_session_run(session, &command, 1, NULL, NULL, &error));
    cr_assert(g_error_matches(error, SP_ERROR, SP_ERROR_STANDBY));
}

Test(cluster, lies_in_the_state_directory_by_default)
{
    g_setenv("STATE_DIRECTORY", "/state/one:/state/two", TRUE);
    g_autofree char *under_systemd = sp_cluster_default_directory();
    cr_assert_str_eq(under_systemd, "/state/one/embedded");
    g_unsetenv("STATE_DIRECTORY");
    g_autofree char *otherwise = sp_cluster_default_directory();
    cr_assert(g_str_has_suffix(otherwise, "/sp-host/embedded"));
}
