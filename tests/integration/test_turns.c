/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* How often the host waits for the server does not grow with what there is to do. */
#include "support/cluster.h"
#include "support/install.h"
#include "support/turns.h"

#include <criterion/criterion.h>

/* (transfer full): extensions like each other, of two tables, an index and a seed; a migration
 * leaves a row. */
static struct sp_extension_vtable *
make_vtable(guint number, guint n_migrations)
{
    struct sp_extension_vtable *vtable = g_new0(struct sp_extension_vtable, 1);
    struct sp_schema *schema = g_new0(struct sp_schema, 1);
    struct sp_seed *seed = g_new0(struct sp_seed, 1);
    struct sp_migration *migrations = g_new0(struct sp_migration, n_migrations);
    schema->sql = g_strdup_printf("CREATE TABLE IF NOT EXISTS a%u (id int);\n"
                                  "CREATE TABLE IF NOT EXISTS b%u (id int);\n"
                                  "CREATE INDEX IF NOT EXISTS b%u_id ON b%u (id);",
                                  number, number, number, number);
    seed->id = "one";
    seed->sql = g_strdup_printf("INSERT INTO b%u SELECT 1 ON CONFLICT DO NOTHING;", number);
    for (guint i = 0; i < n_migrations; i++) {
        migrations[i].version = i + 1;
        migrations[i].name = "row";
        migrations[i].sql = g_strdup_printf("INSERT INTO a%u VALUES (%u);", number, i);
    }
    vtable->id = g_strdup_printf("e%u", number);
    vtable->schemas = (struct sp_list){schema, 1, sizeof(*schema)};
    vtable->seeds = (struct sp_list){seed, 1, sizeof(*seed)};
    vtable->migrations = (struct sp_list){migrations, n_migrations, sizeof(*migrations)};
    return vtable;
}

static guint
count_turns(const char *database, guint n_extensions, guint n_migrations)
{
    g_autoptr(GPtrArray) vtables = g_ptr_array_new();
    for (guint i = 0; i < n_extensions; i++)
        g_ptr_array_add(vtables, make_vtable(i, n_migrations));
    g_ptr_array_add(vtables, NULL);
    n_turns = 0;
    g_auto(SpTestInstall) install =
        sp_test_install(database, (const struct sp_extension_vtable *const *)vtables->pdata);
    guint n = n_turns;
    sp_assert_installed(install);
    cr_assert_geq(sp_test_install_summary(&install).seeds, n_extensions);
    return n;
}

Test(turns, do_not_grow_with_extensions_and_migrations)
{
    g_autofree char *small = sp_test_database();
    g_autofree char *large = sp_test_database();
    guint n_small = count_turns(small, 1, 1);
    guint n_large = count_turns(large, 15, 5);
    sp_assert_value(large, "SELECT count(*) FROM extension_migrations", "75");
    sp_assert_value(large, "SELECT count(*) FROM a14", "5");
    cr_assert_eq(n_small, n_large, "%u turns become %u", n_small, n_large);
    cr_assert_leq(n_large, 15, "%u turns", n_large);
}

Test(turns, are_one_more_for_each_full_flight)
{
    g_autofree char *small = sp_test_database();
    g_autofree char *large = sp_test_database();
    guint n_small = count_turns(small, 1, 1);
    guint n_large = count_turns(large, 60, 6);
    sp_assert_value(large, "SELECT count(*) FROM extension_migrations", "360");
    cr_assert(n_large > n_small && n_large <= n_small + 3, "%u turns become %u", n_small, n_large);
}

Test(turns, do_not_grow_with_the_seeds_of_a_boot_that_changes_nothing)
{
    g_autofree char *small = sp_test_database();
    g_autofree char *large = sp_test_database();
    count_turns(small, 1, 1);
    count_turns(large, 30, 1);
    cr_assert_eq(count_turns(small, 1, 1), count_turns(large, 30, 1));
}

Test(turns, are_not_spent_on_the_greeting)
{
    g_autofree char *database = sp_test_database();
    n_turns = 0;
    g_autoptr(SpSession) session = sp_test_session(database);
    cr_assert_eq(n_turns, 0);
    const SpCommand commands[] = {{.sql = "SELECT 1"}, {.sql = "SELECT 2"}};
    g_autoptr(GPtrArray) rows = sp_session_query_many(session, commands, 2, NULL);
    cr_assert_eq(rows->len, 2);
    cr_assert_eq(n_turns, 1);
}
