/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Divergences, planted one at a time, and what looks like one and is none. */
#include "act/roads.h"

#include "base/error.h"
#include "support/install.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

/* The texts of one release; each may be absent. */
typedef struct {
    const char *schema;
    const char *migration, *down; /* version 1 */
    const char *second;           /* version 2 */
    const char *seed;
    gboolean is_without_transaction; /* the migrations */
} Release;

typedef struct {
    const char *what;
    Release older; /* without a schema: no road from an older release */
    Release current;
    const char *expected; /* "road code extension object", one a line */
} Case;

#define TABLE "CREATE TABLE IF NOT EXISTS t (id int PRIMARY KEY, n int);"
#define TABLE_WITH(column) "CREATE TABLE IF NOT EXISTS t (id int PRIMARY KEY, n int" column ");"
#define STAMPED(object) "stamped roads-differ things " object "\n"
#define UPGRADED(object) "from older roads-differ things " object "\n"

static const Case cases[] = {
    {"a column that the schema does not have",
     {0},
     {TABLE, "ALTER TABLE t ADD COLUMN IF NOT EXISTS extra int"},
     STAMPED("public.t.extra")},
    {"a column that no migration brings",
     {TABLE},
     {TABLE_WITH(", late int")},
     "from older column-not-there things late\n"},
    {"a default that no migration brings",
     {TABLE_WITH(", m int")},
     {TABLE_WITH(", m int DEFAULT 7")},
     UPGRADED("public.t.m")},
    {"another type", {TABLE_WITH(", m int")}, {TABLE_WITH(", m bigint")}, UPGRADED("public.t.m")},
    {"another nullability",
     {TABLE_WITH(", m int")},
     {TABLE_WITH(", m int NOT NULL")},
     UPGRADED("public.t.m")},
    {"an index of other columns under the old name",
     {TABLE "CREATE INDEX IF NOT EXISTS i ON t (n)"},
     {TABLE "CREATE INDEX IF NOT EXISTS i ON t (n, id)"},
     UPGRADED("public.i")},
    {"an index that the schema gave up",
     {TABLE "CREATE INDEX IF NOT EXISTS i ON t (n)"},
     {TABLE},
     UPGRADED("public.i")},
    {"an index of a migration alone",
     {0},
     {TABLE, "CREATE INDEX IF NOT EXISTS i ON t (n)"},
     STAMPED("public.i")},
    {"a view that the old release made otherwise",
     {TABLE "CREATE OR REPLACE VIEW v AS SELECT id FROM t"},
     {TABLE, "DO $$ BEGIN IF to_regclass('v') IS NULL THEN "
             "CREATE VIEW v AS SELECT n AS id FROM t; END IF; END $$"},
     UPGRADED("public.v")},
    {"a function that the old release made otherwise",
     {TABLE "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'"},
     {TABLE, "DO $$ BEGIN IF to_regproc('f') IS NULL THEN "
             "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2'; END IF; END $$"},
     UPGRADED("public.f()")},
    {"a constraint on one road",
     {TABLE_WITH(", m int")},
     {TABLE_WITH(", m int CHECK (m > 0)")},
     UPGRADED("t_m_check on public.t")},
    {"a constraint that is not validated everywhere",
     {0},
     {TABLE_WITH(", CONSTRAINT c CHECK (n > 0)"),
      "ALTER TABLE t DROP CONSTRAINT IF EXISTS c, ADD CONSTRAINT c CHECK (n > 0) NOT VALID"},
     STAMPED("c on public.t")},
    {"another order of labels",
     {"CREATE TYPE mood AS ENUM ('glad', 'sad');" TABLE},
     {"CREATE TYPE mood AS ENUM ('sad', 'glad');" TABLE},
     UPGRADED("public.mood")},
    {"a statement that does not survive an interruption",
     {0},
     {TABLE, "CREATE INDEX i ON t (n);\nDROP INDEX CONCURRENTLY i", .is_without_transaction = TRUE},
     "resumed statement-failed things \n"},
    {"a statement that an interruption doubles",
     {0},
     {TABLE "CREATE TABLE IF NOT EXISTS log (n int);",
      "DO $$ BEGIN INSERT INTO log VALUES (1); COMMIT; END $$", .is_without_transaction = TRUE},
     "resumed roads-differ things public.log\n" STAMPED("public.log")},
    {"a down that leaves something",
     {0},
     {TABLE, "ALTER TABLE t ADD COLUMN IF NOT EXISTS extra int", "SELECT 1"},
     "down-up down-up-differs things 001\n" STAMPED("public.t.extra")},
    {"a down that keeps the rows",
     {0},
     {TABLE, "INSERT INTO t SELECT coalesce(max(id), 0) + 1 FROM t", "SELECT 1"},
     "down-up down-up-differs things public.t\n" STAMPED("public.t")},
    {"a seed that adds rows at each boot",
     {0},
     {"CREATE TABLE IF NOT EXISTS t (id serial PRIMARY KEY, n int);",
      .seed = "INSERT INTO t (n) VALUES (1) ON CONFLICT DO NOTHING"},
     "booted-twice second-boot-changes things one\n"},
    {"rows that a migration inserts and no seed",
     {0},
     {TABLE, "INSERT INTO t VALUES (1, 1)"},
     STAMPED("public.t")},
    {"a row that an old seed left",
     {TABLE, .seed = "INSERT INTO t VALUES (1, 1), (2, 2) ON CONFLICT DO NOTHING"},
     {TABLE, .seed = "INSERT INTO t VALUES (1, 1) ON CONFLICT DO NOTHING"},
     UPGRADED("public.t")},
    {"a trigger on one road",
     {TABLE "CREATE OR REPLACE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW "
            "EXECUTE FUNCTION suppress_redundant_updates_trigger()"},
     {TABLE},
     UPGRADED("g on public.t")},
    {"a grant", {0}, {TABLE, "GRANT SELECT ON t TO PUBLIC"}, STAMPED("public.t")},
    {"a comment", {0}, {TABLE, "COMMENT ON COLUMN t.n IS 'number'"}, STAMPED("public.t.n")},
    {"row security", {0}, {TABLE, "ALTER TABLE t ENABLE ROW LEVEL SECURITY"}, STAMPED("public.t")},
    {"options of a sequence",
     {TABLE "CREATE SEQUENCE IF NOT EXISTS s"},
     {TABLE "CREATE SEQUENCE IF NOT EXISTS s INCREMENT 2"},
     UPGRADED("public.s")},
    {"a policy",
     {TABLE "CREATE POLICY p ON t USING (n > 0)"},
     {TABLE "CREATE POLICY p ON t USING (n > 1)"},
     UPGRADED("p on public.t")},
    {"how a column is stored",
     {0},
     {TABLE_WITH(", m text"), "ALTER TABLE t ALTER COLUMN m SET STORAGE EXTERNAL"},
     STAMPED("public.t.m")},
    {"a table that the schema gave up, as one",
     {TABLE "CREATE TABLE IF NOT EXISTS old (id int PRIMARY KEY, n int CHECK (n > 0));"},
     {TABLE},
     UPGRADED("public.old")},
    {"an edited migration",
     {TABLE, "ALTER TABLE t ADD COLUMN IF NOT EXISTS a int"},
     {TABLE_WITH(", a int"), "ALTER TABLE t ADD COLUMN IF NOT EXISTS a integer"},
     "from older migration-drift things 001\n"},
    /* and what is none */
    {"the order of columns",
     {TABLE},
     {TABLE_WITH(", a int, b int"), "ALTER TABLE t ADD COLUMN IF NOT EXISTS b int;"
                                    "ALTER TABLE t ADD COLUMN IF NOT EXISTS a int"},
     ""},
    {"names that PostgreSQL chose",
     {"CREATE TABLE IF NOT EXISTS u (id serial PRIMARY KEY, n int UNIQUE CHECK (n > 0));"
      "CREATE TABLE IF NOT EXISTS w (a int GENERATED ALWAYS AS IDENTITY);"},
     {"CREATE TABLE IF NOT EXISTS w (b int GENERATED ALWAYS AS IDENTITY);"
      "CREATE TABLE IF NOT EXISTS u (id int PRIMARY KEY, n int UNIQUE CHECK (n > 0), "
      "CHECK (n < 9));",
      "ALTER TABLE u ALTER COLUMN id DROP DEFAULT; DROP SEQUENCE IF EXISTS u_id_seq;"
      "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'u_n_check1') THEN "
      "ALTER TABLE u DROP CONSTRAINT u_n_check; ALTER TABLE u ADD CHECK (n < 9); "
      "ALTER TABLE u ADD CHECK (n > 0); ALTER TABLE w RENAME a TO b; END IF; END $$"},
     ""},
    {"a concurrent build that was cut off",
     {0},
     {TABLE "CREATE INDEX IF NOT EXISTS j ON t (n);",
      "CREATE INDEX CONCURRENTLY IF NOT EXISTS j ON t (n);\n"
      "DROP INDEX CONCURRENTLY IF EXISTS k",
      .is_without_transaction = TRUE},
     ""},
    {"an upgrade that is complete",
     {TABLE, .seed = "INSERT INTO t VALUES (1, 1) ON CONFLICT DO NOTHING"},
     {TABLE_WITH(", a int DEFAULT 1"), "ALTER TABLE t ADD COLUMN IF NOT EXISTS a int DEFAULT 1",
      "ALTER TABLE t DROP COLUMN a",
      .seed = "INSERT INTO t (id, n) VALUES (1, 1) ON CONFLICT DO NOTHING"},
     ""},
};

