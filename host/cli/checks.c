/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "cli/checks.h"

#include "base/text.h"
#include "cli/checks_summary.h"
#include "cli/json.h"
#include "cli/plugins.h"
#include "cli/table.h"

#define STATE_WIDTH 7
#define NAME_WIDTH 12
#define INDENT 2
#define FINDING_INDENT 11

typedef enum { STATE_PASSED, STATE_WARNED, STATE_REFUSED, STATE_SKIPPED } State;

static const char *const state_nicks[] = {"passed", "warned", "refused", "skipped"};

/* Which check finds which codes. The codes of error.h stand in the order of the checks; what no row
 * has is found by the first, or the last that looks at the text. */
static const struct {
    SpErrorCode first, last;
    SpCheck check;
} code_table[] = {
    {SP_ERROR_PERMISSION, SP_ERROR_NOTE_MISMATCH, SP_CHECK_FILE},
    {SP_ERROR_NO_NOTE, SP_ERROR_NO_BUILD_ID, SP_CHECK_BUILD},
    {SP_ERROR_LOAD, SP_ERROR_LOAD_PROTOCOL, SP_CHECK_LOAD},
    {SP_ERROR_INVALID_EXTENSION, SP_ERROR_INVALID_EXTENSION, SP_CHECK_DECLARATION},
    {SP_ERROR_DIRECTIVE, SP_ERROR_DIRECTIVE, SP_CHECK_DECLARATION},
    {SP_ERROR_DUPLICATE_EXTENSION, SP_ERROR_NOT_CHECKED, SP_CHECK_DEPENDENCIES},
    {SP_ERROR_SQL_SYNTAX, SP_ERROR_NO_SUCH_TABLE, SP_CHECK_SQL},
    {SP_ERROR_DUPLICATE_OWNER, SP_ERROR_UNDECLARED_READ, SP_CHECK_OWNERSHIP},
    {SP_ERROR_RETIRED_OBJECT, SP_ERROR_RETIRED_OBJECT, SP_CHECK_OWNERSHIP},
    {SP_ERROR_HAZARD, SP_ERROR_HAZARD, SP_CHECK_HAZARDS},
};

static SpCheck
check_of(const GError *error, gboolean has_extension)
{
    for (guint i = 0; i < G_N_ELEMENTS(code_table); i++)
        if (error->domain == SP_ERROR && (guint)error->code >= code_table[i].first &&
            (guint)error->code <= code_table[i].last)
            return code_table[i].check;
    return has_extension ? SP_CHECK_SQL : SP_CHECK_FILE;
}

static const char *
id_of(const SpPlugin *plugin)
{
    if (plugin->extension != NULL)
        return sp_extension_get_id(plugin->extension);
    return plugin->facts != NULL ? plugin->facts->id : NULL;
}

static gboolean
is_trial(SpCheck check)
{
    return check >= SP_CHECK_INSTALL;
}

static SpTrial
trial_of(SpCheck check)
{
    return (SpTrial)(check - SP_CHECK_INSTALL);
}

/* Whether a check came to its end, if nothing was refused in it. */
static gboolean
is_reached(const SpChecked *checked, const SpPlugin *plugin, SpCheck check)
{
    if (is_trial(check))
        return plugin->extension && checked->proof &&
               sp_proof_is_reached(checked->proof, trial_of(check), id_of(plugin));
    if (check == SP_CHECK_BUILD)
        return plugin->facts != NULL && plugin->facts->struct_size > 0;
    if (plugin->extension == NULL)
        return plugin->refusal != NULL && check < check_of(plugin->refusal, FALSE);
    const SpRegistry *registry =
        sp_declared_get_registry(sp_pipeline_get_declared(checked->pipeline));
    return check <= SP_CHECK_DEPENDENCIES ||
           sp_registry_get_position(registry, plugin->extension) >= 0;
}

