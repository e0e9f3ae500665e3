/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/load_state.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

static void
do_nothing(void)
{
}

static void
catch_signal(void)
{
    signal(SIGUSR1, SIG_IGN);
}

static void
block_signal(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void
set_timer(void)
{
    setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {.tv_sec = 60}}, NULL);
}

static void
change_directory(void)
{
    cr_assert_eq(chdir("/"), 0);
    cr_assert_eq(chdir("/proc"), 0);
}

static void
change_umask(void)
{
    umask(0701);
}

static void
open_descriptor(void)
{
    cr_assert(open("/dev/null", O_RDONLY) >= 0);
}

static void
close_descriptor(void)
{
    close(STDERR_FILENO);
}

static void *
sleep_on(void *data)
{
    pause();
    return NULL;
}

static void
leave_thread(void)
{
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, sleep_on, NULL), 0);
}

static void *
end_at_once(void *data)
{
    return NULL;
}

static void
join_thread(void)
{
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, end_at_once, NULL), 0);
    cr_assert_eq(pthread_join(thread, NULL), 0);
}

typedef struct {
    void (*act)(void);
    SpLoadEffects effects;
} Row;

static const Row rows[] = {
    {do_nothing, 0},
    {join_thread, 0},
    {leave_thread, SP_LOAD_EFFECT_THREADS},
    {catch_signal, SP_LOAD_EFFECT_DISPOSITIONS},
    {block_signal, SP_LOAD_EFFECT_MASK},
    {set_timer, SP_LOAD_EFFECT_TIMER},
    {change_directory, SP_LOAD_EFFECT_DIRECTORY},
    {change_umask, SP_LOAD_EFFECT_UMASK},
    {open_descriptor, SP_LOAD_EFFECT_DESCRIPTORS},
    {close_descriptor, SP_LOAD_EFFECT_DESCRIPTORS},
};

Test(load_state, sees_each_effect_and_no_other)
{
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        const SpLoadState before = sp_load_state_now();
        rows[i].act();
        cr_expect_eq(sp_load_state_compare(&before), rows[i].effects, "%u", i);
        close(before.stat_fd);
    }
}

Test(load_state, blames_no_threads_when_its_own_descriptor_is_gone)
{
    const SpLoadState before = sp_load_state_now();
    close(before.stat_fd);
    cr_expect_eq(sp_load_state_compare(&before), SP_LOAD_EFFECT_DESCRIPTORS);
}

Test(load_state, puts_effects_into_words)
{
    g_autofree char *none = sp_load_effects_describe(0);
    g_autofree char *both = sp_load_effects_describe(SP_LOAD_EFFECT_THREADS | SP_LOAD_EFFECT_UMASK);
    g_autofree char *foreign = sp_load_effects_describe((SpLoadEffects)(1u << SP_LOAD_N_EFFECTS));
    cr_expect_str_eq(none, "");
    cr_expect_str_eq(both, "running threads, another umask");
    cr_expect_str_eq(foreign, "");
}
