/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/script.h"

#include <criterion/criterion.h>

static const char *const actions[] = {
    [SP_ACTION_CREATE] = "create", [SP_ACTION_ALTER] = "alter", [SP_ACTION_DROP] = "drop",
    [SP_ACTION_WRITE] = "write",   [SP_ACTION_READ] = "read",
};

/* "create? table public.t"; a question mark stands for optional, a tilde for temporary */
static void
append_effect(GString *text, const SpEffect *effect)
{
    const SpObject *object = effect->object;

    g_string_append_printf(text, "%s%s%s%s %s ", text->len > 0 ? "; " : "", actions[effect->action],
                           effect->is_optional ? "?" : "", effect->is_temporary ? "~" : "",
                           object->word);
    if (*object->namespace_name != '\0')
        g_string_append_printf(text, "%s.", object->namespace_name);
    g_string_append(text, object->name);
    if (object->arguments != NULL)
        g_string_append_printf(text, "(%s)", object->arguments);
    if (object->parent != NULL)
        g_string_append_printf(text, " on %s", object->parent);
}

static char *
effects_of(const char *sql)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    const SpScriptText script_text = {SP_SCRIPT_MIGRATION, "shop", "001_x.sql", sql};
    g_autoptr(SpScript) script = sp_script_new(&script_text, findings);
    cr_assert_not_null(script, "%s", sql);
    const GPtrArray *statements = sp_script_get_statements(script);
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < statements->len; i++) {
        const SpStatement *statement = g_ptr_array_index(statements, i);
        for (guint j = 0; j < statement->effects->len; j++)
            append_effect(text, g_ptr_array_index(statement->effects, j));
    }
    return g_string_free(text, FALSE);
}

typedef struct {
    const char *sql;
    const char *effects;
} Row;

static void
assert_rows(const Row *rows, gsize n)
{
    for (gsize i = 0; i < n; i++) {
        g_autofree char *effects = effects_of(rows[i].sql);
        cr_expect_str_eq(effects, rows[i].effects, "%s\n  has      %s\n  not      %s", rows[i].sql,
                         effects, rows[i].effects);
    }
}

Test(effects, of_tables)
{
    static const Row rows[] = {
        {"CREATE TABLE t (a int)", "create table public.t"},
        {"CREATE TABLE IF NOT EXISTS s.\"T\" ()", "create? table s.T"},
        {"CREATE TABLE db.s.t ()", "create table s.t"},
        {"CREATE UNLOGGED TABLE t ()", "create table public.t"},
        {"CREATE TEMP TABLE t ()", "create~ table public.t"},
        {"CREATE TABLE pg_temp.t ()", "create~ table pg_temp.t"},
        {"CREATE TABLE t (a int REFERENCES u, b int, FOREIGN KEY (b) REFERENCES s.v)",
         "create table public.t; read table s.v; read table public.u"},
        {"CREATE TABLE t (LIKE u INCLUDING ALL)", "create table public.t; read table public.u"},
        {"CREATE TABLE t () INHERITS (u, s.v)",
         "create table public.t; alter table public.u; alter table s.v"},
        {"CREATE TABLE p PARTITION OF s.t DEFAULT", "create table public.p; alter table s.t"},
        {"CREATE TABLE t OF ty", "create table public.t"},
        {"CREATE TABLE t (id serial, b int GENERATED ALWAYS AS IDENTITY)", "create table public.t"},
        {"CREATE FOREIGN TABLE IF NOT EXISTS f (a int) SERVER x", "create? foreign table public.f"},
        {"CREATE TABLE t AS SELECT * FROM u", "create table public.t; read table public.u"},
        {"CREATE TABLE IF NOT EXISTS t AS TABLE u", "create? table public.t; read table public.u"},
        {"SELECT * INTO s.t FROM u", "create table s.t; read table public.u"},
        {"SELECT 1 INTO TEMP t UNION SELECT 2", "create~ table public.t"},
        {"CREATE MATERIALIZED VIEW m AS SELECT * FROM u",
         "create materialized view public.m; read table public.u"},
        {"CREATE SEQUENCE IF NOT EXISTS q OWNED BY t.a", "create? sequence public.q"},
    };
    assert_rows(rows, G_N_ELEMENTS(rows));
}

