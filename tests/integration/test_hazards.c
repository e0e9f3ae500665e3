/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/ledger.h"
#include "act/sizes.h"
#include "base/error.h"
#include "model/hazard.h"
#include "support/cluster.h"
#include "support/install.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

static const char *const world[] = {
    "CREATE TABLE customers (id int PRIMARY KEY)",
    "INSERT INTO customers SELECT generate_series(1, 100)",
    "CREATE TABLE orders (id int NOT NULL, name varchar(20), note text)",
    "CREATE INDEX orders_note ON orders (note)",
    "INSERT INTO orders SELECT n, 'name', 'note' FROM generate_series(1, 100) n",
    "CREATE TABLE empty (id int)",
    "CREATE TABLE visits (id int) PARTITION BY RANGE (id)",
    "CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM (0) TO (1000)",
    "INSERT INTO visits SELECT generate_series(1, 100)",
    "CREATE TABLE visits_2 (id int)",
    "INSERT INTO visits_2 SELECT generate_series(1000, 1100)",
    "CREATE UNLOGGED TABLE cache AS SELECT * FROM orders",
    "ALTER TABLE orders ADD CONSTRAINT positive CHECK (id > 0) NOT VALID",
    "CREATE UNIQUE INDEX orders_id ON orders (id)",
    "CREATE MATERIALIZED VIEW summary AS SELECT count(*) FROM orders",
    "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE SCHEMA other",
};

#define ALTER "ALTER TABLE orders "

/* Each raises its code on the server of the test; the lock, the rewrite and the scan that the rule
 * claims must be what the server then does. */
static const struct {
    const char *code;
    const char *sql;
} cases[] = {
    {"add-column-volatile-default", ALTER "ADD COLUMN a float DEFAULT random()"},
    {"add-column-volatile-default", ALTER "ADD COLUMN a serial"},
    {"add-column-volatile-default", ALTER "ADD COLUMN a int GENERATED ALWAYS AS IDENTITY"},
    {"add-column-volatile-default", ALTER "ADD COLUMN a int GENERATED ALWAYS AS (id + 1) STORED"},
    {"add-column-not-null", "ALTER TABLE empty ADD COLUMN a int NOT NULL"},
    {"alter-column-type", ALTER "ALTER COLUMN id TYPE bigint"},
    {"alter-column-type", ALTER "ALTER COLUMN note TYPE varchar(64)"},
    {"set-not-null", ALTER "ALTER COLUMN name SET NOT NULL"},
    {"add-constraint-without-not-valid", ALTER "ADD CHECK (id < 1000)"},
    {"add-constraint-without-not-valid", ALTER "ADD FOREIGN KEY (id) REFERENCES customers"},
    {"add-constraint-without-not-valid", ALTER "ADD COLUMN a int CHECK (a > 0)"},
    {"add-constraint-without-not-valid", ALTER "ADD COLUMN a int DEFAULT 1 REFERENCES customers"},
    {"add-primary-key", ALTER "ADD PRIMARY KEY (id)"},
    {"add-primary-key", "ALTER TABLE empty ADD COLUMN a int PRIMARY KEY"},
    {"add-unique", ALTER "ADD UNIQUE (id)"},
    {"add-unique", ALTER "ADD COLUMN a int UNIQUE"},
    {"add-exclusion", ALTER "ADD EXCLUDE (id WITH =)"},
    {"validate-constraint", ALTER "VALIDATE CONSTRAINT positive"},
    {"drop-column", ALTER "DROP COLUMN name"},
    {"set-tablespace", ALTER "SET TABLESPACE in_place"},
    {"set-logged", ALTER "SET UNLOGGED"},
    {"set-logged", "ALTER TABLE cache SET LOGGED"},
    {"attach-partition",
     "ALTER TABLE visits ATTACH PARTITION visits_2 FOR VALUES FROM (1000) TO (2000)"},
    {"detach-partition-not-concurrent", "ALTER TABLE visits DETACH PARTITION visits_1"},
    {"create-index-not-concurrent", "CREATE INDEX ON orders (name)"},
    {"drop-index-not-concurrent", "DROP INDEX orders_note"},
    {"reindex-not-concurrent", "REINDEX TABLE orders"},
    {"reindex-not-concurrent", "REINDEX INDEX orders_note"},
    {"drop-table", "DROP TABLE orders CASCADE"},
    {"rename-table", ALTER "RENAME TO bills"},
    {"rename-table", ALTER "SET SCHEMA other"},
    {"rename-column", ALTER "RENAME COLUMN name TO title"},
    {"backfill", "UPDATE orders SET note = 'x'"},
    {"backfill", "DELETE FROM orders"},
    {"backfill", "MERGE INTO orders o USING customers c ON o.id = c.id WHEN MATCHED THEN DELETE"},
    {"backfill", "INSERT INTO orders SELECT id + 1000 FROM customers"},
    {"backfill", "WITH d AS (DELETE FROM orders RETURNING id) SELECT count(*) FROM d"},
    {"truncate", "TRUNCATE orders"},
    {"cluster", "CLUSTER orders USING orders_id"},
    {"create-trigger", "CREATE TRIGGER t BEFORE INSERT ON orders EXECUTE FUNCTION f()"},
    {"refresh-materialized-view", "REFRESH MATERIALIZED VIEW summary"},
    {"lock-table", "LOCK TABLE orders IN SHARE MODE"},
    {"lock-table", "LOCK TABLE orders IN SHARE ROW EXCLUSIVE MODE"},
    {"lock-table", "LOCK TABLE orders IN EXCLUSIVE MODE"},
    {"lock-table", "LOCK TABLE orders"},
};

