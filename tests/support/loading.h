/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Loads every file of a directory as the host does, and looks at what came of it. */
#pragma once

#include "act/loader.h"
#include "base/error.h"
#include "base/fd.h"
#include "edge/elf.h"
#include "support/plugins.h"

#include <string.h>

/* Longer than any plugin takes that does not mean to. */
#define TIMEOUT_MS 20000u

static inline GPtrArray *
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
    return sp_load(executable, directory, candidates, (const guint64 *)sizes->data, NULL,
                   timeout_ms, error);
}

static inline GPtrArray *
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

static inline void
put(const char *path, const char *fixture, const char *name)
{
    g_free(sp_test_put_fixture(path, fixture, name));
}

static inline gboolean
says(const GError *error, const char *words)
{
    const char *detail = sp_error_detail(error);
    return strstr(error->message, words) != NULL || (detail && strstr(detail, words) != NULL);
}

/* (nullable): the warning */
static inline const GError *
assert_accepted(const GPtrArray *results, guint index)
{
    const SpLoaded *loaded = g_ptr_array_index(results, index);
    cr_assert(loaded->declaration != NULL, "%u: %s: %s", index, loaded->refusal->message,
              sp_error_detail(loaded->refusal));
    return loaded->warning;
}

static inline void
assert_loaded(const GPtrArray *results, guint index)
{
    const GError *warning = assert_accepted(results, index);
    cr_assert(warning == NULL, "%u: %s: %s", index, warning->message, sp_error_detail(warning));
}

static inline const GError *
assert_refused(const GPtrArray *results, guint index, SpErrorCode code)
{
    const SpLoaded *loaded = g_ptr_array_index(results, index);
    cr_assert(loaded->refusal != NULL, "%u was accepted", index);
    cr_assert(g_error_matches(loaded->refusal, SP_ERROR, (int)code), "%s: %s: %s",
              sp_error_nick(loaded->refusal), loaded->refusal->message,
              sp_error_detail(loaded->refusal));
    return loaded->refusal;
}
