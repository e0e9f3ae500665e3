/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/loader.h"

#include "base/error.h"
#include "base/fd.h"
#include "edge/elf.h"
#include "support/plugins.h"

#include <criterion/parameterized.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define TIMEOUT_MS 20000u

typedef struct {
    const char *fixture;
    SpErrorCode code;
    const char *words; /* in the detail or problem */
} Row;

static const Row culprits[] = {
    {"segfault_in_constructor", SP_ERROR_LOAD_CRASHED, "SIGSEGV"},
    {"abort_in_constructor", SP_ERROR_LOAD_CRASHED, "SIGABRT"},
    {"kills_itself", SP_ERROR_LOAD_CRASHED, "SIGKILL"},
    {"list_points_nowhere", SP_ERROR_LOAD_CRASHED, "SIGSEGV"},
    {"exit_in_constructor", SP_ERROR_LOAD_EXITED, "status 3"},
    {"exits_at_once", SP_ERROR_LOAD_EXITED, "status 0"},
    {"closes_every_descriptor", SP_ERROR_LOAD_PROTOCOL, "replaced the descriptor"},
    {"replaces_the_pipe", SP_ERROR_LOAD_PROTOCOL, "replaced the descriptor"},
    {"floods_the_pipe", SP_ERROR_LOAD_PROTOCOL, "not what the host sends"},
    {"forges_a_reply", SP_ERROR_LOAD_PROTOCOL, "not what the host sends"},
    {"undefined_symbol", SP_ERROR_UNDEFINED_SYMBOL, "a_function_of_no_library"},
    {"absurd_count", SP_ERROR_INVALID_EXTENSION, "seeds"},
};

static GPtrArray *
load_with(const char *executable, const char *path, guint timeout_ms, GError **error)
{
    g_autoptr(SpDirectory) directory = sp_directory_scan(path, NULL);
    cr_assert_not_null(directory);
    g_autoptr(GPtrArray) candidates = g_ptr_array_new();
    g_autoptr(GArray) sizes = g_array_new(FALSE, FALSE, sizeof(guint64));
    for (guint i = 0; i < sp_directory_get_n(directory); i++) {
        sp_autofd int fd = sp_directory_open(directory, i, NULL);
        g_autoptr(SpElfFacts) facts = sp_elf_read(fd, NULL);
        cr_assert_not_null(facts, "%s", sp_directory_get(directory, i)->name);
        g_ptr_array_add(candidates, (gpointer)sp_directory_get(directory, i));
        g_array_append_val(sizes, facts->symbol_size);
    }
    return sp_load(executable, directory, candidates, (const guint64 *)sizes->data, timeout_ms,
                   error);
}

static GPtrArray *
load(const char *path, guint timeout_ms)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *results = load_with(SP_HOST_EXECUTABLE, path, timeout_ms, &error);
    cr_assert(results != NULL, "%s: %s", error->message, sp_error_detail(error));
    for (guint i = 0; i < results->len; i++) {
        const SpLoaded *loaded = g_ptr_array_index(results, i);
        cr_assert_neq(loaded->declaration == NULL, loaded->refusal == NULL);
    }
    return results;
}

static void
put(const char *path, const char *fixture, const char *name)
{
    g_free(sp_test_put_fixture(path, fixture, name));
}

static void
assert_loaded(const GPtrArray *results, guint index)
{
    const SpLoaded *loaded = g_ptr_array_index(results, index);
    cr_assert(loaded->declaration != NULL, "%u: %s: %s", index, loaded->refusal->message,
              sp_error_detail(loaded->refusal));
}

static const GError *
assert_refused(const GPtrArray *results, guint index, SpErrorCode code)
{
    const SpLoaded *loaded = g_ptr_array_index(results, index);
    cr_assert(loaded->refusal != NULL, "%u was accepted", index);
    cr_assert(g_error_matches(loaded->refusal, SP_ERROR, (int)code), "%s: %s: %s",
              sp_error_nick(loaded->refusal), loaded->refusal->message,
              sp_error_detail(loaded->refusal));
    return loaded->refusal;
}

static gboolean
says(const GError *error, const char *words)
{
    const char *detail = sp_error_detail(error);
    return strstr(error->message, words) != NULL || (detail && strstr(detail, words) != NULL);
}

Test(loader, loads_nothing_without_a_child)
{
    char *path = sp_test_plugins_new();
    g_autoptr(GPtrArray) results = load_with("/nonexistent", path, TIMEOUT_MS, NULL);
    cr_assert_eq(results->len, 0u);
    sp_test_plugins_free(path);
}

ParameterizedTestParameters(loader, refuses_a_culprit_and_spares_its_neighbours)
{
    static size_t indexes[G_N_ELEMENTS(culprits)];
    for (size_t i = 0; i < G_N_ELEMENTS(culprits); i++)
        indexes[i] = i;
    return cr_make_param_array(size_t, indexes, G_N_ELEMENTS(culprits));
}

ParameterizedTest(size_t *index, loader, refuses_a_culprit_and_spares_its_neighbours)
{
    const Row *row = &culprits[*index];
    char *path = sp_test_plugins_new();
    put(path, "good", "a.so");
    put(path, row->fixture, "b.so");
    put(path, "good", "c.so");
    g_autoptr(GPtrArray) results = load(path, TIMEOUT_MS);
    cr_assert_eq(results->len, 3u);
    assert_loaded(results, 0);
    const GError *refusal = assert_refused(results, 1, row->code);
    cr_expect(says(refusal, row->words), "%s: %s", refusal->message, sp_error_detail(refusal));
    assert_loaded(results, 2);
    sp_test_plugins_free(path);
}

Test(loader, survives_every_culprit_at_once)
{
    char *path = sp_test_plugins_new();
    for (guint i = 0; i < G_N_ELEMENTS(culprits); i++) {
        g_autofree char *name = g_strdup_printf("%02u.so", i);
        put(path, culprits[i].fixture, name);
    }
    g_autoptr(GPtrArray) results = load(path, TIMEOUT_MS);
    for (guint i = 0; i < G_N_ELEMENTS(culprits); i++)
        assert_refused(results, i, culprits[i].code);
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

Test(loader, keeps_the_last_words)
{
    char *path = sp_test_plugins_new();
    put(path, "abort_in_constructor", NULL);
    g_autoptr(GPtrArray) results = load(path, TIMEOUT_MS);
    cr_expect(says(assert_refused(results, 0, SP_ERROR_LOAD_CRASHED), "last words"));
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
    const char *const earlier[] = {"dies_later", "closes_the_directory"};
    for (guint i = 0; i < G_N_ELEMENTS(earlier); i++) {
        char *path = sp_test_plugins_new();
        put(path, earlier[i], "a.so");
        put(path, "slow", "b.so");
        g_autoptr(GPtrArray) results = load(path, TIMEOUT_MS);
        assert_loaded(results, 0);
        assert_loaded(results, 1);
        sp_test_plugins_free(path);
    }
}

Test(loader, kills_what_a_plugin_started, .timeout = 60)
{
    char *path = sp_test_plugins_new();
    put(path, "forks_a_child", NULL);
    cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    g_autoptr(GPtrArray) results = load(path, TIMEOUT_MS);
    assert_loaded(results, 0);
    int status;
    cr_assert(waitpid(-1, &status, 0) > 0);
    cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
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
