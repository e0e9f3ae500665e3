/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/folder.h"

#include "../support/folder.h"

static SpTestFolder *folder;
static SpExtension *extension;

static void
setup(void)
{
    folder = sp_test_folder_new();
}

static void
teardown(void)
{
    g_clear_pointer(&extension, sp_extension_unref);
    sp_test_folder_free(folder);
}

TestSuite(folder, .init = setup, .fini = teardown);

static void
put(const char *name, const char *content)
{
    sp_test_folder_put(folder, name, content, -1);
}

static void
read_folder(void)
{
    extension = sp_folder_read(folder->path, NULL, folder->findings);
}

static void
read_good_folder(void)
{
    read_folder();
    sp_test_assert_accepted(folder->findings);
    cr_assert_not_null(extension);
}

static void
assert_refused(const char *source, guint line)
{
    read_folder();
    cr_expect_null(extension);
    sp_test_assert_refused(folder->findings, source, line);
    const GError *error = sp_test_only_refusal(folder->findings);
    cr_expect_str_eq(sp_error_get_place(error)->path, folder->path);
}

Test(folder, has_a_default_for_every_key)
{
    put("schema/orders.sql", "CREATE TABLE IF NOT EXISTS orders (id int);");
    read_good_folder();
    cr_expect_str_eq(sp_extension_get_id(extension), "orders");
    cr_expect_str_eq(sp_extension_get_name(extension), "orders");
    cr_expect_str_eq(sp_extension_get_version(extension), "0.0.0");
    cr_expect_eq(sp_extension_get_priority(extension), 100u);
    cr_expect_not(sp_extension_is_required(extension));
    cr_expect_null(sp_extension_get_description(extension));
    const SpSchema *schema = sp_extension_get_schema(extension, 0);
    cr_expect_null(schema->table);
    cr_expect_str_eq(schema->namespace_name, "public");
    cr_expect_null(schema->required_columns[0]);
}

Test(folder, reads_every_key_of_the_extension)
{
    put("extension.conf", "[extension]\nid=sales\nname=Sales\nversion=1.4.0\ndescription=All\n"
                          "license=MIT\nhomepage=https://example.org\nconfig_group=sales\n"
                          "priority=7\nrequired=true\n"
                          "cross_extension_tables=users;billing.invoices\n");
    read_good_folder();
    cr_expect_str_eq(sp_extension_get_id(extension), "sales");
    cr_expect_str_eq(sp_extension_get_name(extension), "Sales");
    cr_expect_str_eq(sp_extension_get_version(extension), "1.4.0");
    cr_expect_str_eq(sp_extension_get_description(extension), "All");
    cr_expect_str_eq(sp_extension_get_license(extension), "MIT");
    cr_expect_str_eq(sp_extension_get_homepage(extension), "https://example.org");
    cr_expect_str_eq(sp_extension_get_config_group(extension), "sales");
    cr_expect_eq(sp_extension_get_priority(extension), 7u);
    cr_expect(sp_extension_is_required(extension));
    cr_expect_str_eq(sp_extension_get_cross_tables(extension)[0], "users");
    cr_expect_str_eq(sp_extension_get_cross_tables(extension)[1], "billing.invoices");
    cr_expect_null(sp_extension_get_cross_tables(extension)[2]);
}

Test(folder, takes_the_name_from_the_id)
{
    put("extension.conf", "[extension]\nid=sales\n");
    read_good_folder();
    cr_expect_str_eq(sp_extension_get_name(extension), "sales");
}

Test(folder, reads_dependencies_with_range_and_mark)
{
    put("extension.conf", "[extension]\ndependencies=users; billing >=1.2,<2 ;?audit;? log>=1\n");
    read_good_folder();
    static const SpDependency expected[] = {{"users", NULL, FALSE},
                                            {"billing", ">=1.2,<2", FALSE},
                                            {"audit", NULL, TRUE},
                                            {"log", ">=1", TRUE}};
    cr_assert_eq(sp_extension_get_n_dependencies(extension), G_N_ELEMENTS(expected));
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
        const SpDependency *found = sp_extension_get_dependency(extension, i);
        cr_expect_str_eq(found->id, expected[i].id);
        cr_expect_eq(g_strcmp0(found->version_range, expected[i].version_range), 0);
        cr_expect_eq(found->is_optional, expected[i].is_optional);
    }
}

