/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/catalog.h"

#include "act/json_rows.h"
#include "base/error.h"

/* How the catalog says that an object exists: o.ns, o.name, o.parent and o.args are its names,
 * o.n_args the number of arguments. Routines are told apart by their number of arguments only:
 * types have several spellings, and to_regtype() knows none of a type that is gone. Catalog rows
 * are read rather than to_regclass(), which fails for a namespace that the role may not use. */
#define IN_NAMESPACE(column) column " = (SELECT oid FROM pg_namespace WHERE nspname = o.ns)"
#define OF_PARENT                                                                 \
    "(SELECT c.oid FROM pg_class c WHERE c.relname = o.parent AND " IN_NAMESPACE( \
        "c.relnamespace") ")"
#define NAMED(catalog, name, namespace) \
    "SELECT FROM " catalog " WHERE " name " = o.name AND " IN_NAMESPACE(namespace)
#define SHARED(catalog, name) "SELECT FROM " catalog " WHERE " name " = o.name"
#define OF_METHOD(column) column " = (SELECT oid FROM pg_am WHERE amname = o.args)"

static const char *const lookups[SP_N_OBJECT_CLASSES] = {
    [SP_OBJECT_RELATION] = NAMED("pg_class", "relname", "relnamespace"),
    /* A shell is no type yet, unless it is the shell that is asked for. */
    [SP_OBJECT_TYPE] =
        NAMED("pg_type", "typname", "typnamespace") " AND (typisdefined OR o.word = 'shell type')",
    [SP_OBJECT_ROUTINE] = NAMED("pg_proc", "proname", "pronamespace") " AND pronargs = o.n_args",
    /* Which sides there are, as types have several spellings. */
    [SP_OBJECT_OPERATOR] = NAMED("pg_operator", "oprname",
                                 "oprnamespace") " AND (oprleft = 0) = (o.args LIKE 'none,%') AND "
                                                 "(oprright = 0) = (o.args LIKE '%,none')",
    [SP_OBJECT_NAMESPACE] = SHARED("pg_namespace", "nspname"),
    [SP_OBJECT_EXTENSION] = SHARED("pg_extension", "extname"),
    [SP_OBJECT_TRIGGER] = SHARED("pg_trigger", "tgname") " AND tgrelid = " OF_PARENT,
    [SP_OBJECT_POLICY] = SHARED("pg_policy", "polname") " AND polrelid = " OF_PARENT,
    [SP_OBJECT_RULE] = SHARED("pg_rewrite", "rulename") " AND ev_class = " OF_PARENT,
    [SP_OBJECT_CAST] = "SELECT FROM pg_cast WHERE castsource = to_regtype(o.parent) "
                       "AND casttarget = to_regtype(o.args)",
    [SP_OBJECT_COLLATION] = NAMED("pg_collation", "collname", "collnamespace"),
    [SP_OBJECT_CONVERSION] = NAMED("pg_conversion", "conname", "connamespace"),
    [SP_OBJECT_STATISTICS] = NAMED("pg_statistic_ext", "stxname", "stxnamespace"),
    [SP_OBJECT_TS_PARSER] = NAMED("pg_ts_parser", "prsname", "prsnamespace"),
    [SP_OBJECT_TS_DICTIONARY] = NAMED("pg_ts_dict", "dictname", "dictnamespace"),
    [SP_OBJECT_TS_TEMPLATE] = NAMED("pg_ts_template", "tmplname", "tmplnamespace"),
    [SP_OBJECT_TS_CONFIGURATION] = NAMED("pg_ts_config", "cfgname", "cfgnamespace"),
    [SP_OBJECT_OPERATOR_CLASS] =
        NAMED("pg_opclass", "opcname", "opcnamespace") " AND " OF_METHOD("opcmethod"),
    [SP_OBJECT_OPERATOR_FAMILY] =
        NAMED("pg_opfamily", "opfname", "opfnamespace") " AND " OF_METHOD("opfmethod"),
    [SP_OBJECT_TRANSFORM] = "SELECT FROM pg_transform WHERE trftype = to_regtype(o.parent) AND "
                            "trflang = (SELECT oid FROM pg_language WHERE lanname = o.args)",
    [SP_OBJECT_LANGUAGE] = SHARED("pg_language", "lanname"),
    [SP_OBJECT_SERVER] = SHARED("pg_foreign_server", "srvname"),
    [SP_OBJECT_FOREIGN_DATA_WRAPPER] = SHARED("pg_foreign_data_wrapper", "fdwname"),
    [SP_OBJECT_USER_MAPPING] = SHARED("pg_user_mappings", "usename") " AND srvname = o.parent",
    [SP_OBJECT_PUBLICATION] = SHARED("pg_publication", "pubname"),
    [SP_OBJECT_EVENT_TRIGGER] = SHARED("pg_event_trigger", "evtname"),
    [SP_OBJECT_ACCESS_METHOD] = SHARED("pg_am", "amname"),
    [SP_OBJECT_ROLE] = SHARED("pg_roles", "rolname"),
    [SP_OBJECT_DATABASE] = SHARED("pg_database", "datname"),
    [SP_OBJECT_TABLESPACE] = SHARED("pg_tablespace", "spcname"),
};