typedef struct {
    const SpPlugin *plugin; /* (nullable): NULL for what is about none of @all */
    const SpDiscovery *all; /* (nullable): NULL to take everything */
    SpCheck check;          /* of the plugin */
    JsonArray *findings;
} Collection;

static gboolean
is_about_any(const Collection *collection, const GError *error)
{
    for (guint i = 0; i < sp_discovery_get_n(collection->all); i++)
        if (sp_plugins_is_about(error, sp_discovery_get(collection->all, i)))
            return TRUE;
    return FALSE;
}

static gboolean
belongs(const Collection *collection, const GError *error)
{
    if (collection->all == NULL)
        return TRUE;
    if (collection->plugin == NULL)
        return !is_about_any(collection, error);
    return sp_plugins_is_about(error, collection->plugin) &&
           (is_trial(collection->check) ||
            check_of(error, collection->plugin->extension != NULL) == collection->check);
}

static guint
collect(const Collection *collection, const GPtrArray *errors, const char *severity)
{
    guint n = 0;
    for (guint i = 0; i < errors->len; i++) {
        const GError *error = g_ptr_array_index(errors, i);
        if (!belongs(collection, error))
            continue;
        json_array_add_object_element(collection->findings, sp_json_finding(error, severity));
        n++;
    }
    return n;
}

/* Returns: REFUSED, WARNED or, for want of anything, PASSED */
static State
collect_all(const Collection *collection, const SpFindings *findings)
{
    guint n_refusals = collect(collection, sp_findings_refusals(findings), "error");
    guint n_warnings = collect(collection, sp_findings_warnings(findings), "warning");
    collect(collection, sp_findings_notes(findings), "note");
    if (n_refusals > 0)
        return STATE_REFUSED;
    return n_warnings > 0 ? STATE_WARNED : STATE_PASSED;
}

/* @findings: (transfer full) */
static JsonObject *
describe_check(const char *name, const SpPlugin *plugin, State state, const char *summary,
               JsonArray *findings)
{
    JsonObject *object = json_object_new();
    sp_json_set_text(object, "extension", plugin ? id_of(plugin) : NULL);
    sp_json_set_text(object, "path", plugin ? plugin->path : NULL);
    sp_json_set_text(object, "name", name);
    sp_json_set_text(object, "state", state_nicks[state]);
    sp_json_set_text(object, "summary", summary);
    json_object_set_null_member(object, "duration_ms");
    json_object_set_array_member(object, "findings", findings);
    return object;
}

static JsonObject *
describe(const SpChecked *checked, const SpPlugin *plugin, SpCheck check)
{
    static const char *const names[] = {
        [SP_CHECK_FILE] = "file",
        [SP_CHECK_BUILD] = "build",
        [SP_CHECK_LOAD] = "load",
        [SP_CHECK_DECLARATION] = "declaration",
        [SP_CHECK_DEPENDENCIES] = "dependencies",
        [SP_CHECK_SQL] = "sql",
        [SP_CHECK_OWNERSHIP] = "ownership",
        [SP_CHECK_HAZARDS] = "hazards",
    };
    const Collection collection = {plugin, sp_pipeline_get_discovery(checked->pipeline), check,
                                   json_array_new()};
    const SpFindings *findings = checked->findings;
    if (is_trial(check))
        findings = checked->proof ? sp_proof_get_findings(checked->proof, trial_of(check)) : NULL;
    State state = findings ? collect_all(&collection, findings) : STATE_SKIPPED;
    gboolean is_known = is_reached(checked, plugin, check);
    if (!is_known && state != STATE_REFUSED)
        state = STATE_SKIPPED;
    g_autofree char *summary = is_known ? sp_checks_summarise(checked, plugin, check) : NULL;
    const char *name = is_trial(check) ? sp_trial_nick(trial_of(check)) : names[check];
    JsonObject *object = describe_check(name, plugin, state, summary, collection.findings);
    if (is_trial(check) && checked->proof)
        json_object_set_int_member(object, "duration_ms",
                                   sp_proof_get_duration_us(checked->proof, trial_of(check)) /
                                       1000);
    if (check == SP_CHECK_SQL)
        json_object_set_array_member(object, "statements",
                                     sp_checks_list_statements(checked, plugin));
    return object;
}