Test(effects, of_what_stands_on_tables)
{
    static const Row rows[] = {
        {"CREATE INDEX i ON s.t (a)", "create index s.i; alter table s.t"},
        {"CREATE INDEX IF NOT EXISTS i ON t (lower(a))",
         "create? index public.i; alter table public.t"},
        {"CREATE INDEX ON t (a)", "alter table public.t"},
        {"CREATE TRIGGER g AFTER INSERT ON s.t EXECUTE FUNCTION f()",
         "alter table s.t; create trigger s.g on t"},
        {"CREATE OR REPLACE TRIGGER g AFTER UPDATE ON t REFERENCING NEW TABLE AS n "
         "EXECUTE FUNCTION f()",
         "alter table public.t; create? trigger public.g on t"},
        {"CREATE CONSTRAINT TRIGGER g AFTER INSERT ON t FROM u FOR EACH ROW EXECUTE FUNCTION f()",
         "alter table public.t; create trigger public.g on t; read table public.u"},
        {"CREATE POLICY p ON t USING (EXISTS (SELECT FROM s.u))",
         "alter table public.t; create policy public.p on t; read table s.u"},
        {"CREATE RULE r AS ON DELETE TO t DO ALSO (INSERT INTO u SELECT OLD.*; DELETE FROM v)",
         "alter table public.t; create rule public.r on t; write table public.u; "
         "write table public.v"},
        {"CREATE OR REPLACE RULE r AS ON INSERT TO s.t DO INSTEAD NOTHING",
         "alter table s.t; create? rule s.r on t"},
        {"CREATE STATISTICS IF NOT EXISTS x ON a, b FROM s.t",
         "create? statistics public.x; alter table s.t"},
        {"CREATE VIEW v AS SELECT * FROM t JOIN s.u USING (a)",
         "create view public.v; read table public.t; read table s.u"},
        {"CREATE OR REPLACE TEMP VIEW v AS SELECT 1", "create?~ view public.v"},
        {"CREATE RECURSIVE VIEW v (n) AS SELECT 1 UNION SELECT n + 1 FROM v",
         "create view public.v"},
        {"CREATE PUBLICATION p FOR TABLE t", "create publication p; read table public.t"},
    };
    assert_rows(rows, G_N_ELEMENTS(rows));
}

