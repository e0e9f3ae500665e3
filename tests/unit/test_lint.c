/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/script.h"
#include "support/findings.h"

#include <criterion/criterion.h>

static SpScript *
read_script(SpScriptRole role, const char *sql, gboolean is_transactional, SpFindings *findings)
{
    const SpScriptText text = {role, "shop", "x.sql", sql, .is_transactional = is_transactional};
    return sp_script_new(&text, findings);
}

/* @expected: the codes of the refusals, joined by spaces */
static void
assert_refusals(SpScriptRole role, const char *sql, const char *expected)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(SpScript) script = read_script(role, sql, TRUE, findings);
    g_autofree char *codes = sp_test_codes(sp_findings_refusals(findings));
    cr_expect_str_eq(codes, expected, "%s\n  has \"%s\", not \"%s\"", sql, codes, expected);
}

/* Neither refused nor warned of. */
static void
assert_clean(SpScriptRole role, const char *sql)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(SpScript) script = read_script(role, sql, TRUE, findings);
    g_autofree char *refusals = sp_test_codes(sp_findings_refusals(findings));
    g_autofree char *warnings = sp_test_codes(sp_findings_warnings(findings));
    cr_expect_str_eq(refusals, "", "%s\n  %s", sql, refusals);
    cr_expect_str_eq(warnings, "", "%s\n  %s", sql, warnings);
}

/* The guards of the statements, "-" for none, joined by spaces; and how many warnings there are. */
static void
assert_guards(const char *sql, const char *expected, guint n_warnings)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(SpScript) script = read_script(SP_SCRIPT_SCHEMA, sql, TRUE, findings);
    g_autoptr(GString) guards = g_string_new(NULL);
    for (guint i = 0; i < sp_script_get_statements(script)->len; i++) {
        const SpStatement *statement = g_ptr_array_index(sp_script_get_statements(script), i);
        g_autofree char *name =
            statement->guard == NULL ? g_strdup("-") : sp_object_describe(statement->guard);
        g_string_append_printf(guards, "%s%s", i > 0 ? " " : "", name);
    }
    g_autofree char *codes = sp_test_codes(sp_findings_warnings(findings));
    cr_expect_str_eq(guards->str, expected, "%s\n  %s", sql, guards->str);
    cr_expect_eq(sp_findings_warnings(findings)->len, n_warnings, "%s\n  %s", sql, codes);
    cr_expect_eq(sp_findings_refusals(findings)->len, 0u, "%s", sql);
}

static void
assert_one_refusal(SpScriptRole role, const char *sql, const char *code, guint line, guint column)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(SpScript) script = read_script(role, sql, TRUE, findings);
    const GError *error = sp_test_only(sp_findings_refusals(findings));
    const SpPlace *place = sp_error_get_place(error);
    cr_expect_str_eq(sp_error_nick(error), code);
    cr_expect(place->line == line && place->column == column, "%u:%u", place->line, place->column);
    cr_expect_str_eq(place->extension, "shop");
    cr_expect_str_eq(place->source, "x.sql");
}

Test(lint, of_a_schema_takes_what_is_declarative)
{
    assert_clean(SP_SCRIPT_SCHEMA,
                 "-- the shop\nCREATE TABLE IF NOT EXISTS orders (id int PRIMARY KEY, customer int "
                 "REFERENCES users (id), tags text[], body jsonb DEFAULT '{}', "
                 "state text CHECK (state IN ('DROP', 'ALTER')));\n"
                 "CREATE INDEX IF NOT EXISTS orders_state ON orders (lower(state));\n"
                 "CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$\n"
                 "BEGIN UPDATE orders SET id = 1; DROP TABLE x; RETURN NEW; END $$;\n"
                 "CREATE OR REPLACE VIEW open AS SELECT * FROM orders;\n"
                 "CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON orders FOR EACH ROW\n"
                 "EXECUTE FUNCTION touch();\n"
                 "CREATE TYPE state AS ENUM ('a', 'b'); CREATE TYPE pair AS (a int, b int);\n"
                 "COMMENT ON TABLE orders IS 'x';");
}

