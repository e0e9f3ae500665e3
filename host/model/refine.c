/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/refine.h"

#include "model/node.h"

#define IN_SCHEMA (1u << SP_SCRIPT_SCHEMA)
#define IN_RETIREMENT (1u << SP_SCRIPT_RETIRE)

static void
run_alone(SpTraits *traits)
{
    traits->needs_no_transaction = TRUE;
    if ((traits->roles & IN_SCHEMA) == 0)
        return;
    traits->roles &= ~IN_SCHEMA;
    traits->hint = "Leave out CONCURRENTLY, or move it into a migration without transaction.";
}

void
sp_refine_alter_table(const PgQuery__Node *node, SpTraits *traits)
{
    const PgQuery__AlterTableStmt *alter = node->alter_table_stmt;

    for (gsize i = 0; i < alter->n_cmds; i++) {
        const PgQuery__Node *def = alter->cmds[i]->alter_table_cmd->def;
        if (def != NULL && def->node_case == PG_QUERY__NODE__NODE_PARTITION_CMD &&
            def->partition_cmd->concurrent)
            run_alone(traits);
    }
}

void
sp_refine_cluster(const PgQuery__Node *node, SpTraits *traits)
{
    if (node->cluster_stmt->relation == NULL)
        run_alone(traits);
}

void
sp_refine_copy(const PgQuery__Node *node, SpTraits *traits)
{
    if (*node->copy_stmt->filename != '\0')
        return;
    traits->roles = 0;
    traits->reason = "The rows would have to travel beside the text, and a text holds only SQL.";
    traits->hint = node->copy_stmt->is_from ? "Use INSERT." : NULL;
}

void
sp_refine_create_trigger(const PgQuery__Node *node, SpTraits *traits)
{
    if (node->create_trig_stmt->isconstraint)
        traits->repeat = SP_REPEAT_LOOKUP;
}

void
sp_refine_define(const PgQuery__Node *node, SpTraits *traits)
{
    const PgQuery__DefineStmt *define = node->define_stmt;
    gboolean is_shell =
        define->kind == PG_QUERY__OBJECT_TYPE__OBJECT_TYPE && define->n_definition == 0;

    if (define->kind == PG_QUERY__OBJECT_TYPE__OBJECT_COLLATION)
        traits->repeat = SP_REPEAT_IF_NOT_EXISTS;
    /* what is made of functions comes after them */
    if (!is_shell && define->kind != PG_QUERY__OBJECT_TYPE__OBJECT_COLLATION &&
        define->kind != PG_QUERY__OBJECT_TYPE__OBJECT_TSDICTIONARY &&
        define->kind != PG_QUERY__OBJECT_TYPE__OBJECT_TSCONFIGURATION)
        traits->phase = SP_PHASE_DEPENDENT;
}

void
sp_refine_discard(const PgQuery__Node *node, SpTraits *traits)
{
    if (node->discard_stmt->target != PG_QUERY__DISCARD_MODE__DISCARD_ALL)
        return;
    traits->roles = 0;
    traits->reason = "It would release the lock that keeps other hosts out.";
}

/* What a schema makes again right after, with nothing in it that could be lost. CASCADE only where
 * it reaches nothing but other such objects: behind a function or an index it can take columns and
 * constraints of tables along. A retirement takes away what acts or answers by itself, never what
 * holds data. */
static const struct {
    PgQuery__ObjectType type;
    gboolean may_cascade;
    gboolean may_retire;
} droppable[] = {
    {PG_QUERY__OBJECT_TYPE__OBJECT_VIEW, TRUE, TRUE},
    {PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW, TRUE, FALSE},
    {PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER, TRUE, TRUE},
    {PG_QUERY__OBJECT_TYPE__OBJECT_RULE, TRUE, FALSE},
    {PG_QUERY__OBJECT_TYPE__OBJECT_POLICY, TRUE, FALSE},
    {PG_QUERY__OBJECT_TYPE__OBJECT_INDEX, FALSE, FALSE},
    {PG_QUERY__OBJECT_TYPE__OBJECT_FUNCTION, FALSE, TRUE},
    {PG_QUERY__OBJECT_TYPE__OBJECT_PROCEDURE, FALSE, TRUE},
    {PG_QUERY__OBJECT_TYPE__OBJECT_ROUTINE, FALSE, FALSE},
    {PG_QUERY__OBJECT_TYPE__OBJECT_AGGREGATE, FALSE, FALSE},
    {PG_QUERY__OBJECT_TYPE__OBJECT_CAST, FALSE, FALSE},
    {PG_QUERY__OBJECT_TYPE__OBJECT_OPERATOR, FALSE, FALSE},
    {PG_QUERY__OBJECT_TYPE__OBJECT_STATISTIC_EXT, TRUE, FALSE},
};

void
sp_refine_drop(const PgQuery__Node *node, SpTraits *traits)
{
    const PgQuery__DropStmt *drop = node->drop_stmt;
    gboolean cascades = drop->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
    gsize i = 0;

    if (drop->concurrent)
        run_alone(traits);
    while (i < G_N_ELEMENTS(droppable) && droppable[i].type != drop->remove_type)
        i++;
    if (i < G_N_ELEMENTS(droppable) && droppable[i].may_retire && drop->missing_ok && !cascades)
        traits->roles |= IN_RETIREMENT;
    if (i < G_N_ELEMENTS(droppable) && drop->missing_ok && (droppable[i].may_cascade || !cascades))
        return;
    traits->roles &= ~IN_SCHEMA;
    if (i < G_N_ELEMENTS(droppable))
        traits->hint = drop->missing_ok ? "Leave out CASCADE, or move it into a migration."
                                        : "Add IF EXISTS, or move it into a migration.";
}

void
sp_refine_index(const PgQuery__Node *node, SpTraits *traits)
{
    if (node->index_stmt->concurrent)
        run_alone(traits);
}

static gboolean
is_on(const PgQuery__DefElem *option)
{
    if (option == NULL)
        return FALSE;
    const char *text = sp_node_get_string(option->arg);
    if (text != NULL)
        return g_ascii_strcasecmp(text, "false") != 0 && g_ascii_strcasecmp(text, "off") != 0;
    if (option->arg != NULL && option->arg->node_case == PG_QUERY__NODE__NODE_INTEGER)
        return option->arg->integer->ival != 0;
    return TRUE;
}

void
sp_refine_reindex(const PgQuery__Node *node, SpTraits *traits)
{
    const PgQuery__ReindexStmt *reindex = node->reindex_stmt;

    if (reindex->relation == NULL ||
        is_on(sp_node_find_option(reindex->params, reindex->n_params, "concurrently")))
        run_alone(traits);
}

void
sp_refine_transaction(const PgQuery__Node *node, SpTraits *traits)
{
    PgQuery__TransactionStmtKind kind = node->transaction_stmt->kind;

    if (kind != PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_PREPARE &&
        kind != PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT_PREPARED &&
        kind != PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK_PREPARED)
        return;
    traits->roles = 0;
    traits->reason = "A prepared transaction outlives the host and keeps its locks.";
}

void
sp_refine_vacuum(const PgQuery__Node *node, SpTraits *traits)
{
    if (node->vacuum_stmt->is_vacuumcmd)
        run_alone(traits);
}
