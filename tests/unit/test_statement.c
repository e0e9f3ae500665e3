/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/sql_parser.h"
#include "model/kind.h"
#include "model/script.h"

#include <criterion/criterion.h>

/* Nodes whose name says statement and that never stand by themselves in a text. */
static const char *const no_statements[] = {
    "RawStmt",             /* the parser's wrapper around each statement */
    "PLAssignStmt",        /* an assignment of PL/pgSQL, parsed only for it */
    "ReturnStmt",          /* the body of CREATE FUNCTION ... RETURN */
    "SetOperationStmt",    /* made by the server's analysis of a UNION */
    "ReplicaIdentityStmt", /* a part of ALTER TABLE */
    NULL,
};

Test(statement, every_kind_of_the_grammar_has_a_row_and_nothing_else_has)
{
    const ProtobufCMessageDescriptor *nodes = &pg_query__node__descriptor;
    guint rows = 0;
    for (unsigned i = 0; i < nodes->n_fields; i++) {
        const ProtobufCMessageDescriptor *kind = nodes->fields[i].descriptor;
        gboolean is_statement = g_str_has_suffix(kind->short_name, "Stmt") &&
                                !g_strv_contains(no_statements, kind->short_name);
        const SpStatementKind *row =
            sp_statement_kind_find((PgQuery__Node__NodeCase)nodes->fields[i].id);
        cr_expect_eq(row != NULL, is_statement, "%s", kind->short_name);
        rows += row != NULL;
    }
    cr_expect_gt(rows, 110u);
    cr_expect_null(sp_statement_kind_find(PG_QUERY__NODE__NODE__NOT_SET));
    cr_expect_null(sp_statement_kind_find((PgQuery__Node__NodeCase)100000));
}

static const ProtobufCFieldDescriptor *
find_field(const ProtobufCMessageDescriptor *kind, const char *name)
{
    return protobuf_c_message_descriptor_get_field_by_name(kind, name);
}

Test(statement, every_row_names_fields_that_its_kind_has)
{
    const ProtobufCMessageDescriptor *nodes = &pg_query__node__descriptor;
    for (unsigned i = 0; i < nodes->n_fields; i++) {
        const ProtobufCMessageDescriptor *kind = nodes->fields[i].descriptor;
        const SpStatementKind *row =
            sp_statement_kind_find((PgQuery__Node__NodeCase)nodes->fields[i].id);
        if (row == NULL)
            continue;
        if (row->flag != NULL)
            cr_expect_eq(find_field(kind, row->flag)->type, PROTOBUF_C_TYPE_BOOL);
        if (row->object_type != NULL)
            cr_expect_eq(find_field(kind, row->object_type)->type, PROTOBUF_C_TYPE_ENUM);
        if (row->target.field != NULL)
            cr_expect_not_null(find_field(kind, row->target.field), "%s", kind->short_name);
        cr_expect(row->traits.roles != 0 || row->traits.reason != NULL, "%s", kind->short_name);
    }
}

Test(statement, what_a_schema_may_hold_a_migration_may_too)
{
    for (unsigned i = 0; i < pg_query__node__descriptor.n_fields; i++) {
        guint id = pg_query__node__descriptor.fields[i].id;
        const SpStatementKind *row = sp_statement_kind_find((PgQuery__Node__NodeCase)id);
        guint roles = row == NULL ? 0 : row->traits.roles;
        gboolean in_migrations = (roles & (1u << SP_SCRIPT_MIGRATION)) != 0;
        cr_expect_eq(in_migrations, roles != 0);
        cr_expect_eq(in_migrations, (roles & (1u << SP_SCRIPT_DOWN)) != 0);
    }
}

static void
assert_tag(const char *sql, const char *expected)
{
    gsize start, length;
    g_autoptr(SpParseTree) tree = sp_parse_tree_new(sql, NULL);
    g_autofree char *tag = sp_statement_make_tag(sp_parse_tree_get(tree, 0, &start, &length));
    cr_expect_str_eq(tag, expected);
}

