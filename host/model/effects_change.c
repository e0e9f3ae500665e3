/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/effects_of.h"
#include "model/names.h"
#include "model/node.h"

#define TYPE(name) PG_QUERY__OBJECT_TYPE__OBJECT_##name
#define ACCESS_SHARE_LOCK 1

/* ATTACH and DETACH PARTITION, INHERIT and NO INHERIT change the other table too. */
static void
alter_command(SpEffects *effects, const PgQuery__AlterTableCmd *command)
{
    const PgQuery__Node *other = command->def;

    if (other == NULL)
        return;
    if (other->node_case == PG_QUERY__NODE__NODE_PARTITION_CMD)
        sp_effects_add_relation(effects, SP_ACTION_ALTER, TYPE(TABLE), other->partition_cmd->name,
                                FALSE);
    else if (other->node_case == PG_QUERY__NODE__NODE_RANGE_VAR)
        sp_effects_add_relation(effects, SP_ACTION_ALTER, TYPE(TABLE), other->range_var, FALSE);
}

void
sp_effects_of_alter_table(SpEffects *effects, const PgQuery__Node *node)
{
    const PgQuery__AlterTableStmt *alter = node->alter_table_stmt;

    sp_effects_add_relation(effects, SP_ACTION_ALTER, alter->objtype, alter->relation,
                            alter->missing_ok);
    for (gsize i = 0; i < alter->n_cmds; i++)
        alter_command(effects, alter->cmds[i]->alter_table_cmd);
}

static void
alter_named(SpEffects *effects, PgQuery__ObjectType type, const PgQuery__Node *object)
{
    sp_effects_add(effects, SP_ACTION_ALTER,
                   sp_names_object(type, object, sp_effects_get_namespace(effects)), FALSE);
}

static void
alter_with_arguments(SpEffects *effects, PgQuery__ObjectType type,
                     PgQuery__ObjectWithArgs *arguments)
{
    const PgQuery__Node named = {.node_case = PG_QUERY__NODE__NODE_OBJECT_WITH_ARGS,
                                 .object_with_args = arguments};
    alter_named(effects, type, &named);
}

void
sp_effects_of_alter_function(SpEffects *effects, const PgQuery__Node *node)
{
    alter_with_arguments(effects, node->alter_function_stmt->objtype,
                         node->alter_function_stmt->func);
}

void
sp_effects_of_alter_operator(SpEffects *effects, const PgQuery__Node *node)
{
    alter_with_arguments(effects, TYPE(OPERATOR), node->alter_operator_stmt->opername);
}

void
sp_effects_of_alter_operator_family(SpEffects *effects, const PgQuery__Node *node)
{
    const PgQuery__AlterOpFamilyStmt *alter = node->alter_op_family_stmt;
    SpObject *family = sp_names_list(TYPE(OPFAMILY), alter->opfamilyname, alter->n_opfamilyname,
                                     sp_effects_get_namespace(effects));
    family->arguments = g_strdup(alter->amname);
    sp_effects_add(effects, SP_ACTION_ALTER, family, FALSE);
}

/* Claims the table with the place of its name, which the effect on its part does not know. */
static void
change_part(SpEffects *effects, SpAction action, SpObject *part, const PgQuery__RangeVar *table,
            gboolean is_optional)
{
    sp_effects_add_relation(effects, SP_ACTION_ALTER, TYPE(TABLE), table, is_optional);
    sp_effects_add(effects, action, part, is_optional);
}

void
sp_effects_of_alter_policy(SpEffects *effects, const PgQuery__Node *node)
{
    const PgQuery__AlterPolicyStmt *alter = node->alter_policy_stmt;
    SpObject *policy = sp_names_part(TYPE(POLICY), alter->table, alter->policy_name,
                                     sp_effects_get_namespace(effects));
    change_part(effects, SP_ACTION_ALTER, policy, alter->table, FALSE);
}

void
sp_effects_of_alter_user_mapping(SpEffects *effects, const PgQuery__Node *node)
{
    const PgQuery__AlterUserMappingStmt *alter = node->alter_user_mapping_stmt;
    sp_effects_add(effects, SP_ACTION_ALTER, sp_names_mapping(alter->user, alter->servername),
                   FALSE);
}

