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

/* @table: one that lacks the column */
static void
refuse_use(const Check *check, const SpColumnUse *use, const SpTableName *table)
{
    const SpIndexFacts *index = check->statement->index;
    g_autofree char *detail = table_detail(check, table->namespace_name, table->name);
    g_autofree char *problem =
        index != NULL
            ? g_strdup_printf("index \"%s\" on table \"%s\" names column \"%s\", which does not "
                              "exist",
                              index->name, table->name, use->column)
            : g_strdup_printf("view selects column \"%s\", which table \"%s\" does not have",
                              use->column, table->name);
    GError *error = sp_error_new(SP_ERROR_UNKNOWN_COLUMN, detail, NULL, "%s", problem);
    SpPlace place = {
        .extension = check->id,
        .source = sp_script_get_source(check->script),
        .line = check->statement->line,
        .column = check->statement->column,
    };
    if (index == NULL)
        sp_script_locate(check->script, use->offset, &place.line, &place.column);
    sp_error_place(error, &place);
    sp_findings_refuse(check->findings, error);
}

static void
check_use(const Check *check, const SpColumnUse *use)
{
    for (guint i = 0; i < use->n_tables; i++) {
        const SpTableName *table = &use->tables[i];
        if (sp_shapes_may_have(check->shapes, table->namespace_name, table->name, use->column))
            return;
    }
    refuse_use(check, use, &use->tables[use->n_tables - 1]);
}

static void
check_statement(const Check *check)
{
    const SpMentions *columns = check->statement->columns;
    for (guint i = 0; columns != NULL && i < columns->n_uses; i++)
        check_use(check, &columns->uses[i]);
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
        /* A text that did not parse, or was not read, may hold the missing column. */
        if (sp_prepared_is_read(one) && sp_prepared_is_complete(one))
            check_prepared(&check, one);
    }
}