Test(statement, has_the_command_tag_of_postgresql)
{
    assert_tag("CREATE TABLE t ()", "CREATE TABLE");
    assert_tag("CREATE TABLE t AS SELECT 1", "CREATE TABLE AS");
    assert_tag("CREATE MATERIALIZED VIEW t AS SELECT 1", "CREATE MATERIALIZED VIEW");
    assert_tag("SELECT 1 INTO t", "SELECT INTO");
    assert_tag("VALUES (1)", "SELECT");
    assert_tag("CREATE PROCEDURE p() LANGUAGE sql AS ''", "CREATE PROCEDURE");
    assert_tag("CREATE AGGREGATE a(*) (SFUNC = f)", "CREATE AGGREGATE");
    assert_tag("DROP MATERIALIZED VIEW m", "DROP MATERIALIZED VIEW");
    assert_tag("ALTER INDEX i SET (fillfactor = 50)", "ALTER INDEX");
    assert_tag("ALTER TABLE t RENAME CONSTRAINT a TO b", "ALTER TABLE");
    assert_tag("ALTER FUNCTION f() OWNER TO bob", "ALTER FUNCTION");
    assert_tag("GRANT SELECT ON t TO bob", "GRANT");
    assert_tag("REVOKE SELECT ON t FROM bob", "REVOKE");
    assert_tag("GRANT a TO b", "GRANT ROLE");
    assert_tag("VACUUM t", "VACUUM");
    assert_tag("ANALYZE t", "ANALYZE");
    assert_tag("RESET ALL", "RESET");
    assert_tag("SET a = 1", "SET");
    assert_tag("START TRANSACTION", "START TRANSACTION");
    assert_tag("END", "COMMIT");
    assert_tag("RELEASE a", "RELEASE");
    assert_tag("MOVE 1 IN c", "MOVE");
}

static void
assert_traits(const char *sql, gboolean in_schema, SpPhase phase, gboolean alone)
{
    gsize start, length;
    g_autoptr(SpParseTree) tree = sp_parse_tree_new(sql, NULL);
    SpTraits traits = sp_statement_find_traits(sp_parse_tree_get(tree, 0, &start, &length));
    cr_expect_eq((traits.roles & (1u << SP_SCRIPT_SCHEMA)) != 0, in_schema, "%s", sql);
    cr_expect_eq(traits.phase, phase, "%s", sql);
    cr_expect_eq(traits.needs_no_transaction, alone, "%s", sql);
}

Test(statement, is_known_to_need_no_transaction)
{
    static const char *const alone[] = {
        "CREATE INDEX CONCURRENTLY i ON t (a)",
        "DROP INDEX CONCURRENTLY IF EXISTS i",
        "REINDEX TABLE CONCURRENTLY t",
        "REINDEX (VERBOSE, CONCURRENTLY TRUE) INDEX i",
        "REINDEX (CONCURRENTLY 1) INDEX i",
        "REINDEX SCHEMA s",
        "REINDEX DATABASE d",
        "VACUUM",
        "VACUUM ANALYZE t",
        "CLUSTER",
        "ALTER TABLE t DETACH PARTITION p CONCURRENTLY",
    };
    static const char *const others[] = {
        "REINDEX (CONCURRENTLY false) TABLE t",
        "REINDEX (CONCURRENTLY 0) TABLE t",
        "REINDEX TABLE t",
        "ANALYZE",
        "CLUSTER t",
        "ALTER TABLE t DETACH PARTITION p",
        "ALTER TYPE e ADD VALUE 'x'",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY m",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(alone); i++)
        assert_traits(alone[i], FALSE, SP_PHASE_DEPENDENT, TRUE);
    for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
        assert_traits(others[i], FALSE, SP_PHASE_DEPENDENT, FALSE);
}

Test(statement, of_a_schema_has_the_phase_of_what_it_needs)
{
    static const char *const structural[] = {
        "CREATE TABLE t ()",
        "CREATE SCHEMA s",
        "CREATE EXTENSION e",
        "CREATE SEQUENCE q",
        "CREATE TYPE c AS (a int)",
        "CREATE TYPE e AS ENUM ()",
        "CREATE DOMAIN d AS int",
        "CREATE TYPE r AS RANGE (SUBTYPE = int)",
        "CREATE TYPE shell",
        "CREATE COLLATION c (LOCALE = 'C')",
        "CREATE TEXT SEARCH CONFIGURATION c (COPY = simple)",
        "CREATE FOREIGN TABLE f () SERVER x",
    };
    static const char *const dependent[] = {
        "CREATE INDEX i ON t (a)",
        "CREATE VIEW v AS SELECT 1",
        "CREATE TABLE t AS SELECT 1",
        "CREATE FUNCTION f() RETURNS int RETURN 1",
        "CREATE POLICY p ON t",
        "CREATE TRIGGER g AFTER INSERT ON t EXECUTE FUNCTION f()",
        "CREATE RULE r AS ON INSERT TO t DO NOTHING",
        "CREATE STATISTICS x ON a, b FROM t",
        "CREATE CAST (a AS b) WITHOUT FUNCTION",
        "CREATE AGGREGATE a(int) (SFUNC = f)",
        "CREATE OPERATOR + (FUNCTION = f)",
        "CREATE TYPE base (INPUT = f, OUTPUT = g)",
        "COMMENT ON TABLE t IS 'x'",
        "DROP VIEW IF EXISTS v",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(structural); i++)
        assert_traits(structural[i], TRUE, SP_PHASE_STRUCTURAL, FALSE);
    for (gsize i = 0; i < G_N_ELEMENTS(dependent); i++)
        assert_traits(dependent[i], TRUE, SP_PHASE_DEPENDENT, FALSE);
}
