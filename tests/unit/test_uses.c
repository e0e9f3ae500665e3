/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/uses.h"
#include "support/findings.h"
#include "support/install.h"

#include <criterion/criterion.h>
#include <string.h>

#define ONE(type, ...) SP_TEST_LIST(struct type, {__VA_ARGS__})

/* What is found when extension "a" undoes @down, beside the other extension. */
static SpFindings *
check(const char *down, const struct sp_extension_vtable *other)
{
    struct sp_extension_vtable a = {
        .id = "a",
        .schemas = ONE(sp_schema, .sql = "CREATE TABLE IF NOT EXISTS own (id int, v int);"
                                         "CREATE OR REPLACE VIEW seen AS SELECT id FROM own;"),
        .migrations =
            ONE(sp_migration, .version = 1, .name = "one",
                .sql = "CREATE TABLE t (id int); CREATE SCHEMA lab; CREATE TABLE lab.t (id int);"
                       "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
                .down_sql = down, .down_source = "one.down.sql"),
    };
    g_autoptr(SpDeclared) declared = sp_test_declared(SP_TEST_VTABLES(&a, other));
    const SpPrepared *prepared = sp_declared_get_prepared(declared, 0);
    SpFindings *findings = sp_findings_new();
    sp_uses_check(declared, sp_prepared_get_extension(prepared), sp_prepared_get_down(prepared, 0),
                  findings);
    return findings;
}

#define DEPENDS .dependencies = ONE(sp_dependency, .id = "a")

static const struct {
    const char *down, *schema;
} found[] = {
    {"DROP TABLE t", "CREATE OR REPLACE VIEW v AS SELECT id FROM t;"},
    {"DROP TABLE IF EXISTS t CASCADE", "CREATE OR REPLACE VIEW v AS SELECT id FROM t;"},
    {"ALTER TABLE t DROP COLUMN id CASCADE", "CREATE OR REPLACE VIEW v AS SELECT id FROM t;"},
    {"ALTER TABLE t RENAME TO u", "CREATE OR REPLACE VIEW v AS SELECT id FROM t;"},
    {"ALTER TABLE t SET SCHEMA lab", "CREATE OR REPLACE VIEW v AS SELECT id FROM t;"},
    {"DROP TABLE t", "CREATE TABLE IF NOT EXISTS w (id int REFERENCES t (id));"},
    {"DROP SCHEMA lab CASCADE", "CREATE OR REPLACE VIEW v AS SELECT id FROM lab.t;"},
    {"DROP SCHEMA lab CASCADE", "CREATE SCHEMA IF NOT EXISTS lab;"},
    {"DROP EXTENSION pgcrypto", "CREATE EXTENSION IF NOT EXISTS pgcrypto;"},
};

Test(uses, are_found_of_what_is_dropped_renamed_or_moved)
{
    for (guint i = 0; i < G_N_ELEMENTS(found); i++) {
        const struct sp_extension_vtable b = {
            .id = "b",
            DEPENDS,
            .schemas = ONE(sp_schema, .sql = found[i].schema, .source = "b.sql"),
        };
        g_autoptr(SpFindings) findings = check(found[i].down, &b);
        g_autofree char *codes = sp_test_codes(sp_findings_refusals(findings));
        cr_expect_str_eq(codes, "object-in-use", "%s: %s", found[i].down, codes);
    }
}

static const struct {
    const char *down, *schema;
} free_of_use[] = {
    {"ALTER TABLE t DROP COLUMN id", "CREATE OR REPLACE VIEW v AS SELECT id FROM t;"},
    {"ALTER TABLE t RENAME COLUMN id TO key", "CREATE OR REPLACE VIEW v AS SELECT id FROM t;"},
    {"DROP VIEW seen", "CREATE OR REPLACE VIEW v AS SELECT id FROM own;"},
    {"DROP TABLE lab.t", "CREATE OR REPLACE VIEW v AS SELECT id FROM t;"},
    {"CREATE TEMP TABLE x (id int); DROP TABLE pg_temp.x", "CREATE TABLE IF NOT EXISTS x (a int);"},
};

Test(uses, are_not_found_where_the_object_stays)
{
    for (guint i = 0; i < G_N_ELEMENTS(free_of_use); i++) {
        const struct sp_extension_vtable b = {
            .id = "b", DEPENDS, .schemas = ONE(sp_schema, .sql = free_of_use[i].schema)};
        g_autoptr(SpFindings) findings = check(free_of_use[i].down, &b);
        cr_expect_eq(sp_findings_refusals(findings)->len, 0, "%s", free_of_use[i].down);
    }
}

Test(uses, name_both_places)
{
    const struct sp_extension_vtable b = {
        .id = "b",
        DEPENDS,
        .migrations = ONE(sp_migration, .version = 1, .name = "fill",
                          .sql = "SELECT 1;\n  SELECT id FROM t", .source = "fill.sql"),
    };
    g_autoptr(SpFindings) findings = check("SELECT 1;\nDROP TABLE t", &b);
    const GError *error = sp_test_only(sp_findings_refusals(findings));
    const SpPlace *place = sp_error_get_place(error);
    cr_expect_str_eq(error->message, "table \"t\" is used by extension \"b\"");
    cr_expect_str_eq(place->source, "one.down.sql");
    cr_expect_eq(place->line, 2);
    cr_expect_not_null(strstr(sp_error_detail(error), "fill.sql:2:"), "%s", sp_error_detail(error));
}

Test(uses, of_seeds_count_and_those_of_down_sql_do_not)
{
    struct sp_extension_vtable b = {
        .id = "b",
        DEPENDS,
        .cross_extension_tables = SP_TEST_LIST(const char *, "t"),
        .migrations = ONE(sp_migration, .version = 1, .name = "one", .sql = "SELECT 1",
                          .down_sql = "DELETE FROM t"),
    };
    g_autoptr(SpFindings) nothing = check("DROP TABLE t", &b);
    cr_expect_eq(sp_findings_refusals(nothing)->len, 0);
    b.seeds = (struct sp_list)ONE(sp_seed, .id = "s", .sql = "UPDATE t SET id = 1");
    g_autoptr(SpFindings) findings = check("DROP TABLE t", &b);
    sp_test_only(sp_findings_refusals(findings));
}

Test(uses, of_the_extension_itself_do_not_count)
{
    const struct sp_extension_vtable b = {.id = "b"};
    g_autoptr(SpFindings) findings = check("DROP VIEW seen; DROP TABLE own", &b);
    cr_expect_eq(sp_findings_refusals(findings)->len, 0);
}
