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
    g_free((char *)imprint->namespace_name);
    g_free((char *)imprint->relation);
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
    copy->namespace_name = g_strdup(imprint->namespace_name);
    copy->relation = g_strdup(imprint->relation);
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

/* ChooseConstraintName(), ChooseIndexName() and the like of PostgreSQL end a name so, and put a
 * number behind it where another object has it. */
static gboolean
has_chosen_name(const SpImprint *imprint)
{
    static const struct {
        const char *kind, *suffix;
    } endings[] = {
        {"table constraint", "_pkey"},
        {"table constraint", "_key"},
        {"table constraint", "_fkey"},
        {"table constraint", "_check"},
        {"table constraint", "_excl"},
        {"domain constraint", "_check"},
        {"index", "_pkey"},
        {"index", "_key"},
        {"index", "_excl"},
        {"index", "_idx"},
        {"sequence", "_seq"},
    };
    gsize length = strlen(imprint->name);
    while (length > 0 && g_ascii_isdigit(imprint->name[length - 1]))
        length--;
    g_autofree char *stem = g_strndup(imprint->name, length);
    for (guint i = 0; i < G_N_ELEMENTS(endings); i++)
        if (g_str_equal(imprint->kind, endings[i].kind) &&
            g_str_has_suffix(stem, endings[i].suffix))
            return TRUE;
    return FALSE;
}

/* (transfer full) (nullable): what two objects have in common that differ in a chosen name alone,
 * with a number for one of several that are alike. @counts: of the side that it is on */
static char *
key_but_for_name(const SpImprint *imprint, GHashTable *counts)
{
    if (imprint->relation == NULL || !has_chosen_name(imprint))
        return NULL;
    g_autofree char *key = g_strjoin("\n", imprint->kind, imprint->namespace_name,
                                     imprint->relation, imprint->definition, NULL);
    guint n = GPOINTER_TO_UINT(g_hash_table_lookup(counts, key));
    char *numbered = g_strdup_printf("%s\n%u", key, n);
    g_hash_table_insert(counts, g_steal_pointer(&key), GUINT_TO_POINTER(n + 1));
    return numbered;
}

static const SpImprint **
side_of(SpDifference *difference, gboolean is_before)
{
    return is_before ? &difference->before : &difference->after;
}

/* (transfer full): key_but_for_name() -> SpDifference, of all that one side has */
static GHashTable *
collect_renamed(const GPtrArray *differences, gboolean is_before)
{
    GHashTable *renamed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < differences->len; i++) {
        SpDifference *difference = g_ptr_array_index(differences, i);
        const SpImprint *imprint = *side_of(difference, is_before);
        char *key = imprint ? key_but_for_name(imprint, counts) : NULL;
        if (key != NULL)
            g_hash_table_insert(renamed, key, difference);
    }
    return renamed;
}

/* What is on both sides, but for a chosen name, is taken from both. */
static void
drop_renamed(GPtrArray *differences)
{
    g_autoptr(GHashTable) before = collect_renamed(differences, TRUE);
    g_autoptr(GHashTable) after = collect_renamed(differences, FALSE);
    GHashTableIter iter;
    gpointer key, difference;
    g_hash_table_iter_init(&iter, before);
    while (g_hash_table_iter_next(&iter, &key, &difference)) {
        SpDifference *twin = g_hash_table_lookup(after, key);
        if (twin == NULL)
            continue;
        *side_of(difference, TRUE) = NULL;
        *side_of(twin, FALSE) = NULL;
    }
    for (guint i = differences->len; i > 0; i--) {
        SpDifference *left = g_ptr_array_index(differences, i - 1);
        if (left->before == NULL && left->after == NULL)
            g_ptr_array_remove_index(differences, i - 1);
        else if (left->after == NULL)
            left->kind = SP_DIFFERENCE_MISSING;
        else if (left->before == NULL)
            left->kind = SP_DIFFERENCE_EXTRA;
    }
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
    drop_renamed(differences);
    g_ptr_array_sort(differences, compare_differences);
    return differences;
}

static char *
key_of(const char *namespace_name, const char *name)
{
    return g_strjoin("\n", namespace_name, name, NULL);
}

static const SpDifference *
find_whole(GHashTable *tables, const SpDifference *part)
{
    const SpImprint *object = sp_difference_get_object(part);
    g_autofree char *key =
        object->relation ? key_of(object->namespace_name, object->relation) : NULL;
    return key ? g_hash_table_lookup(tables, key) : NULL;
}

void
sp_differences_fold(GPtrArray *differences)
{
    static const char *const kinds[] = {"table", "foreign table", "materialized view", "type",
                                        NULL};
    g_autoptr(GHashTable) tables = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < differences->len; i++) {
        SpDifference *difference = g_ptr_array_index(differences, i);
        const SpImprint *object = sp_difference_get_object(difference);
        if (difference->kind != SP_DIFFERENCE_ALTERED && g_strv_contains(kinds, object->kind))
            g_hash_table_insert(tables, key_of(object->namespace_name, object->name), difference);
    }
    for (guint i = differences->len; i > 0; i--) {
        const SpDifference *part = g_ptr_array_index(differences, i - 1);
        const SpDifference *whole = find_whole(tables, part);
        if (whole != NULL && whole->kind == part->kind)
            g_ptr_array_remove_index(differences, i - 1);
    }
}
