/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "cli/steps.h"

#include "base/text.h"
#include "cli/json.h"

#include <string.h>

#define SQL_INDENT 4

/* A semicolon after a comment would be part of it. */
static const char *
statement_end(const char *sql)
{
    const char *last_line = strrchr(sql, '\n');
    return strstr(last_line ? last_line : sql, "--") ? "\n;" : ";";
}

char *
sp_steps_format_sql(const GPtrArray *statements)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < statements->len; i++) {
        const SpStatement *statement = g_ptr_array_index(statements, i);
        g_string_append_printf(out, "%s-- %s:%u\n%s%s", i > 0 ? "\n\n" : "", statement->source,
                               statement->line, statement->sql, statement_end(statement->sql));
    }
    return g_string_free(out, FALSE);
}

static void
append_all(GString *out, const GPtrArray *statements)
{
    for (guint i = 0; i < statements->len; i++)
        g_string_append_printf(out, "%s;\n", (const char *)g_ptr_array_index(statements, i));
}

/* (transfer full) (nullable): with what makes them run under the role of their extension */
static char *
sql_of(const SpStep *step)
{
    if (step->statements == NULL || step->statements->len == 0 || step->state == SP_STEP_CURRENT)
        return NULL;
    g_autofree char *statements = sp_steps_format_sql(step->statements);
    if (step->role_use == NULL)
        return g_steal_pointer(&statements);
    GString *out = g_string_new(NULL);
    append_all(out, step->role_use->grants);
    g_string_append_printf(out, "%s;\n\n%s", step->role_use->set_local, statements);
    if (step->role_use->revokes->len > 0)
        g_string_append(out, "\n\nSET LOCAL ROLE NONE;\n");
    append_all(out, step->role_use->revokes);
    return g_strchomp(g_string_free(out, FALSE));
}

static void
set_duration(JsonObject *object, gint64 duration_us, gboolean is_known)
{
    if (is_known)
        json_object_set_int_member(object, "duration_ms", duration_us / 1000);
    else
        json_object_set_null_member(object, "duration_ms");
}

static JsonObject *
describe_step(const SpStep *step, guint order)
{
    gboolean is_run = step->state == SP_STEP_DONE || step->state == SP_STEP_FAILED;
    gboolean has_sql = step->statements && step->statements->len > 0;
    g_autofree char *sql = sql_of(step);
    JsonObject *object = json_object_new();
    json_object_set_int_member(object, "order", order);
    sp_json_set_text(object, "extension", sp_step_extension_id(step));
    sp_json_set_text(object, "phase", sp_phase_nick(step->phase));
    sp_json_set_text(object, "kind", sp_step_kind_nick(step->kind));
    sp_json_set_text(object, "name", step->name);
    sp_json_set_text(object, "source", step->source);
    json_object_set_int_member(object, "statements", has_sql ? step->statements->len : 0);
    sp_json_set_text(object, "sql", sql);
    sp_json_set_text(object, "state", sp_step_state_nick(step->state));
    json_object_set_int_member(object, "rows", (gint64)step->rows);
    set_duration(object, step->duration_us, is_run);
    return object;
}

/* @steps: (transfer full) (nullable): as JSON */
static void
add_extension(JsonArray *extensions, const char *id, JsonArray *steps)
{
    JsonObject *extension = json_object_new();
    sp_json_set_text(extension, "id", id);
    json_object_set_array_member(extension, "steps", steps != NULL ? steps : json_array_new());
    json_array_add_object_element(extensions, extension);
}

/* (transfer full): id, or "" for what concerns all -> JsonArray of its steps. */
static GHashTable *
group(const GPtrArray *steps)
{
    GHashTable *groups =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)json_array_unref);
    for (guint i = 0; i < steps->len; i++) {
        const SpStep *step = g_ptr_array_index(steps, i);
        const char *id = sp_step_extension_id(step) ? sp_step_extension_id(step) : "";
        JsonArray *own = g_hash_table_lookup(groups, id);
        if (own == NULL) {
            own = json_array_new();
            g_hash_table_insert(groups, (gpointer)id, own);
        }
        json_array_add_object_element(own, describe_step(step, i + 1));
    }
    return groups;
}

static JsonArray *
take_group(GHashTable *groups, const char *id)
{
    gpointer own = NULL;
    g_hash_table_steal_extended(groups, id, NULL, &own);
    return own;
}

static JsonObject *
describe_summary(const SpSummary *summary, gint64 duration_us)
{
    JsonObject *object = json_object_new();
    json_object_set_int_member(object, "extensions", summary->extensions);
    json_object_set_int_member(object, "statements", summary->statements);
    json_object_set_int_member(object, "migrations_run", summary->migrations_run);
    json_object_set_int_member(object, "seeds", summary->seeds);
    json_object_set_int_member(object, "changed", summary->changed);
    set_duration(object, duration_us, duration_us >= 0);
    return object;
}

void
sp_steps_describe_summary(const GPtrArray *steps, const SpRegistry *registry, gint64 duration_us,
                          JsonObject *answer)
{
    SpSummary summary = {0};
    if (steps != NULL)
        summary = sp_steps_summarise(steps, registry);
    json_object_set_object_member(answer, "summary", describe_summary(&summary, duration_us));
}

