/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What was read before is not read again; the linker puts a counter before the parser. */
#include "act/recall_file.h"
#include "support/extensions.h"
#include "support/plugins.h"

#include <pg_query.h>

static gint n_parsed;

PgQueryProtobufParseResult __real_pg_query_parse_protobuf(const char *input);
PgQueryProtobufParseResult __wrap_pg_query_parse_protobuf(const char *input);

PgQueryProtobufParseResult
__wrap_pg_query_parse_protobuf(const char *input)
{
    g_atomic_int_inc(&n_parsed);
    return __real_pg_query_parse_protobuf(input);
}

static char *folder;
static GPtrArray *extensions;

static void
add(const char *id, const char *sql, const char *cross)
{
    const char *const tables[] = {cross};
    g_ptr_array_add(extensions,
                    sp_test_extension(&(struct sp_extension_vtable){
                        .id = id,
                        .schemas = SP_TEST_LIST(struct sp_schema, {.sql = sql}),
                        .cross_extension_tables = {tables, cross != NULL, sizeof tables[0]},
                    }));
}

static void
set_up(void)
{
    folder = sp_test_plugins_new();
    extensions = g_ptr_array_new_with_free_func((GDestroyNotify)sp_extension_unref);
    add("users", "CREATE TABLE IF NOT EXISTS users (id int);", NULL);
    add("audit",
        "CREATE TABLE IF NOT EXISTS shop.log (id int);"
        "CREATE TABLE IF NOT EXISTS log (id int);",
        "users");
}

static void
tear_down(void)
{
    g_ptr_array_unref(extensions);
    sp_test_plugins_free(folder);
}

TestSuite(recall_file, .init = set_up, .fini = tear_down);

static const char *const nothing[] = {NULL};

static SpDeclared *
declare(const SpRecall *recall)
{
    n_parsed = 0;
    return sp_declared_new(extensions, &(SpDeclaredOptions){nothing, .recall = recall});
}

static void
keep(void)
{
    g_autoptr(SpDeclared) declared = declare(NULL);
    cr_assert_eq(n_parsed, 2);
    sp_recall_file_write(folder, declared);
}

Test(recall_file, spares_the_parser_and_still_says_who_owns_what)
{
    keep();
    g_autoptr(SpRecall) recall = sp_recall_file_read(folder);
    cr_assert_not_null(recall);
    g_autoptr(SpDeclared) declared = declare(recall);
    cr_expect_eq(n_parsed, 0);
    cr_expect(sp_declared_is_unchanged(declared));
    cr_expect_eq(sp_findings_refusals(sp_declared_get_findings(declared))->len, 0);
    g_auto(GStrv) tables = sp_ownership_get_tables(sp_declared_get_ownership(declared), "audit");
    g_autofree char *all = g_strjoinv(" ", tables);
    cr_expect_str_eq(all, "public.log shop.log");
}

Test(recall_file, has_what_changed_read_alone_and_is_then_whole_again)
{
    keep();
    g_autoptr(SpRecall) recall = sp_recall_file_read(folder);
    add("notes", "CREATE TABLE IF NOT EXISTS notes (id int);", NULL);
    g_autoptr(SpDeclared) declared = declare(recall);
    cr_expect_eq(n_parsed, 1);
    sp_recall_file_write(folder, declared);
    g_autoptr(SpRecall) again = sp_recall_file_read(folder);
    g_autoptr(SpDeclared) second = declare(again);
    cr_expect_eq(n_parsed, 0);
}

Test(recall_file, is_not_written_of_what_is_refused)
{
    add("thief", "CREATE TABLE IF NOT EXISTS users (id int);", NULL);
    g_autoptr(SpDeclared) declared = declare(NULL);
    sp_recall_file_write(folder, declared);
    cr_expect_null(sp_recall_file_read(folder));
}

Test(recall_file, lets_a_newcomer_be_refused_for_what_an_unread_one_owns)
{
    keep();
    g_autoptr(SpRecall) recall = sp_recall_file_read(folder);
    add("thief", "CREATE TABLE IF NOT EXISTS users (id int);", NULL);
    g_autoptr(SpDeclared) declared = declare(recall);
    cr_expect_eq(sp_findings_refusals(sp_declared_get_findings(declared))->len, 1);
}
