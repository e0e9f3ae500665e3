/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/roles.h"

#include "act/json_rows.h"
#include "act/kept.h"
#include "act/roles_query.h"
#include "base/error.h"
#include "model/marks.h"
#include "model/role_name.h"

#include <string.h>

/* PostgreSQL 16 tells being a member from being allowed to SET ROLE, and a CREATEROLE role has
 * neither of what it makes, but may give both to itself. */
#define TELLS_SET 160000

/* What the extensions that were read need, as the queries take it. */
typedef struct {
    GPtrArray *prepared; /* SpPrepared: enabled, with a role, in the order of the registry */
    char *extensions;
    char *objects;
} Needs;

static void
needs_clear(Needs *needs)
{
    g_ptr_array_unref(needs->prepared);
    g_free(needs->extensions);
    g_free(needs->objects);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Needs, needs_clear)

static const SpExtension *
extension_at(const Needs *needs, guint index)
{
    return sp_prepared_get_extension(g_ptr_array_index(needs->prepared, index));
}

static void
add_names(SpJsonRows *json, const char *member, GHashTable *names)
{
    g_autoptr(GList) list = g_list_sort(g_hash_table_get_keys(names), (GCompareFunc)g_strcmp0);
    g_autoptr(GPtrArray) sorted = g_ptr_array_new();
    for (const GList *name = list; name != NULL; name = name->next)
        g_ptr_array_add(sorted, name->data);
    sp_json_rows_texts(json, member, (const char *const *)sorted->pdata, sorted->len);
}

/* (transfer full): where any text of the extension creates, and where its schemas say that they do
 */
static GHashTable *
spaces_of(const SpPrepared *prepared)
{
    const SpExtension *extension = sp_prepared_get_extension(prepared);
    const GPtrArray *scripts = sp_prepared_get_scripts(prepared);
    GHashTable *spaces = sp_role_spaces_new();
    for (guint i = 0; i < scripts->len; i++)
        sp_role_spaces_add(spaces, sp_script_get_statements(g_ptr_array_index(scripts, i)));
    for (guint i = 0; i < sp_extension_get_n_schemas(extension); i++)
        g_hash_table_add(spaces, g_strdup(sp_extension_get_schema(extension, i)->namespace_name));
    return spaces;
}

/* CREATE SCHEMA and CREATE EXTENSION ask for a privilege on the database, also with IF NOT EXISTS.
 */
static gboolean
creates_in_database(const SpStatement *statement)
{
    for (guint i = 0; i < statement->effects->len; i++) {
        const SpEffect *effect = g_ptr_array_index(statement->effects, i);
        SpObjectClass class = effect->object->class;
        if (effect->action == SP_ACTION_CREATE &&
            (class == SP_OBJECT_NAMESPACE || class == SP_OBJECT_EXTENSION))
            return TRUE;
    }
    return FALSE;
}

static gboolean
needs_database(const SpPrepared *prepared)
{
    const GPtrArray *scripts = sp_prepared_get_scripts(prepared);
    for (guint i = 0; i < scripts->len; i++) {
        const GPtrArray *statements = sp_script_get_statements(g_ptr_array_index(scripts, i));
        for (guint j = 0; j < statements->len; j++)
            if (creates_in_database(g_ptr_array_index(statements, j)))
                return TRUE;
    }
    return FALSE;
}

static void
add_dependencies(SpJsonRows *json, const SpDeclared *declared, const SpExtension *extension)
{
    const SpRegistry *registry = sp_declared_get_registry(declared);
    g_autoptr(GHashTable) readers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < sp_extension_get_n_dependencies(extension); i++) {
        const SpDependency *dependency = sp_extension_get_dependency(extension, i);
        const SpExtension *other = sp_registry_find(registry, dependency->id);
        if (other != NULL)
            g_hash_table_add(readers, sp_role_readers_name(sp_extension_get_role(other)));
    }
    add_names(json, "dependencies", readers);
}