Test(effects, of_routines_types_and_operators)
{
    static const Row rows[] = {
        {"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
         "create function public.f()"},
        {"CREATE OR REPLACE FUNCTION s.f(a integer, OUT b text, VARIADIC c text[], INOUT d "
         "varchar(3), e s.\"My Type\", f t.c%TYPE) LANGUAGE sql AS ''",
         "create? function s.f(int4,text[],varchar,s.\"My Type\",t.c%type)"},
        {"CREATE FUNCTION f(int) RETURNS TABLE (x int) LANGUAGE sql AS ''",
         "create function public.f(int4)"},
        {"CREATE PROCEDURE p(a int) LANGUAGE sql AS ''", "create procedure public.p(int4)"},
        {"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC INSERT INTO t SELECT * FROM u; SELECT 1; "
         "END",
         "create function public.f(); write table public.t; read table public.u"},
        {"CREATE FUNCTION f() RETURNS int RETURN (SELECT count(*) FROM t)",
         "create function public.f(); read table public.t"},
        {"CREATE AGGREGATE a(int, text) (SFUNC = f, STYPE = int)",
         "create aggregate public.a(int4,text)"},
        {"CREATE OR REPLACE AGGREGATE s.a(*) (SFUNC = f, STYPE = int)", "create? aggregate s.a()"},
        {"CREATE AGGREGATE a(BASETYPE = int, SFUNC = f, STYPE = int)",
         "create aggregate public.a(int4)"},
        {"CREATE AGGREGATE a(BASETYPE = \"ANY\", SFUNC = f, STYPE = int)",
         "create aggregate public.a()"},
        {"CREATE OPERATOR s.+ (LEFTARG = int, RIGHTARG = text[], FUNCTION = f)",
         "create operator s.+(int4,text[])"},
        {"CREATE OPERATOR !! (RIGHTARG = int, FUNCTION = f)",
         "create operator public.!!(none,int4)"},
        {"CREATE OPERATOR CLASS c FOR TYPE int USING btree AS OPERATOR 1 <",
         "create operator class public.c(btree)"},
        {"CREATE OPERATOR FAMILY s.c USING hash", "create operator family s.c(hash)"},
        {"CREATE TYPE e AS ENUM ('a')", "create type public.e"},
        {"CREATE TYPE s.c AS (a int)", "create type s.c"},
        {"CREATE TYPE r AS RANGE (SUBTYPE = int)", "create type public.r"},
        {"CREATE TYPE b", "create shell type public.b"},
        {"CREATE TYPE b (INPUT = f, OUTPUT = g)", "create type public.b"},
        {"CREATE DOMAIN s.d AS int CHECK (value > 0)", "create domain s.d"},
        {"CREATE COLLATION IF NOT EXISTS c (LOCALE = 'C')", "create? collation public.c"},
        {"CREATE CAST (integer AS s.t) WITHOUT FUNCTION", "create cast int4 AS s.t(s.t) on int4"},
        {"CREATE TRANSFORM FOR s.t LANGUAGE l (FROM SQL WITH FUNCTION f(internal))",
         "create transform s.t LANGUAGE l(l) on s.t"},
        {"CREATE CONVERSION c FOR 'UTF8' TO 'LATIN1' FROM f", "create conversion public.c"},
        {"CREATE TEXT SEARCH CONFIGURATION s.c (COPY = simple)",
         "create text search configuration s.c"},
        {"CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple)",
         "create text search dictionary public.d"},
    };
    assert_rows(rows, G_N_ELEMENTS(rows));
}

Test(effects, of_what_belongs_to_the_database)
{
    static const Row rows[] = {
        {"CREATE SCHEMA IF NOT EXISTS s", "create? schema s"},
        {"CREATE SCHEMA AUTHORIZATION bob", "create schema bob"},
        {"CREATE SCHEMA s CREATE TABLE t (a int REFERENCES u) CREATE VIEW v AS SELECT * FROM x.y "
         "CREATE INDEX i ON t (a) CREATE SEQUENCE public.q",
         "create schema s; create table s.t; read table s.u; create view s.v; read table x.y; "
         "create index s.i; alter table s.t; create sequence public.q"},
        {"CREATE EXTENSION IF NOT EXISTS pgcrypto", "create? extension pgcrypto"},
        {"CREATE LANGUAGE plperl", "create extension plperl"},
        {"CREATE OR REPLACE LANGUAGE l HANDLER h", "create? language l"},
        {"CREATE FOREIGN DATA WRAPPER w", "create foreign data wrapper w"},
        {"CREATE SERVER x FOREIGN DATA WRAPPER w", "create server x"},
        {"CREATE USER MAPPING IF NOT EXISTS FOR bob SERVER x", "create? user mapping bob on x"},
        {"CREATE USER MAPPING FOR PUBLIC SERVER x", "create user mapping public on x"},
        {"CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()",
         "create event trigger e"},
        {"CREATE ACCESS METHOD a TYPE INDEX HANDLER h", "create access method a"},
        {"ALTER SERVER x OPTIONS (SET a 'b')", "alter server x"},
        {"DROP USER MAPPING IF EXISTS FOR CURRENT_USER SERVER x",
         "drop? user mapping current_user on x"},
        {"ALTER USER MAPPING FOR bob SERVER x OPTIONS (a 'b')", "alter user mapping bob on x"},
        {"IMPORT FOREIGN SCHEMA far FROM SERVER x INTO near", ""},
        {"ALTER EXTENSION e UPDATE", ""},
    };
    assert_rows(rows, G_N_ELEMENTS(rows));
}

