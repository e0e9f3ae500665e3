/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/effects_of.h"
#include "model/names.h"
#include "model/node.h"

#define TYPE(name) PG_QUERY__OBJECT_TYPE__OBJECT_##name

/* A partition and an heir change their parent. */
static void
create_table(SpEffects *effects, const PgQuery__CreateStmt *create, PgQuery__ObjectType type)
{
    sp_effects_add_relation(effects, SP_ACTION_CREATE, type, create->relation,
                            create->if_not_exists);
    for (gsize i = 0; i < create->n_inh_relations; i++)
        sp_effects_add_relation(effects, SP_ACTION_ALTER, TYPE(TABLE),
                                create->inh_relations[i]->range_var, FALSE);
}

void
sp_effects_of_create_table(SpEffects *effects, const PgQuery__Node *node)
{
    create_table(effects, node->create_stmt, TYPE(TABLE));
}

void
sp_effects_of_create_foreign_table(SpEffects *effects, const PgQuery__Node *node)
{
    create_table(effects, node->create_foreign_table_stmt->base_stmt, TYPE(FOREIGN_TABLE));
}

void
sp_effects_of_create_table_as(SpEffects *effects, const PgQuery__Node *node)
{
    const PgQuery__CreateTableAsStmt *create = node->create_table_as_stmt;
    sp_effects_add_relation(effects, SP_ACTION_CREATE, create->objtype, create->into->rel,
                            create->if_not_exists);
}

/* An index lives in the namespace of its table. Without a name, PostgreSQL makes one up. */
void
sp_effects_of_create_index(SpEffects *effects, const PgQuery__Node *node)
{
    const PgQuery__IndexStmt *create = node->index_stmt;

    if (*create->idxname != '\0') {
        SpObject *index =
            sp_names_relation(TYPE(INDEX), create->relation, sp_effects_get_namespace(effects));
        g_free((char *)index->name);
        index->name = g_strdup(create->idxname);
        sp_effects_add(effects, SP_ACTION_CREATE, index, create->if_not_exists);
    }
    sp_effects_add_relation(effects, SP_ACTION_ALTER, TYPE(TABLE), create->relation, FALSE);
}

void
sp_effects_of_create_function(SpEffects *effects, const PgQuery__Node *node)
{
    const PgQuery__CreateFunctionStmt *create = node->create_function_stmt;
    SpObject *routine =
        sp_names_list(create->is_procedure ? TYPE(PROCEDURE) : TYPE(FUNCTION), create->funcname,
                      create->n_funcname, sp_effects_get_namespace(effects));

    routine->arguments = sp_names_types(create->parameters, create->n_parameters);
    sp_effects_add(effects, SP_ACTION_CREATE, routine, create->replace);
}

static void
create_part(SpEffects *effects, PgQuery__ObjectType type, const PgQuery__RangeVar *table,
            const char *name, gboolean is_optional)
{
    sp_effects_add_relation(effects, SP_ACTION_ALTER, TYPE(TABLE), table, FALSE);
    sp_effects_add(effects, SP_ACTION_CREATE,
                   sp_names_part(type, table, name, sp_effects_get_namespace(effects)),
                   is_optional);
}

void
sp_effects_of_create_trigger(SpEffects *effects, const PgQuery__Node *node)
{
    const PgQuery__CreateTrigStmt *create = node->create_trig_stmt;
    create_part(effects, TYPE(TRIGGER), create->relation, create->trigname, create->replace);
}

void
sp_effects_of_create_policy(SpEffects *effects, const PgQuery__Node *node)
{
    const PgQuery__CreatePolicyStmt *create = node->create_policy_stmt;
    create_part(effects, TYPE(POLICY), create->table, create->policy_name, FALSE);
}

void
sp_effects_of_create_rule(SpEffects *effects, const PgQuery__Node *node)
{
    const PgQuery__RuleStmt *create = node->rule_stmt;
    create_part(effects, TYPE(RULE), create->relation, create->rulename, create->replace);
}

void
sp_effects_of_create_statistics(SpEffects *effects, const PgQuery__Node *node)
{
    const PgQuery__CreateStatsStmt *create = node->create_stats_stmt;

    sp_effects_add(effects, SP_ACTION_CREATE,
                   sp_names_list(TYPE(STATISTIC_EXT), create->defnames, create->n_defnames,
                                 sp_effects_get_namespace(effects)),
                   create->if_not_exists);
    for (gsize i = 0; i < create->n_relations; i++)
        if (create->relations[i]->node_case == PG_QUERY__NODE__NODE_RANGE_VAR)
            sp_effects_add_relation(effects, SP_ACTION_ALTER, TYPE(TABLE),
                                    create->relations[i]->range_var, FALSE);
}

