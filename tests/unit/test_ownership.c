/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/ownership.h"

#include "support/world.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

typedef struct sp_extension_vtable Vtable;

static const char *const touches[] = {
    "ALTER TABLE users ADD COLUMN x int",
    "ALTER TABLE IF EXISTS users DROP COLUMN name",
    "ALTER TABLE users DISABLE TRIGGER ALL",
    "ALTER TABLE users OWNER TO someone",
    "ALTER TABLE users RENAME COLUMN name TO title",
    "ALTER TABLE users RENAME TO people",
    "ALTER TABLE public.users SET SCHEMA billing",
    "ALTER TABLE lines ATTACH PARTITION users FOR VALUES IN (1)",
    "ALTER TABLE users ATTACH PARTITION lines FOR VALUES IN (1)",
    "ALTER TABLE users DETACH PARTITION lines",
    "DROP TABLE users",
    "DROP TABLE IF EXISTS lines, users CASCADE",
    "TRUNCATE lines, users",
    "INSERT INTO users VALUES (1)",
    "UPDATE users SET name = 'x'",
    "DELETE FROM public.users",
    "MERGE INTO users u USING lines l ON u.id = l.id WHEN MATCHED THEN DELETE",
    "COPY users FROM '/tmp/users'",
    "LOCK TABLE users",
    "CREATE INDEX i ON users (name)",
    "CREATE TRIGGER t BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION f()",
    "CREATE POLICY p ON users USING (true)",
    "CREATE RULE r AS ON DELETE TO users DO INSTEAD NOTHING",
    "CREATE STATISTICS s ON id, name FROM users",
    "CREATE TABLE part PARTITION OF users FOR VALUES IN (1)",
    "DROP TRIGGER stamped ON users",
    "ALTER TRIGGER stamped ON users RENAME TO t",
    "COMMENT ON TABLE users IS 'x'",
    "COMMENT ON COLUMN users.name IS 'x'",
    "GRANT SELECT ON users TO someone",
    "REVOKE ALL ON TABLE users FROM someone",
    "WITH gone AS (DELETE FROM users RETURNING id) SELECT count(*) FROM gone",
    "WITH gone AS (DELETE FROM users RETURNING id) INSERT INTO lines SELECT id FROM gone",
};

static World *
world_of_touch(const char *sql, gboolean is_declared)
{
    Vtable lines = {
        .id = "lines",
        .dependencies = SP_TEST_LIST(struct sp_dependency, {.id = "users"}),
        .schemas = SCHEMA("CREATE TABLE IF NOT EXISTS lines (id bigint)"),
        .migrations = MIGRATION(sql),
    };
    const struct sp_list declared = CROSS("users");
    if (is_declared)
        lines.cross_extension_tables = declared;
    return WORLD(&users, &lines);
}

ParameterizedTestParameters(ownership, refuses_an_undeclared_touch)
{
    static size_t indexes[G_N_ELEMENTS(touches)];
    for (size_t i = 0; i < G_N_ELEMENTS(touches); i++)
        indexes[i] = i;
    return cr_make_param_array(size_t, indexes, G_N_ELEMENTS(touches));
}

ParameterizedTest(size_t *index, ownership, refuses_an_undeclared_touch)
{
    g_autoptr(World) undeclared = world_of_touch(touches[*index], FALSE);
    g_autoptr(World) declared = world_of_touch(touches[*index], TRUE);
    g_autofree char *codes = sp_test_codes(sp_findings_refusals(undeclared->findings));
    cr_assert_str_eq(codes, "cross-extension-write-undeclared", "%s: %s", touches[*index], codes);
    g_autofree char *none = sp_test_codes(sp_findings_refusals(declared->findings));
    cr_assert_str_eq(none, "", "%s: %s", touches[*index], none);
}

Test(ownership, says_who_touches_what_and_where_it_is_created)
{
    g_autoptr(World) world = world_of_touch("DELETE FROM lines;\nDELETE FROM users", FALSE);
    const GError *error = sp_test_only(sp_findings_refusals(world->findings));
    const SpPlace *place = sp_error_get_place(error);
    cr_assert_not_null(strstr(error->message, "\"lines\" writes table \"users\" of extension "
                                              "\"users\""));
    cr_assert_not_null(strstr(sp_error_detail(error), "\"users\" creates it in schema.sql:1:28"));
    cr_assert_not_null(strstr(sp_error_hint(error), "Add \"users\" to the cross_extension_tables"));
    cr_assert_str_eq(place->extension, "lines");
    cr_assert_str_eq(place->source, "migration.sql");
    cr_assert_eq(place->line, 2);
    cr_assert_eq(place->column, 13);
}

