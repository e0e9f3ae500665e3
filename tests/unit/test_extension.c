/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "model/declaration.h"
#include "support/extensions.h"

#include <criterion/criterion.h>
#include <string.h>

#define LONG_63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LONG_64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static guint
count_refusals(const struct sp_extension_vtable *vtable)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(SpExtension) extension = sp_test_extension_at(vtable, "/plugins/x.so", findings);
    const GPtrArray *refusals = sp_findings_refusals(findings);
    cr_assert_eq(extension == NULL, refusals->len > 0);
    for (guint i = 0; i < refusals->len; i++) {
        const GError *error = g_ptr_array_index(refusals, i);
        cr_assert_eq(error->code, SP_ERROR_INVALID_EXTENSION);
        cr_assert_str_eq(sp_error_get_place(error)->path, "/plugins/x.so");
    }
    return refusals->len;
}

typedef struct {
    const char *what;
    struct sp_extension_vtable vtable;
} BadCase;

#define ONE(type, ...) SP_TEST_LIST(type, {__VA_ARGS__})

static void
assert_one_refusal_each(const BadCase *cases, guint n_cases)
{
    for (guint i = 0; i < n_cases; i++)
        cr_assert_eq(count_refusals(&cases[i].vtable), 1, "%s", cases[i].what);
}

Test(extension, refuses_what_does_not_fit)
{
    const BadCase cases[] = {
        {"empty id", {.id = "", .name = "x"}},
        {"capital id", {.id = "Users"}},
        {"name not UTF-8", {.id = "a", .name = "\xFF"}},
        {"empty name", {.id = "a", .name = ""}},
        {"version", {.id = "a", .version = "one"}},
        {"description not UTF-8", {.id = "a", .description = "\xC0\x80"}},
        {"dependency without id", {.id = "a", .dependencies = ONE(struct sp_dependency, NULL)}},
        {"range", {.id = "a", .dependencies = ONE(struct sp_dependency, "b", "1.0")}},
        {"flag", {.id = "a", .dependencies = ONE(struct sp_dependency, "b", NULL, 2)}},
        {"dependency twice",
         {.id = "a", .dependencies = SP_TEST_LIST(struct sp_dependency, {"b"}, {"b"})}},
        {"empty range", {.id = "a", .dependencies = ONE(struct sp_dependency, "b", "")}},
        {"schema without SQL", {.id = "a", .schemas = ONE(struct sp_schema, .table = "t")}},
        {"long table",
         {.id = "a", .schemas = ONE(struct sp_schema, .table = LONG_64, .sql = "SELECT 1")}},
        {"empty namespace",
         {.id = "a", .schemas = ONE(struct sp_schema, .namespace_name = "", .sql = "SELECT 1")}},
        {"empty required column",
         {.id = "a",
          .schemas = ONE(struct sp_schema, .sql = "s",
                         .required_columns = SP_TEST_LIST(const char *, ""))}},
        {"empty seed", {.id = "a", .seeds = ONE(struct sp_seed, "s", "")}},
        {"seed id", {.id = "a", .seeds = ONE(struct sp_seed, "A", "s")}},
        {"seed twice", {.id = "a", .seeds = SP_TEST_LIST(struct sp_seed, {"s", "x"}, {"s", "y"})}},
        {"retirement without SQL", {.id = "a", .retirements = ONE(struct sp_retirement, NULL)}},
        {"empty retirement", {.id = "a", .retirements = ONE(struct sp_retirement, "")}},
        {"retirement not UTF-8", {.id = "a", .retirements = ONE(struct sp_retirement, "\xFF")}},
        {"cross table of three parts",
         {.id = "a", .cross_extension_tables = SP_TEST_LIST(const char *, "a.b.c")}},
        {"NULL cross table",
         {.id = "a", .cross_extension_tables = SP_TEST_LIST(const char *, NULL)}},
        {"cross table twice",
         {.id = "a", .cross_extension_tables = SP_TEST_LIST(const char *, "t", "public.t")}},
    };
    assert_one_refusal_each(cases, G_N_ELEMENTS(cases));
}

