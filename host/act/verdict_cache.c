/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/verdict_cache.h"

#include "act/load_frame.h"
#include "act/verdict_file.h"
#include "base/error.h"
#include "base/fd.h"
#include "edge/scan.h"

#include <string.h>

#define KEY_TYPE "(tttxx)"
#define SIGNATURE_TYPE "(us)"
#define ENTRY_TYPE "(" KEY_TYPE KEY_TYPE "xmsm" SIGNATURE_TYPE "m" SP_LOAD_REFUSAL_TYPE ")"
/* The digest of the environment, then the entries. */
#define BODY_TYPE "(sa" ENTRY_TYPE ")"

#define ENTRIES_MAX 10000u
#define PASSING_US (G_GINT64_CONSTANT(3600) * G_USEC_PER_SEC)

typedef struct {
    SpVerdictKey key;
    SpVerdict verdict; /* what it points to is owned here */
} Entry;

struct SpVerdictCache {
    int directory_fd;
    char *environment;   /* its digest */
    GHashTable *entries; /* Entry, as its own key: by device and inode, which have one content */
    gboolean has_changed;
};

/* What follows from the bytes alone, for one build of the host. */
static const SpErrorCode lasting[] = {
    SP_ERROR_ELF,
    SP_ERROR_ELF_MALFORMED,
    SP_ERROR_ARCHITECTURE,
    SP_ERROR_EXECUTABLE_STACK,
    SP_ERROR_WRITABLE_CODE,
    SP_ERROR_TEXT_RELOCATIONS,
    SP_ERROR_RPATH,
    SP_ERROR_AMBIGUOUS_SYMBOL,
    SP_ERROR_NO_SYMBOL,
    SP_ERROR_ABI_MAJOR,
    SP_ERROR_ABI_MINOR,
    SP_ERROR_ABI_SIZE,
    SP_ERROR_ABI_FEATURE,
    SP_ERROR_NOTE,
    SP_ERROR_NOTE_MISMATCH,
    SP_ERROR_SIGNATURE_INVALID,
    SP_ERROR_SIGNATURE_UNTRUSTED,
};

/* Ways in which loading ended, of which the machine may have been the cause. */
static const SpErrorCode passing[] = {
    SP_ERROR_LOAD_CRASHED,  SP_ERROR_LOAD_EXITED,    SP_ERROR_LOAD_TIMEOUT,
    SP_ERROR_LOAD_PROTOCOL, SP_ERROR_LOAD_FORBIDDEN,
};

static void
entry_free(Entry *entry)
{
    g_clear_error((GError **)&entry->verdict.refusal);
    g_free((char *)entry->verdict.sha256);
    g_free((SpSignature *)entry->verdict.signature);
    g_free(entry);
}

static guint
entry_hash(gconstpointer data)
{
    const Entry *entry = data;
    return g_int64_hash(&entry->key.plugin.inode) ^ g_int64_hash(&entry->key.plugin.device);
}

static gboolean
entry_is_same_file(gconstpointer a, gconstpointer b)
{
    const SpFileKey *one = &((const Entry *)a)->key.plugin;
    const SpFileKey *other = &((const Entry *)b)->key.plugin;
    return one->inode == other->inode && one->device == other->device;
}

static gboolean
has_code(const SpErrorCode *codes, guint n, int code)
{
    for (guint i = 0; i < n; i++)
        if ((int)codes[i] == code)
            return TRUE;
    return FALSE;
}

/* Microseconds. */
static gint64
lifetime_of(int code)
{
    if (has_code(lasting, G_N_ELEMENTS(lasting), code))
        return G_MAXINT64;
    return has_code(passing, G_N_ELEMENTS(passing), code) ? PASSING_US : 0;
}

static gboolean
is_current(const SpVerdict *verdict)
{
    gint64 age = g_get_real_time() - verdict->since;
    return age >= 0 && (verdict->refusal == NULL || age < lifetime_of(verdict->refusal->code));
}

