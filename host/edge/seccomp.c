/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#define INT_BITS 0xffffffffu
#define OPENS_TO_WRITE (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)
#define NAMESPACES                                                                                \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | \
     CLONE_NEWNET)

/* SCMP_SYS() is below zero for what this architecture does not have; such a rule adds nothing. */

static const int allowed[] = {
    /* memory */
    SCMP_SYS(brk),
    SCMP_SYS(madvise),
    SCMP_SYS(membarrier),
    SCMP_SYS(mincore),
    SCMP_SYS(mmap),
    SCMP_SYS(mprotect),
    SCMP_SYS(mremap),
    SCMP_SYS(msync),
    SCMP_SYS(munmap),
    /* descriptors: none of those that can be written is a file */
    SCMP_SYS(close),
    SCMP_SYS(close_range),
    SCMP_SYS(dup),
    SCMP_SYS(dup2),
    SCMP_SYS(dup3),
    SCMP_SYS(epoll_create),
    SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(eventfd),
    SCMP_SYS(eventfd2),
    SCMP_SYS(lseek),
    SCMP_SYS(pipe),
    SCMP_SYS(pipe2),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(pread64),
    SCMP_SYS(preadv),
    SCMP_SYS(preadv2),
    SCMP_SYS(pselect6),
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(select),
    SCMP_SYS(signalfd),
    SCMP_SYS(signalfd4),
    SCMP_SYS(timerfd_create),
    SCMP_SYS(timerfd_gettime),
    SCMP_SYS(timerfd_settime),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    /* to look at files */
    SCMP_SYS(access),
    SCMP_SYS(chdir),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(fadvise64),
    SCMP_SYS(fchdir),
    SCMP_SYS(fgetxattr),
    SCMP_SYS(fstat),
    SCMP_SYS(fstatfs),
    SCMP_SYS(getcwd),
    SCMP_SYS(getdents),
    SCMP_SYS(getdents64),
    SCMP_SYS(getxattr),
    SCMP_SYS(lgetxattr),
    SCMP_SYS(lstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(readahead),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(stat),
    SCMP_SYS(statfs),
    SCMP_SYS(statx),
    SCMP_SYS(umask),
    /* threads, signals and time of its own */
    SCMP_SYS(alarm),
    SCMP_SYS(arch_prctl),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(futex),
    SCMP_SYS(futex_waitv),
    SCMP_SYS(get_robust_list),
    SCMP_SYS(getitimer),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(nanosleep),
    SCMP_SYS(pause),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(rseq),
    SCMP_SYS(rt_sigpending),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigsuspend),
    SCMP_SYS(rt_sigtimedwait),
    SCMP_SYS(sched_yield),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(set_tid_address),
    SCMP_SYS(setitimer),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(time),
    SCMP_SYS(timer_create),
    SCMP_SYS(timer_delete),
    SCMP_SYS(timer_getoverrun),
    SCMP_SYS(timer_gettime),
    SCMP_SYS(timer_settime),
    SCMP_SYS(wait4),
    SCMP_SYS(waitid),
    /* to ask who and where it is */
    SCMP_SYS(capget),
    SCMP_SYS(getcpu),
    SCMP_SYS(getegid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getgroups),
    SCMP_SYS(getpgid),
    SCMP_SYS(getpgrp),
    SCMP_SYS(getpid),
    SCMP_SYS(getppid),
    SCMP_SYS(getpriority),
    SCMP_SYS(getrandom),
    SCMP_SYS(getresgid),
    SCMP_SYS(getresuid),
    SCMP_SYS(getrlimit),
    SCMP_SYS(getrusage),
    SCMP_SYS(getsid),
    SCMP_SYS(gettid),
    SCMP_SYS(getuid),
    SCMP_SYS(sched_get_priority_max),
    SCMP_SYS(sched_get_priority_min),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sched_getparam),
    SCMP_SYS(sched_getscheduler),
    SCMP_SYS(sysinfo),
    SCMP_SYS(times),
    SCMP_SYS(uname),
};

