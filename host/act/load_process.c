/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/load_process.h"

#include "act/load_child.h"
#include "base/error.h"
#include "base/fd.h"
#include "edge/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

/* More than a pipe holds, so that one read takes all that a process left behind. */
#define CHUNK (128u << 10)
#define TAIL_MAX (4u << 10)

struct SpLoadProcess {
    GSubprocess *subprocess;
    pid_t pid;
    GMainContext *context;
    int reply_fd;
    int output_fd;
    gboolean has_ended;
    gboolean is_overdue;
    guint8 nonce[SP_LOAD_NONCE_SIZE];
    GByteArray *incoming;
    GString *tail;
};

/* What a sanitizer in the host itself needs to be told; a host without one passes nothing on. To
 * look for leaks takes a process, and the plugin may well be the one that exits. */
static const char *const passed_on[][2] = {
#ifdef __SANITIZE_ADDRESS__
    {"ASAN_OPTIONS", ":detect_leaks=0"},
    {"UBSAN_OPTIONS", ""},
#endif
    {NULL, NULL},
};

void
sp_load_reply_clear(SpLoadReply *reply)
{
    g_clear_pointer(&reply->payload, g_bytes_unref);
}

static gboolean
refuse_start(GError **error, const char *reason)
{
    return sp_error_set(error, SP_ERROR_INTERNAL, reason, NULL,
                        "could not start a process to load plugins in");
}