static GVariant *
key_to_variant(const SpFileKey *key)
{
    return g_variant_new(KEY_TYPE, key->device, key->inode, key->size, key->modified, key->changed);
}

static SpFileKey
key_from_variant(GVariant *variant)
{
    SpFileKey key;
    g_variant_get(variant, KEY_TYPE, &key.device, &key.inode, &key.size, &key.modified,
                  &key.changed);
    return key;
}

static GVariant *
entry_to_variant(const Entry *entry)
{
    const SpVerdict *verdict = &entry->verdict;
    const SpSignature *signature = verdict->signature;
    GVariant *signed_by =
        signature != NULL
            ? g_variant_new(SIGNATURE_TYPE, (guint32)signature->state, signature->key_id)
            : NULL;
    g_autoptr(GVariant) refusal =
        verdict->refusal != NULL ? sp_load_refusal_new(verdict->refusal) : NULL;
    GVariant *const parts[] = {
        key_to_variant(&entry->key.plugin),
        key_to_variant(&entry->key.signature),
        g_variant_new_int64(verdict->since),
        g_variant_new("ms", verdict->sha256),
        g_variant_new_maybe(G_VARIANT_TYPE(SIGNATURE_TYPE), signed_by),
        g_variant_new_maybe(G_VARIANT_TYPE(SP_LOAD_REFUSAL_TYPE), refusal),
    };
    return g_variant_new_tuple(parts, G_N_ELEMENTS(parts));
}

static SpSignature *
signature_from_variant(GVariant *variant)
{
    guint32 state;
    const char *key_id;
    SpSignature *signature = g_new0(SpSignature, 1);
    g_variant_get(variant, "(u&s)", &state, &key_id);
    signature->state = state < SP_N_SIGNATURE_STATES ? state : SP_SIGNATURE_INVALID;
    g_strlcpy(signature->key_id, key_id, sizeof signature->key_id);
    return signature;
}

static Entry *
entry_from_variant(GVariant *variant)
{
    g_autoptr(GVariant) plugin = NULL;
    g_autoptr(GVariant) signature = NULL;
    g_autoptr(GVariant) signed_by = NULL;
    g_autoptr(GVariant) refusal = NULL;
    Entry *entry = g_new0(Entry, 1);
    g_variant_get(
        variant, "(@" KEY_TYPE "@" KEY_TYPE "xmsm@" SIGNATURE_TYPE "m@" SP_LOAD_REFUSAL_TYPE ")",
        &plugin, &signature, &entry->verdict.since, &entry->verdict.sha256, &signed_by, &refusal);
    entry->key = (SpVerdictKey){key_from_variant(plugin), key_from_variant(signature)};
    if (signed_by != NULL)
        entry->verdict.signature = signature_from_variant(signed_by);
    if (refusal != NULL)
        entry->verdict.refusal = sp_load_refusal_to_error(refusal);
    return entry;
}

static void
take_body(SpVerdictCache *cache, GVariant *body)
{
    const char *environment;
    g_autoptr(GVariant) entries = NULL;
    g_variant_get(body, "(&s@a" ENTRY_TYPE ")", &environment, &entries);
    if (!g_str_equal(environment, cache->environment)) {
        g_debug("the kept verdicts are of another host, configuration or set of libraries");
        return;
    }
    for (gsize i = 0; i < g_variant_n_children(entries); i++) {
        g_autoptr(GVariant) variant = g_variant_get_child_value(entries, i);
        g_hash_table_add(cache->entries, entry_from_variant(variant));
    }
}

