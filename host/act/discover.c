/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/discover.h"

#include "act/loader.h"
#include "act/vet.h"
#include "base/error.h"
#include "base/parallel.h"

#include <stdlib.h>
#include <string.h>

/* So much of sealed copies is held at once. */
#define COPIES_MAX (256u << 20)

/* Below this, to start a thread takes longer than it saves. */
#define REMEMBERED_PER_THREAD 64

struct SpDiscovery {
    GPtrArray *plugins;
    GPtrArray *extensions;
    GHashTable *visited; /* real paths of the directories and files that were asked for */
};

/* A file on its way from the directory to the child that loads it. */
typedef struct {
    SpPlugin *plugin;
    const SpCandidate *candidate;
    SpVetted *vetted;
} Passage;

/* One directory, or one file, while it is discovered. */
typedef struct {
    SpDiscovery *discovery;
    const SpDiscoverOptions *options;
    SpVet *vet;
    const SpDirectory *directory;
    GPtrArray *remembered; /* Passage: of plugins that need not be loaded */
} Visit;

static void
plugin_free(SpPlugin *plugin)
{
    g_free((char *)plugin->path);
    g_clear_error((GError **)&plugin->refusal);
    g_ptr_array_unref(plugin->warnings);
    g_clear_pointer(&plugin->extension, sp_extension_unref);
    sp_elf_facts_free((SpElfFacts *)plugin->facts);
    g_free((char *)plugin->sha256);
    g_free((SpSignature *)plugin->signature);
    g_free(plugin);
}

/* @error: (transfer full) */
static void
refuse(SpPlugin *plugin, GError *error)
{
    sp_error_place(error, &(SpPlace){.path = plugin->path});
    plugin->refusal = error;
}

/* @error: (transfer full) */
static void
warn(SpPlugin *plugin, GError *error)
{
    sp_error_place(error, &(SpPlace){.path = plugin->path});
    g_ptr_array_add(plugin->warnings, error);
}

static SpPlugin *
add_plugin(SpDiscovery *discovery, const char *path)
{
    SpPlugin *plugin = g_new0(SpPlugin, 1);
    plugin->path = g_strdup(path);
    plugin->warnings = g_ptr_array_new_with_free_func((GDestroyNotify)g_error_free);
    g_ptr_array_add(discovery->plugins, plugin);
    return plugin;
}

static void
passage_free(Passage *passage)
{
    sp_vetted_free(passage->vetted);
    g_free(passage);
}

static gboolean
check_note(const SpElfFacts *facts, const SpExtension *extension, GError **error)
{
    const char *const both[][3] = {
        {"id", facts->id, sp_extension_get_id(extension)},
        {"name", facts->name, sp_extension_get_name(extension)},
        {"version", facts->version, sp_extension_get_version(extension)},
    };
    for (guint i = 0; facts->has_note && i < G_N_ELEMENTS(both); i++) {
        if (g_strcmp0(both[i][1], both[i][2]) == 0)
            continue;
        g_autofree char *detail =
            g_strdup_printf("The note says \"%s\", the vtable \"%s\".", both[i][1], both[i][2]);
        return sp_error_set(error, SP_ERROR_NOTE_MISMATCH, detail,
                            "Define both with SP_EXTENSION(), from one build.",
                            "note and vtable of the plugin disagree on the %s", both[i][0]);
    }
    return TRUE;
}

static void
accept(const Visit *visit, SpPlugin *plugin, GBytes *declaration)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(SpExtension) extension = sp_extension_new_with_role(
        declaration, plugin->path, visit->options->role_prefix, findings);
    GError *refusal = NULL;
    if (extension == NULL) {
        refuse(plugin, sp_findings_join(findings));
    } else if (!check_note(plugin->facts, extension, &refusal) ||
               !sp_vet_check_id(visit->vet, sp_extension_get_id(extension), &refusal)) {
        refuse(plugin, refusal);
    } else {
        plugin->extension = g_steal_pointer(&extension);
    }
}

/* What is verified is a copy without a place, so the loader found no library beside it. */
static GError *
explain(const Passage *passage, GError *refusal)
{
    gboolean lacks_library =
        refusal->code == SP_ERROR_MISSING_LIBRARY && sp_error_detail(refusal) != NULL;
    if (passage->vetted->sealed_fd < 0 || passage->plugin->facts->runpath == NULL || !lacks_library)
        return refusal;
    g_autofree char *detail = g_strdup_printf(
        "%s. Signatures and hashes cover the plugin alone, so no library beside it is loaded.",
        sp_error_detail(refusal));
    g_error_free(refusal);
    return sp_error_new(SP_ERROR_UNVERIFIED_LIBRARY, detail,
                        "Link the library into the plugin, or install it for the whole system.",
                        "the plugin needs a library that nobody verifies");
}

