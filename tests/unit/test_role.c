/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/role_name.h"
#include "model/role_use.h"
#include "support/extensions.h"

#include <criterion/criterion.h>
#include <string.h>

Test(role, is_named_by_prefix_and_id)
{
    g_autofree char *role = sp_role_name("sp_", "users");
    g_autofree char *readers = sp_role_readers_name(role);
    cr_assert_str_eq(role, "sp_users");
    cr_assert_str_eq(readers, "sp_users.readers");
}

Test(role, of_a_long_id_is_cut_and_stays_its_own)
{
    g_autofree char *longest = g_strnfill(52, 'a');
    g_autofree char *whole = sp_role_name("sp_", longest);
    cr_assert_eq(strlen(whole), 55);
    cr_assert(g_str_has_suffix(whole, "aaa"));

    g_autofree char *one = g_strnfill(62, 'a');
    g_autofree char *other = g_strconcat(one, "b", NULL);
    g_autofree char *first = sp_role_name("sp_", one);
    g_autofree char *second = sp_role_name("sp_", other);
    g_autofree char *readers = sp_role_readers_name(second);
    cr_assert_eq(strlen(first), 55);
    cr_assert_eq(strlen(readers), 63);
    cr_assert_str_neq(first, second);
    cr_assert_eq(strncmp(first, second, 46), 0);
}

Test(role, counts_as_part_of_the_declaration)
{
    static const struct sp_extension_vtable users = {.id = "users"};
    g_autoptr(SpExtension) without = sp_test_extension(&users);
    g_autoptr(SpExtension) with = sp_test_extension_with_role(&users, "sp_");
    g_autoptr(SpExtension) other = sp_test_extension_with_role(&users, "other_");
    cr_assert_null(sp_extension_get_role(without));
    cr_assert_str_eq(sp_extension_get_role(with), "sp_users");
    cr_assert_str_neq(sp_extension_get_digest(without), sp_extension_get_digest(with));
    cr_assert_str_neq(sp_extension_get_digest(other), sp_extension_get_digest(with));
}

static const struct sp_schema users_schemas[] = {{.sql = "CREATE TABLE users (id int);"}};
static const struct sp_extension_vtable users = {.id = "users", .schemas = SP_LIST(users_schemas)};

/* (transfer full): how the migration of "orders", which declares "users", runs. @prefix: (nullable)
 */
static SpRoleUse *
use_of(const char *sql, const char *prefix)
{
    static const char *const nothing[] = {NULL};
    static const char *const tables[] = {"users"};
    const struct sp_migration migrations[] = {{.version = 1, .name = "one", .sql = sql}};
    const struct sp_extension_vtable orders = {.id = "orders",
                                               .migrations = SP_LIST(migrations),
                                               .cross_extension_tables = SP_LIST(tables)};
    g_autoptr(GPtrArray) extensions =
        g_ptr_array_new_with_free_func((GDestroyNotify)sp_extension_unref);
    g_ptr_array_add(extensions, sp_test_extension_with_role(&users, prefix));
    g_ptr_array_add(extensions, sp_test_extension_with_role(&orders, prefix));
    g_autoptr(SpDeclared) declared = sp_declared_new(extensions, &(SpDeclaredOptions){nothing});
    for (guint i = 0; i < sp_registry_get_n(sp_declared_get_registry(declared)); i++) {
        const SpPrepared *prepared = sp_declared_get_prepared(declared, i);
        const SpExtension *extension = sp_prepared_get_extension(prepared);
        if (g_str_equal(sp_extension_get_id(extension), "orders"))
            return sp_role_use_new(
                declared, extension,
                sp_script_get_statements(sp_prepared_get_migration(prepared, 0)));
    }
    return NULL;
}

Test(role, of_the_owner_is_lent_to_who_alters_his_table)
{
    g_autoptr(SpRoleUse) alters = use_of("ALTER TABLE users ADD x int;", "sp_");
    cr_assert_str_eq(alters->set_local, "SET LOCAL ROLE \"sp_orders\"");
    cr_assert_str_eq(g_ptr_array_index(alters->grants, 1), "GRANT \"sp_users\" TO \"sp_orders\"");
    cr_assert_eq(alters->revokes->len, 1);
    cr_assert_str_eq(g_ptr_array_index(alters->revokes, 0),
                     "REVOKE \"sp_users\" FROM \"sp_orders\"");
}

Test(role, of_the_owner_is_lent_for_nothing_less)
{
    static const char *const texts[] = {
        "UPDATE users SET id = 1;",
        "CREATE TRIGGER t AFTER INSERT ON users EXECUTE FUNCTION f();",
    };
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(SpRoleUse) use = use_of(texts[i], "sp_");
        cr_assert_eq(use->grants->len, 1, "%s", texts[i]);
        cr_assert_eq(use->revokes->len, 0, "%s", texts[i]);
    }
}

Test(role, is_used_by_nobody_unless_it_is_asked_for)
{
    cr_assert_null(use_of("UPDATE users SET id = 1;", NULL));
}