#define VACUUM_FULL "VACUUM (FULL) orders"

static char *database;

static void
setup(void)
{
    database = sp_test_database();
    for (guint i = 0; i < G_N_ELEMENTS(world); i++)
        sp_test_execute(database, world[i]);
}

static void
teardown(void)
{
    g_free(database);
}

TestSuite(hazards, .init = setup, .fini = teardown);

typedef struct {
    SpSession *session;
    SpDeclared *declared;
    SpHistory *history;
    SpPlan *plan;
    SpTables *tables;
    SpFindings *findings;
    GPtrArray *hazards;
} Found;

static void
found_clear(Found *found)
{
    g_ptr_array_unref(found->hazards);
    sp_findings_free(found->findings);
    sp_tables_free(found->tables);
    sp_plan_free(found->plan);
    sp_history_free(found->history);
    sp_declared_free(found->declared);
    sp_session_close(found->session);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Found, found_clear)

static void
run(SpSession *session, const char *sql)
{
    g_autoptr(GError) error = NULL;
    const SpCommand command = {.sql = sql};
    sp_session_run(session, &command, 1, NULL, NULL, &error);
    cr_assert_null(error, "%s: %s", sql, error ? error->message : "");
}

/* Plans one migration, in a session that may do nothing but read. */
static Found
find(const char *sql, gboolean is_transactional)
{
    const struct sp_migration migrations[] = {
        {.version = 1,
         .name = "one",
         .sql = sql,
         .flags = is_transactional ? 0 : SP_MIGRATION_NO_TRANSACTION}};
    const struct sp_extension_vtable shop = {.id = "shop", .migrations = SP_LIST(migrations)};
    const SpPlanOptions options = {0};
    g_autoptr(GError) error = NULL;
    Found found = {.session = sp_test_session(database),
                   .declared = sp_test_declared_with_trees(SP_TEST_VTABLES(&shop)),
                   .findings = sp_findings_new()};
    run(found.session, "SET ROLE pg_monitor");
    run(found.session, "SET default_transaction_read_only = on");
    found.history = sp_ledger_read(found.session, found.declared, &error);
    cr_assert_null(error, "%s", error ? error->message : "");
    found.plan = sp_plan_new(found.declared, found.history, &options, found.findings);
    found.tables = sp_sizes_read(found.session, found.plan, &error);
    cr_assert_null(error, "%s", error ? error->message : "");
    found.hazards = sp_hazards_find(found.plan, found.tables, found.findings);
    run(found.session, "RESET ALL");
    run(found.session, "RESET ROLE");
    return found;
}

/* What the server holds of a table: (transfer full). */
static SpRows *
look(SpSession *session, const char *oid)
{
    static const char *const query =
        "SELECT (SELECT mode FROM pg_locks WHERE pid = pg_backend_pid() AND "
        "locktype = 'relation' AND relation = $1::oid ORDER BY array_position(ARRAY["
        "'AccessShareLock', 'RowShareLock', 'RowExclusiveLock', 'ShareUpdateExclusiveLock', "
        "'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'], mode) DESC "
        "LIMIT 1), coalesce(pg_relation_filenode($1::oid), 0), "
        "pg_stat_get_xact_numscans($1::oid) + pg_stat_get_xact_tuples_fetched($1::oid) > 0";
    g_autoptr(GError) error = NULL;
    SpRows *rows = sp_session_query(session, query, (const char *const[]){oid}, 1, &error);
    cr_assert_null(error, "%s", error ? error->message : "");
    return rows;
}

