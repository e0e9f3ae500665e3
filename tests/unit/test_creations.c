/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/creations.h"

#include "support/world.h"

#include <criterion/criterion.h>

typedef struct sp_extension_vtable Vtable;

#define RETIRE(text) SP_TEST_LIST(struct sp_retirement, {(text), "retire.sql"})
#define FUNCTION(name) "CREATE OR REPLACE FUNCTION " name " RETURNS int LANGUAGE sql AS 'SELECT 1';"

/* What ownership finds of one extension with a table, its schema, two migrations and a retirement.
 */
static World *
world_of(const char *schema, const char *first, const char *second, const char *retirement)
{
    g_autofree char *full = g_strconcat("CREATE TABLE IF NOT EXISTS t (id int);", schema, NULL);
    return WORLD(&(Vtable){
        .id = "a",
        .schemas = SCHEMA(full),
        .migrations = SP_TEST_LIST(struct sp_migration, {.version = 1, .name = "a", .sql = first},
                                   {.version = 2, .name = "b", .sql = second, .down_sql = first}),
        .retirements = RETIRE(retirement),
    });
}

typedef struct {
    const char *schema, *first, *second, *retirement;
    gboolean is_refused;
} Case;

#define TRIGGER "CREATE OR REPLACE TRIGGER x BEFORE INSERT ON t EXECUTE FUNCTION f();"

static const Case cases[] = {
    {"", "", "", "DROP VIEW IF EXISTS v; DROP FUNCTION IF EXISTS f", FALSE},
    {"", "", "", "DROP TRIGGER IF EXISTS x ON t; DROP TRIGGER IF EXISTS x ON gone", FALSE},
    {"CREATE OR REPLACE VIEW v AS SELECT 1", "", "", "DROP VIEW IF EXISTS v", TRUE},
    {"CREATE OR REPLACE VIEW v AS SELECT 1", "", "", "DROP VIEW IF EXISTS s.v", FALSE},
    {"CREATE OR REPLACE VIEW v AS SELECT 1", "", "DROP VIEW v", "DROP VIEW IF EXISTS v", TRUE},
    {"", "", "", "DROP VIEW IF EXISTS t", TRUE},
    {TRIGGER, "", "", "DROP TRIGGER IF EXISTS x ON t", TRUE},
    {TRIGGER, "", "", "DROP TRIGGER IF EXISTS x ON gone", FALSE},
    {TRIGGER, "", "", "DROP TRIGGER IF EXISTS y ON t", FALSE},
    {FUNCTION("f(a int)"), "", "", "DROP FUNCTION IF EXISTS f(int)", TRUE},
    {FUNCTION("f(a int)"), "", "", "DROP FUNCTION IF EXISTS f", TRUE},
    {FUNCTION("f(a int)"), "", "", "DROP FUNCTION IF EXISTS f(text)", FALSE},
    {"", FUNCTION("f()"), "", "DROP FUNCTION IF EXISTS f()", TRUE},
    {"", FUNCTION("f()"), "DROP FUNCTION f()", "DROP FUNCTION IF EXISTS f()", FALSE},
    {"", FUNCTION("f()"), "DROP FUNCTION f", "DROP FUNCTION IF EXISTS f()", FALSE},
    {"", "DROP FUNCTION IF EXISTS f()", FUNCTION("f()"), "DROP FUNCTION IF EXISTS f()", TRUE},
    {"",
     "CREATE TABLE u ();" FUNCTION("f()") "CREATE TRIGGER x BEFORE INSERT ON u EXECUTE "
                                          "FUNCTION f()",
     "DROP TABLE u", "DROP TRIGGER IF EXISTS x ON u", FALSE},
    {"", "CREATE TEMP VIEW v AS SELECT 1", "", "DROP VIEW IF EXISTS v", FALSE},
};

