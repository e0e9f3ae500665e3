/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/early.h"
#include "model/script.h"

#include <criterion/criterion.h>

#define FUNCTION(name, body) "CREATE OR REPLACE FUNCTION " name "() RETURNS int RETURN " body ";"

/* "s" for each structural statement, "d" for each dependent one, after the move. */
static char *
phases_of(const char *sql)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    const SpScriptText text = {SP_SCRIPT_SCHEMA, "a", "a.sql", sql, .is_transactional = TRUE};
    g_autoptr(SpScript) script = sp_script_new(&text, findings);
    const GPtrArray *statements = sp_script_get_statements(script);
    sp_early_move(statements);
    GString *phases = g_string_new(NULL);
    for (guint i = 0; i < statements->len; i++) {
        const SpStatement *statement = g_ptr_array_index(statements, i);
        g_string_append_c(phases, statement->phase == SP_PHASE_STRUCTURAL ? 's' : 'd');
    }
    return g_string_free(phases, FALSE);
}

typedef struct {
    const char *sql, *phases;
} Case;

static const Case cases[] = {
    {FUNCTION("f", "1") "CREATE TABLE IF NOT EXISTS t (a int DEFAULT f())", "ss"},
    {FUNCTION("f", "1") "CREATE TABLE IF NOT EXISTS t (a int CHECK (a > public.f()))", "ss"},
    {FUNCTION("f", "1") "CREATE DOMAIN d AS int CHECK (VALUE > f())", "ss"},
    {FUNCTION("f", "1") FUNCTION("g", "f()") "CREATE TABLE IF NOT EXISTS t (a int DEFAULT g())",
     "sss"},
    {FUNCTION("f", "1") "CREATE TABLE IF NOT EXISTS t (a int DEFAULT other.f())", "ds"},
    {FUNCTION("s.f", "1") "CREATE TABLE IF NOT EXISTS t (a int DEFAULT s.f())", "ss"},
    {FUNCTION("f", "1") "CREATE INDEX IF NOT EXISTS i ON t (f())", "dd"},
    {FUNCTION("f", "1") "CREATE TABLE IF NOT EXISTS t (a int DEFAULT now())", "ds"},
};

Test(early, moves_the_functions_that_tables_call_and_no_others)
{
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *phases = phases_of(cases[i].sql);
        cr_expect_str_eq(phases, cases[i].phases, "%s: %s", cases[i].sql, phases);
    }
}