Test(lint, of_a_schema_takes_no_change)
{
    static const char *const imperative[] = {
        "ALTER TABLE t ADD COLUMN a int",
        "ALTER INDEX i RENAME TO j",
        "ALTER TABLE t RENAME TO u",
        "ALTER TYPE e ADD VALUE 'x'",
        "ALTER TABLE t SET SCHEMA s",
        "ALTER FUNCTION f() OWNER TO bob",
        "ALTER POLICY p ON t USING (true)",
        "ALTER DOMAIN d DROP NOT NULL",
        "ALTER SEQUENCE q RESTART",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO bob",
        "INSERT INTO t VALUES (1)",
        "UPDATE t SET a = 1",
        "DELETE FROM t",
        "TRUNCATE t",
        "MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE",
        "GRANT SELECT ON t TO bob",
        "REVOKE SELECT ON t FROM bob",
        "GRANT a TO b",
        "DO $$ BEGIN END $$",
        "CALL p()",
        "SELECT 1",
        "SELECT 1 INTO t",
        "VALUES (1)",
        "COPY t FROM '/x'",
        "SET search_path = s",
        "RESET ALL",
        "LOCK TABLE t",
        "REFRESH MATERIALIZED VIEW m",
        "SECURITY LABEL ON TABLE t IS 'x'",
        "IMPORT FOREIGN SCHEMA a FROM SERVER b INTO c",
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)",
        "DROP INDEX CONCURRENTLY IF EXISTS i",
        "VACUUM t",
        "EXPLAIN SELECT 1",
        "NOTIFY x",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(imperative); i++)
        assert_refusals(SP_SCRIPT_SCHEMA, imperative[i], "not-declarative");
}

Test(lint, of_a_schema_drops_only_what_it_can_make_again)
{
    static const char *const refused[] = {
        "DROP TABLE IF EXISTS t",
        "DROP TYPE IF EXISTS e",
        "DROP DOMAIN IF EXISTS d",
        "DROP SEQUENCE IF EXISTS q",
        "DROP SCHEMA IF EXISTS s",
        "DROP EXTENSION IF EXISTS e",
        "DROP FOREIGN TABLE IF EXISTS f",
        "DROP PUBLICATION IF EXISTS p",
        "DROP VIEW v",
        "DROP FUNCTION f()",
        "DROP FUNCTION IF EXISTS f() CASCADE",
        "DROP INDEX IF EXISTS i CASCADE",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(refused); i++)
        assert_refusals(SP_SCRIPT_SCHEMA, refused[i], "not-declarative");
    assert_clean(SP_SCRIPT_SCHEMA,
                 "DROP VIEW IF EXISTS v CASCADE; DROP MATERIALIZED VIEW IF EXISTS m; "
                 "DROP INDEX IF EXISTS i; DROP TRIGGER IF EXISTS g ON t; DROP RULE IF EXISTS r ON "
                 "t; DROP POLICY IF EXISTS p ON t; DROP FUNCTION IF EXISTS f; DROP PROCEDURE IF "
                 "EXISTS p(); DROP AGGREGATE IF EXISTS a(int); DROP CAST IF EXISTS (a AS b); "
                 "DROP OPERATOR IF EXISTS + (a, b); DROP STATISTICS IF EXISTS x");
}

Test(lint, hints_at_the_right_place_for_what_a_schema_cannot_hold)
{
    static const struct {
        const char *sql, *hint;
    } rows[] = {
        {"ALTER TABLE t ADD a int", "Move it into a migration."},
        {"INSERT INTO t VALUES (1)", "Move it into a seed or a migration."},
        {"DROP VIEW v", "Add IF EXISTS, or move it into a migration."},
        {"DROP FUNCTION IF EXISTS f CASCADE", "Leave out CASCADE, or move it into a migration."},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(SpFindings) findings = sp_findings_new();
        g_autoptr(SpScript) script = read_script(SP_SCRIPT_SCHEMA, rows[i].sql, TRUE, findings);
        const GError *error = sp_test_only(sp_findings_refusals(findings));
        cr_expect_str_eq(sp_error_hint(error), rows[i].hint);
    }
}

