/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "cli/pipeline.h"

#include "act/recall_file.h"
#include "model/needed.h"

#include <string.h>

struct SpPipeline {
    GPtrArray *disabled; /* ids, ended by NULL */
    SpDiscovery *discovery;
    SpDiscovery *at_hand;  /* (nullable): where the dependencies of given files are looked for */
    GPtrArray *extensions; /* SpExtension: those discovered, then the dependencies taken */
    SpRecall *kept;        /* (nullable): what was read in an earlier run */
    SpDeclared *declared;
    SpFindings *findings;
    gboolean skip_refused;
    gboolean finds_hazards;
    gboolean takes_newer_grammar;
    gboolean is_partial;     /* given files, which need not be all of a set */
    gboolean is_to_install;  /* so the findings on their dependencies count, too */
    gboolean has_extensions; /* plugins were loaded, not only their notes read */
};

static void
add_texts(GPtrArray *to, const char *const *texts)
{
    for (; *texts != NULL; texts++)
        g_ptr_array_add(to, g_strdup(*texts));
}

static const char *const *
plugin_dirs(const SpContext *context)
{
    static const char *const by_default[] = {SP_PLUGIN_DIR, NULL};
    const char *const *of_config = sp_config_get_plugin_dirs(context->config);
    if (context->options->plugin_dirs[0] != NULL)
        return context->options->plugin_dirs;
    return of_config[0] != NULL ? of_config : by_default;
}

/* A person who asks for a list must not find files afterwards, so nothing is kept unless the
 * configuration or the service says where. */
static char *
cache_directory(const SpContext *context)
{
    const char *of_config = sp_config_get_cache_dir(context->config);
    const char *of_service = g_getenv("CACHE_DIRECTORY");
    if (of_config != NULL)
        return g_strdup(of_config);
    /* systemd gives several, separated by colons, to a service that asks for several. */
    return of_service != NULL && of_service[0] == '/'
               ? g_strndup(of_service, strcspn(of_service, ":"))
               : NULL;
}

static gboolean
skips_refused(const SpContext *context)
{
    if (context->options->on_refused == SP_ON_REFUSED_AS_CONFIGURED)
        return sp_config_get_skips_refused(context->config);
    return context->options->on_refused == SP_ON_REFUSED_SKIP;
}

static void
copy_errors(SpFindings *to, void (*add)(SpFindings *, GError *), const GPtrArray *errors)
{
    for (guint i = 0; i < errors->len; i++)
        add(to, g_error_copy(g_ptr_array_index(errors, i)));
}

/* Whether a finding is of a dependency that was only looked for: nobody asked about it. */
static gboolean
is_of_dependency(const SpPipeline *pipeline, const GError *error)
{
    const char *id = sp_error_get_place(error)->extension;
    guint n_own = sp_discovery_get_extensions(pipeline->discovery)->len;
    for (guint i = n_own; id != NULL && i < pipeline->extensions->len; i++)
        if (g_str_equal(sp_extension_get_id(g_ptr_array_index(pipeline->extensions, i)), id))
            return TRUE;
    return FALSE;
}

static void
note_refused(const SpPipeline *pipeline, const SpExtension *own, const SpExtension *dependency,
             const GError *refusal)
{
    const SpPlace place = {.path = sp_extension_get_path(own),
                           .extension = sp_extension_get_id(own)};
    g_autofree char *detail = g_strdup_printf("%s: %s: %s.", sp_extension_get_path(dependency),
                                              sp_error_nick(refusal), refusal->message);
    GError *note = sp_error_new(SP_ERROR_NOT_CHECKED, detail, NULL,
                                "extension \"%s\" depends on \"%s\", which is refused itself",
                                place.extension, sp_extension_get_id(dependency));
    sp_error_place(note, &place);
    sp_findings_note(pipeline->findings, note);
}

static void
note_refused_dependencies(const SpPipeline *pipeline)
{
    const GPtrArray *own = sp_discovery_get_extensions(pipeline->discovery);
    const SpRegistry *registry = sp_declared_get_registry(pipeline->declared);
    for (guint i = own->len; i < pipeline->extensions->len; i++) {
        const SpExtension *dependency = g_ptr_array_index(pipeline->extensions, i);
        const GError *refusal = sp_declared_get_refusal(pipeline->declared, dependency);
        for (guint j = 0; refusal != NULL && j < own->len; j++)
            if (sp_registry_depends_on(registry, sp_extension_get_id(g_ptr_array_index(own, j)),
                                       sp_extension_get_id(dependency)))
                note_refused(pipeline, g_ptr_array_index(own, j), dependency, refusal);
    }
}

