/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/node.h"

const ProtobufCMessage *
sp_node_get_message(const PgQuery__Node *node)
{
    if (node == NULL || node->node_case == PG_QUERY__NODE__NODE__NOT_SET)
        return NULL;
    /* every member of the union is a pointer to a message */
    return (const ProtobufCMessage *)node->select_stmt;
}

static const void *
find_field(const PgQuery__Node *node, const char *name)
{
    const ProtobufCMessage *message = sp_node_get_message(node);
    if (message == NULL)
        return NULL;

    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
    return field == NULL ? NULL : (const char *)message + field->offset;
}

gboolean
sp_node_get_flag(const PgQuery__Node *node, const char *field)
{
    const protobuf_c_boolean *flag = find_field(node, field);
    return flag != NULL && *flag;
}

int
sp_node_get_number(const PgQuery__Node *node, const char *field)
{
    const int *number = find_field(node, field);
    g_return_val_if_fail(number != NULL, 0);
    return *number;
}

const char *
sp_node_get_string(const PgQuery__Node *node)
{
    if (node == NULL || node->node_case != PG_QUERY__NODE__NODE_STRING)
        return NULL;
    return node->string->sval;
}

const PgQuery__DefElem *
sp_node_find_option(PgQuery__Node *const *options, gsize n, const char *name)
{
    for (gsize i = 0; i < n; i++) {
        const PgQuery__Node *node = options[i];
        if (node->node_case == PG_QUERY__NODE__NODE_DEF_ELEM &&
            g_str_equal(node->def_elem->defname, name))
            return node->def_elem;
    }
    return NULL;
}

static void
add_message(GPtrArray *messages, const ProtobufCMessage *message)
{
    if (message == NULL)
        return;
    if (message->descriptor == &pg_query__node__descriptor)
        message = sp_node_get_message((const PgQuery__Node *)message);
    if (message != NULL)
        g_ptr_array_add(messages, (gpointer)message);
}

static void
add_field(GPtrArray *messages, const ProtobufCMessage *message,
          const ProtobufCFieldDescriptor *field)
{
    const char *base = (const char *)message;
    const void *value = base + field->offset;

    if (field->type != PROTOBUF_C_TYPE_MESSAGE)
        return;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        size_t n = *(const size_t *)(const void *)(base + field->quantifier_offset);
        ProtobufCMessage *const *items = *(ProtobufCMessage *const *const *)value;
        for (size_t i = 0; i < n; i++)
            add_message(messages, items[i]);
        return;
    }
    /* of the members of a union, only the chosen one is a pointer to its kind */
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
        *(const guint32 *)(const void *)(base + field->quantifier_offset) != field->id)
        return;
    add_message(messages, *(ProtobufCMessage *const *)value);
}

void
sp_node_walk_into(const PgQuery__Node *root, GPtrArray *messages)
{
    g_ptr_array_set_size(messages, 0);
    add_message(messages, (const ProtobufCMessage *)root);
    /* the list is its own queue, so that no depth of nesting can exhaust the stack */
    for (guint i = 0; i < messages->len; i++) {
        const ProtobufCMessage *message = g_ptr_array_index(messages, i);
        for (unsigned f = 0; f < message->descriptor->n_fields; f++)
            add_field(messages, message, &message->descriptor->fields[f]);
    }
}

GPtrArray *
sp_node_walk(const PgQuery__Node *root)
{
    GPtrArray *messages = g_ptr_array_new();
    sp_node_walk_into(root, messages);
    return messages;
}