/* What left something behind has to be loaded again, so that it is said again. */
static void
take_result(const Visit *visit, Passage *passage, SpLoaded *loaded)
{
    SpPlugin *plugin = passage->plugin;
    GError *refusal = g_steal_pointer(&loaded->refusal);
    if (refusal != NULL) {
        sp_vet_learn(visit->vet, passage->vetted, refusal, NULL, NULL);
        refuse(plugin, explain(passage, refusal));
        return;
    }
    accept(visit, plugin, loaded->declaration);
    gboolean is_clean = plugin->refusal == NULL && loaded->warning == NULL;
    sp_vet_learn(visit->vet, passage->vetted, NULL, plugin->facts,
                 is_clean ? loaded->declaration : NULL);
    if (plugin->refusal == NULL && loaded->warning != NULL)
        warn(plugin, g_steal_pointer(&loaded->warning));
}

/* @batch: (element-type Passage): those that passed so far */
static gboolean
load_batch(const Visit *visit, const GPtrArray *batch, GError **error)
{
    g_autoptr(GPtrArray) candidates = g_ptr_array_new();
    g_autoptr(GArray) symbol_sizes = g_array_new(FALSE, FALSE, sizeof(guint64));
    g_autoptr(GArray) sealed_fds = g_array_new(FALSE, FALSE, sizeof(int));
    for (guint i = 0; i < batch->len; i++) {
        const Passage *passage = g_ptr_array_index(batch, i);
        g_ptr_array_add(candidates, (gpointer)passage->candidate);
        g_array_append_val(symbol_sizes, passage->plugin->facts->symbol_size);
        g_array_append_val(sealed_fds, passage->vetted->sealed_fd);
    }
    g_autoptr(GPtrArray) results =
        sp_load(visit->options->executable, visit->directory, candidates,
                (const guint64 *)symbol_sizes->data,
                sp_vet_seals(visit->vet) ? (const int *)sealed_fds->data : NULL,
                visit->options->load_timeout_ms, error);
    for (guint i = 0; results != NULL && i < results->len; i++)
        take_result(visit, g_ptr_array_index(batch, i), g_ptr_array_index(results, i));
    return results != NULL;
}

static Passage *
admit(const Visit *visit, guint index)
{
    Passage *passage = g_new0(Passage, 1);
    passage->candidate = sp_directory_get(visit->directory, index);
    passage->plugin = add_plugin(visit->discovery, passage->candidate->path);
    passage->vetted = sp_vet_file(visit->vet, visit->directory, index);
    SpVetted *vetted = passage->vetted;
    SpPlugin *plugin = passage->plugin;
    if (vetted->refusal != NULL) {
        sp_vet_learn(visit->vet, vetted, NULL, NULL, NULL);
        refuse(plugin, g_error_copy(vetted->refusal));
    }
    plugin->facts = g_steal_pointer(&vetted->facts);
    plugin->sha256 = g_strdup(vetted->sha256);
    plugin->signature = g_memdup2(vetted->signature, sizeof *vetted->signature);
    plugin->is_remembered = vetted->is_remembered;
    return passage;
}

/* Adds plugins until the directory ends, or so many copies are held as may be. */
static guint
fill_batch(const Visit *visit, guint next, GPtrArray *batch)
{
    gsize held = 0;
    guint n_max = sp_vet_seals(visit->vet) ? SP_LOAD_SEALED_MAX : G_MAXUINT;
    guint n = sp_directory_get_n(visit->directory);
    while (next < n && batch->len < n_max && held < COPIES_MAX) {
        Passage *passage = admit(visit, next++);
        if (passage->plugin->refusal != NULL) {
            passage_free(passage);
        } else if (passage->vetted->declaration != NULL) {
            g_ptr_array_add(visit->remembered, passage);
        } else {
            held += passage->vetted->size;
            g_ptr_array_add(batch, passage);
        }
    }
    return next;
}

static void
accept_remembered(guint index, gpointer data)
{
    const Visit *visit = data;
    const Passage *passage = g_ptr_array_index(visit->remembered, index);
    accept(visit, passage->plugin, passage->vetted->declaration);
}

