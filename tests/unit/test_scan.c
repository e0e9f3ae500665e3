/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "base/fd.h"
#include "edge/scan.h"
#include "support/plugins.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define NOBODY 65534

static char *
put(const char *directory, const char *name)
{
    return sp_test_put(directory, name, "text", -1);
}

static SpDirectory *
scan(const char *path)
{
    g_autoptr(GError) error = NULL;
    SpDirectory *directory = sp_directory_scan(path, &error);
    cr_assert(directory != NULL, "%s", error ? error->message : "");
    return directory;
}

static void
assert_scan_fails(const char *path, SpErrorCode code)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SpDirectory) directory = sp_directory_scan(path, &error);
    cr_assert_null(directory);
    cr_assert(g_error_matches(error, SP_ERROR, (int)code), "%s", error->message);
}

/* The only candidate is refused with that code, and says where it stands. */
static void
assert_refused(const char *path, const char *name, SpErrorCode code)
{
    g_autoptr(SpDirectory) directory = scan(path);
    cr_assert_eq(sp_directory_get_n(directory), 1u);
    const SpCandidate *candidate = sp_directory_get(directory, 0);
    cr_assert(g_error_matches(candidate->refusal, SP_ERROR, (int)code), "%s",
              candidate->refusal ? candidate->refusal->message : "accepted");
    cr_expect_str_eq(candidate->name, name);
    cr_expect_str_eq(sp_error_get_place(candidate->refusal)->path, candidate->path);
}

Test(scan, lists_shared_objects_in_byte_order)
{
    char *path = sp_test_plugins_new();
    const char *names[] = {"b.so", "a.so", "B.so", "a.so.1", "readme", "a-b.so"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        g_free(put(path, names[i]));
    g_autoptr(SpDirectory) directory = scan(path);
    const char *expected[] = {"B.so", "a-b.so", "a.so", "b.so"};
    cr_assert_eq(sp_directory_get_n(directory), G_N_ELEMENTS(expected));
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
        cr_expect_str_eq(sp_directory_get(directory, i)->name, expected[i]);
        cr_expect_null(sp_directory_get(directory, i)->refusal);
    }
    sp_test_plugins_free(path);
}

Test(scan, gives_absolute_paths_without_links)
{
    char *path = sp_test_plugins_new();
    g_autofree char *file = put(path, "a.so");
    g_autofree char *link = g_strconcat(path, "-link", NULL);
    cr_assert_eq(symlink(path, link), 0);
    g_autoptr(SpDirectory) directory = scan(link);
    cr_expect_str_eq(sp_directory_get_path(directory), path);
    cr_expect_str_eq(sp_directory_get(directory, 0)->path, file);
    g_unlink(link);
    sp_test_plugins_free(path);
}

Test(scan, finds_nothing_in_an_empty_directory)
{
    char *path = sp_test_plugins_new();
    g_autoptr(SpDirectory) directory = scan(path);
    cr_assert_eq(sp_directory_get_n(directory), 0u);
    sp_test_plugins_free(path);
}

