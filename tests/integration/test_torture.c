/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Ways to touch what another extension owns, and what becomes of each. */
#include "base/error.h"
#include "support/cluster.h"
#include "support/install.h"

#include <criterion/criterion.h>

static const struct sp_schema users_schemas[] = {
    {.sql = "CREATE TYPE mood AS ENUM ('sad', 'happy');\n"
            "CREATE SEQUENCE IF NOT EXISTS tickets;\n"
            "CREATE TABLE IF NOT EXISTS users (id serial PRIMARY KEY, name text, age int "
            "CONSTRAINT grown CHECK (age > 0));\n"
            "CREATE INDEX IF NOT EXISTS users_name ON users (name);\n"
            "CREATE TABLE IF NOT EXISTS logs (what text);\n"
            "CREATE DOMAIN amount AS int;\n"
            "CREATE TABLE IF NOT EXISTS pets (owner int REFERENCES users ON DELETE CASCADE);\n"
            "CREATE TABLE IF NOT EXISTS events (day date) PARTITION BY RANGE (day);\n"
            "CREATE TABLE IF NOT EXISTS events_1 PARTITION OF events FOR VALUES FROM "
            "('2020-01-01') TO ('2021-01-01');\n"
            "CREATE OR REPLACE VIEW names AS SELECT name FROM users;\n"
            "CREATE OR REPLACE FUNCTION bump() RETURNS int LANGUAGE sql AS 'SELECT 1';\n"
            "CREATE OR REPLACE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "INSERT INTO logs VALUES (TG_OP); RETURN NULL; END $$;\n"
            "CREATE OR REPLACE TRIGGER noted AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION "
            "note();\n"
            "CREATE POLICY everybody ON users USING (TRUE);\n"},
    {.namespace_name = "billing",
     .sql = "CREATE SCHEMA IF NOT EXISTS billing;\n"
            "CREATE TABLE IF NOT EXISTS billing.invoices (id int PRIMARY KEY);\n"},
};
static const struct sp_extension_vtable users = {.id = "users", .schemas = SP_LIST(users_schemas)};

static const struct sp_schema mine_schemas[] = {
    {.sql = "CREATE TABLE IF NOT EXISTS mine (id int PRIMARY KEY, u int);\n"
            "CREATE TABLE IF NOT EXISTS bait (id int CHECK (id > 0), t text);\n"},
};

enum { STATIC = SP_ERROR_CROSS_UNDECLARED, GUARD = SP_ERROR_OWNERSHIP_VIOLATED, ALLOWED = -1 };

/* Hides a statement from whoever only reads. */
#define HIDDEN(sql) "DO $do$ BEGIN EXECUTE $sql$" sql "$sql$; END $do$;"

typedef struct {
    const char *what;
    const char *sql;      /* the migration */
    int expected;         /* a code, or ALLOWED */
    const char *declares; /* (nullable): the cross-extension table */
    gboolean depends;     /* on "users" */
} Attempt;