Test(extension, refuses_a_migration_that_does_not_fit)
{
    const BadCase cases[] = {
        {"version beyond the ledger's column",
         {.id = "a",
          .migrations = ONE(struct sp_migration, .version = 2147483648u, .name = "n", .sql = "s")}},
        {"version twice",
         {.id = "a",
          .migrations = SP_TEST_LIST(struct sp_migration, {.version = 1, .name = "n", .sql = "s"},
                                     {.version = 1, .name = "m", .sql = "s"})}},
        {"migration name",
         {.id = "a", .migrations = ONE(struct sp_migration, .name = "A-b", .sql = "s")}},
        {"migration flag",
         {.id = "a", .migrations = ONE(struct sp_migration, .flags = 4, .name = "n", .sql = "s")}},
        {"down without a transaction",
         {.id = "a",
          .migrations = ONE(struct sp_migration, .flags = SP_MIGRATION_NO_TRANSACTION, .name = "n",
                            .sql = "s", .down_sql = "d")}},
        {"empty down",
         {.id = "a",
          .migrations = ONE(struct sp_migration, .name = "n", .sql = "s", .down_sql = "")}},
        {"migration without a name",
         {.id = "a", .migrations = ONE(struct sp_migration, .sql = "s")}},
        {"tombstone with SQL",
         {.id = "a",
          .migrations =
              ONE(struct sp_migration, .flags = SP_MIGRATION_TOMBSTONE, .name = "n", .sql = "s")}},
        {"tombstone with down SQL",
         {.id = "a",
          .migrations = ONE(struct sp_migration, .flags = SP_MIGRATION_TOMBSTONE, .name = "n",
                            .down_sql = "s")}},
        {"tombstone without a name",
         {.id = "a", .migrations = ONE(struct sp_migration, .flags = SP_MIGRATION_TOMBSTONE)}},
        {"tombstone over a migration",
         {.id = "a",
          .migrations =
              SP_TEST_LIST(struct sp_migration, {.version = 1, .name = "n", .sql = "s"},
                           {.version = 1, .name = "n", .flags = SP_MIGRATION_TOMBSTONE})}},
    };
    assert_one_refusal_each(cases, G_N_ELEMENTS(cases));
}

Test(extension, accepts_what_just_fits)
{
    struct sp_extension_vtable vtable = {
        .id = LONG_63,
        .version = "1",
        .priority = G_MAXUINT32,
        .schemas = ONE(struct sp_schema, .table = LONG_63, .sql = "s"),
        .migrations = ONE(struct sp_migration, .version = G_MAXINT32, .name = "0", .sql = "s"),
        .cross_extension_tables = SP_TEST_LIST(const char *, LONG_63 "." LONG_63, "t", "b.t"),
    };
    cr_assert_eq(count_refusals(&vtable), 0);
}

static GError *
first_refusal(const struct sp_extension_vtable *vtable)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    cr_assert_null(sp_test_extension_at(vtable, "/plugins/x.so", findings));
    return g_error_copy(g_ptr_array_index(sp_findings_refusals(findings), 0));
}

Test(extension, takes_a_dependency_on_itself_for_a_cycle)
{
    struct sp_extension_vtable vtable = {.id = "a", .dependencies = ONE(struct sp_dependency, "a")};
    g_autoptr(GError) error = first_refusal(&vtable);
    cr_assert_eq(error->code, SP_ERROR_DEPENDENCY_CYCLE);
    cr_assert(g_strrstr(error->message, "\"a\" -> \"a\""));
}

Test(extension, says_where_a_fault_is)
{
    struct sp_extension_vtable vtable = {
        .id = "shop", .seeds = SP_TEST_LIST(struct sp_seed, {"one", "x"}, {"two", NULL})};
    g_autoptr(GError) error = first_refusal(&vtable);
    cr_assert_str_eq(sp_error_get_place(error)->extension, "shop");
    cr_assert(g_strrstr(error->message, "seeds[1]"));
}

