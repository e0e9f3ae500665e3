/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/mentions.h"

#include "model/statement.h"

/* Facts while they are read; lives on the stack of sp_mentions_read(). */
typedef struct {
    const GPtrArray *effects;
    SpArena *arena;
    GArray *gifts;      /* (element-type SpColumnGift) */
    GArray *uses;       /* (element-type SpColumnUse) */
    GPtrArray *columns; /* of the gift under way */
    GArray *offsets;    /* (element-type guint): likewise, of CREATE TABLE */
} Reading;

/* (nullable): what the statement does to the relation; NULL when that cannot be told. */
static const SpObject *
find_object(const GPtrArray *effects, const PgQuery__RangeVar *relation)
{
    const SpObject *found = NULL;
    gboolean is_ambiguous = FALSE;
    for (guint i = 0; i < effects->len; i++) {
        const SpEffect *effect = g_ptr_array_index(effects, i);
        const SpObject *object = effect->object;
        if (object->class != SP_OBJECT_RELATION || !g_str_equal(object->name, relation->relname))
            continue;
        if (effect->offset == (guint)relation->location)
            return object;
        is_ambiguous =
            is_ambiguous || (found && !g_str_equal(found->namespace_name, object->namespace_name));
        found = object;
    }
    return is_ambiguous ? NULL : found;
}

/* Returns: FALSE when the namespace cannot be told */
static gboolean
name_table(const Reading *reading, const PgQuery__RangeVar *relation, SpTableName *out_table)
{
    const SpObject *object = find_object(reading->effects, relation);
    gboolean is_qualified = *relation->schemaname != '\0';
    if (object != NULL && is_qualified &&
        !g_str_equal(object->namespace_name, relation->schemaname))
        object = NULL;
    if (object != NULL)
        *out_table = (SpTableName){object->namespace_name, object->name};
    else if (is_qualified)
        *out_table = (SpTableName){sp_arena_text(reading->arena, relation->schemaname),
                                   sp_arena_text(reading->arena, relation->relname)};
    return object != NULL || is_qualified;
}

static SpColumnGift
gift_for(const Reading *reading, const PgQuery__RangeVar *relation)
{
    SpColumnGift gift = {0};
    g_ptr_array_set_size(reading->columns, 0);
    g_array_set_size(reading->offsets, 0);
    if (!name_table(reading, relation, &gift.table))
        gift.table = (SpTableName){"public", sp_arena_text(reading->arena, relation->relname)};
    return gift;
}

static void
give_column(const Reading *reading, const char *column)
{
    g_ptr_array_add(reading->columns, sp_arena_text(reading->arena, column));
}

static void
end_gift(const Reading *reading, SpColumnGift gift)
{
    gift.n_columns = reading->columns->len;
    gift.columns =
        sp_arena_copy(reading->arena, reading->columns->pdata, gift.n_columns * sizeof(gpointer));
    gift.offsets = sp_arena_copy(reading->arena, reading->offsets->data,
                                 reading->offsets->len * sizeof(guint));
    if (gift.n_columns > 0 || gift.is_listed || gift.is_open)
        g_array_append_val(reading->gifts, gift);
}

/* A partition and a table of a type only say more of a column that it has. */
static void
give_defined_column(const Reading *reading, const PgQuery__ColumnDef *column)
{
    guint offset = column->type_name != NULL ? (guint)column->location : 0;
    give_column(reading, column->colname);
    g_array_append_val(reading->offsets, offset);
}

static void
read_create(const Reading *reading, const PgQuery__CreateStmt *create)
{
    SpColumnGift gift = gift_for(reading, create->relation);
    gift.is_listed = TRUE;
    /* The columns of a parent, a type or another table come from there. */
    gift.is_open = create->n_inh_relations > 0 || create->of_typename != NULL;
    for (size_t i = 0; i < create->n_table_elts; i++) {
        const PgQuery__Node *element = create->table_elts[i];
        if (element->node_case == PG_QUERY__NODE__NODE_COLUMN_DEF)
            give_defined_column(reading, element->column_def);
        else if (element->node_case == PG_QUERY__NODE__NODE_TABLE_LIKE_CLAUSE)
            gift.is_open = TRUE;
    }
    end_gift(reading, gift);
}

static void
read_table(const Reading *reading, const PgQuery__Node *node)
{
    read_create(reading, node->create_stmt);
}

static void
read_foreign_table(const Reading *reading, const PgQuery__Node *node)
{
    read_create(reading, node->create_foreign_table_stmt->base_stmt);
}

static void
read_namespace(const Reading *reading, const PgQuery__Node *node)
{
    const PgQuery__CreateSchemaStmt *create = node->create_schema_stmt;
    for (size_t i = 0; i < create->n_schema_elts; i++) {
        const PgQuery__Node *element = create->schema_elts[i];
        if (element->node_case == PG_QUERY__NODE__NODE_CREATE_STMT)
            read_create(reading, element->create_stmt);
    }
}

