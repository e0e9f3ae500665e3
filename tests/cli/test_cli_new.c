/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "run.h"

#include "support/folder.h"

#include <string.h>
#include <unistd.h>

static SpTestFolder *folder;

/* It writes into the current folder; each test is a process of its own. */
static void
setup(void)
{
    folder = sp_test_folder_new();
    cr_assert_eq(chdir(folder->root), 0);
}

static void
teardown(void)
{
    sp_test_folder_free(folder);
}

TestSuite(cli_new, .init = setup, .fini = teardown);

Test(cli_new, writes_a_folder_that_embed_takes)
{
    g_autoptr(SpRun) run = RUN("new", "notes");
    sp_assert_status(run, 0);
    sp_expect_says(run->out, "  notes/extension.conf\n");
    sp_expect_says(run->out, "  meson test -C notes/build\n");
    sp_expect_silent(run->err);
    g_autoptr(SpRun) check = RUN("embed", "--check", "notes");
    sp_assert_status(check, 0);
    cr_expect_str_eq(check->out, "folder checked: 0 errors, 0 warnings\n");
}

Test(cli_new, lists_every_file_in_json)
{
    g_autoptr(SpRun) run = RUN("new", "--lang=c", "--format=json", "notes");
    sp_assert_status(run, 0);
    JsonArray *files = json_object_get_array_member(sp_run_json(run, "new"), "files");
    gboolean has_hooks = FALSE;
    for (guint i = 0; i < json_array_get_length(files); i++) {
        const char *path = json_array_get_string_element(files, i);
        cr_expect(g_file_test(path, G_FILE_TEST_IS_REGULAR), "%s", path);
        has_hooks = has_hooks || g_str_equal(path, "notes/hooks.c");
    }
    cr_expect(has_hooks);
}

Test(cli_new, refuses_what_exists)
{
    sp_test_folder_put(folder, "mine", "mine", -1);
    g_autoptr(SpRun) run = RUN("new", "--format=json", "orders");
    sp_assert_status(run, 65);
    JsonObject *answer = sp_run_json(run, "new");
    cr_expect_str_eq(
        json_object_get_string_member(json_object_get_object_member(answer, "error"), "code"),
        "extension-folder");
    cr_expect(json_object_get_null_member(answer, "folder"));
    sp_expect_says(run->err, "\"orders\"");
}

Test(cli_new, knows_two_languages)
{
    g_autoptr(SpRun) sql = RUN("new", "--lang=sql", "notes");
    sp_assert_status(sql, 0);
    g_autoptr(SpRun) other = RUN("new", "--lang=cobol", "other");
    sp_assert_status(other, 64);
    cr_expect_not(g_file_test("other", G_FILE_TEST_EXISTS));
}
