/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/recall.h"

typedef struct {
    char *digest;
    gboolean is_disabled;
    gboolean ledger_changed;
    gboolean is_unsettled;
    GPtrArray *lost_parts; /* SpLostPart */
    GPtrArray *marks;      /* SpMark */
} Memory;

struct SpRecall {
    GHashTable *memories; /* extension id -> Memory */
};

void
sp_mark_free(SpMark *mark)
{
    if (mark == NULL)
        return;
    sp_object_free(mark->object);
    g_free(mark->source);
    g_free(mark);
}

void
sp_lost_part_free(SpLostPart *part)
{
    if (part == NULL)
        return;
    g_free(part->namespace_name);
    g_free(part->table);
    g_free(part->name);
    g_free(part->definition);
    g_free(part);
}

static void
memory_free(gpointer data)
{
    Memory *memory = data;
    g_free(memory->digest);
    g_ptr_array_unref(memory->lost_parts);
    g_ptr_array_unref(memory->marks);
    g_free(memory);
}

SpRecall *
sp_recall_new(void)
{
    SpRecall *recall = g_new0(SpRecall, 1);
    recall->memories = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, memory_free);
    return recall;
}

void
sp_recall_free(SpRecall *recall)
{
    if (recall == NULL)
        return;
    g_hash_table_unref(recall->memories);
    g_free(recall);
}

static Memory *
memory_of(SpRecall *recall, const char *extension)
{
    Memory *memory = g_hash_table_lookup(recall->memories, extension);
    if (memory != NULL)
        return memory;
    memory = g_new0(Memory, 1);
    memory->lost_parts = g_ptr_array_new_with_free_func((GDestroyNotify)sp_lost_part_free);
    memory->marks = g_ptr_array_new_with_free_func((GDestroyNotify)sp_mark_free);
    g_hash_table_insert(recall->memories, g_strdup(extension), memory);
    return memory;
}

void
sp_recall_add(SpRecall *recall, const char *extension, const char *digest, gboolean is_disabled)
{
    Memory *memory = memory_of(recall, extension);
    g_free(memory->digest);
    memory->digest = g_strdup(digest);
    memory->is_disabled = is_disabled;
}

void
sp_recall_set_ledger_changed(SpRecall *recall, const char *extension)
{
    memory_of(recall, extension)->ledger_changed = TRUE;
}

void
sp_recall_set_unsettled(SpRecall *recall, const char *extension)
{
    memory_of(recall, extension)->is_unsettled = TRUE;
}

void
sp_recall_add_lost_part(SpRecall *recall, const char *extension, SpLostPart *part)
{
    Memory *memory = memory_of(recall, extension);
    memory->is_unsettled = TRUE;
    g_ptr_array_add(memory->lost_parts, part);
}

void
sp_recall_add_mark(SpRecall *recall, const char *extension, SpMark *mark)
{
    g_ptr_array_add(memory_of(recall, extension)->marks, mark);
}

GList *
sp_recall_get_extensions(const SpRecall *recall)
{
    return g_list_sort(g_hash_table_get_keys(recall->memories), (GCompareFunc)g_strcmp0);
}

static const Memory *
find_same(const SpRecall *recall, const SpExtension *extension, gboolean is_disabled)
{
    const Memory *memory =
        g_hash_table_lookup(recall->memories, sp_extension_get_id(extension));
    gboolean is_same = memory != NULL && memory->is_disabled == is_disabled &&
                       g_strcmp0(memory->digest, sp_extension_get_digest(extension)) == 0;
    return is_same ? memory : NULL;
}

gboolean
sp_recall_is_same(const SpRecall *recall, const SpExtension *extension, gboolean is_disabled)
{
    return find_same(recall, extension, is_disabled) != NULL;
}

gboolean
sp_recall_is_settled(const SpRecall *recall, const SpExtension *extension, gboolean is_disabled)
{
    const Memory *memory = find_same(recall, extension, is_disabled);
    return memory != NULL && !memory->is_unsettled && !memory->ledger_changed;
}

const GPtrArray *
sp_recall_get_lost_parts(const SpRecall *recall, const SpExtension *extension)
{
    const Memory *memory = find_same(recall, extension, FALSE);
    return memory != NULL && !memory->ledger_changed ? memory->lost_parts : NULL;
}

const GPtrArray *
sp_recall_get_marks(const SpRecall *recall, const char *extension)
{
    const Memory *memory = g_hash_table_lookup(recall->memories, extension);
    return memory != NULL ? memory->marks : NULL;
}
