/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/prepared.h"

#include "support/extensions.h"
#include "support/findings.h"

#include <criterion/criterion.h>

typedef struct sp_extension_vtable Vtable;

/* What is refused goes to @findings, or fails the test when that is NULL. */
static SpPrepared *
prepare(const Vtable *vtable, SpFindings *findings)
{
    g_autoptr(SpExtension) extension = sp_test_extension(vtable);
    g_autoptr(SpFindings) none = sp_findings_new();
    SpPrepared *prepared = sp_prepared_new(extension, 0, findings ? findings : none);
    g_autofree char *codes = sp_test_codes(sp_findings_refusals(none));
    cr_assert_str_eq(codes, "");
    return prepared;
}

static char *
digest_of(SpPhase phase, const char *sql)
{
    const Vtable vtable = {.id = "a", .schemas = SP_TEST_LIST(struct sp_schema, {.sql = sql})};
    g_autoptr(SpPrepared) prepared = prepare(&vtable, NULL);
    return g_strdup(sp_prepared_get_digest(prepared, phase));
}

static char *
texts_of(const GPtrArray *statements)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new();
    for (guint i = 0; i < statements->len; i++)
        g_ptr_array_add(texts, (char *)((SpStatement *)g_ptr_array_index(statements, i))->sql);
    g_ptr_array_add(texts, NULL);
    return g_strjoinv("; ", (char **)texts->pdata);
}

Test(prepared, splits_schemas_by_phase_in_source_order)
{
    g_autoptr(SpPrepared) prepared = prepare(
        &(Vtable){.id = "a",
                  .schemas = SP_TEST_LIST(struct sp_schema,
                                          {.sql = "CREATE TABLE IF NOT EXISTS t (id int);"
                                                  "CREATE OR REPLACE VIEW v AS SELECT 1"},
                                          {.sql = "CREATE INDEX IF NOT EXISTS i ON t (id);"
                                                  "CREATE TABLE IF NOT EXISTS u (id int)"})},
        NULL);
    g_autofree char *structural =
        texts_of(sp_prepared_get_statements(prepared, SP_PHASE_STRUCTURAL));
    g_autofree char *dependent = texts_of(sp_prepared_get_statements(prepared, SP_PHASE_DEPENDENT));
    cr_assert_str_eq(structural, "CREATE TABLE IF NOT EXISTS t (id int); "
                                 "CREATE TABLE IF NOT EXISTS u (id int)");
    cr_assert_str_eq(dependent, "CREATE OR REPLACE VIEW v AS SELECT 1; "
                                "CREATE INDEX IF NOT EXISTS i ON t (id)");
}

static const Vtable two_migrations = {
    .id = "a",
    .schemas = SP_TEST_LIST(struct sp_schema, {.sql = "CREATE TABLE IF NOT EXISTS t (id int)"}),
    .migrations =
        SP_TEST_LIST(struct sp_migration, {.version = 2, .name = "two", .sql = "DELETE FROM t"},
                     {.version = 1,
                      .name = "one",
                      .sql = "ALTER TABLE t ADD COLUMN x int",
                      .down_sql = "ALTER TABLE t DROP COLUMN x"}),
    .seeds = SP_TEST_LIST(struct sp_seed,
                          {.id = "s", .sql = "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING"}),
};

Test(prepared, finds_migrations_downs_and_seeds_by_index)
{
    g_autoptr(SpPrepared) prepared = prepare(&two_migrations, NULL);
    cr_assert_str_eq(sp_script_get_source(sp_prepared_get_migration(prepared, 0)),
                     "migration 001_one");
    cr_assert_str_eq(sp_script_get_source(sp_prepared_get_migration(prepared, 1)),
                     "migration 002_two");
    cr_assert_eq(sp_script_get_role(sp_prepared_get_down(prepared, 0)), SP_SCRIPT_DOWN);
    cr_assert_null(sp_prepared_get_down(prepared, 1));
    cr_assert_eq(sp_script_get_role(sp_prepared_get_seed(prepared, 0)), SP_SCRIPT_SEED);
}

Test(prepared, lists_scripts_by_role)
{
    static const SpScriptRole expected[] = {SP_SCRIPT_SCHEMA, SP_SCRIPT_MIGRATION,
                                            SP_SCRIPT_MIGRATION, SP_SCRIPT_DOWN, SP_SCRIPT_SEED};
    g_autoptr(SpPrepared) prepared = prepare(&two_migrations, NULL);
    const GPtrArray *scripts = sp_prepared_get_scripts(prepared);
    cr_assert_eq(scripts->len, G_N_ELEMENTS(expected));
    for (guint i = 0; i < scripts->len; i++)
        cr_assert_eq(sp_script_get_role(g_ptr_array_index(scripts, i)), expected[i]);
    cr_assert(sp_prepared_is_complete(prepared));
}