/* "ACCESS EXCLUSIVE" as pg_locks has it: "accessexclusivelock" */
static char *
mode_of(const char *lock)
{
    g_auto(GStrv) words = g_strsplit(lock, " ", -1);
    g_autofree char *joined = g_strjoinv("", words);
    g_autofree char *mode = g_strconcat(joined, "Lock", NULL);
    return g_ascii_strdown(mode, -1);
}

/* Runs the statement for one hazard and compares. */
static void
prove(const SpHazard *hazard, SpSession *session)
{
    const SpHazardRule *rule = hazard->rule;
    const char *sql = hazard->statement->sql;
    g_autofree char *query = g_strdup_printf("SELECT '%s'::regclass::oid", hazard->name);
    g_autofree char *oid = sp_test_value(database, query);
    g_autofree char *expected = mode_of(hazard->lock);
    run(session, "BEGIN");
    g_autoptr(SpRows) before = look(session, oid);
    run(session, sql);
    g_autoptr(SpRows) after = look(session, oid);
    run(session, "ROLLBACK");
    g_autofree char *mode = g_ascii_strdown(sp_rows_get(after, 0, 0), -1);
    gboolean is_new = !g_str_equal(sp_rows_get(before, 0, 1), sp_rows_get(after, 0, 1));
    /* what is emptied or gone has other files, or none, and there is nothing in them to read */
    gboolean is_lost = g_str_equal(rule->code, "truncate") || g_str_equal(rule->code, "drop-table");
    cr_expect_str_eq(mode, expected, "%s: %s", sql, hazard->name);
    cr_expect_eq(is_new, rule->rewrites || is_lost, "%s rewrites %s", sql, hazard->name);
    cr_expect(is_lost || sp_rows_get_boolean(after, 0, 2) == rule->scans, "%s scans %s", sql,
              hazard->name);
}

static void
make_tablespace(void)
{
    g_autoptr(SpSession) session = sp_test_session(database);
    run(session, "SET allow_in_place_tablespaces = on");
    run(session, "CREATE TABLESPACE in_place LOCATION ''");
}

ParameterizedTestParameters(hazards, are_what_the_server_does)
{
    static gsize indices[G_N_ELEMENTS(cases)];
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        indices[i] = i;
    return cr_make_param_array(gsize, indices, G_N_ELEMENTS(cases));
}

ParameterizedTest(gsize *index, hazards, are_what_the_server_does)
{
    const char *sql = cases[*index].sql;
    if (strstr(sql, "in_place") != NULL)
        make_tablespace();
    g_auto(Found) found = find(sql, TRUE);
    gboolean is_raised = FALSE;
    for (guint i = 0; i < found.hazards->len; i++) {
        const SpHazard *hazard = g_ptr_array_index(found.hazards, i);
        is_raised = is_raised || g_str_equal(hazard->rule->code, cases[*index].code);
        prove(hazard, found.session);
    }
    cr_expect(is_raised, "%s", sql);
}

/* In a transaction it cannot run; ACCESS SHARE holds up no other mode than ACCESS EXCLUSIVE. */
Test(hazards, of_vacuum_full_is_what_the_server_does)
{
    static const char *const filenode = "SELECT pg_relation_filenode('orders')";
    g_auto(Found) found = find(VACUUM_FULL, FALSE);
    const SpHazard *hazard = g_ptr_array_index(found.hazards, 0);
    g_autofree char *before = sp_test_value(database, filenode);
    g_autoptr(SpSession) reader = sp_test_session(database);
    g_autoptr(GError) error = NULL;
    const SpCommand command = {.sql = VACUUM_FULL};
    cr_assert_str_eq(hazard->rule->code, "vacuum-full");
    cr_assert_str_eq(hazard->lock, "ACCESS EXCLUSIVE");
    run(reader, "BEGIN");
    run(reader, "LOCK TABLE orders IN ACCESS SHARE MODE");
    run(found.session, "SET lock_timeout = '100ms'");
    cr_assert_not(sp_session_run(found.session, &command, 1, NULL, NULL, &error));
    cr_assert_str_eq(sp_error_get_place(error)->sqlstate, "55P03");
    run(reader, "ROLLBACK");
    run(found.session, VACUUM_FULL);
    g_autofree char *after = sp_test_value(database, filenode);
    cr_assert_str_neq(before, after);
}