void
sp_effects_of_create_schema(SpEffects *effects, const PgQuery__Node *node)
{
    const PgQuery__CreateSchemaStmt *create = node->create_schema_stmt;
    /* CREATE SCHEMA AUTHORIZATION names the schema after the role */
    g_autofree char *name = *create->schemaname == '\0' ? sp_names_role(create->authrole)
                                                        : g_strdup(create->schemaname);

    sp_effects_add(effects, SP_ACTION_CREATE, sp_names_plain(TYPE(SCHEMA), name),
                   create->if_not_exists);
    for (gsize i = 0; i < create->n_schema_elts; i++)
        sp_effects_add_statement(effects, create->schema_elts[i], name);
}

static char *
operand(const PgQuery__DefineStmt *define, const char *name)
{
    const PgQuery__DefElem *option =
        sp_node_find_option(define->definition, define->n_definition, name);
    if (option == NULL || option->arg == NULL)
        return g_strdup("none");
    return sp_names_types((PgQuery__Node *const *)&option->arg, 1);
}

static char *
arguments_of(const PgQuery__DefineStmt *define)
{
    if (define->kind == TYPE(OPERATOR)) {
        g_autofree char *left = operand(define, "leftarg");
        g_autofree char *right = operand(define, "rightarg");
        return g_strdup_printf("%s,%s", left, right);
    }
    if (define->kind != TYPE(AGGREGATE))
        return NULL;
    if (define->oldstyle) {
        g_autofree char *base = operand(define, "basetype");
        return g_strdup(
            g_ascii_strcasecmp(base, "\"ANY\"") == 0 || g_str_equal(base, "any") ? "" : base);
    }
    if (define->n_args == 0 || define->args[0]->node_case != PG_QUERY__NODE__NODE_LIST)
        return g_strdup("");
    return sp_names_types(define->args[0]->list->items, define->args[0]->list->n_items);
}

void
sp_effects_of_define(SpEffects *effects, const PgQuery__Node *node)
{
    const PgQuery__DefineStmt *define = node->define_stmt;
    SpObject *object = sp_names_list(define->kind, define->defnames, define->n_defnames,
                                     sp_effects_get_namespace(effects));

    object->arguments = arguments_of(define);
    if (define->kind == TYPE(TYPE) && define->n_definition == 0)
        object->word = "shell type";
    sp_effects_add(effects, SP_ACTION_CREATE, object, define->if_not_exists || define->replace);
}

void
sp_effects_of_create_cast(SpEffects *effects, const PgQuery__Node *node)
{
    const PgQuery__CreateCastStmt *create = node->create_cast_stmt;
    g_autofree char *source = sp_names_type(create->sourcetype);
    g_autofree char *target = sp_names_type(create->targettype);
    sp_effects_add(effects, SP_ACTION_CREATE, sp_names_pair(TYPE(CAST), source, target), FALSE);
}

void
sp_effects_of_create_transform(SpEffects *effects, const PgQuery__Node *node)
{
    const PgQuery__CreateTransformStmt *create = node->create_transform_stmt;
    g_autofree char *type = sp_names_type(create->type_name);
    sp_effects_add(effects, SP_ACTION_CREATE, sp_names_pair(TYPE(TRANSFORM), type, create->lang),
                   create->replace);
}

static void
create_of_method(SpEffects *effects, SpObject *object, const char *method)
{
    object->arguments = g_strdup(method);
    sp_effects_add(effects, SP_ACTION_CREATE, object, FALSE);
}

void
sp_effects_of_create_operator_class(SpEffects *effects, const PgQuery__Node *node)
{
    const PgQuery__CreateOpClassStmt *create = node->create_op_class_stmt;
    create_of_method(effects,
                     sp_names_list(TYPE(OPCLASS), create->opclassname, create->n_opclassname,
                                   sp_effects_get_namespace(effects)),
                     create->amname);
}

void
sp_effects_of_create_operator_family(SpEffects *effects, const PgQuery__Node *node)
{
    const PgQuery__CreateOpFamilyStmt *create = node->create_op_family_stmt;
    create_of_method(effects,
                     sp_names_list(TYPE(OPFAMILY), create->opfamilyname, create->n_opfamilyname,
                                   sp_effects_get_namespace(effects)),
                     create->amname);
}

void
sp_effects_of_create_user_mapping(SpEffects *effects, const PgQuery__Node *node)
{
    const PgQuery__CreateUserMappingStmt *create = node->create_user_mapping_stmt;
    sp_effects_add(effects, SP_ACTION_CREATE, sp_names_mapping(create->user, create->servername),
                   create->if_not_exists);
}
