/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Extensions with a database role each, of which one changes what another one stands on. */
#include "act/doctor.h"
#include "base/error.h"
#include "support/cluster.h"
#include "support/install.h"
#include "support/roles.h"

#include <criterion/criterion.h>

static const struct sp_schema wide_schemas[] = {
    {.sql = "CREATE TABLE IF NOT EXISTS sales (id int PRIMARY KEY, net int, tax int);\n"
            "CREATE OR REPLACE VIEW totals AS SELECT id, net, tax FROM sales;"},
};
static const struct sp_schema narrow_schemas[] = {
    {.sql = "CREATE TABLE IF NOT EXISTS sales (id int PRIMARY KEY, net int, tax int);\n"
            "CREATE OR REPLACE VIEW totals AS SELECT id, net FROM sales;"},
};
static const struct sp_schema report_schemas[] = {
    {.sql = "CREATE OR REPLACE VIEW report AS SELECT id FROM totals;"},
};
static const struct sp_dependency on_shop[] = {{.id = "shop"}};
static const struct sp_extension_vtable reports = {
    .id = "reports", .dependencies = SP_LIST(on_shop), .schemas = SP_LIST(report_schemas)};
#define SHOP(list) (&(const struct sp_extension_vtable){.id = "shop", .schemas = SP_LIST(list)})
#define SAID_OF(name) \
    "SELECT relowner::regrole || ' ' || relacl::text FROM pg_class WHERE relname = '" name "'"

Test(roles, lend_the_owners_role_to_rebuild_the_views_of_others)
{
    g_auto(SpTestPlace) place = sp_test_place_new("rebuilds", "CREATEROLE");
    g_auto(SpTestInstall) first =
        sp_test_place_boot(&place, "rebuilds_", SP_TEST_VTABLES(SHOP(wide_schemas), &reports));
    sp_assert_installed(first);
    g_autofree char *totals = sp_test_value(place.admin, SAID_OF("totals"));
    g_autofree char *report = sp_test_value(place.admin, SAID_OF("report"));
    cr_assert(g_str_has_prefix(report, "rebuilds_reports "), "%s", report);
    g_auto(SpTestInstall) second =
        sp_test_place_boot(&place, "rebuilds_", SP_TEST_VTABLES(SHOP(narrow_schemas), &reports));
    sp_assert_installed(second);
    sp_assert_value(place.admin,
                    "SELECT count(*) FROM pg_attribute WHERE attrelid = "
                    "'totals'::regclass AND attnum > 0",
                    "2");
    sp_assert_value(place.admin, SAID_OF("totals"), totals);
    sp_assert_value(place.admin, SAID_OF("report"), report);
    sp_assert_value(place.admin,
                    "SELECT pg_has_role('rebuilds_shop', 'rebuilds_reports', 'MEMBER')", "f");
}

Test(roles, do_not_rebuild_a_view_of_nobody)
{
    g_auto(SpTestPlace) place = sp_test_place_new("rebuilds_not", "CREATEROLE");
    g_auto(SpTestInstall) first =
        sp_test_place_boot(&place, "rebuilds_not_", SP_TEST_VTABLES(SHOP(wide_schemas)));
    sp_assert_installed(first);
    sp_test_execute(place.admin, "CREATE VIEW mine AS SELECT id FROM totals");
    g_auto(SpTestInstall) second =
        sp_test_place_boot(&place, "rebuilds_not_", SP_TEST_VTABLES(SHOP(narrow_schemas)));
    cr_assert(g_error_matches(second.error, SP_ERROR, SP_ERROR_CANNOT_REBUILD));
    sp_assert_value(place.admin, "SELECT count(*) FROM mine", "0");
}

static const struct sp_schema early_schemas[] = {
    {.sql =
         "CREATE TABLE IF NOT EXISTS visits (id int PRIMARY KEY, sale_id int REFERENCES sales);"},
};
static const struct sp_dependency perhaps_on_shop[] = {
    {.id = "shop", .flags = SP_DEPENDENCY_OPTIONAL}};
static const struct sp_extension_vtable visits = {
    .id = "visits", .dependencies = SP_LIST(perhaps_on_shop), .schemas = SP_LIST(early_schemas)};

Test(roles, add_the_keys_between_extensions)
{
    g_auto(SpTestPlace) place = sp_test_place_new("keys", "CREATEROLE");
    g_auto(SpTestInstall) first = sp_test_place_boot(&place, "keys_", SP_TEST_VTABLES(&visits));
    sp_assert_installed(first);
    g_auto(SpTestInstall) second =
        sp_test_place_boot(&place, "keys_", SP_TEST_VTABLES(&visits, SHOP(wide_schemas)));
    sp_assert_installed(second);
    sp_assert_value(place.admin,
                    "SELECT convalidated FROM pg_constraint WHERE conrelid = 'visits'::regclass "
                    "AND confrelid = 'sales'::regclass",
                    "t");
}

static const struct sp_schema clerk_schemas[] = {
    {.sql = "CREATE OR REPLACE FUNCTION clerk() RETURNS void LANGUAGE sql AS "
            "'UPDATE sales SET tax = 0';"},
};
static const char *const clerk_tables[] = {"sales"};
static const struct sp_extension_vtable clerk = {.id = "clerk",
                                                 .schemas = SP_LIST(clerk_schemas),
                                                 .cross_extension_tables = SP_LIST(clerk_tables)};

Test(roles, are_nothing_that_a_doctor_complains_of)
{
    static const char *const known[] = {"shop", "clerk", "reports", NULL};
    const SpDoctorOptions options = {.known = known, .knows_all = TRUE};
    g_auto(SpTestPlace) place = sp_test_place_new("healthy", "CREATEROLE");
    const struct sp_extension_vtable *const *all =
        SP_TEST_VTABLES(SHOP(wide_schemas), &reports, &clerk);
    g_auto(SpTestInstall) first =
        sp_test_place_boot(&place, NULL, SP_TEST_VTABLES(SHOP(wide_schemas)));
    sp_assert_installed(first);
    g_auto(SpTestInstall) second =
        sp_test_place_boot(&place, "healthy_", SP_TEST_VTABLES(SHOP(wide_schemas)));
    sp_assert_installed(second);
    g_auto(SpTestInstall) third = sp_test_place_boot(&place, "healthy_", all);
    sp_assert_installed(third);
    g_autoptr(GError) error = NULL;
    g_autoptr(SpDiagnosis) diagnosis =
        sp_doctor_examine(third.session, third.declared, &options, &error);
    g_assert_no_error(error);
    const GPtrArray *troubles = sp_diagnosis_sort(diagnosis);
    for (guint i = 0; i < troubles->len; i++)
        cr_log_error("%s", ((const SpTrouble *)g_ptr_array_index(troubles, i))->identity);
    cr_assert_eq(troubles->len, 0);
}