static gboolean
discover_in(Visit *visit, GError **error)
{
    g_autoptr(GPtrArray) remembered = g_ptr_array_new_with_free_func((GDestroyNotify)passage_free);
    visit->remembered = remembered;
    guint next = 0;
    while (next < sp_directory_get_n(visit->directory)) {
        g_autoptr(GPtrArray) batch = g_ptr_array_new_with_free_func((GDestroyNotify)passage_free);
        next = fill_batch(visit, next, batch);
        gboolean loads = batch->len > 0 && !visit->options->read_notes_only;
        if (loads && !load_batch(visit, batch, error))
            return FALSE;
    }
    sp_parallel_run(remembered->len, REMEMBERED_PER_THREAD, accept_remembered, visit);
    return TRUE;
}

/* The same place named twice is one place. */
static gboolean
is_first_visit(SpDiscovery *discovery, const char *real_path)
{
    return g_hash_table_add(discovery->visited, g_strdup(real_path));
}

/* A file that stands in no safe directory is refused alone; the others still get their answer. */
static gboolean
discover_file(Visit *visit, const char *path, GError **error)
{
    GError *refusal = NULL;
    g_autofree char *real = realpath(path, NULL);
    if (!is_first_visit(visit->discovery, real != NULL ? real : path))
        return TRUE;
    g_autoptr(SpDirectory) directory = sp_directory_scan_file(path, &refusal);
    visit->directory = directory;
    if (directory != NULL)
        return discover_in(visit, error);
    refuse(add_plugin(visit->discovery, path), refusal);
    return TRUE;
}

static gboolean
discover_directory(Visit *visit, const char *path, GError **error)
{
    g_autoptr(SpDirectory) directory = sp_directory_scan(path, error);
    visit->directory = directory;
    if (directory != NULL && !is_first_visit(visit->discovery, sp_directory_get_path(directory)))
        return TRUE;
    return directory != NULL && discover_in(visit, error);
}

static void
collect_extensions(SpDiscovery *discovery)
{
    for (guint i = 0; i < discovery->plugins->len; i++) {
        const SpPlugin *plugin = g_ptr_array_index(discovery->plugins, i);
        if (plugin->extension != NULL)
            g_ptr_array_add(discovery->extensions, sp_extension_ref(plugin->extension));
    }
}

static SpVet *
vet_new(const SpDiscoverOptions *options, GError **error)
{
    const SpVetOptions vet = {
        .trust = options->trust,
        .cache_directory = options->cache_directory,
        .load_timeout_ms = options->load_timeout_ms,
        .ignores_kept = options->ignores_kept,
        .read_notes_only = options->read_notes_only,
        .reads_whole_files = options->reads_whole_files,
    };
    return sp_vet_new(&vet, error);
}

SpDiscovery *
sp_discover(const SpDiscoverOptions *options, GError **error)
{
    g_return_val_if_fail(options != NULL, NULL);
    g_return_val_if_fail(options->files != NULL || options->directories != NULL, NULL);
    g_autoptr(SpVet) vet = vet_new(options, error);
    if (vet == NULL)
        return NULL;
    g_autoptr(SpDiscovery) discovery = g_new0(SpDiscovery, 1);
    discovery->visited = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    discovery->plugins = g_ptr_array_new_with_free_func((GDestroyNotify)plugin_free);
    discovery->extensions = g_ptr_array_new_with_free_func((GDestroyNotify)sp_extension_unref);
    Visit visit = {discovery, options, vet, NULL, NULL};
    gboolean is_file = options->files != NULL;
    for (const char *const *path = is_file ? options->files : options->directories; *path != NULL;
         path++)
        if (!(is_file ? discover_file : discover_directory)(&visit, *path, error))
            return NULL;
    sp_vet_save(vet);
    collect_extensions(discovery);
    return g_steal_pointer(&discovery);
}

void
sp_discovery_free(SpDiscovery *discovery)
{
    if (discovery == NULL)
        return;
    g_ptr_array_unref(discovery->plugins);
    g_ptr_array_unref(discovery->extensions);
    g_hash_table_unref(discovery->visited);
    g_free(discovery);
}

guint
sp_discovery_get_n(const SpDiscovery *discovery)
{
    return discovery->plugins->len;
}

const SpPlugin *
sp_discovery_get(const SpDiscovery *discovery, guint index)
{
    g_return_val_if_fail(index < discovery->plugins->len, NULL);
    return g_ptr_array_index(discovery->plugins, index);
}

const GPtrArray *
sp_discovery_get_extensions(const SpDiscovery *discovery)
{
    return discovery->extensions;
}
