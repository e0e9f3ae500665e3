/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/discover.h"

#include "act/loader.h"
#include "base/error.h"
#include "base/fd.h"
#include "edge/elf_needs.h"

#include <stdlib.h>

struct SpDiscovery {
    GPtrArray *plugins;
    GPtrArray *extensions;
    SpLibraries *libraries; /* (nullable): NULL when nothing is loaded */
    GHashTable *visited;    /* real paths of the directories and files that were asked for */
};

static void
plugin_free(SpPlugin *plugin)
{
    g_free((char *)plugin->path);
    g_clear_error((GError **)&plugin->refusal);
    g_clear_pointer(&plugin->extension, sp_extension_unref);
    sp_elf_facts_free((SpElfFacts *)plugin->facts);
    g_free(plugin);
}

/* @error: (transfer full) */
static void
refuse(SpPlugin *plugin, GError *error)
{
    sp_error_place(error, &(SpPlace){.path = plugin->path});
    plugin->refusal = error;
}

static SpPlugin *
add_plugin(SpDiscovery *discovery, const char *path)
{
    SpPlugin *plugin = g_new0(SpPlugin, 1);
    plugin->path = g_strdup(path);
    g_ptr_array_add(discovery->plugins, plugin);
    return plugin;
}

static SpElfFacts *
judge_file(const SpDiscovery *discovery, int fd, int directory, GError **error)
{
    g_autoptr(SpElfFacts) facts = sp_elf_read(fd, error);
    if (facts == NULL || !sp_elf_needs_check(facts, discovery->libraries, directory, error))
        return NULL;
    return g_steal_pointer(&facts);
}

static void
read_file(const SpDiscovery *discovery, SpPlugin *plugin, const SpDirectory *directory, guint index)
{
    const SpCandidate *candidate = sp_directory_get(directory, index);
    GError *error = candidate->refusal != NULL ? g_error_copy(candidate->refusal) : NULL;
    sp_autofd int fd = error == NULL ? sp_directory_open(directory, index, &error) : -1;
    if (fd >= 0 && discovery->libraries != NULL)
        plugin->facts = judge_file(discovery, fd, sp_directory_get_fd(directory), &error);
    /* Who it is helps the reader even when it cannot be used. */
    if (fd >= 0 && plugin->facts == NULL)
        plugin->facts = sp_elf_read_note(fd, error == NULL ? &error : NULL);
    if (error != NULL)
        refuse(plugin, error);
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
accept(SpDiscovery *discovery, SpPlugin *plugin, GVariant *declaration)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(SpExtension) extension = sp_extension_new(declaration, plugin->path, findings);
    GError *mismatch = NULL;
    if (extension == NULL) {
        refuse(plugin, sp_findings_join(findings));
    } else if (!check_note(plugin->facts, extension, &mismatch)) {
        refuse(plugin, mismatch);
    } else {
        g_ptr_array_add(discovery->extensions, sp_extension_ref(extension));
        plugin->extension = g_steal_pointer(&extension);
    }
}

static gboolean
load_plugins(SpDiscovery *discovery, const SpDirectory *directory, guint first,
             const SpDiscoverOptions *options, GError **error)
{
    g_autoptr(GPtrArray) plugins = g_ptr_array_new();
    g_autoptr(GPtrArray) candidates = g_ptr_array_new();
    g_autoptr(GArray) symbol_sizes = g_array_new(FALSE, FALSE, sizeof(guint64));
    for (guint i = 0; i < sp_directory_get_n(directory); i++) {
        SpPlugin *plugin = g_ptr_array_index(discovery->plugins, first + i);
        if (plugin->refusal != NULL)
            continue;
        g_ptr_array_add(plugins, plugin);
        g_ptr_array_add(candidates, (gpointer)sp_directory_get(directory, i));
        g_array_append_val(symbol_sizes, plugin->facts->symbol_size);
    }
    g_autoptr(GPtrArray) results =
        sp_load(options->executable, directory, candidates, (const guint64 *)symbol_sizes->data,
                options->load_timeout_ms, error);
    for (guint i = 0; results != NULL && i < results->len; i++) {
        SpPlugin *plugin = g_ptr_array_index(plugins, i);
        SpLoaded *loaded = g_ptr_array_index(results, i);
        if (loaded->refusal != NULL)
            refuse(plugin, g_steal_pointer(&loaded->refusal));
        else
            accept(discovery, plugin, loaded->declaration);
    }
    return results != NULL;
}

static gboolean
discover_in(SpDiscovery *discovery, const SpDirectory *directory, const SpDiscoverOptions *options,
            GError **error)
{
    guint first = discovery->plugins->len;
    for (guint i = 0; i < sp_directory_get_n(directory); i++) {
        SpPlugin *plugin = add_plugin(discovery, sp_directory_get(directory, i)->path);
        read_file(discovery, plugin, directory, i);
    }
    return options->read_notes_only || load_plugins(discovery, directory, first, options, error);
}

/* The same place named twice is one place. */
static gboolean
is_first_visit(SpDiscovery *discovery, const char *real_path)
{
    return g_hash_table_add(discovery->visited, g_strdup(real_path));
}

/* A file that stands in no safe directory is refused alone; the others still get their answer. */
static gboolean
discover_file(SpDiscovery *discovery, const char *path, const SpDiscoverOptions *options,
              GError **error)
{
    GError *refusal = NULL;
    g_autofree char *real = realpath(path, NULL);
    if (!is_first_visit(discovery, real != NULL ? real : path))
        return TRUE;
    g_autoptr(SpDirectory) directory = sp_directory_scan_file(path, &refusal);
    if (directory != NULL)
        return discover_in(discovery, directory, options, error);
    refuse(add_plugin(discovery, path), refusal);
    return TRUE;
}

static gboolean
discover_directory(SpDiscovery *discovery, const char *path, const SpDiscoverOptions *options,
                   GError **error)
{
    g_autoptr(SpDirectory) directory = sp_directory_scan(path, error);
    if (directory != NULL && !is_first_visit(discovery, sp_directory_get_path(directory)))
        return TRUE;
    return directory != NULL && discover_in(discovery, directory, options, error);
}

SpDiscovery *
sp_discover(const SpDiscoverOptions *options, GError **error)
{
    g_return_val_if_fail(options != NULL, NULL);
    g_return_val_if_fail(options->files != NULL || options->directories != NULL, NULL);
    g_autoptr(SpDiscovery) discovery = g_new0(SpDiscovery, 1);
    discovery->visited = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    discovery->libraries = options->read_notes_only ? NULL : sp_libraries_new();
    discovery->plugins = g_ptr_array_new_with_free_func((GDestroyNotify)plugin_free);
    discovery->extensions = g_ptr_array_new_with_free_func((GDestroyNotify)sp_extension_unref);
    gboolean is_file = options->files != NULL;
    for (const char *const *path = is_file ? options->files : options->directories; *path != NULL;
         path++)
        if (!(is_file ? discover_file : discover_directory)(discovery, *path, options, error))
            return NULL;
    return g_steal_pointer(&discovery);
}

void
sp_discovery_free(SpDiscovery *discovery)
{
    if (discovery == NULL)
        return;
    g_ptr_array_unref(discovery->plugins);
    g_ptr_array_unref(discovery->extensions);
    sp_libraries_free(discovery->libraries);
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
