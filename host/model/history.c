/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/history.h"

struct SpHistory {
    gboolean has_ledger;
    GHashTable *applied; /* extension id -> GPtrArray of SpApplied by version */
    GHashTable *marks;   /* "extension version" -> SpProgressMark */
    GHashTable *digests; /* "extension phase" -> digest */
    GHashTable *objects; /* set of SpObject */
    GHashTable *roles;   /* extension id -> GPtrArray of SpStatement */
    GHashTable *missing; /* extension id -> GPtrArray of text */
    GHashTable *keys;    /* SpForeignKey, by identity -> SpLiveKey */
    GHashTable *columns; /* SpObject -> GPtrArray of utf8 */
    GHashTable *lost;    /* extension id -> GPtrArray of SpLostPart */
    GHashTable *strays;  /* SpObject, borrowed from its stray -> SpStray */
};

void
sp_applied_free(SpApplied *applied)
{
    if (applied == NULL)
        return;
    g_free(applied->extension);
    g_free(applied->name);
    g_free(applied->checksum);
    g_free(applied->sha256);
    g_free(applied->applied_at);
    g_free(applied);
}

void
sp_progress_mark_free(SpProgressMark *mark)
{
    if (mark == NULL)
        return;
    g_free(mark->extension);
    g_free(mark->name);
    g_free(mark->sha256);
    g_free(mark);
}

void
sp_stray_free(SpStray *stray)
{
    if (stray == NULL)
        return;
    sp_object_free(stray->object);
    g_free(stray->word);
    g_free(stray->role);
    g_free(stray->holder);
    g_free(stray->package);
    g_free(stray);
}

static void
live_key_free(gpointer data)
{
    SpLiveKey *live = data;
    g_free((char *)live->name);
    g_free(live);
}

SpHistory *
sp_history_new(void)
{
    SpHistory *history = g_new0(SpHistory, 1);
    history->applied =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    history->marks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                           (GDestroyNotify)sp_progress_mark_free);
    history->digests = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    history->objects = g_hash_table_new_full(sp_object_hash, sp_object_equal,
                                             (GDestroyNotify)sp_object_free, NULL);
    history->roles =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    history->missing =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    history->keys = g_hash_table_new_full(NULL, NULL, NULL, live_key_free);
    history->columns =
        g_hash_table_new_full(sp_object_hash, sp_object_equal, (GDestroyNotify)sp_object_free,
                              (GDestroyNotify)g_ptr_array_unref);
    history->lost =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    history->strays =
        g_hash_table_new_full(sp_object_hash, sp_object_equal, NULL, (GDestroyNotify)sp_stray_free);
    return history;
}

void
sp_history_free(SpHistory *history)
{
    if (history == NULL)
        return;
    g_hash_table_unref(history->applied);
    g_hash_table_unref(history->marks);
    g_hash_table_unref(history->digests);
    g_hash_table_unref(history->objects);
    g_hash_table_unref(history->roles);
    g_hash_table_unref(history->missing);
    g_hash_table_unref(history->columns);
    g_hash_table_unref(history->keys);
    g_hash_table_unref(history->lost);
    g_hash_table_unref(history->strays);
    g_free(history);
}

