/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/sealed.h"

#include "base/error.h"
#include "base/fd.h"
#include "edge/file_key.h"
#include "support/plugins.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

static int
open_with(const char *directory, const char *content, gsize length)
{
    g_autofree char *path = sp_test_put(directory, "file", content, (gssize)length);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    cr_assert_geq(fd, 0);
    return fd;
}

Test(sealed, keeps_the_bytes_whatever_becomes_of_the_file)
{
    char *directory = sp_test_plugins_new();
    g_autofree char *content = g_strnfill(300000, 'a');
    sp_autofd int fd = open_with(directory, content, 300000);
    sp_autofd int sealed = sp_sealed_copy(fd, 300000, NULL);
    cr_assert_geq(sealed, 0);
    cr_assert_eq(pwrite(fd, "b", 1, 0), 1);
    g_autoptr(GBytes) bytes = sp_sealed_map(sealed, NULL);
    cr_assert_eq(g_bytes_get_size(bytes), 300000u);
    cr_expect_eq(memcmp(g_bytes_get_data(bytes, NULL), content, 300000), 0);
    sp_test_plugins_free(directory);
}

Test(sealed, lets_nobody_change_the_copy)
{
    char *directory = sp_test_plugins_new();
    sp_autofd int fd = open_with(directory, "text", 4);
    sp_autofd int sealed = sp_sealed_copy(fd, 4, NULL);
    cr_expect_eq(pwrite(sealed, "b", 1, 0), -1);
    cr_expect_eq(ftruncate(sealed, 0), -1);
    cr_expect_eq(ftruncate(sealed, 100), -1);
    cr_expect_eq(fcntl(sealed, F_ADD_SEALS, F_SEAL_FUTURE_WRITE), -1);
    cr_expect_eq(mmap(NULL, 4, PROT_READ | PROT_WRITE, MAP_SHARED, sealed, 0), MAP_FAILED);
    cr_expect(fcntl(sealed, F_GETFD) & FD_CLOEXEC);
    sp_test_plugins_free(directory);
}

Test(sealed, refuses_what_is_too_large_or_cannot_be_read)
{
    char *directory = sp_test_plugins_new();
    g_autoptr(GError) too_large = NULL;
    g_autoptr(GError) unreadable = NULL;
    sp_autofd int fd = open_with(directory, "text", 4);
    cr_expect_eq(sp_sealed_copy(fd, 3, &too_large), -1);
    cr_expect(g_error_matches(too_large, SP_ERROR, SP_ERROR_FILE));
    sp_autofd int folder = open(directory, O_RDONLY | O_DIRECTORY);
    cr_expect_eq(sp_sealed_copy(folder, 3, &unreadable), -1);
    cr_expect(g_error_matches(unreadable, SP_ERROR, SP_ERROR_FILE));
    sp_test_plugins_free(directory);
}

Test(file_key, changes_with_the_file_and_settles_with_time)
{
    char *directory = sp_test_plugins_new();
    SpFileKey before, same, after, none;
    sp_autofd int fd = open_with(directory, "text", 4);
    cr_assert(sp_file_key_read(fd, NULL, &before));
    g_autofree char *path = g_build_filename(directory, "file", NULL);
    cr_expect(sp_file_key_read(AT_FDCWD, path, &same));
    cr_expect(sp_file_key_equal(&before, &same));
    cr_expect_not(sp_file_key_is_settled(&before));
    g_usleep(50000);
    cr_assert_eq(g_chmod(path, 0600), 0);
    cr_assert(sp_file_key_read(fd, NULL, &after));
    cr_expect_not(sp_file_key_equal(&before, &after));
    cr_expect_not(sp_file_key_read(fd, "nothing", &none));
    cr_expect(sp_file_key_is_settled(&none));
    before.changed -= 3 * G_GINT64_CONSTANT(1000000000);
    before.modified = 0;
    cr_expect(sp_file_key_is_settled(&before));
    sp_test_plugins_free(directory);
}
