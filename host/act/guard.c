/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/guard.h"

#include "act/guard_query.h"
#include "base/error.h"

#include <json-glib/json-glib.h>

/* The division fails unless the function is the host's own. */
static const char *const ask =
    "SELECT public.extension_guard($1::jsonb) / (SELECT count(*) FROM pg_proc WHERE oid = "
    "'public.extension_guard(jsonb)'::regprocedure AND NOT prosecdef AND proconfig IS NULL "
    "AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = $2)";

static const char *const note = "SELECT public.extension_guard($1::jsonb)";

/* A plan is made again under other ones. */
#define OWN_NAMES "SET LOCAL search_path = pg_catalog, pg_temp"

static void
begin_list(JsonBuilder *json, const char *name)
{
    json_builder_set_member_name(json, name);
    json_builder_begin_array(json);
}

static void
add_list(JsonBuilder *json, const char *name, const char *const *texts)
{
    begin_list(json, name);
    for (guint i = 0; texts[i] != NULL; i++)
        json_builder_add_string_value(json, texts[i]);
    json_builder_end_array(json);
}

/* (transfer full) */
static char *
name_of(const SpObject *object)
{
    return g_strdup_printf("%s.%s", object->namespace_name, object->name);
}

/* What the host itself makes again is as good as declared. */
static void
add_rebuilt(JsonBuilder *json, const GPtrArray *statements)
{
    for (guint i = 0; i < statements->len; i++) {
        const SpStatement *statement = g_ptr_array_index(statements, i);
        for (guint j = 0; (statement->facts & SP_FACT_REBUILDS) && j < statement->effects->len;
             j++) {
            const SpEffect *effect = g_ptr_array_index(statement->effects, j);
            g_autofree char *name = name_of(effect->object);
            json_builder_add_string_value(json, name);
        }
    }
}

static void
add_tables(JsonBuilder *json, const SpExtension *extension, const GPtrArray *statements)
{
    const char *const *tables = sp_extension_get_cross_tables(extension);
    begin_list(json, "tables");
    for (guint i = 0; tables[i] != NULL; i++) {
        g_autofree char *in_public = g_strconcat("public.", tables[i], NULL);
        json_builder_add_string_value(json, strchr(tables[i], '.') ? tables[i] : in_public);
    }
    add_rebuilt(json, statements);
    json_builder_end_array(json);
}

static void
add_dependencies(JsonBuilder *json, const SpExtension *extension)
{
    begin_list(json, "dependencies");
    for (guint i = 0; i < sp_extension_get_n_dependencies(extension); i++)
        json_builder_add_string_value(json, sp_extension_get_dependency(extension, i)->id);
    json_builder_end_array(json);
}

static void
add_names_of(JsonBuilder *json, const SpStatement *statement, gboolean is_read, GHashTable *said)
{
    for (guint i = 0; i < statement->effects->len; i++) {
        const SpEffect *effect = g_ptr_array_index(statement->effects, i);
        if ((effect->action == SP_ACTION_READ) != is_read)
            continue;
        char *name = name_of(effect->object);
        if (g_hash_table_add(said, name))
            json_builder_add_string_value(json, name);
    }
}

static void
add_names(JsonBuilder *json, const char *member, const GPtrArray *statements, gboolean is_read)
{
    g_autoptr(GHashTable) said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    begin_list(json, member);
    for (guint i = 0; i < statements->len; i++)
        add_names_of(json, g_ptr_array_index(statements, i), is_read, said);
    json_builder_end_array(json);
}

static void
add_text(JsonBuilder *json, const char *name, const char *text)
{
    json_builder_set_member_name(json, name);
    json_builder_add_string_value(json, text);
}

static void
add_ids(JsonBuilder *json, const SpExtension *extension, const char *const *earlier)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    for (guint i = 0; earlier != NULL && earlier[i] != NULL; i++)
        g_strv_builder_add(builder, earlier[i]);
    g_strv_builder_add(builder, sp_extension_get_id(extension));
    g_auto(GStrv) ids = g_strv_builder_end(builder);
    g_autofree char *text = g_strjoinv(",", ids);
    add_text(json, "ids", text);
}

/* (transfer full) */
static char *
ask_of(const SpExtension *extension, const GPtrArray *statements, const char *const *earlier,
       const char *secret, const char *reset)
{
    g_autoptr(JsonBuilder) json = json_builder_new();
    json_builder_begin_object(json);
    add_text(json, "secret", secret);
    if (reset != NULL)
        add_text(json, "reset", reset);
    add_ids(json, extension, earlier);
    add_tables(json, extension, statements);
    add_dependencies(json, extension);
    add_names(json, "changes", statements, FALSE);
    add_names(json, "reads", statements, TRUE);
    add_list(json, "host", sp_ownership_host_names());
    json_builder_end_object(json);
    g_autoptr(JsonNode) root = json_builder_get_root(json);
    return json_to_string(root, FALSE);
}