/* Each group has a cluster of its own, so that none gets too large. */
#define GROUP 6

static SpDeclared *
declare(const Release *release)
{
    guint32 flags = release->is_without_transaction ? SP_MIGRATION_NO_TRANSACTION : 0;
    struct sp_schema schema = {.sql = release->schema, .source = "schema.sql"};
    struct sp_migration migrations[] = {
        {.version = 1,
         .name = "one",
         .sql = release->migration,
         .down_sql = release->down,
         .flags = flags},
        {.version = 2, .name = "two", .sql = release->second, .flags = flags},
    };
    struct sp_seed seed = {.id = "one", .sql = release->seed};
    guint n_migrations = (release->migration != NULL) + (release->second != NULL);
    const struct sp_extension_vtable vtable = {
        .id = "things",
        .schemas = {&schema, 1, sizeof schema},
        .migrations = {migrations, n_migrations, sizeof migrations[0]},
        .seeds = {&seed, release->seed != NULL, sizeof seed},
    };
    SpDeclared *declared = sp_test_declared(SP_TEST_VTABLES(&vtable));
    const GPtrArray *refusals = sp_findings_refusals(sp_declared_get_findings(declared));
    cr_assert_eq(refusals->len, 0, "%s: %s", release->schema,
                 refusals->len ? ((GError *)g_ptr_array_index(refusals, 0))->message : "");
    return declared;
}