static void
copy_all(const SpPipeline *pipeline, void (*add)(SpFindings *, GError *), const GPtrArray *errors)
{
    copy_errors(pipeline->findings, add, errors);
}

static void
copy_own(const SpPipeline *pipeline, void (*add)(SpFindings *, GError *), const GPtrArray *errors)
{
    for (guint i = 0; i < errors->len; i++) {
        const GError *error = g_ptr_array_index(errors, i);
        if (!is_of_dependency(pipeline, error))
            add(pipeline->findings, g_error_copy(error));
    }
}

static void
collect_findings(SpPipeline *pipeline)
{
    for (guint i = 0; i < sp_discovery_get_n(pipeline->discovery); i++) {
        const SpPlugin *plugin = sp_discovery_get(pipeline->discovery, i);
        const SpPlace place = {.path = plugin->path};
        copy_errors(pipeline->findings, sp_findings_warn, plugin->warnings);
        if (plugin->refusal == NULL)
            continue;
        GError *refusal = g_error_copy(plugin->refusal);
        sp_error_place(refusal, &place);
        sp_findings_refuse(pipeline->findings, refusal);
    }
    const SpFindings *declared = sp_declared_get_findings(pipeline->declared);
    /* A dependency that cannot be installed hinders those that need it. */
    (pipeline->is_to_install ? copy_all : copy_own)(pipeline, sp_findings_refuse,
                                                    sp_findings_refusals(declared));
    copy_own(pipeline, sp_findings_warn, sp_findings_warnings(declared));
    copy_own(pipeline, sp_findings_note, sp_findings_notes(declared));
    if (!pipeline->is_to_install)
        note_refused_dependencies(pipeline);
}

static SpDiscovery *
discover(const SpContext *context, const char *const *directories, const char *const *files,
         GError **error)
{
    g_autofree char *cache = cache_directory(context);
    const SpDiscoverOptions discover = {
        .directories = directories,
        .files = files,
        .executable = context->executable,
        .load_timeout_ms = sp_config_get_load_timeout_ms(context->config),
        .read_notes_only = context->options->no_load,
        .trust = sp_config_get_trust(context->config),
        .cache_directory = cache,
        .ignores_kept = context->options->no_cache,
        .role_prefix = sp_config_get_role_prefix(context->config),
        .reads_whole_files = files != NULL,
    };
    return sp_discover(&discover, error);
}

/* (nullable): without --plugin-dir nothing is at hand: what happens to be installed says nothing of
 * the files. @error: set when NULL is a failure */
static SpDiscovery *
discover_at_hand(const SpContext *context, const char *const *files, GError **error)
{
    const char *const *named = context->options->plugin_dirs;
    return files != NULL && named[0] != NULL ? discover(context, named, NULL, error) : NULL;
}

SpPipeline *
sp_pipeline_discover(const SpContext *context, const SpPipelineOptions *how, GError **error)
{
    const SpOptions *options = context->options;
    GError *problem = NULL;
    g_autoptr(SpDiscovery) discovery = discover(
        context, how->directories ? how->directories : plugin_dirs(context), how->files, &problem);
    g_autoptr(SpDiscovery) at_hand =
        discovery ? discover_at_hand(context, how->files, &problem) : NULL;
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return NULL;
    }
    g_autoptr(GPtrArray) nothing = g_ptr_array_new();
    SpPipeline *pipeline = g_new0(SpPipeline, 1);
    pipeline->extensions =
        sp_extensions_complete(sp_discovery_get_extensions(discovery),
                               at_hand ? sp_discovery_get_extensions(at_hand) : nothing);
    pipeline->skip_refused = skips_refused(context);
    pipeline->finds_hazards = how->finds_hazards;
    pipeline->takes_newer_grammar = sp_config_get_takes_newer_grammar(context->config);
    pipeline->has_extensions = !options->no_load;
    /* Only what is whole can be installed. */
    pipeline->is_partial = how->files != NULL && !options->embedded;
    pipeline->is_to_install = options->embedded;
    pipeline->discovery = g_steal_pointer(&discovery);
    pipeline->at_hand = g_steal_pointer(&at_hand);
    pipeline->disabled = g_ptr_array_new_with_free_func(g_free);
    add_texts(pipeline->disabled, sp_config_get_disabled(context->config));
    add_texts(pipeline->disabled, options->disabled);
    g_ptr_array_add(pipeline->disabled, NULL);
    return pipeline;
}

