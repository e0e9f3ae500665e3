/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/load_child.h"

#include "act/load_frame.h"
#include "act/load_state.h"
#include "base/error.h"
#include "base/fd.h"
#include "edge/module.h"
#include "edge/seccomp.h"
#include "model/declaration.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define REQUEST_MAX (64u << 20)

/* Between the signal that says so and the one that cannot be caught. */
#define CPU_GRACE_SECONDS 1

typedef struct {
    __rlimit_resource_t resource;
    rlim_t limit;
} LimitRow;

static const LimitRow limits[] = {
    {RLIMIT_CORE, 0},
    {RLIMIT_FSIZE, 0},
    {RLIMIT_NOFILE, 256},
    {RLIMIT_MEMLOCK, 0},
    {RLIMIT_MSGQUEUE, 0},
#ifndef __SANITIZE_ADDRESS__ /* whose shadow memory alone has terabytes */
    {RLIMIT_AS, (rlim_t)SP_LOAD_MEMORY_MAX},
    {RLIMIT_DATA, (rlim_t)SP_LOAD_DATA_MAX},
#endif
};

typedef struct {
    const guint8 *nonce;
    struct stat pipe;
    SpLoadState state;
} Child;

static GBytes *
read_request(void)
{
    struct stat stat;
    if (fstat(SP_LOAD_REQUEST_FD, &stat) != 0 || stat.st_size <= 0 || stat.st_size > REQUEST_MAX)
        return NULL;
    gsize size = (gsize)stat.st_size;
    guint8 *data = g_malloc(size);
    g_autoptr(GBytes) bytes = g_bytes_new_take(data, size);
    if (pread(SP_LOAD_REQUEST_FD, data, size, 0) != stat.st_size)
        return NULL;
    return g_steal_pointer(&bytes);
}

/* To lower a limit cannot fail, except under valgrind, which keeps some descriptors for itself. */
static void
limit(__rlimit_resource_t resource, rlim_t wanted)
{
    struct rlimit now = {0};
    getrlimit(resource, &now);
    rlim_t value = MIN(now.rlim_max, wanted);
    setrlimit(resource, &(struct rlimit){value, value});
}

/* Dispositions and mask survive exec, so a host that ignores or blocks a signal would hide how a
 * plugin ended. A plugin that closes the pipe must not look like one that crashed. */
static void
reset_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
}

/* The parent closes the pipe once it knows whom to kill. */
static gboolean
wait_for_parent(void)
{
    char byte;
    while (read(STDIN_FILENO, &byte, sizeof byte) < 0)
        if (errno != EINTR)
            return FALSE;
    close(STDIN_FILENO);
    return open("/dev/null", O_RDONLY) == STDIN_FILENO;
}

static gboolean
confine(guint32 parent, guint64 cpu_seconds, guint first_unused_fd)
{
    reset_signals();
    setsid();
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_DUMPABLE, 0) != 0 || getppid() != (pid_t)parent)
        return FALSE;
    close(SP_LOAD_REQUEST_FD);
    /* The launcher closed these already; a kernel without the call is no reason to stop. */
    close_range(first_unused_fd, ~0u, 0);
    for (guint i = 0; i < G_N_ELEMENTS(limits); i++)
        limit(limits[i].resource, limits[i].limit);
    setrlimit(RLIMIT_CPU, &(struct rlimit){cpu_seconds, cpu_seconds + CPU_GRACE_SECONDS});
    return TRUE;
}

/* Runs wherever the plugin was, so it takes nothing for granted. The call itself never happened.
 * Only the kernel's own codes are above zero. */
static void
on_forbidden_call(int signal, siginfo_t *information, void *context)
{
    gint32 call = information->si_code > 0 ? information->si_syscall : -1;
    gssize written = write(SP_LOAD_REPLY_FD, &call, sizeof call);
    (void)written;
    _exit(SP_LOAD_EXIT_FORBIDDEN);
}

static gboolean
filter_calls(void)
{
    struct sigaction action = {.sa_sigaction = on_forbidden_call, .sa_flags = SA_SIGINFO};
    sigfillset(&action.sa_mask);
    return sigaction(SIGSYS, &action, NULL) == 0 && sp_seccomp_confine();
}

