/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/verdict_cache.h"

#include "act/load_frame.h"
#include "act/verdict_file.h"
#include "base/error.h"
#include "base/fd.h"
#include "edge/scan.h"

#include <string.h>

#define ENTRIES_MAX 10000u
#define DECLARATIONS_MAX (48u << 20) /* what sp_verdict_file_read() takes is 64 MiB */
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
    g_clear_pointer(&entry->verdict.facts, g_bytes_unref);
    g_clear_pointer(&entry->verdict.declaration, g_bytes_unref);
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

static void
put_key(GByteArray *bytes, const SpFileKey *key)
{
    sp_wire_put_large(bytes, key->device);
    sp_wire_put_large(bytes, key->inode);
    sp_wire_put_large(bytes, key->size);
    sp_wire_put_large(bytes, (guint64)key->modified);
    sp_wire_put_large(bytes, (guint64)key->changed);
}

static SpFileKey
get_key(SpWire *wire)
{
    SpFileKey key = {0};
    key.device = sp_wire_get_large(wire);
    key.inode = sp_wire_get_large(wire);
    key.size = sp_wire_get_large(wire);
    key.modified = (gint64)sp_wire_get_large(wire);
    key.changed = (gint64)sp_wire_get_large(wire);
    return key;
}

static void
put_signature(GByteArray *bytes, const SpSignature *signature)
{
    sp_wire_put_number(bytes, signature != NULL);
    if (signature == NULL)
        return;
    sp_wire_put_number(bytes, signature->state);
    sp_wire_put_text(bytes, signature->key_id);
}

static SpSignature *
get_signature(SpWire *wire)
{
    if (!sp_wire_get_flag(wire))
        return NULL;
    guint32 state = sp_wire_get_number(wire);
    const char *key_id = sp_wire_get_text(wire);
    SpSignature *signature = g_new0(SpSignature, 1);
    signature->state = state < SP_N_SIGNATURE_STATES ? state : SP_SIGNATURE_INVALID;
    g_strlcpy(signature->key_id, key_id != NULL ? key_id : "", sizeof signature->key_id);
    return signature;
}

static void
put_entry(GByteArray *bytes, const Entry *entry, gboolean with_declaration)
{
    const SpVerdict *verdict = &entry->verdict;
    put_key(bytes, &entry->key.plugin);
    put_key(bytes, &entry->key.signature);
    sp_wire_put_large(bytes, (guint64)verdict->since);
    sp_wire_put_text(bytes, verdict->sha256);
    put_signature(bytes, verdict->signature);
    sp_wire_put_number(bytes, verdict->refusal != NULL);
    if (verdict->refusal != NULL)
        sp_load_put_refusal(bytes, verdict->refusal);
    sp_wire_put_number(bytes, with_declaration);
    if (!with_declaration)
        return;
    sp_wire_put_bytes(bytes, verdict->facts);
    sp_wire_put_bytes(bytes, verdict->declaration);
}

static Entry *
get_entry(SpWire *wire)
{
    Entry *entry = g_new0(Entry, 1);
    SpVerdict *verdict = &entry->verdict;
    entry->key.plugin = get_key(wire);
    entry->key.signature = get_key(wire);
    verdict->since = (gint64)sp_wire_get_large(wire);
    verdict->sha256 = g_strdup(sp_wire_get_text(wire));
    verdict->signature = get_signature(wire);
    if (sp_wire_get_flag(wire))
        verdict->refusal = sp_load_get_refusal(wire);
    if (sp_wire_get_flag(wire)) {
        verdict->facts = sp_wire_get_bytes(wire);
        verdict->declaration = sp_wire_get_bytes(wire);
    }
    return entry;
}

/* All or nothing: what is broken anywhere was not written by this host. */
static void
take_body(SpVerdictCache *cache, GBytes *body)
{
    SpWire wire = sp_wire(body);
    const char *environment = sp_wire_get_text(&wire);
    if (g_strcmp0(environment, cache->environment) != 0) {
        g_debug("the kept verdicts are of another host, configuration or set of libraries");
        return;
    }
    guint32 n = sp_wire_get_count(&wire);
    for (guint32 i = 0; i < n && !wire.is_broken; i++)
        g_hash_table_add(cache->entries, get_entry(&wire));
    if (!sp_wire_is_read(&wire))
        g_hash_table_remove_all(cache->entries);
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
    g_autoptr(GBytes) body = sp_verdict_file_read(cache->directory_fd, SP_VERDICT_FILE);
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
    if (verdict->declaration != NULL) {
        entry->verdict.facts = g_bytes_ref(verdict->facts);
        entry->verdict.declaration = g_bytes_ref(verdict->declaration);
    }
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
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    guint n = MIN(entries->len, ENTRIES_MAX);
    gsize n_declared = 0;
    sp_wire_put_text(bytes, cache->environment);
    sp_wire_put_number(bytes, n);
    for (guint i = 0; i < n; i++) {
        const Entry *entry = g_ptr_array_index(entries, i);
        GBytes *declaration = entry->verdict.declaration;
        n_declared += declaration != NULL ? g_bytes_get_size(declaration) : 0;
        put_entry(bytes, entry, declaration != NULL && n_declared <= DECLARATIONS_MAX);
    }
    g_autoptr(GBytes) body = g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
    sp_verdict_file_write(cache->directory_fd, SP_VERDICT_FILE, body);
    cache->has_changed = FALSE;
}
