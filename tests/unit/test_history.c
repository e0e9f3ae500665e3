/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/history.h"

#include <criterion/criterion.h>

static void
apply(SpHistory *history, const char *extension, guint version)
{
    SpApplied *applied = g_new0(SpApplied, 1);
    applied->extension = g_strdup(extension);
    applied->version = version;
    sp_history_add_applied(history, applied);
}

Test(history, of_a_fresh_database_is_empty)
{
    g_autoptr(SpHistory) history = sp_history_new();
    cr_assert_not(sp_history_has_ledger(history));
    cr_assert_null(sp_history_get_applied(history, "shop"));
    cr_assert_null(sp_history_find_applied(history, "shop", 1));
    cr_assert_null(sp_history_find_digest(history, "shop", SP_PHASE_STRUCTURAL));
}

Test(history, gives_the_rows_of_one_extension_by_version)
{
    g_autoptr(SpHistory) history = sp_history_new();
    const guint versions[] = {7, 1, 2147483647, 0, 3};
    for (guint i = 0; i < G_N_ELEMENTS(versions); i++)
        apply(history, "shop", versions[i]);
    apply(history, "shop_extra", 2);
    const GPtrArray *rows = sp_history_get_applied(history, "shop");
    cr_assert_eq(rows->len, G_N_ELEMENTS(versions));
    for (guint i = 1; i < rows->len; i++)
        cr_assert_lt(((SpApplied *)g_ptr_array_index(rows, i - 1))->version,
                     ((SpApplied *)g_ptr_array_index(rows, i))->version);
    cr_assert_eq(sp_history_find_applied(history, "shop", 7)->version, 7);
    cr_assert_null(sp_history_find_applied(history, "shop", 2));
    cr_assert_null(sp_history_find_applied(history, "shop", 4294967295u));
}

Test(history, keeps_the_last_digest_of_each_extension_and_phase)
{
    g_autoptr(SpHistory) history = sp_history_new();
    sp_history_add_digest(history, "shop", "structural", "old");
    sp_history_add_digest(history, "shop", "structural", "new");
    sp_history_add_digest(history, "shop", "dependent", "other");
    cr_assert_str_eq(sp_history_find_digest(history, "shop", SP_PHASE_STRUCTURAL), "new");
    cr_assert_str_eq(sp_history_find_digest(history, "shop", SP_PHASE_DEPENDENT), "other");
    cr_assert_null(sp_history_find_digest(history, "users", SP_PHASE_STRUCTURAL));
}

Test(history, knows_objects_by_name_and_class)
{
    g_autoptr(SpHistory) history = sp_history_new();
    g_autoptr(SpObject) table =
        sp_object_new(SP_OBJECT_RELATION, "table", "public", "orders", NULL, NULL);
    g_autoptr(SpObject) view =
        sp_object_new(SP_OBJECT_RELATION, "view", "public", "orders", NULL, NULL);
    g_autoptr(SpObject) elsewhere =
        sp_object_new(SP_OBJECT_RELATION, "table", "billing", "orders", NULL, NULL);
    sp_history_add_object(history, table);
    cr_assert(sp_history_has_object(history, view), "the word is not part of the name");
    cr_assert_not(sp_history_has_object(history, elsewhere));
}

Test(history, remembers_that_the_ledger_is_there)
{
    g_autoptr(SpHistory) history = sp_history_new();
    sp_history_set_has_ledger(history);
    cr_assert(sp_history_has_ledger(history));
}
