/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/body.h"

#include "edge/sql_parser.h"
#include "model/effects.h"
#include "model/node.h"

/* What is in a body, while it is collected. */
typedef struct {
    GHashTable *made;   /* names */
    GHashTable *needed; /* SpObject, owned by found */
    GPtrArray *found;   /* SpObject */
} Body;

static void
take_effect(Body *body, const SpEffect *effect)
{
    const SpObject *object = effect->object;
    if (object->class != SP_OBJECT_RELATION)
        return;
    if (effect->action == SP_ACTION_CREATE)
        g_hash_table_add(body->made, g_strdup(object->name));
    if ((effect->action != SP_ACTION_READ && effect->action != SP_ACTION_WRITE) ||
        g_str_has_prefix(object->namespace_name, "pg_temp") ||
        g_hash_table_contains(body->needed, object))
        return;
    SpObject *copy = sp_object_copy(object);
    g_ptr_array_add(body->found, copy);
    g_hash_table_add(body->needed, copy);
}

static void
take_tree(Body *body, const SpParseTree *tree)
{
    g_autoptr(SpArena) arena = sp_arena_new(0);
    for (guint i = 0; i < sp_parse_tree_get_n(tree); i++) {
        gsize start, length;
        const PgQuery__Node *node = sp_parse_tree_get(tree, i, &start, &length);
        g_autoptr(GPtrArray) messages = sp_node_walk(node);
        g_autoptr(GPtrArray) effects = sp_effects_new(node, messages, "", 0, arena);
        for (guint k = 0; k < effects->len; k++)
            take_effect(body, g_ptr_array_index(effects, k));
    }
}

/* An expression is what may stand behind SELECT. */
static SpParseTree *
parse(const char *text)
{
    SpParseTree *tree = sp_parse_tree_new(text, NULL);
    if (tree != NULL)
        return tree;
    g_autofree char *query = g_strconcat("SELECT ", text, NULL);
    return sp_parse_tree_new(query, NULL);
}

GPtrArray *
sp_body_find_relations(const GPtrArray *texts)
{
    Body body = {
        .made = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .needed = g_hash_table_new(sp_object_hash, sp_object_equal),
        .found = g_ptr_array_new_with_free_func((GDestroyNotify)sp_object_free),
    };
    for (guint i = 0; i < texts->len; i++) {
        g_autoptr(SpParseTree) tree = parse(g_ptr_array_index(texts, i));
        if (tree != NULL)
            take_tree(&body, tree);
    }
    g_hash_table_unref(body.needed);
    for (guint i = body.found->len; i > 0; i--)
        if (g_hash_table_contains(body.made,
                                  ((SpObject *)g_ptr_array_index(body.found, i - 1))->name))
            g_ptr_array_remove_index(body.found, i - 1);
    g_hash_table_unref(body.made);
    return body.found;
}

static gboolean
matches(const char *body, const char *before, const char *name, const char *after)
{
    g_autofree char *quoted = g_regex_escape_string(name, -1);
    g_autofree char *pattern = g_strconcat(before, quoted, after, NULL);
    return g_regex_match_simple(pattern, body, G_REGEX_CASELESS, 0);
}

gboolean
sp_body_does_without(const char *body, const char *name)
{
    return matches(body, "undefined_table|\\b42P01\\b|'\"?([^']*\\.)?\"?", name, "\"?'");
}

gboolean
sp_body_makes(const char *body, const char *name)
{
    return matches(body, "\\b(table|view)\\s+(if\\s+not\\s+exists\\s+)?([\\w\"]+\\.)?\"?", name,
                   "\\b");
}
