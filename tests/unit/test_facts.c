/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/script.h"

#include <criterion/criterion.h>

static SpScript *
read_script(const char *sql, gboolean keeps_tree)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    const SpScriptText text = {SP_SCRIPT_MIGRATION, "shop", "x.sql", sql, FALSE, keeps_tree};
    SpScript *script = sp_script_new(&text, findings);
    cr_assert_not_null(script, "%s", sql);
    return script;
}

static const SpStatement *
statement_at(const SpScript *script, guint index)
{
    return g_ptr_array_index(sp_script_get_statements(script), index);
}

static const struct {
    const char *sql;
    guint facts;
} cases[] = {
    {"SELECT 1", 0},
    {"VACUUM t", SP_FACT_RUNS_ALONE},
    {"CREATE INDEX CONCURRENTLY i ON t (a)", SP_FACT_RUNS_ALONE},
    {"CREATE INDEX i ON t (a)", 0},
    {"SET search_path = a", SP_FACT_SETS_SESSION},
    {"RESET ALL", SP_FACT_SETS_SESSION},
    {"SET LOCAL search_path = a", 0},
    {"SET TRANSACTION READ ONLY", 0},
    {"ALTER TABLE t RENAME TO u", SP_FACT_RENAMES},
    {"ALTER VIEW v SET SCHEMA s", SP_FACT_MOVES},
    {"ALTER TABLE t DROP COLUMN a CASCADE", SP_FACT_CASCADES},
    {"ALTER TABLE t ADD COLUMN b int, DROP COLUMN a CASCADE", SP_FACT_CASCADES},
    {"ALTER TABLE t DROP COLUMN a", 0},
    {"DO $$ BEGIN END $$", SP_FACT_IS_PROCEDURAL},
    {"CREATE FUNCTION f() RETURNS int RETURN 1", SP_FACT_IS_PROCEDURAL},
    {"CREATE TABLE t (a int)", SP_FACT_LISTS_COLUMNS},
    {"CREATE TABLE t AS SELECT 1", 0},
};

Test(facts, outlive_the_tree)
{
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(SpScript) script = read_script(cases[i].sql, FALSE);
        const SpStatement *statement = statement_at(script, 0);
        cr_expect_null(statement->node);
        cr_expect_eq(statement->facts, cases[i].facts, "%s: %x", cases[i].sql, statement->facts);
    }
}

Test(facts, keep_the_tree_only_for_who_asks)
{
    g_autoptr(SpScript) script =
        read_script("CREATE TABLE t (a int); CREATE VIEW v AS TABLE t", TRUE);
    cr_expect_eq(statement_at(script, 0)->node->node_case, PG_QUERY__NODE__NODE_CREATE_STMT);
    cr_expect_eq(statement_at(script, 1)->node->node_case, PG_QUERY__NODE__NODE_VIEW_STMT);
}

Test(facts, name_the_index_that_is_built)
{
    g_autoptr(SpScript) script = read_script("CREATE INDEX CONCURRENTLY i ON s.t (a);"
                                             "CREATE INDEX ON t (a);"
                                             "CREATE TABLE i ()",
                                             FALSE);
    const SpIndexFacts *named = statement_at(script, 0)->index;
    const SpIndexFacts *unnamed = statement_at(script, 1)->index;
    cr_expect_str_eq(named->namespace_name, "s");
    cr_expect_str_eq(named->table, "t");
    cr_expect_str_eq(named->name, "i");
    cr_expect(named->is_concurrent);
    cr_expect_null(unnamed->namespace_name);
    cr_expect_str_eq(unnamed->name, "");
    cr_expect_not(unnamed->is_concurrent);
    cr_expect_null(statement_at(script, 2)->index);
}