static void
add_extension(SpJsonRows *json, const SpDeclared *declared, const SpPrepared *prepared, guint index)
{
    const SpExtension *extension = sp_prepared_get_extension(prepared);
    g_autofree char *readers = sp_role_readers_name(sp_extension_get_role(extension));
    g_autoptr(GHashTable) spaces = spaces_of(prepared);
    sp_json_rows_begin(json);
    sp_json_rows_number(json, "i", index);
    sp_json_rows_text(json, "id", sp_extension_get_id(extension));
    sp_json_rows_text(json, "role", sp_extension_get_role(extension));
    sp_json_rows_text(json, "readers", readers);
    sp_json_rows_boolean(json, "needs_database", needs_database(prepared));
    add_names(json, "spaces", spaces);
    add_dependencies(json, declared, extension);
    sp_json_rows_end(json);
}

static void
add_objects(SpJsonRows *json, const SpDeclared *declared, const SpPrepared *prepared, guint index)
{
    g_autoptr(GPtrArray) marks = sp_marks_new(prepared, sp_declared_get_ownership(declared));
    for (guint i = 0; i < marks->len; i++) {
        const SpMark *mark = g_ptr_array_index(marks, i);
        if (mark->action != SP_ACTION_CREATE)
            continue;
        sp_json_rows_begin(json);
        sp_json_rows_number(json, "i", index);
        sp_json_rows_text(json, "class", sp_kept_class_nick(mark->object->class));
        sp_json_rows_text(json, "space", mark->object->namespace_name);
        sp_json_rows_text(json, "name", mark->object->name);
        sp_json_rows_number(json, "n_arguments", sp_object_count_arguments(mark->object));
        sp_json_rows_end(json);
    }
}

static Needs
find_needs(const SpDeclared *declared)
{
    guint n_enabled = 0;
    g_autoptr(GPtrArray) read = sp_declared_list_read(declared, &n_enabled);
    g_autoptr(SpJsonRows) extensions = sp_json_rows_new();
    g_autoptr(SpJsonRows) objects = sp_json_rows_new();
    Needs needs = {.prepared = g_ptr_array_new()};
    for (guint i = 0; i < n_enabled; i++) {
        const SpPrepared *prepared = g_ptr_array_index(read, i);
        if (sp_extension_get_role(sp_prepared_get_extension(prepared)) == NULL)
            continue;
        add_extension(extensions, declared, prepared, needs.prepared->len);
        add_objects(objects, declared, prepared, needs.prepared->len);
        g_ptr_array_add(needs.prepared, (gpointer)prepared);
    }
    needs.extensions = sp_json_rows_finish(extensions);
    needs.objects = sp_json_rows_finish(objects);
    return needs;
}

static void
refuse_others_role(const SpRows *rows, guint row, const SpExtension *extension,
                   SpFindings *findings)
{
    const char *name = sp_rows_get(rows, row, 1);
    GError *refusal =
        sp_error_new(SP_ERROR_ROLE_NOT_OURS, sp_rows_get(rows, row, 2),
                     "Choose another \"role_prefix\", or let an administrator rename the role.",
                     "role \"%s\" is not the host's to give to extension \"%s\"", name,
                     sp_extension_get_id(extension));
    const SpPlace place = {.path = sp_extension_get_path(extension),
                           .extension = sp_extension_get_id(extension),
                           .phase = sp_phase_nick(SP_PHASE_ROLES)};
    sp_error_place(refusal, &place);
    sp_findings_refuse(findings, refusal);
}

static void
take_answers(const Needs *needs, const GPtrArray *answers, SpHistory *history, SpFindings *findings)
{
    for (guint i = 0; i < answers->len; i++) {
        const SpRows *rows = g_ptr_array_index(answers, i);
        for (guint row = 0; row < sp_rows_get_n(rows); row++) {
            guint64 index = g_ascii_strtoull(sp_rows_get(rows, row, 0), NULL, 10);
            const SpExtension *extension = extension_at(needs, (guint)index);
            if (i == 0)
                refuse_others_role(rows, row, extension, findings);
            else
                sp_history_add_role_statement(history, sp_extension_get_id(extension),
                                              sp_rows_get(rows, row, 1), sp_rows_get(rows, row, 2));
        }
    }
}