Test(hazards, are_all_proved)
{
    g_autoptr(GHashTable) raised = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i <= G_N_ELEMENTS(cases); i++) {
        gboolean is_last = i == G_N_ELEMENTS(cases);
        g_auto(Found) found = find(is_last ? VACUUM_FULL : cases[i].sql, !is_last);
        for (guint j = 0; j < found.hazards->len; j++) {
            const SpHazard *hazard = g_ptr_array_index(found.hazards, j);
            g_hash_table_add(raised, (gpointer)hazard->rule);
        }
    }
    for (guint i = 0; i < sp_hazard_rules_get_n(); i++) {
        const SpHazardRule *rule = sp_hazard_rules_get(i);
        cr_expect(g_hash_table_contains(raised, rule), "%s: %s", rule->code, rule->problem);
    }
}

static const char *const harmless[] = {
    ALTER "ADD COLUMN a int DEFAULT 5",
    ALTER "ADD COLUMN a timestamptz NOT NULL DEFAULT now()",
    ALTER "ADD COLUMN a timestamp DEFAULT (now() AT TIME ZONE 'utc')",
    ALTER "ADD COLUMN a jsonb DEFAULT jsonb_build_object('a', lower('B'), 'c', current_date)",
    ALTER "ADD COLUMN a int REFERENCES customers",
    ALTER "ADD CHECK (id < 1000) NOT VALID",
    ALTER "ADD FOREIGN KEY (id) REFERENCES customers NOT VALID",
    ALTER "ADD PRIMARY KEY USING INDEX orders_id",
    ALTER "ALTER COLUMN name TYPE varchar(30)",
    ALTER "ALTER COLUMN name TYPE text",
    ALTER "ALTER COLUMN note TYPE varchar",
    ALTER "ALTER COLUMN id TYPE integer",
};

/* The other way round: of which nothing is said, the server neither rewrites nor scans. */
Test(hazards, are_not_told_of_what_takes_no_time)
{
    g_autofree char *oid = sp_test_value(database, "SELECT 'orders'::regclass::oid");
    for (guint i = 0; i < G_N_ELEMENTS(harmless); i++) {
        g_auto(Found) found = find(harmless[i], TRUE);
        run(found.session, "BEGIN");
        g_autoptr(SpRows) before = look(found.session, oid);
        run(found.session, harmless[i]);
        g_autoptr(SpRows) after = look(found.session, oid);
        cr_expect_eq(found.hazards->len, 0, "%s", harmless[i]);
        cr_expect_str_eq(sp_rows_get(before, 0, 1), sp_rows_get(after, 0, 1), "%s", harmless[i]);
        cr_expect_not(sp_rows_get_boolean(after, 0, 2), "%s", harmless[i]);
    }
}

static const SpTableFacts *
facts_of(const Found *found, const char *name)
{
    g_autoptr(SpObject) table =
        sp_object_new(SP_OBJECT_RELATION, "table", "public", name, NULL, NULL);
    return sp_tables_find(found->tables, table);
}

Test(hazards, are_measured_with_indexes_and_partitions)
{
    sp_test_execute(database, "ANALYZE visits");
    g_auto(Found) found = find("TRUNCATE orders, visits, visits_2; DROP INDEX orders_note", TRUE);
    g_autofree char *bytes = sp_test_value(database, "SELECT pg_total_relation_size('orders')");
    g_autofree char *parted = sp_test_value(database, "SELECT pg_total_relation_size('visits_1')");
    const SpTableFacts *orders = facts_of(&found, "orders");
    const SpTableFacts *visits = facts_of(&found, "visits");
    cr_assert_eq(orders->bytes, g_ascii_strtoll(bytes, NULL, 10));
    cr_assert_eq(facts_of(&found, "visits_2")->rows, -1);
    cr_assert_eq(visits->bytes, g_ascii_strtoll(parted, NULL, 10));
    cr_assert_eq(visits->rows, 100);
    cr_assert_eq(facts_of(&found, "orders_note"), orders);
    cr_assert_str_eq(sp_table_facts_find_column(orders, "name")->type, "varchar");
    cr_assert_eq(sp_table_facts_find_column(orders, "name")->modifier, 24);
}

Test(hazards, are_none_on_a_view_or_a_table_that_is_not_there)
{
    sp_test_execute(database, "CREATE VIEW v AS SELECT 1 AS one");
    g_auto(Found) found = find("DELETE FROM v; DROP TABLE IF EXISTS nowhere, other.orders", TRUE);
    cr_assert_eq(found.hazards->len, 0);
}
