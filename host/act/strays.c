/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/strays.h"

#include "act/json_rows.h"
#include "act/kept.h"

#define NO_RECORDS                                                                            \
    "WITH x AS (SELECT NULL AS extension_id, NULL AS class, NULL AS namespace_name, NULL AS " \
    "name, NULL AS parent, 0 AS n_arguments WHERE FALSE)"
#define RECORDS                                                                              \
    "WITH x AS NOT MATERIALIZED (SELECT extension_id, class, namespace_name, name, parent, " \
    "n_arguments FROM public.extension_objects WHERE action IN ('create', 'own'))"

/* The names of a declared object, as sp_strays_parameter() writes them; what is recorded by its own
 * name needs no other look. */
#define OBJECTS                                                                             \
    ", o AS MATERIALIZED (SELECT * FROM json_to_recordset($1::json) AS o(i int, extension " \
    "text, class text, ns text, name text, parent text, args text, n_args int) "            \
    "WHERE NOT EXISTS (SELECT FROM x WHERE x.extension_id = o.extension "                   \
    "AND x.class = o.class AND x.namespace_name = o.ns AND x.name = o.name "                \
    "AND x.parent = coalesce(o.parent, '') AND x.n_arguments = o.n_args))"

#define OWNERS(from) "ARRAY(SELECT x.extension_id FROM " from " ORDER BY 1)"
#define NAMESAKES(kind) \
    "x WHERE x.class = '" kind "' AND x.namespace_name = o.ns AND x.name = o.name"
#define PACKAGE(catalog, members)                                                            \
    "(SELECT e.extname FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid "          \
    "WHERE d.classid = '" catalog "'::regclass AND d.refclassid = 'pg_extension'::regclass " \
    "AND d.objid IN (" members ") AND d.deptype = 'e' LIMIT 1)"
#define ANSWER(word, role, package) \
    " SELECT o.i, " word ", pg_get_userbyid(" role "), w.owners[1], " package " FROM o "
#define IS_STRAY "o.extension <> ALL (w.owners)"

#define OF_ONE_OF(relations)                                                         \
    "pg_class s JOIN pg_namespace m ON m.oid = s.relnamespace CROSS JOIN LATERAL "   \
    "(SELECT extension_id FROM x WHERE x.class = 'relation' AND x.namespace_name = " \
    "m.nspname AND x.name = s.relname OFFSET 0) x WHERE s.oid IN (" relations ")"

/* An index is part of its table, and so is a sequence that a column owns; a partition is its
 * root's. */
#define RELATIONS                                                                              \
    ANSWER("CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' "            \
           "WHEN 'i' THEN 'index' WHEN 'I' THEN 'index' WHEN 'S' THEN 'sequence' "             \
           "WHEN 'f' THEN 'foreign table' WHEN 'c' THEN 'type' ELSE 'table' END",              \
           "c.relowner", PACKAGE("pg_class", "c.oid, b.base"))                                 \
    "JOIN pg_namespace n ON n.nspname = o.ns "                                                 \
    "JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = o.name "                        \
    "CROSS JOIN LATERAL (SELECT coalesce("                                                     \
    "(SELECT i.indrelid FROM pg_index i WHERE i.indexrelid = c.oid), "                         \
    "(SELECT d.refobjid FROM pg_depend d WHERE c.relkind = 'S' "                               \
    "AND d.classid = 'pg_class'::regclass AND d.objid = c.oid "                                \
    "AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') LIMIT 1), c.oid) "    \
    "AS base OFFSET 0) b "                                                                     \
    "CROSS JOIN LATERAL (SELECT " OWNERS(OF_ONE_OF(                                            \
        "c.oid, b.base, pg_partition_root(b.base)")) " AS owners OFFSET 0) w WHERE o.class = " \
                                                     "'relation' AND " IS_STRAY

#define TYPES                                                                         \
    ANSWER("CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END", "t.typowner",     \
           PACKAGE("pg_type", "t.oid"))                                               \
    "JOIN pg_namespace n ON n.nspname = o.ns "                                        \
    "JOIN pg_type t ON t.typnamespace = n.oid AND t.typname = o.name "                \
    "CROSS JOIN LATERAL (SELECT " OWNERS(NAMESAKES("type")) " AS owners OFFSET 0) w " \
                                                            "WHERE o.class = 'type' AND " IS_STRAY

