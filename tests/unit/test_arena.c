/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include <criterion/criterion.h>

Test(arena, gives_memory_of_its_own_to_each)
{
    static const gsize sizes[] = {0, 1, 3, 8, 13, 256, 1000, 70000};
    g_autoptr(SpArena) arena = sp_arena_new(16);
    guchar *given[G_N_ELEMENTS(sizes) * 50];
    for (guint i = 0; i < G_N_ELEMENTS(given); i++) {
        gsize size = sizes[i % G_N_ELEMENTS(sizes)];
        given[i] = sp_arena_alloc(arena, size);
        cr_assert_not_null(given[i]);
        memset(given[i], (int)i, size);
    }
    for (guint i = 0; i < G_N_ELEMENTS(given); i++)
        for (gsize k = 0; k < sizes[i % G_N_ELEMENTS(sizes)]; k++)
            cr_assert_eq(given[i][k], (guchar)i);
}

Test(arena, aligns_values_between_texts)
{
    g_autoptr(SpArena) arena = sp_arena_new(0);
    for (guint i = 0; i < 1000; i++) {
        g_autofree char *filler = g_strnfill(i % 7, 'x');
        cr_assert_str_eq(sp_arena_text(arena, filler), filler);
        cr_assert_eq((guintptr)sp_arena_alloc(arena, i % 11) % sizeof(gpointer), 0u);
    }
}

Test(arena, copies)
{
    static const int numbers[] = {1, 2, 3};
    g_autoptr(SpArena) arena = sp_arena_new(64);
    const int *copy = sp_arena_copy(arena, numbers, sizeof numbers);
    cr_expect_neq(copy, numbers);
    cr_expect_arr_eq(copy, numbers, sizeof numbers);
    cr_expect_null(sp_arena_copy(arena, NULL, 0));
    cr_expect_null(sp_arena_text(arena, NULL));
    cr_expect_str_eq(sp_arena_text(arena, ""), "");
}
