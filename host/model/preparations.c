/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/preparations.h"

#include "base/parallel.h"
#include "model/marks.h"

/* A thread costs about what it takes to prepare a small extension. */
#define EXTENSIONS_PER_THREAD 8

struct SpPreparations {
    GHashTable *by_extension; /* SpExtension -> SpPreparation */
    guint flags;              /* bits of SpPreparedFlags */
};

/* One call of sp_preparations_make(). */
typedef struct {
    SpPreparations *preparations;
    const SpRegistry *registry;
    const SpRecall *recall; /* (nullable) */
    GPtrArray *wanted;      /* SpPreparation */
} Run;

static void
preparation_free(gpointer pointer)
{
    SpPreparation *preparation = pointer;
    sp_prepared_free(preparation->prepared);
    sp_findings_free(preparation->findings);
    g_free(preparation);
}

SpPreparations *
sp_preparations_new(guint flags)
{
    SpPreparations *preparations = g_new0(SpPreparations, 1);
    preparations->by_extension = g_hash_table_new_full(NULL, NULL, NULL, preparation_free);
    preparations->flags = flags;
    return preparations;
}

void
sp_preparations_free(SpPreparations *preparations)
{
    if (preparations == NULL)
        return;
    g_hash_table_unref(preparations->by_extension);
    g_free(preparations);
}

static void
prepare(guint index, gpointer data)
{
    const Run *run = data;
    SpPreparation *preparation = g_ptr_array_index(run->wanted, index);
    g_clear_pointer(&preparation->prepared, sp_prepared_free);
    if (preparation->skips_sql) {
        preparation->prepared = sp_prepared_new_unread(preparation->extension);
        if (sp_prepared_is_complete(preparation->prepared))
            return;
        g_clear_pointer(&preparation->prepared, sp_prepared_free);
    }
    preparation->prepared =
        sp_prepared_new(preparation->extension, run->preparations->flags, preparation->findings);
}

static void
prepare_wanted(Run *run)
{
    sp_parallel_run(run->wanted->len, EXTENSIONS_PER_THREAD, prepare, run);
}

/* Whatever an earlier round has read stays so. */
static void
want(const Run *run, const SpExtension *extension, gboolean is_disabled)
{
    GHashTable *by_extension = run->preparations->by_extension;
    SpPreparation *preparation = g_hash_table_lookup(by_extension, extension);
    gboolean skips_sql =
        run->recall != NULL && sp_recall_is_settled(run->recall, extension, is_disabled);
    if (preparation != NULL && (skips_sql || sp_prepared_is_read(preparation->prepared)))
        return;
    if (preparation == NULL) {
        preparation = g_new0(SpPreparation, 1);
        preparation->extension = extension;
        preparation->findings = sp_findings_new();
        g_hash_table_insert(by_extension, (gpointer)extension, preparation);
    }
    preparation->skips_sql = skips_sql;
    g_ptr_array_add(run->wanted, preparation);
}

static SpPreparation *
get_enabled(const Run *run, guint index)
{
    return g_hash_table_lookup(run->preparations->by_extension,
                               sp_registry_get(run->registry, index));
}

static SpPreparation *
get_disabled(const Run *run, guint index)
{
    const GPtrArray *disabled = sp_registry_get_disabled(run->registry);
    return g_hash_table_lookup(run->preparations->by_extension, g_ptr_array_index(disabled, index));
}

/* The marks of what changed: as it is, and as it was. */
static void
collect_changed(const Run *run, const SpPreparation *preparation, GHashTable *changed,
                GPtrArray *held)
{
    if (!preparation->is_changed)
        return;
    const char *id = sp_extension_get_id(preparation->extension);
    GPtrArray *marks = sp_marks_new(preparation->prepared, NULL);
    g_ptr_array_add(held, marks);
    sp_marks_set_add(changed, marks);
    sp_marks_set_add(changed, sp_recall_get_marks(run->recall, id));
}

