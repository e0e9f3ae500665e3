/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "support/hostile.h"

#include "support/loading.h"

#include <criterion/parameterized.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define N_ROWS G_N_ELEMENTS(sp_hostile)
#define SHORT_TIMEOUT_MS 1500u

static guint
timeout_of(const SpHostileRow *row)
{
    return g_strcmp0(row->refusal, "load-timeout") == 0 ? SHORT_TIMEOUT_MS : TIMEOUT_MS;
}

static void
assert_as_expected(const SpHostileRow *row, const SpLoaded *loaded)
{
    const GError *refusal = loaded->refusal;
    const GError *warning = loaded->warning;
    const GError *finding = refusal != NULL ? refusal : warning;
    cr_assert_str_eq(refusal != NULL ? sp_error_nick(refusal) : "accepted",
                     row->refusal != NULL ? row->refusal : "accepted", "%s: %s: %s", row->fixture,
                     refusal != NULL ? refusal->message : "",
                     refusal != NULL ? sp_error_detail(refusal) : "");
    cr_expect_str_eq(refusal == NULL && warning != NULL ? sp_error_nick(warning) : "none",
                     row->warning != NULL ? row->warning : "none", "%s: %s", row->fixture,
                     warning != NULL ? sp_error_detail(warning) : "");
    cr_expect(row->words == NULL || says(finding, row->words), "%s: %s: %s", row->fixture,
              finding->message, sp_error_detail(finding));
}

static char *victim;

/* What is written to or removed would stand here. */
static char *
folder_new(void)
{
    char *path = sp_test_plugins_new();
    victim = sp_test_put(path, "victim", "untouched", -1);
    cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    return path;
}

static void
folder_free(char *path)
{
    g_autofree char *content = NULL;
    g_autofree char *written = g_build_filename(path, "written", NULL);
    cr_expect(g_file_get_contents(victim, &content, NULL, NULL) &&
              g_str_equal(content, "untouched"));
    cr_expect_not(g_file_test(written, G_FILE_TEST_EXISTS));
    cr_expect_eq(waitpid(-1, NULL, WNOHANG), -1, "a process was left behind");
    g_free(victim);
    sp_test_plugins_free(path);
}

ParameterizedTestParameters(hostile, harms_nobody)
{
    static size_t indexes[N_ROWS];
    for (size_t i = 0; i < N_ROWS; i++)
        indexes[i] = i;
    return cr_make_param_array(size_t, indexes, N_ROWS);
}

ParameterizedTest(size_t *index, hostile, harms_nobody, .timeout = 120)
{
    const SpHostileRow *row = &sp_hostile[*index];
    char *path = folder_new();
    put(path, "good", "a.so");
    put(path, row->fixture, "b.so");
    put(path, "good", "c.so");
    g_autoptr(GPtrArray) results = load(path, timeout_of(row));
    cr_assert_eq(results->len, 3u);
    assert_loaded(results, 0);
    assert_as_expected(row, g_ptr_array_index(results, 1));
    assert_loaded(results, 2);
    folder_free(path);
}

Test(hostile, is_told_apart_even_when_all_come_at_once, .timeout = 300)
{
    char *path = folder_new();
    for (guint i = 0; i < N_ROWS; i++) {
        g_autofree char *name = g_strdup_printf("%02u.so", i);
        put(path, sp_hostile[i].fixture, name);
    }
    g_autoptr(GPtrArray) results = load(path, SHORT_TIMEOUT_MS);
    for (guint i = 0; i < N_ROWS; i++)
        assert_as_expected(&sp_hostile[i], g_ptr_array_index(results, i));
    folder_free(path);
}
