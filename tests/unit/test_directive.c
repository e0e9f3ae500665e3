/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/directive.h"

#include "../support/folder.h"

#include <criterion/parameterized.h>
#include <sp/extension.h>

#define NO_TRANSACTION SP_MIGRATION_NO_TRANSACTION

static const struct {
    const char *text;
    guint32 flags;
} accepted[] = {
    {"", 0},
    {"SELECT 1;\n", 0},
    {"-- @no-transaction", NO_TRANSACTION},
    {"--@no-transaction\n", NO_TRANSACTION},
    {"\xEF\xBB\xBF-- @no-transaction\r\nSELECT 1;\r\n", NO_TRANSACTION},
    {"\n  -- Some words.\n--\n\n--  @no-transaction  \nSELECT 1;\n", NO_TRANSACTION},
    {"-- Without @no-transaction it would wait.\nSELECT 1;\n", 0},
    {"SELECT 1;\n-- @elsewhere is an address\n", 0},
    {"SELECT '-- @no-transaction';\n", 0},
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
    guint32 flags = sp_directives_read(accepted[*index].text, "a.sql", TRUE, findings);
    cr_expect_eq(flags, accepted[*index].flags, "%s", accepted[*index].text);
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
    sp_directives_read(refused[*index].text, "a.sql", refused[*index].is_migration, findings);
    cr_log_info("%s", refused[*index].text);
    sp_test_assert_refused(findings, "a.sql", refused[*index].line);
}
