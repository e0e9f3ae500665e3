/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/script.h"
#include "support/findings.h"

#include <criterion/criterion.h>

static SpScript *
read_script(SpScriptRole role, const char *sql, gboolean is_transactional, SpFindings *findings)
{
    const SpScriptText text = {role, "shop", "x.sql", sql, .is_transactional = is_transactional};
    return sp_script_new(&text, findings);
}

/* @expected: the codes of the refusals, joined by spaces */
static void
assert_refusals(SpScriptRole role, const char *sql, const char *expected)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(SpScript) script = read_script(role, sql, TRUE, findings);
    g_autofree char *codes = sp_test_codes(sp_findings_refusals(findings));
    cr_expect_str_eq(codes, expected, "%s\n  has \"%s\", not \"%s\"", sql, codes, expected);
}

/* Neither refused nor warned of. */
static void
assert_clean(SpScriptRole role, const char *sql)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(SpScript) script = read_script(role, sql, TRUE, findings);
    g_autofree char *refusals = sp_test_codes(sp_findings_refusals(findings));
    g_autofree char *warnings = sp_test_codes(sp_findings_warnings(findings));
    cr_expect_str_eq(refusals, "", "%s\n  %s", sql, refusals);
    cr_expect_str_eq(warnings, "", "%s\n  %s", sql, warnings);
}

/* @expected: the statements' texts joined by bars */
static void
assert_statements(SpScriptRole role, const char *sql, const char *expected)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(SpScript) script = read_script(role, sql, TRUE, findings);
    g_autoptr(GString) texts = g_string_new(NULL);
    for (guint i = 0; i < sp_script_get_statements(script)->len; i++) {
        const SpStatement *statement = g_ptr_array_index(sp_script_get_statements(script), i);
        g_string_append_printf(texts, "%s%s", i > 0 ? "|" : "", statement->sql);
    }
    cr_expect_str_eq(texts->str, expected);
}

Test(script, of_a_schema_may_be_empty)
{
    assert_clean(SP_SCRIPT_SCHEMA, "");
    assert_clean(SP_SCRIPT_SCHEMA, "-- nothing\n/* yet */ ;");
    assert_clean(SP_SCRIPT_SEED, "\n");
}

Test(script, that_does_not_parse_is_none)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    cr_expect_null(read_script(SP_SCRIPT_SCHEMA, "CREATE TABLE t ();\n  CREAT", TRUE, findings));
    const GError *error = sp_test_only(sp_findings_refusals(findings));
    cr_expect(g_error_matches(error, SP_ERROR, SP_ERROR_SQL_SYNTAX));
    cr_expect_eq(sp_error_get_place(error)->line, 2u);
    cr_expect_eq(sp_error_get_place(error)->column, 3u);
    cr_expect_str_eq(sp_error_get_place(error)->source, "x.sql");
    cr_expect_str_eq(sp_error_get_place(error)->extension, "shop");
}

Test(script, drops_a_byte_order_mark)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(SpScript) script = read_script(SP_SCRIPT_MIGRATION,
                                             "\xEF\xBB\xBF"
                                             "DROP TABLE t",
                                             TRUE, findings);
    const SpStatement *statement = g_ptr_array_index(sp_script_get_statements(script), 0);
    cr_expect_str_eq(statement->sql, "DROP TABLE t");
    cr_expect_eq(statement->offset, 0u);
    cr_expect_eq(statement->column, 1u);
}

Test(script, knows_each_statement_and_its_place)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    const char *sql = "-- x\nCREATE TABLE IF NOT EXISTS \"é;\" ();  CREATE OR REPLACE VIEW v AS\n"
                      "TABLE t ; -- y";
    g_autoptr(SpScript) script = read_script(SP_SCRIPT_SCHEMA, sql, TRUE, findings);
    const SpStatement *table = g_ptr_array_index(sp_script_get_statements(script), 0);
    const SpStatement *view = g_ptr_array_index(sp_script_get_statements(script), 1);

    cr_expect_eq(sp_script_get_statements(script)->len, 2u);
    cr_expect_eq(table->phase, SP_PHASE_STRUCTURAL);
    cr_expect_str_eq(table->tag, "CREATE TABLE");
    cr_expect_str_eq(table->sql, "CREATE TABLE IF NOT EXISTS \"é;\" ()");
    cr_expect_eq(view->phase, SP_PHASE_DEPENDENT);
    cr_expect_str_eq(view->sql, "CREATE OR REPLACE VIEW v AS\nTABLE t");
    cr_expect_str_eq(view->source, "x.sql");
    cr_expect(view->line == 2 && view->column == 38, "%u:%u", view->line, view->column);
}