static int
seal_request(GBytes *request)
{
    gsize size;
    gconstpointer data = g_bytes_get_data(request, &size);
    sp_autofd int fd = memfd_create("sp-load-request", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    if (fd < 0 || !sp_fd_write_all(fd, data, size) || fcntl(fd, F_ADD_SEALS, seals) != 0)
        return -1;
    return sp_fd_steal(&fd);
}

static int
duplicate(int fd)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

static void
set_environment(GSubprocessLauncher *launcher)
{
    g_auto(GStrv) environment = g_environ_setenv(NULL, "LC_ALL", "C", TRUE);
    for (guint i = 0; passed_on[i][0] != NULL; i++) {
        const char *options = g_getenv(passed_on[i][0]);
        g_autofree char *value = g_strconcat(options ? options : "", passed_on[i][1], NULL);
        environment = g_environ_setenv(environment, passed_on[i][0], value, TRUE);
    }
    g_subprocess_launcher_set_environ(launcher, environment);
}

static gboolean
open_pipe(int *out_read, int *out_write)
{
    int ends[2];
    if (!g_unix_open_pipe(ends, FD_CLOEXEC, NULL))
        return FALSE;
    *out_read = ends[0];
    *out_write = ends[1];
    return g_unix_set_fd_nonblocking(*out_read, TRUE, NULL);
}

static gboolean
take_sealed(GSubprocessLauncher *launcher, const int *sealed_fds, gsize n)
{
    for (gsize i = 0; sealed_fds != NULL && i < n; i++) {
        int fd = duplicate(sealed_fds[i]);
        if (fd < 0)
            return FALSE;
        g_subprocess_launcher_take_fd(launcher, fd, SP_LOAD_SEALED_FD + (int)i);
    }
    return TRUE;
}

static gboolean
spawn(SpLoadProcess *process, GSubprocessLauncher *launcher, const char *executable,
      int directory_fd, GBytes *request, GError **error)
{
    sp_autofd int request_fd = seal_request(request);
    sp_autofd int directory = duplicate(directory_fd);
    sp_autofd int reply = -1;
    sp_autofd int output = -1;
    sp_autofd int output_too = -1;
    if (request_fd < 0 || directory < 0 || !open_pipe(&process->reply_fd, &reply) ||
        !open_pipe(&process->output_fd, &output) || (output_too = duplicate(output)) < 0)
        return refuse_start(error, g_strerror(errno));

    set_environment(launcher);
    g_subprocess_launcher_take_fd(launcher, sp_fd_steal(&request_fd), SP_LOAD_REQUEST_FD);
    g_subprocess_launcher_take_fd(launcher, sp_fd_steal(&directory), SP_LOAD_DIRECTORY_FD);
    g_subprocess_launcher_take_fd(launcher, sp_fd_steal(&reply), SP_LOAD_REPLY_FD);
    g_subprocess_launcher_take_stdout_fd(launcher, sp_fd_steal(&output));
    g_subprocess_launcher_take_stderr_fd(launcher, sp_fd_steal(&output_too));
    g_autoptr(GError) cause = NULL;
    process->subprocess =
        g_subprocess_launcher_spawn(launcher, &cause, executable, SP_LOAD_CHILD_WORD, NULL);
    return process->subprocess != NULL || refuse_start(error, cause->message);
}

static gboolean
on_overdue(gpointer data)
{
    SpLoadProcess *process = data;
    process->is_overdue = TRUE;
    return G_SOURCE_REMOVE;
}

static gboolean
on_reply(gint fd, GIOCondition condition, gpointer data)
{
    SpLoadProcess *process = data;
    guint length = process->incoming->len;
    g_byte_array_set_size(process->incoming, length + CHUNK);
    gssize got = read(fd, process->incoming->data + length, CHUNK);
    g_byte_array_set_size(process->incoming, length + (guint)MAX(got, 0));
    return got != 0;
}

static gboolean
on_output(gint fd, GIOCondition condition, gpointer data)
{
    SpLoadProcess *process = data;
    g_autofree char *chunk = g_malloc(CHUNK);
    gssize got = read(fd, chunk, CHUNK);
    g_string_append_len(process->tail, chunk, MAX(got, 0));
    if (process->tail->len > TAIL_MAX)
        g_string_erase(process->tail, 0, (gssize)(process->tail->len - TAIL_MAX));
    return got != 0;
}

/* That the process ended is asked of the process: a plugin may close the pipe and live on, or die
 * and leave the pipe to a child of its own. What was sent before the end is still in the pipes. */
static void
on_end(GObject *subprocess, GAsyncResult *result, gpointer data)
{
    SpLoadProcess *process = data;
    g_subprocess_wait_finish(process->subprocess, result, NULL);
    on_reply(process->reply_fd, G_IO_IN, process);
    on_output(process->output_fd, G_IO_IN, process);
    process->has_ended = TRUE;
}

static void
add_source(SpLoadProcess *process, GSource *source, GSourceFunc callback)
{
    g_source_set_callback(source, callback, process, NULL);
    g_source_attach(source, process->context);
    g_source_unref(source);
}

/* The identifier is only there while the process is; so the child waits for the end of its stdin
 * before it runs a plugin, which might start processes that need to be killed. */
static void
identify(SpLoadProcess *process)
{
    const char *identifier = g_subprocess_get_identifier(process->subprocess);
    process->pid = identifier != NULL ? (pid_t)g_ascii_strtoll(identifier, NULL, 10) : 0;
    g_output_stream_close(g_subprocess_get_stdin_pipe(process->subprocess), NULL, NULL);
}

static void
watch(SpLoadProcess *process)
{
    process->context = g_main_context_new();
    add_source(process, g_unix_fd_source_new(process->reply_fd, G_IO_IN), G_SOURCE_FUNC(on_reply));
    add_source(process, g_unix_fd_source_new(process->output_fd, G_IO_IN),
               G_SOURCE_FUNC(on_output));
    g_main_context_push_thread_default(process->context);
    g_subprocess_wait_async(process->subprocess, NULL, on_end, process);
    g_main_context_pop_thread_default(process->context);
}

SpLoadProcess *
sp_load_process_start(const char *executable, int directory_fd, const int *sealed_fds,
                      guint64 cpu_seconds, GArray *plugins, GError **error)
{
    g_autoptr(SpLoadProcess) process = g_new0(SpLoadProcess, 1);
    process->reply_fd = process->output_fd = -1;
    process->incoming = g_byte_array_new();
    process->tail = g_string_new(NULL);
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDIN_PIPE);
    SpLoadRequest orders = {.parent = (guint32)getpid(),
                            .cpu_seconds = cpu_seconds,
                            .are_sealed = sealed_fds != NULL,
                            .plugins = plugins};
    if (getentropy(process->nonce, sizeof process->nonce) != 0 ||
        !take_sealed(launcher, sealed_fds, plugins->len)) {
        refuse_start(error, g_strerror(errno));
        return NULL;
    }
    memcpy(orders.nonce, process->nonce, sizeof orders.nonce);
    g_autoptr(GBytes) request = sp_load_request_write(&orders);
    if (!spawn(process, launcher, executable, directory_fd, request, error))
        return NULL;
    identify(process);
    watch(process);
    return g_steal_pointer(&process);
}

/* Whatever the plugins started is in the child's process group, and still there when the child
 * itself is not. */
static void
kill_all(SpLoadProcess *process)
{
    if (process->pid > 0)
        kill(-process->pid, SIGKILL);
    process->pid = 0;
    g_subprocess_force_exit(process->subprocess);
    while (!process->has_ended)
        g_main_context_iteration(process->context, TRUE);
}

void
sp_load_process_free(SpLoadProcess *process)
{
    if (process == NULL)
        return;
    if (process->subprocess != NULL)
        kill_all(process);
    g_clear_object(&process->subprocess);
    g_clear_pointer(&process->context, g_main_context_unref);
    sp_fd_clear(&process->reply_fd);
    sp_fd_clear(&process->output_fd);
    g_byte_array_unref(process->incoming);
    g_string_free(process->tail, TRUE);
    g_free(process);
}

/* Returns FALSE while the frame is not complete. */
static gboolean
take_frame(SpLoadProcess *process, SpLoadEvent *out_event, SpLoadReply *out_reply)
{
    SpLoadFrame frame;
    if (process->incoming->len < sizeof frame)
        return FALSE;
    memcpy(&frame, process->incoming->data, sizeof frame);
    *out_event = SP_LOAD_EVENT_GARBAGE;
    if (!sp_load_frame_is_valid(&frame, process->nonce))
        return TRUE;
    if (process->incoming->len - sizeof frame < frame.length)
        return FALSE;
    *out_event = SP_LOAD_EVENT_FRAME;
    *out_reply = (SpLoadReply){
        .kind = frame.kind,
        .index = frame.index,
        .payload = g_bytes_new(process->incoming->data + sizeof frame, frame.length),
    };
    g_byte_array_remove_range(process->incoming, 0, (guint)sizeof frame + frame.length);
    return TRUE;
}

