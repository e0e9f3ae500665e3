/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "run.h"

#include "support/folder.h"

#include <string.h>

static SpTestFolder *folder;

static void
setup(void)
{
    folder = sp_test_folder_new();
    sp_test_folder_put(folder, "schema/orders.sql",
                       "CREATE TABLE IF NOT EXISTS orders (id bigint PRIMARY KEY);\n", -1);
}

static void
teardown(void)
{
    sp_test_folder_free(folder);
}

TestSuite(cli_embed, .init = setup, .fini = teardown);

static void
break_folder(void)
{
    sp_test_folder_put(folder, "seeds/one.sql", "\nINSRT INTO orders VALUES (1);\n", -1);
    sp_test_folder_put(folder, "schema/worse.sql", "DROP TABLE orders;\n", -1);
}

Test(cli_embed, writes_c_source_to_stdout)
{
    g_autoptr(SpRun) run = RUN("embed", folder->path);
    sp_assert_status(run, 0);
    sp_expect_says(run->out, "SP_EXTENSION(");
    sp_expect_silent(run->err);
}

Test(cli_embed, writes_the_same_to_a_file)
{
    g_autofree char *path = g_build_filename(folder->root, "orders.c", NULL);
    g_autofree char *content = NULL;
    g_autoptr(SpRun) to_stdout = RUN("embed", folder->path);
    g_autoptr(SpRun) to_file = RUN("embed", folder->path, "--output", path);
    sp_assert_status(to_file, 0);
    sp_expect_silent(to_file->out);
    cr_assert(g_file_get_contents(path, &content, NULL, NULL));
    cr_expect_str_eq(content, to_stdout->out);
}

Test(cli_embed, leaves_the_file_alone_when_it_refuses)
{
    g_autofree char *path = g_build_filename(folder->root, "orders.c", NULL);
    g_autofree char *content = NULL;
    break_folder();
    g_file_set_contents(path, "before", -1, NULL);
    g_autoptr(SpRun) run = RUN("embed", folder->path, "--output", path);
    sp_assert_status(run, 65);
    cr_assert(g_file_get_contents(path, &content, NULL, NULL));
    cr_expect_str_eq(content, "before");
}

Test(cli_embed, says_where_it_cannot_write)
{
    g_autoptr(SpRun) run = RUN("embed", folder->path, "-o", "/nonexistent/orders.c");
    sp_assert_status(run, 78);
    sp_expect_says(run->err, "/nonexistent/orders.c");
}

Test(cli_embed, refuses_a_bad_folder_with_every_finding_on_stderr)
{
    break_folder();
    g_autoptr(SpRun) run = RUN("embed", folder->path);
    sp_assert_status(run, 65);
    sp_expect_silent(run->out);
    sp_expect_says(run->err, "seeds/one.sql:2:1");
    sp_expect_says(run->err, "schema/worse.sql:1:1");
}

Test(cli_embed, only_checks_when_told_to)
{
    g_autoptr(SpRun) good = RUN("embed", "--check", folder->path);
    sp_assert_status(good, 0);
    cr_expect_str_eq(good->out, "folder checked: 0 errors, 0 warnings\n");
    break_folder();
    g_autoptr(SpRun) bad = RUN("embed", "--check", folder->path);
    sp_assert_status(bad, 65);
    sp_expect_says(bad->out, "seeds/one.sql:2:1: error: sql-syntax: ");
    sp_expect_says(bad->out, "folder checked: 2 errors, 0 warnings\n");
    sp_expect_silent(bad->err);
}

Test(cli_embed, checks_in_json)
{
    break_folder();
    g_autoptr(SpRun) run = RUN("embed", "--check", "--format=json", folder->path);
    sp_assert_status(run, 65);
    JsonArray *findings = json_object_get_array_member(sp_run_json(run, "embed_check"), "findings");
    sp_find(findings, "code", "sql-syntax");
}

Test(cli_embed, refuses_a_folder_that_is_not_there)
{
    g_autoptr(SpRun) run = RUN("embed", "/nonexistent/orders");
    sp_assert_status(run, 65);
    sp_expect_silent(run->out);
    sp_expect_says(run->err, "/nonexistent/orders");
}

Test(cli_embed, writes_through_a_link_and_keeps_it)
{
    g_autofree char *target = g_strconcat(folder->path, ".target.c", NULL);
    g_autofree char *link = g_strconcat(folder->path, ".link.c", NULL);
    g_file_set_contents(target, "old", -1, NULL);
    cr_assert_eq(symlink(target, link), 0);
    g_autoptr(SpRun) run = RUN("embed", "--output", link, folder->path);
    sp_assert_status(run, 0);
    g_autofree char *written = NULL;
    g_file_get_contents(target, &written, NULL, NULL);
    cr_expect_not_null(strstr(written, "SP_EXTENSION("));
    cr_expect(g_file_test(link, G_FILE_TEST_IS_SYMLINK));
    unlink(link);
    unlink(target);
}
