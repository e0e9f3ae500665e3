/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/sizes.h"

#include "act/json_rows.h"

/* One row a column. The table is measured before its columns are joined, so once; a partitioned
 * table has nothing itself, so its partitions are. */
static const char *const query =
    "WITH named AS (SELECT o.i, r.relkind, coalesce(x.indrelid, r.oid) AS of "
    "FROM json_to_recordset($1::json) AS o(i int, ns text, name text) "
    "JOIN pg_namespace n ON n.nspname = o.ns "
    "JOIN pg_class r ON r.relname = o.name AND r.relnamespace = n.oid "
    "LEFT JOIN pg_index x ON x.indexrelid = r.oid), "
    "measured AS MATERIALIZED (SELECT named.i, named.relkind IN ('i', 'I') AS is_index, t.oid, "
    "t.relname, tn.nspname, p.* FROM named JOIN pg_class t ON t.oid = named.of "
    "JOIN pg_namespace tn ON tn.oid = t.relnamespace CROSS JOIN LATERAL ("
    "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint AS bytes, "
    "coalesce(sum(nullif(c.reltuples, -1)), -1)::bigint AS rows FROM ("
    "SELECT t.oid AS relid WHERE t.relkind <> 'p' UNION ALL SELECT relid FROM "
    "pg_partition_tree(CASE t.relkind WHEN 'p' THEN t.oid END) WHERE isleaf) parts "
    "JOIN pg_class c ON c.oid = parts.relid) p WHERE t.relkind IN ('r', 'p', 'm')) "
    "SELECT m.i, m.is_index, m.nspname, m.relname, m.bytes, m.rows, a.attname, "
    "CASE yn.nspname WHEN 'pg_catalog' THEN y.typname ELSE yn.nspname || '.' || y.typname END, "
    "a.atttypmod FROM measured m LEFT JOIN pg_attribute a ON a.attrelid = m.oid AND a.attnum > 0 "
    "AND NOT a.attisdropped LEFT JOIN pg_type y ON y.oid = a.atttypid "
    "LEFT JOIN pg_namespace yn ON yn.oid = y.typnamespace ORDER BY m.i, a.attnum";

typedef enum {
    COLUMN_INDEX,
    COLUMN_IS_INDEX,
    COLUMN_NAMESPACE,
    COLUMN_NAME,
    COLUMN_BYTES,
    COLUMN_ROWS,
    COLUMN_ATTRIBUTE,
    COLUMN_TYPE,
    COLUMN_MODIFIER,
} Column;

static void
collect_step(const SpStep *step, GHashTable *seen, GPtrArray *objects)
{
    for (guint i = 0; i < step->statements->len; i++) {
        const SpStatement *statement = g_ptr_array_index(step->statements, i);
        for (guint j = 0; j < statement->effects->len; j++) {
            const SpEffect *effect = g_ptr_array_index(statement->effects, j);
            if (effect->object->class == SP_OBJECT_RELATION && !effect->is_temporary &&
                g_hash_table_add(seen, effect->object))
                g_ptr_array_add(objects, effect->object);
        }
    }
}

/* (element-type SpObject): every relation that a pending step names. */
static GPtrArray *
collect_objects(const SpPlan *plan)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(sp_object_hash, sp_object_equal);
    const GPtrArray *steps = sp_plan_get_steps(plan);
    GPtrArray *objects = g_ptr_array_new();
    for (guint i = 0; i < steps->len; i++) {
        const SpStep *step = g_ptr_array_index(steps, i);
        if (step->state == SP_STEP_PENDING)
            collect_step(step, seen, objects);
    }
    return objects;
}

static char *
objects_as_json(const GPtrArray *objects)
{
    g_autoptr(SpJsonRows) json = sp_json_rows_new();
    for (guint i = 0; i < objects->len; i++) {
        const SpObject *object = g_ptr_array_index(objects, i);
        sp_json_rows_begin(json);
        sp_json_rows_number(json, "i", i);
        sp_json_rows_text(json, "ns", object->namespace_name);
        sp_json_rows_text(json, "name", object->name);
        sp_json_rows_end(json);
    }
    return sp_json_rows_finish(json);
}

static gint64
get_number(const SpRows *rows, guint row, Column column)
{
    return g_ascii_strtoll(sp_rows_get(rows, row, column), NULL, 10);
}

static void
add_row(SpTables *tables, const SpRows *rows, guint row, const GPtrArray *objects)
{
    g_autoptr(SpObject) table =
        sp_object_new(SP_OBJECT_RELATION, "table", sp_rows_get(rows, row, COLUMN_NAMESPACE),
                      sp_rows_get(rows, row, COLUMN_NAME), NULL, NULL);
    const char *attribute = sp_rows_get(rows, row, COLUMN_ATTRIBUTE);
    sp_tables_add(tables, table, get_number(rows, row, COLUMN_BYTES),
                  get_number(rows, row, COLUMN_ROWS));
    if (sp_rows_get_boolean(rows, row, COLUMN_IS_INDEX))
        sp_tables_add_index(
            tables, g_ptr_array_index(objects, (guint)get_number(rows, row, COLUMN_INDEX)), table);
    if (attribute != NULL)
        sp_tables_add_column(tables, table, attribute, sp_rows_get(rows, row, COLUMN_TYPE),
                             (gint)get_number(rows, row, COLUMN_MODIFIER));
}

SpTables *
sp_sizes_read(SpSession *session, const SpPlan *plan, GError **error)
{
    g_autoptr(SpTables) tables = sp_tables_new();
    g_autoptr(GPtrArray) objects = collect_objects(plan);
    if (objects->len == 0)
        return g_steal_pointer(&tables);
    g_autofree char *json = objects_as_json(objects);
    g_autoptr(SpRows) rows =
        sp_session_query(session, query, (const char *const[]){json}, 1, error);
    if (rows == NULL)
        return NULL;
    for (guint i = 0; i < sp_rows_get_n(rows); i++)
        add_row(tables, rows, i, objects);
    return g_steal_pointer(&tables);
}
