/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/needed.h"

/* (transfer container): utf8 -> SpExtension */
static GHashTable *
index_by_id(const GPtrArray *extensions)
{
    GHashTable *by_id = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = extensions->len; i > 0; i--) {
        SpExtension *extension = g_ptr_array_index(extensions, i - 1);
        g_hash_table_insert(by_id, (gpointer)sp_extension_get_id(extension), extension);
    }
    return by_id;
}

GPtrArray *
sp_extensions_complete(const GPtrArray *given, const GPtrArray *at_hand)
{
    g_autoptr(GHashTable) others = index_by_id(at_hand);
    g_autoptr(GHashTable) taken = index_by_id(given);
    GPtrArray *set = g_ptr_array_new_with_free_func((GDestroyNotify)sp_extension_unref);
    for (guint i = 0; i < given->len; i++)
        g_ptr_array_add(set, sp_extension_ref(g_ptr_array_index(given, i)));
    for (guint i = 0; i < set->len; i++) {
        const SpExtension *extension = g_ptr_array_index(set, i);
        for (guint j = 0; j < sp_extension_get_n_dependencies(extension); j++) {
            const char *id = sp_extension_get_dependency(extension, j)->id;
            SpExtension *other = g_hash_table_lookup(others, id);
            if (other != NULL && g_hash_table_insert(taken, (gpointer)id, other))
                g_ptr_array_add(set, sp_extension_ref(other));
        }
    }
    return set;
}
