/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/proof.h"

#include "base/error.h"
#include "support/cluster.h"
#include "support/findings.h"
#include "support/install.h"

#include <criterion/criterion.h>

typedef struct sp_extension_vtable Vtable;

#define SCHEMA(text) SP_TEST_LIST(struct sp_schema, {.sql = (text), .source = "schema.sql"})

/* A table that one extension makes in a migration, and others use. */
static const Vtable users = {
    .id = "users",
    .migrations =
        SP_TEST_LIST(struct sp_migration, {.version = 1,
                                           .name = "one",
                                           .sql = "CREATE TABLE users (id int PRIMARY KEY)",
                                           .down_sql = "DROP TABLE users"}),
};
static const Vtable orders = {
    .id = "orders",
    .dependencies = SP_TEST_LIST(struct sp_dependency, {.id = "users"}),
    .migrations =
        SP_TEST_LIST(struct sp_migration, {.version = 1,
                                           .name = "one",
                                           .sql = "CREATE TABLE orders (id int REFERENCES users)",
                                           .down_sql = "DROP TABLE orders"}),
};

static SpProof *
prove(const SpDeclared *declared, const GPtrArray *given)
{
    g_autofree char *database = sp_test_database();
    g_autoptr(GError) error = NULL;
    SpProof *proof = sp_proof_new(database, declared, given, &error);
    cr_assert_null(error, "%s", error->message);
    return proof;
}

static GPtrArray *
all_of(const SpDeclared *declared)
{
    const SpRegistry *registry = sp_declared_get_registry(declared);
    GPtrArray *all = g_ptr_array_new();
    for (guint i = 0; i < sp_registry_get_n(registry); i++)
        g_ptr_array_add(all, (gpointer)sp_registry_get(registry, i));
    return all;
}

static char *
codes(const SpProof *proof, SpTrial trial)
{
    return sp_test_codes(sp_findings_refusals(sp_proof_get_findings(proof, trial)));
}

Test(proof, undoes_what_nobody_else_uses_and_notes_the_rest)
{
    g_autoptr(SpDeclared) declared = sp_test_declared(SP_TEST_VTABLES(&users, &orders));
    g_autoptr(GPtrArray) given = all_of(declared);
    g_autoptr(SpProof) proof = prove(declared, given);
    for (guint trial = 0; trial < SP_N_TRIALS; trial++) {
        g_autofree char *refused = codes(proof, trial);
        cr_expect_str_eq(refused, "");
        cr_expect(sp_proof_is_reached(proof, trial, "users"));
    }
    cr_expect_eq(sp_proof_get_n_undone(proof, "orders"), 1);
    cr_expect_eq(sp_proof_get_n_undone(proof, "users"), 0);
    g_autofree char *notes =
        sp_test_codes(sp_findings_notes(sp_proof_get_findings(proof, SP_TRIAL_DOWN_UP)));
    cr_expect_str_eq(notes, "object-in-use");
}

Test(proof, judges_only_those_given)
{
    const Vtable counting = {
        .id = "counting",
        .schemas = SCHEMA("CREATE TABLE IF NOT EXISTS counts (id int PRIMARY KEY, n int)"),
        .seeds = SP_TEST_LIST(struct sp_seed,
                              {"one", "INSERT INTO counts VALUES (1, 1) ON CONFLICT (id) DO UPDATE "
                                      "SET n = counts.n + 1"}),
    };
    g_autoptr(SpDeclared) declared = sp_test_declared(SP_TEST_VTABLES(&users, &counting));
    g_autoptr(GPtrArray) given = g_ptr_array_new();
    g_ptr_array_add(given, (gpointer)sp_registry_find(sp_declared_get_registry(declared), "users"));
    g_autoptr(SpProof) proof = prove(declared, given);
    g_autofree char *refused = codes(proof, SP_TRIAL_SECOND_BOOT);
    cr_expect_str_eq(refused, "");
    cr_expect_not(sp_proof_is_reached(proof, SP_TRIAL_DOWN_UP, "counting"));
    g_autoptr(GPtrArray) all = all_of(declared);
    g_autoptr(SpProof) of_all = prove(declared, all);
    g_autofree char *then = codes(of_all, SP_TRIAL_SECOND_BOOT);
    cr_expect_str_eq(then, "second-boot-changes");
}

Test(proof, lets_a_down_leave_what_a_schema_declares_or_many_share)
{
    const Vtable indexed = {
        .id = "indexed",
        .schemas = SCHEMA("CREATE TABLE IF NOT EXISTS things (id int);\n"
                          "CREATE INDEX IF NOT EXISTS things_by_id ON things (id)"),
        .migrations =
            SP_TEST_LIST(struct sp_migration,
                         {.version = 1,
                          .name = "one",
                          .sql = "CREATE INDEX IF NOT EXISTS things_by_id ON things (id);\n"
                                 "CREATE SCHEMA IF NOT EXISTS apart; CREATE TABLE apart.a (id int)",
                          .down_sql = "DROP TABLE apart.a"}),
    };
    g_autoptr(SpDeclared) declared = sp_test_declared(SP_TEST_VTABLES(&indexed));
    g_autoptr(GPtrArray) given = all_of(declared);
    g_autoptr(SpProof) proof = prove(declared, given);
    g_autofree char *refused = codes(proof, SP_TRIAL_DOWN_UP);
    cr_expect_str_eq(refused, "");
    cr_expect_eq(sp_proof_get_n_undone(proof, "indexed"), 1);
}

Test(proof, sees_what_a_down_does_not_alter_back_or_bring_back)
{
    const Vtable things = {
        .id = "things",
        .schemas = SCHEMA("CREATE TABLE IF NOT EXISTS things (id int, old int, size int)"),
        .migrations = SP_TEST_LIST(
            struct sp_migration,
            {.version = 1,
             .name = "one",
             .sql = "ALTER TABLE things ALTER COLUMN size TYPE bigint, DROP COLUMN IF EXISTS old",
             .down_sql = "SELECT 1"}),
    };
    g_autoptr(SpDeclared) declared = sp_test_declared(SP_TEST_VTABLES(&things));
    g_autoptr(GPtrArray) given = all_of(declared);
    g_autoptr(SpProof) proof = prove(declared, given);
    const SpFindings *findings = sp_proof_get_findings(proof, SP_TRIAL_DOWN_UP);
    const GError *error = sp_test_only(sp_findings_refusals(findings));
    cr_expect_eq(error->code, SP_ERROR_DOWN_UP);
    cr_expect_not_null(strstr(sp_error_detail(error), "\"public.things.old\" did not come back"));
    cr_expect_not_null(strstr(sp_error_detail(error), "\"public.things.size\" is still"));
}