static char *
objects_as_json(const GPtrArray *objects)
{
    g_autoptr(SpJsonRows) json = sp_json_rows_new();
    for (guint i = 0; i < objects->len; i++) {
        const SpObject *object = g_ptr_array_index(objects, i);
        sp_json_rows_begin(json);
        sp_json_rows_number(json, "i", i);
        sp_json_rows_number(json, "class", object->class);
        sp_json_rows_text(json, "word", object->word);
        sp_json_rows_text(json, "ns", object->namespace_name);
        sp_json_rows_text(json, "name", object->name);
        sp_json_rows_text(json, "parent", object->parent);
        sp_json_rows_text(json, "args", object->arguments);
        sp_json_rows_number(json, "n_args", sp_object_count_arguments(object));
        sp_json_rows_end(json);
    }
    return sp_json_rows_finish(json);
}

/* Only with the classes that are asked for: the server plans a search for each. */
static char *
objects_query(const GPtrArray *objects)
{
    gboolean is_wanted[SP_N_OBJECT_CLASSES] = {FALSE};
    for (guint i = 0; i < objects->len; i++)
        is_wanted[((const SpObject *)g_ptr_array_index(objects, i))->class] = TRUE;
    g_autoptr(GString) query = g_string_new(
        "SELECT o.i FROM json_to_recordset($1::json) AS o(i int, class int, word text, ns "
        "text, name text, parent text, args text, n_args int) "
        "WHERE CASE o.class");
    for (guint class = 0; class < SP_N_OBJECT_CLASSES; class ++)
        if (is_wanted[class])
            g_string_append_printf(query, " WHEN %u THEN EXISTS (%s)", class, lookups[class]);
    g_string_append(query, " END");
    return g_string_free(g_steal_pointer(&query), FALSE);
}

/* What is asked: its query, its parameter, and who takes the answer. */
typedef struct {
    char *query;
    char *json;
    const char *params[1];
    const GPtrArray *asked;
    void (*take)(SpHistory *history, const GPtrArray *asked, const SpRows *rows);
} Question;

static void
question_clear(gpointer data)
{
    Question *question = data;
    g_free(question->query);
    g_free(question->json);
}

static gconstpointer
asked_at(const GPtrArray *asked, const SpRows *rows, guint row)
{
    return g_ptr_array_index(asked, g_ascii_strtoull(sp_rows_get(rows, row, 0), NULL, 10));
}

static void
take_objects(SpHistory *history, const GPtrArray *asked, const SpRows *rows)
{
    for (guint i = 0; i < sp_rows_get_n(rows); i++)
        sp_history_add_object(history, asked_at(asked, rows, i));
}

static const char *const columns_query =
    "SELECT o.i, a.attname FROM json_to_recordset($1::json) AS o(i int, class int, ns text, "
    "name text) JOIN pg_class c ON c.relname = o.name AND " IN_NAMESPACE(
        "c.relnamespace") " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 "
                          "AND NOT a.attisdropped ORDER BY o.i, a.attnum";

static void
take_columns(SpHistory *history, const GPtrArray *asked, const SpRows *rows)
{
    for (guint i = 0; i < sp_rows_get_n(rows); i++)
        sp_history_add_column(history, asked_at(asked, rows, i), sp_rows_get(rows, i, 1));
}

