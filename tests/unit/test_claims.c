/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/claims.h"

#include "support/world.h"

#include <criterion/criterion.h>

typedef struct sp_extension_vtable Vtable;

Test(claims, names_both_creators_of_a_table)
{
    g_autoptr(World) world =
        WORLD(&users, &(Vtable){.id = "accounts",
                                .priority = 200,
                                .schemas = SCHEMA("\n CREATE TABLE IF NOT EXISTS users ();"),
                                .migrations = MIGRATION("DELETE FROM users")});
    const GError *error = sp_test_only(sp_findings_refusals(world->findings));
    cr_assert_eq(error->code, SP_ERROR_DUPLICATE_OWNER);
    cr_assert_not_null(strstr(error->message, "\"users\" and \"accounts\""));
    cr_assert_not_null(strstr(sp_error_detail(error), "schema.sql:1:28"));
    cr_assert_not_null(strstr(sp_error_detail(error), "schema.sql:2:29"));
    cr_assert_str_eq(sp_error_get_place(error)->extension, "accounts");
    cr_assert_eq(sp_error_get_place(error)->line, 2);
}

Test(claims, refuses_each_of_three_creators_but_the_first)
{
    const Vtable b = {.id = "b", .schemas = SCHEMA("CREATE TABLE IF NOT EXISTS t ()")};
    const Vtable c = {.id = "c", .schemas = SCHEMA("CREATE TABLE IF NOT EXISTS t ()")};
    const Vtable d = {.id = "d", .schemas = SCHEMA("CREATE TABLE IF NOT EXISTS t ()")};
    g_autoptr(World) world = WORLD(&b, &c, &d);
    world_assert_codes(world, "duplicate-table-owner duplicate-table-owner", "");
}

Test(claims, lets_one_extension_create_a_table_in_schema_and_migration)
{
    g_autoptr(World) world =
        WORLD(&(Vtable){.id = "a",
                        .schemas = SCHEMA("CREATE TABLE IF NOT EXISTS t (id int)"),
                        .migrations = MIGRATION("CREATE TABLE IF NOT EXISTS t (id int)")});
    world_assert_codes(world, "", "");
}

Test(claims, tells_triggers_of_two_tables_apart)
{
    const Vtable a = {.id = "a",
                      .schemas = SCHEMA("CREATE TABLE IF NOT EXISTS x (); CREATE OR REPLACE TRIGGER"
                                        " t BEFORE INSERT ON x EXECUTE FUNCTION f()")};
    const Vtable b = {.id = "b",
                      .schemas = SCHEMA("CREATE TABLE IF NOT EXISTS y (); CREATE OR REPLACE TRIGGER"
                                        " t BEFORE INSERT ON y EXECUTE FUNCTION f()")};
    const Vtable c = {.id = "c",
                      .cross_extension_tables = CROSS("x"),
                      .schemas = SCHEMA("CREATE OR REPLACE TRIGGER t BEFORE INSERT ON x "
                                        "EXECUTE FUNCTION g()")};
    g_autoptr(World) apart = WORLD(&a, &b);
    g_autoptr(World) same = WORLD(&a, &c);
    world_assert_codes(apart, "", "");
    world_assert_codes(same, "duplicate-object-owner", "");
}

Test(claims, sees_tables_inside_create_schema)
{
    const Vtable a = {.id = "a",
                      .migrations = MIGRATION("CREATE SCHEMA s CREATE TABLE t (id int)")};
    const Vtable b = {.id = "b", .migrations = MIGRATION("CREATE TABLE s.t (id int)")};
    g_autoptr(World) world = WORLD(&a, &b);
    world_assert_codes(world, "duplicate-table-owner", "");
}

Test(claims, lets_a_disabled_extension_keep_its_table)
{
    const Vtable other = {.id = "accounts",
                          .schemas = SCHEMA("CREATE TABLE IF NOT EXISTS users ()")};
    const char *const disabled[] = {"users", NULL};
    g_autoptr(World) world = world_new((const Vtable *[]){&users, &other, NULL}, disabled);
    const GError *error = sp_test_only(sp_findings_refusals(world->findings));
    cr_assert_eq(error->code, SP_ERROR_DUPLICATE_OWNER);
    cr_assert_str_eq(sp_error_get_place(error)->extension, "accounts");
    cr_assert_not_null(strstr(sp_error_detail(error), "\"users\" is disabled"));
}

Test(claims, says_nothing_of_disabled_extensions_alone)
{
    const Vtable other = {.id = "accounts",
                          .schemas = SCHEMA("CREATE TABLE IF NOT EXISTS users ()"),
                          .migrations = MIGRATION("DROP TABLE extension_migrations, nobodys")};
    const char *const disabled[] = {"users", "accounts", NULL};
    g_autoptr(World) world = world_new((const Vtable *[]){&users, &other, NULL}, disabled);
    world_assert_codes(world, "", "");
}

Test(claims, refuses_a_down_that_creates_anothers_table)
{
    const Vtable a = {.id = "a",
                      .migrations = SP_TEST_LIST(struct sp_migration,
                                                 {.version = 1,
                                                  .name = "one",
                                                  .sql = "DROP TABLE IF EXISTS legacy",
                                                  .down_sql = "CREATE TABLE users (id int);"
                                                              "CREATE TABLE legacy (id int);"
                                                              "CREATE INDEX i ON legacy (id)"})};
    g_autoptr(World) world = WORLD(&users, &a);
    world_assert_codes(world, "duplicate-table-owner", "");
    g_auto(GStrv) tables = sp_ownership_get_tables(world->ownership, "a");
    cr_assert_null(tables[0]);
}

Test(claims, lists_the_tables_of_an_extension_in_byte_order)
{
    const Vtable a = {.id = "a",
                      .schemas = SCHEMA("CREATE TABLE IF NOT EXISTS z ();"
                                        "CREATE TABLE IF NOT EXISTS \"A\" ();"
                                        "CREATE OR REPLACE VIEW v AS SELECT 1"),
                      .migrations = MIGRATION("CREATE TABLE s.m (id int); CREATE TEMP TABLE x ();"
                                              "CREATE TABLE q AS SELECT 1; CREATE TABLE b ();"
                                              "CREATE TABLE s.c (); CREATE TABLE p ()")};
    g_autoptr(World) world = WORLD(&users, &a);
    g_auto(GStrv) tables = sp_ownership_get_tables(world->ownership, "a");
    g_auto(GStrv) none = sp_ownership_get_tables(world->ownership, "nobody");
    g_autofree char *joined = g_strjoinv(" ", tables);
    cr_assert_str_eq(joined, "public.A public.b public.p public.q public.z s.c s.m");
    cr_assert_eq(g_strv_length(none), 0);
}