Test(effects, of_alter)
{
    static const Row rows[] = {
        {"ALTER TABLE s.t ADD COLUMN a int", "alter table s.t"},
        {"ALTER TABLE IF EXISTS t DROP COLUMN a", "alter? table public.t"},
        {"ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES s.u",
         "alter table public.t; read table s.u"},
        {"ALTER TABLE t ATTACH PARTITION s.p DEFAULT", "alter table public.t; alter table s.p"},
        {"ALTER TABLE t DETACH PARTITION p CONCURRENTLY",
         "alter table public.t; alter table public.p"},
        {"ALTER TABLE t INHERIT u", "alter table public.t; alter table public.u"},
        {"ALTER TABLE t NO INHERIT u", "alter table public.t; alter table public.u"},
        {"ALTER INDEX s.i SET (fillfactor = 50)", "alter index s.i"},
        {"ALTER VIEW v OWNER TO bob", "alter view public.v"},
        {"ALTER TYPE c ADD ATTRIBUTE a int", "alter type public.c"},
        {"ALTER TYPE e ADD VALUE 'b'", "alter type public.e"},
        {"ALTER DOMAIN s.d DROP CONSTRAINT c", "alter domain s.d"},
        {"ALTER SEQUENCE IF EXISTS q RESTART", "alter? sequence public.q"},
        {"ALTER FUNCTION f(integer) STABLE", "alter function public.f(int4)"},
        {"ALTER POLICY p ON s.t USING (true)", "alter table s.t; alter policy s.p on t"},
        {"ALTER STATISTICS x SET STATISTICS 5", "alter statistics public.x"},
        {"ALTER OPERATOR FAMILY s.c USING btree DROP OPERATOR 1 (int, int)",
         "alter operator family s.c(btree)"},
        {"ALTER OPERATOR + (int, int) SET (RESTRICT = NONE)", "alter operator public.+(int4,int4)"},
        {"ALTER TYPE s.t OWNER TO bob", "alter type s.t"},
        {"ALTER SCHEMA s OWNER TO bob", "alter schema s"},
        {"ALTER TABLE s.t OWNER TO bob", "alter table s.t"},
        {"ALTER FUNCTION f() DEPENDS ON EXTENSION e", "alter function public.f()"},
        {"ALTER TRIGGER g ON t DEPENDS ON EXTENSION e", "alter table public.t"},
        {"ALTER INDEX i DEPENDS ON EXTENSION e", "alter index public.i"},
        {"COMMENT ON TABLE s.t IS 'x'", "alter table s.t"},
        {"COMMENT ON COLUMN s.t.c IS 'x'", "alter table s.t"},
        {"COMMENT ON COLUMN t.c IS 'x'", "alter table public.t"},
        {"COMMENT ON CONSTRAINT c ON t IS 'x'", "alter table public.t"},
        {"COMMENT ON CONSTRAINT c ON DOMAIN s.d IS 'x'", "alter domain s.d"},
        {"COMMENT ON TRIGGER g ON s.t IS 'x'", "alter trigger s.g on t; alter table s.t"},
        {"COMMENT ON TYPE s.e IS 'x'", "alter type s.e"},
        {"COMMENT ON LARGE OBJECT 1 IS 'x'", ""},
        {"SECURITY LABEL ON FUNCTION f(int) IS 'x'", "alter function public.f(int4)"},
    };
    assert_rows(rows, G_N_ELEMENTS(rows));
}