Test(lint, refuses_at_the_statement_behind_its_comments)
{
    assert_one_refusal(SP_SCRIPT_SCHEMA, "-- a\n/* b /* c */\n */ DROP TABLE t;", "not-declarative",
                       3, 5);
    assert_one_refusal(SP_SCRIPT_SCHEMA,
                       "CREATE TABLE IF NOT EXISTS t ();\r\n/* é */ ALTER TABLE t ADD a int",
                       "not-declarative", 2, 9);
}

Test(lint, reports_every_refusal)
{
    assert_refusals(SP_SCRIPT_SCHEMA, "UPDATE t SET a = 1; CREATE VIEW v AS SELECT 1; COMMIT",
                    "not-declarative not-repeatable transaction-control");
}

Test(lint, guards_what_has_no_form_to_repeat_it)
{
    assert_guards("CREATE TYPE e AS ENUM ('a')", "e", 0);
    assert_guards("CREATE TYPE s.c AS (a int)", "s.c", 0);
    assert_guards("CREATE DOMAIN d AS int", "d", 0);
    assert_guards("CREATE POLICY p ON t", "p on t", 0);
    assert_guards("CREATE CAST (a AS b) WITHOUT FUNCTION", "a AS b", 0);
    assert_guards("CREATE OPERATOR + (LEFTARG = int, FUNCTION = f)", "+(int4,none)", 0);
    assert_guards("CREATE AGGREGATE a(int) (SFUNC = f)", "a(int4)", 0);
    assert_guards("CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()", "e", 0);
    assert_guards("CREATE CONSTRAINT TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
                  "g on t", 0);
    assert_guards("CREATE TEXT SEARCH CONFIGURATION c (COPY = simple)", "c", 0);
    assert_guards("CREATE PUBLICATION p", "p", 0);
}

Test(lint, guards_and_warns_of_what_could_say_if_not_exists)
{
    assert_guards("CREATE TABLE t ()", "t", 1);
    assert_guards("CREATE INDEX i ON s.t (a)", "s.i", 1);
    assert_guards("CREATE EXTENSION e", "e", 1);
    assert_guards("CREATE SCHEMA s CREATE TABLE t ()", "s", 1);
    assert_guards("CREATE SEQUENCE q", "q", 1);
    assert_guards("CREATE STATISTICS x ON a, b FROM t", "x", 1);
    assert_guards("CREATE MATERIALIZED VIEW m AS SELECT 1", "m", 1);
    assert_guards("CREATE FOREIGN TABLE f () SERVER x", "f", 1);
    assert_guards("CREATE COLLATION c (LOCALE = 'C')", "c", 1);
    assert_guards("CREATE USER MAPPING FOR bob SERVER x", "bob on x", 1);
}

Test(lint, guards_what_says_if_not_exists_without_a_warning)
{
    assert_guards("CREATE TABLE IF NOT EXISTS t ()", "t", 0);
    assert_guards("CREATE SCHEMA IF NOT EXISTS s", "s", 0);
    assert_guards("CREATE COLLATION IF NOT EXISTS c (LOCALE = 'C')", "c", 0);
    assert_guards("CREATE FOREIGN TABLE IF NOT EXISTS f () SERVER x", "f", 0);
}

Test(lint, guards_nothing_that_can_be_repeated)
{
    assert_guards("CREATE TEMP TABLE t ()", "-", 0);
    assert_guards("CREATE OR REPLACE AGGREGATE a(int) (SFUNC = f)", "-", 0);
    assert_guards("CREATE OR REPLACE FUNCTION f() RETURNS int RETURN 1", "-", 0);
    assert_guards("COMMENT ON TABLE t IS 'x'", "-", 0);
}

Test(lint, needs_or_replace_where_there_is_one)
{
    static const char *const refused[] = {
        "CREATE VIEW v AS SELECT 1",
        "CREATE FUNCTION f() RETURNS int RETURN 1",
        "CREATE PROCEDURE p() LANGUAGE sql AS ''",
        "CREATE TRIGGER g AFTER INSERT ON t EXECUTE FUNCTION f()",
        "CREATE RULE r AS ON INSERT TO t DO NOTHING",
        "CREATE TRANSFORM FOR t LANGUAGE l (FROM SQL WITH FUNCTION f(internal))",
        "CREATE INDEX ON t (a)",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(refused); i++)
        assert_refusals(SP_SCRIPT_SCHEMA, refused[i], "not-repeatable");
}

