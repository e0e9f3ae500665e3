/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/names.h"

#include "model/node.h"

/* How the grammar writes the name of an object. */
typedef enum {
    SHAPE_NONE,      /* no object of ours */
    SHAPE_PLAIN,     /* String */
    SHAPE_QUALIFIED, /* List of String */
    SHAPE_MEMBER,    /* List of String: the holder's name, then the member's, which is nothing by
                        itself */
    SHAPE_PART,      /* likewise, and the member is an object */
    SHAPE_TYPE, /* TypeName, List of String, or List of TypeName and the name of its constraint */
    SHAPE_ARGUMENTS, /* ObjectWithArgs */
    SHAPE_CAST,      /* List of two TypeName */
    SHAPE_METHOD,    /* List of String: the access method, then the name */
    SHAPE_TRANSFORM, /* List of TypeName and String */
} Shape;

static const struct {
    SpObjectClass class;
    Shape shape;
    const char *word;
} types[] = {
#define TYPE(name) PG_QUERY__OBJECT_TYPE__OBJECT_##name
    [TYPE(ACCESS_METHOD)] = {SP_OBJECT_ACCESS_METHOD, SHAPE_PLAIN, "access method"},
    [TYPE(AGGREGATE)] = {SP_OBJECT_ROUTINE, SHAPE_ARGUMENTS, "aggregate"},
    [TYPE(ATTRIBUTE)] = {SP_OBJECT_TYPE, SHAPE_MEMBER, "type"},
    [TYPE(CAST)] = {SP_OBJECT_CAST, SHAPE_CAST, "cast"},
    [TYPE(COLUMN)] = {SP_OBJECT_RELATION, SHAPE_MEMBER, "table"},
    [TYPE(COLLATION)] = {SP_OBJECT_COLLATION, SHAPE_QUALIFIED, "collation"},
    [TYPE(CONVERSION)] = {SP_OBJECT_CONVERSION, SHAPE_QUALIFIED, "conversion"},
    [TYPE(DATABASE)] = {SP_OBJECT_DATABASE, SHAPE_PLAIN, "database"},
    [TYPE(DOMAIN)] = {SP_OBJECT_TYPE, SHAPE_TYPE, "domain"},
    [TYPE(DOMCONSTRAINT)] = {SP_OBJECT_TYPE, SHAPE_TYPE, "domain"},
    [TYPE(EVENT_TRIGGER)] = {SP_OBJECT_EVENT_TRIGGER, SHAPE_PLAIN, "event trigger"},
    [TYPE(EXTENSION)] = {SP_OBJECT_EXTENSION, SHAPE_PLAIN, "extension"},
    [TYPE(FDW)] = {SP_OBJECT_FOREIGN_DATA_WRAPPER, SHAPE_PLAIN, "foreign data wrapper"},
    [TYPE(FOREIGN_SERVER)] = {SP_OBJECT_SERVER, SHAPE_PLAIN, "server"},
    [TYPE(FOREIGN_TABLE)] = {SP_OBJECT_RELATION, SHAPE_QUALIFIED, "foreign table"},
    [TYPE(FUNCTION)] = {SP_OBJECT_ROUTINE, SHAPE_ARGUMENTS, "function"},
    [TYPE(INDEX)] = {SP_OBJECT_RELATION, SHAPE_QUALIFIED, "index"},
    [TYPE(LANGUAGE)] = {SP_OBJECT_LANGUAGE, SHAPE_PLAIN, "language"},
    [TYPE(LARGEOBJECT)] = {SP_N_OBJECT_CLASSES, SHAPE_NONE, "large object"},
    [TYPE(MATVIEW)] = {SP_OBJECT_RELATION, SHAPE_QUALIFIED, "materialized view"},
    [TYPE(OPCLASS)] = {SP_OBJECT_OPERATOR_CLASS, SHAPE_METHOD, "operator class"},
    [TYPE(OPERATOR)] = {SP_OBJECT_OPERATOR, SHAPE_ARGUMENTS, "operator"},
    [TYPE(OPFAMILY)] = {SP_OBJECT_OPERATOR_FAMILY, SHAPE_METHOD, "operator family"},
    [TYPE(PARAMETER_ACL)] = {SP_N_OBJECT_CLASSES, SHAPE_NONE, "parameter"},
    [TYPE(POLICY)] = {SP_OBJECT_POLICY, SHAPE_PART, "policy"},
    [TYPE(PROCEDURE)] = {SP_OBJECT_ROUTINE, SHAPE_ARGUMENTS, "procedure"},
    [TYPE(PUBLICATION)] = {SP_OBJECT_PUBLICATION, SHAPE_PLAIN, "publication"},
    [TYPE(ROLE)] = {SP_OBJECT_ROLE, SHAPE_PLAIN, "role"},
    [TYPE(ROUTINE)] = {SP_OBJECT_ROUTINE, SHAPE_ARGUMENTS, "routine"},
    [TYPE(RULE)] = {SP_OBJECT_RULE, SHAPE_PART, "rule"},
    [TYPE(SCHEMA)] = {SP_OBJECT_NAMESPACE, SHAPE_PLAIN, "schema"},
    [TYPE(SEQUENCE)] = {SP_OBJECT_RELATION, SHAPE_QUALIFIED, "sequence"},
    [TYPE(SUBSCRIPTION)] = {SP_N_OBJECT_CLASSES, SHAPE_NONE, "subscription"},
    [TYPE(STATISTIC_EXT)] = {SP_OBJECT_STATISTICS, SHAPE_QUALIFIED, "statistics"},
    [TYPE(TABCONSTRAINT)] = {SP_OBJECT_RELATION, SHAPE_MEMBER, "table"},
    [TYPE(TABLE)] = {SP_OBJECT_RELATION, SHAPE_QUALIFIED, "table"},
    [TYPE(TABLESPACE)] = {SP_OBJECT_TABLESPACE, SHAPE_PLAIN, "tablespace"},
    [TYPE(TRANSFORM)] = {SP_OBJECT_TRANSFORM, SHAPE_TRANSFORM, "transform"},
    [TYPE(TRIGGER)] = {SP_OBJECT_TRIGGER, SHAPE_PART, "trigger"},
    [TYPE(TSCONFIGURATION)] = {SP_OBJECT_TS_CONFIGURATION, SHAPE_QUALIFIED,
                               "text search configuration"},
    [TYPE(TSDICTIONARY)] = {SP_OBJECT_TS_DICTIONARY, SHAPE_QUALIFIED, "text search dictionary"},
    [TYPE(TSPARSER)] = {SP_OBJECT_TS_PARSER, SHAPE_QUALIFIED, "text search parser"},
    [TYPE(TSTEMPLATE)] = {SP_OBJECT_TS_TEMPLATE, SHAPE_QUALIFIED, "text search template"},
    [TYPE(TYPE)] = {SP_OBJECT_TYPE, SHAPE_TYPE, "type"},
    [TYPE(VIEW)] = {SP_OBJECT_RELATION, SHAPE_QUALIFIED, "view"},
#undef TYPE
};

