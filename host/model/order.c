/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/order.h"

#include "model/needs.h"

/* Where a statement stands in the walk. */
typedef enum { UNSEEN, OPEN, PLACED } Mark;

/* Lives on the stack of sp_order_by_need(). */
typedef struct {
    const GPtrArray *statements; /* in source order */
    SpNeeds *needs;
    Mark *marks;
    GPtrArray *ordered;
} Walk;

static gboolean
can_move(const SpStatement *statement)
{
    for (guint i = 0; i < statement->effects->len; i++) {
        const SpEffect *effect = g_ptr_array_index(statement->effects, i);
        if (effect->action == SP_ACTION_CREATE && (effect->object->class == SP_OBJECT_ROUTINE ||
                                                   effect->object->class == SP_OBJECT_RELATION))
            return TRUE;
    }
    return FALSE;
}

static void
move_early(const Walk *walk)
{
    g_autoptr(GArray) open = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < walk->statements->len; i++)
        if (((const SpStatement *)g_ptr_array_index(walk->statements, i))->phase ==
            SP_PHASE_STRUCTURAL)
            g_array_append_val(open, i);
    for (guint i = 0; i < open->len; i++) {
        const GArray *needed = sp_needs_get(walk->needs, g_array_index(open, guint, i));
        for (guint j = 0; j < needed->len; j++) {
            guint index = g_array_index(needed, guint, j);
            SpStatement *other = g_ptr_array_index(walk->statements, index);
            if (other->phase != SP_PHASE_DEPENDENT || !can_move(other))
                continue;
            other->phase = SP_PHASE_STRUCTURAL;
            g_array_append_val(open, index);
        }
    }
}

static void
mark_keys_apart(const SpStatement *statement, const SpStatement *other)
{
    for (guint i = 0; statement->keys != NULL && i < statement->keys->n; i++) {
        SpForeignKey *key = (SpForeignKey *)&statement->keys->items[i];
        const SpEffect *creation = g_ptr_array_index(other->effects, 0);
        if (g_str_equal(key->other.name, creation->object->name) &&
            g_str_equal(key->other.namespace_name, creation->object->namespace_name))
            key->is_apart = TRUE;
    }
}

static void place(Walk *walk, guint index);

static gint
compare_indexes(gconstpointer a, gconstpointer b)
{
    guint x = *(const guint *)a, y = *(const guint *)b;
    return x < y ? -1 : x > y;
}

static void
place_needed(Walk *walk, guint index)
{
    const SpStatement *statement = g_ptr_array_index(walk->statements, index);
    g_autoptr(GArray) needed = g_array_copy((GArray *)sp_needs_get(walk->needs, index));
    g_array_sort(needed, compare_indexes);
    for (guint i = 0; i < needed->len; i++) {
        guint other_index = g_array_index(needed, guint, i);
        const SpStatement *other = g_ptr_array_index(walk->statements, other_index);
        if (other->phase != statement->phase)
            continue;
        if (walk->marks[other_index] == OPEN)
            mark_keys_apart(statement, other);
        else
            place(walk, other_index);
    }
}

static void
place(Walk *walk, guint index)
{
    if (walk->marks[index] != UNSEEN)
        return;
    walk->marks[index] = OPEN;
    place_needed(walk, index);
    walk->marks[index] = PLACED;
    g_ptr_array_add(walk->ordered, g_ptr_array_index(walk->statements, index));
}

void
sp_order_by_need(GPtrArray *statements)
{
    g_autoptr(SpNeeds) needs = sp_needs_new(statements);
    g_autofree Mark *marks = g_new0(Mark, statements->len);
    g_autoptr(GPtrArray) ordered = g_ptr_array_sized_new(statements->len);
    Walk walk = {statements, needs, marks, ordered};
    move_early(&walk);
    for (guint i = 0; i < statements->len; i++)
        place(&walk, i);
    /* The needs look at the array, so it changes last. */
    for (guint i = 0; i < statements->len; i++)
        g_ptr_array_index(statements, i) = g_ptr_array_index(ordered, i);
}
