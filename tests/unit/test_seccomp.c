/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/seccomp.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of the many one each of what they are refused for. */
static const int forbidden[] = {
    SYS_socket,        SYS_connect,  SYS_sendto,   SYS_bind,
    SYS_execve,        SYS_execveat, SYS_ptrace,   SYS_process_vm_readv,
    SYS_unlinkat,      SYS_renameat, SYS_truncate, SYS_process_vm_writev,
    SYS_fchmodat,      SYS_fchownat, SYS_linkat,   SYS_mknodat,
    SYS_symlinkat,     SYS_mount,    SYS_umount2,  SYS_bpf,
    SYS_setns,         SYS_unshare,  SYS_reboot,   SYS_pidfd_open,
    SYS_clock_settime,
};

static const int refused[] = {
    SYS_memfd_create,    SYS_mkdirat, SYS_ftruncate,   SYS_setsid,      SYS_setrlimit,
    SYS_perf_event_open, SYS_keyctl,  SYS_personality, SYS_userfaultfd, SYS_shmget,
};

static const int unknown[] = {
    SYS_io_uring_setup, SYS_io_uring_enter, SYS_openat2, SYS_clone3, SYS_copy_file_range,
    SYS_sendfile,       SYS_splice,         SYS_seccomp, SYS_setuid, 4000,
};

/* No program may go on with calls that it cannot make: from here on only _exit() ends the test. */
static volatile int last;

static void
note(int signal, siginfo_t *information, void *context)
{
    last = information->si_syscall;
}

static void
confine(void)
{
    const struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO};
    cr_assert_eq(sigaction(SIGSYS, &action, NULL), 0);
    cr_assert_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    if (!sp_seccomp_confine())
        cr_skip_test("this system has no filters");
}

static void
expect(gboolean holds, const char *what, int number)
{
    if (holds)
        return;
    dprintf(STDERR_FILENO, "%s: %d\n", what, number);
    _exit(1);
}

static long
call(int number)
{
    errno = last = 0;
    return syscall(number, 0, 0, 0, 0, 0, 0);
}

Test(seccomp, names_a_forbidden_call_and_does_not_make_it, .exit_code = 0)
{
    confine();
    for (guint i = 0; i < G_N_ELEMENTS(forbidden); i++) {
        call(forbidden[i]);
        expect(last == forbidden[i], "not trapped", forbidden[i]);
    }
    expect(syscall(SYS_kill, getppid(), 0) != 0 && last == SYS_kill, "signalled", SYS_kill);
    last = 0;
    expect(syscall(SYS_tgkill, getppid(), getppid(), 0) != 0 && last == SYS_tgkill, "signalled",
           SYS_tgkill);
    last = 0;
    syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    expect(last == SYS_clone, "cloned", SYS_clone);
    _exit(0);
}

Test(seccomp, refuses_what_may_be_meant_well, .exit_code = 0)
{
    confine();
    for (guint i = 0; i < G_N_ELEMENTS(refused); i++)
        expect(call(refused[i]) == -1 && errno == EPERM && last == 0, "not refused", refused[i]);
    const int writing[] = {O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_TMPFILE | O_RDWR};
    for (guint i = 0; i < G_N_ELEMENTS(writing); i++) {
        expect(open("/dev/null", writing[i], 0600) == -1 && errno == EACCES, "open", writing[i]);
        expect(openat(AT_FDCWD, "/tmp", writing[i], 0600) == -1 && errno == EACCES, "openat",
               writing[i]);
    }
    expect(prctl(PR_SET_DUMPABLE, 1) == -1 && prctl(PR_SET_PDEATHSIG, 0) == -1, "prctl", 0);
    _exit(0);
}

Test(seccomp, hides_what_is_in_no_list, .exit_code = 0)
{
    confine();
    for (guint i = 0; i < G_N_ELEMENTS(unknown); i++)
        expect(call(unknown[i]) == -1 && errno == ENOSYS && last == 0, "not hidden", unknown[i]);
    expect(fcntl(1, F_SETOWN, 1) == -1 && errno == ENOSYS, "fcntl", F_SETOWN);
    _exit(0);
}

Test(seccomp, keeps_its_signal_to_itself, .exit_code = 0)
{
    confine();
    struct sigaction action = {.sa_handler = SIG_IGN};
    for (int number = 1; number <= SIGRTMAX; number++) {
        gboolean is_real = number != SIGKILL && number != SIGSTOP && (number < 32 || number > 33);
        if (is_real && number != SIGSYS)
            expect(sigaction(number, &action, NULL) == 0, "sigaction", number);
    }
    expect(sigaction(SIGSYS, &action, NULL) == -1 && errno == EACCES, "sigaction", SIGSYS);
    expect(syscall(SYS_rt_sigaction, 0x100000000 + SIGSYS, &action, NULL, 8) == -1, "sigaction",
           SIGSYS);
    expect(sigaction(SIGSYS, NULL, &action) == 0, "to look at it", SIGSYS);
    _exit(0);
}

static void *
work(void *data)
{
    memset(data, 1, 1 << 20);
    return data;
}

Test(seccomp, lets_honest_code_work, .exit_code = 0)
{
    confine();
    pthread_t thread;
    char *block = malloc(1 << 20);
    void *result = NULL;
    expect(block != NULL, "malloc", 0);
    expect(pthread_create(&thread, NULL, work, block) == 0, "pthread_create", errno);
    expect(pthread_join(thread, &result) == 0 && result == block, "pthread_join", errno);
    free(block);
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    expect(fd >= 0 && read(fd, &(char){0}, 1) == 1 && close(fd) == 0, "open", errno);
    signal(SIGUSR1, SIG_IGN);
    expect(raise(SIGUSR1) == 0, "raise", errno);
    expect(last == 0, "trapped", last);
    _exit(0);
}

Test(seccomp, knows_calls_by_name)
{
    g_autofree char *name = sp_seccomp_name(SYS_openat);
    cr_expect_str_eq(name, "openat");
    cr_expect_null(sp_seccomp_name(1 << 20));
}
