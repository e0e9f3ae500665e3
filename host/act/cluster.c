/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/cluster.h"

#include "act/postgres.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define SOCKET_NAME ".s.PGSQL.5432"
#define POLL_INTERVAL_US 10000
#define STOP_TIMEOUT_US (10 * G_USEC_PER_SEC)
#define QUIT_TIMEOUT_US (2 * G_USEC_PER_SEC)
#define LOG_TAIL_BYTES 2000

struct SpCluster {
    char *directory;
    char *data;
    char *log;
    char *old_log;
    char *socket_directory; /* the directory, or a short one of our own */
    char *programs;
    char *conninfo;
    pid_t host;
    uid_t uid; /* who runs the server */
    gid_t gid;
    GPid server; /* 0: none */
    gint64 start_time_s;
};

static gboolean
set_errno_error(GError **error, const char *what, const char *path)
{
    int code = errno;
    gboolean is_forbidden = code == EACCES || code == EPERM || code == EROFS;
    g_autofree char *detail = g_strdup_printf("%s.", g_strerror(code));
    return sp_error_set(error, is_forbidden ? SP_ERROR_PERMISSION : SP_ERROR_CLUSTER, detail, NULL,
                        "could not %s \"%s\"", what, path);
}

/* Only async-signal-safe calls: this runs between fork and exec. */
static void
become_user(gpointer data)
{
    const SpCluster *cluster = data;
    /* A Ctrl-C at the terminal is for the host, which then stops the server. */
    setpgid(0, 0);
    if (geteuid() == 0 && (setgroups(1, &cluster->gid) != 0 || setgid(cluster->gid) != 0 ||
                           setuid(cluster->uid) != 0))
        _exit(126);
    /* After setuid(), which clears it. The host may have died before. */
    prctl(PR_SET_PDEATHSIG, SIGINT);
    if (getppid() != cluster->host)
        _exit(126);
    umask(077);
}

static void
become_server(gpointer data)
{
    const SpCluster *cluster = data;
    become_user(data);
    /* Opened as the server's user: root must follow nothing in a folder that is not its own. */
    rename(cluster->log, cluster->old_log);
    int log = open(cluster->log, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (log < 0 || dup2(log, STDERR_FILENO) < 0)
        _exit(126);
}

static gboolean
run_tool(SpCluster *cluster, const char *const *argv, GError **error)
{
    g_autofree char *output = NULL;
    g_autofree char *problems = NULL;
    g_autoptr(GError) cause = NULL;
    int status = 0;
    if (g_spawn_sync("/", (char **)argv, NULL, G_SPAWN_DEFAULT, become_user, cluster, &output,
                     &problems, &status, &cause) &&
        g_spawn_check_wait_status(status, &cause))
        return TRUE;
    gboolean has_said = problems != NULL && *g_strstrip(problems) != '\0';
    g_autofree char *name = g_path_get_basename(argv[0]);
    return sp_error_set(error, SP_ERROR_CLUSTER, has_said ? problems : cause->message, NULL,
                        "could not run \"%s\" for the embedded cluster \"%s\"", name,
                        cluster->directory);
}

static gboolean
find_user(SpCluster *cluster, GError **error)
{
    cluster->host = getpid();
    cluster->uid = geteuid();
    cluster->gid = getegid();
    if (cluster->uid != 0)
        return TRUE;
    const struct passwd *user = getpwnam("postgres");
    if (user == NULL)
        user = getpwnam("nobody");
    if (user == NULL)
        return sp_error_set(error, SP_ERROR_PERMISSION,
                            "PostgreSQL refuses to run as root, and there is neither a user "
                            "\"postgres\" nor a user \"nobody\".",
                            "Run the host as an ordinary user.",
                            "could not find a user to run the embedded cluster");
    cluster->uid = user->pw_uid;
    cluster->gid = user->pw_gid;
    return TRUE;
}

static gboolean
adopt_directory(SpCluster *cluster, const char *directory, GError **error)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    gboolean is_ours = fd >= 0 && (geteuid() != 0 || fchown(fd, cluster->uid, cluster->gid) == 0) &&
                       fchmod(fd, 0700) == 0;
    gboolean is_done = is_ours || set_errno_error(error, "take directory", directory);
    if (fd >= 0)
        close(fd);
    return is_done;
}