Test(lint, takes_a_drop_before_for_or_replace)
{
    assert_guards("DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT 1", "- -", 0);
    assert_guards("DROP FUNCTION IF EXISTS s.f; CREATE FUNCTION s.f(int) RETURNS int RETURN 1",
                  "- -", 0);
    assert_guards("DROP TRIGGER IF EXISTS g ON t; CREATE OR REPLACE VIEW v AS SELECT 1; "
                  "CREATE TRIGGER g AFTER INSERT ON t EXECUTE FUNCTION f()",
                  "- - -", 0);
    assert_guards("DROP POLICY IF EXISTS p ON t; CREATE POLICY p ON t", "- -", 0);
    assert_guards("DROP INDEX IF EXISTS i; CREATE INDEX i ON t (a)", "- -", 0);
    assert_guards("DROP MATERIALIZED VIEW IF EXISTS m, n; CREATE MATERIALIZED VIEW n AS SELECT 1",
                  "- -", 0);
}

Test(lint, takes_no_other_drop_for_or_replace)
{
    assert_refusals(SP_SCRIPT_SCHEMA, "DROP VIEW IF EXISTS w; CREATE VIEW v AS SELECT 1",
                    "not-repeatable");
    assert_refusals(SP_SCRIPT_SCHEMA, "CREATE VIEW v AS SELECT 1; DROP VIEW IF EXISTS v",
                    "not-repeatable");
    assert_refusals(SP_SCRIPT_SCHEMA,
                    "DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT 1; CREATE VIEW v AS SELECT 2",
                    "not-repeatable");
    assert_refusals(SP_SCRIPT_SCHEMA,
                    "DROP FUNCTION IF EXISTS f(text); CREATE FUNCTION f(int) RETURNS int RETURN 1",
                    "not-repeatable");
    assert_refusals(SP_SCRIPT_SCHEMA, "DROP VIEW v; CREATE VIEW v AS SELECT 1",
                    "not-declarative not-repeatable");
    assert_guards("DROP POLICY IF EXISTS p ON t; CREATE POLICY p ON u", "- p on u", 0);
}

Test(lint, takes_nothing_that_reaches_beyond_the_extension)
{
    static const char *const refused[] = {
        "CREATE ROLE r",
        "CREATE USER r",
        "ALTER ROLE r NOLOGIN",
        "ALTER ROLE r SET a = 1",
        "DROP ROLE r",
        "ALTER ROLE r RENAME TO s",
        "CREATE DATABASE d",
        "ALTER DATABASE d SET a = 1",
        "ALTER DATABASE d OWNER TO r",
        "DROP DATABASE d",
        "COMMENT ON DATABASE d IS 'x'",
        "GRANT CONNECT ON DATABASE d TO r",
        "CREATE TABLESPACE t LOCATION '/x'",
        "DROP TABLESPACE t",
        "ALTER TABLE ALL IN TABLESPACE a SET TABLESPACE b",
        "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p",
        "DROP SUBSCRIPTION s",
        "ALTER SYSTEM SET a = 1",
        "DROP OWNED BY r",
        "REASSIGN OWNED BY r TO s",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(refused); i++)
        for (int role = 0; role < SP_N_SCRIPT_ROLES; role++)
            assert_refusals((SpScriptRole)role, refused[i], "statement-not-allowed");
}

Test(lint, takes_nothing_that_breaks_the_session_of_the_host)
{
    static const char *const refused[] = {
        "DISCARD ALL",
        "COPY t FROM STDIN",
        "COPY t TO STDOUT",
        "COPY (SELECT 1) TO STDOUT",
        "PREPARE TRANSACTION 'x'",
        "COMMIT PREPARED 'x'",
        "ROLLBACK PREPARED 'x'",
        "SELECT pg_advisory_unlock_all()",
        "SELECT 1 FROM t WHERE pg_catalog.pg_advisory_unlock(1)",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity",
        "UPDATE t SET a = pg_cancel_backend(1)",
        "CREATE OR REPLACE FUNCTION f() RETURNS bool RETURN pg_advisory_unlock(1)",
        "CREATE TABLE IF NOT EXISTS t (a bool DEFAULT pg_advisory_unlock(1))",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(refused); i++)
        for (int role = 0; role < SP_N_SCRIPT_ROLES; role++)
            assert_refusals((SpScriptRole)role, refused[i], "statement-not-allowed");
}

