/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/unread.h"

#include "edge/sql_parser.h"
#include "model/prepared.h"
#include "support/extensions.h"
#include "support/findings.h"

#include <criterion/criterion.h>
#include <string.h>

/* What PostgreSQL 17 accepts, and 15 does not. */
#define NEWER "MERGE INTO t USING u ON t.id = u.id WHEN NOT MATCHED BY SOURCE THEN DELETE"

static const SpScriptText newer = {
    .role = SP_SCRIPT_MIGRATION,
    .extension = "shop",
    .source = "x.sql",
    .is_transactional = TRUE,
    .grammar = 99,
    .takes_newer_grammar = TRUE,
};

/* @codes: of the refusals, joined by spaces */
static SpScript *
take(SpScriptText text, const char *sql, const char *codes)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    text.sql = sql;
    SpScript *script = sp_script_new(&text, findings);
    g_autofree char *found = sp_test_codes(sp_findings_refusals(findings));
    cr_expect_str_eq(found, codes, "%s\n  has \"%s\", not \"%s\"", sql, found, codes);
    return script;
}

Test(unread, is_cut_and_warned_of)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    SpScriptText text = newer;
    text.sql = "-- @grammar: 99\nCREATE TABLE t (id int);\n\n  " NEWER ";\n-- the end\n";
    g_autoptr(SpScript) script = sp_script_new(&text, findings);
    const GPtrArray *statements = sp_script_get_statements(script);
    cr_assert_eq(statements->len, 2u);
    const SpStatement *second = g_ptr_array_index(statements, 1);
    cr_expect_str_eq(second->sql, NEWER);
    cr_expect_eq(second->line, 4u);
    cr_expect_eq(second->column, 3u);
    cr_expect_eq(second->effects->len, 0u);
    cr_expect_eq(second->phase, SP_PHASE_MIGRATIONS);
    cr_expect_not(sp_script_is_read(script));
    cr_expect_eq(sp_findings_refusals(findings)->len, 0u);
    const GError *warning = sp_test_only(sp_findings_warnings(findings));
    cr_expect_eq(warning->code, SP_ERROR_GRAMMAR_UNREAD);
    cr_expect_eq(sp_error_get_place(warning)->line, 4u);
}

Test(unread, is_refused_without_consent_and_names_both_versions)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    SpScriptText text = newer;
    text.sql = NEWER;
    text.takes_newer_grammar = FALSE;
    cr_expect_null(sp_script_new(&text, findings));
    const GError *error = sp_test_only(sp_findings_refusals(findings));
    cr_expect_eq(error->code, SP_ERROR_NEWER_GRAMMAR);
    g_autofree char *own = g_strdup_printf("PostgreSQL %u,", sp_sql_grammar_version());
    cr_expect_not_null(strstr(sp_error_detail(error), own));
    cr_expect_not_null(strstr(sp_error_detail(error), "99"));
}

Test(unread, is_not_what_parses_or_names_no_grammar_or_cannot_be_cut)
{
    g_autoptr(SpScript) parses = take(newer, "DELETE FROM t", "");
    cr_expect(sp_script_is_read(parses));
    SpScriptText silent = newer;
    silent.grammar = 0;
    cr_expect_null(take(silent, NEWER, "sql-syntax"));
    cr_expect_null(take(newer, NEWER "; SELECT 'never ends", "sql-syntax"));
}

Test(unread, names_the_directive_to_the_author_of_a_migration_alone)
{
    static const SpScriptRole roles[] = {SP_SCRIPT_MIGRATION, SP_SCRIPT_DOWN, SP_SCRIPT_SCHEMA,
                                         SP_SCRIPT_SEED};
    for (guint i = 0; i < G_N_ELEMENTS(roles); i++) {
        g_autoptr(SpFindings) findings = sp_findings_new();
        const SpScriptText text = {roles[i], "shop", "x.sql", NEWER};
        cr_expect_null(sp_script_new(&text, findings));
        const char *hint = sp_error_hint(sp_test_only(sp_findings_refusals(findings)));
        gboolean is_named = hint != NULL && strstr(hint, "@grammar") != NULL;
        cr_expect_eq(is_named, roles[i] == SP_SCRIPT_MIGRATION || roles[i] == SP_SCRIPT_DOWN);
    }
}

Test(unread, refuses_by_its_words)
{
    static const char *const refused[][2] = {
        {"BEGIN", "transaction-control"},
        {"/* so */ start TRANSACTION", "transaction-control"},
        {"COMMIT", "transaction-control"},
        {"end", "transaction-control"},
        {"ABORT", "transaction-control"},
        {"ROLLBACK TO s", "transaction-control"},
        {"SAVEPOINT s", "transaction-control"},
        {"RELEASE s", "transaction-control"},
        {"PREPARE TRANSACTION 'x'", "transaction-control"},
        {"PREPARE p AS SELECT 1", ""},
        {"SELECT 'BEGIN'", ""},
        {"CREATE ROLE r", "statement-not-allowed"},
        {"SELECT pg_catalog.\"pg_advisory_unlock_all\"()", "statement-not-allowed"},
        {"SET ROLE NONE", "role-switch"},
        {"RESET \"role\"", "role-switch"},
    };
    SpScriptText text = newer;
    text.has_role = TRUE;
    for (guint i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autofree char *sql = g_strdup_printf("%s;\n%s;", NEWER, refused[i][0]);
        g_autoptr(SpScript) script = take(text, sql, refused[i][1]);
    }
    g_autoptr(SpScript) without_role = take(newer, NEWER "; SET ROLE NONE", "");
}

Test(unread, is_cut_outside_of_brackets_and_bodies)
{
    static const char body[] = "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE 1 WHEN 1 "
                               "THEN 2 END; SELECT 3; END";
    static const char rule[] = "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT ';')";
    g_autofree char *sql = g_strdup_printf("%s; %s;%s", body, rule, NEWER);
    g_autoptr(SpScript) script = take(newer, sql, "");
    const GPtrArray *statements = sp_script_get_statements(script);
    const char *const expected[] = {body, rule, NEWER};
    cr_assert_eq(statements->len, G_N_ELEMENTS(expected));
    for (guint i = 0; i < statements->len; i++)
        cr_expect_str_eq(((const SpStatement *)g_ptr_array_index(statements, i))->sql, expected[i]);
}

Test(unread, holds_for_the_undoing_of_its_migration_too)
{
    const struct sp_extension_vtable vtable = {
        .id = "shop",
        .migrations = SP_TEST_LIST(
            struct sp_migration,
            {.version = 1, .name = "one", .sql = "-- @grammar: 99\n" NEWER, .down_sql = NEWER},
            {.version = 2, .name = "two", .sql = "DELETE FROM t", .down_sql = NEWER}),
    };
    g_autoptr(SpExtension) extension = sp_test_extension(&vtable);
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(SpPrepared) prepared =
        sp_prepared_new(extension, SP_PREPARED_TAKES_NEWER_GRAMMAR, findings);
    cr_expect_not_null(sp_prepared_get_migration(prepared, 0));
    cr_expect_not_null(sp_prepared_get_down(prepared, 0));
    cr_expect_null(sp_prepared_get_down(prepared, 1));
    cr_expect_not(sp_prepared_is_complete(prepared));
    g_autofree char *warnings = sp_test_codes(sp_findings_warnings(findings));
    cr_expect_str_eq(warnings, "grammar-unread grammar-unread");
}
