/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/recall.h"

typedef struct {
    char *digest;
    gboolean is_disabled;
    gboolean has_ledger;
    gboolean is_unsettled;
    GPtrArray *marks; /* SpMark */
} Memory;

struct SpRecall {
    GHashTable *memories; /* extension id -> Memory */
    gboolean has_marks;
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

static void
memory_free(gpointer data)
{
    Memory *memory = data;
    g_free(memory->digest);
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
sp_recall_set_has_ledger(SpRecall *recall, const char *extension)
{
    memory_of(recall, extension)->has_ledger = TRUE;
}

gboolean
sp_recall_has_ledger(const SpRecall *recall, const char *extension)
{
    const Memory *memory = g_hash_table_lookup(recall->memories, extension);
    return memory != NULL && memory->has_ledger;
}

void
sp_recall_set_unsettled(SpRecall *recall, const char *extension)
{
    memory_of(recall, extension)->is_unsettled = TRUE;
}

void
sp_recall_add_mark(SpRecall *recall, const char *extension, SpMark *mark)
{
    g_ptr_array_add(memory_of(recall, extension)->marks, mark);
    recall->has_marks = TRUE;
}

GList *
sp_recall_get_extensions(const SpRecall *recall)
{
    return g_list_sort(g_hash_table_get_keys(recall->memories), (GCompareFunc)g_strcmp0);
}

gboolean
sp_recall_is_same(const SpRecall *recall, const SpExtension *extension)
{
    const Memory *memory = g_hash_table_lookup(recall->memories, sp_extension_get_id(extension));
    return memory != NULL && !memory->is_disabled &&
           g_strcmp0(memory->digest, sp_extension_get_digest(extension)) == 0;
}

gboolean
sp_recall_is_settled(const SpRecall *recall, const SpExtension *extension, gboolean is_disabled)
{
    const Memory *memory = g_hash_table_lookup(recall->memories, sp_extension_get_id(extension));
    return memory != NULL && memory->is_disabled == is_disabled && !memory->is_unsettled &&
           g_strcmp0(memory->digest, sp_extension_get_digest(extension)) == 0;
}

const GPtrArray *
sp_recall_get_marks(const SpRecall *recall, const char *extension)
{
    const Memory *memory = g_hash_table_lookup(recall->memories, extension);
    return memory != NULL ? memory->marks : NULL;
}

gboolean
sp_recall_has_marks(const SpRecall *recall)
{
    return recall->has_marks;
}