Test(lint, lets_harmless_relatives_of_those_be)
{
    assert_clean(SP_SCRIPT_MIGRATION,
                 "DISCARD TEMP; SELECT pg_advisory_lock(1), mine.pg_advisory_unlock(1), "
                 "'pg_advisory_unlock_all()'; COPY t FROM '/x'; LISTEN x; NOTIFY x; SET ROLE bob; "
                 "GRANT USAGE ON SCHEMA s TO bob; DO $$ $$");
}

Test(lint, says_where_a_function_is_called_that_is_not_allowed)
{
    assert_one_refusal(SP_SCRIPT_MIGRATION, "SELECT 1,\n  pg_advisory_unlock_all()",
                       "statement-not-allowed", 2, 3);
}

Test(lint, of_a_migration_takes_nearly_everything)
{
    const char *sql = "ALTER TABLE t ADD a int; UPDATE t SET a = 1; DROP TABLE u; CREATE VIEW v AS "
                      "SELECT 1; CREATE INDEX ON t (a); GRANT SELECT ON t TO bob; SELECT f(); "
                      "SET search_path = s; CREATE TABLE x (); ANALYZE t; TRUNCATE t";
    assert_clean(SP_SCRIPT_MIGRATION, sql);
    assert_clean(SP_SCRIPT_DOWN, sql);
}

Test(lint, with_a_transaction_takes_nothing_that_needs_none)
{
    const char *sql = "CREATE INDEX CONCURRENTLY i ON t (a); VACUUM t; REINDEX SCHEMA s; CLUSTER";
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(SpScript) script = read_script(SP_SCRIPT_MIGRATION, sql, FALSE, findings);
    cr_expect_eq(sp_findings_refusals(findings)->len, 0u);
    assert_refusals(SP_SCRIPT_MIGRATION, sql,
                    "needs-no-transaction needs-no-transaction needs-no-transaction "
                    "needs-no-transaction");
}

Test(lint, of_a_seed_takes_what_it_can_repeat)
{
    assert_clean(
        SP_SCRIPT_SEED,
        "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING; WITH x AS (SELECT 1) INSERT INTO "
        "t SELECT * FROM x ON CONFLICT (a) DO UPDATE SET a = 2; UPDATE t SET a = 1; MERGE "
        "INTO t USING u ON t.a = u.a WHEN NOT MATCHED THEN INSERT VALUES (1)");
}

Test(lint, of_a_seed_takes_nothing_else)
{
    static const char *const refused[] = {
        "SELECT 1",
        "DELETE FROM t",
        "CREATE TABLE IF NOT EXISTS t ()",
        "ALTER TABLE t ADD a int",
        "DROP TABLE t",
        "TRUNCATE t",
        "GRANT SELECT ON t TO bob",
        "SET a = 1",
        "DO $$ $$",
        "WITH x AS (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM x",
        "WITH x AS (DELETE FROM t RETURNING *) INSERT INTO u TABLE x ON CONFLICT DO NOTHING",
        "CREATE INDEX CONCURRENTLY i ON t (a)",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(refused); i++)
        assert_refusals(SP_SCRIPT_SEED, refused[i], "seed-statement");
}

Test(lint, of_a_seed_needs_on_conflict_in_every_insert)
{
    assert_one_refusal(SP_SCRIPT_SEED, "UPDATE t SET a = 1;\n INSERT INTO t VALUES (1)",
                       "seed-not-idempotent", 2, 2);
    assert_one_refusal(SP_SCRIPT_SEED,
                       "WITH x AS (INSERT INTO t VALUES (1) RETURNING *)\n"
                       "INSERT INTO u TABLE x ON CONFLICT DO NOTHING",
                       "seed-not-idempotent", 1, 24);
}

