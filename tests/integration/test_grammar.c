/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Migrations for a newer server than what the host can read. */
#include "act/batch.h"
#include "act/ledger.h"
#include "act/migrate.h"
#include "base/error.h"
#include "model/grammar.h"
#include "support/cluster.h"
#include "support/findings.h"
#include "support/install.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct sp_schema orders_schemas[] = {
    {.sql = "CREATE TABLE IF NOT EXISTS orders (id int PRIMARY KEY, name text);"},
};
static const struct sp_extension_vtable orders = {.id = "orders",
                                                  .schemas = SP_LIST(orders_schemas)};

Test(grammar, too_new_for_the_server_is_refused_before_the_first_write)
{
    static const struct sp_migration migrations[] = {
        {.version = 1, .name = "one", .sql = "-- @grammar: 999\nCREATE TABLE made (id int)"},
    };
    const struct sp_extension_vtable shop = {
        .id = "shop", .schemas = SP_LIST(orders_schemas), .migrations = SP_LIST(migrations)};
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&shop));
    cr_assert(g_error_matches(install.error, SP_ERROR, SP_ERROR_SERVER_TOO_OLD));
    cr_expect_eq(sp_error_exit_status(install.error), SP_EXIT_REFUSED);
    cr_expect_not_null(strstr(sp_error_detail(install.error), "999"));
    sp_assert_value(
        database, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace", "0");
}

/* What the server reads, and this parser does not: it bounds how deep a text may nest. */
static char *
deep(const char *statement)
{
    g_autoptr(GString) sql = g_string_new("-- @grammar: 999\n");
    g_string_append_printf(sql, "%s;\nINSERT INTO made SELECT ", statement);
    for (guint i = 0; i < 600; i++)
        g_string_append_c(sql, '(');
    g_string_append_c(sql, '7');
    for (guint i = 0; i < 600; i++)
        g_string_append_c(sql, ')');
    return g_string_free(g_steal_pointer(&sql), FALSE);
}

/* Runs the steps of a plan without asking how new the server is: no server is as new as the
 * directive has to name. */
static gboolean
run_unread(const char *database, const char *sql, GError **error)
{
    static const char *const nothing[] = {NULL};
    const struct sp_migration migrations[] = {{.version = 1, .name = "one", .sql = sql}};
    const struct sp_extension_vtable shop = {.id = "shop", .migrations = SP_LIST(migrations)};
    g_auto(SpTestInstall) before = sp_test_install(database, SP_TEST_VTABLES(&orders));
    sp_assert_installed(before);
    g_autoptr(GPtrArray) extensions =
        g_ptr_array_new_with_free_func((GDestroyNotify)sp_extension_unref);
    g_ptr_array_add(extensions, sp_test_extension(&orders));
    g_ptr_array_add(extensions, sp_test_extension(&shop));
    g_autoptr(SpDeclared) declared =
        sp_declared_new(extensions, &(SpDeclaredOptions){nothing, .takes_newer_grammar = TRUE});
    g_autofree char *refusals =
        sp_test_codes(sp_findings_refusals(sp_declared_get_findings(declared)));
    cr_assert_str_eq(refusals, "");
    g_autoptr(SpHistory) history = sp_ledger_read(before.session, declared, error);
    cr_assert_not_null(history);
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(SpPlan) plan = sp_plan_new(declared, history, &(SpPlanOptions){FALSE}, findings);
    sp_grammar_check_steps(sp_plan_get_steps(plan), sp_session_get_server_version(before.session),
                           findings);
    const GError *refusal = sp_test_only(sp_findings_refusals(findings));
    cr_assert_eq(refusal->code, SP_ERROR_SERVER_TOO_OLD);
    g_autoptr(GPtrArray) pending = g_ptr_array_new();
    for (guint i = 0; i < sp_plan_get_steps(plan)->len; i++) {
        SpStep *step = g_ptr_array_index(sp_plan_get_steps(plan), i);
        if (step->kind == SP_STEP_MIGRATION)
            g_ptr_array_add(pending, step);
    }
    cr_assert_eq(pending->len, 1);
    const SpPatience patience = {.attempts = 1};
    return sp_batch_run(before.session, &(SpBatchOptions){0}, pending, &patience, error);
}

Test(grammar, unread_runs_and_is_recorded)
{
    g_autofree char *database = sp_test_database();
    g_autofree char *sql = deep("CREATE TABLE made (n int)");
    g_autoptr(GError) error = NULL;
    cr_assert(run_unread(database, sql, &error), "%s", error ? error->message : "");
    sp_assert_value(database, "SELECT n FROM made", "7");
    sp_assert_value(database,
                    "SELECT count(*) FROM extension_migrations WHERE extension_id = 'shop'", "1");
}

Test(grammar, unread_runs_under_the_guard)
{
    g_autofree char *database = sp_test_database();
    g_autofree char *sql = deep("CREATE TABLE made (n int); ALTER TABLE orders DROP COLUMN name");
    g_autoptr(GError) error = NULL;
    cr_assert_not(run_unread(database, sql, &error));
    cr_expect(g_error_matches(error, SP_ERROR, SP_ERROR_OWNERSHIP_VIOLATED), "%s", error->message);
    sp_assert_value(database, "SELECT to_regclass('made')", "");
}
