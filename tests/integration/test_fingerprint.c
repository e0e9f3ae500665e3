/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/fingerprint.h"

#include "support/cluster.h"
#include "support/install.h"

#include <criterion/criterion.h>

static SpFingerprint *
read_all(const char *database, const char *const *namespaces)
{
    g_autoptr(SpSession) session = sp_test_session(database);
    g_autoptr(GError) error = NULL;
    SpFingerprint *fingerprint = sp_fingerprint_read(session, namespaces, &error);
    cr_assert_null(error, "%s", error->message);
    return fingerprint;
}

/* The server takes one statement at a time; none of these has a semicolon in it. */
static void
execute(const char *database, const char *sql)
{
    g_auto(GStrv) statements = g_strsplit(sql, ";", -1);
    for (guint i = 0; statements[i] != NULL; i++)
        if (*g_strstrip(statements[i]) != '\0')
            sp_test_execute(database, statements[i]);
}

/* What makes a difference: "kind identity" of what the statement changed, joined by commas. */
static const struct {
    const char *sql;
    const char *changed;
} cases[] = {
    {"ALTER TABLE a ADD COLUMN n int", "extra table column public.a.n"},
    {"ALTER TABLE a DROP COLUMN x", "missing table column public.a.x"},
    {"ALTER TABLE a ALTER COLUMN x TYPE bigint", "altered table column public.a.x"},
    {"ALTER TABLE a ALTER COLUMN x SET DEFAULT 1", "altered table column public.a.x"},
    {"ALTER TABLE a ALTER COLUMN x SET NOT NULL", "altered table column public.a.x"},
    {"ALTER TABLE a ADD CHECK (x > 0)", "extra table constraint a_x_check on public.a"},
    {"ALTER TABLE a ADD CONSTRAINT k CHECK (x > 0) NOT VALID",
     "extra table constraint k on public.a"},
    {"ALTER TABLE a VALIDATE CONSTRAINT slack", "altered table constraint slack on public.a"},
    {"ALTER TABLE a ENABLE ROW LEVEL SECURITY", "altered table public.a"},
    {"CREATE POLICY p ON a USING (true)", "extra policy p on public.a"},
    {"CREATE INDEX i ON a (x)", "extra index public.i"},
    {"CREATE UNIQUE INDEX i ON a (id); ALTER TABLE a REPLICA IDENTITY USING INDEX i",
     "extra index public.i"},
    {"ALTER TABLE a REPLICA IDENTITY USING INDEX a_pkey", "altered index public.a_pkey"},
    {"ALTER TABLE a REPLICA IDENTITY FULL", "altered table public.a"},
    {"ALTER TABLE a ALTER COLUMN w SET STORAGE EXTERNAL", "altered table column public.a.w"},
    {"CREATE OR REPLACE VIEW v AS SELECT id + 1 AS id FROM a", "altered view public.v"},
    {"CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2'",
     "altered function public.f()"},
    {"CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_"
     "trigger()",
     "extra trigger t on public.a"},
    {"CREATE RULE r AS ON DELETE TO a DO INSTEAD NOTHING", "extra rule r on public.a"},
    {"CREATE SEQUENCE s", "extra sequence public.s"},
    {"ALTER TYPE mood ADD VALUE 'sad'", "altered type public.mood"},
    {"CREATE DOMAIN d AS int CHECK (value > 0)",
     "extra domain constraint d_check on public.d, extra type public.d"},
    {"CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int)",
     "extra aggregate public.total(integer)"},
    {"CREATE STATISTICS st ON id, x FROM a", "extra statistics object public.st"},
    {"COMMENT ON TABLE a IS 'of letters'", "altered table public.a"},
    {"COMMENT ON COLUMN a.x IS 'a number'", "altered table column public.a.x"},
    {"GRANT SELECT ON a TO public", "altered table public.a"},
    {"CREATE SCHEMA apart", "extra schema apart"},
    {"CREATE CAST (mood AS int) WITH INOUT", "extra cast (public.mood AS integer)"},
    /* and what makes none */
    {"INSERT INTO a (id) VALUES (7)", ""},
    {"GRANT SELECT ON a TO public; REVOKE SELECT ON a FROM public", ""},
    {"REVOKE EXECUTE ON FUNCTION f() FROM public; GRANT EXECUTE ON FUNCTION f() TO public", ""},
    {"ALTER TABLE a DROP COLUMN x, ADD COLUMN x2 int; ALTER TABLE a RENAME COLUMN x2 TO x", ""},
    {"CREATE TABLE extension_migrations (id text PRIMARY KEY)", ""},
    {"CREATE TEMPORARY TABLE passing (id int)", ""},
    {"CREATE EXTENSION IF NOT EXISTS plpgsql", ""},
};

