/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/load_process.h"
#include "support/loading.h"
#include "support/unfiltered.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

Test(sandbox, gives_a_plugin_after_one_with_side_effects_a_fresh_process)
{
    const char *const effects[] = {"leaves_a_thread", "leaves_a_mask", "changes_the_directory",
                                   "leaves_a_descriptor"};
    for (guint i = 0; i < G_N_ELEMENTS(effects); i++) {
        char *path = sp_test_plugins_new();
        put(path, effects[i], "a.so");
        put(path, "inspects_its_cell", "b.so");
        g_autoptr(GPtrArray) results = load(path, TIMEOUT_MS);
        cr_expect_not_null(assert_accepted(results, 0));
        assert_loaded(results, 1);
        sp_test_plugins_free(path);
    }
}

Test(sandbox, stops_a_plugin_at_the_end_of_its_processor_time, .timeout = 60)
{
    char *path = sp_test_plugins_new();
    put(path, "endless_loop", NULL);
    sp_autofd int directory = open(path, O_PATH | O_DIRECTORY);
    const SpLoadPlugin plugin = {"endless_loop.so", 4096};
    g_autoptr(GArray) plugins = g_array_new(FALSE, FALSE, sizeof plugin);
    g_array_append_val(plugins, plugin);
    g_autoptr(SpLoadProcess) process =
        sp_load_process_start(SP_HOST_EXECUTABLE, directory, NULL, 1, plugins, NULL);
    cr_assert_not_null(process);
    g_auto(SpLoadReply) reply = {0};
    cr_assert_eq(sp_load_process_wait(process, TIMEOUT_MS, &reply), SP_LOAD_EVENT_FRAME);
    cr_assert_eq(reply.kind, SP_LOAD_STARTED);
    cr_assert_eq(sp_load_process_wait(process, TIMEOUT_MS, &reply), SP_LOAD_EVENT_ENDED);
    g_autoptr(GError) error = sp_load_process_fail(process, SP_LOAD_EVENT_ENDED, "x");
    cr_expect(g_error_matches(error, SP_ERROR, SP_ERROR_LOAD_TIMEOUT), "%s", error->message);
    cr_expect(says(error, "processor time"));
    sp_test_plugins_free(path);
}

/* Without a filter the other bounds still hold. */
Test(sandbox, kills_what_a_plugin_started_when_there_is_no_filter, .timeout = 60)
{
    char *path = sp_test_plugins_new();
    put(path, "forks_a_child", NULL);
    sp_test_forbid_filters();
    cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    g_autoptr(GPtrArray) results = load(path, TIMEOUT_MS);
    assert_loaded(results, 0);
    int status;
    cr_assert(waitpid(-1, &status, 0) > 0);
    cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    sp_test_plugins_free(path);
}

Test(sandbox, tells_of_side_effects_when_there_is_no_filter)
{
    char *path = sp_test_plugins_new();
    put(path, "leaves_a_thread", "a.so");
    put(path, "good", "b.so");
    sp_test_forbid_filters();
    g_autoptr(GPtrArray) results = load(path, TIMEOUT_MS);
    cr_expect_not_null(assert_accepted(results, 0));
    assert_loaded(results, 1);
    sp_test_plugins_free(path);
}

Test(sandbox, filters_by_the_older_call_where_the_younger_is_forbidden)
{
    char *path = sp_test_plugins_new();
    put(path, "opens_a_socket", NULL);
    sp_test_forbid_seccomp(EPERM);
    g_autoptr(GPtrArray) results = load(path, TIMEOUT_MS);
    cr_expect(says(assert_refused(results, 0, SP_ERROR_LOAD_FORBIDDEN), "socket()"));
    sp_test_plugins_free(path);
}