static void
write_all(const void *data, gsize length)
{
    if (!sp_fd_write_all(SP_LOAD_REPLY_FD, data, length))
        _exit(SP_LOAD_EXIT_MUTE);
}

/* A plugin may have put something else in place of the pipe, and the host would wait in vain. */
static void
send_frame(const Child *child, SpLoadKind kind, guint32 index, const void *payload, gsize length)
{
    struct stat now;
    if (fstat(SP_LOAD_REPLY_FD, &now) != 0 || now.st_dev != child->pipe.st_dev ||
        now.st_ino != child->pipe.st_ino)
        _exit(SP_LOAD_EXIT_MUTE);
    SpLoadFrame frame = sp_load_frame(child->nonce, kind, index, length);
    write_all(&frame, sizeof frame);
    write_all(payload, length);
}

static void
send_bytes(const Child *child, SpLoadKind kind, guint32 index, GBytes *payload)
{
    gsize size;
    gconstpointer data = g_bytes_get_data(payload, &size);
    send_frame(child, kind, index, data, size);
}

static void
send_refusal(const Child *child, guint32 index, const GError *error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    sp_load_put_refusal(bytes, error);
    send_frame(child, SP_LOAD_REFUSED, index, bytes->data, bytes->len);
}

static GBytes *
load(const char *name, int sealed_fd, guint64 symbol_size, GError **error)
{
    const struct sp_extension_vtable *vtable =
        sealed_fd >= 0 ? sp_module_open_sealed(sealed_fd, name, error)
                       : sp_module_open(SP_LOAD_DIRECTORY_FD, name, error);
    if (vtable == NULL)
        return NULL;
    g_autoptr(GBytes) declaration = sp_declaration_new(vtable, symbol_size, error);
    if (declaration == NULL || g_bytes_get_size(declaration) <= SP_LOAD_PAYLOAD_MAX)
        return g_steal_pointer(&declaration);
    sp_error_set(error, SP_ERROR_INVALID_EXTENSION, "A declaration has at most 64 MiB.", NULL,
                 "the declaration is too large");
    return NULL;
}

/* Returns whether the process is still clean enough for another plugin. */
static gboolean
load_and_send(const Child *child, guint32 index, const SpLoadPlugin *plugin, int sealed_fd)
{
    send_frame(child, SP_LOAD_STARTED, index, NULL, 0);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) declaration = load(plugin->name, sealed_fd, plugin->symbol_size, &error);
    guint32 effects = sp_load_state_compare(&child->state);
    if (effects != 0)
        send_frame(child, SP_LOAD_SOILED, index, &effects, sizeof effects);
    if (declaration != NULL)
        send_bytes(child, SP_LOAD_DECLARED, index, declaration);
    else
        send_refusal(child, index, error);
    return effects == 0;
}

int
sp_load_child_main(void)
{
    SpLoadRequest request;
    g_autoptr(GBytes) bytes = read_request();
    if (bytes == NULL || !sp_load_request_read(bytes, &request))
        _exit(SP_EXIT_USAGE);
    guint n = request.plugins->len;
    guint first_unused_fd = SP_LOAD_SEALED_FD + (request.are_sealed ? n : 0);
    if (!confine(request.parent, request.cpu_seconds, first_unused_fd) || !wait_for_parent())
        _exit(SP_EXIT_DEFECT);
    Child child = {.nonce = request.nonce};
    if (fstat(SP_LOAD_REPLY_FD, &child.pipe) != 0)
        _exit(SP_EXIT_USAGE);
    if (!filter_calls())
        send_frame(&child, SP_LOAD_UNCONFINED, 0, NULL, 0);
    child.state = sp_load_state_now();
    gboolean is_clean = TRUE;
    for (guint i = 0; is_clean && i < n; i++) {
        const SpLoadPlugin *plugin = &g_array_index(request.plugins, SpLoadPlugin, i);
        int sealed_fd = request.are_sealed ? SP_LOAD_SEALED_FD + (int)i : -1;
        is_clean = load_and_send(&child, i, plugin, sealed_fd);
    }
    _exit(SP_EXIT_OK);
}
