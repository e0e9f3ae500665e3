/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "cli/plugins.h"

#include "cli/json.h"

typedef enum { STATE_ACCEPTED, STATE_REFUSED, STATE_DISABLED, N_STATES } State;

static const char *const state_nicks[] = {"accepted", "refused", "disabled"};

static State
state_of(const SpPipeline *pipeline, const SpPlugin *plugin)
{
    const SpDeclared *declared = sp_pipeline_get_declared(pipeline);
    if (plugin->refusal ||
        (plugin->extension && sp_declared_get_refusal(declared, plugin->extension)))
        return STATE_REFUSED;
    const char *id = plugin->extension ? sp_extension_get_id(plugin->extension) : NULL;
    if (id == NULL && plugin->facts)
        id = plugin->facts->id;
    gboolean is_disabled = id && g_strv_contains(sp_pipeline_get_disabled(pipeline), id);
    return is_disabled ? STATE_DISABLED : STATE_ACCEPTED;
}

static void
set_abi(JsonObject *row, guint major, guint minor, guint min_minor)
{
    JsonObject *abi = json_object_new();
    json_object_set_int_member(abi, "major", major);
    json_object_set_int_member(abi, "minor", minor);
    json_object_set_int_member(abi, "min_minor", min_minor);
    json_object_set_object_member(row, "abi", abi);
}

/* What the file says of itself; all that is known of a plugin that was not loaded. */
static void
describe_facts(JsonObject *row, const SpElfFacts *facts)
{
    sp_json_set_text(row, "id", facts ? facts->id : NULL);
    sp_json_set_text(row, "name", facts ? facts->name : NULL);
    sp_json_set_text(row, "version", facts ? facts->version : NULL);
    json_object_set_null_member(row, "abi");
    if (facts && facts->struct_size > 0)
        set_abi(row, facts->abi_major, facts->abi_minor, facts->abi_min_minor);
    else if (facts && facts->has_note)
        set_abi(row, facts->note_major, facts->note_minor, facts->note_min_minor);
    json_object_set_boolean_member(row, "note", facts && facts->has_note);
}

/* What is known of the bytes, whoever they say they are. */
static void
describe_trust(JsonObject *row, const SpPlugin *plugin)
{
    sp_json_set_text(row, "sha256", plugin->sha256);
    json_object_set_null_member(row, "signature");
    json_object_set_boolean_member(row, "remembered", plugin->is_remembered);
    if (plugin->signature == NULL)
        return;
    const char *key_id = plugin->signature->key_id;
    JsonObject *signature = json_object_new();
    sp_json_set_text(signature, "state", sp_signature_nick(plugin->signature->state));
    sp_json_set_text(signature, "key_id", key_id[0] != '\0' ? key_id : NULL);
    json_object_set_object_member(row, "signature", signature);
}

static void
describe_unknown(JsonObject *row)
{
    static const char *const unknown[] = {"priority", "required", "schemas"};
    static const char *const empty[] = {
        "dependencies", "cross_extension_tables", "tables", "migrations", "seeds", "hooks"};
    for (guint i = 0; i < G_N_ELEMENTS(unknown); i++)
        json_object_set_null_member(row, unknown[i]);
    for (guint i = 0; i < G_N_ELEMENTS(empty); i++)
        sp_json_set_texts(row, empty[i], NULL);
}

/* In the notation of extension.conf: "?audit", "billing >=1.2". */
static void
describe_dependencies(JsonObject *row, const SpExtension *extension)
{
    JsonArray *array = json_array_new();
    for (guint i = 0; i < sp_extension_get_n_dependencies(extension); i++) {
        const SpDependency *dependency = sp_extension_get_dependency(extension, i);
        const char *range = dependency->version_range ? dependency->version_range : "";
        g_autofree char *text = g_strconcat(dependency->is_optional ? "?" : "", dependency->id,
                                            range[0] ? " " : "", range, NULL);
        json_array_add_string_element(array, text);
    }
    json_object_set_array_member(row, "dependencies", array);
}

static void
describe_migrations(JsonObject *row, const SpExtension *extension)
{
    JsonArray *array = json_array_new();
    for (guint i = 0; i < sp_extension_get_n_migrations(extension); i++) {
        const SpMigration *migration = sp_extension_get_migration(extension, i);
        if (migration->is_tombstone)
            continue;
        JsonObject *object = json_object_new();
        json_object_set_int_member(object, "version", migration->version);
        sp_json_set_text(object, "name", migration->name);
        json_object_set_boolean_member(object, "reversible", migration->down_sql != NULL);
        json_object_set_boolean_member(object, "transactional", migration->is_transactional);
        json_array_add_object_element(array, object);
    }
    json_object_set_array_member(row, "migrations", array);
}

static void
describe_seeds(JsonObject *row, const SpExtension *extension)
{
    JsonArray *array = json_array_new();
    for (guint i = 0; i < sp_extension_get_n_seeds(extension); i++)
        json_array_add_string_element(array, sp_extension_get_seed(extension, i)->id);
    json_object_set_array_member(row, "seeds", array);
}

