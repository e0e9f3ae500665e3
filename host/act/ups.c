/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/ups.h"

#include <string.h>

/* Only what one migration changed. */
typedef struct {
    SpFingerprint *before;
    SpFingerprint *after;
} Up;

struct SpUps {
    SpSession *session;  /* (nullable): NULL before the install */
    GHashTable *ups;     /* "orders 3" -> Up */
    SpFingerprint *last; /* (nullable): as the last migration left it */
    GError *error;       /* (nullable): the first */
};

static void
up_free(gpointer data)
{
    Up *up = data;
    sp_fingerprint_free(up->before);
    sp_fingerprint_free(up->after);
    g_free(up);
}

SpUps *
sp_ups_new(void)
{
    SpUps *ups = g_new0(SpUps, 1);
    ups->ups = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, up_free);
    return ups;
}

void
sp_ups_free(SpUps *ups)
{
    if (ups == NULL)
        return;
    g_hash_table_unref(ups->ups);
    sp_fingerprint_free(ups->last);
    g_clear_error(&ups->error);
    g_free(ups);
}

static char *
key_of(const char *extension, guint version)
{
    return g_strdup_printf("%s %u", extension, version);
}

static Up *
up_new(const SpFingerprint *before, const SpFingerprint *after)
{
    g_autoptr(GPtrArray) differences = sp_fingerprint_compare(before, after);
    Up *up = g_new0(Up, 1);
    up->before = sp_fingerprint_new();
    up->after = sp_fingerprint_new();
    for (guint i = 0; i < differences->len; i++) {
        const SpDifference *difference = g_ptr_array_index(differences, i);
        if (difference->before != NULL)
            sp_fingerprint_add(up->before, difference->before);
        if (difference->after != NULL)
            sp_fingerprint_add(up->after, difference->after);
    }
    return up;
}

static const SpMigration *
migration_of(const SpStep *step)
{
    return sp_extension_get_migration(sp_prepared_get_extension(step->prepared), step->index);
}

static gboolean
is_watched(const SpUps *ups, const SpStep *step)
{
    return step->kind == SP_STEP_MIGRATION && ups->error == NULL &&
           migration_of(step)->down_sql != NULL;
}

static void
begun(gpointer data, const SpStep *step)
{
    SpUps *ups = data;
    if (is_watched(ups, step) && ups->last == NULL)
        ups->last = sp_fingerprint_read(ups->session, NULL, &ups->error);
}

static void
ended(gpointer data, const SpStep *step)
{
    SpUps *ups = data;
    g_autoptr(SpFingerprint) before = g_steal_pointer(&ups->last);
    if (!is_watched(ups, step) || step->state != SP_STEP_DONE)
        return;
    const char *id = sp_step_extension_id(step);
    ups->last = sp_fingerprint_read(ups->session, NULL, &ups->error);
    if (ups->last != NULL)
        g_hash_table_insert(ups->ups, key_of(id, migration_of(step)->version),
                            up_new(before, ups->last));
}

SpProgress
sp_ups_watch(SpUps *ups, SpSession *session)
{
    ups->session = session;
    return (SpProgress){.begun = begun, .ended = ended, .data = ups};
}

gboolean
sp_ups_check(const SpUps *ups, GError **error)
{
    if (ups->error != NULL)
        g_propagate_error(error, g_error_copy(ups->error));
    return ups->error == NULL;
}

/* Several extensions may share one, so none of them takes it away. */
static gboolean
is_shared(const SpImprint *object)
{
    static const char *const kinds[] = {"schema", "extension", NULL};
    return g_strv_contains(kinds, object->kind);
}

/* (transfer full) (nullable): NULL when the down SQL took the change back. */
static char *
describe_left(const SpDifference *up, const SpFingerprint *now)
{
    const SpImprint *object = sp_difference_get_object(up);
    const SpImprint *there = sp_fingerprint_find(now, object->kind, object->identity);
    if (up->kind == SP_DIFFERENCE_EXTRA && there != NULL)
        return g_strdup_printf("%s \"%s\" is still there", object->kind, object->identity);
    if (up->kind == SP_DIFFERENCE_MISSING && there == NULL)
        return g_strdup_printf("%s \"%s\" did not come back", object->kind, object->identity);
    if (up->kind == SP_DIFFERENCE_ALTERED && there != NULL &&
        g_str_equal(there->definition, up->after->definition))
        return g_strdup_printf("%s \"%s\" is still \"%s\", and was \"%s\"", object->kind,
                               object->identity, up->after->definition, up->before->definition);
    return NULL;
}

GPtrArray *
sp_ups_find_left(const SpUps *ups, const char *extension, guint version, GHashTable *declared_names,
                 const SpFingerprint *now)
{
    g_autofree char *key = key_of(extension, version);
    const Up *up = g_hash_table_lookup(ups->ups, key);
    GPtrArray *left = g_ptr_array_new_with_free_func(g_free);
    if (up == NULL)
        return left;
    g_autoptr(GPtrArray) differences = sp_fingerprint_compare(up->before, up->after);
    for (guint i = 0; i < differences->len; i++) {
        const SpDifference *difference = g_ptr_array_index(differences, i);
        const SpImprint *object = sp_difference_get_object(difference);
        gboolean may_stay =
            is_shared(object) || g_hash_table_contains(declared_names, object->name);
        char *text = may_stay ? NULL : describe_left(difference, now);
        if (text != NULL)
            g_ptr_array_add(left, text);
    }
    return left;
}

GHashTable *
sp_ups_collect_declared(const SpDeclared *declared)
{
    GHashTable *names = g_hash_table_new(g_str_hash, g_str_equal);
    guint n = sp_registry_get_n(sp_declared_get_registry(declared));
    for (guint i = 0; i < n; i++) {
        const SpPrepared *prepared = sp_declared_get_prepared(declared, i);
        g_autoptr(GPtrArray) statements = g_ptr_array_new();
        for (SpPhase phase = SP_PHASE_STRUCTURAL; phase <= SP_PHASE_DEPENDENT; phase++)
            if (phase != SP_PHASE_MIGRATIONS)
                g_ptr_array_extend(statements,
                                   (GPtrArray *)sp_prepared_get_statements(prepared, phase), NULL,
                                   NULL);
        for (guint j = 0; j < statements->len; j++) {
            const SpStatement *statement = g_ptr_array_index(statements, j);
            for (guint k = 0; k < statement->effects->len; k++) {
                const SpEffect *effect = g_ptr_array_index(statement->effects, k);
                if (effect->action == SP_ACTION_CREATE)
                    g_hash_table_add(names, (gpointer)effect->object->name);
            }
        }
    }
    return names;
}
