/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Extensions checked together, for tests of ownership. */
#pragma once

#include "extensions.h"
#include "findings.h"
#include "model/ownership.h"

/* What the lints say of the extensions is not looked at. */
typedef struct {
    SpRegistry *registry;
    GPtrArray *prepared, *disabled;
    SpFindings *findings; /* of ownership */
    SpOwnership *ownership;
} World;

/* Members of a vtable with one short text each. */
#define SCHEMA(text) SP_TEST_LIST(struct sp_schema, {.sql = (text), .source = "schema.sql"})
#define MIGRATION(text)               \
    SP_TEST_LIST(struct sp_migration, \
                 {.version = 1, .name = "one", .sql = (text), .source = "migration.sql"})
#define CROSS(...) SP_TEST_LIST(const char *, __VA_ARGS__)

/** (transfer full): @vtables and @disabled end with NULL. */
World *world_new(const struct sp_extension_vtable *const *vtables, const char *const *disabled);
void world_free(World *world);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)

/** With nothing disabled. */
#define WORLD(...) \
    world_new((const struct sp_extension_vtable *[]){__VA_ARGS__, NULL}, (const char *[]){NULL})

/** Fails the test unless these codes were found, joined by spaces. */
void world_assert_codes(const World *world, const char *refusals, const char *warnings);

/** Extension "users", which creates one object of many kinds; most tests have it beside another
 * one. */
extern const struct sp_extension_vtable users;