static const Attempt attempts[] = {
    /* in plain sight */
    {"ALTER TABLE", "ALTER TABLE users ADD x int;", STATIC},
    {"ALTER TABLE, declared", "ALTER TABLE users ADD x int;", ALLOWED, "users"},
    {"INSERT", "INSERT INTO users (name) VALUES ('x');", STATIC},
    {"INSERT, declared", "INSERT INTO users (name) VALUES ('x');", ALLOWED, "users"},
    {"DROP TABLE CASCADE", "DROP TABLE users CASCADE;", STATIC},
    {"CREATE TABLE LIKE", "CREATE TABLE alike (LIKE users INCLUDING ALL);", ALLOWED},
    {"view", "CREATE VIEW theirs AS SELECT * FROM users;", ALLOWED},
    {"SELECT FOR UPDATE", "SELECT * FROM users FOR UPDATE;", ALLOWED},
    {"foreign key to a dependency", "ALTER TABLE mine ADD FOREIGN KEY (u) REFERENCES users;",
     ALLOWED, NULL, TRUE},
    {"foreign key to a stranger, warned of",
     "ALTER TABLE mine ADD FOREIGN KEY (u) REFERENCES users;", ALLOWED},
    {"foreign key that goes again",
     "ALTER TABLE mine ADD CONSTRAINT f FOREIGN KEY (u) REFERENCES users; "
     "ALTER TABLE mine DROP CONSTRAINT f;",
     ALLOWED, NULL, TRUE},
    {"table with a foreign key that goes again",
     "CREATE TABLE brief (u int REFERENCES users); DROP TABLE brief;", ALLOWED, NULL, TRUE},
    {"COMMENT", "COMMENT ON TABLE users IS 'mine';", STATIC},
    {"GRANT", "GRANT SELECT ON users TO PUBLIC;", STATIC},
    {"CREATE OR REPLACE of a function",
     "CREATE OR REPLACE FUNCTION bump() RETURNS int LANGUAGE sql AS 'SELECT 2';",
     SP_ERROR_DUPLICATE_OBJECT},
    /* behind DO and EXECUTE */
    {"DO with ALTER TABLE", "DO $$ BEGIN ALTER TABLE users ADD x int; END $$;", GUARD},
    {"EXECUTE of ALTER TABLE", HIDDEN("ALTER TABLE users ADD x int"), GUARD},
    {"EXECUTE of ALTER TABLE, declared", HIDDEN("ALTER TABLE users ADD x int"), ALLOWED, "users"},
    {"EXECUTE of ALTER TABLE, of a dependency", HIDDEN("ALTER TABLE users ADD x int"), GUARD, NULL,
     TRUE},
    {"EXECUTE in another namespace", HIDDEN("ALTER TABLE billing.invoices ADD x int"), GUARD},
    {"EXECUTE in another namespace, declared", HIDDEN("ALTER TABLE billing.invoices ADD x int"),
     ALLOWED, "billing.invoices"},
    {"DROP COLUMN", HIDDEN("ALTER TABLE users DROP COLUMN age"), GUARD},
    {"RENAME COLUMN", HIDDEN("ALTER TABLE users RENAME age TO years"), GUARD},
    {"column default", HIDDEN("ALTER TABLE users ALTER age SET DEFAULT 7"), GUARD},
    {"column type", HIDDEN("ALTER TABLE users ALTER age TYPE bigint"), GUARD},
    {"SET NOT NULL", HIDDEN("ALTER TABLE users ALTER name SET NOT NULL"), GUARD},
    {"DROP CONSTRAINT", HIDDEN("ALTER TABLE users DROP CONSTRAINT grown"), GUARD},
    {"ADD CONSTRAINT", HIDDEN("ALTER TABLE users ADD CHECK (age < 200)"), GUARD},
    {"storage parameter", HIDDEN("ALTER TABLE users SET (fillfactor = 50)"), GUARD},
    {"RENAME", HIDDEN("ALTER TABLE users RENAME TO people"), GUARD},
    {"SET SCHEMA", "CREATE SCHEMA elsewhere; " HIDDEN("ALTER TABLE users SET SCHEMA elsewhere"),
     GUARD},
    {"OWNER TO", HIDDEN("ALTER TABLE logs OWNER TO pg_database_owner"), GUARD},
    {"COMMENT on a table", HIDDEN("COMMENT ON TABLE users IS 'mine'"), GUARD},
    {"COMMENT on a function", HIDDEN("COMMENT ON FUNCTION bump() IS 'mine'"), GUARD},
    {"GRANT on a table", HIDDEN("GRANT SELECT ON users TO PUBLIC"), GUARD},
    {"GRANT on a column", HIDDEN("GRANT SELECT (name) ON users TO PUBLIC"), GUARD},
    {"GRANT on a column, beside a default",
     "ALTER TABLE mine ADD x int DEFAULT 1; " HIDDEN("GRANT SELECT (name) ON users TO PUBLIC"),
     GUARD},
    {"GRANT on a column, beside a table",
     "CREATE TABLE more (id serial, x int DEFAULT 1); " HIDDEN(
         "GRANT SELECT (name) ON users TO PUBLIC"),
     GUARD},
    {"GRANT on a column, of its own",
     "ALTER TABLE mine ADD x int DEFAULT 1; " HIDDEN("GRANT SELECT (x) ON mine TO PUBLIC"),
     ALLOWED},
    {"GRANT on a table, beside a change",
     "ALTER TABLE mine ADD x int; " HIDDEN("GRANT SELECT ON users TO PUBLIC"), GUARD},
    {"GRANT on a table, beside a table",
     "CREATE TABLE more (id int CHECK (id > 0), what text); "
     "CREATE TRIGGER one AFTER INSERT ON more EXECUTE FUNCTION "
     "suppress_redundant_updates_trigger(); "
     "CREATE RULE two AS ON DELETE TO more DO INSTEAD NOTHING; " HIDDEN(
         "GRANT SELECT ON users TO PUBLIC"),
     GUARD},
    {"GRANT on a table, beside a view",
     "CREATE VIEW more AS SELECT 1 AS one; " HIDDEN("GRANT SELECT ON users TO PUBLIC"), GUARD},
    {"GRANT on a table, beside a view renamed",
     "CREATE VIEW more AS SELECT 1 AS one; ALTER VIEW more RENAME one TO two; ALTER VIEW more "
     "RENAME TO most; " HIDDEN("GRANT SELECT ON users TO PUBLIC"),
     GUARD},
    {"GRANT on a table, beside a materialized view",
     "CREATE MATERIALIZED VIEW more AS SELECT 'x'::text AS one; " HIDDEN(
         "GRANT SELECT ON users TO PUBLIC"),
     GUARD},
    {"GRANT on a table, beside an index and a sequence",
     "CREATE INDEX more ON mine (u); ALTER INDEX more RENAME TO most; CREATE SEQUENCE s; ALTER "
     "SEQUENCE s OWNED BY mine.id; " HIDDEN("GRANT SELECT ON users TO PUBLIC"),
     GUARD},
    {"ALTER TYPE, beside a table",
     "CREATE TABLE more (id int); " HIDDEN("ALTER TYPE mood RENAME TO temper"), GUARD},
    {"ALTER TYPE, beside a table renamed",
     "ALTER TABLE mine RENAME TO more; " HIDDEN("ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'"),
     GUARD},
    {"ALTER DOMAIN, beside a domain",
     "CREATE TABLE more (id int); CREATE DOMAIN d AS int; " HIDDEN(
         "ALTER TYPE mood SET SCHEMA billing"),
     GUARD},
    {"GRANT on a table, beside one that looks new",
     "GRANT SELECT (id, t, ctid, xmin, cmin, xmax, cmax, tableoid) ON bait TO PUBLIC; ALTER TABLE "
     "bait SET (fillfactor = 50); CREATE TABLE extra (id int); " HIDDEN(
         "GRANT SELECT ON users TO PUBLIC"),
     GUARD},
    {"GRANT on a table, beside what goes with a temporary function",
     HIDDEN("CREATE FUNCTION pg_temp.g() RETURNS int LANGUAGE sql RETURN 1; CREATE FUNCTION f(int) "
            "RETURNS boolean LANGUAGE sql IMMUTABLE RETURN pg_temp.g() > 0; ALTER TABLE bait ADD "
            "CHECK (f(id)); GRANT SELECT ON users TO PUBLIC"),
     GUARD},
    {"GRANT on a table, with the counters off",
     "SET track_counts = off; " HIDDEN("GRANT SELECT ON users TO PUBLIC"), GUARD},
    {"GRANT on a table, put off to the COMMIT twice",
     "CREATE TABLE q (n int); CREATE FUNCTION qf() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN "
     "IF "
     "NEW.n = 1 THEN SET CONSTRAINTS ALL DEFERRED; INSERT INTO public.q VALUES (2); ELSE EXECUTE "
     "'GRANT SELECT ON public.users TO PUBLIC'; END IF; RETURN NULL; END $f$; CREATE CONSTRAINT "
     "TRIGGER qt AFTER INSERT ON q DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "
     "qf(); INSERT INTO q VALUES (1);",
     GUARD},
    {"catalog by hand, beside a table",
     "CREATE TABLE more (id int); " HIDDEN(
         "UPDATE pg_class SET relhasrules = true, relhastriggers = true WHERE oid = "
         "'more'::regclass; GRANT SELECT ON users TO PUBLIC"),
     GUARD},
    {"rename to the name of an own index",
     HIDDEN("ALTER INDEX mine_pkey RENAME TO mine_p; ALTER TABLE users RENAME TO mine_pkey"),
     GUARD},
    {"rename of the host's index to the name of an own one",
     HIDDEN("ALTER INDEX mine_pkey RENAME TO mine_p; ALTER INDEX extension_objects_name RENAME TO "
            "mine_pkey"),
     GUARD},
    {"a table of nobody that looks new",
     HIDDEN("GRANT SELECT (id, ctid, xmin, cmin, xmax, cmax, tableoid) ON stray TO PUBLIC; ALTER "
            "TABLE stray SET (fillfactor = 50)"),
     GUARD},
    {"constraint on a domain", HIDDEN("ALTER DOMAIN amount ADD CHECK (VALUE > 0) NOT VALID"),
     GUARD},
    {"COMMENT, beside a temporary table",
     "CREATE TEMP TABLE brief (id int CHECK (id > 0)); " HIDDEN("COMMENT ON TABLE users IS 'm'"),
     GUARD},
    {"COMMENT, beside a constraint that goes",
     "CREATE TABLE brief (id int CHECK (id > 0)); DROP TABLE brief; " HIDDEN(
         "COMMENT ON TABLE users IS 'm'"),
     GUARD},
    {"GRANT on a function", HIDDEN("REVOKE EXECUTE ON FUNCTION bump() FROM PUBLIC"), GUARD},
    {"CREATE INDEX", HIDDEN("CREATE INDEX sneaky ON users (age)"), GUARD},
    {"DROP INDEX", HIDDEN("DROP INDEX users_name"), GUARD},
    {"RENAME of an index", HIDDEN("ALTER INDEX users_name RENAME TO other_name"), GUARD},
    {"CREATE TRIGGER",
     "CREATE FUNCTION spy() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; " HIDDEN(
         "CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION spy()"),
     GUARD},
    {"DISABLE TRIGGER", HIDDEN("ALTER TABLE users DISABLE TRIGGER noted"), GUARD},
    {"DROP TRIGGER", HIDDEN("DROP TRIGGER noted ON users"), GUARD},
    {"CREATE RULE", HIDDEN("CREATE RULE r AS ON DELETE TO users DO INSTEAD NOTHING"), GUARD},
    {"CREATE POLICY", HIDDEN("CREATE POLICY p ON users USING (FALSE)"), GUARD},
    {"DROP POLICY", HIDDEN("DROP POLICY everybody ON users"), GUARD},
    {"ENABLE ROW LEVEL SECURITY", HIDDEN("ALTER TABLE users ENABLE ROW LEVEL SECURITY"), GUARD},
    {"CREATE STATISTICS", HIDDEN("CREATE STATISTICS s ON name, age FROM users"), GUARD},
    {"INHERIT of a table", HIDDEN("CREATE TABLE heir () INHERITS (users)"), GUARD},
    {"ATTACH PARTITION",
     "CREATE TABLE part (day date); " HIDDEN(
         "ALTER TABLE events ATTACH "
         "PARTITION part FOR VALUES FROM ('2030-01-01') TO ('2031-01-01')"),
     GUARD},
    {"PARTITION OF",
     HIDDEN("CREATE TABLE part PARTITION OF events FOR VALUES FROM "
            "('2030-01-01') TO ('2031-01-01')"),
     GUARD},
    {"DETACH PARTITION", HIDDEN("ALTER TABLE events DETACH PARTITION events_1"), GUARD},
    {"foreign key to a stranger", HIDDEN("ALTER TABLE mine ADD FOREIGN KEY (u) REFERENCES users"),
     GUARD},
    {"foreign key to a dependency, hidden",
     HIDDEN("ALTER TABLE mine ADD FOREIGN KEY (u) REFERENCES users"), ALLOWED, NULL, TRUE},
    {"DROP TABLE CASCADE, hidden", HIDDEN("DROP TABLE users CASCADE"), GUARD},
    {"DROP VIEW", HIDDEN("DROP VIEW names"), GUARD},
    {"OR REPLACE of a view", HIDDEN("CREATE OR REPLACE VIEW names AS SELECT ''::text AS name"),
     GUARD},
    {"OR REPLACE of a function",
     HIDDEN("CREATE OR REPLACE FUNCTION bump() RETURNS int LANGUAGE "
            "sql AS 'SELECT 2'"),
     GUARD},
    {"DROP FUNCTION CASCADE", HIDDEN("DROP FUNCTION note() CASCADE"), GUARD},
    {"RENAME of a function", HIDDEN("ALTER FUNCTION bump() RENAME TO jump"), GUARD},
    {"ADD VALUE", HIDDEN("ALTER TYPE mood ADD VALUE 'angry'"), GUARD},
    {"DROP TYPE", HIDDEN("DROP TYPE mood"), GUARD},
    {"RENAME of a namespace", HIDDEN("ALTER SCHEMA billing RENAME TO charging"), GUARD},
    {"DROP SCHEMA CASCADE", HIDDEN("DROP SCHEMA billing CASCADE"), GUARD},
    {"DROP SEQUENCE", HIDDEN("DROP SEQUENCE tickets"), GUARD},
    {"TRUNCATE", HIDDEN("TRUNCATE logs"), GUARD},
    {"LOCK TABLE", HIDDEN("LOCK TABLE users IN ACCESS EXCLUSIVE MODE; INSERT INTO mine VALUES (1)"),
     GUARD},
    /* data */
    {"INSERT, hidden", HIDDEN("INSERT INTO logs VALUES ('x')"), GUARD},
    {"UPDATE, hidden, declared", HIDDEN("UPDATE users SET age = 3"), ALLOWED, "users"},
    {"COPY FROM", HIDDEN("COPY logs FROM PROGRAM 'echo x'"), GUARD},
    {"setval", "SELECT setval('tic' || 'kets', 99);", GUARD},
    {"nextval", HIDDEN("INSERT INTO mine VALUES (nextval('tickets'))"), GUARD},
    {"function that writes",
     "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'DELETE FROM logs'; "
     "INSERT INTO mine VALUES (1); END $$; SELECT f();",
     GUARD},
    {"trigger on an own table that writes elsewhere",
     "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'INSERT INTO logs "
     "VALUES (1)'; RETURN NEW; END $$; CREATE TRIGGER t BEFORE INSERT ON mine FOR EACH ROW "
     "EXECUTE FUNCTION f(); INSERT INTO mine VALUES (1);",
     GUARD},
    {"deferred trigger that writes at COMMIT",
     "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'INSERT INTO logs "
     "VALUES (1)'; RETURN NEW; END $$; CREATE CONSTRAINT TRIGGER t AFTER INSERT ON mine DEFERRABLE "
     "INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION f(); INSERT INTO mine VALUES (1);",
     GUARD},
    {"rule on an own table that writes elsewhere",
     HIDDEN("CREATE RULE r AS ON INSERT TO mine DO ALSO INSERT INTO logs VALUES ('x')")
         HIDDEN("INSERT INTO mine VALUES (1)"),
     GUARD},
    {"own view over their table",
     "CREATE VIEW through AS SELECT what FROM logs; INSERT INTO "
     "through VALUES ('x');",
     GUARD},
    {"CTE that writes",
     HIDDEN("WITH w AS (INSERT INTO logs VALUES ('x') RETURNING what) INSERT INTO "
            "mine SELECT 1 FROM w"),
     GUARD},
    {"the owner's own trigger", "INSERT INTO users (name) VALUES ('x');", ALLOWED, "users"},
    {"the owner's own cascade", "DELETE FROM users;", ALLOWED, "users"},
    /* round the back */
    {"savepoint of a block",
     "DO $$ BEGIN BEGIN EXECUTE 'ALTER TABLE users ADD x int'; EXCEPTION "
     "WHEN division_by_zero THEN NULL; END; END $$;",
     GUARD},
    {"savepoint of a block that rolls back",
     "DO $$ BEGIN BEGIN EXECUTE 'ALTER TABLE users ADD x int'; PERFORM 1 / 0; EXCEPTION WHEN "
     "division_by_zero THEN NULL; END; INSERT INTO mine VALUES (1); END $$;",
     ALLOWED},
    {"search_path",
     "CREATE SCHEMA traps; " HIDDEN("SET search_path = traps, public")
         HIDDEN("ALTER TABLE users ADD x int"),
     GUARD},
    {"operators of an own namespace",
     "CREATE SCHEMA traps; CREATE FUNCTION traps.never(oid, oid) RETURNS boolean LANGUAGE sql AS "
     "'SELECT FALSE'; CREATE OPERATOR traps.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = "
     "traps.never); SET search_path = traps, pg_catalog, public; " HIDDEN(
         "ALTER TABLE users ADD x int"),
     GUARD},
    {"role without rights", HIDDEN("ALTER TABLE users ADD x int") "SET ROLE pg_database_owner;",
     GUARD},
    {"temporary table of the same name",
     "CREATE TEMP TABLE users (id int); INSERT INTO "
     "pg_temp.users VALUES (1);",
     ALLOWED},
    {"DROP OWNED", HIDDEN("DROP OWNED BY CURRENT_USER CASCADE"), SP_ERROR_STATEMENT},
    {"event trigger",
     "CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN NULL; "
     "END $$; " HIDDEN("CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION e()"),
     ALLOWED},
    {"CREATE EXTENSION", HIDDEN("CREATE EXTENSION dblink"), ALLOWED},
    {"direct change of the catalog",
     HIDDEN("UPDATE pg_class SET reltuples = 7 WHERE relname = "
            "'users'"),
     GUARD},
    {"large object", "SELECT lo_create(0);", ALLOWED},
    {"ALTER DEFAULT PRIVILEGES",
     HIDDEN("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC"), ALLOWED},
    /* the host's */
    {"the ledger", HIDDEN("DELETE FROM extension_digests"), GUARD},
    {"the records of ownership", HIDDEN("UPDATE extension_objects SET extension_id = 'rogue'"),
     GUARD},
    {"trigger on the ledger", HIDDEN("CREATE INDEX sneaky ON extension_migrations (name)"), GUARD},
    {"the guard",
     HIDDEN("CREATE OR REPLACE FUNCTION extension_guard(v_guard jsonb) RETURNS int "
            "LANGUAGE plpgsql AS 'BEGIN RETURN 0; END'"),
     GUARD},
    {"the note of what was written before",
     "DO $do$ BEGIN EXECUTE 'GRANT SELECT ON users TO PUBLIC'; PERFORM set_config('sp_host.noted', "
     "repeat('0', 64) || jsonb_build_object('pg_class', "
     "jsonb_build_array(pg_stat_get_xact_tuples_inserted('pg_class'::regclass), "
     "pg_stat_get_xact_tuples_updated('pg_class'::regclass))), FALSE); END $do$;",
     GUARD},
    /* nobody's */
    {"nobody's table, in plain sight", "ALTER TABLE stray ADD x int;", ALLOWED},
    {"nobody's table", HIDDEN("ALTER TABLE stray ADD x int"), GUARD},
    {"nobody's rows", HIDDEN("INSERT INTO stray VALUES (1)"), GUARD},
    {"a new table", HIDDEN("CREATE TABLE fresh (id serial)"), ALLOWED},
};