char *
sp_guard_make_reset(const SpSession *session, const char *const *settings)
{
    g_autofree char *reset = sp_session_dup_reset(session);
    g_autofree char *again = g_strjoinv("; ", (char **)(gpointer)settings);
    return g_strjoin("; ", reset, again, OWN_NAMES, NULL);
}

SpGuard
sp_guard_new(const SpExtension *extension, const GPtrArray *statements, const char *const *earlier,
             const char *reset)
{
    g_autofree char *secret = g_uuid_string_random();
    char **noted = g_new0(char *, 2);
    char **asked = g_new0(char *, 3);
    noted[0] = g_strdup_printf("{\"secret\": \"%s\"}", secret);
    asked[0] = ask_of(extension, statements, earlier, secret, reset);
    asked[1] = g_strdup(sp_guard_digest);
    return (SpGuard){.note = sp_record_new(note, noted), .question = sp_record_new(ask, asked)};
}

void
sp_guard_clear(SpGuard *guard)
{
    sp_record_clear(&guard->note);
    sp_record_clear(&guard->question);
}

void
sp_guard_append_note(const SpGuard *guard, GArray *commands)
{
    sp_command_append(commands, OWN_NAMES);
    g_array_append_val(commands, guard->note.command);
}

/* What was deferred runs first, with the names and the role of the statements. */
void
sp_guard_append(const SpGuard *guard, GArray *commands)
{
    sp_command_append(commands, "SET CONSTRAINTS ALL IMMEDIATE");
    sp_command_append(commands, "SET LOCAL SESSION AUTHORIZATION DEFAULT");
    sp_command_append(commands, "SET LOCAL ROLE NONE");
    sp_command_append(commands, OWN_NAMES);
    g_array_append_val(commands, guard->question.command);
}

/* "It altered table "users" of extension "users"." */
static char *
describe(JsonObject *found)
{
    const char *owner = json_object_get_string_member_with_default(found, "owner", NULL);
    const char *name = json_object_get_string_member_with_default(found, "name", "");
    g_autofree char *whose = owner == NULL ? g_strdup("which no extension made")
                             : g_str_equal(owner, "sp-host")
                                 ? g_strdup("which is the host's")
                                 : g_strdup_printf("of extension \"%s\"", owner);
    return g_strdup_printf(
        "%s %s \"%s\" %s", json_object_get_string_member_with_default(found, "done", "changed"),
        json_object_get_string_member_with_default(found, "word", "object"),
        g_str_has_prefix(name, "public.") ? name + strlen("public.") : name, whose);
}

/* (transfer full) (nullable): the list that the guard raised, out of a message of the server's. */
static JsonNode *
read_found(const GError *problem)
{
    const char *text = strchr(problem->message, '[');
    if (g_strcmp0(sp_error_get_place(problem)->sqlstate, SP_GUARD_SQLSTATE) != 0 || text == NULL)
        return NULL;
    g_autoptr(JsonNode) root = json_from_string(text, NULL);
    gboolean is_list = root != NULL && JSON_NODE_HOLDS_ARRAY(root);
    return is_list ? g_steal_pointer(&root) : NULL;
}

static GError *
violation_new(const char *extension, JsonArray *found)
{
    g_autoptr(GString) detail = g_string_new(NULL);
    g_autofree char *first = NULL;
    for (guint i = 0; i < json_array_get_length(found); i++) {
        g_autofree char *one = describe(json_array_get_object_element(found, i));
        g_string_append_printf(detail, "It %s.\n", one);
        if (first == NULL)
            first = g_steal_pointer(&one);
    }
    g_string_append(detail, "The transaction was rolled back.");
    return sp_error_new(SP_ERROR_OWNERSHIP_VIOLATED, detail->str,
                        "Leave the change to the owner, or list the table in the "
                        "cross_extension_tables of the extension.",
                        "extension \"%s\" %s, which its SQL does not show", extension, first);
}

GError *
sp_guard_explain(const char *extension, GError *problem)
{
    g_autoptr(GError) reason = problem;
    if (g_strcmp0(sp_error_get_place(reason)->sqlstate, "25006") == 0)
        return sp_error_new(SP_ERROR_OWNERSHIP_VIOLATED,
                            "What is deferred runs before the COMMIT, and may not be deferred "
                            "again. The transaction was rolled back.",
                            NULL, "extension \"%s\" put off to the COMMIT what writes (%s)",
                            extension, reason->message);
    g_autoptr(JsonNode) found = read_found(reason);
    gboolean is_tampered = g_strcmp0(sp_error_get_place(reason)->sqlstate, "22012") == 0;
    if (found == NULL && !is_tampered)
        return g_steal_pointer(&reason);
    if (found != NULL)
        return violation_new(extension, json_node_get_array(found));
    return sp_error_new(SP_ERROR_OWNERSHIP_VIOLATED, "The transaction was rolled back.", NULL,
                        "the function \"extension_guard\" is not as the host made it, at the end "
                        "of a transaction of extension \"%s\"",
                        extension);
}