Test(ownership, says_one_thing_once_a_statement)
{
    g_autoptr(World) world = world_of_touch("DELETE FROM users WHERE id IN (SELECT id FROM users);"
                                            "DELETE FROM users",
                                            FALSE);
    world_assert_codes(world, "cross-extension-write-undeclared cross-extension-write-undeclared",
                       "");
}

typedef struct {
    const char *sql;
    const char *codes;
} Case;

static const Case object_cases[] = {
    {"DROP FUNCTION touch(int)", "cross-extension-write-undeclared"},
    {"DROP FUNCTION IF EXISTS touch", "cross-extension-write-undeclared"},
    {"ALTER FUNCTION touch(int) STABLE", "cross-extension-write-undeclared"},
    {"CREATE OR REPLACE FUNCTION touch(b int) RETURNS int LANGUAGE sql AS 'SELECT 2'",
     "duplicate-object-owner"},
    {"CREATE FUNCTION touch(a text) RETURNS int LANGUAGE sql AS 'SELECT 2'", ""},
    {"ALTER TYPE mood ADD VALUE 'sad'", "cross-extension-write-undeclared"},
    {"DROP TYPE mood", "cross-extension-write-undeclared"},
    {"CREATE TYPE mood AS ENUM ('x')", "duplicate-object-owner"},
    {"CREATE DOMAIN mood AS text", "duplicate-object-owner"},
    {"CREATE OR REPLACE VIEW names AS SELECT 1", "duplicate-object-owner"},
    {"CREATE TABLE names (id int)", "duplicate-object-owner"},
    {"CREATE TABLE users (id int)", "duplicate-table-owner"},
    {"CREATE TABLE \"Users\" (id int)", ""},
    {"CREATE TABLE billing.users (id int)", ""},
    {"CREATE TABLE billing.invoices (id int)", "duplicate-table-owner"},
    {"CREATE TABLE mine AS SELECT 1", ""},
    {"CREATE TABLE users AS SELECT 1", "duplicate-table-owner"},
    {"SELECT 1 AS a INTO users", "duplicate-table-owner"},
    {"CREATE INDEX users_name ON lines (id)", "duplicate-object-owner"},
    {"CREATE SEQUENCE tickets", "duplicate-object-owner"},
    {"ALTER TABLE lines RENAME TO users", "duplicate-table-owner"},
    {"ALTER TABLE lines SET SCHEMA billing", ""},
    {"DROP VIEW names", "cross-extension-write-undeclared"},
    {"DROP INDEX users_name", "cross-extension-write-undeclared"},
    {"ALTER SEQUENCE tickets RESTART", "cross-extension-write-undeclared"},
    {"DROP SCHEMA billing CASCADE", "cross-extension-write-undeclared"},
    {"ALTER SCHEMA billing RENAME TO b", "cross-extension-write-undeclared"},
    {"GRANT USAGE ON SCHEMA billing TO someone", ""},
    {"CREATE SCHEMA IF NOT EXISTS billing", ""},
    {"CREATE SCHEMA IF NOT EXISTS billing; DROP SCHEMA billing",
     "cross-extension-write-undeclared"},
    {"CREATE SCHEMA IF NOT EXISTS own; CREATE TABLE own.t (); DROP SCHEMA own", ""},
    {"CREATE EXTENSION IF NOT EXISTS citext", ""},
    {"CREATE TEMP TABLE users (id int); INSERT INTO users VALUES (1); DROP TABLE users", ""},
    {"CREATE TEMP TABLE x (id int); DROP TABLE x; DELETE FROM users",
     "cross-extension-write-undeclared"},
    {"CREATE TEMP TABLE users (id int); DROP TABLE users; DELETE FROM users",
     "cross-extension-write-undeclared"},
    {"CREATE TEMP TABLE names AS SELECT 1 AS id; CREATE INDEX ON names (id)", ""},
    {"CREATE TABLE pg_temp.users (id int); DELETE FROM users", ""},
    {"INSERT INTO pg_temp.anything VALUES (1)", ""},
    {"SET search_path = billing; DELETE FROM invoices", "cross-extension-write-undeclared"},
    {"SET search_path = billing; CREATE TEMP TABLE invoices (); DELETE FROM invoices", ""},
    {"CREATE RULE r AS ON INSERT TO lines DO ALSO DELETE FROM users",
     "cross-extension-write-undeclared"},
    {"DROP TABLE lines; CREATE TABLE lines (id int)", ""},
};