/* The code that an attempt ends with. */
static int
outcome_of(const char *database, const Attempt *attempt)
{
    const struct sp_migration migrations[] = {{.version = 1, .name = "try", .sql = attempt->sql}};
    const char *tables[] = {attempt->declares};
    const struct sp_dependency dependencies[] = {{.id = "users"}};
    struct sp_extension_vtable rogue = {
        .id = "rogue", .schemas = SP_LIST(mine_schemas), .migrations = SP_LIST(migrations)};
    if (attempt->declares != NULL)
        rogue.cross_extension_tables = (struct sp_list)SP_LIST(tables);
    if (attempt->depends)
        rogue.dependencies = (struct sp_list)SP_LIST(dependencies);
    g_autoptr(SpDeclared) declared = sp_test_declared(SP_TEST_VTABLES(&users, &rogue));
    const GPtrArray *refusals = sp_findings_refusals(sp_declared_get_findings(declared));
    if (refusals->len > 0)
        return ((GError *)g_ptr_array_index(refusals, 0))->code;
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&users, &rogue));
    if (install.error == NULL)
        return ALLOWED;
    const char *detail = sp_error_detail(install.error);
    g_printerr("    %s: %s\n", install.error->message, detail ? detail : "");
    cr_expect_str_eq(sp_error_get_place(install.error)->extension, "rogue");
    return install.error->code;
}

static char *
prepared_database(void)
{
    char *database = sp_test_database();
    sp_test_execute(database, "CREATE TABLE stray (id int)");
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&users));
    sp_assert_installed(install);
    return database;
}

static void
run_share(guint share, guint n_shares)
{
    for (guint i = share; i < G_N_ELEMENTS(attempts); i += n_shares) {
        const Attempt *attempt = &attempts[i];
        g_autofree char *database = prepared_database();
        int outcome = outcome_of(database, attempt);
        cr_expect_eq(outcome, attempt->expected, "%s: %s instead of %s", attempt->what,
                     outcome < 0 ? "allowed" : sp_error_code_nick((SpErrorCode)outcome),
                     attempt->expected < 0 ? "allowed"
                                           : sp_error_code_nick((SpErrorCode)attempt->expected));
        sp_assert_value(database,
                        "SELECT count(*) FROM extension_migrations WHERE extension_id = "
                        "'rogue'",
                        outcome < 0 ? "1" : "0");
    }
}

Test(torture, first_half)
{
    run_share(0, 2);
}

Test(torture, second_half)
{
    run_share(1, 2);
}