Test(folder, reads_schemas_by_name_in_bytes)
{
    put("schema/b.sql", "B");
    put("schema/a.sql", "A");
    put("schema/Z.sql", "Z");
    put("schema/.a.sql.swp", "no");
    read_good_folder();
    cr_assert_eq(sp_extension_get_n_schemas(extension), 3u);
    cr_expect_str_eq(sp_extension_get_schema(extension, 0)->source, "orders/schema/Z.sql");
    cr_expect_str_eq(sp_extension_get_schema(extension, 1)->source, "orders/schema/a.sql");
    cr_expect_str_eq(sp_extension_get_schema(extension, 2)->sql, "B");
}

Test(folder, reads_schemas_in_the_order_that_is_given)
{
    put("extension.conf", "[extension]\nschemas=b.sql;a.sql\n[schema b.sql]\ntable=b\n"
                          "namespace=shop\nrequired_columns=id;at\n");
    put("schema/a.sql", "A");
    put("schema/b.sql", "B");
    read_good_folder();
    const SpSchema *first = sp_extension_get_schema(extension, 0);
    cr_expect_str_eq(first->sql, "B");
    cr_expect_str_eq(first->table, "b");
    cr_expect_str_eq(first->namespace_name, "shop");
    cr_expect_str_eq(first->required_columns[0], "id");
    cr_expect_str_eq(first->required_columns[1], "at");
    cr_expect_null(first->required_columns[2]);
    cr_expect_str_eq(sp_extension_get_schema(extension, 1)->sql, "A");
}

Test(folder, names_sources_from_the_folder_on_however_it_is_reached)
{
    put("schema/a.sql", "A");
    g_autofree char *path = g_build_filename(folder->path, "schema", "..", ".", NULL);
    extension = sp_folder_read(path, NULL, folder->findings);
    cr_assert_not_null(extension);
    cr_expect_str_eq(sp_extension_get_id(extension), "orders");
    cr_expect_str_eq(sp_extension_get_schema(extension, 0)->source, "orders/schema/a.sql");
}

Test(folder, reads_migrations_by_number)
{
    put("schema/migrations/10_ten.sql", "TEN");
    put("schema/migrations/0002_two.sql", "-- @no-transaction\nTWO");
    put("schema/migrations/001_one_more.sql", "ONE");
    put("schema/migrations/001_one_more.down.sql", "UNDO");
    put("schema/migrations/2147483647_last.sql", "LAST");
    read_good_folder();
    cr_assert_eq(sp_extension_get_n_migrations(extension), 4u);
    const SpMigration *one = sp_extension_get_migration(extension, 0);
    cr_expect_eq(one->version, 1u);
    cr_expect_str_eq(one->name, "one_more");
    cr_expect_str_eq(one->sql, "ONE");
    cr_expect_str_eq(one->down_sql, "UNDO");
    cr_expect_str_eq(one->source, "orders/schema/migrations/001_one_more.sql");
    cr_expect_str_eq(one->down_source, "orders/schema/migrations/001_one_more.down.sql");
    cr_expect(one->is_transactional);
    const SpMigration *two = sp_extension_get_migration(extension, 1);
    cr_expect_eq(two->version, 2u);
    cr_expect_null(two->down_sql);
    cr_expect_not(two->is_transactional);
    cr_expect_eq(sp_extension_get_migration(extension, 3)->version, 2147483647u);
}

Test(folder, keeps_the_text_of_a_migration_byte_for_byte)
{
    const char *text = "\xEF\xBB\xBF-- @no-transaction\r\n\tSELECT 'caf\xC3\xA9';\r\n";
    put("schema/migrations/1_a.sql", text);
    read_good_folder();
    cr_expect_str_eq(sp_extension_get_migration(extension, 0)->sql, text);
    cr_expect_not(sp_extension_get_migration(extension, 0)->is_transactional);
}

