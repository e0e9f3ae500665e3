/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/fingerprint.h"

#include <string.h>

struct SpFingerprint {
    GHashTable *imprints; /* SpImprint, as key and value */
};

static guint
hash(gconstpointer data)
{
    const SpImprint *imprint = data;
    return g_str_hash(imprint->kind) * 31 + g_str_hash(imprint->identity);
}

static gboolean
is_same_object(gconstpointer a, gconstpointer b)
{
    const SpImprint *x = a, *y = b;
    return g_str_equal(x->kind, y->kind) && g_str_equal(x->identity, y->identity);
}

static void
imprint_free(gpointer data)
{
    SpImprint *imprint = data;
    g_free((char *)imprint->kind);
    g_free((char *)imprint->identity);
    g_free((char *)imprint->name);
    g_free((char *)imprint->definition);
    g_free((char *)imprint->extension);
    g_free((char *)imprint->parent);
    g_free(imprint);
}

SpFingerprint *
sp_fingerprint_new(void)
{
    SpFingerprint *fingerprint = g_new0(SpFingerprint, 1);
    fingerprint->imprints = g_hash_table_new_full(hash, is_same_object, NULL, imprint_free);
    return fingerprint;
}

void
sp_fingerprint_free(SpFingerprint *fingerprint)
{
    if (fingerprint == NULL)
        return;
    g_hash_table_unref(fingerprint->imprints);
    g_free(fingerprint);
}

void
sp_fingerprint_add(SpFingerprint *fingerprint, const SpImprint *imprint)
{
    SpImprint *copy = g_new0(SpImprint, 1);
    copy->kind = g_strdup(imprint->kind);
    copy->identity = g_strdup(imprint->identity);
    copy->name = g_strdup(imprint->name);
    copy->definition = g_strdup(imprint->definition);
    copy->extension = g_strdup(imprint->extension);
    copy->parent = g_strdup(imprint->parent);
    g_hash_table_replace(fingerprint->imprints, copy, copy);
}

guint
sp_fingerprint_get_n(const SpFingerprint *fingerprint)
{
    return g_hash_table_size(fingerprint->imprints);
}

GPtrArray *
sp_fingerprint_get_extensions(const SpFingerprint *fingerprint)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray *extensions = g_ptr_array_new();
    GHashTableIter iter;
    gpointer key;
    g_hash_table_iter_init(&iter, fingerprint->imprints);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        const SpImprint *imprint = key;
        if (imprint->extension != NULL && g_hash_table_add(seen, (gpointer)imprint->extension))
            g_ptr_array_add(extensions, (gpointer)imprint->extension);
    }
    return extensions;
}

static const SpImprint *
find_same(const SpFingerprint *fingerprint, const SpImprint *imprint)
{
    return g_hash_table_lookup(fingerprint->imprints, imprint);
}

const SpImprint *
sp_fingerprint_find(const SpFingerprint *fingerprint, const char *kind, const char *identity)
{
    return find_same(fingerprint, &(SpImprint){.kind = kind, .identity = identity});
}

const char *
sp_difference_kind_nick(SpDifferenceKind kind)
{
    static const char *const nicks[] = {
        [SP_DIFFERENCE_MISSING] = "missing",
        [SP_DIFFERENCE_EXTRA] = "extra",
        [SP_DIFFERENCE_ALTERED] = "altered",
    };
    return nicks[kind];
}

const SpImprint *
sp_difference_get_object(const SpDifference *difference)
{
    return difference->after != NULL ? difference->after : difference->before;
}

static gint
compare_differences(gconstpointer a, gconstpointer b)
{
    const SpImprint *x = sp_difference_get_object(*(SpDifference *const *)a);
    const SpImprint *y = sp_difference_get_object(*(SpDifference *const *)b);
    int order = strcmp(x->kind, y->kind);
    return order != 0 ? order : strcmp(x->identity, y->identity);
}

static void
add_difference(GPtrArray *differences, SpDifferenceKind kind, const SpImprint *before,
               const SpImprint *after)
{
    const SpDifference difference = {kind, before, after};
    g_ptr_array_add(differences, g_memdup2(&difference, sizeof difference));
}

GPtrArray *
sp_fingerprint_compare(const SpFingerprint *before, const SpFingerprint *after)
{
    GPtrArray *differences = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter iter;
    gpointer imprint;
    g_hash_table_iter_init(&iter, before->imprints);
    while (g_hash_table_iter_next(&iter, &imprint, NULL)) {
        const SpImprint *other = find_same(after, imprint);
        if (other == NULL)
            add_difference(differences, SP_DIFFERENCE_MISSING, imprint, NULL);
        else if (!g_str_equal(other->definition, ((const SpImprint *)imprint)->definition))
            add_difference(differences, SP_DIFFERENCE_ALTERED, imprint, other);
    }
    g_hash_table_iter_init(&iter, after->imprints);
    while (g_hash_table_iter_next(&iter, &imprint, NULL))
        if (find_same(before, imprint) == NULL)
            add_difference(differences, SP_DIFFERENCE_EXTRA, NULL, imprint);
    g_ptr_array_sort(differences, compare_differences);
    return differences;
}