Test(prepared, has_nothing_of_an_empty_extension)
{
    g_autoptr(SpPrepared) prepared = prepare(&(Vtable){.id = "a"}, NULL);
    cr_assert_eq(sp_prepared_get_scripts(prepared)->len, 0);
    cr_assert_eq(sp_prepared_get_statements(prepared, SP_PHASE_STRUCTURAL)->len, 0);
    cr_assert_eq(strlen(sp_prepared_get_digest(prepared, SP_PHASE_DEPENDENT)), 64);
}

Test(prepared, keeps_what_parses_beside_what_does_not)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(SpPrepared) prepared = prepare(
        &(Vtable){.id = "a",
                  .schemas = SP_TEST_LIST(struct sp_schema, {.sql = "CREATE TABEL t (id int)"},
                                          {.sql = "CREATE TABLE IF NOT EXISTS u (id int)"}),
                  .migrations = SP_TEST_LIST(
                      struct sp_migration, {.version = 1, .name = "one", .sql = "ALTER TABEL u"},
                      {.version = 2, .name = "two", .sql = "DELETE FROM u", .down_sql = "("}),
                  .seeds = SP_TEST_LIST(struct sp_seed, {.id = "s", .sql = "INSERT"})},
        findings);
    g_autofree char *codes = sp_test_codes(sp_findings_refusals(findings));
    cr_assert_str_eq(codes, "sql-syntax sql-syntax sql-syntax sql-syntax");
    cr_assert_eq(sp_prepared_get_statements(prepared, SP_PHASE_STRUCTURAL)->len, 1);
    cr_assert_null(sp_prepared_get_migration(prepared, 0));
    cr_assert_not_null(sp_prepared_get_migration(prepared, 1));
    cr_assert_null(sp_prepared_get_down(prepared, 1));
    cr_assert_null(sp_prepared_get_seed(prepared, 0));
    cr_assert_not(sp_prepared_is_complete(prepared));
}

Test(prepared, lints_a_migration_without_transaction_as_one)
{
    g_autoptr(SpPrepared) prepared = prepare(
        &(Vtable){.id = "a",
                  .schemas = SP_TEST_LIST(struct sp_schema,
                                          {.sql = "CREATE TABLE IF NOT EXISTS t (id int)"}),
                  .migrations = SP_TEST_LIST(struct sp_migration,
                                             {.version = 1,
                                              .name = "one",
                                              .flags = SP_MIGRATION_NO_TRANSACTION,
                                              .sql = "CREATE INDEX CONCURRENTLY i ON t (id)"})},
        NULL);
    cr_assert_not_null(sp_prepared_get_migration(prepared, 0));
}

Test(prepared, lints_a_migration_with_the_directive_as_one_without_transaction)
{
    g_autoptr(SpPrepared) prepared =
        prepare(&(Vtable){.id = "a",
                          .migrations = SP_TEST_LIST(
                              struct sp_migration,
                              {.version = 1, .name = "one", .sql = "-- @no-transaction\nVACUUM"})},
                NULL);
    cr_assert_not_null(sp_prepared_get_migration(prepared, 0));
}

Test(prepared, has_no_script_for_a_tombstone)
{
    g_autoptr(SpPrepared) prepared =
        prepare(&(Vtable){.id = "a",
                          .migrations = SP_TEST_LIST(
                              struct sp_migration, {.version = 1, .name = "one", .sql = "SELECT 1"},
                              {.version = 2, .name = "gone", .flags = SP_MIGRATION_TOMBSTONE},
                              {.version = 3, .name = "three", .sql = "SELECT 3"})},
                NULL);
    cr_assert_null(sp_prepared_get_migration(prepared, 1));
    cr_assert_null(sp_prepared_get_down(prepared, 1));
    cr_assert_str_eq(sp_script_get_source(sp_prepared_get_migration(prepared, 2)),
                     "migration 003_three");
    cr_assert_eq(sp_prepared_get_scripts(prepared)->len, 2);
    cr_assert(sp_prepared_is_complete(prepared));
}

