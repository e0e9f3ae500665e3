/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "cli/checks_summary.h"

#include "cli/json.h"
#include "cli/table.h"

typedef char *(*SummariseFunc)(const SpChecked *checked, const SpPlugin *plugin);

static char *
summarise_file(const SpChecked *checked, const SpPlugin *plugin)
{
    const SpElfFacts *facts = plugin->facts;
    if (facts == NULL || facts->struct_size == 0)
        return NULL;
    return g_strdup_printf("ABI %u.%u, for hosts from %u.%u on", facts->abi_major, facts->abi_minor,
                           facts->abi_major, facts->abi_min_minor);
}

static char *
summarise_build(const SpChecked *checked, const SpPlugin *plugin)
{
    gboolean needs_any = plugin->facts->needed != NULL && plugin->facts->needed[0] != NULL;
    g_autofree char *needed = needs_any ? g_strjoinv(", ", plugin->facts->needed) : NULL;
    return needs_any ? g_strconcat("needs ", needed, NULL) : g_strdup("needs no library");
}

static char *
summarise_declaration(const SpChecked *checked, const SpPlugin *plugin)
{
    const SpExtension *extension = plugin->extension;
    guint n_migrations = 0, n_reversible = 0;
    for (guint i = 0; i < sp_extension_get_n_migrations(extension); i++) {
        const SpMigration *migration = sp_extension_get_migration(extension, i);
        n_migrations += !migration->is_tombstone;
        n_reversible += migration->down_sql != NULL;
    }
    GString *out = g_string_new(NULL);
    sp_table_append_count(out, sp_extension_get_n_schemas(extension), "schema");
    g_string_append(out, ", ");
    sp_table_append_count(out, n_migrations, "migration");
    if (n_reversible > 0)
        g_string_append_printf(out, " (%u reversible)", n_reversible);
    g_string_append(out, ", ");
    sp_table_append_count(out, sp_extension_get_n_seeds(extension), "seed");
    return g_string_free(out, FALSE);
}

static char *
summarise_dependencies(const SpChecked *checked, const SpPlugin *plugin)
{
    guint n = sp_extension_get_n_dependencies(plugin->extension);
    GString *out = g_string_new(n > 0 ? "on " : "none");
    for (guint i = 0; i < n; i++) {
        const SpDependency *dependency = sp_extension_get_dependency(plugin->extension, i);
        g_string_append_printf(out, "%s%s%s%s%s", i > 0 ? ", " : "",
                               dependency->is_optional ? "?" : "", dependency->id,
                               dependency->version_range ? " " : "",
                               dependency->version_range ? dependency->version_range : "");
    }
    return g_string_free(out, FALSE);
}

/* (nullable) */
static const SpPrepared *
prepared_of(const SpChecked *checked, const SpPlugin *plugin)
{
    const SpDeclared *declared = sp_pipeline_get_declared(checked->pipeline);
    int position = plugin->extension ? sp_registry_get_position(sp_declared_get_registry(declared),
                                                                plugin->extension)
                                     : -1;
    return position >= 0 ? sp_declared_get_prepared(declared, (guint)position) : NULL;
}

static JsonObject *
describe_statement(const SpStatement *statement, SpScriptRole role)
{
    static const char *const kinds[] = {
        [SP_SCRIPT_SCHEMA] = "schema",     [SP_SCRIPT_MIGRATION] = "migration",
        [SP_SCRIPT_DOWN] = "down",         [SP_SCRIPT_SEED] = "seed",
        [SP_SCRIPT_RETIRE] = "retirement",
    };
    JsonObject *object = json_object_new();
    sp_json_set_text(object, "phase", sp_phase_nick(statement->phase));
    sp_json_set_text(object, "kind", kinds[role]);
    sp_json_set_text(object, "source", statement->source);
    sp_json_set_position(object, "line", statement->line);
    sp_json_set_position(object, "column", statement->column);
    sp_json_set_text(object, "tag", statement->tag);
    return object;
}

JsonArray *
sp_checks_list_statements(const SpChecked *checked, const SpPlugin *plugin)
{
    const SpPrepared *prepared = prepared_of(checked, plugin);
    const GPtrArray *scripts = prepared ? sp_prepared_get_scripts(prepared) : NULL;
    JsonArray *list = json_array_new();
    for (guint i = 0; scripts != NULL && i < scripts->len; i++) {
        const SpScript *script = g_ptr_array_index(scripts, i);
        const GPtrArray *statements = sp_script_get_statements(script);
        for (guint j = 0; j < statements->len; j++)
            json_array_add_object_element(list, describe_statement(g_ptr_array_index(statements, j),
                                                                   sp_script_get_role(script)));
    }
    return list;
}