ParameterizedTestParameters(ownership, judges_every_object)
{
    static size_t indexes[G_N_ELEMENTS(object_cases)];
    for (size_t i = 0; i < G_N_ELEMENTS(object_cases); i++)
        indexes[i] = i;
    return cr_make_param_array(size_t, indexes, G_N_ELEMENTS(object_cases));
}

ParameterizedTest(size_t *index, ownership, judges_every_object)
{
    const Case *one = &object_cases[*index];
    g_autoptr(World) world = world_of_touch(one->sql, FALSE);
    g_autofree char *codes = sp_test_codes(sp_findings_refusals(world->findings));
    cr_assert_str_eq(codes, one->codes, "%s: %s", one->sql, codes);
}

Test(ownership, says_that_a_function_cannot_be_declared)
{
    g_autoptr(World) world = world_of_touch("DROP FUNCTION touch(int)", FALSE);
    const GError *error = sp_test_only(sp_findings_refusals(world->findings));
    cr_assert_not_null(strstr(sp_error_hint(error), "leave this function to \"users\""));
}

static const GError *
refused_entry(const World *world)
{
    const GError *error = sp_test_only(sp_findings_refusals(world->findings));
    cr_assert_eq(error->code, SP_ERROR_CROSS_NOT_OWNED);
    cr_assert_str_eq(sp_error_get_place(error)->extension, "lines");
    return error;
}

Test(ownership, refuses_an_entry_that_nobody_owns)
{
    const Vtable lines = {.id = "lines", .cross_extension_tables = CROSS("ghosts")};
    g_autoptr(World) world = WORLD(&users, &lines);
    const GError *error = refused_entry(world);
    cr_assert_not_null(strstr(error->message, "\"ghosts\""));
    cr_assert_not_null(strstr(sp_error_detail(error), "No extension"));
}

Test(ownership, refuses_an_entry_that_is_its_own)
{
    const Vtable lines = {.id = "lines",
                          .schemas = SCHEMA("CREATE TABLE IF NOT EXISTS lines ()"),
                          .cross_extension_tables = CROSS("lines")};
    g_autoptr(World) world = WORLD(&users, &lines);
    cr_assert_not_null(strstr(sp_error_detail(refused_entry(world)), "own table"));
}

Test(ownership, refuses_an_entry_of_a_disabled_owner_but_not_its_use)
{
    const Vtable lines = {.id = "lines",
                          .migrations = MIGRATION("DELETE FROM users"),
                          .cross_extension_tables = CROSS("users")};
    const char *const disabled[] = {"users", NULL};
    g_autoptr(World) world = world_new((const Vtable *[]){&users, &lines, NULL}, disabled);
    cr_assert_not_null(strstr(sp_error_detail(refused_entry(world)), "disabled"));
}

static const Case entry_cases[] = {
    {"users", ""},
    {"public.users", ""},
    {"billing.invoices", ""},
    {"names", ""},
    {"invoices", "cross-extension-table-not-owned"},
    {"billing.users", "cross-extension-table-not-owned"},
    {"extension_migrations", "cross-extension-table-not-owned"},
};

Test(ownership, reads_entries_with_and_without_namespace)
{
    for (guint i = 0; i < G_N_ELEMENTS(entry_cases); i++) {
        const Vtable lines = {.id = "lines", .cross_extension_tables = CROSS(entry_cases[i].sql)};
        g_autoptr(World) world = WORLD(&users, &lines);
        g_autofree char *codes = sp_test_codes(sp_findings_refusals(world->findings));
        cr_assert_str_eq(codes, entry_cases[i].codes, "%s: %s", entry_cases[i].sql, codes);
    }
}