static void
describe_extension(JsonObject *row, const SpDeclared *declared, const SpExtension *extension)
{
    const char *id = sp_extension_get_id(extension);
    guint major, minor, min_minor;
    sp_extension_get_abi(extension, &major, &minor, &min_minor);
    g_auto(GStrv) tables = sp_ownership_get_tables(sp_declared_get_ownership(declared), id);
    sp_json_set_text(row, "id", id);
    sp_json_set_text(row, "name", sp_extension_get_name(extension));
    sp_json_set_text(row, "version", sp_extension_get_version(extension));
    set_abi(row, major, minor, min_minor);
    json_object_set_int_member(row, "priority", sp_extension_get_priority(extension));
    json_object_set_boolean_member(row, "required", sp_extension_is_required(extension));
    describe_dependencies(row, extension);
    sp_json_set_texts(row, "cross_extension_tables", sp_extension_get_cross_tables(extension));
    sp_json_set_texts(row, "tables", (const char *const *)tables);
    json_object_set_int_member(row, "schemas", sp_extension_get_n_schemas(extension));
    describe_migrations(row, extension);
    describe_seeds(row, extension);
    sp_json_set_texts(row, "hooks", sp_extension_get_hooks(extension));
}

gboolean
sp_plugins_is_about(const GError *finding, const SpPlugin *plugin)
{
    const SpPlace *place = sp_error_get_place(finding);
    if (place->path != NULL)
        return g_str_equal(place->path, plugin->path);
    return plugin->extension &&
           g_strcmp0(place->extension, sp_extension_get_id(plugin->extension)) == 0;
}

static void
describe_reasons(JsonObject *row, const SpPipeline *pipeline, const SpPlugin *plugin)
{
    const GPtrArray *refusals = sp_findings_refusals(sp_pipeline_get_findings(pipeline));
    const GError *first = plugin->refusal;
    if (first == NULL && plugin->extension)
        first = sp_declared_get_refusal(sp_pipeline_get_declared(pipeline), plugin->extension);
    g_autoptr(GPtrArray) reasons = g_ptr_array_new();
    for (guint i = 0; first && i < refusals->len; i++) {
        if (sp_plugins_is_about(g_ptr_array_index(refusals, i), plugin))
            g_ptr_array_add(reasons, g_ptr_array_index(refusals, i));
    }
    if (first && reasons->len == 0)
        g_ptr_array_add(reasons, (gpointer)first);
    sp_json_set_error(row, "reason", first);
    sp_json_set_errors(row, "reasons", reasons);
    sp_json_set_errors(row, "warnings", plugin->warnings);
}

/* (transfer full): SpExtension -> its place in the install order, 1-based. What is refused for its
 * SQL has a place in the registry and takes none here. */
static GHashTable *
find_orders(const SpDeclared *declared)
{
    const SpRegistry *registry = sp_declared_get_registry(declared);
    GHashTable *orders = g_hash_table_new(NULL, NULL);
    guint order = 0;
    for (guint i = 0; i < sp_registry_get_n(registry); i++) {
        const SpExtension *extension = sp_registry_get(registry, i);
        if (sp_declared_get_refusal(declared, extension) == NULL)
            g_hash_table_insert(orders, (gpointer)extension, GUINT_TO_POINTER(++order));
    }
    return orders;
}

static JsonObject *
describe_plugin(const SpPipeline *pipeline, const SpPlugin *plugin, State state, guint order)
{
    const SpDeclared *declared = sp_pipeline_get_declared(pipeline);
    JsonObject *row = json_object_new();
    sp_json_set_text(row, "path", plugin->path);
    sp_json_set_text(row, "state", state_nicks[state]);
    sp_json_set_position(row, "order", state == STATE_ACCEPTED ? order : 0);
    describe_facts(row, plugin->facts);
    describe_trust(row, plugin);
    if (plugin->extension)
        describe_extension(row, declared, plugin->extension);
    else
        describe_unknown(row);
    describe_reasons(row, pipeline, plugin);
    return row;
}

void
sp_plugins_describe(const SpPipeline *pipeline, JsonObject *answer)
{
    guint counts[N_STATES] = {0};
    guint n = pipeline ? sp_discovery_get_n(sp_pipeline_get_discovery(pipeline)) : 0;
    JsonArray *rows = json_array_new();
    g_autoptr(GHashTable) orders =
        pipeline ? find_orders(sp_pipeline_get_declared(pipeline)) : NULL;
    for (guint i = 0; i < n; i++) {
        const SpPlugin *plugin = sp_discovery_get(sp_pipeline_get_discovery(pipeline), i);
        State state = state_of(pipeline, plugin);
        guint order = GPOINTER_TO_UINT(g_hash_table_lookup(orders, plugin->extension));
        counts[state]++;
        json_array_add_object_element(rows, describe_plugin(pipeline, plugin, state, order));
    }
    JsonObject *summary = json_object_new();
    json_object_set_int_member(summary, "total", n);
    for (guint state = 0; state < N_STATES; state++)
        json_object_set_int_member(summary, state_nicks[state], counts[state]);
    json_object_set_object_member(answer, "summary", summary);
    json_object_set_array_member(answer, "plugins", rows);
}