#define NAMES_OF(relation, numbers)                                                \
    "(SELECT array_agg(a.attname::text ORDER BY u.n) FROM unnest(" numbers         \
    ") WITH ORDINALITY u(number, n) JOIN pg_attribute a ON a.attrelid = " relation \
    " AND a.attnum = u.number)"
#define NAMES_ASKED(column) "ARRAY(SELECT json_array_elements_text(o." column "))"

/* A key is known by its tables and columns: a migration, or whoever was here before, may have
 * called it otherwise. Those with nothing but the name come first, so that they do not count. */
static const char *const keys_query =
    "SELECT s.i, s.conname, s.is_same, s.confmatchtype, s.confupdtype, s.confdeltype, "
    "s.condeferrable, s.condeferred, s.convalidated FROM (SELECT o.i, k.*, o.key, "
    "coalesce(r.relname = o.other AND q.nspname = o.other_ns "
    "AND " NAMES_OF("k.conrelid", "k.conkey") " = " NAMES_ASKED(
        "columns") " "
                   "AND " NAMES_OF(
                       "k.confrelid",
                       "k.confkey") " = CASE json_array_length(o.other_columns) "
                                    "WHEN 0 THEN " NAMES_OF(
                                        "r.oid",
                                        "(SELECT x.indkey::int2[] FROM pg_index x WHERE x.indrelid "
                                        "= "
                                        "r.oid AND x.indisprimary)") " ELSE " NAMES_ASKED("other_"
                                                                                          "columns") " END, FALSE) AS is_same "
                                                                                                     "FROM json_to_recordset($1::json) AS o(i int, ns text, name text, columns json, other_ns text, "
                                                                                                     "other text, other_columns json, key text) JOIN pg_class c ON c.relname = o.name AND " IN_NAMESPACE(
                                                                                                         "c.relnamespace") " JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = "
                                                                                                                           "'f' JOIN pg_class r ON r.oid = k.confrelid JOIN pg_namespace q ON q.oid = r.relnamespace) s "
                                                                                                                           "WHERE s.is_same OR s.conname = s.key ORDER BY s.i, s.is_same";

static void
take_keys(SpHistory *history, const GPtrArray *asked, const SpRows *rows)
{
    for (guint i = 0; i < sp_rows_get_n(rows); i++) {
        const SpLiveKey live = {
            .name = sp_rows_get(rows, i, 1),
            .is_same = sp_rows_get_boolean(rows, i, 2),
            .match = *sp_rows_get(rows, i, 3),
            .on_update = *sp_rows_get(rows, i, 4),
            .on_delete = *sp_rows_get(rows, i, 5),
            .is_deferrable = sp_rows_get_boolean(rows, i, 6),
            .is_deferred = sp_rows_get_boolean(rows, i, 7),
            .is_valid = sp_rows_get_boolean(rows, i, 8),
        };
        sp_history_add_key(history, asked_at(asked, rows, i), &live);
    }
}

static char *
keys_as_json(const GPtrArray *keys)
{
    g_autoptr(SpJsonRows) json = sp_json_rows_new();
    for (guint i = 0; i < keys->len; i++) {
        const SpForeignKey *key = g_ptr_array_index(keys, i);
        sp_json_rows_begin(json);
        sp_json_rows_number(json, "i", i);
        sp_json_rows_text(json, "ns", key->table.namespace_name);
        sp_json_rows_text(json, "name", key->table.name);
        sp_json_rows_texts(json, "columns", key->columns, key->n_columns);
        sp_json_rows_text(json, "other_ns", key->other.namespace_name);
        sp_json_rows_text(json, "other", key->other.name);
        sp_json_rows_texts(json, "other_columns", key->other_columns, key->n_other_columns);
        sp_json_rows_text(json, "key", key->name);
        sp_json_rows_end(json);
    }
    return sp_json_rows_finish(json);
}