gboolean
sp_roles_read(SpSession *session, const SpDeclared *declared, SpHistory *history,
              SpFindings *findings, GError **error)
{
    g_auto(Needs) needs = find_needs(declared);
    if (needs.prepared->len == 0)
        return TRUE;
    gboolean tells_set = sp_session_get_server_version(session) >= TELLS_SET;
    const char *const params[] = {needs.extensions, needs.objects, tells_set ? "SET" : "MEMBER"};
    SpCommand commands[SP_ROLES_N_QUERIES];
    for (guint i = 0; i < SP_ROLES_N_QUERIES; i++)
        commands[i] = (SpCommand){.sql = sp_roles_query(i, sp_history_has_ledger(history)),
                                  .params = params,
                                  .n_params = G_N_ELEMENTS(params)};
    g_autoptr(GPtrArray) answers =
        sp_session_query_many(session, commands, SP_ROLES_N_QUERIES, error);
    if (answers == NULL)
        return FALSE;
    take_answers(&needs, answers, history, findings);
    return TRUE;
}

gboolean
sp_roles_check_privileges(SpSession *session, const GPtrArray *steps, GError **error)
{
    g_autoptr(GString) hint = g_string_new("As an administrator, run:");
    g_autoptr(GHashTable) said = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < steps->len; i++) {
        const SpStep *step = g_ptr_array_index(steps, i);
        for (guint j = 0; step->missing != NULL && j < step->missing->len; j++) {
            gpointer sql = g_ptr_array_index(step->missing, j);
            if (g_hash_table_add(said, sql))
                g_string_append_printf(hint, " %s;", (const char *)sql);
        }
    }
    return g_hash_table_size(said) == 0 ||
           sp_error_set(error, SP_ERROR_PRIVILEGE, "Nothing was written.", hint->str,
                        "the role of the host may not make the roles of the extensions (%s)",
                        sp_session_describe(session));
}

static void
add_all(GArray *commands, const GPtrArray *statements)
{
    for (guint i = 0; i < statements->len; i++)
        sp_command_append(commands, g_ptr_array_index(statements, i));
}

void
sp_roles_take(const SpRoleUse *use, GArray *commands)
{
    if (use == NULL)
        return;
    add_all(commands, use->grants);
    sp_command_append(commands, use->set_local);
}

void
sp_roles_give_back(const SpRoleUse *use, GArray *commands)
{
    if (use != NULL)
        add_all(commands, use->revokes);
}

GError *
sp_roles_explain(const SpRoleUse *use, GError *problem)
{
    if (use == NULL || problem->code != SP_ERROR_PRIVILEGE)
        return problem;
    g_autofree char *detail =
        g_strdup_printf("%s%sIt ran under the role of its extension, which owns what the extension "
                        "creates, and nothing else.",
                        sp_error_detail(problem) ? sp_error_detail(problem) : "",
                        sp_error_detail(problem) ? "\n" : "");
    GError *error =
        sp_error_new(SP_ERROR_STATEMENT, detail,
                     "To read of another extension, list it in the dependencies; to write to its "
                     "table, list that in the cross_extension_tables.",
                     "%s", problem->message);
    sp_error_place(error, sp_error_get_place(problem));
    g_error_free(problem);
    return error;
}

static gboolean
run(SpSession *session, const GArray *commands, GError **error)
{
    return sp_session_run(session, (const SpCommand *)(gpointer)commands->data, commands->len, NULL,
                          NULL, error);
}

gboolean
sp_roles_begin(SpSession *session, const SpRoleUse *use, GError **error)
{
    g_autoptr(GArray) commands = g_array_new(FALSE, FALSE, sizeof(SpCommand));
    if (use == NULL)
        return TRUE;
    add_all(commands, use->grants);
    sp_command_append(commands, use->set);
    return run(session, commands, error);
}

gboolean
sp_roles_end(SpSession *session, const SpRoleUse *use, GError **error)
{
    g_autoptr(GArray) commands = g_array_new(FALSE, FALSE, sizeof(SpCommand));
    if (use == NULL)
        return TRUE;
    sp_command_append(commands, "RESET ROLE");
    add_all(commands, use->revokes);
    return run(session, commands, error);
}