/* What an interrupted start of ours leaves counts as nothing. */
static gboolean
is_empty(GDir *directory)
{
    static const char *const own_names[] = {"data.new", "server.log", "server.log.old", NULL};
    const char *name;
    while ((name = g_dir_read_name(directory)) != NULL)
        if (!g_strv_contains(own_names, name))
            return FALSE;
    return TRUE;
}

static gboolean
prepare_directory(SpCluster *cluster, GError **error)
{
    g_autofree char *parent = g_path_get_dirname(cluster->directory);
    /* Root's parents must let the server's user through. */
    if (g_mkdir_with_parents(parent, 0755) != 0)
        return set_errno_error(error, "make directory", parent);
    if (g_mkdir(cluster->directory, 0700) != 0 && errno != EEXIST)
        return set_errno_error(error, "make directory", cluster->directory);
    g_autoptr(GDir) directory = g_dir_open(cluster->directory, 0, NULL);
    if (directory == NULL)
        return set_errno_error(error, "read directory", cluster->directory);
    if (!is_empty(directory))
        return sp_error_set(error, SP_ERROR_CLUSTER,
                            "It holds other files and no PostgreSQL cluster.",
                            "Name an empty directory, or one that does not exist.",
                            "could not make an embedded cluster in \"%s\"", cluster->directory);
    return adopt_directory(cluster, cluster->directory, error);
}

/* initdb writes PG_VERSION first, so only a renamed folder is known to be whole. */
static gboolean
make_data(SpCluster *cluster, const char *const *server_options, GError **error)
{
    gboolean is_throwaway = server_options != NULL && g_strv_contains(server_options, "fsync=off");
    g_autofree char *initdb = g_build_filename(cluster->programs, "initdb", NULL);
    g_autofree char *unfinished = g_strconcat(cluster->data, ".new", NULL);
    const char *const clear[] = {"/bin/rm", "-rf", "--", unfinished, NULL};
    const char *const make[] = {initdb,
                                "-D",
                                unfinished,
                                "--auth=trust",
                                "--encoding=UTF8",
                                "--locale=C",
                                "--username=postgres",
                                is_throwaway ? "--no-sync" : NULL,
                                NULL};
    if (!run_tool(cluster, clear, error) || !run_tool(cluster, make, error))
        return FALSE;
    return g_rename(unfinished, cluster->data) == 0 ||
           set_errno_error(error, "name the data folder", cluster->data);
}

/* (transfer full): of postmaster.pid; "" when there is none. */
static char *
read_lock_file(const SpCluster *cluster)
{
    g_autofree char *path = g_build_filename(cluster->data, "postmaster.pid", NULL);
    char *text = NULL;
    return g_file_get_contents(path, &text, NULL, NULL) ? text : g_strdup("");
}

/* The pid alone proves nothing: after a reboot another process may have it. */
static gboolean
check_not_running(const SpCluster *cluster, GError **error)
{
    g_autofree char *lock = read_lock_file(cluster);
    GPid pid = (GPid)g_ascii_strtoll(lock, NULL, 10);
    g_autofree char *link = g_strdup_printf("/proc/%d/cwd", pid);
    struct stat there;
    struct stat here;
    if (pid <= 0 || stat(link, &there) != 0 || stat(cluster->data, &here) != 0 ||
        there.st_dev != here.st_dev || there.st_ino != here.st_ino)
        return TRUE;
    g_autofree char *detail = g_strdup_printf("It is process %d.", pid);
    return sp_error_set(
        error, SP_ERROR_CLUSTER, detail, "Stop it, or connect to it with --database.",
        "a server is running on the embedded cluster \"%s\" already", cluster->directory);
}

static gboolean
check_owner(const SpCluster *cluster, GError **error)
{
    struct stat data;
    if (stat(cluster->data, &data) != 0)
        return set_errno_error(error, "read directory", cluster->data);
    if (data.st_uid == cluster->uid)
        return TRUE;
    g_autofree char *detail =
        g_strdup_printf("It belongs to the user with id %u; the server would run as %u.",
                        data.st_uid, cluster->uid);
    return sp_error_set(error, SP_ERROR_PERMISSION, detail, NULL,
                        "embedded cluster \"%s\" belongs to another user", cluster->directory);
}