gboolean
sp_pipeline_has_refused_files(const SpPipeline *pipeline)
{
    guint n = sp_discovery_get_n(pipeline->discovery);
    for (guint i = 0; i < n && !pipeline->skip_refused; i++)
        if (sp_discovery_get(pipeline->discovery, i)->refusal != NULL)
            return TRUE;
    return FALSE;
}

void
sp_pipeline_declare(SpPipeline *pipeline, const SpRecall *recall)
{
    /* Notes alone give no extensions, so every id would be one that nobody bears. */
    static const char *const none[] = {NULL};
    const SpDeclaredOptions options = {
        .disabled = pipeline->has_extensions ? sp_pipeline_get_disabled(pipeline) : none,
        .skip_refused = pipeline->skip_refused,
        .keeps_trees = pipeline->finds_hazards,
        .takes_newer_grammar = pipeline->takes_newer_grammar,
        .is_partial = pipeline->is_partial,
        .recall = recall,
    };
    pipeline->findings = sp_findings_new();
    pipeline->declared = sp_declared_new(pipeline->extensions, &options);
    collect_findings(pipeline);
}

SpPipeline *
sp_pipeline_new(const SpContext *context, const SpPipelineOptions *how, GError **error)
{
    SpPipeline *pipeline = sp_pipeline_discover(context, how, error);
    g_autofree char *cache = how->uses_kept ? cache_directory(context) : NULL;
    if (pipeline == NULL)
        return NULL;
    if (cache != NULL && !context->options->no_cache)
        pipeline->kept = sp_recall_file_read(cache);
    sp_pipeline_declare(pipeline, pipeline->kept);
    if (cache != NULL && !sp_declared_is_unchanged(pipeline->declared))
        sp_recall_file_write(cache, pipeline->declared);
    return pipeline;
}

SpPlanOptions
sp_pipeline_plan_options(const SpContext *context)
{
    return (SpPlanOptions){.stamps_fresh = sp_config_get_stamps_fresh(context->config)};
}

void
sp_pipeline_free(SpPipeline *pipeline)
{
    if (pipeline == NULL)
        return;
    g_clear_pointer(&pipeline->declared, sp_declared_free);
    sp_recall_free(pipeline->kept);
    sp_discovery_free(pipeline->discovery);
    g_clear_pointer(&pipeline->at_hand, sp_discovery_free);
    g_ptr_array_unref(pipeline->extensions);
    g_clear_pointer(&pipeline->findings, sp_findings_free);
    g_ptr_array_unref(pipeline->disabled);
    g_free(pipeline);
}

const SpDiscovery *
sp_pipeline_get_discovery(const SpPipeline *pipeline)
{
    return pipeline->discovery;
}

const SpDeclared *
sp_pipeline_get_declared(const SpPipeline *pipeline)
{
    return pipeline->declared;
}

const SpFindings *
sp_pipeline_get_findings(const SpPipeline *pipeline)
{
    return pipeline->findings;
}

const char *const *
sp_pipeline_get_disabled(const SpPipeline *pipeline)
{
    return (const char *const *)pipeline->disabled->pdata;
}

gboolean
sp_pipeline_accept(const SpPipeline *pipeline, SpFindings *findings, GError **error)
{
    const GPtrArray *refusals = sp_findings_refusals(pipeline->findings);
    gboolean goes_on = pipeline->skip_refused && !sp_declared_is_refused(pipeline->declared);
    copy_errors(findings, sp_findings_warn, sp_findings_warnings(pipeline->findings));
    for (guint i = 0; i < refusals->len; i++) {
        GError *refusal = g_error_copy(g_ptr_array_index(refusals, i));
        if (goes_on) {
            g_prefix_error(&refusal, "skipped: ");
            sp_findings_warn(findings, refusal);
        } else {
            sp_findings_refuse(findings, refusal);
        }
    }
    if (goes_on || refusals->len == 0)
        return TRUE;
    g_propagate_error(error, g_error_copy(g_ptr_array_index(refusals, 0)));
    return FALSE;
}