void
sp_effects_of_drop_user_mapping(SpEffects *effects, const PgQuery__Node *node)
{
    const PgQuery__DropUserMappingStmt *drop = node->drop_user_mapping_stmt;
    sp_effects_add(effects, SP_ACTION_DROP, sp_names_mapping(drop->user, drop->servername),
                   drop->missing_ok);
}

static gboolean
is_part(PgQuery__ObjectType type)
{
    return type == TYPE(TRIGGER) || type == TYPE(POLICY) || type == TYPE(RULE);
}

/* (nullable): the object under another name; NULL when @object is NULL */
static SpObject *
renamed(const SpObject *object, const char *name)
{
    if (object == NULL)
        return NULL;
    return sp_object_new(object->class, object->word, object->namespace_name, name, object->parent,
                         object->arguments);
}

static void
rename_relation(SpEffects *effects, const PgQuery__RenameStmt *rename)
{
    const char *namespace_name = sp_effects_get_namespace(effects);
    PgQuery__ObjectType type = rename->rename_type;
    gboolean is_member = type == TYPE(TABCONSTRAINT) || type == TYPE(ATTRIBUTE);

    if (is_part(type)) {
        SpObject *part = sp_names_part(type, rename->relation, rename->subname, namespace_name);
        SpObject *other = renamed(part, rename->newname);
        change_part(effects, SP_ACTION_ALTER, part, rename->relation, rename->missing_ok);
        sp_effects_add(effects, SP_ACTION_CREATE, other, rename->missing_ok);
        return;
    }
    is_member = is_member || type == TYPE(COLUMN);
    sp_effects_add_relation(effects, SP_ACTION_ALTER,
                            type == TYPE(COLUMN) ? rename->relation_type : type, rename->relation,
                            rename->missing_ok);
    if (is_member)
        return;
    g_autoptr(SpObject) old = sp_names_relation(type, rename->relation, namespace_name);
    sp_effects_add(effects, SP_ACTION_CREATE, renamed(old, rename->newname), rename->missing_ok);
}

void
sp_effects_of_rename(SpEffects *effects, const PgQuery__Node *node)
{
    const PgQuery__RenameStmt *rename = node->rename_stmt;
    PgQuery__ObjectType type = rename->rename_type;
    SpObject *old = NULL;

    if (rename->relation != NULL) {
        rename_relation(effects, rename);
        return;
    }
    if (type == TYPE(SCHEMA) || type == TYPE(ROLE) || type == TYPE(DATABASE) ||
        type == TYPE(TABLESPACE))
        old = sp_names_plain(type, rename->subname);
    else
        old = sp_names_object(type, rename->object, sp_effects_get_namespace(effects));
    SpObject *new = type == TYPE(DOMCONSTRAINT) ? NULL : renamed(old, rename->newname);
    sp_effects_add(effects, SP_ACTION_ALTER, old, rename->missing_ok);
    sp_effects_add(effects, SP_ACTION_CREATE, new, rename->missing_ok);
}

void
sp_effects_of_set_schema(SpEffects *effects, const PgQuery__Node *node)
{
    const PgQuery__AlterObjectSchemaStmt *alter = node->alter_object_schema_stmt;
    const char *namespace_name = sp_effects_get_namespace(effects);
    SpObject *old = alter->relation != NULL
                        ? sp_names_relation(alter->object_type, alter->relation, namespace_name)
                        : sp_names_object(alter->object_type, alter->object, namespace_name);
    if (old == NULL)
        return;

    /* an extension has no namespace of its own; its objects move */
    SpObject *new = *old->namespace_name == '\0'
                        ? NULL
                        : sp_object_new(old->class, old->word, alter->newschema, old->name,
                                        old->parent, old->arguments);
    sp_effects_add_relation(effects, SP_ACTION_ALTER, alter->object_type, alter->relation,
                            alter->missing_ok);
    sp_effects_add(effects, SP_ACTION_ALTER, old, alter->missing_ok);
    sp_effects_add(effects, SP_ACTION_CREATE, new, alter->missing_ok);
}