static gboolean
is_known(PgQuery__ObjectType type)
{
    return (gsize)type < G_N_ELEMENTS(types) && types[type].word != NULL;
}

static SpObject *
new_object(PgQuery__ObjectType type, const char *namespace_name, const char *name)
{
    return sp_object_new(types[type].class, types[type].word, namespace_name, name, NULL, NULL);
}

const char *
sp_names_word(PgQuery__ObjectType type)
{
    return is_known(type) ? types[type].word : "object";
}

SpObject *
sp_names_plain(PgQuery__ObjectType type, const char *name)
{
    g_return_val_if_fail(is_known(type) && types[type].shape != SHAPE_NONE, NULL);
    return new_object(type, "", name);
}

SpObject *
sp_names_relation(PgQuery__ObjectType type, const PgQuery__RangeVar *relation,
                  const char *default_namespace)
{
    g_return_val_if_fail(is_known(type) && types[type].shape != SHAPE_NONE, NULL);

    const char *schema = relation->schemaname;
    return new_object(type, *schema == '\0' ? default_namespace : schema, relation->relname);
}

SpObject *
sp_names_part(PgQuery__ObjectType type, const PgQuery__RangeVar *table, const char *name,
              const char *default_namespace)
{
    SpObject *part = sp_names_relation(type, table, default_namespace);
    part->parent = part->name;
    part->name = g_strdup(name);
    return part;
}

