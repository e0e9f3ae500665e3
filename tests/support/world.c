/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "world.h"

#include <criterion/criterion.h>

const struct sp_extension_vtable users = {
    .id = "users",
    .schemas = SCHEMA("CREATE TABLE IF NOT EXISTS users (id bigint PRIMARY KEY, name text);\n"
                      "CREATE SCHEMA IF NOT EXISTS billing;\n"
                      "CREATE TABLE IF NOT EXISTS billing.invoices (id bigint);\n"
                      "CREATE SEQUENCE IF NOT EXISTS tickets;\n"
                      "CREATE TYPE mood AS ENUM ('fine');\n"
                      "CREATE INDEX IF NOT EXISTS users_name ON users (name);\n"
                      "CREATE OR REPLACE VIEW names AS SELECT name FROM users;\n"
                      "CREATE OR REPLACE FUNCTION touch(a int) RETURNS int LANGUAGE sql AS "
                      "'SELECT 1';\n"
                      "CREATE OR REPLACE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS "
                      "'BEGIN RETURN NEW; END';\n"
                      "CREATE OR REPLACE TRIGGER stamped BEFORE UPDATE ON users FOR EACH ROW "
                      "EXECUTE FUNCTION stamp();\n"),
};

World *
world_new(const struct sp_extension_vtable *const *vtables, const char *const *disabled)
{
    g_autoptr(GPtrArray) extensions =
        g_ptr_array_new_with_free_func((GDestroyNotify)sp_extension_unref);
    g_autoptr(SpFindings) lints = sp_findings_new();
    World *world = g_new0(World, 1);
    for (guint i = 0; vtables[i] != NULL; i++)
        g_ptr_array_add(extensions, sp_test_extension(vtables[i]));
    world->findings = sp_findings_new();
    world->registry = sp_registry_new(extensions, disabled, lints);
    world->prepared = g_ptr_array_new_with_free_func((GDestroyNotify)sp_prepared_free);
    world->disabled = g_ptr_array_new_with_free_func((GDestroyNotify)sp_prepared_free);
    for (guint i = 0; i < sp_registry_get_n(world->registry); i++)
        g_ptr_array_add(world->prepared,
                        sp_prepared_new(sp_registry_get(world->registry, i), 0, lints));
    const GPtrArray *off = sp_registry_get_disabled(world->registry);
    for (guint i = 0; i < off->len; i++)
        g_ptr_array_add(world->disabled, sp_prepared_new(g_ptr_array_index(off, i), 0, lints));
    world->ownership =
        sp_ownership_new(world->registry, world->prepared, world->disabled, NULL, world->findings);
    return world;
}

void
world_free(World *world)
{
    sp_ownership_free(world->ownership);
    sp_findings_free(world->findings);
    g_ptr_array_unref(world->disabled);
    g_ptr_array_unref(world->prepared);
    sp_registry_free(world->registry);
    g_free(world);
}

void
world_assert_codes(const World *world, const char *refusals, const char *warnings)
{
    g_autofree char *refused = sp_test_codes(sp_findings_refusals(world->findings));
    g_autofree char *warned = sp_test_codes(sp_findings_warnings(world->findings));
    cr_assert_str_eq(refused, refusals);
    cr_assert_str_eq(warned, warnings);
}
