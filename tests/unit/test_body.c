/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/body.h"

#include "edge/plpgsql.h"

#include <criterion/criterion.h>

/* (transfer full): the relations of a body in PL/pgSQL, in the order of the text, joined by blanks;
 * "unread" for one that is not read. */
static char *
relations_of(const char *body)
{
    g_autofree char *function = g_strdup_printf(
        "CREATE FUNCTION f(a int) RETURNS trigger LANGUAGE plpgsql AS $f$%s$f$", body);
    g_autoptr(GPtrArray) texts = sp_plpgsql_find_sql(function, body);
    if (texts == NULL)
        return g_strdup("unread");
    g_autoptr(GPtrArray) relations = sp_body_find_relations(texts);
    GString *names = g_string_new(NULL);
    for (guint i = 0; i < relations->len; i++) {
        const SpObject *object = g_ptr_array_index(relations, i);
        g_string_append_printf(names, "%s%s%s%s", i > 0 ? " " : "", object->namespace_name,
                               *object->namespace_name ? "." : "", object->name);
    }
    return g_string_free(names, FALSE);
}

static const struct {
    const char *body, *relations;
} bodies[] = {
    {"BEGIN INSERT INTO ins VALUES (1); RETURN new; END", "ins"},
    {"DECLARE q record; BEGIN SELECT * INTO STRICT q FROM apart.sel; END", "apart.sel"},
    {"DECLARE n int := (SELECT count(*) FROM counted); BEGIN NULL; END", "counted"},
    {"BEGIN IF EXISTS (SELECT FROM a) THEN PERFORM 1 FROM b; END IF; END", "a b"},
    {"DECLARE q record; BEGIN FOR q IN SELECT * FROM looped LOOP NULL; END LOOP; END", "looped"},
    {"BEGIN new.x := (SELECT max(id) FROM assigned); RETURN new; END", "assigned"},
    {"BEGIN UPDATE u SET x = 1; DELETE FROM d; EXCEPTION WHEN others THEN DELETE FROM e; END",
     "u d e"},
    {"BEGIN WITH c AS (SELECT 1) INSERT INTO i SELECT * FROM c; END", "i"},
    {"BEGIN CREATE TEMP TABLE tmp (id int); INSERT INTO tmp VALUES (1); END", ""},
    {"BEGIN INSERT INTO pg_temp.tmp VALUES (1); END", ""},
    {"BEGIN EXECUTE 'INSERT INTO dynamic VALUES (1)'; EXECUTE format('TABLE %I', a); END", ""},
    {"DECLARE v int; BEGIN v := a + 1; RETURN new; END", ""},
    {"BEGIN DROP TABLE IF EXISTS dropped; END", ""},
    {"BEGIN this is no plpgsql; END", "unread"},
    {"BEGIN ", "unread"},
};

Test(body, names_the_relations_that_it_needs)
{
    for (guint i = 0; i < G_N_ELEMENTS(bodies); i++) {
        g_autofree char *relations = relations_of(bodies[i].body);
        cr_expect_str_eq(relations, bodies[i].relations, "%s: %s", bodies[i].body, relations);
    }
}

Test(body, that_nests_too_deep_is_not_read)
{
    g_autoptr(GString) body = g_string_new("BEGIN ");
    for (guint i = 0; i < 100000; i++)
        g_string_append(body, "IF true THEN ");
    g_autofree char *deep = relations_of(body->str);
    cr_expect_str_eq(deep, "unread");
    g_string_assign(body, "BEGIN PERFORM ");
    for (guint i = 0; i < 100000; i++)
        g_string_append_c(body, '(');
    g_autofree char *bracketed = relations_of(body->str);
    cr_expect_str_eq(bracketed, "unread");
}

Test(body, does_without_what_it_looks_for_first)
{
    cr_expect(sp_body_does_without("IF to_regclass('public.extra') IS NOT NULL THEN", "extra"));
    cr_expect(sp_body_does_without("IF to_regclass('\"Extra\"') IS NOT NULL THEN", "Extra"));
    cr_expect(sp_body_does_without("EXCEPTION WHEN undefined_table THEN", "extra"));
    cr_expect_not(sp_body_does_without("INSERT INTO extra VALUES ('extraordinary')", "extra"));
    cr_expect_not(sp_body_does_without("SELECT 'a.b'", "a+b"));
}

Test(body, makes_tables_also_in_a_text_that_it_executes)
{
    cr_expect(sp_body_makes("EXECUTE 'create temp table if not exists work (id int)'", "work"));
    cr_expect(sp_body_makes("CREATE TABLE apart.work (id int)", "work"));
    cr_expect(sp_body_makes("CREATE OR REPLACE VIEW \"work\" AS SELECT 1", "work"));
    cr_expect_not(sp_body_makes("INSERT INTO work VALUES (1)", "work"));
    cr_expect_not(sp_body_makes("CREATE TABLE workshop (id int)", "work"));
}