Test(creations, decide_what_may_be_retired)
{
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        const Case *this = &cases[i];
        const char *first = *this->first ? this->first : "SELECT 1";
        const char *second = *this->second ? this->second : "SELECT 2";
        g_autoptr(World) world = world_of(this->schema, first, second, this->retirement);
        g_autofree char *codes = sp_test_codes(sp_findings_refusals(world->findings));
        cr_expect_str_eq(codes, this->is_refused ? "retired-object-declared" : "", "%s / %s: %s",
                         this->schema, this->retirement, codes);
        cr_expect_eq(sp_findings_warnings(world->findings)->len, 0u, "%s", this->retirement);
    }
}

Test(creations, are_named_beside_the_retirement)
{
    g_autoptr(World) world = world_of("\nCREATE OR REPLACE VIEW v AS SELECT 1", "SELECT 1",
                                      "SELECT 2", "-- gone\n DROP VIEW IF EXISTS v");
    const GError *error = sp_test_only(sp_findings_refusals(world->findings));
    const SpPlace *place = sp_error_get_place(error);
    cr_assert_eq(error->code, SP_ERROR_RETIRED_OBJECT);
    cr_assert_not_null(strstr(error->message, "view \"v\""));
    cr_assert_not_null(strstr(sp_error_detail(error), "retire.sql:2:2"));
    cr_assert_not_null(strstr(sp_error_detail(error), "schema.sql:2:"));
    cr_assert_str_eq(place->extension, "a");
    cr_assert_str_eq(place->source, "retire.sql");
    cr_assert_eq(place->line, 2);
}

Test(creations, count_wherever_a_statement_names_them)
{
    g_autoptr(World) world =
        world_of("CREATE OR REPLACE VIEW v AS SELECT 1; CREATE OR REPLACE VIEW w AS SELECT 1",
                 "SELECT 1", "SELECT 2", "DROP VIEW IF EXISTS u, v, w");
    world_assert_codes(world, "retired-object-declared retired-object-declared", "");
}

/* One fault, one finding: the rules of ownership come first. */
Test(creations, of_others_are_a_matter_of_ownership)
{
    static const char *const retirements[] = {
        "DROP FUNCTION IF EXISTS touch(int)",
        "DROP VIEW IF EXISTS names",
        "DROP TRIGGER IF EXISTS stamped ON users",
        "DROP TRIGGER IF EXISTS gone ON users",
    };
    for (guint i = 0; i < G_N_ELEMENTS(retirements); i++) {
        g_autoptr(World) world =
            WORLD(&users, &(Vtable){.id = "late", .retirements = RETIRE(retirements[i])});
        world_assert_codes(world, "cross-extension-write-undeclared", "");
    }
}

Test(creations, of_others_cannot_be_retired_through_a_declared_table)
{
    const Vtable old = {.id = "late",
                        .cross_extension_tables = CROSS("users"),
                        .retirements = RETIRE("DROP TRIGGER IF EXISTS gone ON users")};
    Vtable current = old;
    current.retirements = (struct sp_list)RETIRE("DROP TRIGGER IF EXISTS stamped ON users");
    g_autoptr(World) own = WORLD(&users, &old);
    g_autoptr(World) others = WORLD(&users, &current);
    world_assert_codes(own, "", "");
    world_assert_codes(others, "retired-object-declared", "");
}

Test(creations, of_a_disabled_extension_remain_its_own)
{
    const Vtable late = {.id = "late", .retirements = RETIRE("DROP VIEW IF EXISTS names")};
    const Vtable *const vtables[] = {&users, &late, NULL};
    static const char *const disabled[] = {"users", NULL};
    g_autoptr(World) world = world_new(vtables, disabled);
    world_assert_codes(world, "cross-extension-write-undeclared", "");
}

Test(creations, are_not_looked_for_by_the_retirements_of_a_disabled_extension)
{
    const Vtable late = {.id = "late", .retirements = RETIRE("DROP VIEW IF EXISTS names")};
    const Vtable *const vtables[] = {&users, &late, NULL};
    static const char *const disabled[] = {"late", NULL};
    g_autoptr(World) world = world_new(vtables, disabled);
    world_assert_codes(world, "", "");
}
