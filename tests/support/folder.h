/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* A folder of files for one test, and what reading it found. In the header, since it is small. */
#pragma once

#include "base/error.h"
#include "base/findings.h"

#include <criterion/criterion.h>
#include <gio/gio.h>
#include <glib/gstdio.h>

typedef struct {
    char *root; /* of the temporary directory */
    char *path; /* ROOT/orders */
    SpFindings *findings;
} SpTestFolder;

static inline SpTestFolder *
sp_test_folder_new(void)
{
    SpTestFolder *folder = g_new0(SpTestFolder, 1);
    folder->root = g_dir_make_tmp("sp-host-test-XXXXXX", NULL);
    folder->path = g_build_filename(folder->root, "orders", NULL);
    folder->findings = sp_findings_new();
    cr_assert_eq(g_mkdir(folder->path, 0755), 0);
    return folder;
}

static inline void
sp_test_remove(GFile *file)
{
    g_autoptr(GFileEnumerator) children = g_file_enumerate_children(
        file, G_FILE_ATTRIBUTE_STANDARD_NAME, G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, NULL, NULL);
    GFile *child = NULL;
    while (children && g_file_enumerator_iterate(children, NULL, &child, NULL, NULL) && child)
        sp_test_remove(child);
    g_file_delete(file, NULL, NULL);
}

static inline void
sp_test_folder_free(SpTestFolder *folder)
{
    g_autoptr(GFile) root = g_file_new_for_path(folder->root);
    sp_test_remove(root);
    sp_findings_free(folder->findings);
    g_free(folder->root);
    g_free(folder->path);
    g_free(folder);
}

/* Writes a file, with the folders above it. @length: -1 when @content ends at its NUL */
static inline void
sp_test_folder_put(const SpTestFolder *folder, const char *name, const char *content, gssize length)
{
    g_autofree char *path = g_build_filename(folder->path, name, NULL);
    g_autofree char *parent = g_path_get_dirname(path);
    cr_assert_eq(g_mkdir_with_parents(parent, 0755), 0);
    cr_assert(g_file_set_contents(path, content, length, NULL));
}

static inline void
sp_test_assert_accepted(const SpFindings *findings)
{
    const GPtrArray *refusals = sp_findings_refusals(findings);
    const GError *first = refusals->len > 0 ? g_ptr_array_index(refusals, 0) : NULL;
    cr_assert_null(first, "%s", first->message);
}

/* The one refusal that there is. */
static inline const GError *
sp_test_only_refusal(const SpFindings *findings)
{
    const GPtrArray *refusals = sp_findings_refusals(findings);
    for (guint i = 0; i < refusals->len; i++)
        cr_log_info("%s", ((const GError *)g_ptr_array_index(refusals, i))->message);
    cr_assert_eq(refusals->len, 1u, "%u refusals", refusals->len);
    return g_ptr_array_index(refusals, 0);
}

/* The one refusal is of the folder's kind, and stands there. @source: (nullable) */
static inline void
sp_test_assert_refused(const SpFindings *findings, const char *source, guint line)
{
    const GError *error = sp_test_only_refusal(findings);
    const SpPlace *place = sp_error_get_place(error);
    cr_expect(error->code == SP_ERROR_FOLDER || error->code == SP_ERROR_DIRECTIVE, "%s",
              error->message);
    cr_expect_eq(g_strcmp0(place->source, source), 0, "%s", place->source);
    cr_expect_eq(place->line, line, "line %u", place->line);
}