/* In good faith, but not here. */
static const int refused[] = {
    SCMP_SYS(add_key),
    SCMP_SYS(creat),
    SCMP_SYS(fallocate),
    SCMP_SYS(flock),
    SCMP_SYS(ftruncate),
    SCMP_SYS(ioprio_set),
    SCMP_SYS(keyctl),
    SCMP_SYS(memfd_create),
    SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),
    SCMP_SYS(mlock),
    SCMP_SYS(mlock2),
    SCMP_SYS(mlockall),
    SCMP_SYS(mq_open),
    SCMP_SYS(msgget),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(personality),
    SCMP_SYS(request_key),
    SCMP_SYS(sched_setaffinity),
    SCMP_SYS(sched_setattr),
    SCMP_SYS(sched_setparam),
    SCMP_SYS(sched_setscheduler),
    SCMP_SYS(semget),
    SCMP_SYS(setpgid),
    SCMP_SYS(setpriority),
    SCMP_SYS(setrlimit),
    SCMP_SYS(setsid),
    SCMP_SYS(shmget),
    SCMP_SYS(socketpair),
    SCMP_SYS(userfaultfd),
};

/* No constructor does this in good faith. */
static const int forbidden[] = {
    /* network */
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
    SCMP_SYS(bind),
    SCMP_SYS(connect),
    SCMP_SYS(listen),
    SCMP_SYS(sendmmsg),
    SCMP_SYS(sendmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(socket),
    /* processes */
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(fork),
    SCMP_SYS(kcmp),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(pidfd_open),
    SCMP_SYS(pidfd_send_signal),
    SCMP_SYS(process_madvise),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(ptrace),
    SCMP_SYS(setns),
    SCMP_SYS(unshare),
    SCMP_SYS(vfork),
    /* files */
    SCMP_SYS(chmod),
    SCMP_SYS(chown),
    SCMP_SYS(chroot),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchmodat),
    SCMP_SYS(fchown),
    SCMP_SYS(fchownat),
    SCMP_SYS(fremovexattr),
    SCMP_SYS(fsetxattr),
    SCMP_SYS(futimesat),
    SCMP_SYS(lchown),
    SCMP_SYS(link),
    SCMP_SYS(linkat),
    SCMP_SYS(lremovexattr),
    SCMP_SYS(lsetxattr),
    SCMP_SYS(mknod),
    SCMP_SYS(mknodat),
    SCMP_SYS(mq_unlink),
    SCMP_SYS(removexattr),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(rmdir),
    SCMP_SYS(setxattr),
    SCMP_SYS(symlink),
    SCMP_SYS(symlinkat),
    SCMP_SYS(truncate),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(utime),
    SCMP_SYS(utimensat),
    SCMP_SYS(utimes),
    /* the system */
    SCMP_SYS(acct),
    SCMP_SYS(adjtimex),
    SCMP_SYS(bpf),
    SCMP_SYS(clock_adjtime),
    SCMP_SYS(clock_settime),
    SCMP_SYS(delete_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(fsconfig),
    SCMP_SYS(fsmount),
    SCMP_SYS(fsopen),
    SCMP_SYS(init_module),
    SCMP_SYS(ioperm),
    SCMP_SYS(iopl),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(kexec_load),
    SCMP_SYS(mount),
    SCMP_SYS(mount_setattr),
    SCMP_SYS(move_mount),
    SCMP_SYS(open_tree),
    SCMP_SYS(pivot_root),
    SCMP_SYS(quotactl),
    SCMP_SYS(reboot),
    SCMP_SYS(setdomainname),
    SCMP_SYS(sethostname),
    SCMP_SYS(settimeofday),
    SCMP_SYS(swapoff),
    SCMP_SYS(swapon),
    SCMP_SYS(umount2),
};

/* What depends on the arguments. Rules of one call must not overlap with different actions. Where
 * the kernel takes an int, the upper half of the register is anything. */
typedef struct {
    int call;
    guint32 action;
    guint n_arguments;
    struct scmp_arg_cmp arguments[2];
} Rule;

#define ACT_REFUSE SCMP_ACT_ERRNO(EACCES)
#define EQUAL(argument, value)          \
    {                                   \
        argument, SCMP_CMP_EQ, value, 0 \
    }
#define UNEQUAL(argument, value)        \
    {                                   \
        argument, SCMP_CMP_NE, value, 0 \
    }
#define BELOW(argument, value)          \
    {                                   \
        argument, SCMP_CMP_LT, value, 0 \
    }
#define BITS(argument, mask, value)               \
    {                                             \
        argument, SCMP_CMP_MASKED_EQ, mask, value \
    }

#define OPEN_RULES(call, flags)                                             \
    {SCMP_SYS(call), SCMP_ACT_ALLOW, 1, {BITS(flags, OPENS_TO_WRITE, 0)}},  \
        {SCMP_SYS(call), ACT_REFUSE, 1, {BITS(flags, O_WRONLY, O_WRONLY)}}, \
        {SCMP_SYS(call), ACT_REFUSE, 1, {BITS(flags, O_RDWR, O_RDWR)}},     \
        {SCMP_SYS(call), ACT_REFUSE, 1, {BITS(flags, O_CREAT, O_CREAT)}},   \
    {                                                                       \
        SCMP_SYS(call), ACT_REFUSE, 1,                                      \
        {                                                                   \
            BITS(flags, O_TRUNC, O_TRUNC)                                   \
        }                                                                   \
    }

static const Rule rules[] = {
    OPEN_RULES(open, 1),
    OPEN_RULES(openat, 2),
    /* a thread is of this process; another process would outlive the limits */
    {SCMP_SYS(clone), SCMP_ACT_ALLOW, 1, {BITS(0, CLONE_THREAD | NAMESPACES, CLONE_THREAD)}},
    {SCMP_SYS(clone), SCMP_ACT_TRAP, 1, {BITS(0, CLONE_THREAD, 0)}},
    /* any signal but SIGSYS, of which the host needs to hear */
    {SCMP_SYS(rt_sigaction), SCMP_ACT_ALLOW, 1, {BELOW(0, SIGSYS)}},
    {SCMP_SYS(rt_sigaction), SCMP_ACT_ALLOW, 1, {BITS(0, 32, 32)}},
    {SCMP_SYS(rt_sigaction), SCMP_ACT_ALLOW, 1, {BITS(0, 64, 64)}},
    {SCMP_SYS(rt_sigaction), SCMP_ACT_ALLOW, 2, {EQUAL(0, SIGSYS), EQUAL(1, 0)}},
    {SCMP_SYS(rt_sigaction), ACT_REFUSE, 2, {BITS(0, INT_BITS, SIGSYS), UNEQUAL(1, 0)}},
    /* its own limits, to read */
    {SCMP_SYS(prlimit64), SCMP_ACT_ALLOW, 2, {EQUAL(0, 0), EQUAL(2, 0)}},
    {SCMP_SYS(prlimit64), ACT_REFUSE, 1, {UNEQUAL(2, 0)}},
    {SCMP_SYS(prctl), SCMP_ACT_ALLOW, 2, {EQUAL(0, PR_SET_DUMPABLE), EQUAL(1, 0)}},
    {SCMP_SYS(prctl), ACT_REFUSE, 2, {EQUAL(0, PR_SET_DUMPABLE), UNEQUAL(1, 0)}},
    {SCMP_SYS(prctl), ACT_REFUSE, 1, {EQUAL(0, PR_SET_PDEATHSIG)}},
};

typedef struct {
    int call;
    guint argument;
    guint64 value;
} Option;

/* The only options of calls that have many; a descriptor with an owner could send signals. */
static const Option options[] = {
    {SCMP_SYS(fcntl), 1, F_DUPFD},
    {SCMP_SYS(fcntl), 1, F_DUPFD_CLOEXEC},
    {SCMP_SYS(fcntl), 1, F_GETFD},
    {SCMP_SYS(fcntl), 1, F_GETFL},
    {SCMP_SYS(fcntl), 1, F_GETLK},
    {SCMP_SYS(fcntl), 1, F_GETPIPE_SZ},
    {SCMP_SYS(fcntl), 1, F_GET_SEALS},
    {SCMP_SYS(fcntl), 1, F_SETFD},
    {SCMP_SYS(fcntl), 1, F_SETFL},
    {SCMP_SYS(ioctl), 1, FIOCLEX},
    {SCMP_SYS(ioctl), 1, FIONBIO},
    {SCMP_SYS(ioctl), 1, FIONCLEX},
    {SCMP_SYS(ioctl), 1, FIONREAD},
    {SCMP_SYS(ioctl), 1, TCGETS},
    {SCMP_SYS(ioctl), 1, TIOCGWINSZ},
    {SCMP_SYS(prctl), 0, PR_CAPBSET_READ},
    {SCMP_SYS(prctl), 0, PR_GET_DUMPABLE},
    {SCMP_SYS(prctl), 0, PR_GET_KEEPCAPS},
    {SCMP_SYS(prctl), 0, PR_GET_NAME},
    {SCMP_SYS(prctl), 0, PR_GET_NO_NEW_PRIVS},
    {SCMP_SYS(prctl), 0, PR_GET_PDEATHSIG},
    {SCMP_SYS(prctl), 0, PR_GET_SECCOMP},
    {SCMP_SYS(prctl), 0, PR_GET_TIMERSLACK},
    {SCMP_SYS(prctl), 0, PR_SET_NAME},
    {SCMP_SYS(prctl), 0, PR_SET_NO_NEW_PRIVS},
    {SCMP_SYS(prctl), 0, PR_SET_VMA},
};

/* Calls whose first argument is the process that gets a signal. abort() needs its own. */
static const int signalling[] = {
    SCMP_SYS(kill),
    SCMP_SYS(tgkill),
    SCMP_SYS(tkill),
    SCMP_SYS(rt_sigqueueinfo),
    SCMP_SYS(rt_tgsigqueueinfo),
};

static gboolean
add_calls(scmp_filter_ctx filter, guint32 action, const int *calls, guint n)
{
    for (guint i = 0; i < n; i++)
        if (seccomp_rule_add_array(filter, action, calls[i], 0, NULL) != 0)
            return FALSE;
    return TRUE;
}

static gboolean
add_rules(scmp_filter_ctx filter)
{
    for (guint i = 0; i < G_N_ELEMENTS(rules); i++)
        if (seccomp_rule_add_array(filter, rules[i].action, rules[i].call, rules[i].n_arguments,
                                   rules[i].arguments) != 0)
            return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(options); i++) {
        const struct scmp_arg_cmp is_this = EQUAL(options[i].argument, options[i].value);
        if (seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, options[i].call, 1, &is_this) != 0)
            return FALSE;
    }
    return TRUE;
}

