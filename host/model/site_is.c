/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/site_is.h"

#include "model/names.h"
#include "model/node.h"
#include "model/volatility.h"

#define OBJECT(name) PG_QUERY__OBJECT_TYPE__OBJECT_##name

/* The weakest mode that keeps writers out. */
#define SHARE_LOCK 5

static gboolean
has_constraint(const PgQuery__ColumnDef *column, PgQuery__ConstrType type)
{
    for (gsize i = 0; i < column->n_constraints; i++)
        if (column->constraints[i]->constraint->contype == type)
            return TRUE;
    return FALSE;
}

static gboolean
is_serial(const PgQuery__ColumnDef *column)
{
    static const char *const names[] = {"serial",      "serial4", "bigserial", "serial8",
                                        "smallserial", "serial2", NULL};
    g_autofree char *type = sp_names_type(column->type_name);
    return g_strv_contains(names, type);
}

/* (nullable): the default of a column, unless it is NULL. */
static const PgQuery__Node *
find_default(const PgQuery__ColumnDef *column)
{
    for (gsize i = 0; i < column->n_constraints; i++) {
        const PgQuery__Constraint *constraint = column->constraints[i]->constraint;
        const PgQuery__Node *value = constraint->raw_expr;
        if (constraint->contype == PG_QUERY__CONSTR_TYPE__CONSTR_DEFAULT &&
            !(value->node_case == PG_QUERY__NODE__NODE_A_CONST && value->a_const->isnull))
            return value;
    }
    return NULL;
}

static gboolean
is_computed(const PgQuery__ColumnDef *column)
{
    return is_serial(column) || has_constraint(column, PG_QUERY__CONSTR_TYPE__CONSTR_IDENTITY) ||
           has_constraint(column, PG_QUERY__CONSTR_TYPE__CONSTR_GENERATED);
}

gboolean
sp_site_computes_each_value(const SpSite *site)
{
    const PgQuery__Node *value = find_default(site->column);
    return is_computed(site->column) || (value != NULL && sp_volatility_may_vary(value));
}

gboolean
sp_site_lacks_values(const SpSite *site)
{
    return has_constraint(site->column, PG_QUERY__CONSTR_TYPE__CONSTR_NOTNULL) &&
           !is_computed(site->column) && find_default(site->column) == NULL;
}

/* PostgreSQL does not check a reference in a new column that holds nothing yet. */
gboolean
sp_site_has_default(const SpSite *site)
{
    return is_computed(site->column) || find_default(site->column) != NULL;
}

gboolean
sp_site_checks_at_once(const SpSite *site)
{
    return !site->constraint->skip_validation;
}

gboolean
sp_site_builds_index(const SpSite *site)
{
    return *site->constraint->indexname == '\0';
}

/* The limit of a varchar column, from atttypmod, which counts a header of four bytes. */
#define VARCHAR_HEADER 4

static gboolean
fits_varchar(const SpColumnFacts *old, const PgQuery__TypeName *new)
{
    const PgQuery__Node *limit = new->n_typmods == 1 ? new->typmods[0] : NULL;
    if (limit == NULL || limit->node_case != PG_QUERY__NODE__NODE_A_CONST ||
        limit->a_const->val_case != PG_QUERY__A__CONST__VAL_IVAL)
        return FALSE;
    return old->modifier >= VARCHAR_HEADER &&
           limit->a_const->ival->ival >= old->modifier - VARCHAR_HEADER;
}

/* The changes of type that PostgreSQL knows to leave every value as it is. */
static gboolean
is_same_on_disk(const SpColumnFacts *old, const PgQuery__ColumnDef *column)
{
    g_autofree char *new = sp_names_type(column->type_name);
    gboolean is_limited = column->type_name->n_typmods > 0;
    gboolean was_varchar = g_str_equal(old->type, "varchar");
    gboolean was_text = was_varchar || g_str_equal(old->type, "text");

    if (column->raw_default != NULL || column->coll_clause != NULL)
        return FALSE;
    if (was_text && (g_str_equal(new, "text") || (g_str_equal(new, "varchar") && !is_limited)))
        return TRUE;
    if (was_varchar && g_str_equal(new, "varchar"))
        return fits_varchar(old, column->type_name);
    return g_str_equal(old->type, new) && old->modifier < 0 && !is_limited;
}

gboolean
sp_site_changes_type(const SpSite *site)
{
    const SpColumnFacts *old =
        site->table ? sp_table_facts_find_column(site->table, site->command->name) : NULL;
    return old == NULL || !is_same_on_disk(old, site->column);
}

gboolean
sp_site_detaches_at_once(const SpSite *site)
{
    return !site->command->def->partition_cmd->concurrent;
}

gboolean
sp_site_is_not_concurrent(const SpSite *site)
{
    return !sp_node_get_flag(site->statement->node, "concurrent");
}

static gboolean
is_option_on(const PgQuery__DefElem *option)
{
    if (option == NULL)
        return FALSE;
    const char *value = sp_node_get_string(option->arg);
    return value == NULL ||
           (g_ascii_strcasecmp(value, "off") != 0 && g_ascii_strcasecmp(value, "false") != 0);
}

gboolean
sp_site_reindexes_at_once(const SpSite *site)
{
    const PgQuery__ReindexStmt *reindex = site->statement->node->reindex_stmt;
    return !is_option_on(sp_node_find_option(reindex->params, reindex->n_params, "concurrently"));
}

gboolean
sp_site_is_vacuum_full(const SpSite *site)
{
    const PgQuery__VacuumStmt *vacuum = site->statement->node->vacuum_stmt;
    return is_option_on(sp_node_find_option(vacuum->options, vacuum->n_options, "full"));
}

gboolean
sp_site_drops_table(const SpSite *site)
{
    return site->statement->node->drop_stmt->remove_type == OBJECT(TABLE);
}

gboolean
sp_site_drops_index(const SpSite *site)
{
    const PgQuery__DropStmt *drop = site->statement->node->drop_stmt;
    return drop->remove_type == OBJECT(INDEX) && !drop->concurrent;
}

gboolean
sp_site_renames_table(const SpSite *site)
{
    return site->statement->node->rename_stmt->rename_type == OBJECT(TABLE);
}

gboolean
sp_site_renames_column(const SpSite *site)
{
    return site->statement->node->rename_stmt->rename_type == OBJECT(COLUMN);
}

gboolean
sp_site_moves_table(const SpSite *site)
{
    return site->statement->node->alter_object_schema_stmt->object_type == OBJECT(TABLE);
}

/* Rows that the text itself spells out are few; so is a lone SELECT of constants. */
gboolean
sp_site_inserts_from_query(const SpSite *site)
{
    const PgQuery__Node *source = site->statement->node->insert_stmt->select_stmt;
    const PgQuery__SelectStmt *select = source == NULL ? NULL : source->select_stmt;
    return select != NULL &&
           (select->n_from_clause > 0 || select->op != PG_QUERY__SET_OPERATION__SETOP_NONE);
}

gboolean
sp_site_keeps_writers_out(const SpSite *site)
{
    return site->statement->node->lock_stmt->mode >= SHARE_LOCK;
}