JsonObject *
sp_checks_describe_one(const char *name, const SpFindings *findings, gboolean is_reached,
                       const char *summary, gint64 duration_us)
{
    const Collection collection = {.findings = json_array_new()};
    State state = collect_all(&collection, findings);
    if (!is_reached && state != STATE_REFUSED)
        state = STATE_SKIPPED;
    JsonObject *object = describe_check(name, NULL, state, summary, collection.findings);
    json_object_set_int_member(object, "duration_ms", duration_us / 1000);
    return object;
}

static void
describe_rest(const SpChecked *checked, JsonArray *checks)
{
    const Collection collection = {NULL, sp_pipeline_get_discovery(checked->pipeline), 0,
                                   json_array_new()};
    State state = collect_all(&collection, checked->findings);
    for (guint trial = 0; checked->proof && trial < SP_N_TRIALS; trial++)
        state = MAX(state, collect_all(&collection, sp_proof_get_findings(checked->proof, trial)));
    if (json_array_get_length(collection.findings) > 0)
        json_array_add_object_element(
            checks, describe_check("set", NULL, state, NULL, collection.findings));
    else
        json_array_unref(collection.findings);
}

void
sp_checks_describe(const SpChecked *checked, JsonObject *answer)
{
    guint n =
        checked->pipeline ? sp_discovery_get_n(sp_pipeline_get_discovery(checked->pipeline)) : 0;
    guint n_checks = checked->is_tried ? SP_N_CHECKS : SP_CHECK_INSTALL;
    JsonArray *checks = json_array_new();
    for (guint i = 0; i < n; i++) {
        const SpPlugin *plugin = sp_discovery_get(sp_pipeline_get_discovery(checked->pipeline), i);
        for (guint check = 0; check < n_checks; check++)
            json_array_add_object_element(checks, describe(checked, plugin, check));
    }
    if (checked->pipeline != NULL)
        describe_rest(checked, checks);
    json_object_set_array_member(answer, "checks", checks);
}

/* (transfer full): for below a headline, which has the path already. */
static JsonObject *
without_path(JsonObject *finding)
{
    JsonObject *copy = json_object_new();
    g_autoptr(GList) keys = json_object_get_members(finding);
    for (const GList *key = keys; key != NULL; key = key->next)
        if (!g_str_equal(key->data, "path"))
            json_object_set_member(copy, key->data, json_object_dup_member(finding, key->data));
    return copy;
}

static void
append_findings(GString *out, JsonObject *check)
{
    JsonArray *findings = json_object_get_array_member(check, "findings");
    gboolean has_headline = sp_json_get_text(check, "path") != NULL;
    for (guint i = 0; i < json_array_get_length(findings); i++) {
        JsonObject *whole = json_array_get_object_element(findings, i);
        g_autoptr(JsonObject) finding = has_headline ? without_path(whole) : json_object_ref(whole);
        sp_table_append_error(out, finding, FINDING_INDENT);
    }
}

static void
append_statements(GString *out, JsonObject *check)
{
    JsonArray *statements = json_object_has_member(check, "statements")
                                ? json_object_get_array_member(check, "statements")
                                : NULL;
    for (guint i = 0; statements != NULL && i < json_array_get_length(statements); i++) {
        JsonObject *statement = json_array_get_object_element(statements, i);
        g_autofree char *source = sp_text_escape(sp_json_get_text(statement, "source"));
        const char *kind = sp_json_get_text(statement, "kind");
        const char *phase = sp_json_get_text(statement, "phase");
        g_string_append_printf(
            out, "%*s%-*s  %s:%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT ": %s\n", FINDING_INDENT, "",
            NAME_WIDTH, g_str_equal(kind, "down") ? kind : phase, source,
            json_object_get_int_member(statement, "line"),
            json_object_get_int_member(statement, "column"), sp_json_get_text(statement, "tag"));
    }
}