static void
read_alter_command(const Reading *reading, const PgQuery__AlterTableCmd *command,
                   SpColumnGift *gift)
{
    const PgQuery__Node *def = command->def;
    switch ((int)command->subtype) {
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn:
        give_column(reading, def->column_def->colname);
        break;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AttachPartition:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddInherit:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddOf:
        gift->is_open = TRUE;
        break;
    default:
        break;
    }
}

/* An earlier text may still name it. */
static void
read_dropped(const Reading *reading, const PgQuery__AlterTableStmt *alter)
{
    SpColumnGift loss = gift_for(reading, alter->relation);
    loss.is_loss = TRUE;
    for (size_t i = 0; i < alter->n_cmds; i++) {
        const PgQuery__AlterTableCmd *command = alter->cmds[i]->alter_table_cmd;
        if (command->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn)
            give_column(reading, command->name);
    }
    end_gift(reading, loss);
}

static void
read_attached(const Reading *reading, const PgQuery__AlterTableCmd *command)
{
    if (command->subtype != PG_QUERY__ALTER_TABLE_TYPE__AT_AttachPartition)
        return;
    SpColumnGift partition = gift_for(reading, command->def->partition_cmd->name);
    partition.is_open = TRUE;
    end_gift(reading, partition);
}

static void
read_alter(const Reading *reading, const PgQuery__Node *node)
{
    const PgQuery__AlterTableStmt *alter = node->alter_table_stmt;
    SpColumnGift gift = gift_for(reading, alter->relation);
    for (size_t i = 0; i < alter->n_cmds; i++)
        read_alter_command(reading, alter->cmds[i]->alter_table_cmd, &gift);
    end_gift(reading, gift);
    read_dropped(reading, alter);
    for (size_t i = 0; i < alter->n_cmds; i++)
        read_attached(reading, alter->cmds[i]->alter_table_cmd);
}

static void
read_rename(const Reading *reading, const PgQuery__Node *node)
{
    const PgQuery__RenameStmt *rename = node->rename_stmt;
    if (rename->rename_type != PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN || rename->relation == NULL)
        return;
    SpColumnGift loss = gift_for(reading, rename->relation);
    loss.is_loss = TRUE;
    give_column(reading, rename->subname);
    end_gift(reading, loss);
    SpColumnGift gift = gift_for(reading, rename->relation);
    give_column(reading, rename->newname);
    end_gift(reading, gift);
}

static void
add_use(const Reading *reading, const char *column, const GArray *tables, guint offset)
{
    SpColumnUse use = {
        .column = sp_arena_text(reading->arena, column),
        .n_tables = tables->len,
        .offset = offset,
    };
    gsize size = tables->len * sizeof(SpTableName);
    const SpColumnUse *before =
        reading->uses->len > 0 ? &g_array_index(reading->uses, SpColumnUse, reading->uses->len - 1)
                               : NULL;
    gboolean is_same = before != NULL && before->n_tables == tables->len &&
                       memcmp(before->tables, tables->data, size) == 0;
    use.tables = is_same ? before->tables : sp_arena_copy(reading->arena, tables->data, size);
    g_array_append_val(reading->uses, use);
}

static void
read_keys(const Reading *reading, const GArray *tables, PgQuery__Node *const *keys, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (*keys[i]->index_elem->name != '\0')
            add_use(reading, keys[i]->index_elem->name, tables, 0);
}

static void
read_index(const Reading *reading, const PgQuery__Node *node)
{
    const PgQuery__IndexStmt *index = node->index_stmt;
    g_autoptr(GArray) tables = g_array_new(FALSE, FALSE, sizeof(SpTableName));
    SpTableName table;
    if (!name_table(reading, index->relation, &table))
        return;
    g_array_append_val(tables, table);
    read_keys(reading, tables, index->index_params, index->n_index_params);
    read_keys(reading, tables, index->index_including_params, index->n_index_including_params);
}

static const char *
name_in_query(const PgQuery__RangeVar *relation)
{
    return relation->alias != NULL ? relation->alias->aliasname : relation->relname;
}

static gboolean
is_common_table(const PgQuery__SelectStmt *select, const PgQuery__RangeVar *relation)
{
    const PgQuery__WithClause *with = select->with_clause;
    for (size_t i = 0; with != NULL && i < with->n_ctes; i++) {
        if (g_str_equal(with->ctes[i]->common_table_expr->ctename, relation->relname))
            return relation->schemaname[0] == '\0';
    }
    return FALSE;
}

/* @qualifier: (nullable): the alias or table that stands before the column
 * Returns: whether nothing but a column of one of @tables, which are added, can be meant */