static gboolean
prepare_data(SpCluster *cluster, const char *const *server_options, GError **error)
{
    g_autofree char *path = g_build_filename(cluster->data, "PG_VERSION", NULL);
    g_autofree char *version = NULL;
    gboolean is_made = g_file_get_contents(path, &version, NULL, NULL);
    cluster->programs = sp_postgres_find_programs(is_made ? g_strchomp(version) : NULL, error);
    if (cluster->programs == NULL)
        return FALSE;
    if (is_made)
        return check_owner(cluster, error) && check_not_running(cluster, error);
    return prepare_directory(cluster, error) && make_data(cluster, server_options, error);
}

/* A socket's path holds 107 bytes, and libpq splits a host at commas. */
static gboolean
choose_socket_directory(SpCluster *cluster, GError **error)
{
    gsize length = strlen(cluster->directory) + strlen("/" SOCKET_NAME);
    if (length < sizeof((struct sockaddr_un){0}.sun_path) &&
        strpbrk(cluster->directory, ",\"") == NULL) {
        cluster->socket_directory = g_strdup(cluster->directory);
        return TRUE;
    }
    g_autofree char *folder = g_build_filename(g_get_tmp_dir(), "sp-host-XXXXXX", NULL);
    if (g_mkdtemp(folder) == NULL)
        return set_errno_error(error, "make directory", folder);
    cluster->socket_directory = g_steal_pointer(&folder);
    return adopt_directory(cluster, cluster->socket_directory, error);
}

static gboolean
spawn_server(SpCluster *cluster, const char *const *server_options, GError **error)
{
    g_autofree char *postgres = g_build_filename(cluster->programs, "postgres", NULL);
    g_autofree char *socket_setting =
        g_strconcat("unix_socket_directories=", cluster->socket_directory, NULL);
    const char *const fixed[] = {
        postgres,
        "-D",
        cluster->data,
        "-p",
        "5432",
        "-c",
        "listen_addresses=",
        "-c",
        socket_setting,
        "-c",
        "unix_socket_permissions=0700",
    };
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    for (guint i = 0; i < G_N_ELEMENTS(fixed); i++)
        g_ptr_array_add(argv, (gpointer)fixed[i]);
    for (; server_options != NULL && *server_options != NULL; server_options++) {
        g_ptr_array_add(argv, (gpointer) "-c");
        g_ptr_array_add(argv, (gpointer)*server_options);
    }
    g_ptr_array_add(argv, NULL);
    cluster->start_time_s = g_get_real_time() / G_USEC_PER_SEC;
    g_autoptr(GError) cause = NULL;
    return g_spawn_async("/", (char **)argv->pdata, NULL,
                         G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL, become_server,
                         cluster, &cluster->server, &cause) ||
           sp_error_set(error, SP_ERROR_CLUSTER, cause->message, NULL, "could not run \"%s\"",
                        postgres);
}

static gboolean
has_ended(SpCluster *cluster)
{
    if (cluster->server != 0 && waitpid(cluster->server, NULL, WNOHANG) != 0)
        cluster->server = 0;
    return cluster->server == 0;
}

static gboolean
wait_for_end(SpCluster *cluster, gint64 timeout_us)
{
    gint64 deadline = g_get_monotonic_time() + timeout_us;
    while (!has_ended(cluster) && g_get_monotonic_time() < deadline)
        g_usleep(POLL_INTERVAL_US);
    return cluster->server == 0;
}

/* (transfer full) (nullable) */
static char *
read_log_tail(const SpCluster *cluster)
{
    g_autofree char *text = NULL;
    gsize length = 0;
    if (!g_file_get_contents(cluster->log, &text, &length, NULL) || length == 0)
        return NULL;
    const char *tail = length > LOG_TAIL_BYTES ? text + length - LOG_TAIL_BYTES : text;
    const char *line = tail > text ? strchr(tail, '\n') : NULL;
    return g_strstrip(g_utf8_make_valid(line != NULL ? line : tail, -1));
}

/* A file that a killed server left may hold the pid of the new one, as in a container: its time is
 * older then. */
static gboolean
is_ready(const SpCluster *cluster)
{
    enum { PID = 0, START_TIME = 2, STATUS = 7 };
    g_autofree char *lock = read_lock_file(cluster);
    g_auto(GStrv) lines = g_strsplit(lock, "\n", -1);
    return g_strv_length(lines) > STATUS &&
           g_ascii_strtoll(lines[PID], NULL, 10) == cluster->server &&
           g_ascii_strtoll(lines[START_TIME], NULL, 10) >= cluster->start_time_s &&
           g_str_has_prefix(lines[STATUS], "ready");
}

