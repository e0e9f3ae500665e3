/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/directive.h"

#include "../support/folder.h"
#include "edge/sql_parser.h"

#include <criterion/parameterized.h>

static const struct {
    const char *text;
    gboolean no_transaction;
} accepted[] = {
    {"", FALSE},
    {"SELECT 1;\n", FALSE},
    {"-- @no-transaction", TRUE},
    {"--@no-transaction\n", TRUE},
    {"\xEF\xBB\xBF-- @no-transaction\r\nSELECT 1;\r\n", TRUE},
    {"\n  -- Some words.\n--\n\n--  @no-transaction  \nSELECT 1;\n", TRUE},
    {"-- Without @no-transaction it would wait.\nSELECT 1;\n", FALSE},
    {"SELECT 1;\n-- @elsewhere is an address\n", FALSE},
    {"SELECT '-- @no-transaction';\n", FALSE},
};

ParameterizedTestParameters(directive, accepts)
{
    static size_t indexes[G_N_ELEMENTS(accepted)];
    for (size_t i = 0; i < G_N_ELEMENTS(accepted); i++)
        indexes[i] = i;
    return cr_make_param_array(size_t, indexes, G_N_ELEMENTS(accepted));
}

ParameterizedTest(size_t *index, directive, accepts)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(SpDirectives) directives =
        sp_directives_read(accepted[*index].text, "a.sql", TRUE, findings);
    cr_expect_eq(directives->no_transaction, accepted[*index].no_transaction, "%s",
                 accepted[*index].text);
    cr_expect_eq(sp_findings_refusals(findings)->len, 0u, "%s", accepted[*index].text);
}

static const struct {
    const char *text;
    gboolean is_migration;
    guint line;
} refused[] = {
    {"-- @no-transactions\nSELECT 1;\n", TRUE, 1},
    {"-- @no-transaction please\n", TRUE, 1},
    {"-- @No-Transaction\n", TRUE, 1},
    {"-- @\n", TRUE, 1},
    {"-- @no-transaction\n\n-- @author Ada\n", TRUE, 3},
    {"/* licence */\n-- @no-transaction\nSELECT 1;\n", TRUE, 2},
    {"SELECT 1;\n-- @no-transaction\n", TRUE, 2},
    {"-- @no-transaction\nSELECT 1;\n", FALSE, 1},
    {"-- @author Ada\nSELECT 1;\n", FALSE, 1},
    {"SELECT 1;\n  -- @no-transaction\n", FALSE, 2},
    {"-- @statement-timeout\n", TRUE, 1},
    {"-- @statement-timeout: soon\n", TRUE, 1},
    {"-- @statement-timeout: 0s\n", TRUE, 1},
    {"-- @statement-timeout: -5s\n", TRUE, 1},
    {"-- @statement-timeout: 99999999h\n", TRUE, 1},
    {"-- @supersedes-checksum: 1234\n-- @supersedes-checksum: XYZ\n", TRUE, 2},
    {"-- @supersedes-checksum: 00112233445566778\n", TRUE, 1},
    {"-- @allow: full-scan\n", TRUE, 1},
    {"-- @allow\n", TRUE, 1},
    {"-- @grammar\n", TRUE, 1},
    {"-- @grammar: newest\n", TRUE, 1},
    {"-- @grammar: 9\n", TRUE, 1},
    {"-- @grammar: 17.1\n", TRUE, 1},
    {"-- @grammar: 1000\n", TRUE, 1},
    {"SELECT 1;\n-- @grammar: 99\n", TRUE, 2},
};

ParameterizedTestParameters(directive, refuses)
{
    static size_t indexes[G_N_ELEMENTS(refused)];
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++)
        indexes[i] = i;
    return cr_make_param_array(size_t, indexes, G_N_ELEMENTS(refused));
}

ParameterizedTest(size_t *index, directive, refuses)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(SpDirectives) directives =
        sp_directives_read(refused[*index].text, "a.sql", refused[*index].is_migration, findings);
    cr_assert_not_null(directives);
    cr_log_info("%s", refused[*index].text);
    sp_test_assert_refused(findings, "a.sql", refused[*index].line);
}

Test(directive, reads_values)
{
    static const char text[] = "-- @statement-timeout: 30s\n"
                               "-- @supersedes-checksum: 0011223344556677\n"
                               "-- @supersedes-checksum: aa1dec01c21c9bf\n"
                               "-- @allow: full-scan the table has ten rows\n"
                               "-- @grammar: 99\n"
                               "SELECT 1;\n";
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(SpDirectives) directives = sp_directives_read(text, "a.sql", TRUE, findings);
    cr_assert_eq(sp_findings_refusals(findings)->len, 0);
    cr_expect_eq(directives->statement_timeout_ms, 30000);
    cr_expect_eq(directives->supersedes->len, 2);
    cr_expect_str_eq(g_ptr_array_index(directives->supersedes, 1), "aa1dec01c21c9bf");
    cr_expect_str_eq(sp_directives_find_allowance(directives, "full-scan"),
                     "the table has ten rows");
    cr_expect_null(sp_directives_find_allowance(directives, "rewrite"));
    cr_expect_eq(directives->grammar, 99);
}

/* What the host can read by now is no less right. */
Test(directive, names_any_grammar_as_the_oldest_that_will_do)
{
    for (guint more = 0; more < 2; more++) {
        g_autofree char *sql =
            g_strdup_printf("-- @grammar: %u\n", sp_sql_grammar_version() + more);
        g_autoptr(SpFindings) findings = sp_findings_new();
        g_autoptr(SpDirectives) directives = sp_directives_read(sql, "a.sql", TRUE, findings);
        cr_expect_eq(sp_findings_refusals(findings)->len, 0u);
        cr_expect_eq(directives->grammar, sp_sql_grammar_version() + more);
    }
}
