/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/effects.h"

#include "model/kind.h"
#include "model/names.h"
#include "model/node.h"

struct SpEffects {
    GPtrArray *list;     /* (element-type SpEffect) */
    GHashTable *seen;    /* (element-type SpEffect): what the list holds */
    GHashTable *claimed; /* (element-type PgQuery__RangeVar): names that are more than read */
    const char *default_namespace;
    guint offset;
};

static void
effect_free(gpointer pointer)
{
    SpEffect *effect = pointer;
    sp_object_free(effect->object);
    g_free(effect);
}

static guint
effect_hash(gconstpointer pointer)
{
    const SpEffect *effect = pointer;
    return sp_object_hash(effect->object) * 31 + (guint)effect->action;
}

static gboolean
effect_equal(gconstpointer a, gconstpointer b)
{
    const SpEffect *left = a;
    const SpEffect *right = b;
    return left->action == right->action && sp_object_equal(left->object, right->object);
}

const char *
sp_effects_get_namespace(const SpEffects *effects)
{
    return effects->default_namespace;
}

/* @effect: its object is handed over */
static void
add_once(SpEffects *effects, SpEffect effect)
{
    if (effect.object == NULL)
        return;
    if (g_hash_table_contains(effects->seen, &effect)) {
        sp_object_free(effect.object);
        return;
    }
    SpEffect *copy = g_memdup2(&effect, sizeof effect);
    g_ptr_array_add(effects->list, copy);
    g_hash_table_add(effects->seen, copy);
}

static gboolean
is_part_of_table(const SpObject *object)
{
    return object->class == SP_OBJECT_TRIGGER || object->class == SP_OBJECT_POLICY ||
           object->class == SP_OBJECT_RULE;
}

static void
add_at(SpEffects *effects, SpEffect effect)
{
    SpEffect on_table = {.action = SP_ACTION_ALTER,
                         .is_optional = effect.is_optional && effect.action == SP_ACTION_DROP,
                         .is_temporary = effect.is_temporary,
                         .offset = effect.offset};

    if (effect.object != NULL && is_part_of_table(effect.object))
        on_table.object = sp_object_new(SP_OBJECT_RELATION, "table", effect.object->namespace_name,
                                        effect.object->parent, NULL, NULL);
    add_once(effects, effect);
    add_once(effects, on_table);
}

void
sp_effects_add(SpEffects *effects, SpAction action, SpObject *object, gboolean is_optional)
{
    SpEffect effect = {.action = action,
                       .object = object,
                       .is_optional = is_optional,
                       .is_temporary =
                           object != NULL && g_str_has_prefix(object->namespace_name, "pg_temp"),
                       .offset = effects->offset};
    add_at(effects, effect);
}

void
sp_effects_add_relation(SpEffects *effects, SpAction action, PgQuery__ObjectType type,
                        const PgQuery__RangeVar *relation, gboolean is_optional)
{
    if (relation == NULL)
        return;

    SpObject *object = sp_names_relation(type, relation, effects->default_namespace);
    SpEffect effect = {.action = action,
                       .object = object,
                       .is_optional = is_optional,
                       .is_temporary = g_str_equal(relation->relpersistence, "t") ||
                                       g_str_has_prefix(object->namespace_name, "pg_temp"),
                       .offset =
                           relation->location > 0 ? (guint)relation->location : effects->offset};
    add_at(effects, effect);
    g_hash_table_add(effects->claimed, (gpointer)relation);
}

static gboolean
is_optional_form(const PgQuery__Node *node)
{
    return sp_node_get_flag(node, "if_not_exists") || sp_node_get_flag(node, "replace") ||
           sp_node_get_flag(node, "missing_ok");
}

static void
add_target(SpEffects *effects, const PgQuery__Node *node, const SpTarget *target)
{
    const ProtobufCMessage *message = sp_node_get_message(node);
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, target->field);
    g_assert(field != NULL);
    const char *base = (const char *)message;
    const char *value = base + field->offset;
    gboolean is_optional = is_optional_form(node);

    if (field->type == PROTOBUF_C_TYPE_STRING) {
        const char *name = *(const char *const *)(const void *)value;
        if (*name != '\0')
            sp_effects_add(effects, target->action, sp_names_plain(target->type, name),
                           is_optional);
    } else if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        size_t n = *(const size_t *)(const void *)(base + field->quantifier_offset);
        PgQuery__Node *const *names = *(PgQuery__Node *const *const *)(const void *)value;
        sp_effects_add(effects, target->action,
                       sp_names_list(target->type, names, n, effects->default_namespace),
                       is_optional);
    } else {
        const PgQuery__RangeVar *name = *(PgQuery__RangeVar *const *)(const void *)value;
        sp_effects_add_relation(effects, target->action, target->type, name, is_optional);
    }
}

