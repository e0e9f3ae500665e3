/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/site.h"

static void
add_site(GPtrArray *sites, SpSite site)
{
    if (site.object != NULL)
        g_ptr_array_add(sites, g_memdup2(&site, sizeof site));
}

/* (nullable): the object that a name of the statement stands for: only the effects know in which
 * namespace a name without one was looked for. */
static const SpObject *
find_object(const SpStatement *statement, const PgQuery__RangeVar *name)
{
    for (guint i = 0; name != NULL && i < statement->effects->len; i++) {
        const SpEffect *effect = g_ptr_array_index(statement->effects, i);
        const SpObject *object = effect->object;
        if (object->class == SP_OBJECT_RELATION && !effect->is_temporary &&
            g_str_equal(object->name, name->relname) &&
            (*name->schemaname == '\0' || g_str_equal(object->namespace_name, name->schemaname)))
            return object;
    }
    return NULL;
}

static void
add_constraint(GPtrArray *sites, SpSite site, const PgQuery__Constraint *constraint)
{
    site.constraint = constraint;
    add_site(sites, site);
    if (constraint->contype != PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN)
        return;
    site.object = find_object(site.statement, constraint->pktable);
    site.is_other = TRUE;
    add_site(sites, site);
}

static void
add_column(GPtrArray *sites, SpSite site)
{
    add_site(sites, site);
    for (gsize i = 0; i < site.column->n_constraints; i++)
        if (site.column->constraints[i]->node_case == PG_QUERY__NODE__NODE_CONSTRAINT)
            add_constraint(sites, site, site.column->constraints[i]->constraint);
}

static void
add_command(GPtrArray *sites, SpSite site)
{
    const PgQuery__Node *def = site.command->def;
    PgQuery__Node__NodeCase kind = def == NULL ? PG_QUERY__NODE__NODE__NOT_SET : def->node_case;

    if (kind == PG_QUERY__NODE__NODE_CONSTRAINT) {
        add_constraint(sites, site, def->constraint);
        return;
    }
    if (kind == PG_QUERY__NODE__NODE_COLUMN_DEF) {
        site.column = def->column_def;
        add_column(sites, site);
        return;
    }
    add_site(sites, site);
    if (kind != PG_QUERY__NODE__NODE_PARTITION_CMD)
        return;
    site.object = find_object(site.statement, def->partition_cmd->name);
    site.is_other = TRUE;
    add_site(sites, site);
}

static void
add_alter_table(GPtrArray *sites, const SpStatement *statement)
{
    const PgQuery__AlterTableStmt *alter = statement->node->alter_table_stmt;
    SpSite site = {.statement = statement, .object = find_object(statement, alter->relation)};
    gboolean is_table = alter->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_TABLE ||
                        alter->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW;

    for (gsize i = 0; is_table && i < alter->n_cmds; i++) {
        site.command = alter->cmds[i]->alter_table_cmd;
        add_command(sites, site);
    }
}

GPtrArray *
sp_sites_new(const SpStatement *statement)
{
    GPtrArray *sites = g_ptr_array_new_with_free_func(g_free);
    PgQuery__Node__NodeCase kind = statement->node->node_case;

    if (kind == PG_QUERY__NODE__NODE_ALTER_TABLE_STMT) {
        add_alter_table(sites, statement);
        return sites;
    }
    for (guint i = 0; i < statement->effects->len; i++) {
        const SpEffect *effect = g_ptr_array_index(statement->effects, i);
        gboolean changes = effect->action != SP_ACTION_CREATE && effect->action != SP_ACTION_READ;
        /* of what VACUUM names, nothing else is known than that it is named */
        if (effect->object->class == SP_OBJECT_RELATION && !effect->is_temporary &&
            (changes || kind == PG_QUERY__NODE__NODE_VACUUM_STMT))
            add_site(sites, (SpSite){.statement = statement, .object = effect->object});
    }
    return sites;
}