static char *
describe(const SpFingerprint *before, const SpFingerprint *after)
{
    g_autoptr(GPtrArray) differences = sp_fingerprint_compare(before, after);
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < differences->len; i++) {
        const SpDifference *difference = g_ptr_array_index(differences, i);
        const SpImprint *object = sp_difference_get_object(difference);
        g_string_append_printf(text, "%s%s %s %s", i > 0 ? ", " : "",
                               sp_difference_kind_nick(difference->kind), object->kind,
                               object->identity);
    }
    return g_string_free(text, FALSE);
}

#define LETTERS                                                             \
    "CREATE TABLE a (id int PRIMARY KEY, x int, w text);"                   \
    "ALTER TABLE a ADD CONSTRAINT slack CHECK (id > 0) NOT VALID;"          \
    "CREATE VIEW v AS SELECT id FROM a; CREATE TYPE mood AS ENUM ('glad');" \
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';"

Test(fingerprint, tells_what_each_statement_changes)
{
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *database = sp_test_database();
        execute(database, LETTERS);
        g_autoptr(SpFingerprint) before = read_all(database, NULL);
        execute(database, cases[i].sql);
        g_autoptr(SpFingerprint) after = read_all(database, NULL);
        g_autofree char *text = describe(before, after);
        cr_expect_str_eq(text, cases[i].changed, "%s: %s", cases[i].sql, text);
    }
}

Test(fingerprint, reads_the_named_namespaces_alone)
{
    g_autofree char *database = sp_test_database();
    execute(database, LETTERS "CREATE SCHEMA apart; CREATE TABLE apart.b (id int)");
    g_autoptr(SpFingerprint) apart = read_all(database, (const char *const[]){"apart", NULL});
    cr_expect_not_null(sp_fingerprint_find(apart, "table", "apart.b"));
    cr_expect_null(sp_fingerprint_find(apart, "table", "public.a"));
    cr_expect_str_eq(sp_fingerprint_find(apart, "table column", "apart.b.id")->name, "id");
}

/* Names that PostgreSQL would quote, so that a quoted one would be seen. */
#define QUOTED                                                                         \
    "CREATE SCHEMA \"S\"; CREATE TABLE \"S\".\"T\" (\"I\" serial PRIMARY KEY, y int);" \
    "CREATE INDEX ON \"S\".\"T\" (y);"                                                 \
    "CREATE DOMAIN \"S\".\"D\" AS int CHECK (value > 0)"

static const struct {
    const char *kind, *identity, *name, *namespace_name, *relation;
} parts[] = {
    {"schema", "\"S\"", "S", NULL, NULL},
    {"table", "\"S\".\"T\"", "T", "S", NULL},
    {"table column", "\"S\".\"T\".\"I\"", "I", "S", "T"},
    {"table constraint", "\"T_pkey\" on \"S\".\"T\"", "T_pkey", "S", "T"},
    {"index", "\"S\".\"T_pkey\"", "T_pkey", "S", "T"},
    {"index", "\"S\".\"T_y_idx\"", "T_y_idx", "S", "T"},
    {"sequence", "\"S\".\"T_I_seq\"", "T_I_seq", "S", "T"},
    {"type", "\"S\".\"D\"", "D", "S", NULL},
    {"domain constraint", "\"D_check\" on \"S\".\"D\"", "D_check", "S", "D"},
};

Test(fingerprint, names_an_object_and_what_it_is_a_part_of_without_quotes)
{
    g_autofree char *database = sp_test_database();
    execute(database, QUOTED);
    g_autoptr(SpFingerprint) all = read_all(database, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
        const SpImprint *found = sp_fingerprint_find(all, parts[i].kind, parts[i].identity);
        cr_assert_not_null(found, "%s %s", parts[i].kind, parts[i].identity);
        cr_expect_str_eq(found->name, parts[i].name);
        cr_expect_eq(g_strcmp0(found->namespace_name, parts[i].namespace_name), 0, "%s",
                     found->identity);
        cr_expect_eq(g_strcmp0(found->relation, parts[i].relation), 0, "%s", found->identity);
    }
}

Test(fingerprint, says_nothing_of_a_name_that_postgresql_chose)
{
    g_autofree char *database = sp_test_database();
    execute(database, LETTERS "CREATE TABLE b (n serial, CHECK (n > 0)); CREATE INDEX ON b (n);"
                              "CREATE DOMAIN d AS int CHECK (value > 0)");
    g_autoptr(SpFingerprint) before = read_all(database, NULL);
    execute(database, "ALTER INDEX b_n_idx RENAME TO b_n_idx1;"
                      "ALTER TABLE b RENAME CONSTRAINT b_n_check TO b_n_check1;"
                      "ALTER DOMAIN d RENAME CONSTRAINT d_check TO d_check1;"
                      "ALTER INDEX a_pkey RENAME TO a_id_pkey");
    g_autoptr(SpFingerprint) after = read_all(database, NULL);
    g_autofree char *text = describe(before, after);
    cr_expect_str_eq(text, "");
}