static gboolean
is_present(const SpRegistry *registry, const char *id)
{
    const GPtrArray *disabled = sp_registry_get_disabled(registry);
    for (guint i = 0; i < disabled->len; i++)
        if (g_str_equal(sp_extension_get_id(g_ptr_array_index(disabled, i)), id))
            return TRUE;
    return sp_registry_find(registry, id) != NULL;
}

/* (transfer container): the ids of what is remembered and gone; those that stay may miss it. */
static GPtrArray *
find_gone(const Run *run)
{
    GPtrArray *gone = g_ptr_array_new();
    g_autoptr(GList) ids = sp_recall_get_extensions(run->recall);
    for (const GList *id = ids; id != NULL; id = id->next)
        if (!is_present(run->registry, id->data))
            g_ptr_array_add(gone, id->data);
    return gone;
}

/* Those, too, that what changed concerns. */
static void
want_concerned(const Run *run, const GPtrArray *gone)
{
    g_autoptr(GHashTable) changed = sp_marks_set_new();
    g_autoptr(GPtrArray) held = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    guint n = sp_registry_get_n(run->registry);
    for (guint i = 0; i < n; i++)
        collect_changed(run, get_enabled(run, i), changed, held);
    for (guint i = 0; i < sp_registry_get_disabled(run->registry)->len; i++)
        collect_changed(run, get_disabled(run, i), changed, held);
    for (guint i = 0; i < gone->len; i++)
        sp_marks_set_add(changed, sp_recall_get_marks(run->recall, g_ptr_array_index(gone, i)));
    for (guint i = 0; i < n; i++) {
        SpPreparation *preparation = get_enabled(run, i);
        const char *id = sp_extension_get_id(preparation->extension);
        if (sp_prepared_is_read(preparation->prepared) ||
            !sp_marks_meet(changed, sp_recall_get_marks(run->recall, id)))
            continue;
        preparation->skips_sql = FALSE;
        g_ptr_array_add(run->wanted, preparation);
    }
}

static gboolean
is_any_read(const Run *run)
{
    const GPtrArray *disabled = sp_registry_get_disabled(run->registry);
    for (guint i = 0; i < sp_registry_get_n(run->registry); i++)
        if (sp_prepared_is_read(get_enabled(run, i)->prepared))
            return TRUE;
    for (guint i = 0; i < disabled->len; i++)
        if (sp_prepared_is_read(get_disabled(run, i)->prepared))
            return TRUE;
    return FALSE;
}

gboolean
sp_preparations_make(SpPreparations *preparations, const SpRegistry *registry,
                     const SpRecall *recall)
{
    g_return_val_if_fail(preparations != NULL && registry != NULL, FALSE);

    const GPtrArray *disabled = sp_registry_get_disabled(registry);
    g_autoptr(GPtrArray) wanted = g_ptr_array_new();
    Run run = {preparations, registry, recall, wanted};
    for (guint i = 0; i < sp_registry_get_n(registry); i++)
        want(&run, sp_registry_get(registry, i), FALSE);
    for (guint i = 0; i < disabled->len; i++)
        want(&run, g_ptr_array_index(disabled, i), TRUE);
    prepare_wanted(&run);
    for (guint i = 0; i < wanted->len; i++) {
        SpPreparation *preparation = g_ptr_array_index(wanted, i);
        preparation->is_changed = sp_prepared_is_read(preparation->prepared);
    }
    if (recall == NULL)
        return FALSE;
    g_autoptr(GPtrArray) gone = find_gone(&run);
    g_ptr_array_set_size(wanted, 0);
    want_concerned(&run, gone);
    prepare_wanted(&run);
    return gone->len == 0 && !is_any_read(&run);
}

const SpPreparation *
sp_preparations_find(const SpPreparations *preparations, const SpExtension *extension)
{
    return g_hash_table_lookup(preparations->by_extension, extension);
}
