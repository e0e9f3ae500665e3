/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/replacement.h"

#include "model/names.h"
#include "model/node.h"

/* (nullable): NULL when PostgreSQL makes the name up by rules that are its own */
static const char *
name_of_value(const PgQuery__Node *value)
{
    PgQuery__Node *const *names = NULL;
    gsize n = 0;
    if (value->node_case == PG_QUERY__NODE__NODE_COLUMN_REF) {
        names = value->column_ref->fields;
        n = value->column_ref->n_fields;
    } else if (value->node_case == PG_QUERY__NODE__NODE_FUNC_CALL) {
        names = value->func_call->funcname;
        n = value->func_call->n_funcname;
    }
    return n > 0 ? sp_node_get_string(names[n - 1]) : NULL;
}

static gboolean
is_star(const PgQuery__Node *value)
{
    const PgQuery__ColumnRef *reference =
        value->node_case == PG_QUERY__NODE__NODE_COLUMN_REF ? value->column_ref : NULL;
    return reference != NULL && reference->n_fields > 0 &&
           reference->fields[reference->n_fields - 1]->node_case == PG_QUERY__NODE__NODE_A_STAR;
}

static void
read_targets(SpReplacement *replacement, const PgQuery__SelectStmt *select)
{
    for (gsize i = 0; i < select->n_target_list; i++) {
        const PgQuery__ResTarget *target = select->target_list[i]->res_target;
        if (is_star(target->val))
            return;
        const char *name = *target->name ? target->name : name_of_value(target->val);
        g_ptr_array_add(replacement->names, g_strdup(name));
    }
    replacement->is_whole = TRUE;
}

/* The first of several queries gives the names. */
static const PgQuery__SelectStmt *
first_query(const PgQuery__SelectStmt *select)
{
    while (select->larg != NULL)
        select = select->larg;
    return select;
}

static void
read_view(SpReplacement *replacement, const PgQuery__ViewStmt *view)
{
    if (view->query->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
        return;
    const PgQuery__SelectStmt *select = first_query(view->query->select_stmt);
    if (select->n_target_list > 0)
        read_targets(replacement, select);
    for (gsize i = 0; i < view->n_aliases && i < replacement->names->len; i++) {
        g_free(g_ptr_array_index(replacement->names, i));
        g_ptr_array_index(replacement->names, i) = g_strdup(sp_node_get_string(view->aliases[i]));
    }
}

static void
read_routine(SpReplacement *replacement, const PgQuery__CreateFunctionStmt *create)
{
    gboolean has_out = FALSE;
    for (gsize i = 0; i < create->n_parameters; i++) {
        const PgQuery__FunctionParameter *parameter = create->parameters[i]->function_parameter;
        has_out |= parameter->mode == PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_OUT ||
                   parameter->mode == PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_INOUT ||
                   parameter->mode == PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_TABLE;
        g_ptr_array_add(replacement->names, g_strdup(parameter->name));
    }
    if (create->return_type == NULL || has_out || create->return_type->pct_type)
        return;
    replacement->result = sp_names_type(create->return_type);
    replacement->is_set = create->return_type->setof;
}

SpReplacement *
sp_replacement_new(const SpStatement *statement)
{
    const PgQuery__Node *node = statement->node;
    const SpEffect *effect =
        statement->effects->len > 0 ? g_ptr_array_index(statement->effects, 0) : NULL;
    gboolean is_view = node != NULL && node->node_case == PG_QUERY__NODE__NODE_VIEW_STMT &&
                       node->view_stmt->replace;
    gboolean is_routine = node != NULL &&
                          node->node_case == PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT &&
                          node->create_function_stmt->replace;
    if ((!is_view && !is_routine) || effect == NULL || effect->is_temporary)
        return NULL;
    SpReplacement *replacement = g_new0(SpReplacement, 1);
    replacement->object = effect->object;
    replacement->names = g_ptr_array_new_with_free_func(g_free);
    if (is_view)
        read_view(replacement, node->view_stmt);
    else
        read_routine(replacement, node->create_function_stmt);
    return replacement;
}

void
sp_replacement_free(SpReplacement *replacement)
{
    if (replacement == NULL)
        return;
    g_ptr_array_unref(replacement->names);
    g_free(replacement->result);
    g_free(replacement);
}