void
sp_effects_of_owner(SpEffects *effects, const PgQuery__Node *node)
{
    alter_named(effects, node->alter_owner_stmt->object_type, node->alter_owner_stmt->object);
}

void
sp_effects_of_depends(SpEffects *effects, const PgQuery__Node *node)
{
    const PgQuery__AlterObjectDependsStmt *alter = node->alter_object_depends_stmt;

    if (is_part(alter->object_type))
        sp_effects_add_relation(effects, SP_ACTION_ALTER, TYPE(TABLE), alter->relation, FALSE);
    else if (alter->relation != NULL)
        sp_effects_add_relation(effects, SP_ACTION_ALTER, alter->object_type, alter->relation,
                                FALSE);
    else
        alter_named(effects, alter->object_type, alter->object);
}

void
sp_effects_of_comment(SpEffects *effects, const PgQuery__Node *node)
{
    alter_named(effects, node->comment_stmt->objtype, node->comment_stmt->object);
}

void
sp_effects_of_label(SpEffects *effects, const PgQuery__Node *node)
{
    alter_named(effects, node->sec_label_stmt->objtype, node->sec_label_stmt->object);
}

void
sp_effects_of_grant(SpEffects *effects, const PgQuery__Node *node)
{
    const PgQuery__GrantStmt *grant = node->grant_stmt;

    if (grant->targtype != PG_QUERY__GRANT_TARGET_TYPE__ACL_TARGET_OBJECT)
        return;
    for (gsize i = 0; i < grant->n_objects; i++) {
        const PgQuery__Node *object = grant->objects[i];
        if (object->node_case == PG_QUERY__NODE__NODE_RANGE_VAR)
            sp_effects_add_relation(effects, SP_ACTION_ALTER, grant->objtype, object->range_var,
                                    FALSE);
        else
            alter_named(effects, grant->objtype, object);
    }
}

void
sp_effects_of_drop(SpEffects *effects, const PgQuery__Node *node)
{
    const PgQuery__DropStmt *drop = node->drop_stmt;

    for (gsize i = 0; i < drop->n_objects; i++)
        sp_effects_add(
            effects, SP_ACTION_DROP,
            sp_names_object(drop->remove_type, drop->objects[i], sp_effects_get_namespace(effects)),
            drop->missing_ok);
}

void
sp_effects_of_truncate(SpEffects *effects, const PgQuery__Node *node)
{
    const PgQuery__TruncateStmt *truncate = node->truncate_stmt;

    for (gsize i = 0; i < truncate->n_relations; i++)
        sp_effects_add_relation(effects, SP_ACTION_WRITE, TYPE(TABLE),
                                truncate->relations[i]->range_var, FALSE);
}

void
sp_effects_of_lock(SpEffects *effects, const PgQuery__Node *node)
{
    const PgQuery__LockStmt *lock = node->lock_stmt;

    for (gsize i = 0; lock->mode > ACCESS_SHARE_LOCK && i < lock->n_relations; i++)
        sp_effects_add_relation(effects, SP_ACTION_WRITE, TYPE(TABLE),
                                lock->relations[i]->range_var, FALSE);
}

void
sp_effects_of_copy(SpEffects *effects, const PgQuery__Node *node)
{
    if (node->copy_stmt->is_from)
        sp_effects_add_relation(effects, SP_ACTION_WRITE, TYPE(TABLE), node->copy_stmt->relation,
                                FALSE);
}

void
sp_effects_of_reindex(SpEffects *effects, const PgQuery__Node *node)
{
    const PgQuery__ReindexStmt *reindex = node->reindex_stmt;
    gboolean is_index = reindex->kind == PG_QUERY__REINDEX_OBJECT_TYPE__REINDEX_OBJECT_INDEX;
    sp_effects_add_relation(effects, SP_ACTION_ALTER, is_index ? TYPE(INDEX) : TYPE(TABLE),
                            reindex->relation, FALSE);
}

void
sp_effects_of_explain(SpEffects *effects, const PgQuery__Node *node)
{
    sp_effects_add_statement(effects, node->explain_stmt->query, sp_effects_get_namespace(effects));
}