/* (transfer full) (element-type Question): only what is asked of something. */
static GArray *
questions_of(const SpInspection *inspection)
{
    GArray *questions = g_array_new(FALSE, FALSE, sizeof(Question));
    g_array_set_clear_func(questions, question_clear);
    const GPtrArray *objects = inspection->objects, *tables = inspection->tables,
                    *keys = inspection->keys;
    Question about_objects = {.asked = objects, .take = take_objects};
    Question about_tables = {.asked = tables, .take = take_columns};
    Question about_keys = {.asked = keys, .take = take_keys};
    if (objects->len > 0) {
        about_objects.query = objects_query(objects);
        about_objects.json = objects_as_json(objects);
        g_array_append_val(questions, about_objects);
    }
    if (tables->len > 0) {
        about_tables.query = g_strdup(columns_query);
        about_tables.json = objects_as_json(tables);
        g_array_append_val(questions, about_tables);
    }
    if (keys->len > 0) {
        about_keys.query = g_strdup(keys_query);
        about_keys.json = keys_as_json(keys);
        g_array_append_val(questions, about_keys);
    }
    return questions;
}

gboolean
sp_catalog_inspect(SpSession *session, const SpInspection *inspection, SpHistory *history,
                   GError **error)
{
    g_autoptr(GArray) questions = questions_of(inspection);
    g_autofree SpCommand *commands = g_new0(SpCommand, questions->len);
    for (guint i = 0; i < questions->len; i++) {
        Question *question = &g_array_index(questions, Question, i);
        question->params[0] = question->json;
        commands[i] =
            (SpCommand){.sql = question->query, .params = question->params, .n_params = 1};
    }
    if (questions->len == 0)
        return TRUE;
    g_autoptr(GPtrArray) answers = sp_session_query_many(session, commands, questions->len, error);
    for (guint i = 0; answers != NULL && i < answers->len; i++) {
        const Question *question = &g_array_index(questions, Question, i);
        question->take(history, question->asked, g_ptr_array_index(answers, i));
    }
    return answers != NULL;
}

/* The namespaces in which a statement creates, and those that it makes itself. */
static void
collect_namespaces(const SpStatement *statement, GHashTable *used, GHashTable *made)
{
    for (guint i = 0; i < statement->effects->len; i++) {
        const SpEffect *effect = g_ptr_array_index(statement->effects, i);
        const SpObject *object = effect->object;
        if (effect->action != SP_ACTION_CREATE || effect->is_temporary)
            continue;
        if (object->class == SP_OBJECT_NAMESPACE)
            g_hash_table_add(made, (gpointer)object->name);
        else if (object->class == SP_OBJECT_RELATION)
            g_hash_table_add(used, (gpointer)object->namespace_name);
    }
}

static void
collect_pending(const GPtrArray *steps, GHashTable *used, GHashTable *made)
{
    for (guint i = 0; i < steps->len; i++) {
        const SpStep *step = g_ptr_array_index(steps, i);
        for (guint j = 0; step->state == SP_STEP_PENDING && j < step->statements->len; j++)
            collect_namespaces(g_ptr_array_index(step->statements, j), used, made);
    }
}

static char *
names_as_json(GHashTable *names)
{
    g_autoptr(SpJsonRows) json = sp_json_rows_new();
    g_autoptr(GList) sorted = g_list_sort(g_hash_table_get_keys(names), (GCompareFunc)g_strcmp0);
    for (const GList *name = sorted; name != NULL; name = name->next)
        sp_json_rows_add(json, name->data);
    return sp_json_rows_finish(json);
}

