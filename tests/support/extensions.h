/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Extensions for tests, made from vtables in the test itself. */
#pragma once

#include "model/extension.h"

#include <sp/extension.h>

/** The initialiser of a struct sp_list: .seeds = SP_TEST_LIST(struct sp_seed, {"a", "..."}, {"b",
 * "..."}) */
#define SP_TEST_LIST(type, ...) SP_LIST(((type[]){__VA_ARGS__}))

/**
 * Fills what every vtable needs and this one leaves unset: ABI, struct_size, the id as name,
 * version "1.0.0". The id stays as it is, and so does the priority: 0 is one.
 */
struct sp_extension_vtable sp_test_vtable(const struct sp_extension_vtable *vtable);

/** (transfer full): of a vtable that sp_test_vtable() completes; its path is "/plugins/ID.so".
 * Fails the test, with every reason, when anything is refused. */
SpExtension *sp_test_extension(const struct sp_extension_vtable *vtable);

/** (transfer full): likewise one with a database role. */
SpExtension *sp_test_extension_with_role(const struct sp_extension_vtable *vtable,
                                         const char *role_prefix);

/** (transfer full) (nullable): likewise from @path, and what is refused stands in @findings. */
SpExtension *sp_test_extension_at(const struct sp_extension_vtable *vtable, const char *path,
                                  SpFindings *findings);
