/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/script.h"

#include <criterion/criterion.h>

static void
append_gift(GString *text, const SpColumnGift *gift)
{
    g_string_append_printf(text, "%s%s.%s%s%s:", text->len > 0 ? "; " : "",
                           gift->table.namespace_name, gift->table.name,
                           gift->is_listed ? " listed" : "",
                           gift->is_loss   ? " loses"
                           : gift->is_open ? " open"
                                           : "");
    for (guint i = 0; i < gift->n_columns; i++)
        g_string_append_printf(text, " %s", gift->columns[i]);
}

static void
append_use(GString *text, const SpColumnUse *use)
{
    g_string_append_printf(text, "%s%s?", text->len > 0 ? "; " : "", use->column);
    for (guint i = 0; i < use->n_tables; i++)
        g_string_append_printf(text, " %s.%s", use->tables[i].namespace_name, use->tables[i].name);
}

static char *
mentions_of(const char *sql)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    const SpScriptText script_text = {SP_SCRIPT_MIGRATION, "shop", "x.sql", sql};
    g_autoptr(SpScript) script = sp_script_new(&script_text, findings);
    cr_assert_not_null(script, "%s", sql);
    const SpStatement *statement = g_ptr_array_index(sp_script_get_statements(script), 0);
    const SpMentions *mentions = statement->columns;
    GString *text = g_string_new(NULL);
    for (guint i = 0; mentions != NULL && i < mentions->n_gifts; i++)
        append_gift(text, &mentions->gifts[i]);
    for (guint i = 0; mentions != NULL && i < mentions->n_uses; i++)
        append_use(text, &mentions->uses[i]);
    return g_string_free(text, FALSE);
}

static const struct {
    const char *sql, *mentions;
} cases[] = {
    {"CREATE TABLE t (a int, b int, CHECK (a > b))", "public.t listed: a b"},
    {"CREATE TABLE s.t (a int, LIKE u)", "s.t listed open: a"},
    {"CREATE TABLE t () INHERITS (u)", "public.t listed open:"},
    {"CREATE SCHEMA s CREATE TABLE t (a int) CREATE TABLE u (b int)",
     "s.t listed: a; s.u listed: b"},
    {"ALTER TABLE s.t ADD COLUMN a int, DROP COLUMN b, ADD CHECK (c > 0)", "s.t: a; s.t loses: b"},
    {"ALTER TABLE t ADD CHECK (c > 0)", ""},
    {"ALTER TABLE t ATTACH PARTITION u FOR VALUES IN (1)", "public.t open:; public.u open:"},
    {"ALTER TABLE t RENAME COLUMN a TO b", "public.t loses: a; public.t: b"},
    {"ALTER TABLE t RENAME TO u", ""},
    {"CREATE INDEX i ON s.t (a, lower(b)) INCLUDE (c) WHERE d > 0", "a? s.t; c? s.t"},
    {"CREATE VIEW v AS SELECT a, x.b, x.*, c + 1, x.d.e FROM t AS x, s.u",
     "a? public.t s.u; b? public.t"},
    {"CREATE MATERIALIZED VIEW v AS SELECT a FROM t", "a? public.t"},
    {"CREATE TABLE v AS SELECT a FROM t", ""},
    {"CREATE VIEW v AS SELECT a FROM t JOIN u USING (b)", ""},
    {"CREATE VIEW v AS WITH t AS (TABLE u) SELECT a FROM t", ""},
    {"CREATE VIEW v AS SELECT t FROM t", ""},
    {"CREATE VIEW v AS SELECT a FROM t AS x (a)", ""},
};

Test(mentions, are_what_a_statement_says_of_columns)
{
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *mentions = mentions_of(cases[i].sql);
        cr_expect_str_eq(mentions, cases[i].mentions, "%s: %s", cases[i].sql, mentions);
    }
}
