/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include <string.h>

#define ALIGNMENT sizeof(guint64)
#define MIN_BLOCK ((gsize)256)
#define MAX_BLOCK ((gsize)256 * 1024)

typedef struct Block {
    struct Block *before;
    guint64 bytes[];
} Block;

struct SpArena {
    Block *last;
    char *at;   /* the next free byte of the last block */
    gsize left; /* bytes from there */
    gsize next; /* size of the next block */
    gsize total;
};

SpArena *
sp_arena_new(gsize first)
{
    SpArena *arena = g_new0(SpArena, 1);
    arena->next = MAX(first, MIN_BLOCK);
    return arena;
}

void
sp_arena_free(SpArena *arena)
{
    if (arena == NULL)
        return;
    while (arena->last != NULL) {
        Block *block = arena->last;
        arena->last = block->before;
        g_free(block);
    }
    g_free(arena);
}

static void
add_block(SpArena *arena, gsize least)
{
    gsize size = MAX(least, arena->next);
    Block *block = g_malloc(sizeof *block + size);
    block->before = arena->last;
    arena->last = block;
    arena->at = (char *)block->bytes;
    arena->left = size;
    arena->total += size;
    arena->next = CLAMP(arena->total / 4, MIN_BLOCK, MAX_BLOCK);
}

static gpointer
take(SpArena *arena, gsize size, gsize alignment)
{
    gsize skipped = -(guintptr)arena->at % alignment;
    if (arena->left < skipped + size) {
        add_block(arena, size);
        skipped = 0;
    }
    char *taken = arena->at + skipped;
    arena->at = taken + size;
    arena->left -= skipped + size;
    return taken;
}

gpointer
sp_arena_alloc(SpArena *arena, gsize size)
{
    g_return_val_if_fail(arena != NULL && size < G_MAXSIZE / 2, NULL);
    return take(arena, MAX(size, 1), ALIGNMENT);
}

gpointer
sp_arena_copy(SpArena *arena, gconstpointer data, gsize size)
{
    return size == 0 ? NULL : memcpy(sp_arena_alloc(arena, size), data, size);
}

char *
sp_arena_text(SpArena *arena, const char *text)
{
    g_return_val_if_fail(arena != NULL, NULL);
    if (text == NULL)
        return NULL;
    gsize size = strlen(text) + 1;
    return memcpy(take(arena, size, 1), text, size);
}