static void
write_to(SpEffects *effects, const PgQuery__RangeVar *relation)
{
    sp_effects_add_relation(effects, SP_ACTION_WRITE, PG_QUERY__OBJECT_TYPE__OBJECT_TABLE, relation,
                            FALSE);
}

static void
claim_all(SpEffects *effects, PgQuery__Node *const *nodes, gsize n)
{
    for (gsize i = 0; i < n; i++)
        g_hash_table_add(effects->claimed, nodes[i]->range_var);
}

/* What does more than read, wherever in the tree it stands: common table expressions, rules,
 * bodies, queries. */
static void
claim_message(SpEffects *effects, GHashTable *queries, const ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *kind = message->descriptor;

    if (kind == &pg_query__insert_stmt__descriptor)
        write_to(effects, ((const PgQuery__InsertStmt *)message)->relation);
    else if (kind == &pg_query__update_stmt__descriptor)
        write_to(effects, ((const PgQuery__UpdateStmt *)message)->relation);
    else if (kind == &pg_query__delete_stmt__descriptor)
        write_to(effects, ((const PgQuery__DeleteStmt *)message)->relation);
    else if (kind == &pg_query__merge_stmt__descriptor)
        write_to(effects, ((const PgQuery__MergeStmt *)message)->relation);
    else if (kind == &pg_query__into_clause__descriptor)
        sp_effects_add_relation(effects, SP_ACTION_CREATE, PG_QUERY__OBJECT_TYPE__OBJECT_TABLE,
                                ((const PgQuery__IntoClause *)message)->rel, FALSE);
    else if (kind == &pg_query__locking_clause__descriptor) {
        /* FOR UPDATE OF names aliases */
        const PgQuery__LockingClause *clause = (const PgQuery__LockingClause *)message;
        claim_all(effects, clause->locked_rels, clause->n_locked_rels);
    } else if (kind == &pg_query__common_table_expr__descriptor)
        g_hash_table_add(queries, ((const PgQuery__CommonTableExpr *)message)->ctename);
}

static void
read_message(SpEffects *effects, GHashTable *queries, const ProtobufCMessage *message)
{
    if (message->descriptor != &pg_query__range_var__descriptor)
        return;

    const PgQuery__RangeVar *relation = (const PgQuery__RangeVar *)message;
    if (g_hash_table_contains(effects->claimed, relation) ||
        (*relation->schemaname == '\0' && g_hash_table_contains(queries, relation->relname)))
        return;
    sp_effects_add_relation(effects, SP_ACTION_READ, PG_QUERY__OBJECT_TYPE__OBJECT_TABLE, relation,
                            FALSE);
}

static void
add_tree(SpEffects *effects, const GPtrArray *messages)
{
    g_autoptr(GHashTable) queries = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < messages->len; i++)
        claim_message(effects, queries, g_ptr_array_index(messages, i));
    for (guint i = 0; i < messages->len; i++)
        read_message(effects, queries, g_ptr_array_index(messages, i));
}

static void
add_statement(SpEffects *effects, const PgQuery__Node *node, const GPtrArray *messages,
              const char *default_namespace)
{
    const char *outer_namespace = effects->default_namespace;
    const SpStatementKind *kind = sp_statement_kind_find(node->node_case);
    g_return_if_fail(kind != NULL);

    effects->default_namespace = default_namespace;
    if (kind->target.field != NULL)
        add_target(effects, node, &kind->target);
    if (kind->add_effects != NULL)
        kind->add_effects(effects, node);
    add_tree(effects, messages);
    effects->default_namespace = outer_namespace;
}

void
sp_effects_add_statement(SpEffects *effects, const PgQuery__Node *node,
                         const char *default_namespace)
{
    g_autoptr(GPtrArray) messages = sp_node_walk(node);
    add_statement(effects, node, messages, default_namespace);
}

/* Each on its own while they are made, since many are dropped again; all together from then on. */
static GPtrArray *
settle(const GPtrArray *list, SpArena *arena)
{
    GPtrArray *settled = g_ptr_array_sized_new(list->len);
    for (guint i = 0; i < list->len; i++) {
        SpEffect effect = *(const SpEffect *)g_ptr_array_index(list, i);
        effect.object = sp_object_copy_into(effect.object, arena);
        g_ptr_array_add(settled, sp_arena_copy(arena, &effect, sizeof effect));
    }
    return settled;
}

GPtrArray *
sp_effects_new(const PgQuery__Node *node, const GPtrArray *messages, const char *default_namespace,
               guint offset, SpArena *arena)
{
    g_return_val_if_fail(node != NULL && default_namespace != NULL, NULL);

    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(effect_free);
    g_autoptr(GHashTable) seen = g_hash_table_new(effect_hash, effect_equal);
    g_autoptr(GHashTable) claimed = g_hash_table_new(NULL, NULL);
    SpEffects effects = {
        .list = list,
        .seen = seen,
        .claimed = claimed,
        .offset = offset,
    };
    add_statement(&effects, node, messages, default_namespace);
    return settle(list, arena);
}