Test(script, locates_a_byte)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(SpScript) script =
        read_script(SP_SCRIPT_MIGRATION, "\xEF\xBB\xBF-- é\nDROP TABLE t", TRUE, findings);
    guint line = 0, column = 0;
    sp_script_locate(script, 6 + 5, &line, &column);
    cr_expect(line == 2 && column == 6, "%u:%u", line, column);
    cr_expect_eq(sp_script_get_role(script), SP_SCRIPT_MIGRATION);
    cr_expect_str_eq(sp_script_get_source(script), "x.sql");
}

Test(script, of_a_migration_and_of_a_seed_has_its_phase)
{
    static const struct {
        SpScriptRole role;
        SpPhase phase;
    } rows[] = {{SP_SCRIPT_MIGRATION, SP_PHASE_MIGRATIONS},
                {SP_SCRIPT_DOWN, SP_PHASE_MIGRATIONS},
                {SP_SCRIPT_SEED, SP_PHASE_SEEDS},
                {SP_SCRIPT_RETIRE, SP_PHASE_RETIREMENTS}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(SpFindings) findings = sp_findings_new();
        g_autoptr(SpScript) script =
            read_script(rows[i].role, "UPDATE t SET a = 1", TRUE, findings);
        const SpStatement *statement = g_ptr_array_index(sp_script_get_statements(script), 0);
        cr_expect_eq(statement->phase, rows[i].phase);
        cr_expect_null(statement->guard);
    }
}

Test(script, of_a_migration_loses_its_own_begin_and_commit)
{
    assert_statements(SP_SCRIPT_MIGRATION,
                      "-- x\nBEGIN;\nDROP TABLE t; DROP TABLE u;\nCOMMIT; -- y",
                      "DROP TABLE t|DROP TABLE u");
    assert_statements(SP_SCRIPT_DOWN, "START TRANSACTION; DROP TABLE t; END", "DROP TABLE t");
    assert_statements(SP_SCRIPT_MIGRATION, "BEGIN WORK; COMMIT WORK;", "");
    assert_clean(SP_SCRIPT_MIGRATION, "BEGIN; DROP TABLE t; COMMIT");
}

Test(script, takes_no_other_transaction_control)
{
    static const struct {
        const char *sql, *codes;
    } rows[] = {
        {"BEGIN", "transaction-control"},
        {"COMMIT", "transaction-control"},
        {"BEGIN; DROP TABLE t", "transaction-control"},
        {"DROP TABLE t; COMMIT", "transaction-control"},
        {"BEGIN; DROP TABLE t; ROLLBACK", "transaction-control transaction-control"},
        {"COMMIT; DROP TABLE t; BEGIN", "transaction-control transaction-control"},
        {"BEGIN; SAVEPOINT a; RELEASE a; COMMIT", "transaction-control transaction-control"},
        {"BEGIN; ROLLBACK TO a; COMMIT", "transaction-control"},
        {"BEGIN; DROP TABLE t; COMMIT; BEGIN; DROP TABLE u; COMMIT",
         "transaction-control transaction-control"},
        {"BEGIN; DROP TABLE t; COMMIT AND CHAIN", "transaction-control transaction-control"},
        {"BEGIN ISOLATION LEVEL SERIALIZABLE; DROP TABLE t; COMMIT",
         "transaction-control transaction-control"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_refusals(SP_SCRIPT_MIGRATION, rows[i].sql, rows[i].codes);
    const char *wrapped = "BEGIN; UPDATE t SET a = 1; COMMIT";
    assert_refusals(SP_SCRIPT_SEED, wrapped, "transaction-control transaction-control");
    assert_refusals(SP_SCRIPT_SCHEMA, "BEGIN; COMMIT", "transaction-control transaction-control");
}

Test(script, without_transaction_keeps_no_begin_and_commit)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(SpScript) script =
        read_script(SP_SCRIPT_MIGRATION, "BEGIN; VACUUM t; COMMIT", FALSE, findings);
    g_autofree char *codes = sp_test_codes(sp_findings_refusals(findings));
    cr_expect_str_eq(codes, "transaction-control transaction-control");
}