SpLoadEvent
sp_load_process_wait(SpLoadProcess *process, guint timeout_ms, SpLoadReply *out_reply)
{
    SpLoadEvent event;
    if (take_frame(process, &event, out_reply))
        return event;
    process->is_overdue = FALSE;
    g_autoptr(GSource) deadline = g_timeout_source_new(timeout_ms);
    g_source_set_callback(deadline, on_overdue, process, NULL);
    g_source_attach(deadline, process->context);
    gboolean has_frame = FALSE;
    while (!has_frame && !process->has_ended && !process->is_overdue) {
        g_main_context_iteration(process->context, TRUE);
        has_frame = take_frame(process, &event, out_reply);
    }
    g_source_destroy(deadline);
    if (has_frame)
        return event;
    return process->has_ended ? SP_LOAD_EVENT_ENDED : SP_LOAD_EVENT_OVERDUE;
}

static char *
describe_end(SpLoadProcess *process, const char *sentence)
{
    g_autofree char *output = g_utf8_make_valid(process->tail->str, (gssize)process->tail->len);
    g_strchomp(output);
    return *output != '\0' ? g_strdup_printf("%s Its last output:\n%s", sentence, output)
                           : g_strdup(sentence);
}

/* @sentence: (transfer full) */
static GError *
fail(SpLoadProcess *process, SpErrorCode code, const char *plugin, const char *did, char *sentence)
{
    g_autofree char *detail = describe_end(process, sentence);
    g_free(sentence);
    return sp_error_new(code, detail, NULL, "plugin \"%s\" %s", plugin, did);
}

static GError *
fail_of_forbidden_call(SpLoadProcess *process, const char *plugin, gint32 call)
{
    g_autofree char *name = call >= 0 ? sp_seccomp_name(call) : NULL;
    char *sentence =
        name != NULL ? g_strdup_printf("It called %s(), which was not carried out.", name)
                     : g_strdup("The call was not carried out. Which one it was is unknown: it had "
                                "blocked SIGSYS, or used the numbers of another architecture.");
    return fail(process, SP_ERROR_LOAD_FORBIDDEN, plugin,
                "made a forbidden system call while it was loaded", sentence);
}

static GError *
fail_of_signal(SpLoadProcess *process, const char *plugin, int signal)
{
    if (signal == SIGSYS)
        return fail_of_forbidden_call(process, plugin, -1);
    if (signal == SIGXCPU)
        return fail(process, SP_ERROR_LOAD_TIMEOUT, plugin, "took too long to load",
                    g_strdup("It used up the processor time of the process that loaded it."));
    const char *name = sigabbrev_np(signal);
    return fail(process, SP_ERROR_LOAD_CRASHED, plugin, "crashed while it was loaded",
                g_strdup_printf("SIG%s ended the process that loaded it.", name ? name : "?"));
}

static GError *
fail_of_exit(SpLoadProcess *process, const char *plugin, int status)
{
    const GByteArray *incoming = process->incoming;
    gint32 call = -1;
    if (status == SP_LOAD_EXIT_FORBIDDEN && incoming->len >= sizeof call)
        memcpy(&call, incoming->data + incoming->len - sizeof call, sizeof call);
    if (status == SP_LOAD_EXIT_FORBIDDEN)
        return fail_of_forbidden_call(process, plugin, call);
    if (status == SP_LOAD_EXIT_MUTE)
        return fail(process, SP_ERROR_LOAD_PROTOCOL, plugin, "disturbed its own loading",
                    g_strdup("It closed or replaced the descriptor that the host listens on."));
    return fail(process, SP_ERROR_LOAD_EXITED, plugin, "exited while it was loaded",
                g_strdup_printf("It ended the process that loaded it, with status %d.", status));
}

GError *
sp_load_process_fail(SpLoadProcess *process, SpLoadEvent event, const char *plugin)
{
    kill_all(process);
    if (event == SP_LOAD_EVENT_OVERDUE)
        return fail(process, SP_ERROR_LOAD_TIMEOUT, plugin, "took too long to load",
                    g_strdup("The process that loaded it was killed."));
    if (event != SP_LOAD_EVENT_ENDED)
        return fail(process, SP_ERROR_LOAD_PROTOCOL, plugin, "disturbed its own loading",
                    g_strdup("What came back from the process that loaded it is not what the host "
                             "sends."));
    if (g_subprocess_get_if_signaled(process->subprocess))
        return fail_of_signal(process, plugin, g_subprocess_get_term_sig(process->subprocess));
    return fail_of_exit(process, plugin, g_subprocess_get_exit_status(process->subprocess));
}