static SpRoads *
take(SpScratch *scratch, const SpDeclared *declared, const SpDeclared *older)
{
    SpRelease release = {.name = "from older", .declared = older};
    g_autoptr(GPtrArray) releases = g_ptr_array_new();
    g_autoptr(GError) error = NULL;
    if (older != NULL)
        g_ptr_array_add(releases, &release);
    const SpRoadsOptions options = {
        .declared = declared, .releases = releases, .stamps = older == NULL};
    SpRoads *roads = sp_roads_new(scratch, &options, &error);
    cr_assert_not_null(roads, "%s", error ? error->message : "");
    return roads;
}

/* What the message names: it stands in quotes. */
static char *
object_of(const GError *error)
{
    g_auto(GStrv) parts = g_strsplit(error->message, "\"", 3);
    gboolean is_numbered = parts[0] != NULL && strstr(parts[0], "migration 001") != NULL;
    if (is_numbered)
        return g_strdup("001");
    return g_strdup(error->code == SP_ERROR_STATEMENT || parts[0] == NULL ? "" : parts[1]);
}

static char *
describe(const SpRoads *roads)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < sp_roads_get_n(roads); i++) {
        const SpRoad *road = sp_roads_get(roads, i);
        const GPtrArray *refusals = sp_findings_refusals(road->findings);
        for (guint j = 0; j < refusals->len; j++) {
            const GError *error = g_ptr_array_index(refusals, j);
            g_autofree char *object = object_of(error);
            g_string_append_printf(text, "%s %s %s %s\n", road->name, sp_error_nick(error),
                                   sp_error_get_place(error)->extension, object);
        }
    }
    return g_string_free(text, FALSE);
}

ParameterizedTestParameters(roads, find_each_planted_divergence_and_nothing_else)
{
    static guint groups[(G_N_ELEMENTS(cases) + GROUP - 1) / GROUP];
    for (guint i = 0; i < G_N_ELEMENTS(groups); i++)
        groups[i] = i;
    return cr_make_param_array(guint, groups, G_N_ELEMENTS(groups));
}

ParameterizedTest(guint *group, roads, find_each_planted_divergence_and_nothing_else)
{
    g_autoptr(SpScratch) scratch = sp_scratch_new(NULL, NULL);
    for (guint i = *group * GROUP; i < MIN((*group + 1) * GROUP, G_N_ELEMENTS(cases)); i++) {
        g_autoptr(SpDeclared) current = declare(&cases[i].current);
        g_autoptr(SpDeclared) older = cases[i].older.schema ? declare(&cases[i].older) : NULL;
        g_autoptr(SpRoads) roads = take(scratch, current, older);
        g_autofree char *text = describe(roads);
        cr_expect_str_eq(text, cases[i].expected, "%s:\n%s", cases[i].what, text);
    }
}