Test(folder, reads_seeds_by_name)
{
    put("seeds/20_b.sql", "B");
    put("seeds/10-a.sql", "A");
    read_good_folder();
    cr_assert_eq(sp_extension_get_n_seeds(extension), 2u);
    cr_expect_str_eq(sp_extension_get_seed(extension, 0)->id, "10-a");
    cr_expect_str_eq(sp_extension_get_seed(extension, 0)->source, "orders/seeds/10-a.sql");
    cr_expect_str_eq(sp_extension_get_seed(extension, 1)->sql, "B");
}

Test(folder, leaves_other_files_beside_its_own_alone)
{
    put("extension.conf", "");
    put("README.md", "words");
    put("tests/a.sql", "SELECT 1;");
    read_good_folder();
}

Test(folder, refuses_a_path_that_does_not_exist)
{
    extension = sp_folder_read("/nonexistent/orders", NULL, folder->findings);
    cr_expect_null(extension);
    sp_test_assert_refused(folder->findings, "orders", 0);
}

Test(folder, refuses_a_folder_that_holds_nothing_of_an_extension)
{
    put("README.md", "words");
    assert_refused("orders", 0);
}

Test(folder, refuses_sql_in_a_place_where_it_would_never_run)
{
    put("extension.conf", "");
    put("migrations/001_a.sql", "SELECT 1;");
    assert_refused("orders/migrations", 0);
}

Test(folder, refuses_an_unknown_key_with_its_line)
{
    put("extension.conf", "[extension]\nid=orders\ndepends=users\n");
    assert_refused("orders/extension.conf", 3);
}

Test(folder, refuses_a_schema_that_the_order_leaves_out)
{
    put("extension.conf", "[extension]\nschemas=a.sql\n");
    put("schema/a.sql", "A");
    put("schema/b.sql", "B");
    assert_refused("orders/schema/b.sql", 0);
}

Test(folder, refuses_an_order_with_a_schema_that_is_not_there)
{
    put("extension.conf", "[extension]\n\nschemas=a.sql;b.sql\n");
    put("schema/a.sql", "A");
    assert_refused("orders/extension.conf", 3);
}

Test(folder, refuses_an_order_with_a_schema_twice)
{
    put("extension.conf", "[extension]\nschemas=a.sql;a.sql\n");
    put("schema/a.sql", "A");
    assert_refused("orders/extension.conf", 2);
}

Test(folder, refuses_the_group_of_a_schema_that_is_not_there)
{
    put("extension.conf", "[extension]\n\n[schema b.sql]\ntable=b\n");
    put("schema/a.sql", "A");
    assert_refused("orders/extension.conf", 3);
}

Test(folder, refuses_a_directive_in_a_schema)
{
    put("schema/a.sql", "-- words\n-- @no-transaction\nA");
    assert_refused("orders/schema/a.sql", 2);
}

Test(folder, refuses_a_directive_in_a_seed)
{
    put("seeds/a.sql", "-- @no-transaction\nA");
    assert_refused("orders/seeds/a.sql", 1);
}

Test(folder, refuses_a_directive_in_the_undoing_of_a_migration)
{
    put("schema/migrations/1_a.sql", "A");
    put("schema/migrations/1_a.down.sql", "-- @no-transaction\nA");
    assert_refused("orders/schema/migrations/1_a.down.sql", 1);
}

Test(folder, refuses_an_unknown_directive)
{
    put("schema/migrations/1_a.sql", "-- @no-transacton\nA");
    assert_refused("orders/schema/migrations/1_a.sql", 1);
}

Test(folder, refuses_a_down_beside_no_transaction)
{
    put("schema/migrations/1_a.sql", "-- @no-transaction\nA");
    put("schema/migrations/1_a.down.sql", "A");
    assert_refused("orders/schema/migrations/1_a.down.sql", 0);
}

Test(folder, refuses_a_down_without_its_up)
{
    put("schema/migrations/1_a.sql", "A");
    put("schema/migrations/01_a.down.sql", "A");
    assert_refused("orders/schema/migrations/01_a.down.sql", 0);
}