static gboolean
find_tables(const Reading *reading, const PgQuery__SelectStmt *select, const char *qualifier,
            const char *column, GArray *tables)
{
    for (size_t i = 0; i < select->n_from_clause; i++) {
        const PgQuery__RangeVar *relation = select->from_clause[i]->range_var;
        const char *name = name_in_query(relation);
        SpTableName table;
        if (qualifier != NULL && !g_str_equal(name, qualifier))
            continue;
        /* SELECT t FROM t is the whole row. */
        if (qualifier == NULL && g_str_equal(name, column))
            return FALSE;
        /* FROM t AS x (a, b) gives the columns other names. */
        if ((relation->alias != NULL && relation->alias->n_colnames > 0) ||
            is_common_table(select, relation) || !name_table(reading, relation, &table))
            return FALSE;
        g_array_append_val(tables, table);
    }
    return tables->len > 0;
}

static void
read_reference(const Reading *reading, const PgQuery__SelectStmt *select,
               const PgQuery__ColumnRef *reference)
{
    for (size_t i = 0; i < reference->n_fields; i++) {
        if (reference->fields[i]->node_case != PG_QUERY__NODE__NODE_STRING)
            return;
    }
    if (reference->n_fields > 2)
        return;
    gboolean is_qualified = reference->n_fields == 2;
    const char *qualifier = is_qualified ? reference->fields[0]->string->sval : NULL;
    const char *column = reference->fields[is_qualified]->string->sval;
    g_autoptr(GArray) tables = g_array_new(FALSE, FALSE, sizeof(SpTableName));
    if (find_tables(reading, select, qualifier, column, tables))
        add_use(reading, column, tables, (guint)reference->location);
}

static void
read_query(const Reading *reading, const PgQuery__Node *query)
{
    if (query->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
        return;
    const PgQuery__SelectStmt *select = query->select_stmt;
    for (size_t i = 0; i < select->n_from_clause; i++) {
        if (select->from_clause[i]->node_case != PG_QUERY__NODE__NODE_RANGE_VAR)
            return;
    }
    for (size_t i = 0; i < select->n_target_list; i++) {
        const PgQuery__Node *value = select->target_list[i]->res_target->val;
        if (value->node_case == PG_QUERY__NODE__NODE_COLUMN_REF)
            read_reference(reading, select, value->column_ref);
    }
}

static void
read_view(const Reading *reading, const PgQuery__Node *node)
{
    read_query(reading, node->view_stmt->query);
}

static void
read_materialized_view(const Reading *reading, const PgQuery__Node *node)
{
    if (node->create_table_as_stmt->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW)
        read_query(reading, node->create_table_as_stmt->query);
}

static const struct {
    PgQuery__Node__NodeCase node_case;
    void (*read)(const Reading *reading, const PgQuery__Node *node);
} readers[] = {
    {PG_QUERY__NODE__NODE_CREATE_STMT, read_table},
    {PG_QUERY__NODE__NODE_CREATE_FOREIGN_TABLE_STMT, read_foreign_table},
    {PG_QUERY__NODE__NODE_CREATE_SCHEMA_STMT, read_namespace},
    {PG_QUERY__NODE__NODE_ALTER_TABLE_STMT, read_alter},
    {PG_QUERY__NODE__NODE_RENAME_STMT, read_rename},
    {PG_QUERY__NODE__NODE_INDEX_STMT, read_index},
    {PG_QUERY__NODE__NODE_VIEW_STMT, read_view},
    {PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT, read_materialized_view},
};

const SpMentions *
sp_mentions_read(const PgQuery__Node *node, const GPtrArray *effects, SpArena *arena)
{
    guint i = 0;
    while (i < G_N_ELEMENTS(readers) && readers[i].node_case != node->node_case)
        i++;
    if (i == G_N_ELEMENTS(readers))
        return NULL;

    g_autoptr(GArray) gifts = g_array_new(FALSE, FALSE, sizeof(SpColumnGift));
    g_autoptr(GArray) uses = g_array_new(FALSE, FALSE, sizeof(SpColumnUse));
    g_autoptr(GPtrArray) columns = g_ptr_array_new();
    g_autoptr(GArray) offsets = g_array_new(FALSE, FALSE, sizeof(guint));
    const Reading reading = {effects, arena, gifts, uses, columns, offsets};
    readers[i].read(&reading, node);
    if (gifts->len == 0 && uses->len == 0)
        return NULL;
    const SpMentions facts = {
        .gifts = sp_arena_copy(arena, gifts->data, gifts->len * sizeof(SpColumnGift)),
        .n_gifts = gifts->len,
        .uses = sp_arena_copy(arena, uses->data, uses->len * sizeof(SpColumnUse)),
        .n_uses = uses->len,
    };
    return sp_arena_copy(arena, &facts, sizeof facts);
}
