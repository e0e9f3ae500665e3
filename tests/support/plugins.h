/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* A plugin directory for one test. In the header, since it is small. */
#pragma once

#include <criterion/criterion.h>
#include <gio/gio.h>
#include <glib/gstdio.h>

/** (transfer full): a new directory that is safe to load from. */
static inline char *
sp_test_plugins_new(void)
{
    char *directory = g_dir_make_tmp("sp-host-plugins-XXXXXX", NULL);
    cr_assert_not_null(directory);
    return directory;
}

static inline void
sp_test_plugins_remove(GFile *file)
{
    g_autoptr(GFileEnumerator) children = g_file_enumerate_children(
        file, G_FILE_ATTRIBUTE_STANDARD_NAME, G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, NULL, NULL);
    GFile *child = NULL;
    while (children && g_file_enumerator_iterate(children, NULL, &child, NULL, NULL) && child)
        sp_test_plugins_remove(child);
    g_file_delete(file, NULL, NULL);
}

static inline void
sp_test_plugins_free(char *directory)
{
    g_autoptr(GFile) root = g_file_new_for_path(directory);
    sp_test_plugins_remove(root);
    g_free(directory);
}

/** (transfer full): the bytes of the fixture's shared object. */
static inline GByteArray *
sp_test_fixture(const char *fixture)
{
    g_autofree char *path = g_strdup_printf("%s/%s.so", SP_FIXTURES, fixture);
    char *bytes;
    gsize length;
    cr_assert(g_file_get_contents(path, &bytes, &length, NULL), "%s", path);
    return g_byte_array_new_take((guint8 *)bytes, length);
}

/** (transfer full): the path of a new file, in place of one that may be there. @length: -1 when
 * @content ends at its NUL */
static inline char *
sp_test_put(const char *directory, const char *name, const void *content, gssize length)
{
    char *path = g_build_filename(directory, name, NULL);
    g_unlink(path);
    cr_assert(
        g_file_set_contents_full(path, content, length, G_FILE_SET_CONTENTS_NONE, 0644, NULL));
    cr_assert_eq(g_chmod(path, 0644), 0);
    return path;
}

/** (transfer full): the path. @name: (nullable): FIXTURE.so by default */
static inline char *
sp_test_put_fixture(const char *directory, const char *fixture, const char *name)
{
    g_autoptr(GByteArray) bytes = sp_test_fixture(fixture);
    g_autofree char *own_name = g_strconcat(fixture, ".so", NULL);
    return sp_test_put(directory, name ? name : own_name, bytes->data, (gssize)bytes->len);
}
