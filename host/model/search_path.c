/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/search_path.h"

#include <glib.h>

/* The first element that can be meant: "$user" is the role's own namespace, which an extension
 * cannot know. */
static const char *
first_namespace(const PgQuery__VariableSetStmt *set)
{
    for (gsize i = 0; i < set->n_args; i++) {
        const PgQuery__AConst *constant = set->args[i]->a_const;
        if (set->args[i]->node_case != PG_QUERY__NODE__NODE_A_CONST ||
            constant->val_case != PG_QUERY__A__CONST__VAL_SVAL)
            continue;
        const char *name = constant->sval->sval;
        if (*name != '\0' && !g_str_equal(name, "$user"))
            return name;
    }
    return "public";
}

void
sp_search_path_follow(const PgQuery__Node *node, char **default_namespace)
{
    if (node->node_case != PG_QUERY__NODE__NODE_VARIABLE_SET_STMT)
        return;

    const PgQuery__VariableSetStmt *set = node->variable_set_stmt;
    gboolean is_all = set->kind == PG_QUERY__VARIABLE_SET_KIND__VAR_RESET_ALL;
    if (!is_all && !g_str_equal(set->name, "search_path"))
        return;
    g_free(*default_namespace);
    *default_namespace = g_strdup(
        set->kind == PG_QUERY__VARIABLE_SET_KIND__VAR_SET_VALUE ? first_namespace(set) : "public");
}
