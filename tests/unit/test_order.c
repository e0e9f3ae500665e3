/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/order.h"
#include "model/script.h"

#include <criterion/criterion.h>

#define FUNCTION(name, body) "CREATE OR REPLACE FUNCTION " name "() RETURNS int RETURN " body ";"

/* The statements as they run: "s" for a structural, "d" for a dependent one, and what it creates;
 * "-" for each of its keys that comes later. */
static char *
order_of(const char *sql)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    const SpScriptText text = {SP_SCRIPT_SCHEMA, "a", "a.sql", sql, .is_transactional = TRUE};
    g_autoptr(SpScript) script = sp_script_new(&text, findings);
    g_autoptr(GPtrArray) statements =
        g_ptr_array_copy((GPtrArray *)sp_script_get_statements(script), NULL, NULL);
    g_ptr_array_set_free_func(statements, NULL);
    sp_order_by_need(statements);
    GString *order = g_string_new(NULL);
    for (guint i = 0; i < statements->len; i++) {
        const SpStatement *statement = g_ptr_array_index(statements, i);
        const SpEffect *effect = g_ptr_array_index(statement->effects, 0);
        g_string_append_printf(order, "%s%c%s", i > 0 ? " " : "",
                               statement->phase == SP_PHASE_STRUCTURAL ? 's' : 'd',
                               effect->object->name);
        for (guint j = 0; statement->keys != NULL && j < statement->keys->n; j++)
            g_string_append(order, statement->keys->items[j].is_apart ? "-" : "");
    }
    return g_string_free(order, FALSE);
}

typedef struct {
    const char *sql, *order;
} Case;

#define TABLE(name, list) "CREATE TABLE IF NOT EXISTS " name " (" list ");"
#define VIEW(name, query) "CREATE OR REPLACE VIEW " name " AS SELECT " query ";"

static const Case cases[] = {
    /* What a table calls comes with it, and before it. */
    {FUNCTION("f", "1") TABLE("t", "a int DEFAULT f()"), "sf st"},
    {FUNCTION("f", "1") TABLE("t", "a int CHECK (a > public.f())"), "sf st"},
    {FUNCTION("f", "1") "CREATE DOMAIN d AS int CHECK (VALUE > f())", "sf sd"},
    {TABLE("t", "a int, b int GENERATED ALWAYS AS (f()) STORED") FUNCTION("f", "1"), "sf st"},
    {FUNCTION("f", "1") FUNCTION("g", "f()") TABLE("t", "a int DEFAULT g()"), "sf sg st"},
    {TABLE("t", "a int DEFAULT g()") FUNCTION("g", "f()") FUNCTION("f", "1"), "sf sg st"},
    {FUNCTION("f", "1") TABLE("t", "a int DEFAULT other.f()"), "df st"},
    {FUNCTION("s.f", "1") TABLE("t", "a int DEFAULT s.f()"), "sf st"},
    {FUNCTION("f", "1") "CREATE INDEX IF NOT EXISTS i ON t (f())", "df di"},
    {FUNCTION("f", "1") TABLE("t", "a int DEFAULT now()"), "df st"},
    /* What such a function needs in turn: types, and what its body names where the server looks. */
    {TABLE("t",
           "a int DEFAULT f(NULL)") "CREATE OR REPLACE FUNCTION f(m mood) RETURNS int LANGUAGE "
                                    "sql AS 'SELECT 1'; CREATE TYPE mood AS ENUM ()",
     "smood sf st"},
    {TABLE("t", "a int DEFAULT f()") "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS "
                                     "'SELECT g() FROM v';" VIEW("v", "* FROM u")
                                         TABLE("u", "b int") FUNCTION("g", "1"),
     "su sv sg sf st"},
    {TABLE("t",
           "a int DEFAULT f()") "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE plpgsql AS "
                                "'BEGIN RETURN g(); END';" FUNCTION("g", "1"),
     "sf st dg"},
    /* Tables need types and tables. */
    {TABLE("t", "a mood") "CREATE TYPE mood AS ENUM ()", "smood st"},
    {TABLE("t", "a int REFERENCES u") TABLE("u", "a int"), "su st"},
    {TABLE("t", "LIKE u") TABLE("u", "a int"), "su st"},
    {"CREATE TABLE IF NOT EXISTS p PARTITION OF t DEFAULT;" TABLE("t", "a int"), "st sp"},
    {TABLE("t", "a int REFERENCES t"), "st"},
    /* Of a circle one key comes later. */
    {TABLE("t", "a int REFERENCES u") TABLE("u", "a int REFERENCES t"), "su- st"},
    /* Dependent statements stand in an order of their own. */
    {VIEW("v", "* FROM w") VIEW("w", "1"), "dw dv"},
    {"CREATE OR REPLACE TRIGGER x AFTER INSERT ON t EXECUTE FUNCTION f();" FUNCTION("f", "1"),
     "df dt"},
    {VIEW("v", "* FROM w") "DROP VIEW IF EXISTS w;" VIEW("w", "1"), "dw dw dv"},
    {VIEW("v", "1") VIEW("w", "1") TABLE("t", "a int") TABLE("s", "a int"), "dv dw st ss"},
};

Test(order, is_that_of_the_source_but_for_what_is_needed)
{
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *order = order_of(cases[i].sql);
        cr_expect_str_eq(order, cases[i].order, "%s: %s", cases[i].sql, order);
    }
}