/* "shop 1.0.0  /path/shop.so", of what is known. */
static void
append_headline(GString *out, JsonObject *plugin)
{
    static const char *const keys[] = {"id", "version"};
    g_autofree char *path = sp_text_escape(sp_json_get_text(plugin, "path"));
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        const char *value = sp_json_get_text(plugin, keys[i]);
        g_autofree char *text = value ? sp_text_escape(value) : NULL;
        if (text != NULL)
            g_string_append_printf(out, "%s%s", text, i + 1 == G_N_ELEMENTS(keys) ? "  " : " ");
    }
    g_string_append_printf(out, "%s\n", path);
}

/* Of checks that were not reached there is nothing to say but their names. */
static gboolean
is_skipped(JsonObject *check)
{
    return g_str_equal(sp_json_get_text(check, "state"), state_nicks[STATE_SKIPPED]) &&
           json_array_get_length(json_object_get_array_member(check, "findings")) == 0;
}

static void
append_check(GString *out, JsonObject *check, gboolean is_verbose, gboolean color)
{
    const char *summary = sp_json_get_text(check, "summary");
    g_autofree char *text = summary ? sp_text_escape(summary) : NULL;
    g_string_append_printf(out, "%*s", INDENT, "");
    sp_table_append_word(out, sp_json_get_text(check, "state"), STATE_WIDTH, color);
    sp_table_append_word(out, sp_json_get_text(check, "name"), NAME_WIDTH, FALSE);
    g_string_append(out, text ? text : "");
    sp_table_end_line(out);
    append_findings(out, check);
    if (is_verbose)
        append_statements(out, check);
}

/* One line for all that were skipped of a plugin. @first, @end: its checks */
static void
append_skipped(GString *out, JsonArray *checks, guint first, guint end, gboolean color)
{
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = first; i < end; i++) {
        JsonObject *check = json_array_get_object_element(checks, i);
        if (is_skipped(check))
            g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "",
                                   sp_json_get_text(check, "name"));
    }
    if (names->len == 0)
        return;
    g_string_append_printf(out, "%*s", INDENT, "");
    sp_table_append_word(out, state_nicks[STATE_SKIPPED], STATE_WIDTH, color);
    g_string_append_printf(out, "%s\n", names->str);
}

guint
sp_checks_find_end(JsonArray *checks, guint first)
{
    const char *path = sp_json_get_text(json_array_get_object_element(checks, first), "path");
    guint end = first + 1;
    while (end < json_array_get_length(checks) &&
           g_strcmp0(path, sp_json_get_text(json_array_get_object_element(checks, end), "path")) ==
               0)
        end++;
    return end;
}

void
sp_checks_append(GString *out, JsonObject *answer, gboolean is_verbose, gboolean color)
{
    JsonArray *plugins = json_object_get_array_member(answer, "plugins");
    JsonArray *checks = json_object_get_array_member(answer, "checks");
    guint n_plugins = 0;
    for (guint first = 0, end; first < json_array_get_length(checks); first = end) {
        end = sp_checks_find_end(checks, first);
        JsonObject *head = json_array_get_object_element(checks, first);
        if (sp_json_get_text(head, "path") != NULL)
            append_headline(out, json_array_get_object_element(plugins, n_plugins++));
        else
            g_string_append(out, "all together\n");
        for (guint i = first; i < end; i++) {
            JsonObject *check = json_array_get_object_element(checks, i);
            if (!is_skipped(check))
                append_check(out, check, is_verbose, color);
        }
        append_skipped(out, checks, first, end, color);
        g_string_append_c(out, '\n');
    }
}