Test(scan, opens_what_it_accepted)
{
    char *path = sp_test_plugins_new();
    g_autofree char *file = put(path, "a.so");
    g_autoptr(SpDirectory) directory = scan(path);
    sp_autofd int fd = sp_directory_open(directory, 0, NULL);
    char bytes[4];
    cr_assert_eq(read(fd, bytes, sizeof bytes), 4);
    cr_expect(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    sp_test_plugins_free(path);
}

Test(scan, notices_a_file_that_was_replaced_or_removed)
{
    char *path = sp_test_plugins_new();
    g_autofree char *file = put(path, "a.so");
    g_autoptr(SpDirectory) directory = scan(path);
    g_autofree char *other = put(path, "other");
    cr_assert_eq(rename(other, file), 0);
    g_autoptr(GError) replaced = NULL;
    cr_assert_eq(sp_directory_open(directory, 0, &replaced), -1);
    cr_expect(g_error_matches(replaced, SP_ERROR, SP_ERROR_FILE));
    g_unlink(file);
    g_autoptr(GError) removed = NULL;
    cr_assert_eq(sp_directory_open(directory, 0, &removed), -1);
    cr_expect(g_error_matches(removed, SP_ERROR, SP_ERROR_FILE));
    sp_test_plugins_free(path);
}

Test(scan, survives_more_files_than_descriptors)
{
    char *path = sp_test_plugins_new();
    for (guint i = 0; i < 200; i++) {
        g_autofree char *name = g_strdup_printf("%u.so", i);
        g_free(put(path, name));
    }
    struct rlimit limit;
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = 64;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    g_autoptr(SpDirectory) directory = scan(path);
    for (guint i = 0; i < 200; i++)
        cr_assert_null(sp_directory_get(directory, i)->refusal);
    sp_test_plugins_free(path);
}

Test(scan, refuses_a_missing_directory)
{
    assert_scan_fails("/nonexistent/plugins", SP_ERROR_DIRECTORY);
    assert_scan_fails("", SP_ERROR_DIRECTORY);
}

Test(scan, refuses_a_file_in_place_of_a_directory)
{
    char *path = sp_test_plugins_new();
    g_autofree char *file = put(path, "a.so");
    assert_scan_fails(file, SP_ERROR_DIRECTORY);
    sp_test_plugins_free(path);
}

Test(scan, refuses_a_directory_that_it_may_not_read)
{
    char *path = sp_test_plugins_new();
    cr_assert_eq(g_chmod(path, 0700 & ~(geteuid() == 0 ? 0u : 0700u)), 0);
    if (geteuid() == 0)
        cr_assert_eq(seteuid(NOBODY), 0);
    assert_scan_fails(path, SP_ERROR_DIRECTORY);
    if (getuid() == 0)
        cr_assert_eq(seteuid(0), 0);
    g_chmod(path, 0700);
    sp_test_plugins_free(path);
}

Test(scan, refuses_a_directory_that_others_may_write)
{
    char *path = sp_test_plugins_new();
    const mode_t modes[] = {0720, 0702, 01777};
    for (guint i = 0; i < G_N_ELEMENTS(modes); i++) {
        cr_assert_eq(g_chmod(path, (int)modes[i]), 0);
        assert_scan_fails(path, SP_ERROR_PERMISSION);
    }
    sp_test_plugins_free(path);
}

Test(scan, refuses_an_ancestor_that_others_may_write_unless_it_is_sticky)
{
    char *path = sp_test_plugins_new();
    g_autofree char *inner = g_build_filename(path, "plugins", NULL);
    cr_assert_eq(g_mkdir(inner, 0755), 0);
    cr_assert_eq(g_chmod(path, 0777), 0);
    assert_scan_fails(inner, SP_ERROR_PERMISSION);
    cr_assert_eq(g_chmod(path, 01777), 0);
    g_autoptr(SpDirectory) directory = scan(inner);
    sp_test_plugins_free(path);
}

Test(scan, refuses_a_directory_of_another_user)
{
    if (geteuid() != 0)
        cr_skip_test("only root can give files away");
    char *path = sp_test_plugins_new();
    cr_assert_eq(chown(path, NOBODY, NOBODY), 0);
    assert_scan_fails(path, SP_ERROR_PERMISSION);
    sp_test_plugins_free(path);
}

Test(scan, trusts_root_and_the_own_user_alone)
{
    if (geteuid() != 0)
        cr_skip_test("only root can give files away");
    char *path = sp_test_plugins_new();
    cr_assert_eq(g_chmod(path, 0755), 0);
    const uid_t owners[] = {0, 1234, NOBODY};
    for (guint i = 0; i < G_N_ELEMENTS(owners); i++) {
        g_autofree char *name = g_strdup_printf("%u.so", i);
        g_autofree char *file = put(path, name);
        cr_assert_eq(chown(file, owners[i], 0), 0);
    }
    cr_assert_eq(seteuid(NOBODY), 0);
    g_autoptr(SpDirectory) directory = scan(path);
    cr_expect_null(sp_directory_get(directory, 0)->refusal);
    cr_expect(
        g_error_matches(sp_directory_get(directory, 1)->refusal, SP_ERROR, SP_ERROR_PERMISSION));
    cr_expect_null(sp_directory_get(directory, 2)->refusal);
    cr_assert_eq(seteuid(0), 0);
    sp_test_plugins_free(path);
}

Test(scan, refuses_a_file_that_others_may_write_and_says_what_to_do)
{
    char *path = sp_test_plugins_new();
    g_autofree char *file = put(path, "a.so");
    const mode_t modes[] = {0664, 0646};
    for (guint i = 0; i < G_N_ELEMENTS(modes); i++) {
        cr_assert_eq(g_chmod(file, (int)modes[i]), 0);
        assert_refused(path, "a.so", SP_ERROR_PERMISSION);
    }
    g_autoptr(SpDirectory) directory = scan(path);
    const GError *refusal = sp_directory_get(directory, 0)->refusal;
    cr_expect_not_null(strstr(sp_error_hint(refusal), "chmod go-w"));
    cr_expect_not_null(strstr(sp_error_detail(refusal), "0646"));
    sp_test_plugins_free(path);
}

Test(scan, refuses_what_is_no_regular_file, .timeout = 30)
{
    char *path = sp_test_plugins_new();
    g_autofree char *name = g_build_filename(path, "x.so", NULL);
    cr_assert_eq(mkfifo(name, 0644), 0);
    assert_refused(path, "x.so", SP_ERROR_FILE);
    g_unlink(name);
    cr_assert_eq(g_mkdir(name, 0755), 0);
    assert_refused(path, "x.so", SP_ERROR_FILE);
    g_rmdir(name);
    cr_assert_eq(symlink("/dev/null", name), 0);
    assert_refused(path, "x.so", SP_ERROR_FILE);
    g_unlink(name);
    cr_assert_eq(mknod(name, S_IFSOCK | 0644, 0), 0);
    assert_refused(path, "x.so", SP_ERROR_FILE);
    sp_test_plugins_free(path);
}

Test(scan, refuses_a_link_to_a_good_file)
{
    char *path = sp_test_plugins_new();
    g_autofree char *file = put(path, "good");
    g_autofree char *name = g_build_filename(path, "x.so", NULL);
    cr_assert_eq(symlink(file, name), 0);
    assert_refused(path, "x.so", SP_ERROR_FILE);
    sp_test_plugins_free(path);
}

Test(scan, refuses_an_empty_file)
{
    char *path = sp_test_plugins_new();
    g_autofree char *file = sp_test_put(path, "x.so", "", 0);
    assert_refused(path, "x.so", SP_ERROR_FILE);
    sp_test_plugins_free(path);
}

Test(scan, refuses_names_that_cannot_be_shown_or_opened_as_they_are)
{
    const char *names[] = {"\xff.so", "a\nb.so", "$ORIGIN.so"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        char *path = sp_test_plugins_new();
        g_autofree char *file = put(path, names[i]);
        assert_refused(path, names[i], SP_ERROR_FILE);
        g_autoptr(SpDirectory) directory = scan(path);
        const char *shown = sp_directory_get(directory, 0)->path;
        cr_expect(g_utf8_validate(shown, -1, NULL) && strchr(shown, '\n') == NULL);
        sp_test_plugins_free(path);
    }
}

Test(scan, takes_one_file_by_name_whatever_it_is_called)
{
    char *path = sp_test_plugins_new();
    g_autofree char *other = put(path, "other.so");
    g_autofree char *file = put(path, "plugin");
    g_autoptr(SpDirectory) directory = sp_directory_scan_file(file, NULL);
    cr_assert_eq(sp_directory_get_n(directory), 1u);
    cr_expect_str_eq(sp_directory_get(directory, 0)->path, file);
    cr_expect_null(sp_directory_get(directory, 0)->refusal);
    sp_test_plugins_free(path);
}

Test(scan, lists_a_named_file_that_is_missing_or_a_directory)
{
    const char *paths[] = {"/nonexistent.so", "/usr", "/", "/usr//"};
    for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autoptr(SpDirectory) directory = sp_directory_scan_file(paths[i], NULL);
        cr_assert_not_null(directory, "%s", paths[i]);
        const GError *refusal = sp_directory_get(directory, 0)->refusal;
        cr_expect(g_error_matches(refusal, SP_ERROR, SP_ERROR_FILE), "%s", paths[i]);
    }
}

