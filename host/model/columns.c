/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/columns.h"

#include "base/error.h"
#include "model/shapes.h"

/* What a check needs at hand; lives on the stack of sp_columns_check(). */
typedef struct {
    const SpShapes *shapes;
    SpFindings *findings;
    const char *id; /* of the extension being checked */
    const SpScript *script;
    const SpStatement *statement;
} Check;

static char *
table_detail(const Check *check, const char *namespace_name, const char *table)
{
    g_autofree char *columns = sp_shapes_list(check->shapes, namespace_name, table);
    return g_strdup_printf("No text of any extension gives it to table \"%s\", which has %s.",
                           table, columns[0] != '\0' ? columns : "no columns");
}

static void
check_index_column(const Check *check, const PgQuery__Node *element)
{
    const PgQuery__IndexStmt *index = check->statement->node->index_stmt;
    const char *column = element->index_elem->name;
    const char *table = index->relation->relname;
    const char *namespace_name = sp_shapes_namespace_of(check->statement, index->relation);
    if (column[0] == '\0' || namespace_name == NULL ||
        sp_shapes_may_have(check->shapes, namespace_name, table, column))
        return;
    g_autofree char *detail = table_detail(check, namespace_name, table);
    GError *error = sp_error_new(SP_ERROR_UNKNOWN_COLUMN, detail, NULL,
                                 "index \"%s\" on table \"%s\" names column \"%s\", which does "
                                 "not exist",
                                 index->idxname, table, column);
    SpPlace place = {
        .extension = check->id,
        .source = sp_script_get_source(check->script),
        .line = check->statement->line,
        .column = check->statement->column,
    };
    sp_error_place(error, &place);
    sp_findings_refuse(check->findings, error);
}

static void
check_index(const Check *check)
{
    const PgQuery__IndexStmt *index = check->statement->node->index_stmt;
    for (size_t i = 0; i < index->n_index_params; i++)
        check_index_column(check, index->index_params[i]);
    for (size_t i = 0; i < index->n_index_including_params; i++)
        check_index_column(check, index->index_including_params[i]);
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

static gboolean
relation_may_have(const Check *check, const PgQuery__SelectStmt *select,
                  const PgQuery__RangeVar *relation, const char *column)
{
    /* FROM t AS x (a, b) gives the columns other names. */
    if (relation->alias != NULL && relation->alias->n_colnames > 0)
        return TRUE;
    if (is_common_table(select, relation))
        return TRUE;
    const char *namespace_name = sp_shapes_namespace_of(check->statement, relation);
    return namespace_name == NULL ||
           sp_shapes_may_have(check->shapes, namespace_name, relation->relname, column);
}

/* @qualifier: (nullable): the alias or table that stands before the column
 * Returns: (nullable): a table that the name could mean and that lacks it; NULL when there is
 * nothing to say */
static const PgQuery__RangeVar *
find_lacking(const Check *check, const PgQuery__SelectStmt *select, const char *qualifier,
             const char *column)
{
    const PgQuery__RangeVar *lacking = NULL;
    for (size_t i = 0; i < select->n_from_clause; i++) {
        const PgQuery__RangeVar *relation = select->from_clause[i]->range_var;
        const char *name = name_in_query(relation);
        if (qualifier != NULL && !g_str_equal(name, qualifier))
            continue;
        /* SELECT t FROM t is the whole row. */
        if (qualifier == NULL && g_str_equal(name, column))
            return NULL;
        if (relation_may_have(check, select, relation, column))
            return NULL;
        lacking = relation;
    }
    return lacking;
}

static void
check_view_column(const Check *check, const PgQuery__SelectStmt *select,
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
    const PgQuery__RangeVar *lacking = find_lacking(check, select, qualifier, column);
    if (lacking == NULL)
        return;

    const char *namespace_name = sp_shapes_namespace_of(check->statement, lacking);
    g_autofree char *detail = table_detail(check, namespace_name, lacking->relname);
    GError *error = sp_error_new(SP_ERROR_UNKNOWN_COLUMN, detail, NULL,
                                 "view selects column \"%s\", which table \"%s\" does not have",
                                 column, lacking->relname);
    SpPlace place = {.extension = check->id, .source = sp_script_get_source(check->script)};
    sp_script_locate(check->script, (guint)reference->location, &place.line, &place.column);
    sp_error_place(error, &place);
    sp_findings_refuse(check->findings, error);
}

static void
check_query(const Check *check, const PgQuery__Node *query)
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
            check_view_column(check, select, value->column_ref);
    }
}

