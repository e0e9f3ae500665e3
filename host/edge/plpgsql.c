/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/plpgsql.h"

#include "edge/sql_parser.h"

#include <json-glib/json-glib.h>
#include <string.h>

static void collect(JsonNode *node, GPtrArray *texts);

/* "a[1] := b": what stands before is a variable. */
static char *
right_side(const char *assignment)
{
    const char *sign = strstr(assignment, ":=");
    if (sign != NULL)
        return g_strdup(sign + 2);
    sign = strchr(assignment, '=');
    return g_strdup(sign != NULL ? sign + 1 : assignment);
}

static void
take_expression(JsonObject *expression, gboolean is_assignment, GPtrArray *texts)
{
    const char *text = json_object_get_string_member_with_default(expression, "query", NULL);
    if (text != NULL)
        g_ptr_array_add(texts, is_assignment ? right_side(text) : g_strdup(text));
}

static gboolean
is_expression(const char *name, JsonNode *value)
{
    return g_str_equal(name, "PLpgSQL_expr") && JSON_NODE_HOLDS_OBJECT(value);
}

static void
collect_assignment(JsonObject *assignment, GPtrArray *texts)
{
    JsonNode *expr = json_object_get_member(assignment, "expr");
    JsonNode *inner = expr != NULL && JSON_NODE_HOLDS_OBJECT(expr)
                          ? json_object_get_member(json_node_get_object(expr), "PLpgSQL_expr")
                          : NULL;
    if (inner != NULL && JSON_NODE_HOLDS_OBJECT(inner))
        take_expression(json_node_get_object(inner), TRUE, texts);
}

static void
collect_members(JsonObject *object, GPtrArray *texts)
{
    g_autoptr(GList) names = json_object_get_members(object);
    for (const GList *name = names; name != NULL; name = name->next) {
        JsonNode *value = json_object_get_member(object, name->data);
        if (is_expression(name->data, value))
            take_expression(json_node_get_object(value), FALSE, texts);
        else if (g_str_equal(name->data, "PLpgSQL_stmt_assign") && JSON_NODE_HOLDS_OBJECT(value))
            collect_assignment(json_node_get_object(value), texts);
        else
            collect(value, texts);
    }
}

static void
collect(JsonNode *node, GPtrArray *texts)
{
    if (JSON_NODE_HOLDS_OBJECT(node))
        collect_members(json_node_get_object(node), texts);
    if (!JSON_NODE_HOLDS_ARRAY(node))
        return;
    JsonArray *array = json_node_get_array(node);
    for (guint i = 0; i < json_array_get_length(array); i++)
        collect(json_array_get_element(array, i), texts);
}

GPtrArray *
sp_plpgsql_find_sql(const char *create_function, const char *body)
{
    g_autofree char *json = sp_plpgsql_parse(create_function, body);
    g_autoptr(JsonNode) root = json != NULL ? json_from_string(json, NULL) : NULL;
    if (root == NULL)
        return NULL;
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    collect(root, texts);
    return texts;
}