Test(folder, refuses_two_migrations_of_one_version_and_names_both)
{
    put("schema/migrations/001_a.sql", "A");
    put("schema/migrations/1_b.sql", "B");
    assert_refused("orders/schema/migrations/1_b.sql", 0);
    const GError *error = sp_test_only_refusal(folder->findings);
    cr_expect_not_null(strstr(error->message, "001_a.sql"));
    cr_expect_not_null(strstr(error->message, "1_b.sql"));
}

Test(folder, reads_a_tombstone_whatever_it_says)
{
    put("schema/migrations/001_a.sql", "A");
    put("schema/migrations/002_gone.tombstone", "-- @nonsense\nDROP TABLE a; see change 17");
    put("schema/migrations/3_gone.tombstone", "");
    read_good_folder();
    cr_assert_eq(sp_extension_get_n_migrations(extension), 3u);
    cr_expect_not(sp_extension_get_migration(extension, 0)->is_tombstone);
    const SpMigration *tombstone = sp_extension_get_migration(extension, 1);
    cr_expect(tombstone->is_tombstone);
    cr_expect_eq(tombstone->version, 2u);
    cr_expect_str_eq(tombstone->name, "gone");
    cr_expect_str_empty(tombstone->sql);
    cr_expect_null(tombstone->down_sql);
    cr_expect_str_eq(tombstone->source, "orders/schema/migrations/002_gone.tombstone");
    cr_expect(sp_extension_get_migration(extension, 2)->is_tombstone);
}

Test(folder, reads_a_range_of_tombstones_as_one_each)
{
    put("schema/migrations/0_gone.tombstone", "");
    put("schema/migrations/010-10009_gone.tombstone", "");
    put("schema/migrations/2147483646-2147483647_gone.tombstone", "");
    read_good_folder();
    cr_assert_eq(sp_extension_get_n_migrations(extension), 10003u);
    cr_expect_eq(sp_extension_get_migration(extension, 0)->version, 0u);
    cr_expect_eq(sp_extension_get_migration(extension, 1)->version, 10u);
    const SpMigration *last = sp_extension_get_migration(extension, 10002);
    cr_expect_eq(last->version, 2147483647u);
    cr_expect_str_eq(last->name, "gone");
}

Test(folder, refuses_a_range_that_descends)
{
    put("schema/migrations/003-002_gone.tombstone", "");
    assert_refused("orders/schema/migrations/003-002_gone.tombstone", 0);
}

Test(folder, refuses_a_range_of_more_than_10000)
{
    put("schema/migrations/1-10001_gone.tombstone", "");
    assert_refused("orders/schema/migrations/1-10001_gone.tombstone", 0);
}

Test(folder, refuses_a_tombstone_over_another_file_and_names_both_once)
{
    put("schema/migrations/003_a.sql", "A");
    put("schema/migrations/01-20_gone.tombstone", "");
    put("schema/migrations/5-9_lost.tombstone", "");
    read_folder();
    cr_expect_null(extension);
    const GPtrArray *refusals = sp_findings_refusals(folder->findings);
    cr_assert_eq(refusals->len, 2u);
    const char *first = ((GError *)g_ptr_array_index(refusals, 0))->message;
    const char *second = ((GError *)g_ptr_array_index(refusals, 1))->message;
    cr_expect(strstr(first, "003_a.sql") && strstr(first, "01-20_gone.tombstone"), "%s", first);
    cr_expect(strstr(second, "01-20_gone.tombstone") && strstr(second, "5-9_lost.tombstone"));
}

Test(folder, refuses_what_undid_a_migration_that_is_gone)
{
    put("schema/migrations/1_a.tombstone", "");
    put("schema/migrations/1_a.down.sql", "A");
    assert_refused("orders/schema/migrations/1_a.down.sql", 0);
}