Test(extension, quotes_little_of_an_endless_text)
{
    g_autofree char *id = g_malloc0(1u << 20);
    for (guint i = 0; i + 2 < 1u << 20; i += 2)
        memcpy(id + i, "\xC3\xA9", 2);
    g_autoptr(GError) error = first_refusal(&(struct sp_extension_vtable){.id = id, .name = "n"});
    cr_assert_lt(strlen(error->message), 500);
    cr_assert(g_utf8_validate(error->message, -1, NULL));
}

Test(extension, reports_every_fault_of_a_plugin)
{
    struct sp_extension_vtable vtable = {
        .id = "A",
        .name = "\xFF",
        .version = "x",
        .seeds = SP_TEST_LIST(struct sp_seed, {NULL, NULL}),
    };
    cr_assert_eq(count_refusals(&vtable), 5);
}

Test(extension, keeps_all_that_was_declared)
{
    struct sp_extension_vtable vtable = {
        .id = "shop",
        .flags = SP_EXTENSION_REQUIRED,
        .priority = 7,
        .dependencies =
            SP_TEST_LIST(struct sp_dependency, {"users", ">=1", SP_DEPENDENCY_OPTIONAL, 0}),
        .schemas = SP_TEST_LIST(struct sp_schema,
                                {.table = "t",
                                 .sql = "CREATE",
                                 .required_columns = SP_TEST_LIST(const char *, "id", "b")}),
        .migrations = SP_TEST_LIST(struct sp_migration, {.version = 12, .name = "b", .sql = "2"},
                                   {.version = 3, .name = "a", .sql = "1", .source = "f.sql"}),
        .seeds = SP_TEST_LIST(struct sp_seed, {"s", "3"}),
        .retirements = SP_TEST_LIST(struct sp_retirement, {"4"}, {"5", "old.sql"}),
        .cross_extension_tables = SP_TEST_LIST(const char *, "billing.invoices"),
    };
    g_autoptr(SpExtension) shop = sp_test_extension(&vtable);
    cr_assert(sp_extension_is_required(shop));
    cr_assert_eq(sp_extension_get_priority(shop), 7);
    cr_assert(sp_extension_get_dependency(shop, 0)->is_optional);
    cr_assert_str_eq(sp_extension_get_schema(shop, 0)->namespace_name, "public");
    cr_assert_str_eq(sp_extension_get_schema(shop, 0)->required_columns[1], "b");
    cr_assert_str_eq(sp_extension_get_schema(shop, 0)->source, "schema 1");
    cr_assert_eq(sp_extension_get_migration(shop, 0)->version, 3, "sorted by version");
    cr_assert_str_eq(sp_extension_get_migration(shop, 0)->source, "f.sql");
    cr_assert_str_eq(sp_extension_get_migration(shop, 1)->source, "migration 012_b");
    cr_assert_str_eq(sp_extension_get_seed(shop, 0)->source, "seed s");
    cr_assert_str_eq(sp_extension_get_cross_tables(shop)[0], "billing.invoices");
    cr_assert_null(sp_extension_get_hooks(shop)[0]);
    cr_assert_eq(sp_extension_get_n_retirements(shop), 2);
    cr_assert_str_eq(sp_extension_get_retirement(shop, 0)->source, "retirement 1");
    cr_assert_str_eq(sp_extension_get_retirement(shop, 1)->sql, "5");
    cr_assert_str_eq(sp_extension_get_retirement(shop, 1)->source, "old.sql");
}