static gboolean
add_signalling(scmp_filter_ctx filter, guint64 own)
{
    const struct scmp_arg_cmp to_itself = EQUAL(0, own);
    const struct scmp_arg_cmp to_another = UNEQUAL(0, own);
    for (guint i = 0; i < G_N_ELEMENTS(signalling); i++)
        if (seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, signalling[i], 1, &to_itself) != 0 ||
            seccomp_rule_add_array(filter, SCMP_ACT_TRAP, signalling[i], 1, &to_another) != 0)
            return FALSE;
    return TRUE;
}

gboolean
sp_seccomp_confine(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    if (filter == NULL)
        return FALSE;
    /* By the rules of another architecture calls have other numbers. Where this cannot be had, it
     * ends the thread alone. */
    seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    gboolean is_confined =
        add_calls(filter, SCMP_ACT_ALLOW, allowed, G_N_ELEMENTS(allowed)) &&
        add_calls(filter, SCMP_ACT_ERRNO(EPERM), refused, G_N_ELEMENTS(refused)) &&
        add_calls(filter, SCMP_ACT_TRAP, forbidden, G_N_ELEMENTS(forbidden)) && add_rules(filter) &&
        add_signalling(filter, (guint64)getpid()) && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return is_confined;
}

char *
sp_seccomp_name(int number)
{
    char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
    char *copy = g_strdup(name);
    free(name);
    return copy;
}
