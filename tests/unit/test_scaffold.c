/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/scaffold.h"

#include "../support/folder.h"
#include "act/folder.h"
#include "model/prepared.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static SpTestFolder *folder;

static void
setup(void)
{
    folder = sp_test_folder_new();
    cr_assert_eq(g_rmdir(folder->path), 0);
}

static void
teardown(void)
{
    sp_test_folder_free(folder);
}

TestSuite(scaffold, .init = setup, .fini = teardown);

/* How many entries stand beside each other in the parent. */
static guint
count_entries(void)
{
    g_autoptr(GDir) directory = g_dir_open(folder->root, 0, NULL);
    guint n = 0;
    while (g_dir_read_name(directory) != NULL)
        n++;
    return n;
}

static void
write_accepted(const char *name, gboolean has_c, SpFolderSymbols *out_symbols)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) files = sp_scaffold_write(folder->root, name, has_c, &error);
    cr_assert_null(error, "%s", error->message);
    g_autofree char *path = g_build_filename(folder->root, name, NULL);
    g_autoptr(SpExtension) extension = sp_folder_read(path, out_symbols, folder->findings);
    sp_test_assert_accepted(folder->findings);
    g_autoptr(SpPrepared) prepared = sp_prepared_new(extension, 0, folder->findings);
    sp_test_assert_accepted(folder->findings);
    cr_expect_eq(sp_findings_warnings(folder->findings)->len, 0u);
    cr_expect_str_eq(sp_extension_get_id(extension), name);
    cr_expect_eq(sp_extension_get_n_schemas(extension), 1u);
    cr_expect_not_null(sp_extension_get_migration(extension, 0)->down_sql);
    cr_expect_eq(sp_extension_get_n_seeds(extension), 1u);
}

Test(scaffold, writes_a_folder_that_is_an_extension_without_a_finding)
{
    g_auto(SpFolderSymbols) symbols = {0};
    write_accepted("orders", FALSE, &symbols);
    cr_expect_null(symbols.hooks);
    g_autofree char *hooks = g_build_filename(folder->path, "hooks.c", NULL);
    cr_expect_not(g_file_test(hooks, G_FILE_TEST_EXISTS));
    g_autofree char *script = g_build_filename(folder->path, "tests", "install.sh", NULL);
    cr_expect(g_file_test(script, G_FILE_TEST_IS_EXECUTABLE));
}

Test(scaffold, names_the_hooks_in_c_by_an_identifier)
{
    g_auto(SpFolderSymbols) symbols = {0};
    write_accepted("my-orders", TRUE, &symbols);
    cr_expect_str_eq(symbols.hooks, "my_orders_hooks");
    cr_expect_str_eq(symbols.validate_config, "my_orders_validate_config");
}

Test(scaffold, takes_every_name_that_is_an_id)
{
    char longest[64] = {0};
    memset(longest, 'a', sizeof longest - 1);
    write_accepted(longest, FALSE, NULL);
    write_accepted("user", FALSE, NULL);
}

Test(scaffold, refuses_a_name_that_is_no_id)
{
    static const char *const names[] = {"Orders", "", "../orders", "1st", "a b", "retire"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GError) error = NULL;
        cr_expect_null(sp_scaffold_write(folder->root, names[i], FALSE, &error));
        cr_expect(g_error_matches(error, SP_ERROR, SP_ERROR_FOLDER), "%s", names[i]);
    }
    cr_expect_eq(count_entries(), 0u);
}

static void
assert_exists_already(void)
{
    g_autoptr(GError) error = NULL;
    cr_expect_null(sp_scaffold_write(folder->root, "orders", TRUE, &error));
    cr_expect(g_error_matches(error, SP_ERROR, SP_ERROR_FOLDER));
    cr_expect_eq(count_entries(), 1u);
}

Test(scaffold, leaves_a_folder_with_something_in_it_alone)
{
    sp_test_folder_put(folder, "README.md", "mine", -1);
    assert_exists_already();
    g_autofree char *path = g_build_filename(folder->path, "README.md", NULL);
    g_autofree char *content = NULL;
    cr_assert(g_file_get_contents(path, &content, NULL, NULL));
    cr_expect_str_eq(content, "mine");
}

Test(scaffold, leaves_a_file_or_a_link_alone)
{
    cr_assert(g_file_set_contents(folder->path, "mine", -1, NULL));
    assert_exists_already();
    cr_assert_eq(g_unlink(folder->path), 0);
    cr_assert_eq(symlink("nowhere", folder->path), 0);
    assert_exists_already();
    cr_expect(g_file_test(folder->path, G_FILE_TEST_IS_SYMLINK));
}

Test(scaffold, takes_the_place_of_an_empty_folder)
{
    cr_assert_eq(g_mkdir(folder->path, 0755), 0);
    write_accepted("orders", FALSE, NULL);
}

Test(scaffold, leaves_nothing_behind_when_it_cannot_write)
{
    /* Small enough for some files, and too small for others. */
    const struct rlimit limit = {256, 256};
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    g_autoptr(GError) error = NULL;
    cr_expect_null(sp_scaffold_write(folder->root, "orders", TRUE, &error));
    cr_expect(g_error_matches(error, SP_ERROR, SP_ERROR_CONFIGURATION));
    cr_expect_eq(count_entries(), 0u);
}

Test(scaffold, says_where_it_cannot_write)
{
    g_autoptr(GError) error = NULL;
    cr_expect_null(sp_scaffold_write("/nonexistent", "orders", FALSE, &error));
    cr_expect(g_error_matches(error, SP_ERROR, SP_ERROR_CONFIGURATION));
}
