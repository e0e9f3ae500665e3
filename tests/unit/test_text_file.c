/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/text_file.h"

#include "../support/folder.h"

#include <sys/stat.h>

static SpTestFolder *folder;

static void
setup(void)
{
    folder = sp_test_folder_new();
}

static void
teardown(void)
{
    sp_test_folder_free(folder);
}

TestSuite(text_file, .init = setup, .fini = teardown);

static char *
read_name(const char *name)
{
    g_autofree char *path = g_build_filename(folder->path, name, NULL);
    return sp_text_file_read(path, name, folder->findings);
}

Test(text_file, lists_names_bytewise_and_without_dot_files)
{
    const char *const names[] = {"b.sql",      "a.sql", "B.sql", "\xC3\xA4.sql",
                                 ".a.sql.swp", "10",    "9"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        sp_test_folder_put(folder, names[i], "", 0);
    g_autoptr(GPtrArray) found = sp_text_file_list(folder->path, "here", folder->findings);
    g_ptr_array_add(found, NULL);
    g_autofree char *joined = g_strjoinv(" ", (char **)found->pdata);
    cr_expect_str_eq(joined, "10 9 B.sql a.sql b.sql \xC3\xA4.sql");
}

Test(text_file, takes_a_directory_that_does_not_exist_as_empty)
{
    g_autoptr(GPtrArray) found = sp_text_file_list("/nonexistent/x", "here", folder->findings);
    cr_expect_eq(found->len, 0u);
    cr_expect_eq(sp_findings_refusals(folder->findings)->len, 0u);
}

Test(text_file, refuses_to_list_what_is_no_directory)
{
    sp_test_folder_put(folder, "file", "", 0);
    g_autofree char *path = g_build_filename(folder->path, "file", NULL);
    g_autoptr(GPtrArray) found = sp_text_file_list(path, "here", folder->findings);
    cr_expect_eq(found->len, 0u);
    sp_test_assert_refused(folder->findings, "here", 0);
}

Test(text_file, reads_every_byte_as_it_is)
{
    const char *text = "\xEF\xBB\xBF-- caf\xC3\xA9\r\n\tSELECT '\\';\x01\n\n";
    sp_test_folder_put(folder, "a.sql", text, -1);
    g_autofree char *read = read_name("a.sql");
    cr_expect_str_eq(read, text);
}

Test(text_file, refuses_a_nul_with_its_line)
{
    sp_test_folder_put(folder, "a.sql", "SELECT 1;\n\nSELECT\0 2;\n", 22);
    cr_expect_null(read_name("a.sql"));
    sp_test_assert_refused(folder->findings, "a.sql", 3);
}

Test(text_file, refuses_what_is_not_utf_8_with_its_line)
{
    sp_test_folder_put(folder, "a.sql", "SELECT 1;\n-- caf\xE9\n", -1);
    cr_expect_null(read_name("a.sql"));
    sp_test_assert_refused(folder->findings, "a.sql", 2);
}

Test(text_file, refuses_a_folder_and_what_does_not_exist)
{
    cr_expect_null(read_name("absent.sql"));
    sp_test_assert_refused(folder->findings, "absent.sql", 0);
    cr_expect_null(read_name("."));
    cr_expect_eq(sp_findings_refusals(folder->findings)->len, 2u);
}

Test(text_file, does_not_wait_for_the_writer_of_a_fifo, .timeout = 10)
{
    g_autofree char *path = g_build_filename(folder->path, "a.sql", NULL);
    cr_assert_eq(mkfifo(path, 0644), 0);
    cr_expect_null(read_name("a.sql"));
    sp_test_assert_refused(folder->findings, "a.sql", 0);
}
