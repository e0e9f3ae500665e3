/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/shapes.h"

#include "model/claims.h"

typedef struct {
    GHashTable *columns;  /* set of names, borrowed from the facts */
    GHashTable *creators; /* set of extension ids, borrowed */
    gboolean is_listed;   /* some CREATE TABLE lists its columns */
    gboolean is_open;     /* it may have others besides */
} Shape;

struct SpShapes {
    GHashTable *by_name;   /* SpObject -> Shape */
    GPtrArray *procedures; /* lower-case texts of procedural code that alters something */
};

static void
shape_free(Shape *shape)
{
    g_hash_table_unref(shape->columns);
    g_hash_table_unref(shape->creators);
    g_free(shape);
}

static SpObject
relation_named(const char *namespace_name, const char *name)
{
    return (SpObject){
        .class = SP_OBJECT_RELATION,
        .word = "table",
        .namespace_name = namespace_name,
        .name = name,
    };
}

static const Shape *
find_shape(const SpShapes *shapes, const char *namespace_name, const char *name)
{
    SpObject object = relation_named(namespace_name, name);
    return g_hash_table_lookup(shapes->by_name, &object);
}

static Shape *
ensure_shape(SpShapes *shapes, const char *namespace_name, const char *name)
{
    SpObject object = relation_named(namespace_name, name);
    Shape *shape = g_hash_table_lookup(shapes->by_name, &object);
    if (shape != NULL)
        return shape;
    shape = g_new0(Shape, 1);
    shape->columns = g_hash_table_new(g_str_hash, g_str_equal);
    shape->creators = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_insert(shapes->by_name, sp_object_copy(&object), shape);
    return shape;
}

static void
learn_gift(SpShapes *shapes, const SpColumnGift *gift)
{
    Shape *shape = ensure_shape(shapes, gift->table.namespace_name, gift->table.name);
    shape->is_listed = shape->is_listed || gift->is_listed;
    shape->is_open = shape->is_open || gift->is_open;
    for (guint i = 0; i < gift->n_columns; i++)
        g_hash_table_add(shape->columns, (gpointer)gift->columns[i]);
}

/* What procedural code does to tables is not in the facts. */
static void
learn_procedure(SpShapes *shapes, const SpStatement *statement)
{
    g_autofree char *text = g_ascii_strdown(statement->sql, -1);
    if (strstr(text, "alter") != NULL)
        g_ptr_array_add(shapes->procedures, g_steal_pointer(&text));
}

static void
learn_effect(SpShapes *shapes, const SpEffect *effect, const char *id, gboolean lists_columns)
{
    const SpObject *object = effect->object;
    if (effect->action != SP_ACTION_CREATE || object->class != SP_OBJECT_RELATION)
        return;
    /* A temporary table hides another one for the rest of its session. */
    gboolean hides_public = sp_object_get_realm(object) == SP_REALM_SESSION;
    Shape *shape =
        ensure_shape(shapes, hides_public ? "public" : object->namespace_name, object->name);
    if (effect->is_temporary || !lists_columns)
        shape->is_open = TRUE;
    if (!effect->is_temporary)
        g_hash_table_add(shape->creators, (gpointer)id);
}

static void
learn_script(SpShapes *shapes, const SpScript *script, const char *id)
{
    const GPtrArray *statements = sp_script_get_statements(script);
    for (guint i = 0; i < statements->len; i++) {
        const SpStatement *statement = g_ptr_array_index(statements, i);
        gboolean lists_columns = (statement->facts & SP_FACT_LISTS_COLUMNS) != 0;
        if ((statement->facts & SP_FACT_IS_PROCEDURAL) != 0)
            learn_procedure(shapes, statement);
        for (guint j = 0; statement->columns != NULL && j < statement->columns->n_gifts; j++)
            learn_gift(shapes, &statement->columns->gifts[j]);
        for (guint j = 0; j < statement->effects->len; j++)
            learn_effect(shapes, g_ptr_array_index(statement->effects, j), id, lists_columns);
    }
}

SpShapes *
sp_shapes_new(const GPtrArray *prepared)
{
    SpShapes *shapes = g_new0(SpShapes, 1);
    shapes->by_name =
        g_hash_table_new_full(sp_object_hash, sp_object_equal, (GDestroyNotify)sp_object_free,
                              (GDestroyNotify)shape_free);
    shapes->procedures = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < prepared->len; i++) {
        const SpPrepared *one = g_ptr_array_index(prepared, i);
        const char *id = sp_extension_get_id(sp_prepared_get_extension(one));
        const GPtrArray *scripts = sp_prepared_get_scripts(one);
        for (guint j = 0; j < scripts->len; j++)
            learn_script(shapes, g_ptr_array_index(scripts, j), id);
    }
    return shapes;
}

void
sp_shapes_free(SpShapes *shapes)
{
    if (shapes == NULL)
        return;
    g_hash_table_unref(shapes->by_name);
    g_ptr_array_unref(shapes->procedures);
    g_free(shapes);
}

static gboolean
is_in_procedure(const SpShapes *shapes, const char *name)
{
    g_autofree char *lower = g_ascii_strdown(name, -1);
    for (guint i = 0; i < shapes->procedures->len; i++) {
        if (strstr(g_ptr_array_index(shapes->procedures, i), lower) != NULL)
            return TRUE;
    }
    return FALSE;
}

gboolean
sp_shapes_may_have(const SpShapes *shapes, const char *namespace_name, const char *table,
                   const char *column)
{
    static const char *const system_columns[] = {"tableoid", "ctid", "xmin", "xmax",
                                                 "cmin",     "cmax", NULL};
    const Shape *shape = find_shape(shapes, namespace_name, table);
    if (shape == NULL || !shape->is_listed || shape->is_open)
        return TRUE;
    return g_hash_table_contains(shape->columns, column) ||
           g_strv_contains(system_columns, column) || is_in_procedure(shapes, table) ||
           is_in_procedure(shapes, column);
}

gboolean
sp_shapes_is_created_by(const SpShapes *shapes, const char *namespace_name, const char *table,
                        const char *id)
{
    const Shape *shape = find_shape(shapes, namespace_name, table);
    return shape != NULL && g_hash_table_contains(shape->creators, id);
}

char *
sp_shapes_list(const SpShapes *shapes, const char *namespace_name, const char *table)
{
    const Shape *shape = find_shape(shapes, namespace_name, table);
    g_autoptr(GList) names = shape != NULL ? g_hash_table_get_keys(shape->columns) : NULL;
    names = g_list_sort(names, (GCompareFunc)strcmp);
    GString *list = g_string_new(NULL);
    for (const GList *name = names; name != NULL; name = name->next)
        g_string_append_printf(list, "%s\"%s\"", list->len > 0 ? ", " : "",
                               (const char *)name->data);
    return g_string_free(list, FALSE);
}