/* Where @version stands in @rows, or would have to be put. */
static guint
position_of(const GPtrArray *rows, guint version)
{
    guint low = 0, high = rows->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        const SpApplied *applied = g_ptr_array_index(rows, middle);
        if (applied->version < version)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void
sp_history_add_applied(SpHistory *history, SpApplied *applied)
{
    GPtrArray *rows = g_hash_table_lookup(history->applied, applied->extension);
    if (rows == NULL) {
        rows = g_ptr_array_new_with_free_func((GDestroyNotify)sp_applied_free);
        g_hash_table_insert(history->applied, g_strdup(applied->extension), rows);
    }
    g_ptr_array_insert(rows, (gint)position_of(rows, applied->version), applied);
}

const GPtrArray *
sp_history_get_applied(const SpHistory *history, const char *extension)
{
    return g_hash_table_lookup(history->applied, extension);
}

GList *
sp_history_get_extensions(const SpHistory *history)
{
    return g_list_sort(g_hash_table_get_keys(history->applied), (GCompareFunc)g_strcmp0);
}

const SpApplied *
sp_history_find_applied(const SpHistory *history, const char *extension, guint version)
{
    const GPtrArray *rows = sp_history_get_applied(history, extension);
    if (rows == NULL)
        return NULL;
    guint position = position_of(rows, version);
    const SpApplied *applied = position < rows->len ? g_ptr_array_index(rows, position) : NULL;
    return applied != NULL && applied->version == version ? applied : NULL;
}

static char *
mark_key(const char *extension, guint version)
{
    return g_strdup_printf("%s %u", extension, version);
}

void
sp_history_add_mark(SpHistory *history, SpProgressMark *mark)
{
    g_hash_table_insert(history->marks, mark_key(mark->extension, mark->version), mark);
}

const SpProgressMark *
sp_history_find_mark(const SpHistory *history, const char *extension, guint version)
{
    g_autofree char *key = mark_key(extension, version);
    return g_hash_table_lookup(history->marks, key);
}

/* Neither an id nor a nick has a space in it. */
static char *
digest_key(const char *extension, const char *phase_nick)
{
    return g_strconcat(extension, " ", phase_nick, NULL);
}

void
sp_history_add_digest(SpHistory *history, const char *extension, const char *phase_nick,
                      const char *digest)
{
    g_hash_table_insert(history->digests, digest_key(extension, phase_nick), g_strdup(digest));
}

const char *
sp_history_find_digest(const SpHistory *history, const char *extension, SpPhase phase)
{
    g_autofree char *key = digest_key(extension, sp_phase_nick(phase));
    return g_hash_table_lookup(history->digests, key);
}

const char *
sp_history_find_declaration(const SpHistory *history, const char *extension)
{
    g_autofree char *key = digest_key(extension, "enabled");
    return g_hash_table_lookup(history->digests, key);
}

void
sp_history_add_lost_part(SpHistory *history, const char *extension, gboolean is_column,
                         const char *name, const char *sql)
{
    GPtrArray *parts = g_hash_table_lookup(history->lost, extension);
    if (parts == NULL) {
        parts = g_ptr_array_new_with_free_func((GDestroyNotify)sp_lost_part_free);
        g_hash_table_insert(history->lost, g_strdup(extension), parts);
    }
    g_ptr_array_add(parts, sp_lost_part_new(is_column, name, sql));
}

const GPtrArray *
sp_history_get_lost_parts(const SpHistory *history, const char *extension)
{
    return g_hash_table_lookup(history->lost, extension);
}

void
sp_history_add_object(SpHistory *history, const SpObject *object)
{
    g_hash_table_add(history->objects, sp_object_copy(object));
}

gboolean
sp_history_has_object(const SpHistory *history, const SpObject *object)
{
    return g_hash_table_contains(history->objects, object);
}

void
sp_history_add_column(SpHistory *history, const SpObject *object, const char *column)
{
    GPtrArray *columns = g_hash_table_lookup(history->columns, object);
    if (columns == NULL) {
        columns = g_ptr_array_new_with_free_func(g_free);
        g_hash_table_insert(history->columns, sp_object_copy(object), columns);
    }
    g_ptr_array_add(columns, g_strdup(column));
}

const GPtrArray *
sp_history_get_columns(const SpHistory *history, const SpObject *object)
{
    return g_hash_table_lookup(history->columns, object);
}

void
sp_history_add_key(SpHistory *history, const SpForeignKey *key, const SpLiveKey *live)
{
    SpLiveKey *copy = g_memdup2(live, sizeof *live);
    copy->name = g_strdup(live->name);
    g_hash_table_insert(history->keys, (gpointer)key, copy);
}

const SpLiveKey *
sp_history_find_key(const SpHistory *history, const SpForeignKey *key)
{
    return g_hash_table_lookup(history->keys, key);
}

void
sp_history_set_has_ledger(SpHistory *history)
{
    history->has_ledger = TRUE;
}

gboolean
sp_history_has_ledger(const SpHistory *history)
{
    return history->has_ledger;
}

void
sp_history_add_stray(SpHistory *history, SpStray *stray)
{
    g_hash_table_replace(history->strays, stray->object, stray);
}

const SpStray *
sp_history_find_stray(const SpHistory *history, const SpObject *object)
{
    return g_hash_table_lookup(history->strays, object);
}

/* (transfer none): of @lists, made when it is not there */
static GPtrArray *
list_of(GHashTable *lists, const char *extension, GDestroyNotify free_one)
{
    GPtrArray *list = g_hash_table_lookup(lists, extension);
    if (list != NULL)
        return list;
    list = g_ptr_array_new_with_free_func(free_one);
    g_hash_table_insert(lists, g_strdup(extension), list);
    return list;
}

static void
statement_free(gpointer data)
{
    SpStatement *statement = data;
    g_free((char *)statement->sql);
    g_ptr_array_unref((GPtrArray *)statement->effects);
    g_free(statement);
}

void
sp_history_add_role_statement(SpHistory *history, const char *extension, const char *sql,
                              const char *missing)
{
    SpStatement *statement = g_new0(SpStatement, 1);
    statement->sql = g_strdup(sql);
    statement->source = "the role of the extension";
    statement->line = 1;
    statement->column = 1;
    statement->tag = "GRANT";
    statement->effects = g_ptr_array_new();
    g_ptr_array_add(list_of(history->roles, extension, statement_free), statement);
    if (missing == NULL)
        return;
    GPtrArray *list = list_of(history->missing, extension, g_free);
    if (!g_ptr_array_find_with_equal_func(list, missing, g_str_equal, NULL))
        g_ptr_array_add(list, g_strdup(missing));
}

const GPtrArray *
sp_history_get_role_statements(const SpHistory *history, const char *extension)
{
    return g_hash_table_lookup(history->roles, extension);
}

const GPtrArray *
sp_history_get_missing(const SpHistory *history, const char *extension)
{
    return g_hash_table_lookup(history->missing, extension);
}