Test(ownership, takes_a_qualified_entry_for_that_namespace_only)
{
    Vtable lines = {.id = "lines",
                    .schemas = SCHEMA("CREATE TABLE IF NOT EXISTS invoices ()"),
                    .migrations = MIGRATION("DELETE FROM billing.invoices; DELETE FROM invoices")};
    g_autoptr(World) undeclared = WORLD(&users, &lines);
    world_assert_codes(undeclared, "cross-extension-write-undeclared", "");
    lines.cross_extension_tables = (struct sp_list)CROSS("billing.invoices");
    g_autoptr(World) declared = WORLD(&users, &lines);
    world_assert_codes(declared, "", "");
}

Test(ownership, takes_an_entry_without_namespace_for_public_only)
{
    const Vtable a = {.id = "a", .migrations = MIGRATION("CREATE TABLE t (); CREATE TABLE s.t ()")};
    const Vtable b = {.id = "b",
                      .migrations = MIGRATION("DELETE FROM t; DELETE FROM s.t"),
                      .cross_extension_tables = CROSS("t")};
    g_autoptr(World) world = WORLD(&a, &b);
    world_assert_codes(world, "cross-extension-write-undeclared", "");
}

Test(ownership, lets_a_table_of_anothers_migration_be_declared)
{
    const Vtable a = {.id = "a", .migrations = MIGRATION("CREATE TABLE t (id int)")};
    const Vtable b = {.id = "b",
                      .migrations = MIGRATION("ALTER TABLE t ADD COLUMN x int"),
                      .cross_extension_tables = CROSS("t")};
    g_autoptr(World) world = WORLD(&a, &b);
    world_assert_codes(world, "", "");
}

Test(ownership, lets_a_migration_alter_what_an_earlier_one_created)
{
    const Vtable a = {
        .id = "a",
        .migrations = SP_TEST_LIST(
            struct sp_migration, {.version = 1, .name = "one", .sql = "CREATE TABLE t (id int)"},
            {.version = 2, .name = "two", .sql = "ALTER TABLE t RENAME TO u"},
            {.version = 3,
             .name = "three",
             .sql = "ALTER TABLE u ADD COLUMN x int; ALTER INDEX u_pkey RENAME TO u_key",
             .down_sql = "ALTER TABLE u DROP COLUMN x"}),
    };
    g_autoptr(World) world = WORLD(&a);
    world_assert_codes(world, "", "");
}

Test(ownership, checks_down_sql_seeds_and_schemas_too)
{
    const Vtable b = {
        .id = "b",
        .dependencies = SP_TEST_LIST(struct sp_dependency, {.id = "users"}),
        .schemas = SCHEMA("CREATE INDEX IF NOT EXISTS i ON users (name)"),
        .migrations = SP_TEST_LIST(struct sp_migration, {.version = 1,
                                                         .name = "one",
                                                         .sql = "SELECT 1",
                                                         .down_sql = "DELETE FROM users",
                                                         .down_source = "down.sql"}),
        .seeds =
            SP_TEST_LIST(struct sp_seed,
                         {.id = "s", .sql = "INSERT INTO users VALUES (1) ON CONFLICT DO NOTHING"}),
    };
    g_autoptr(World) world = WORLD(&users, &b);
    world_assert_codes(world,
                       "cross-extension-write-undeclared cross-extension-write-undeclared "
                       "cross-extension-write-undeclared",
                       "");
    const GError *of_down = g_ptr_array_index(sp_findings_refusals(world->findings), 1);
    cr_assert_str_eq(sp_error_get_place(of_down)->source, "down.sql");
}

Test(ownership, refuses_nobodys_table_in_schemas_and_seeds)
{
    const Vtable a = {
        .id = "a",
        .schemas = SCHEMA("CREATE INDEX IF NOT EXISTS i ON ghosts (id);"
                          "DROP VIEW IF EXISTS old_ghosts;"
                          "ALTER TABLE IF EXISTS ghosts ADD COLUMN x int;"
                          "COMMENT ON INDEX ghosts_pkey IS 'x'"),
        .seeds = SP_TEST_LIST(
            struct sp_seed,
            {.id = "s", .sql = "INSERT INTO ghosts VALUES (1) ON CONFLICT DO NOTHING"}),
    };
    g_autoptr(World) world = WORLD(&a);
    world_assert_codes(world, "table-not-owned table-not-owned table-not-owned", "");
}