/* "9 statements: 2 structural, 1 in migrations, 5 dependent, 1 in seeds; 1 to undo" */
static char *
summarise_sql(const SpChecked *checked, const SpPlugin *plugin)
{
    static const char *const words[] = {
        [SP_PHASE_RETIREMENTS] = "in retirements",
        [SP_PHASE_STRUCTURAL] = "structural",
        [SP_PHASE_MIGRATIONS] = "in migrations",
        [SP_PHASE_DEPENDENT] = "dependent",
        [SP_PHASE_SEEDS] = "in seeds",
    };
    guint counts[SP_N_PHASES] = {0};
    guint n = 0, n_down = 0;
    const GPtrArray *scripts = sp_prepared_get_scripts(prepared_of(checked, plugin));
    for (guint i = 0; i < scripts->len; i++) {
        const SpScript *script = g_ptr_array_index(scripts, i);
        const GPtrArray *statements = sp_script_get_statements(script);
        gboolean is_down = sp_script_get_role(script) == SP_SCRIPT_DOWN;
        n_down += is_down ? statements->len : 0;
        for (guint j = 0; !is_down && j < statements->len; j++, n++)
            counts[((const SpStatement *)g_ptr_array_index(statements, j))->phase]++;
    }
    GString *out = g_string_new(NULL);
    sp_table_append_count(out, n, "statement");
    const char *separator = ": ";
    for (guint phase = 0; phase < SP_N_PHASES; phase++) {
        if (counts[phase] == 0)
            continue;
        g_string_append_printf(out, "%s%u %s", separator, counts[phase], words[phase]);
        separator = ", ";
    }
    if (n_down > 0)
        g_string_append_printf(out, "; %u to undo", n_down);
    return g_string_free(out, FALSE);
}

static char *
summarise_ownership(const SpChecked *checked, const SpPlugin *plugin)
{
    const SpOwnership *ownership =
        sp_declared_get_ownership(sp_pipeline_get_declared(checked->pipeline));
    g_auto(GStrv) tables =
        sp_ownership_get_tables(ownership, sp_extension_get_id(plugin->extension));
    GString *out = g_string_new("owns ");
    sp_table_append_count(out, g_strv_length(tables), "table");
    guint n_others = g_strv_length((char **)sp_extension_get_cross_tables(plugin->extension));
    if (n_others > 0)
        g_string_append_printf(out, ", changes %u of others", n_others);
    return g_string_free(out, FALSE);
}

static char *
summarise_hazards(const SpChecked *checked, const SpPlugin *plugin)
{
    gboolean has_any = sp_extension_get_n_migrations(plugin->extension) > 0;
    return g_strdup(has_any ? "as if every table were large and in use" : "no migrations");
}

static char *
summarise_install(const SpChecked *checked, const SpPlugin *plugin)
{
    GString *out = g_string_new("into an empty database: ");
    sp_table_append_count(
        out, sp_proof_get_n_statements(checked->proof, sp_extension_get_id(plugin->extension)),
        "statement");
    return g_string_free(out, FALSE);
}

static char *
summarise_second_boot(const SpChecked *checked, const SpPlugin *plugin)
{
    return g_strdup("installed again");
}

static char *
summarise_down_up(const SpChecked *checked, const SpPlugin *plugin)
{
    guint n = sp_proof_get_n_undone(checked->proof, sp_extension_get_id(plugin->extension));
    if (n == 0)
        return g_strdup("nothing was undone");
    GString *out = g_string_new(NULL);
    sp_table_append_count(out, n, "migration");
    g_string_append(out, " undone, newest first, and run again");
    return g_string_free(out, FALSE);
}

char *
sp_checks_summarise(const SpChecked *checked, const SpPlugin *plugin, SpCheck check)
{
    static const SummariseFunc functions[SP_N_CHECKS] = {
        [SP_CHECK_FILE] = summarise_file,
        [SP_CHECK_BUILD] = summarise_build,
        [SP_CHECK_LOAD] = NULL,
        [SP_CHECK_DECLARATION] = summarise_declaration,
        [SP_CHECK_DEPENDENCIES] = summarise_dependencies,
        [SP_CHECK_SQL] = summarise_sql,
        [SP_CHECK_OWNERSHIP] = summarise_ownership,
        [SP_CHECK_HAZARDS] = summarise_hazards,
        [SP_CHECK_INSTALL] = summarise_install,
        [SP_CHECK_SECOND_BOOT] = summarise_second_boot,
        [SP_CHECK_DOWN_UP] = summarise_down_up,
    };
    return functions[check] ? functions[check](checked, plugin) : NULL;
}
