/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/shapes.h"

#include "model/claims.h"

typedef struct {
    GHashTable *columns;  /* set of names, borrowed from the trees */
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

const char *
sp_shapes_namespace_of(const SpStatement *statement, const PgQuery__RangeVar *relation)
{
    if (relation->schemaname[0] != '\0')
        return relation->schemaname;
    const char *found = NULL;
    gboolean is_ambiguous = FALSE;
    for (guint i = 0; i < statement->effects->len; i++) {
        const SpEffect *effect = g_ptr_array_index(statement->effects, i);
        const SpObject *object = effect->object;
        if (object->class != SP_OBJECT_RELATION || !g_str_equal(object->name, relation->relname))
            continue;
        if (effect->offset == (guint)relation->location)
            return object->namespace_name;
        is_ambiguous = is_ambiguous || (found && !g_str_equal(found, object->namespace_name));
        found = object->namespace_name;
    }
    return is_ambiguous ? NULL : found;
}

static Shape *
ensure_shape_of(SpShapes *shapes, const SpStatement *statement, const PgQuery__RangeVar *relation)
{
    const char *namespace_name = sp_shapes_namespace_of(statement, relation);
    return ensure_shape(shapes, namespace_name ? namespace_name : "public", relation->relname);
}

static void
learn_create(SpShapes *shapes, const SpStatement *statement, const PgQuery__CreateStmt *create)
{
    Shape *shape = ensure_shape_of(shapes, statement, create->relation);
    shape->is_listed = TRUE;
    /* The columns of a parent, a type or another table come from there. */
    if (create->n_inh_relations > 0 || create->of_typename != NULL)
        shape->is_open = TRUE;
    for (size_t i = 0; i < create->n_table_elts; i++) {
        const PgQuery__Node *element = create->table_elts[i];
        if (element->node_case == PG_QUERY__NODE__NODE_COLUMN_DEF)
            g_hash_table_add(shape->columns, element->column_def->colname);
        else if (element->node_case == PG_QUERY__NODE__NODE_TABLE_LIKE_CLAUSE)
            shape->is_open = TRUE;
    }
}

static void
learn_table(SpShapes *shapes, const SpStatement *statement)
{
    learn_create(shapes, statement, statement->node->create_stmt);
}

static void
learn_foreign_table(SpShapes *shapes, const SpStatement *statement)
{
    learn_create(shapes, statement, statement->node->create_foreign_table_stmt->base_stmt);
}

static void
learn_namespace(SpShapes *shapes, const SpStatement *statement)
{
    const PgQuery__CreateSchemaStmt *create = statement->node->create_schema_stmt;
    for (size_t i = 0; i < create->n_schema_elts; i++) {
        const PgQuery__Node *element = create->schema_elts[i];
        if (element->node_case == PG_QUERY__NODE__NODE_CREATE_STMT)
            learn_create(shapes, statement, element->create_stmt);
    }
}

static void
learn_alter_command(SpShapes *shapes, const SpStatement *statement, Shape *shape,
                    const PgQuery__AlterTableCmd *command)
{
    const PgQuery__Node *def = command->def;
    switch ((int)command->subtype) {
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn:
        g_hash_table_add(shape->columns, def->column_def->colname);
        break;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn: /* an earlier text may still name it */
        g_hash_table_add(shape->columns, command->name);
        break;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AttachPartition:
        shape->is_open = TRUE;
        ensure_shape_of(shapes, statement, def->partition_cmd->name)->is_open = TRUE;
        break;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddInherit:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddOf:
        shape->is_open = TRUE;
        break;
    default:
        break;
    }
}

static void
learn_alter(SpShapes *shapes, const SpStatement *statement)
{
    const PgQuery__AlterTableStmt *alter = statement->node->alter_table_stmt;
    Shape *shape = ensure_shape_of(shapes, statement, alter->relation);
    for (size_t i = 0; i < alter->n_cmds; i++)
        learn_alter_command(shapes, statement, shape, alter->cmds[i]->alter_table_cmd);
}

static void
learn_rename(SpShapes *shapes, const SpStatement *statement)
{
    const PgQuery__RenameStmt *rename = statement->node->rename_stmt;
    if (rename->rename_type != PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN || rename->relation == NULL)
        return;
    Shape *shape = ensure_shape_of(shapes, statement, rename->relation);
    g_hash_table_add(shape->columns, rename->subname);
    g_hash_table_add(shape->columns, rename->newname);
}

/* What procedural code does to tables is not in the tree. */
static void
learn_procedure(SpShapes *shapes, const SpStatement *statement)
{
    g_autofree char *text = g_ascii_strdown(statement->sql, -1);
    if (strstr(text, "alter") != NULL)
        g_ptr_array_add(shapes->procedures, g_steal_pointer(&text));
}

typedef struct {
    PgQuery__Node__NodeCase node_case;
    void (*learn)(SpShapes *shapes, const SpStatement *statement);
    gboolean lists_columns; /* what it creates has the columns that it lists */
} Lesson;

static const Lesson lessons[] = {
    {PG_QUERY__NODE__NODE_CREATE_STMT, learn_table, TRUE},
    {PG_QUERY__NODE__NODE_CREATE_FOREIGN_TABLE_STMT, learn_foreign_table, TRUE},
    {PG_QUERY__NODE__NODE_CREATE_SCHEMA_STMT, learn_namespace, TRUE},
    {PG_QUERY__NODE__NODE_ALTER_TABLE_STMT, learn_alter, FALSE},
    {PG_QUERY__NODE__NODE_RENAME_STMT, learn_rename, FALSE},
    {PG_QUERY__NODE__NODE_DO_STMT, learn_procedure, FALSE},
    {PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT, learn_procedure, FALSE},
};

/* Returns: (nullable) */
static const Lesson *
find_lesson(const SpStatement *statement)
{
    for (guint i = 0; i < G_N_ELEMENTS(lessons); i++) {
        if (lessons[i].node_case == statement->node->node_case)
            return &lessons[i];
    }
    return NULL;
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
        const Lesson *lesson = find_lesson(statement);
        if (lesson != NULL)
            lesson->learn(shapes, statement);
        for (guint j = 0; j < statement->effects->len; j++)
            learn_effect(shapes, g_ptr_array_index(statement->effects, j), id,
                         lesson != NULL && lesson->lists_columns);
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