Test(lint, of_a_retirement_takes_what_holds_no_data)
{
    assert_clean(
        SP_SCRIPT_RETIRE,
        "-- gone since 1.4\nDROP TRIGGER IF EXISTS x ON t; DROP FUNCTION IF EXISTS f(int), "
        "g; DROP PROCEDURE IF EXISTS p; DROP VIEW IF EXISTS v, s.w RESTRICT");
    assert_clean(SP_SCRIPT_RETIRE, "-- nothing yet");
}

Test(lint, of_a_retirement_takes_nothing_else)
{
    static const char *const refused[] = {
        "DROP VIEW v",
        "DROP TRIGGER x ON t",
        "DROP FUNCTION f()",
        "DROP VIEW IF EXISTS v CASCADE",
        "DROP TRIGGER IF EXISTS x ON t CASCADE",
        "DROP FUNCTION IF EXISTS f CASCADE",
        "DROP TABLE IF EXISTS t",
        "DROP MATERIALIZED VIEW IF EXISTS v",
        "DROP SEQUENCE IF EXISTS s",
        "DROP INDEX IF EXISTS i",
        "DROP INDEX CONCURRENTLY IF EXISTS i",
        "DROP TYPE IF EXISTS t",
        "DROP ROUTINE IF EXISTS f",
        "DROP AGGREGATE IF EXISTS a(int)",
        "DROP RULE IF EXISTS r ON t",
        "DROP POLICY IF EXISTS p ON t",
        "DROP SCHEMA IF EXISTS s",
        "DROP EXTENSION IF EXISTS e",
        "DROP EVENT TRIGGER IF EXISTS e",
        "CREATE OR REPLACE VIEW v AS SELECT 1",
        "CREATE TABLE IF NOT EXISTS t ()",
        "ALTER TABLE t DISABLE TRIGGER x",
        "COMMENT ON TABLE t IS 'x'",
        "DELETE FROM t",
        "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING",
        "SELECT 1",
        "DO $$ $$",
        "SET search_path = s",
        "DROP ROLE IF EXISTS bob",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(refused); i++)
        assert_refusals(SP_SCRIPT_RETIRE, refused[i], "statement-not-allowed");
    assert_refusals(SP_SCRIPT_RETIRE, "BEGIN; DROP VIEW IF EXISTS v; COMMIT",
                    "transaction-control transaction-control");
}

Test(lint, says_where_a_retirement_takes_too_much)
{
    assert_one_refusal(SP_SCRIPT_RETIRE, "DROP VIEW IF EXISTS v;\n DROP TABLE IF EXISTS t",
                       "statement-not-allowed", 2, 2);
}

/* @has_role: as an extension with a database role */
static void
assert_role_switch(SpScriptRole role, const char *sql, gboolean has_role, const char *expected)
{
    const SpScriptText text = {
        role, "shop", "x.sql", sql, .is_transactional = TRUE, .has_role = has_role};
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(SpScript) script = sp_script_new(&text, findings);
    g_autofree char *codes = sp_test_codes(sp_findings_refusals(findings));
    cr_expect_str_eq(codes, expected, "%s: %s", sql, codes);
}

Test(lint, keeps_an_extension_in_its_role_where_it_has_one)
{
    static const char *const switches[] = {
        "SET ROLE postgres;",
        "SET LOCAL ROLE NONE;",
        "RESET ROLE;",
        "SET \"ROLE\" = 'postgres';",
        "SET SESSION AUTHORIZATION DEFAULT;",
        "SELECT pg_catalog.set_config('role', 'none', true);",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql SET role = 'postgres' AS 'SELECT 1';",
        "ALTER FUNCTION f() SET role = 'postgres';",
    };
    for (guint i = 0; i < G_N_ELEMENTS(switches); i++) {
        assert_role_switch(SP_SCRIPT_MIGRATION, switches[i], TRUE, "role-switch");
        assert_role_switch(SP_SCRIPT_MIGRATION, switches[i], FALSE, "");
    }
    assert_role_switch(SP_SCRIPT_MIGRATION, "SET search_path = x; RESET ALL;", TRUE, "");
    assert_role_switch(SP_SCRIPT_SEED, "UPDATE t SET a = set_config('role', 'none', false);", TRUE,
                       "role-switch");
}