Test(folder, reads_retirements_apart_from_schemas)
{
    put("extension.conf", "[extension]\nschemas=a.sql\n");
    put("schema/a.sql", "A");
    put("schema/retire.sql", "DROP VIEW IF EXISTS v;\n");
    read_good_folder();
    cr_expect_eq(sp_extension_get_n_schemas(extension), 1u);
    cr_assert_eq(sp_extension_get_n_retirements(extension), 1u);
    const SpRetirement *retirement = sp_extension_get_retirement(extension, 0);
    cr_expect_str_eq(retirement->sql, "DROP VIEW IF EXISTS v;\n");
    cr_expect_str_eq(retirement->source, "orders/schema/retire.sql");
}

Test(folder, refuses_retirements_as_a_schema)
{
    put("extension.conf", "[extension]\nschemas=retire.sql\n");
    put("schema/retire.sql", "A");
    assert_refused("orders/extension.conf", 2);
}

Test(folder, refuses_the_group_of_retirements)
{
    put("extension.conf", "[schema retire.sql]\ntable=a\n");
    put("schema/retire.sql", "A");
    assert_refused("orders/extension.conf", 1);
}

Test(folder, refuses_empty_retirements)
{
    put("schema/retire.sql", "");
    assert_refused("orders/schema/retire.sql", 0);
}

Test(folder, refuses_a_directive_in_retirements)
{
    put("schema/retire.sql", "-- @no-transaction\nA");
    assert_refused("orders/schema/retire.sql", 1);
}

Test(folder, refuses_names_of_another_form_and_reports_all_of_them)
{
    static const char *const names[] = {"schema/a.sql~",
                                        "schema/a.txt",
                                        "schema/sub/a.sql",
                                        "seeds/a.sql.bak",
                                        "seeds/\xE4.sql",
                                        "schema/migrations/a.sql",
                                        "schema/migrations/_a.sql",
                                        "schema/migrations/1-a.sql",
                                        "schema/migrations/-1_a.sql",
                                        "schema/migrations/2147483648_a.sql",
                                        "schema/migrations/99999999999999999999_a.sql",
                                        "schema/migrations/3.sql",
                                        "schema/migrations/1-3_a.sql",
                                        "schema/migrations/1.tombstone",
                                        "schema/migrations/-3_a.tombstone",
                                        "schema/migrations/1-_a.tombstone",
                                        "schema/migrations/1-2-3_a.tombstone",
                                        "schema/migrations/1-2147483648_a.tombstone",
                                        "schema/1_a.tombstone",
                                        "seeds/1_a.tombstone",
                                        "schema/migrations/1_a.SQL"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        put(names[i], "A");
    read_folder();
    const GPtrArray *refusals = sp_findings_refusals(folder->findings);
    cr_expect_null(extension);
    cr_expect_eq(refusals->len, G_N_ELEMENTS(names));
    for (guint i = 0; i < refusals->len; i++) {
        const GError *error = g_ptr_array_index(refusals, i);
        cr_expect(g_error_matches(error, SP_ERROR, SP_ERROR_FOLDER), "%s", error->message);
        cr_expect(g_utf8_validate(error->message, -1, NULL));
    }
}

Test(folder, refuses_text_that_is_not_utf_8)
{
    put("seeds/a.sql", "A\n\xFF");
    assert_refused("orders/seeds/a.sql", 2);
}

Test(folder, refuses_an_empty_file)
{
    put("schema/migrations/1_a.sql", "A");
    put("schema/migrations/1_a.down.sql", "");
    assert_refused("orders/schema/migrations/1_a.down.sql", 0);
}

Test(folder, refuses_a_folder_with_the_name_of_a_file)
{
    put("seeds/a.sql/b.sql", "A");
    assert_refused("orders/seeds/a.sql", 0);
}

Test(folder, holds_its_content_to_the_rules_of_every_plugin)
{
    put("extension.conf", "[extension]\nid=Orders!\nversion=new\ndependencies=billing ~1\n");
    put("schema/migrations/1_Bad-Name.sql", "A");
    read_folder();
    cr_expect_null(extension);
    const GPtrArray *refusals = sp_findings_refusals(folder->findings);
    cr_assert_geq(refusals->len, 1u);
    for (guint i = 0; i < refusals->len; i++)
        cr_expect(
            g_error_matches(g_ptr_array_index(refusals, i), SP_ERROR, SP_ERROR_INVALID_EXTENSION));
}
