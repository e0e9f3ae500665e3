/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Memory for many small values that live and die together: nothing of it is freed alone. */
#pragma once

#include <glib.h>

typedef struct SpArena SpArena;

/** @first: bytes of the first block; each further block is a quarter of all before it, within
 * bounds. Without a need no block is made. */
SpArena *sp_arena_new(gsize first);
/** Frees all that came from the arena. */
void sp_arena_free(SpArena *arena);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpArena, sp_arena_free)

/** @size bytes, aligned for pointers and numbers, not cleared. Never NULL. */
gpointer sp_arena_alloc(SpArena *arena, gsize size);
/** (nullable): a copy of @size bytes; NULL of none. */
gpointer sp_arena_copy(SpArena *arena, gconstpointer data, gsize size);
/** (nullable): a copy of @text (nullable). */
char *sp_arena_text(SpArena *arena, const char *text);
