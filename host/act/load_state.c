/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/load_state.h"

#include "act/load_frame.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

/* A thread that was joined is still counted for some microseconds. */
#define THREAD_END_TRIES 50
#define THREAD_END_WAIT_US 200

/* proc(5) on /proc/PID/stat: where its fields stand, counted from 1. */
enum {
    FIELD_STATE = 3, /* the first one after the name, which may hold anything */
    FIELD_THREADS = 20,
    FIELD_BLOCKED = 32,
    FIELD_IGNORED = 33,
    FIELD_CAUGHT = 34,
    N_FIELDS,
};

static const char *const effect_names[SP_LOAD_N_EFFECTS] = {
    "running threads",
    "changed signal handlers",
    "a changed signal mask",
    "a timer",
    "another working directory",
    "another umask",
    "opened or closed descriptors",
};

static void
read_stat(int fd, guint64 *fields)
{
    char text[1024];
    gssize length = pread(fd, text, sizeof text - 1, 0);
    text[MAX(length, 0)] = '\0';
    char *at = strrchr(text, ')');
    for (guint i = FIELD_STATE; at != NULL && i < N_FIELDS; i++) {
        at = strchr(at + 1, ' ');
        fields[i] = at != NULL ? g_ascii_strtoull(at, NULL, 10) : 0;
    }
}

static guint64
identify(int outcome, const struct stat *stat)
{
    return outcome == 0 ? (guint64)stat->st_dev << 40 ^ stat->st_ino : 0;
}

/* The lowest that is free tells of new ones. */
static guint64
look_at_descriptors(void)
{
    struct stat stat;
    guint64 seen = identify(fstat(SP_LOAD_DIRECTORY_FD, &stat), &stat);
    for (int fd = STDIN_FILENO; fd < SP_LOAD_REQUEST_FD; fd++)
        seen ^= (guint64)(fcntl(fd, F_GETFD) != -1) << fd;
    int lowest = fcntl(SP_LOAD_REPLY_FD, F_DUPFD_CLOEXEC, 0);
    if (lowest >= 0)
        close(lowest);
    return seen ^ (guint64)(lowest + 1) << SP_LOAD_REQUEST_FD;
}

static SpLoadState
look(int stat_fd)
{
    guint64 fields[N_FIELDS] = {0};
    struct itimerval timer = {0};
    struct stat stat;
    read_stat(stat_fd, fields);
    getitimer(ITIMER_REAL, &timer);
    mode_t mask = umask(0);
    umask(mask);
    return (SpLoadState){
        .stat_fd = stat_fd,
        .values = {fields[FIELD_THREADS], fields[FIELD_IGNORED] << 32 | fields[FIELD_CAUGHT],
                   fields[FIELD_BLOCKED], timer.it_value.tv_sec != 0 || timer.it_value.tv_usec != 0,
                   identify(fstatat(AT_FDCWD, ".", &stat, 0), &stat), mask, look_at_descriptors()},
    };
}

SpLoadState
sp_load_state_now(void)
{
    return look(open("/proc/self/stat", O_RDONLY | O_CLOEXEC));
}

static SpLoadEffects
compare(const SpLoadState *before)
{
    const SpLoadState now = look(before->stat_fd);
    guint effects = 0;
    if (now.values[0] == 0)
        return SP_LOAD_EFFECT_DESCRIPTORS; /* that of /proc/self/stat is gone */
    for (guint i = 0; i < SP_LOAD_N_EFFECTS; i++)
        if (now.values[i] != before->values[i])
            effects |= 1u << i;
    return effects;
}

SpLoadEffects
sp_load_state_compare(const SpLoadState *before)
{
    SpLoadEffects effects = compare(before);
    for (guint i = 0; effects & SP_LOAD_EFFECT_THREADS && i < THREAD_END_TRIES; i++) {
        g_usleep(THREAD_END_WAIT_US);
        effects = compare(before);
    }
    return effects;
}

char *
sp_load_effects_describe(SpLoadEffects effects)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < SP_LOAD_N_EFFECTS; i++)
        if (effects & 1u << i)
            g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "", effect_names[i]);
    return g_string_free(g_steal_pointer(&text), FALSE);
}