Test(scan, refuses_a_named_file_in_a_directory_that_is_missing_or_unsafe)
{
    g_autoptr(GError) missing = NULL;
    cr_expect_null(sp_directory_scan_file("/nonexistent/x.so", &missing));
    cr_expect(g_error_matches(missing, SP_ERROR, SP_ERROR_DIRECTORY));
    char *path = sp_test_plugins_new();
    g_autofree char *file = put(path, "x.so");
    cr_assert_eq(g_chmod(path, 0777), 0);
    g_autoptr(GError) unsafe = NULL;
    cr_expect_null(sp_directory_scan_file(file, &unsafe));
    cr_expect(g_error_matches(unsafe, SP_ERROR, SP_ERROR_PERMISSION));
    sp_test_plugins_free(path);
}

Test(scan, opens_what_stands_beside_a_plugin)
{
    char *path = sp_test_plugins_new();
    g_free(put(path, "a.so"));
    g_autofree char *beside = put(path, "a.so.minisig");
    g_autoptr(SpDirectory) directory = scan(path);
    g_autoptr(GError) error = NULL;
    sp_autofd int fd = -1;
    int absent = 0;
    cr_assert_eq(sp_directory_get_n(directory), 1u);
    cr_expect(sp_directory_open_beside(directory, 0, ".minisig", &fd, NULL));
    cr_expect_geq(fd, 0);
    cr_expect(sp_directory_open_beside(directory, 0, ".other", &absent, NULL));
    cr_expect_eq(absent, -1);
    cr_assert_eq(g_chmod(beside, 0666), 0);
    cr_expect_not(sp_directory_open_beside(directory, 0, ".minisig", &absent, &error));
    cr_expect(g_error_matches(error, SP_ERROR, SP_ERROR_PERMISSION));
    cr_expect_eq(absent, -1);
    sp_test_plugins_free(path);
}
