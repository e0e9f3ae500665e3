/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The example plugins as they are built, discovered by the host and installed. */
#include "act/discover.h"
#include "act/doctor.h"
#include "base/error.h"
#include "support/cluster.h"
#include "support/install.h"
#include "support/plugins.h"

#include <criterion/criterion.h>

typedef struct {
    SpDiscovery *discovery;
    SpDeclared *declared;
    SpSession *session;
    SpFindings *findings;
    SpReport *report;
    GError *error;
} Example;

static void
example_clear(Example *this)
{
    sp_report_free(this->report);
    sp_session_close(this->session);
    sp_declared_free(this->declared);
    sp_discovery_free(this->discovery);
    sp_findings_free(this->findings);
    g_clear_error(&this->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Example, example_clear)

static SpDeclared *
declare(const SpDiscovery *discovery)
{
    static const char *const nothing[] = {NULL};
    return sp_declared_new(sp_discovery_get_extensions(discovery),
                           &(SpDeclaredOptions){.disabled = nothing});
}

static SpDiscovery *
discover(const char *directory)
{
    const char *const directories[] = {directory, NULL};
    SpDiscoverOptions options = {
        .directories = directories, .executable = SP_HOST_EXECUTABLE, .load_timeout_ms = 20000};
    g_autoptr(GError) error = NULL;
    SpDiscovery *discovery = sp_discover(&options, &error);
    cr_assert_not_null(discovery, "%s", error ? error->message : "");
    return discovery;
}

static Example
install_from(const char *directory, const char *database)
{
    Example this = {.discovery = discover(directory), .findings = sp_findings_new()};
    this.declared = declare(this.discovery);
    const GPtrArray *refusals = sp_findings_refusals(sp_declared_get_findings(this.declared));
    cr_assert_eq(refusals->len, 0);
    this.session = sp_test_session(database);
    SpInstallOptions options = {.lock_wait_ms = 1000};
    sp_install(this.session, this.declared, &options, NULL, this.findings, &this.report,
               &this.error);
    cr_assert_null(this.error, "%s", this.error ? this.error->message : "");
    return this;
}

static Example
install_examples(const char *database)
{
    return install_from(SP_EXAMPLES, database);
}

static guint
changes(const Example *this)
{
    return sp_steps_summarise(sp_report_get_steps(this->report),
                              sp_declared_get_registry(this->declared))
        .changed;
}

Test(examples, are_all_accepted_by_the_host_without_a_warning)
{
    g_autoptr(SpDiscovery) discovery = discover(SP_EXAMPLES);
    g_autoptr(SpDeclared) declared = declare(discovery);
    cr_assert_eq(sp_registry_get_n(sp_declared_get_registry(declared)), SP_N_EXAMPLES);
    cr_assert_eq(sp_findings_warnings(sp_declared_get_findings(declared))->len, 0);
}

Test(examples, install_into_a_fresh_database_and_then_have_nothing_to_do)
{
    g_autofree char *database = sp_test_database();
    g_auto(Example) first = install_examples(database);
    cr_assert_gt(changes(&first), SP_N_EXAMPLES);
    g_auto(Example) second = install_examples(database);
    cr_assert_eq(changes(&second), 0);
}

static const char *const ids[] = {"audit",   "billing", "currencies", "links", "notes", "orders",
                                  "reports", "search",  "tags",       "users", NULL};

static guint
troubles(const Example *this)
{
    const SpDoctorOptions options = {.known = ids, .knows_all = TRUE};
    g_autoptr(GError) error = NULL;
    g_autoptr(SpDiagnosis) diagnosis =
        sp_doctor_examine(this->session, this->declared, &options, &error);
    cr_assert_not_null(diagnosis, "%s", error ? error->message : "");
    const GPtrArray *found = sp_diagnosis_sort(diagnosis);
    for (guint i = 0; i < found->len; i++)
        cr_log_warn("%s", ((const SpTrouble *)g_ptr_array_index(found, i))->message);
    return found->len;
}

Test(examples, are_healthy_after_an_install)
{
    g_autofree char *database = sp_test_database();
    g_auto(Example) install = install_examples(database);
    cr_expect_eq(troubles(&install), 0);
}

/* Everything that a database of the original system had before these plugins came. */
static void
make_legacy(const char *database)
{
    g_autofree char *sql = NULL;
    cr_assert(g_file_get_contents(SP_LEGACY "/orders_1_0_0.sql", &sql, NULL, NULL));
    g_auto(GStrv) statements = g_strsplit(sql, ";\n", -1);
    for (guint i = 0; statements[i] != NULL; i++)
        sp_test_execute(database, statements[i]);
}

Test(examples, upgrade_a_legacy_database_whose_index_needs_a_column_of_a_migration)
{
    g_autofree char *database = sp_test_database();
    make_legacy(database);
    g_auto(Example) install = install_examples(database);
    sp_assert_value(database, "SELECT count(*) FROM orders WHERE due_on IS NOT NULL", "3");
    sp_assert_value(database,
                    "SELECT count(*) > 0 FROM pg_indexes WHERE tablename = 'orders' "
                    "AND indexdef LIKE '%due_on%'",
                    "t");
    sp_assert_value(database,
                    "SELECT string_agg(version::text, ',' ORDER BY version) "
                    "FROM extension_migrations WHERE extension_id = 'orders'",
                    "1,2,3");
    sp_assert_value(database,
                    "SELECT applied_at < '2025-01-01' FROM extension_migrations "
                    "WHERE id = 'orders_001'",
                    "t");
    cr_expect_eq(troubles(&install), 0);
    g_auto(Example) again = install_examples(database);
    cr_assert_eq(changes(&again), 0);
}

Test(examples, retire_a_trigger_before_a_migration_can_fire_it)
{
    g_autofree char *database = sp_test_database();
    make_legacy(database);
    sp_assert_value(database, "SELECT count(*) FROM pg_trigger WHERE tgname = 'orders_note_change'",
                    "1");
    g_auto(Example) install = install_examples(database);
    sp_assert_value(database,
                    "SELECT (SELECT count(*) FROM pg_trigger WHERE tgname = 'orders_note_change') "
                    "+ (SELECT count(*) FROM pg_proc WHERE proname = 'orders_note_change')",
                    "0");
}

Test(examples, leave_a_tombstone_out_of_the_ledger)
{
    g_autofree char *database = sp_test_database();
    g_auto(Example) install = install_examples(database);
    sp_assert_value(database,
                    "SELECT string_agg(version::text, ',') FROM extension_migrations "
                    "WHERE extension_id = 'search'",
                    "1");
}

/* Columns as a set: a fresh table and an upgraded one may have them in another order. */
static const char *const shape_query =
    "SELECT string_agg(row, E'\\n' ORDER BY row) FROM ("
    "SELECT format('%s.%s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), "
    "a.attnotnull) AS row FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
    "WHERE c.relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'billing')) "
    "AND a.attnum > 0 AND NOT a.attisdropped AND c.relname NOT LIKE 'idx_extension_migrations%'"
    ") AS rows";

Test(examples, end_in_the_same_shape_fresh_and_upgraded)
{
    g_autofree char *fresh = sp_test_database();
    g_autofree char *legacy = sp_test_database();
    make_legacy(legacy);
    g_auto(Example) first = install_examples(fresh);
    g_auto(Example) second = install_examples(legacy);
    g_autofree char *expected = sp_test_value(fresh, shape_query);
    sp_assert_value(legacy, shape_query, expected);
}

Test(examples, built_with_the_header_of_abi_1_0_install_on_this_host)
{
    g_autofree char *database = sp_test_database();
    char *directory = sp_test_plugins_new();
    g_autofree char *plugin = sp_test_put_fixture(directory, "abi_minor_0", NULL);
    g_auto(Example) install = install_from(directory, database);
    sp_assert_value(database, "SELECT body FROM old_notes", "old");
    sp_assert_value(database, "SELECT string_agg(id, ',') FROM extension_migrations",
                    "abi_minor_0_001");
    g_auto(Example) again = install_from(directory, database);
    cr_assert_eq(changes(&again), 0);
    sp_test_plugins_free(directory);
}