/* Of a type that its text borrows from a column nothing is known here. */
#define HAS_TYPES                                                                              \
    "(o.args LIKE '%\\%type%' OR p.proargtypes::text = CASE o.n_args WHEN 0 THEN '' ELSE "     \
    "(SELECT string_agg(coalesce(to_regtype(a.type)::oid::text, '?'), ' ' ORDER BY a.n) FROM " \
    "regexp_split_to_table(o.args, ',(?![^(]*\\))') WITH ORDINALITY AS a(type, n)) END)"

#define ROUTINES                                                                              \
    ANSWER("CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE "         \
           "'function' END",                                                                  \
           "p.proowner", PACKAGE("pg_proc", "p.oid"))                                         \
    "JOIN pg_namespace n ON n.nspname = o.ns "                                                \
    "JOIN pg_proc p ON p.pronamespace = n.oid AND p.proname = o.name "                        \
    "AND p.pronargs = o.n_args CROSS JOIN LATERAL (SELECT " OWNERS(NAMESAKES(                 \
        "routine") " AND x.n_arguments = o.n_args") " AS owners OFFSET 0) w WHERE o.class = " \
                                                    "'routine' AND " IS_STRAY " AND " HAS_TYPES

/* Where the table is another's, the part alone tells who made it. */
#define PARTS                                                                                     \
    ANSWER("o.class", "c.relowner", "NULL")                                                       \
    "JOIN pg_namespace n ON n.nspname = o.ns "                                                    \
    "JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = o.parent "                         \
    "CROSS JOIN LATERAL (SELECT " OWNERS(                                                         \
        "x WHERE x.class = o.class AND x.namespace_name = "                                       \
        "o.ns AND x.name = o.name AND x.parent = o.parent") " AS owners OFFSET 0) w WHERE CASE "  \
                                                            "o.class "                            \
                                                            "WHEN 'trigger' THEN EXISTS (SELECT " \
                                                            "FROM pg_trigger WHERE tgrelid = "    \
                                                            "c.oid AND tgname = "                 \
                                                            "o.name) WHEN 'policy' THEN EXISTS "  \
                                                            "(SELECT FROM pg_policy WHERE "       \
                                                            "polrelid = c.oid AND "               \
                                                            "polname = o.name) WHEN 'rule' THEN " \
                                                            "EXISTS (SELECT FROM pg_rewrite "     \
                                                            "WHERE ev_class = c.oid "             \
                                                            "AND rulename = o.name) ELSE FALSE "  \
                                                            "END AND " IS_STRAY                   \
                                                            " AND NOT EXISTS (SELECT FROM x "     \
                                                            "WHERE x.class = 'relation' AND "     \
                                                            "x.namespace_name = o.ns AND x.name " \
                                                            "= o.parent "                         \
                                                            "AND x.extension_id = o.extension)"

/* The server plans each, so only those are asked that can find something. */
static const struct {
    SpObjectClass first, last;
    const char *sql;
} branches[] = {
    {SP_OBJECT_RELATION, SP_OBJECT_RELATION, RELATIONS},
    {SP_OBJECT_TYPE, SP_OBJECT_TYPE, TYPES},
    {SP_OBJECT_ROUTINE, SP_OBJECT_ROUTINE, ROUTINES},
    {SP_OBJECT_TRIGGER, SP_OBJECT_RULE, PARTS},
};

static gboolean
is_of_branch(const SpObject *object, guint branch)
{
    return object->class >= branches[branch].first && object->class <= branches[branch].last;
}

static gboolean
is_needed(const GArray *objects, guint branch)
{
    for (guint i = 0; i < objects->len; i++)
        if (is_of_branch(g_array_index(objects, SpDeclaredObject, i).object, branch))
            return TRUE;
    return FALSE;
}