gboolean
sp_catalog_check_privileges(SpSession *session, const GPtrArray *steps, gboolean makes_ledger,
                            GError **error)
{
    static const char *const query =
        "SELECT format('GRANT CREATE ON SCHEMA %I TO %I', n.nspname, current_user), "
        "'namespace ' || quote_ident(n.nspname), current_user FROM pg_namespace n "
        "WHERE n.nspname IN (SELECT json_array_elements_text($1::json)) "
        "AND NOT has_schema_privilege(n.oid, 'CREATE') UNION ALL "
        "SELECT format('GRANT CREATE ON DATABASE %I TO %I', current_database(), current_user), "
        "'database ' || quote_ident(current_database()), current_user "
        "WHERE NOT has_database_privilege(current_database(), 'CREATE') AND EXISTS "
        "(SELECT json_array_elements_text($2::json) EXCEPT SELECT nspname FROM pg_namespace)";
    g_autoptr(GHashTable) used = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) made = g_hash_table_new(g_str_hash, g_str_equal);
    if (makes_ledger)
        g_hash_table_add(used, (gpointer) "public");
    collect_pending(steps, used, made);
    g_autofree char *used_json = names_as_json(used);
    g_autofree char *made_json = names_as_json(made);
    g_autoptr(SpRows) rows =
        sp_session_query(session, query, (const char *const[]){used_json, made_json}, 2, error);
    if (rows == NULL)
        return FALSE;
    if (sp_rows_get_n(rows) == 0)
        return TRUE;
    g_autoptr(GString) hint = g_string_new("As the owner, run:");
    for (guint i = 0; i < sp_rows_get_n(rows); i++)
        g_string_append_printf(hint, " %s;", sp_rows_get(rows, i, 0));
    return sp_error_set(error, SP_ERROR_PRIVILEGE, "Nothing was written.", hint->str,
                        "role \"%s\" may not create in %s", sp_rows_get(rows, 0, 2),
                        sp_rows_get(rows, 0, 1));
}

static void
add_required(SpJsonRows *json, const SpExtension *extension, const SpSchema *schema)
{
    for (guint i = 0; schema->required_columns[i] != NULL; i++) {
        sp_json_rows_begin(json);
        sp_json_rows_text(json, "extension", sp_extension_get_id(extension));
        sp_json_rows_text(json, "source", schema->source);
        sp_json_rows_text(json, "ns", schema->namespace_name);
        sp_json_rows_text(json, "name", schema->table);
        sp_json_rows_text(json, "attribute", schema->required_columns[i]);
        sp_json_rows_end(json);
    }
}

static char *
required_as_json(const SpDeclared *declared)
{
    const SpRegistry *registry = sp_declared_get_registry(declared);
    g_autoptr(SpJsonRows) json = sp_json_rows_new();
    for (guint i = 0; i < sp_registry_get_n(registry); i++) {
        const SpExtension *extension = sp_registry_get(registry, i);
        gboolean is_read = sp_prepared_is_read(sp_declared_get_prepared(declared, i));
        for (guint j = 0; is_read && j < sp_extension_get_n_schemas(extension); j++)
            add_required(json, extension, sp_extension_get_schema(extension, j));
    }
    return sp_json_rows_finish(json);
}

static void
refuse_column(const SpRows *rows, guint row, SpFindings *findings)
{
    GError *error = sp_error_new(
        SP_ERROR_COLUMN_MISSING,
        "CREATE TABLE IF NOT EXISTS leaves a table that exists as it is, so a column that was "
        "added to its text does not reach it.",
        "Add the column in a migration: ALTER TABLE ... ADD COLUMN.",
        "required column \"%s\" of table \"%s.%s\" does not exist", sp_rows_get(rows, row, 4),
        sp_rows_get(rows, row, 2), sp_rows_get(rows, row, 3));
    SpPlace place = {.extension = sp_rows_get(rows, row, 0),
                     .source = sp_rows_get(rows, row, 1),
                     .phase = sp_phase_nick(SP_PHASE_DEPENDENT)};
    sp_error_place(error, &place);
    sp_findings_refuse(findings, error);
}

gboolean
sp_catalog_check_columns(SpSession *session, const SpDeclared *declared, SpFindings *findings,
                         GError **error)
{
    static const char *const query =
        "SELECT o.extension, o.source, o.ns, o.name, o.attribute FROM json_to_recordset($1::json) "
        "AS o(extension text, source text, ns text, name text, attribute text) "
        "WHERE NOT EXISTS (SELECT FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "WHERE a.attname = o.attribute AND NOT a.attisdropped AND c.relname = o.name "
        "AND " IN_NAMESPACE("c.relnamespace") ")";
    g_autofree char *json = required_as_json(declared);
    g_autoptr(SpRows) rows =
        sp_session_query(session, query, (const char *const[]){json}, 1, error);
    if (rows == NULL)
        return FALSE;
    for (guint i = 0; i < sp_rows_get_n(rows); i++)
        refuse_column(rows, i, findings);
    return TRUE;
}