static const Case nobodys_cases[] = {
    {"ALTER TABLE ghosts ADD COLUMN x int", "table-not-owned"},
    {"ALTER TABLE IF EXISTS ghosts ADD COLUMN x int", ""},
    {"DELETE FROM ghosts", "table-not-owned"},
    {"DROP TABLE ghosts", "table-not-owned"},
    {"DROP TABLE IF EXISTS ghosts", ""},
    {"SELECT * FROM ghosts", ""},
    {"DROP FUNCTION ghost()", ""},
    {"DROP TYPE ghost", ""},
    {"ALTER SEQUENCE ghosts_id_seq RESTART", ""},
    {"DROP TRIGGER t ON ghosts", "table-not-owned"},
    {"DELETE FROM ghosts; DELETE FROM ghosts", "table-not-owned table-not-owned"},
};

Test(ownership, warns_of_nobodys_table_in_migrations_and_downs)
{
    for (guint i = 0; i < G_N_ELEMENTS(nobodys_cases); i++) {
        const Case *one = &nobodys_cases[i];
        const Vtable up = {.id = "a", .migrations = MIGRATION(one->sql)};
        const Vtable down = {
            .id = "a",
            .migrations = SP_TEST_LIST(
                struct sp_migration,
                {.version = 1, .name = "one", .sql = "SELECT 1", .down_sql = one->sql})};
        g_autoptr(World) of_up = WORLD(&up);
        g_autoptr(World) of_down = WORLD(&down);
        world_assert_codes(of_up, "", one->codes);
        world_assert_codes(of_down, "", one->codes);
    }
}

Test(ownership, does_not_call_a_table_nobodys_while_a_text_does_not_parse)
{
    const Vtable a = {
        .id = "a",
        .schemas = SCHEMA("CREATE TABEL t ()"),
        .seeds = SP_TEST_LIST(
            struct sp_seed, {.id = "s", .sql = "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING"})};
    const Vtable b = {.id = "b", .cross_extension_tables = CROSS("t")};
    g_autoptr(World) world = WORLD(&a, &b);
    world_assert_codes(world, "", "");
}

static const Case reserved_cases[] = {
    {"CREATE TABLE extension_migrations (id int)", "host-table"},
    {"ALTER TABLE extension_migrations ADD COLUMN x int", "host-table"},
    {"DROP TABLE IF EXISTS public.extension_digests", "host-table"},
    {"DELETE FROM extension_migrations", "host-table"},
    {"CREATE INDEX i ON extension_digests (id)", "host-table"},
    {"ALTER TABLE extension_migration_progress ADD COLUMN a int", "host-table"},
    {"DROP SCHEMA public CASCADE", "host-table"},
    {"SELECT * FROM extension_migrations", ""},
    {"CREATE SCHEMA s; CREATE TABLE s.extension_migrations (id int)", ""},
    {"CREATE TEMP TABLE extension_migrations (id int); DELETE FROM extension_migrations", ""},
    {"UPDATE pg_catalog.pg_class SET relname = 'x'", "table-not-owned"},
    {"CREATE VIEW information_schema.v AS SELECT 1", "table-not-owned"},
    {"ALTER FUNCTION pg_catalog.now() STABLE", "table-not-owned"},
    {"DROP SCHEMA pg_catalog", "table-not-owned"},
    {"SELECT * FROM pg_catalog.pg_class", ""},
};

Test(ownership, keeps_hands_off_the_tables_of_host_and_system)
{
    for (guint i = 0; i < G_N_ELEMENTS(reserved_cases); i++) {
        const Case *one = &reserved_cases[i];
        const Vtable a = {.id = "a", .migrations = MIGRATION(one->sql)};
        g_autoptr(World) world = WORLD(&a);
        g_autofree char *codes = sp_test_codes(sp_findings_refusals(world->findings));
        cr_assert_str_eq(codes, one->codes, "%s: %s", one->sql, codes);
        cr_assert_eq(sp_findings_warnings(world->findings)->len, 0, "%s", one->sql);
    }
}

