/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/needs.h"

#include "edge/sql_parser.h"
#include "model/node.h"

struct SpNeeds {
    const GPtrArray *statements;
    GHashTable *makers;   /* key of an object -> GArray of guint */
    GHashTable *droppers; /* likewise */
    GArray **found;       /* one a statement, or NULL: of guint */
};

/* Tables have row types of their names, so relations and types share one kind of key. */
static char *
key_of_object(const SpObject *object)
{
    g_autofree char *key = sp_facts_routine_key(object->namespace_name, object->name);
    if (object->class == SP_OBJECT_ROUTINE)
        return g_strconcat("f", key, NULL);
    if (object->class == SP_OBJECT_RELATION || object->class == SP_OBJECT_TYPE)
        return g_strconcat("r", key, NULL);
    return NULL;
}

static void
add_index(GHashTable *table, const SpObject *object, guint index)
{
    char *key = key_of_object(object);
    if (key == NULL)
        return;
    GArray *indexes = g_hash_table_lookup(table, key);
    if (indexes == NULL) {
        indexes = g_array_new(FALSE, FALSE, sizeof(guint));
        g_hash_table_insert(table, g_strdup(key), indexes);
    }
    g_array_append_val(indexes, index);
    g_free(key);
}

static GHashTable *
table_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
}

SpNeeds *
sp_needs_new(const GPtrArray *statements)
{
    SpNeeds *needs = g_new0(SpNeeds, 1);
    needs->statements = statements;
    needs->makers = table_new();
    needs->droppers = table_new();
    needs->found = g_new0(GArray *, statements->len);
    for (guint i = 0; i < statements->len; i++) {
        const SpStatement *statement = g_ptr_array_index(statements, i);
        for (guint j = 0; j < statement->effects->len; j++) {
            const SpEffect *effect = g_ptr_array_index(statement->effects, j);
            if (effect->action == SP_ACTION_CREATE)
                add_index(needs->makers, effect->object, i);
            else if (effect->action == SP_ACTION_DROP)
                add_index(needs->droppers, effect->object, i);
        }
    }
    return needs;
}

void
sp_needs_free(SpNeeds *needs)
{
    if (needs == NULL)
        return;
    for (guint i = 0; i < needs->statements->len; i++)
        g_clear_pointer(&needs->found[i], g_array_unref);
    g_free(needs->found);
    g_hash_table_unref(needs->makers);
    g_hash_table_unref(needs->droppers);
    g_free(needs);
}

static void
add_found(GArray *found, guint index, guint self)
{
    gboolean is_known = index == self;
    for (guint i = 0; i < found->len && !is_known; i++)
        is_known = g_array_index(found, guint, i) == index;
    if (!is_known)
        g_array_append_val(found, index);
}

static void
add_makers(const SpNeeds *needs, const char *kind, const char *name, guint self, GArray *found)
{
    g_autofree char *key = g_strconcat(kind, name, NULL);
    const GArray *makers = g_hash_table_lookup(needs->makers, key);
    for (guint i = 0; makers != NULL && i < makers->len; i++)
        add_found(found, g_array_index(makers, guint, i), self);
}

static void
add_names(const SpNeeds *needs, const char *kind, const char *const *names, guint self,
          GArray *found)
{
    for (guint i = 0; names != NULL && names[i] != NULL; i++)
        add_makers(needs, kind, names[i], self, found);
}

static void
add_relation(const SpNeeds *needs, const PgQuery__RangeVar *relation, guint self, GArray *found)
{
    const char *namespace_name = *relation->schemaname ? relation->schemaname : "public";
    g_autofree char *key = sp_facts_routine_key(namespace_name, relation->relname);
    add_makers(needs, "r", key, self, found);
}

static void
add_body(const SpNeeds *needs, const char *body, guint self, GArray *found)
{
    g_autoptr(SpParseTree) tree = sp_parse_tree_new(body, NULL);
    g_autoptr(SpArena) arena = sp_arena_new(0);
    for (guint i = 0; tree != NULL && i < sp_parse_tree_get_n(tree); i++) {
        gsize start, length;
        g_autoptr(GPtrArray) messages = sp_node_walk(sp_parse_tree_get(tree, i, &start, &length));
        add_names(needs, "f", sp_facts_read_calls(messages, arena), self, found);
        add_names(needs, "r", sp_facts_read_types(messages, arena), self, found);
        for (guint j = 0; j < messages->len; j++) {
            const ProtobufCMessage *message = g_ptr_array_index(messages, j);
            if (message->descriptor == &pg_query__range_var__descriptor)
                add_relation(needs, (const PgQuery__RangeVar *)message, self, found);
        }
    }
}

/* (nullable): the text of a function in SQL */
static const char *
body_of(const PgQuery__CreateFunctionStmt *create)
{
    const PgQuery__DefElem *language =
        sp_node_find_option(create->options, create->n_options, "language");
    const PgQuery__DefElem *as = sp_node_find_option(create->options, create->n_options, "as");
    const char *name = language != NULL ? sp_node_get_string(language->arg) : NULL;
    if (name == NULL || g_ascii_strcasecmp(name, "sql") != 0 || as == NULL || as->arg == NULL ||
        as->arg->node_case != PG_QUERY__NODE__NODE_LIST || as->arg->list->n_items == 0)
        return NULL;
    return sp_node_get_string(as->arg->list->items[0]);
}

static void
add_routine(const SpNeeds *needs, const SpStatement *statement, guint self, GArray *found)
{
    g_autoptr(SpParseTree) tree = sp_parse_tree_new(statement->sql, NULL);
    gsize start, length;
    const PgQuery__Node *node = tree != NULL && sp_parse_tree_get_n(tree) == 1
                                    ? sp_parse_tree_get(tree, 0, &start, &length)
                                    : NULL;
    const char *body = node != NULL && node->node_case == PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT
                           ? body_of(node->create_function_stmt)
                           : NULL;
    if (body != NULL)
        add_body(needs, body, self, found);
}

static void
add_effect(const SpNeeds *needs, const SpEffect *effect, guint self, GArray *found)
{
    g_autofree char *key = key_of_object(effect->object);
    const GArray *droppers = key != NULL ? g_hash_table_lookup(needs->droppers, key) : NULL;
    if (key == NULL || effect->action == SP_ACTION_DROP)
        return;
    if (effect->action != SP_ACTION_CREATE) {
        add_makers(needs, "", key, self, found);
        return;
    }
    for (guint i = 0; droppers != NULL && i < droppers->len; i++)
        if (g_array_index(droppers, guint, i) < self)
            add_found(found, g_array_index(droppers, guint, i), self);
}

static GArray *
find(const SpNeeds *needs, guint index)
{
    const SpStatement *statement = g_ptr_array_index(needs->statements, index);
    GArray *found = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < statement->effects->len; i++)
        add_effect(needs, g_ptr_array_index(statement->effects, i), index, found);
    add_names(needs, "f", statement->calls, index, found);
    add_names(needs, "r", statement->types, index, found);
    /* The tree may be gone, and to read a text again takes time; few stand in that phase. */
    gboolean is_routine = (statement->facts & SP_FACT_IS_PROCEDURAL) != 0;
    if (is_routine && statement->phase == SP_PHASE_STRUCTURAL)
        add_routine(needs, statement, index, found);
    return found;
}

const GArray *
sp_needs_get(SpNeeds *needs, guint index)
{
    if (needs->found[index] == NULL)
        needs->found[index] = find(needs, index);
    return needs->found[index];
}