/* No deadline: recovery after a crash takes as long as it takes, and a server that cannot start
 * ends. */
static gboolean
wait_until_ready(SpCluster *cluster, GError **error)
{
    while (!has_ended(cluster)) {
        if (is_ready(cluster))
            return TRUE;
        g_usleep(POLL_INTERVAL_US);
    }
    g_autofree char *log = read_log_tail(cluster);
    return sp_error_set(error, SP_ERROR_CLUSTER, log, NULL,
                        "could not start the embedded cluster \"%s\"", cluster->directory);
}

static char *
build_conninfo(const char *socket_directory)
{
    GString *host = g_string_new(socket_directory);
    g_string_replace(host, "\\", "\\\\", 0);
    g_string_replace(host, "'", "\\'", 0);
    g_string_prepend(host, "host='");
    g_string_append(host, "' port=5432 dbname=postgres user=postgres");
    return g_string_free(host, FALSE);
}

SpCluster *
sp_cluster_start(const SpClusterOptions *options, GError **error)
{
    g_return_val_if_fail(options != NULL && options->directory != NULL, NULL);
    g_autoptr(SpCluster) cluster = g_new0(SpCluster, 1);
    cluster->directory = g_canonicalize_filename(options->directory, NULL);
    cluster->data = g_build_filename(cluster->directory, "data", NULL);
    cluster->log = g_build_filename(cluster->directory, "server.log", NULL);
    cluster->old_log = g_strconcat(cluster->log, ".old", NULL);
    if (!find_user(cluster, error) || !prepare_data(cluster, options->server_options, error) ||
        !choose_socket_directory(cluster, error) ||
        !spawn_server(cluster, options->server_options, error) || !wait_until_ready(cluster, error))
        return NULL;
    cluster->conninfo = build_conninfo(cluster->socket_directory);
    return g_steal_pointer(&cluster);
}

const char *
sp_cluster_get_conninfo(const SpCluster *cluster)
{
    g_return_val_if_fail(cluster != NULL, NULL);
    return cluster->conninfo;
}

static void
end_server(SpCluster *cluster)
{
    static const struct {
        int signal;
        gint64 timeout_us;
    } step_table[] = {
        {SIGINT, STOP_TIMEOUT_US},
        {SIGQUIT, QUIT_TIMEOUT_US},
        {SIGKILL, G_MAXINT32},
    };
    for (guint i = 0; i < G_N_ELEMENTS(step_table) && !has_ended(cluster); i++) {
        kill(cluster->server, step_table[i].signal);
        wait_for_end(cluster, step_table[i].timeout_us);
    }
}

static void
remove_socket_directory(SpCluster *cluster)
{
    static const char *const names[] = {SOCKET_NAME, SOCKET_NAME ".lock"};
    if (g_strcmp0(cluster->socket_directory, cluster->directory) == 0)
        return;
    /* A server that was killed leaves them. */
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(cluster->socket_directory, names[i], NULL);
        g_unlink(path);
    }
    g_rmdir(cluster->socket_directory);
}

void
sp_cluster_stop(SpCluster *cluster)
{
    if (cluster == NULL)
        return;
    end_server(cluster);
    if (cluster->socket_directory != NULL)
        remove_socket_directory(cluster);
    g_free(cluster->directory);
    g_free(cluster->data);
    g_free(cluster->log);
    g_free(cluster->old_log);
    g_free(cluster->socket_directory);
    g_free(cluster->programs);
    g_free(cluster->conninfo);
    g_free(cluster);
}

char *
sp_cluster_default_directory(void)
{
    const char *state = g_getenv("STATE_DIRECTORY");
    if (state != NULL && *state != '\0') {
        /* systemd separates several by colons. */
        g_autofree char *first = g_strndup(state, strcspn(state, ":"));
        return g_build_filename(first, "embedded", NULL);
    }
    /* Root's own folder is closed to the user that the server runs as. */
    const char *data = geteuid() == 0 ? "/var/lib" : g_get_user_data_dir();
    return g_build_filename(data, "sp-host", "embedded", NULL);
}