SpObject *
sp_names_list(PgQuery__ObjectType type, PgQuery__Node *const *names, gsize n,
              const char *default_namespace)
{
    const char *name = n == 0 ? NULL : sp_node_get_string(names[n - 1]);
    const char *namespace_name = n < 2 ? default_namespace : sp_node_get_string(names[n - 2]);

    if (name == NULL || namespace_name == NULL)
        return NULL;
    return new_object(type, namespace_name, name);
}

SpObject *
sp_names_pair(PgQuery__ObjectType type, const char *first, const char *second)
{
    const char *between = types[type].shape == SHAPE_CAST ? "AS" : "LANGUAGE";
    g_autofree char *name = g_strdup_printf("%s %s %s", first, between, second);
    return sp_object_new(types[type].class, types[type].word, "", name, first, second);
}

static void
append_identifier(GString *text, const char *name)
{
    gboolean is_plain = !g_ascii_isdigit(*name) && *name != '$' && *name != '\0';

    for (const char *at = name; *at != '\0'; at++)
        is_plain = is_plain && (g_ascii_islower(*at) || g_ascii_isdigit(*at) || *at == '_' ||
                                *at == '$' || (guchar)*at >= 0x80);
    if (is_plain) {
        g_string_append(text, name);
        return;
    }
    gsize start = text->len;
    g_string_append(text, name);
    for (gsize i = start; i < text->len; i++)
        if (text->str[i] == '"')
            g_string_insert_c(text, (gssize)i++, '"');
    g_string_insert_c(text, (gssize)start, '"');
    g_string_append_c(text, '"');
}

char *
sp_names_type(const PgQuery__TypeName *type)
{
    GString *text = g_string_new(NULL);

    for (gsize i = 0; i < type->n_names; i++) {
        const char *name = sp_node_get_string(type->names[i]);
        if (name == NULL || (i + 1 < type->n_names && g_str_equal(name, "pg_catalog")))
            continue;
        if (text->len > 0)
            g_string_append_c(text, '.');
        append_identifier(text, name);
    }
    if (type->pct_type)
        g_string_append(text, "%type");
    if (type->n_array_bounds > 0)
        g_string_append(text, "[]");
    return g_string_free(text, FALSE);
}

/* (nullable): NULL for what is no input */
static char *
input_type(const PgQuery__Node *node)
{
    if (node->node_case == PG_QUERY__NODE__NODE__NOT_SET)
        return g_strdup("none");
    if (node->node_case == PG_QUERY__NODE__NODE_TYPE_NAME)
        return sp_names_type(node->type_name);
    if (node->node_case != PG_QUERY__NODE__NODE_FUNCTION_PARAMETER)
        return NULL;

    const PgQuery__FunctionParameter *parameter = node->function_parameter;
    if (parameter->mode == PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_OUT ||
        parameter->mode == PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_TABLE)
        return NULL;
    return sp_names_type(parameter->arg_type);
}

char *
sp_names_types(PgQuery__Node *const *nodes, gsize n)
{
    GString *text = g_string_new(NULL);

    for (gsize i = 0; i < n; i++) {
        g_autofree char *type = input_type(nodes[i]);
        if (type != NULL)
            g_string_append_printf(text, "%s%s", text->len > 0 ? "," : "", type);
    }
    return g_string_free(text, FALSE);
}

char *
sp_names_role(const PgQuery__RoleSpec *role)
{
    if (role->roletype == PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_CSTRING)
        return g_strdup(role->rolename);
    if (role->roletype == PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_PUBLIC)
        return g_strdup("public");
    return g_strdup("current_user");
}

SpObject *
sp_names_mapping(const PgQuery__RoleSpec *user, const char *server)
{
    g_autofree char *name = sp_names_role(user);
    return sp_object_new(SP_OBJECT_USER_MAPPING, "user mapping", "", name, server, NULL);
}

