/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/needed.h"

#include "support/extensions.h"

#include <criterion/criterion.h>

#define NEEDS(...) SP_TEST_LIST(struct sp_dependency, __VA_ARGS__)

static void
add(GPtrArray *extensions, const struct sp_extension_vtable *vtable)
{
    g_ptr_array_add(extensions, sp_test_extension(vtable));
}

Test(needed, takes_what_is_needed_through_others_and_nothing_else)
{
    g_autoptr(GPtrArray) given = g_ptr_array_new_with_free_func((GDestroyNotify)sp_extension_unref);
    g_autoptr(GPtrArray) at_hand =
        g_ptr_array_new_with_free_func((GDestroyNotify)sp_extension_unref);
    add(given, &(struct sp_extension_vtable){
                   .id = "orders", .dependencies = NEEDS({.id = "billing"}, {.id = "absent"})});
    add(at_hand, &(struct sp_extension_vtable){
                     .id = "billing",
                     .dependencies =
                         NEEDS({.id = "users"}, {.id = "audit", .flags = SP_DEPENDENCY_OPTIONAL})});
    add(at_hand, &(struct sp_extension_vtable){.id = "orders"});
    add(at_hand, &(struct sp_extension_vtable){.id = "audit"});
    add(at_hand,
        &(struct sp_extension_vtable){.id = "users", .dependencies = NEEDS({.id = "billing"})});
    add(at_hand, &(struct sp_extension_vtable){.id = "stranger"});
    g_autoptr(GPtrArray) set = sp_extensions_complete(given, at_hand);
    g_autoptr(GString) ids = g_string_new(NULL);
    for (guint i = 0; i < set->len; i++)
        g_string_append_printf(ids, "%s ", sp_extension_get_id(g_ptr_array_index(set, i)));
    cr_expect_str_eq(ids->str, "orders billing users audit ");
    cr_expect_eq(g_ptr_array_index(set, 0), g_ptr_array_index(given, 0));
}