Test(effects, of_new_names)
{
    static const Row rows[] = {
        {"ALTER TABLE s.t RENAME TO u", "alter table s.t; create table s.u"},
        {"ALTER TABLE IF EXISTS t RENAME TO u", "alter? table public.t; create? table public.u"},
        {"ALTER INDEX i RENAME TO j", "alter index public.i; create index public.j"},
        {"ALTER TABLE t RENAME COLUMN a TO b", "alter table public.t"},
        {"ALTER MATERIALIZED VIEW m RENAME COLUMN a TO b", "alter materialized view public.m"},
        {"ALTER TABLE t RENAME CONSTRAINT a TO b", "alter table public.t"},
        {"ALTER TYPE s.c RENAME ATTRIBUTE a TO b", "alter type s.c"},
        {"ALTER TRIGGER g ON s.t RENAME TO h",
         "alter table s.t; alter trigger s.g on t; create trigger s.h on t"},
        {"ALTER FUNCTION s.f(int) RENAME TO g",
         "alter function s.f(int4); create function s.g(int4)"},
        {"ALTER TYPE s.a RENAME TO b", "alter type s.a; create type s.b"},
        {"ALTER DOMAIN d RENAME CONSTRAINT a TO b", "alter domain public.d"},
        {"ALTER SCHEMA a RENAME TO b", "alter schema a; create schema b"},
        {"ALTER OPERATOR CLASS c USING btree RENAME TO d",
         "alter operator class public.c(btree); create operator class public.d(btree)"},
        {"ALTER TABLE t SET SCHEMA s", "alter table public.t; create table s.t"},
        {"ALTER TYPE a.e SET SCHEMA s", "alter type a.e; create type s.e"},
        {"ALTER FUNCTION f(int) SET SCHEMA s",
         "alter function public.f(int4); create function s.f(int4)"},
        {"ALTER EXTENSION e SET SCHEMA s", "alter extension e"},
    };
    assert_rows(rows, G_N_ELEMENTS(rows));
}

Test(effects, of_drop_and_grant)
{
    static const Row rows[] = {
        {"DROP TABLE t, s.u", "drop table public.t; drop table s.u"},
        {"DROP VIEW IF EXISTS v", "drop? view public.v"},
        {"DROP INDEX s.i", "drop index s.i"},
        {"DROP FUNCTION f, g(), h(int, OUT x int)",
         "drop function public.f; drop function public.g(); drop function public.h(int4)"},
        {"DROP AGGREGATE a(*), b(int)", "drop aggregate public.a(); drop aggregate public.b(int4)"},
        {"DROP OPERATOR IF EXISTS + (NONE, int)", "drop? operator public.+(none,int4)"},
        {"DROP TYPE a.b, c", "drop type a.b; drop type public.c"},
        {"DROP CAST (int AS s.t)", "drop cast int4 AS s.t(s.t) on int4"},
        {"DROP TRANSFORM FOR int LANGUAGE l", "drop transform int4 LANGUAGE l(l) on int4"},
        {"DROP OPERATOR CLASS s.c USING btree", "drop operator class s.c(btree)"},
        {"DROP TRIGGER IF EXISTS g ON s.t", "drop? trigger s.g on t; alter? table s.t"},
        {"DROP POLICY p ON t", "drop policy public.p on t; alter table public.t"},
        {"DROP RULE r ON t", "drop rule public.r on t; alter table public.t"},
        {"DROP SCHEMA s CASCADE", "drop schema s"},
        {"DROP EXTENSION IF EXISTS e", "drop? extension e"},
        {"GRANT SELECT ON t, s.u TO bob", "alter table public.t; alter table s.u"},
        {"REVOKE USAGE ON SEQUENCE q FROM bob", "alter sequence public.q"},
        {"GRANT EXECUTE ON FUNCTION f(int) TO bob", "alter function public.f(int4)"},
        {"GRANT USAGE ON TYPE s.e TO bob", "alter type s.e"},
        {"GRANT USAGE ON SCHEMA s TO bob", "alter schema s"},
        {"GRANT SELECT ON ALL TABLES IN SCHEMA s TO bob", ""},
        {"ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO bob", ""},
        {"GRANT a TO b", ""},
    };
    assert_rows(rows, G_N_ELEMENTS(rows));
}