SpVerdictCache *
sp_verdict_cache_open(const char *directory, const char *environment)
{
    g_return_val_if_fail(directory != NULL && environment != NULL, NULL);
    g_autoptr(GError) error = NULL;
    sp_autofd int fd = sp_directory_open_safe(directory, &error);
    if (fd < 0) {
        g_debug("no verdicts are kept: %s", error->message);
        return NULL;
    }
    SpVerdictCache *cache = g_new0(SpVerdictCache, 1);
    cache->directory_fd = sp_fd_steal(&fd);
    cache->environment = g_compute_checksum_for_string(G_CHECKSUM_SHA256, environment, -1);
    cache->entries =
        g_hash_table_new_full(entry_hash, entry_is_same_file, (GDestroyNotify)entry_free, NULL);
    g_autoptr(GVariant) body =
        sp_verdict_file_read(cache->directory_fd, SP_VERDICT_FILE, G_VARIANT_TYPE(BODY_TYPE));
    if (body != NULL)
        take_body(cache, body);
    return cache;
}

void
sp_verdict_cache_free(SpVerdictCache *cache)
{
    if (cache == NULL)
        return;
    sp_fd_clear(&cache->directory_fd);
    g_free(cache->environment);
    g_hash_table_unref(cache->entries);
    g_free(cache);
}

const SpVerdict *
sp_verdict_cache_find(const SpVerdictCache *cache, const SpVerdictKey *key)
{
    const Entry wanted = {.key = *key};
    const Entry *entry = g_hash_table_lookup(cache->entries, &wanted);
    if (entry == NULL || !sp_file_key_equal(&entry->key.plugin, &key->plugin) ||
        !sp_file_key_equal(&entry->key.signature, &key->signature) || !is_current(&entry->verdict))
        return NULL;
    return &entry->verdict;
}

gboolean
sp_verdict_cache_keeps(int code)
{
    return lifetime_of(code) > 0;
}

void
sp_verdict_cache_put(SpVerdictCache *cache, const SpVerdictKey *key, const SpVerdict *verdict)
{
    Entry *entry = g_new0(Entry, 1);
    entry->key = *key;
    entry->verdict.since = verdict->since;
    entry->verdict.refusal = verdict->refusal != NULL ? g_error_copy(verdict->refusal) : NULL;
    entry->verdict.sha256 = g_strdup(verdict->sha256);
    if (verdict->signature != NULL)
        entry->verdict.signature = g_memdup2(verdict->signature, sizeof *verdict->signature);
    g_hash_table_add(cache->entries, entry);
    cache->has_changed = TRUE;
}

static gint
compare_newest_first(gconstpointer a, gconstpointer b)
{
    const Entry *one = *(const Entry *const *)a;
    const Entry *other = *(const Entry *const *)b;
    return (one->verdict.since < other->verdict.since) -
           (one->verdict.since > other->verdict.since);
}

/* (transfer container) */
static GPtrArray *
list_newest_first(const SpVerdictCache *cache)
{
    GPtrArray *entries = g_ptr_array_new();
    GHashTableIter iter;
    gpointer entry;
    g_hash_table_iter_init(&iter, cache->entries);
    while (g_hash_table_iter_next(&iter, &entry, NULL))
        g_ptr_array_add(entries, entry);
    g_ptr_array_sort(entries, compare_newest_first);
    return entries;
}

void
sp_verdict_cache_save(SpVerdictCache *cache)
{
    if (!cache->has_changed)
        return;
    g_autoptr(GPtrArray) entries = list_newest_first(cache);
    GVariantBuilder builder;
    g_variant_builder_init(&builder, G_VARIANT_TYPE("a" ENTRY_TYPE));
    for (guint i = 0; i < MIN(entries->len, ENTRIES_MAX); i++)
        g_variant_builder_add_value(&builder, entry_to_variant(g_ptr_array_index(entries, i)));
    g_autoptr(GVariant) body =
        g_variant_ref_sink(g_variant_new("(sa" ENTRY_TYPE ")", cache->environment, &builder));
    sp_verdict_file_write(cache->directory_fd, SP_VERDICT_FILE, body);
    cache->has_changed = FALSE;
}