Test(extension, keeps_a_tombstone_as_a_migration_without_text)
{
    struct sp_extension_vtable vtable = {
        .id = "shop",
        .migrations = SP_TEST_LIST(
            struct sp_migration,
            {.version = 2, .name = "gone", .flags = SP_MIGRATION_TOMBSTONE, .source = "x"},
            {.version = 1, .name = "a", .sql = "1"})};
    g_autoptr(SpExtension) shop = sp_test_extension(&vtable);
    const SpMigration *tombstone = sp_extension_get_migration(shop, 1);
    cr_assert(tombstone->is_tombstone);
    cr_assert_str_empty(tombstone->sql);
    cr_assert_str_eq(tombstone->source, "x");
    cr_assert_not(sp_extension_get_migration(shop, 0)->is_tombstone);
}

Test(extension, takes_a_directive_of_the_text_for_the_flag)
{
    struct sp_extension_vtable vtable = {
        .id = "shop",
        .migrations = SP_TEST_LIST(
            struct sp_migration, {.version = 1, .name = "a", .sql = "-- x\n-- @no-transaction\nA"},
            {.version = 2, .name = "b", .sql = "A"})};
    g_autoptr(SpExtension) shop = sp_test_extension(&vtable);
    cr_assert_not(sp_extension_get_migration(shop, 0)->is_transactional);
    cr_assert(sp_extension_get_migration(shop, 1)->is_transactional);
}

Test(extension, refuses_down_sql_beside_a_directive_like_beside_the_flag)
{
    struct sp_extension_vtable vtable = {.id = "shop",
                                         .migrations =
                                             ONE(struct sp_migration, .version = 1, .name = "a",
                                                 .sql = "-- @no-transaction\nA", .down_sql = "B")};
    cr_assert_eq(count_refusals(&vtable), 1);
}

/* A declaration that is cut anywhere, or goes on, or whose counts promise more than there is. */
Test(extension, refuses_bytes_that_do_not_make_sense_to_the_last)
{
    struct sp_extension_vtable vtable = sp_test_vtable(&(struct sp_extension_vtable){
        .id = "shop", .seeds = ONE(struct sp_seed, .id = "s", .sql = "A")});
    g_autoptr(GBytes) whole = sp_declaration_new(&vtable, sizeof vtable, NULL);
    gsize size;
    const guint8 *data = g_bytes_get_data(whole, &size);
    for (gsize length = 0; length < size; length++) {
        g_autoptr(SpFindings) findings = sp_findings_new();
        g_autoptr(GBytes) cut = g_bytes_new(data, length);
        cr_expect_null(sp_extension_new(cut, "/plugins/x.so", findings), "%zu bytes", length);
        cr_expect_gt(sp_findings_refusals(findings)->len, 0u);
    }
    g_autofree guint8 *longer = g_malloc0(size + 1);
    memcpy(longer, data, size);
    g_autoptr(GBytes) more = g_bytes_new(longer, size + 1);
    g_autoptr(SpFindings) findings = sp_findings_new();
    cr_expect_null(sp_extension_new(more, "/plugins/x.so", findings));
}

/* Whatever a stranger sends, reading it ends, and without a fault of memory (see --sanitize). */
Test(extension, survives_every_byte_that_is_another)
{
    struct sp_extension_vtable vtable = sp_test_vtable(&(struct sp_extension_vtable){
        .id = "shop",
        .migrations = ONE(struct sp_migration, .version = 1, .name = "a", .sql = "A")});
    g_autoptr(GBytes) whole = sp_declaration_new(&vtable, sizeof vtable, NULL);
    gsize size;
    const guint8 *data = g_bytes_get_data(whole, &size);
    g_autofree guint8 *other = g_memdup2(data, size);
    for (gsize i = 0; i < size; i++) {
        g_autoptr(SpFindings) findings = sp_findings_new();
        other[i] = (guint8)~other[i];
        g_autoptr(GBytes) bytes = g_bytes_new(other, size);
        g_autoptr(SpExtension) extension = sp_extension_new(bytes, "/plugins/x.so", findings);
        cr_expect_eq(extension == NULL, sp_findings_refusals(findings)->len > 0, "byte %zu", i);
        other[i] = data[i];
    }
}