Test(effects, of_data)
{
    static const Row rows[] = {
        {"INSERT INTO s.t SELECT * FROM u, t", "write table s.t; read table public.u; "
                                               "read table public.t"},
        {"UPDATE t SET a = 1 FROM u", "write table public.t; read table public.u"},
        {"DELETE FROM t USING u WHERE EXISTS (TABLE v)",
         "write table public.t; read table public.u; read table public.v"},
        {"MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE",
         "write table public.t; read table public.u"},
        {"WITH x AS (DELETE FROM t RETURNING *), y AS (SELECT * FROM x) INSERT INTO u SELECT * "
         "FROM y, s.x",
         "write table public.u; write table public.t; read table s.x"},
        {"WITH t AS (SELECT 1) INSERT INTO t TABLE t", "write table public.t"},
        {"SELECT * FROM t a, u FOR UPDATE OF a", "read table public.t; read table public.u"},
        {"SELECT * FROM t, t AS b, s.t", "read table public.t; read table s.t"},
        {"TRUNCATE t, s.u", "write table public.t; write table s.u"},
        {"LOCK TABLE t", "write table public.t"},
        {"LOCK TABLE t IN ACCESS SHARE MODE", "read table public.t"},
        {"REFRESH MATERIALIZED VIEW CONCURRENTLY m", "write materialized view public.m"},
        {"COPY t FROM '/x'", "write table public.t"},
        {"COPY t TO '/x'", "read table public.t"},
        {"COPY (DELETE FROM t RETURNING *) TO '/x'", "write table public.t"},
        {"CLUSTER s.t USING i", "alter table s.t"},
        {"CLUSTER", ""},
        {"REINDEX INDEX i", "alter index public.i"},
        {"REINDEX TABLE t", "alter table public.t"},
        {"REINDEX SCHEMA s", ""},
        {"VACUUM t", "read table public.t"},
        {"EXPLAIN ANALYZE INSERT INTO t TABLE u", "write table public.t; read table public.u"},
        {"EXPLAIN ANALYZE CREATE MATERIALIZED VIEW m AS TABLE u",
         "create materialized view public.m; read table public.u"},
        {"PREPARE p AS UPDATE t SET a = $1", "write table public.t"},
        {"DECLARE c CURSOR FOR TABLE t", "read table public.t"},
        {"CALL p((SELECT max(a) FROM t))", "read table public.t"},
        {"DO $$ BEGIN DELETE FROM t; END $$", ""},
    };
    assert_rows(rows, G_N_ELEMENTS(rows));
}

Test(effects, follow_the_search_path)
{
    static const Row rows[] = {
        {"SET search_path TO s; CREATE TABLE t ()", "create table s.t"},
        {"CREATE TABLE t (); SET LOCAL search_path = '$user', '', 'S', public; CREATE VIEW v AS "
         "TABLE u",
         "create table public.t; create view S.v; read table S.u"},
        {"SET SCHEMA 's'; DROP TABLE t; RESET search_path; DROP TABLE t",
         "drop table s.t; drop table public.t"},
        {"SET search_path = s; RESET ALL; DROP TABLE t", "drop table public.t"},
        {"SET search_path = s; SET search_path TO DEFAULT; DROP TABLE t", "drop table public.t"},
        {"SET search_path = s; SET search_path = \"$user\"; DROP TABLE t", "drop table public.t"},
        {"SET search_path = s; SET lock_timeout = 1; DROP FUNCTION f()", "drop function s.f()"},
        {"SET search_path = pg_temp, s; CREATE TABLE t ()", "create~ table pg_temp.t"},
        {"CREATE FUNCTION f() RETURNS int SET search_path = s LANGUAGE sql AS ''; DROP TABLE t",
         "create function public.f(); drop table public.t"},
    };
    assert_rows(rows, G_N_ELEMENTS(rows));
}

Test(effects, say_where_the_object_is_named)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    const char *sql = "SELECT 1;\n INSERT INTO \xC3\xA9 SELECT * FROM u; DROP TABLE v;";
    const SpScriptText text = {SP_SCRIPT_MIGRATION, "shop", "1.sql", sql, .is_transactional = TRUE};
    g_autoptr(SpScript) script = sp_script_new(&text, findings);
    const GPtrArray *statements = sp_script_get_statements(script);
    const SpStatement *insert = g_ptr_array_index(statements, 1);
    const SpStatement *drop = g_ptr_array_index(statements, 2);
    const SpEffect *written = g_ptr_array_index(insert->effects, 0);
    const SpEffect *read = g_ptr_array_index(insert->effects, 1);
    const SpEffect *dropped = g_ptr_array_index(drop->effects, 0);

    cr_expect_eq(written->offset, (guint)(strstr(sql, "\xC3\xA9") - sql));
    cr_expect_eq(read->offset, (guint)(strstr(sql, "u;") - sql));
    cr_expect_eq(dropped->offset, drop->offset);
}