static SpObject *
with_arguments(PgQuery__ObjectType type, const PgQuery__Node *node, const char *default_namespace)
{
    if (node->node_case != PG_QUERY__NODE__NODE_OBJECT_WITH_ARGS)
        return NULL;

    const PgQuery__ObjectWithArgs *routine = node->object_with_args;
    SpObject *object = sp_names_list(type, routine->objname, routine->n_objname, default_namespace);
    if (object != NULL && !routine->args_unspecified)
        object->arguments = sp_names_types(routine->objargs, routine->n_objargs);
    return object;
}

static SpObject *
type_or_domain(PgQuery__ObjectType type, const PgQuery__Node *node, const char *default_namespace)
{
    if (node->node_case == PG_QUERY__NODE__NODE_TYPE_NAME)
        return sp_names_list(type, node->type_name->names, node->type_name->n_names,
                             default_namespace);
    if (node->node_case != PG_QUERY__NODE__NODE_LIST)
        return NULL;

    const PgQuery__List *list = node->list;
    if (list->n_items > 0 && list->items[0]->node_case == PG_QUERY__NODE__NODE_TYPE_NAME)
        return type_or_domain(type, list->items[0], default_namespace);
    return sp_names_list(type, list->items, list->n_items, default_namespace);
}

static SpObject *
two_types(PgQuery__ObjectType type, const PgQuery__List *list)
{
    const PgQuery__Node *second = list->items[1];
    g_autofree char *source = sp_names_types(list->items, 1);
    g_autofree char *target = sp_node_get_string(second) != NULL
                                  ? g_strdup(sp_node_get_string(second))
                                  : sp_names_types(list->items + 1, 1);
    return sp_names_pair(type, source, target);
}

static SpObject *
part_of_table(PgQuery__ObjectType type, const PgQuery__List *list, const char *default_namespace)
{
    SpObject *part = sp_names_list(type, list->items, list->n_items - 1, default_namespace);
    const char *name = sp_node_get_string(list->items[list->n_items - 1]);

    if (part == NULL || name == NULL)
        return NULL;
    part->parent = part->name;
    part->name = g_strdup(name);
    return part;
}

static SpObject *
of_method(PgQuery__ObjectType type, const PgQuery__List *list, const char *default_namespace)
{
    SpObject *object = sp_names_list(type, list->items + 1, list->n_items - 1, default_namespace);
    if (object != NULL)
        object->arguments = g_strdup(sp_node_get_string(list->items[0]));
    return object;
}

static SpObject *
from_list(PgQuery__ObjectType type, const PgQuery__Node *node, const char *default_namespace)
{
    if (node->node_case != PG_QUERY__NODE__NODE_LIST)
        return NULL;

    const PgQuery__List *list = node->list;
    Shape shape = types[type].shape;
    if (shape == SHAPE_QUALIFIED)
        return sp_names_list(type, list->items, list->n_items, default_namespace);
    if (list->n_items < 2)
        return NULL;
    if (shape == SHAPE_MEMBER)
        return sp_names_list(type, list->items, list->n_items - 1, default_namespace);
    if (shape == SHAPE_PART)
        return part_of_table(type, list, default_namespace);
    if (shape == SHAPE_METHOD)
        return of_method(type, list, default_namespace);
    return two_types(type, list);
}

SpObject *
sp_names_object(PgQuery__ObjectType type, const PgQuery__Node *node, const char *default_namespace)
{
    if (node == NULL || !is_known(type) || types[type].shape == SHAPE_NONE)
        return NULL;

    const char *name = sp_node_get_string(node);
    if (types[type].shape == SHAPE_PLAIN)
        return name == NULL ? NULL : sp_names_plain(type, name);
    if (types[type].shape == SHAPE_TYPE)
        return type_or_domain(type, node, default_namespace);
    if (types[type].shape == SHAPE_ARGUMENTS)
        return with_arguments(type, node, default_namespace);
    return from_list(type, node, default_namespace);
}
