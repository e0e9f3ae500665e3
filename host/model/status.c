/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/status.h"

#include "model/checksum.h"

struct SpStatus {
    GArray *migrations; /* SpMigrationStatus, by version */
    gboolean is_ahead;
};

typedef char *(*HashFunc)(const char *text);

/* Either algorithm of the original system, over the text as it was shipped or with either kind of
 * line endings: a file that an editor or a checkout has converted is the same file. */
static gboolean
original_hash_matches(const char *sql, const char *checksum)
{
    static const HashFunc hashes[] = {sp_checksum_xxh64, sp_checksum_siphash13};
    g_autofree char *unix_text = sp_checksum_normalise(sql);
    g_autoptr(GString) dos_text = g_string_new(unix_text);
    g_string_replace(dos_text, "\n", "\r\n", 0);
    const char *texts[] = {sql, unix_text, dos_text->str};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        for (guint j = 0; j < G_N_ELEMENTS(hashes); j++) {
            g_autofree char *hash = hashes[j](texts[i]);
            if (g_str_equal(hash, checksum))
                return TRUE;
        }
    return FALSE;
}

static gboolean
is_same_text(const SpMigration *migration, const SpApplied *applied)
{
    if (applied->sha256 == NULL)
        return original_hash_matches(migration->sql, applied->checksum);
    g_autofree char *sha256 = sp_checksum_sha256(migration->sql);
    return g_str_equal(sha256, applied->sha256);
}

static SpMigrationState
compare(const SpMigration *migration, const SpApplied *applied)
{
    if (migration == NULL)
        return SP_MIGRATION_ORPHANED;
    if (migration->is_tombstone)
        return SP_MIGRATION_SPENT;
    if (applied == NULL)
        return SP_MIGRATION_PENDING;
    if (!g_str_equal(migration->name, applied->name))
        return SP_MIGRATION_SLOT_REUSED;
    if (is_same_text(migration, applied))
        return SP_MIGRATION_APPLIED;
    return g_ptr_array_find_with_equal_func((GPtrArray *)migration->directives->supersedes,
                                            applied->checksum, g_str_equal, NULL)
               ? SP_MIGRATION_SUPERSEDED
               : SP_MIGRATION_DRIFTED;
}

static void
add(SpStatus *status, const SpMigration *migration, const SpApplied *applied)
{
    SpMigrationStatus row = {
        .state = compare(migration, applied),
        .version = migration ? migration->version : applied->version,
        .name = migration ? migration->name : applied->name,
        .applied = applied,
        .migration = migration,
    };
    g_array_append_val(status->migrations, row);
}

SpStatus *
sp_status_new(const SpExtension *extension, const SpHistory *history)
{
    SpStatus *status = g_new0(SpStatus, 1);
    status->migrations = g_array_new(FALSE, FALSE, sizeof(SpMigrationStatus));
    const GPtrArray *rows = sp_history_get_applied(history, sp_extension_get_id(extension));
    guint n_rows = rows ? rows->len : 0;
    guint n_declared = sp_extension_get_n_migrations(extension);
    for (guint i = 0, j = 0; i < n_declared || j < n_rows;) {
        const SpMigration *migration =
            i < n_declared ? sp_extension_get_migration(extension, i) : NULL;
        const SpApplied *applied = j < n_rows ? g_ptr_array_index(rows, j) : NULL;
        if (migration != NULL && applied != NULL && migration->version != applied->version) {
            if (migration->version < applied->version)
                applied = NULL;
            else
                migration = NULL;
        }
        add(status, migration, applied);
        i += migration != NULL;
        j += applied != NULL;
        /* Both lists come by version, so only what stands after the last declared one is ahead. */
        status->is_ahead |= migration == NULL && i == n_declared && n_declared > 0;
    }
    return status;
}

void
sp_status_free(SpStatus *status)
{
    if (status == NULL)
        return;
    g_array_unref(status->migrations);
    g_free(status);
}

guint
sp_status_get_n(const SpStatus *status)
{
    return status->migrations->len;
}

const SpMigrationStatus *
sp_status_get(const SpStatus *status, guint index)
{
    return &g_array_index(status->migrations, SpMigrationStatus, index);
}

gboolean
sp_status_is_ahead(const SpStatus *status)
{
    return status->is_ahead;
}

guint
sp_status_count(const SpStatus *status, SpMigrationState state)
{
    guint count = 0;
    for (guint i = 0; i < status->migrations->len; i++)
        count += sp_status_get(status, i)->state == state;
    return count;
}