Test(ownership, does_not_let_two_extensions_quarrel_about_the_ledger)
{
    const Vtable a = {.id = "a", .migrations = MIGRATION("CREATE TABLE extension_migrations ()")};
    const Vtable b = {.id = "b", .migrations = MIGRATION("CREATE TABLE extension_migrations ()")};
    g_autoptr(World) world = WORLD(&a, &b);
    world_assert_codes(world, "host-table host-table", "");
}

#define READS                                                    \
    "CREATE TABLE IF NOT EXISTS t (id bigint REFERENCES users);" \
    "CREATE OR REPLACE VIEW v AS SELECT * FROM users JOIN t USING (id)"

Test(ownership, warns_once_of_reading_without_dependency)
{
    const Vtable b = {.id = "b", .schemas = SCHEMA(READS)};
    g_autoptr(World) world = WORLD(&users, &b);
    world_assert_codes(world, "", "undeclared-dependency");
    const GError *error = sp_test_only(sp_findings_warnings(world->findings));
    cr_assert_str_eq(sp_error_get_place(error)->extension, "b");
    cr_assert_str_eq(sp_error_hint(error), "Add \"users\" to the dependencies of \"b\".");
}

/* Both depending on the other would be a circle. */
Test(ownership, lets_two_extensions_refer_to_each_other)
{
    Vtable a = {.id = "a",
                .schemas = SCHEMA("CREATE TABLE IF NOT EXISTS s (id bigint PRIMARY KEY, "
                                  "t bigint REFERENCES t)")};
    const Vtable b = {.id = "b",
                      .dependencies = SP_TEST_LIST(struct sp_dependency, {.id = "a"}),
                      .schemas = SCHEMA("CREATE TABLE IF NOT EXISTS t (id bigint PRIMARY KEY, s "
                                        "bigint REFERENCES s)")};
    g_autoptr(World) unlisted = WORLD(&a, &b);
    world_assert_codes(unlisted, "", "undeclared-dependency");
    const GError *error = sp_test_only(sp_findings_warnings(unlisted->findings));
    cr_assert_str_eq(sp_error_hint(error), "Add \"t\" to the cross_extension_tables of \"a\".");
    a.cross_extension_tables = (struct sp_list)CROSS("t");
    g_autoptr(World) listed = WORLD(&a, &b);
    world_assert_codes(listed, "", "");
}

Test(ownership, lets_an_indirect_dependency_be_read)
{
    const Vtable b = {.id = "b",
                      .dependencies = SP_TEST_LIST(struct sp_dependency, {.id = "users"})};
    const Vtable c = {.id = "c",
                      .dependencies = SP_TEST_LIST(struct sp_dependency, {.id = "b"}),
                      .schemas = SCHEMA(READS)};
    g_autoptr(World) world = WORLD(&users, &b, &c);
    world_assert_codes(world, "", "");
}

Test(ownership, warns_of_reading_from_a_disabled_extension)
{
    const Vtable b = {.id = "b", .schemas = SCHEMA(READS)};
    const char *const disabled[] = {"users", NULL};
    g_autoptr(World) world = world_new((const Vtable *[]){&users, &b, NULL}, disabled);
    world_assert_codes(world, "", "undeclared-dependency");
    const GError *error = sp_test_only(sp_findings_warnings(world->findings));
    cr_assert_not_null(strstr(error->message, "disabled"));
}

Test(ownership, finds_the_creator_of_an_object)
{
    g_autoptr(World) world = WORLD(&users);
    g_autoptr(SpObject) table =
        sp_object_new(SP_OBJECT_RELATION, "table", "billing", "invoices", NULL, NULL);
    g_autoptr(SpObject) other =
        sp_object_new(SP_OBJECT_RELATION, "table", "public", "invoices", NULL, NULL);
    g_autoptr(SpObject) shared =
        sp_object_new(SP_OBJECT_NAMESPACE, "schema", "", "billing", NULL, NULL);
    cr_assert_str_eq(sp_ownership_find(world->ownership, table), "users");
    cr_assert_null(sp_ownership_find(world->ownership, other));
    cr_assert_null(sp_ownership_find(world->ownership, shared));
}

Test(ownership, names_what_is_the_hosts)
{
    g_autofree char *names = g_strjoinv(" ", (char **)sp_ownership_host_names());
    cr_assert_str_eq(names, "extension_migrations extension_digests extension_migration_progress "
                            "extension_objects extension_definitions extension_guard");
}
