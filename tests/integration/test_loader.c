/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/loader.h"

#include "support/loading.h"

#include <fcntl.h>
#include <signal.h>

Test(loader, loads_nothing_without_a_child)
{
    char *path = sp_test_plugins_new();
    g_autoptr(GPtrArray) results = load_with("/nonexistent", path, TIMEOUT_MS, NULL);
    cr_assert_eq(results->len, 0u);
    sp_test_plugins_free(path);
}

Test(loader, loses_only_the_one_of_twenty_that_crashes)
{
    char *path = sp_test_plugins_new();
    for (guint i = 0; i < 20; i++) {
        g_autofree char *name = g_strdup_printf("%02u.so", i);
        put(path, i == 10 ? "segfault_in_constructor" : "good", name);
    }
    g_autoptr(GPtrArray) results = load(path, TIMEOUT_MS);
    cr_assert_eq(results->len, 20u);
    for (guint i = 0; i < 20; i++)
        if (i != 10)
            assert_loaded(results, i);
    const GError *refusal = assert_refused(results, 10, SP_ERROR_LOAD_CRASHED);
    cr_expect(says(refusal, "10.so"));
    sp_test_plugins_free(path);
}

/* The second process begins where the first one ends, and is told of no other plugin. */
Test(loader, goes_on_in_another_process_after_some_hundred_plugins, .timeout = 120)
{
    char *path = sp_test_plugins_new();
    for (guint i = 0; i < 505; i++) {
        g_autofree char *name = g_strdup_printf("%03u.so", i);
        put(path, i == 502 ? "exit_in_constructor" : "good", name);
    }
    g_autoptr(GPtrArray) results = load(path, TIMEOUT_MS);
    cr_assert_eq(results->len, 505u);
    for (guint i = 0; i < 505; i++)
        if (i != 502)
            assert_loaded(results, i);
    assert_refused(results, 502, SP_ERROR_LOAD_EXITED);
    sp_test_plugins_free(path);
}

Test(loader, stops_a_plugin_that_never_ends, .timeout = 60)
{
    char *path = sp_test_plugins_new();
    put(path, "endless_loop", NULL);
    gint64 begin = g_get_monotonic_time();
    g_autoptr(GPtrArray) results = load(path, 300);
    gint64 taken_ms = (g_get_monotonic_time() - begin) / 1000;
    assert_refused(results, 0, SP_ERROR_LOAD_TIMEOUT);
    cr_expect(taken_ms >= 300 && taken_ms < 5000, "%d ms", (int)taken_ms);
    sp_test_plugins_free(path);
}

Test(loader, gives_each_plugin_its_own_time)
{
    char *path = sp_test_plugins_new();
    for (guint i = 0; i < 3; i++) {
        g_autofree char *name = g_strdup_printf("%u.so", i);
        put(path, "slow", name);
    }
    g_autoptr(GPtrArray) results = load(path, 2500);
    for (guint i = 0; i < 3; i++)
        assert_loaded(results, i);
    sp_test_plugins_free(path);
}

Test(loader, does_not_blame_a_plugin_for_what_an_earlier_one_left_behind)
{
    char *path = sp_test_plugins_new();
    put(path, "dies_later", "a.so");
    put(path, "slow", "b.so");
    g_autoptr(GPtrArray) results = load(path, TIMEOUT_MS);
    assert_loaded(results, 0);
    assert_loaded(results, 1);
    sp_test_plugins_free(path);
}

Test(loader, keeps_the_output_of_plugins_from_its_own)
{
    char *path = sp_test_plugins_new();
    put(path, "prints_to_stdout", NULL);
    g_autofree char *name = sp_test_put(path, "output", "", 0);
    sp_autofd int own = dup(STDOUT_FILENO);
    sp_autofd int file = open(name, O_WRONLY | O_CLOEXEC);
    cr_assert(dup2(file, STDOUT_FILENO) >= 0);
    g_autoptr(GPtrArray) results = load(path, TIMEOUT_MS);
    cr_assert(dup2(own, STDOUT_FILENO) >= 0);
    assert_loaded(results, 0);
    cr_expect_eq(lseek(file, 0, SEEK_END), 0);
    sp_test_plugins_free(path);
}

Test(loader, gives_the_child_nothing_that_it_does_not_need)
{
    char *path = sp_test_plugins_new();
    put(path, "inspects_its_cell", NULL);
    g_setenv("PGPASSWORD", "secret", TRUE);
    g_setenv("LD_PRELOAD", "", TRUE);
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    cr_assert_eq(sigprocmask(SIG_BLOCK, &blocked, NULL), 0);
    signal(SIGTERM, SIG_IGN);
    int leaked = open("/dev/zero", O_RDONLY); /* inherited across exec, were it not for the host */
    cr_assert(leaked >= 0 && dup2(leaked, 77) == 77);
    g_autoptr(GPtrArray) results = load(path, TIMEOUT_MS);
    assert_loaded(results, 0);
    sp_test_plugins_free(path);
}

Test(loader, leaves_no_descriptor_open)
{
    char *path = sp_test_plugins_new();
    put(path, "good", NULL);
    put(path, "segfault_in_constructor", NULL);
    g_autoptr(GPtrArray) first = load(path, TIMEOUT_MS);
    sp_autofd int before = open("/dev/null", O_RDONLY);
    for (guint i = 0; i < 10; i++) {
        g_autoptr(GPtrArray) results = load(path, TIMEOUT_MS);
        assert_loaded(results, 0);
    }
    sp_autofd int after = open("/dev/null", O_RDONLY);
    /* GLib's own thread may not be done with the last child yet. */
    cr_expect_lt(after, before + 5, "%d, then %d", before, after);
    sp_test_plugins_free(path);
}

Test(loader, gives_up_on_an_executable_that_is_no_host)
{
    char *path = sp_test_plugins_new();
    put(path, "good", NULL);
    const char *const executables[] = {"/nonexistent/sp-host", "/bin/true", "/bin/false"};
    for (guint i = 0; i < G_N_ELEMENTS(executables); i++) {
        g_autoptr(GError) error = NULL;
        cr_assert_null(load_with(executables[i], path, TIMEOUT_MS, &error));
        cr_expect(g_error_matches(error, SP_ERROR, SP_ERROR_INTERNAL), "%s", executables[i]);
    }
    sp_test_plugins_free(path);
}
