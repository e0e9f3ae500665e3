/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/interruption.h"

#include "base/error.h"
#include "support/cluster.h"
#include "support/findings.h"
#include "support/install.h"

#include <criterion/criterion.h>

typedef struct sp_extension_vtable Vtable;

#define SCHEMA(text) SP_TEST_LIST(struct sp_schema, {.sql = (text), .source = "schema.sql"})
#define MIGRATIONS(...) SP_TEST_LIST(struct sp_migration, __VA_ARGS__)
#define SEED(text) SP_TEST_LIST(struct sp_seed, {.id = "one", .sql = (text)})
#define TABLES                                 \
    "CREATE TABLE IF NOT EXISTS t (id int);\n" \
    "CREATE TABLE IF NOT EXISTS u (id int);\n" \
    "CREATE TABLE IF NOT EXISTS v (id int);"
#define INDEX "CREATE INDEX IF NOT EXISTS i ON t (id);"

static const Vtable tables = {.id = "x", .schemas = SCHEMA(TABLES)};
static const Vtable indexed = {.id = "x", .schemas = SCHEMA(TABLES INDEX)};
static const Vtable migrated = {
    .id = "x",
    .migrations = MIGRATIONS({.version = 1, .name = "a", .sql = "CREATE TABLE t (id int)"},
                             {.version = 2, .name = "b", .sql = "ALTER TABLE t ADD b int"},
                             {.version = 3, .name = "c", .sql = "ALTER TABLE t ADD c int"}),
    .seeds = SEED("UPDATE t SET b = 1 WHERE b = 0"),
};
/* In the middle; behind the build and the dropping, but not behind the two that travel with their
 * marks; and when it is applied. */
static const Vtable alone = {
    .id = "x",
    .migrations = MIGRATIONS({.version = 1,
                              .name = "a",
                              .flags = SP_MIGRATION_NO_TRANSACTION,
                              .sql = "CREATE TABLE t (id int); INSERT INTO t VALUES (1);"
                                     "CREATE INDEX CONCURRENTLY i ON t (id);"
                                     "DROP INDEX CONCURRENTLY IF EXISTS j"}),
};
static const Vtable empty = {.id = "x"};

static const struct {
    const Vtable *vtable;
    guint n_cuts;
    const char *objects; /* in public, but for those of the host */
} cases[] = {
    {&tables, 1, "t u v"}, {&indexed, 2, "i t u v"}, {&migrated, 4, "t"},
    {&alone, 4, "i t"},    {&empty, 0, ""},
};

static guint
interrupt(const char *database, const Vtable *vtable, SpFindings *findings)
{
    g_autoptr(SpDeclared) declared = sp_test_declared(SP_TEST_VTABLES(vtable));
    g_autoptr(SpSession) watcher = sp_test_session(database);
    g_autoptr(GError) error = NULL;
    const SpTrialPlace place = {NULL, watcher, findings};
    guint n_cuts = 0;
    gboolean is_done = FALSE;
    cr_assert(sp_interruption_run(database, declared, &place, &n_cuts, &is_done, &error), "%s",
              error ? error->message : "");
    cr_expect(is_done);
    return n_cuts;
}

Test(interruption, cuts_where_it_says_and_leaves_no_trace_but_the_schema)
{
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *database = sp_test_database();
        g_autoptr(SpFindings) findings = sp_findings_new();
        cr_expect_eq(interrupt(database, cases[i].vtable, findings), cases[i].n_cuts, "case %u", i);
        cr_expect_eq(sp_findings_refusals(findings)->len, 0);
        sp_assert_value(database,
                        "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class "
                        "WHERE relnamespace = 'public'::regnamespace AND length(relname) = 1",
                        cases[i].objects);
        sp_assert_value(
            database,
            "SELECT (SELECT count(*) FROM pg_namespace WHERE nspname ~ 'trap') + "
            "(SELECT count(*) FROM pg_event_trigger) + (SELECT count(*) FROM pg_trigger "
            "WHERE NOT tgisinternal)",
            "0");
    }
}

/* The first install was cut off, so its statement is not known to be done. */
Test(interruption, ends_with_what_the_server_refuses)
{
    const Vtable twice = {
        .id = "x",
        .migrations = MIGRATIONS({.version = 1,
                                  .name = "a",
                                  .flags = SP_MIGRATION_NO_TRANSACTION,
                                  .sql = "CREATE TABLE t (id int); CREATE INDEX i ON t (id);"
                                         "DROP INDEX CONCURRENTLY i"}),
    };
    g_autofree char *database = sp_test_database();
    g_autoptr(SpDeclared) declared = sp_test_declared(SP_TEST_VTABLES(&twice));
    g_autoptr(SpSession) watcher = sp_test_session(database);
    g_autoptr(SpFindings) findings = sp_findings_new();
    const SpTrialPlace place = {NULL, watcher, findings};
    guint n_cuts = 0;
    gboolean is_done = TRUE;
    cr_assert(sp_interruption_run(database, declared, &place, &n_cuts, &is_done, NULL));
    cr_expect_not(is_done);
    cr_expect_eq(n_cuts, 2);
    const GError *error = sp_test_only(sp_findings_refusals(findings));
    cr_expect_eq(sp_error_get_place(error)->statement, 3);
}