static void
check_statement(const Check *check)
{
    const PgQuery__Node *node = check->statement->node;
    if (node->node_case == PG_QUERY__NODE__NODE_INDEX_STMT)
        check_index(check);
    else if (node->node_case == PG_QUERY__NODE__NODE_VIEW_STMT)
        check_query(check, node->view_stmt->query);
    else if (node->node_case == PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT &&
             node->create_table_as_stmt->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW)
        check_query(check, node->create_table_as_stmt->query);
}

/* @error: (transfer full) */
static void
refuse_schema(const Check *check, const SpSchema *schema, GError *error)
{
    SpPlace place = {.extension = check->id, .source = schema->source};
    sp_error_place(error, &place);
    sp_findings_refuse(check->findings, error);
}

static void
check_required(const Check *check, const SpSchema *schema)
{
    const char *table = schema->table;
    if (schema->required_columns[0] == NULL)
        return;
    if (table == NULL) {
        refuse_schema(check, schema,
                      sp_error_new(SP_ERROR_NO_SUCH_TABLE, NULL,
                                   "Set the table that the columns are required of.",
                                   "schema \"%s\" requires columns, but names no table",
                                   schema->source));
        return;
    }
    if (!sp_shapes_is_created_by(check->shapes, schema->namespace_name, table, check->id)) {
        g_autofree char *detail = g_strdup_printf("No text of extension \"%s\" creates \"%s.%s\".",
                                                  check->id, schema->namespace_name, table);
        refuse_schema(check, schema,
                      sp_error_new(SP_ERROR_NO_SUCH_TABLE, detail, NULL,
                                   "schema \"%s\" requires columns of table \"%s\", which its "
                                   "extension never creates",
                                   schema->source, table));
        return;
    }
    for (guint i = 0; schema->required_columns[i] != NULL; i++) {
        const char *column = schema->required_columns[i];
        if (sp_shapes_may_have(check->shapes, schema->namespace_name, table, column))
            continue;
        g_autofree char *detail = table_detail(check, schema->namespace_name, table);
        refuse_schema(check, schema,
                      sp_error_new(SP_ERROR_UNKNOWN_COLUMN, detail, NULL,
                                   "schema \"%s\" requires column \"%s\", which table \"%s\" does "
                                   "not have",
                                   schema->source, column, table));
    }
}

static void
check_prepared(Check *check, const SpPrepared *prepared)
{
    const SpExtension *extension = sp_prepared_get_extension(prepared);
    const GPtrArray *scripts = sp_prepared_get_scripts(prepared);
    check->id = sp_extension_get_id(extension);
    for (guint i = 0; i < scripts->len; i++) {
        check->script = g_ptr_array_index(scripts, i);
        const GPtrArray *statements = sp_script_get_statements(check->script);
        for (guint j = 0; j < statements->len; j++) {
            check->statement = g_ptr_array_index(statements, j);
            check_statement(check);
        }
    }
    for (guint i = 0; i < sp_extension_get_n_schemas(extension); i++)
        check_required(check, sp_extension_get_schema(extension, i));
}

void
sp_columns_check(const GPtrArray *prepared, SpFindings *findings)
{
    g_return_if_fail(prepared != NULL && findings != NULL);

    g_autoptr(SpShapes) shapes = sp_shapes_new(prepared);
    Check check = {.shapes = shapes, .findings = findings};
    for (guint i = 0; i < prepared->len; i++) {
        const SpPrepared *one = g_ptr_array_index(prepared, i);
        /* A text that did not parse may hold the missing column. */
        if (sp_prepared_is_complete(one))
            check_prepared(&check, one);
    }
}