void
sp_steps_describe(const GPtrArray *steps, const SpRegistry *registry, gint64 duration_us,
                  JsonObject *answer)
{
    JsonArray *extensions = json_array_new();
    if (steps != NULL) {
        g_autoptr(GHashTable) groups = group(steps);
        for (guint i = 0; i < sp_registry_get_n(registry); i++) {
            const char *id = sp_extension_get_id(sp_registry_get(registry, i));
            add_extension(extensions, id, take_group(groups, id));
        }
        if (g_hash_table_contains(groups, ""))
            add_extension(extensions, NULL, take_group(groups, ""));
    }
    json_object_set_array_member(answer, "extensions", extensions);
    sp_steps_describe_summary(steps, registry, duration_us, answer);
}

static JsonObject *
describe_hazard(const SpHazard *hazard)
{
    JsonObject *object = json_object_new();
    sp_json_set_text(object, "code", hazard->rule->code);
    sp_json_set_text(object, "table", hazard->name);
    sp_json_set_text(object, "lock", hazard->lock);
    json_object_set_boolean_member(object, "rewrites", hazard->rule->rewrites);
    json_object_set_boolean_member(object, "scans", hazard->rule->scans);
    json_object_set_int_member(object, "size_bytes", hazard->table->bytes);
    if (hazard->table->rows >= 0)
        json_object_set_int_member(object, "rows", hazard->table->rows);
    else
        json_object_set_null_member(object, "rows");
    sp_json_set_position(object, "statement", hazard->number);
    sp_json_set_position(object, "line", hazard->statement->line);
    sp_json_set_text(object, "message", hazard->message);
    sp_json_set_text(object, "hint", hazard->rule->safer);
    return object;
}

/* (transfer full): the steps of all extensions, as one list. */
static JsonArray *
all_steps(JsonObject *answer)
{
    JsonArray *all = json_array_new();
    JsonArray *extensions = json_object_get_array_member(answer, "extensions");
    for (guint i = 0; i < json_array_get_length(extensions); i++) {
        JsonArray *steps =
            json_object_get_array_member(json_array_get_object_element(extensions, i), "steps");
        for (guint k = 0; k < json_array_get_length(steps); k++)
            json_array_add_object_element(all,
                                          json_object_ref(json_array_get_object_element(steps, k)));
    }
    return all;
}

void
sp_steps_describe_hazards(const GPtrArray *hazards, JsonObject *answer)
{
    g_autoptr(JsonArray) steps = all_steps(answer);
    for (guint i = 0; i < json_array_get_length(steps); i++) {
        JsonObject *step = json_array_get_object_element(steps, i);
        gint64 order = json_object_get_int_member(step, "order");
        JsonArray *own = json_array_new();
        for (guint j = 0; hazards != NULL && j < hazards->len; j++) {
            const SpHazard *hazard = g_ptr_array_index(hazards, j);
            if (order == (gint64)hazard->step + 1)
                json_array_add_object_element(own, describe_hazard(hazard));
        }
        json_object_set_array_member(step, "hazards", own);
    }
}

static void
append_sql(GString *out, JsonObject *step)
{
    const char *sql = sp_json_get_text(step, "sql");
    if (sql == NULL || g_strcmp0(sp_json_get_text(step, "state"), "pending") != 0)
        return;
    g_autofree char *lines = sp_text_escape_lines(sql, SQL_INDENT);
    g_string_append_printf(out, "\n%*s%s\n\n", SQL_INDENT, "", lines);
}

void
sp_steps_append_plan(GString *out, JsonObject *answer, gboolean color)
{
    static const SpColumn columns[] = {
        {"EXTENSION", "extension", FALSE, NULL}, {"PHASE", "phase", FALSE, NULL},
        {"KIND", "kind", FALSE, NULL},           {"NAME", "name", FALSE, NULL},
        {"STATE", "state", FALSE, NULL},         {"STATEMENTS", "statements", TRUE, NULL},
        {"SOURCE", "source", FALSE, NULL},
    };
    g_autoptr(JsonArray) steps = all_steps(answer);
    if (json_array_get_length(steps) > 0)
        sp_table_append(out, columns, G_N_ELEMENTS(columns), steps, append_sql, color);
}

SpTable *
sp_steps_report(const GPtrArray *steps)
{
    static const SpColumn columns[] = {
        {"EXTENSION", "extension", FALSE, NULL},
        {"PHASE", "phase", FALSE, NULL},
        {"KIND", "kind", FALSE, NULL},
        {"NAME", "name", FALSE, NULL},
        {"STATE", "state", FALSE, NULL},
        {"STATEMENTS", "statements", TRUE, NULL},
        {"ROWS", "rows", TRUE, NULL},
        {"MS", "duration_ms", TRUE, NULL},
    };
    SpTable *table = sp_table_new(columns, G_N_ELEMENTS(columns));
    for (guint i = 0; i < steps->len; i++) {
        const SpStep *step = g_ptr_array_index(steps, i);
        g_autoptr(JsonObject) row = describe_step(step, i + 1);
        if (step->state != SP_STEP_CURRENT)
            sp_table_add(table, row);
    }
    return table;
}

void
sp_steps_append_counts(GString *out, JsonObject *answer)
{
    JsonObject *summary = json_object_get_object_member(answer, "summary");
    sp_table_append_count(out, json_object_get_int_member(summary, "statements"), "statement");
    g_string_append(out, ", ");
    sp_table_append_count(out, json_object_get_int_member(summary, "migrations_run"), "migration");
    g_string_append(out, ", ");
    sp_table_append_count(out, json_object_get_int_member(summary, "seeds"), "seed");
    g_string_append(out, " in ");
    sp_table_append_count(out, json_object_get_int_member(summary, "extensions"), "extension");
}