char *
sp_strays_query(const GArray *objects, gboolean has_records)
{
    g_autoptr(GString) query = g_string_new(NULL);
    for (guint i = 0; i < G_N_ELEMENTS(branches); i++)
        if (is_needed(objects, i))
            g_string_append_printf(query, "%s%s", query->len > 0 ? " UNION ALL" : "",
                                   branches[i].sql);
    if (query->len == 0)
        return NULL;
    return g_strconcat(has_records ? RECORDS : NO_RECORDS, OBJECTS, query->str, NULL);
}

static gboolean
is_looked_at(const SpObject *object)
{
    for (guint i = 0; i < G_N_ELEMENTS(branches); i++)
        if (is_of_branch(object, i))
            return TRUE;
    return FALSE;
}

char *
sp_strays_parameter(const GArray *objects)
{
    g_autoptr(SpJsonRows) json = sp_json_rows_new();
    for (guint i = 0; i < objects->len; i++) {
        const SpDeclaredObject *declared = &g_array_index(objects, SpDeclaredObject, i);
        const SpObject *object = declared->object;
        if (!is_looked_at(object))
            continue;
        sp_json_rows_begin(json);
        sp_json_rows_number(json, "i", i);
        sp_json_rows_text(json, "extension", declared->extension);
        sp_json_rows_text(json, "class", sp_kept_class_nick(object->class));
        sp_json_rows_text(json, "ns", object->namespace_name);
        sp_json_rows_text(json, "name", object->name);
        sp_json_rows_text(json, "parent", object->parent);
        sp_json_rows_text(json, "args", object->arguments);
        sp_json_rows_number(json, "n_args", sp_object_count_arguments(object));
        sp_json_rows_end(json);
    }
    return sp_json_rows_finish(json);
}

void
sp_strays_take(const SpRows *rows, const GArray *objects, SpHistory *history)
{
    for (guint i = 0; i < sp_rows_get_n(rows); i++) {
        guint64 index = g_ascii_strtoull(sp_rows_get(rows, i, 0), NULL, 10);
        SpStray *stray = g_new0(SpStray, 1);
        stray->object = sp_object_copy(g_array_index(objects, SpDeclaredObject, index).object);
        stray->word = g_strdup(sp_rows_get(rows, i, 1));
        stray->role = g_strdup(sp_rows_get(rows, i, 2));
        stray->holder = g_strdup(sp_rows_get(rows, i, 3));
        stray->package = g_strdup(sp_rows_get(rows, i, 4));
        sp_history_add_stray(history, stray);
    }
}

static void
collect_objects(const SpScript *script, const char *extension, GHashTable *seen, GArray *objects)
{
    const GPtrArray *statements = sp_script_get_statements(script);
    for (guint i = 0; i < statements->len; i++) {
        const SpStatement *statement = g_ptr_array_index(statements, i);
        for (guint j = 0; j < statement->effects->len; j++) {
            const SpEffect *effect = g_ptr_array_index(statement->effects, j);
            const SpDeclaredObject declared = {effect->object, extension};
            gboolean lasts = effect->action == SP_ACTION_CREATE && !effect->is_temporary;
            if (lasts && g_hash_table_add(seen, effect->object))
                g_array_append_val(objects, declared);
        }
    }
}

GArray *
sp_strays_list_declared(const SpDeclared *declared)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(sp_object_hash, sp_object_equal);
    GArray *objects = g_array_new(FALSE, FALSE, sizeof(SpDeclaredObject));
    guint n = sp_registry_get_n(sp_declared_get_registry(declared));
    for (guint i = 0; i < n; i++) {
        const SpPrepared *prepared = sp_declared_get_prepared(declared, i);
        const char *id = sp_extension_get_id(sp_prepared_get_extension(prepared));
        const GPtrArray *scripts = sp_prepared_get_scripts(prepared);
        for (guint j = 0; j < scripts->len; j++) {
            const SpScript *script = g_ptr_array_index(scripts, j);
            SpScriptRole role = sp_script_get_role(script);
            if (role == SP_SCRIPT_SCHEMA || role == SP_SCRIPT_MIGRATION)
                collect_objects(script, id, seen, objects);
        }
    }
    return objects;
}