Test(prepared, keeps_retirements_in_a_phase_of_their_own)
{
    g_autoptr(SpPrepared) without = prepare(&two_migrations, NULL);
    Vtable vtable = two_migrations;
    vtable.retirements = (struct sp_list)SP_TEST_LIST(
        struct sp_retirement, {"DROP VIEW IF EXISTS v; DROP TRIGGER IF EXISTS x ON t"},
        {"DROP FUNCTION IF EXISTS f"});
    g_autoptr(SpPrepared) with = prepare(&vtable, NULL);
    const GPtrArray *statements = sp_prepared_get_statements(with, SP_PHASE_RETIREMENTS);
    g_autofree char *texts = texts_of(statements);
    cr_assert_str_eq(texts, "DROP VIEW IF EXISTS v; DROP TRIGGER IF EXISTS x ON t; "
                            "DROP FUNCTION IF EXISTS f");
    const SpStatement *last = g_ptr_array_index(statements, 2);
    cr_assert_eq(last->phase, SP_PHASE_RETIREMENTS);
    cr_assert_eq(sp_script_get_role(g_ptr_array_index(sp_prepared_get_scripts(with), 0)),
                 SP_SCRIPT_RETIRE);
    cr_assert_str_eq(sp_prepared_get_digest(with, SP_PHASE_DEPENDENT),
                     sp_prepared_get_digest(without, SP_PHASE_DEPENDENT));
    cr_assert_str_neq(sp_prepared_get_digest(with, SP_PHASE_RETIREMENTS),
                      sp_prepared_get_digest(without, SP_PHASE_RETIREMENTS));
}

Test(prepared, is_incomplete_when_a_retirement_does_not_parse)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(SpPrepared) prepared = prepare(
        &(Vtable){.id = "a", .retirements = SP_TEST_LIST(struct sp_retirement, {"DROP VEW v"})},
        findings);
    cr_assert_eq(sp_test_only(sp_findings_refusals(findings))->code, SP_ERROR_SQL_SYNTAX);
    cr_assert_not(sp_prepared_is_complete(prepared));
}

/* Databases keep digests, so the format must not change unnoticed. */
Test(prepared, has_a_digest_that_never_changes)
{
    g_autofree char *digest =
        digest_of(SP_PHASE_STRUCTURAL, "CREATE TABLE IF NOT EXISTS t (id int);");
    cr_assert_str_eq(digest, "5bedef7e040401d33b5c0f21e3e59cd673b2ade4729c501326fcdf53fd6f3d37");
}

Test(prepared, has_a_digest_that_overlooks_comments_and_blank_lines_between_statements)
{
    g_autofree char *plain =
        digest_of(SP_PHASE_STRUCTURAL, "CREATE TABLE IF NOT EXISTS t (id int);"
                                       "CREATE TABLE IF NOT EXISTS u (id int)");
    g_autofree char *commented = digest_of(
        SP_PHASE_STRUCTURAL, "\xEF\xBB\xBF-- the first\n\nCREATE TABLE IF NOT EXISTS t (id int) ;\n"
                             "/* and */ ;; CREATE TABLE IF NOT EXISTS u (id int);\n-- done\n");
    cr_assert_str_eq(plain, commented);
}

Test(prepared, has_a_digest_that_any_statement_changes)
{
    g_autofree char *one = digest_of(SP_PHASE_STRUCTURAL, "CREATE TABLE IF NOT EXISTS t (id int)");
    g_autofree char *other =
        digest_of(SP_PHASE_STRUCTURAL, "CREATE TABLE IF NOT EXISTS t (id int8)");
    g_autofree char *more = digest_of(SP_PHASE_STRUCTURAL, "CREATE TABLE IF NOT EXISTS t (id int);"
                                                           "CREATE TABLE IF NOT EXISTS u ()");
    cr_assert_str_neq(one, other);
    cr_assert_str_neq(one, more);
}

Test(prepared, has_a_digest_of_each_phase_alone)
{
    const char *table = "CREATE TABLE IF NOT EXISTS t (id int)";
    const char *both = "CREATE TABLE IF NOT EXISTS t (id int);"
                       "CREATE INDEX IF NOT EXISTS i ON t (id)";
    g_autofree char *before = digest_of(SP_PHASE_STRUCTURAL, table);
    g_autofree char *after = digest_of(SP_PHASE_STRUCTURAL, both);
    g_autofree char *without = digest_of(SP_PHASE_DEPENDENT, table);
    g_autofree char *with = digest_of(SP_PHASE_DEPENDENT, both);
    cr_assert_str_eq(before, after);
    cr_assert_str_neq(without, with);
    cr_assert_str_neq(without, before);
}
