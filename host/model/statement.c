/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/statement.h"

#include "model/effects_of.h"
#include "model/kind.h"
#include "model/names.h"
#include "model/node.h"
#include "model/refine.h"

#define IN(role) (1u << SP_SCRIPT_##role)
#define IN_MIGRATIONS (IN(MIGRATION) | IN(DOWN))

#define STRUCTURAL(how)                                                    \
    {                                                                      \
        .roles = IN_MIGRATIONS | IN(SCHEMA), .phase = SP_PHASE_STRUCTURAL, \
        .repeat = SP_REPEAT_##how                                          \
    }
#define DEPENDENT(how)                                                    \
    {                                                                     \
        .roles = IN_MIGRATIONS | IN(SCHEMA), .phase = SP_PHASE_DEPENDENT, \
        .repeat = SP_REPEAT_##how                                         \
    }
#define DATA                                                           \
    {                                                                  \
        .roles = IN_MIGRATIONS | IN(SEED), .phase = SP_PHASE_DEPENDENT \
    }
#define IMPERATIVE                                          \
    {                                                       \
        .roles = IN_MIGRATIONS, .phase = SP_PHASE_DEPENDENT \
    }
#define FOREIGN                                                                \
    {                                                                          \
        .phase = SP_PHASE_DEPENDENT,                                           \
        .reason = "It reaches beyond what one extension owns in one database." \
    }

#define KIND(name) [PG_QUERY__NODE__NODE_##name]
#define TYPE(name) PG_QUERY__OBJECT_TYPE__OBJECT_##name

static const SpStatementKind kinds[] = {
    /* What tables are made of, and tables. */
    KIND(CREATE_STMT) = {.tag = "CREATE TABLE",
                         .traits = STRUCTURAL(IF_NOT_EXISTS),
                         .add_effects = sp_effects_of_create_table},
    KIND(CREATE_FOREIGN_TABLE_STMT) = {.tag = "CREATE FOREIGN TABLE",
                                       .traits = STRUCTURAL(IF_NOT_EXISTS),
                                       .add_effects = sp_effects_of_create_foreign_table},
    KIND(CREATE_SCHEMA_STMT) = {.tag = "CREATE SCHEMA",
                                .traits = STRUCTURAL(IF_NOT_EXISTS),
                                .add_effects = sp_effects_of_create_schema},
    KIND(CREATE_EXTENSION_STMT) = {.tag = "CREATE EXTENSION",
                                   .traits = STRUCTURAL(IF_NOT_EXISTS),
                                   .target = {"extname", SP_ACTION_CREATE, TYPE(EXTENSION)}},
    KIND(CREATE_SEQ_STMT) = {.tag = "CREATE SEQUENCE",
                             .traits = STRUCTURAL(IF_NOT_EXISTS),
                             .target = {"sequence", SP_ACTION_CREATE, TYPE(SEQUENCE)}},
    KIND(COMPOSITE_TYPE_STMT) = {.tag = "CREATE TYPE",
                                 .traits = STRUCTURAL(LOOKUP),
                                 .target = {"typevar", SP_ACTION_CREATE, TYPE(TYPE)}},
    KIND(CREATE_ENUM_STMT) = {.tag = "CREATE TYPE",
                              .traits = STRUCTURAL(LOOKUP),
                              .target = {"type_name", SP_ACTION_CREATE, TYPE(TYPE)}},
    KIND(CREATE_RANGE_STMT) = {.tag = "CREATE TYPE",
                               .traits = STRUCTURAL(LOOKUP),
                               .target = {"type_name", SP_ACTION_CREATE, TYPE(TYPE)}},
    KIND(CREATE_DOMAIN_STMT) = {.tag = "CREATE DOMAIN",
                                .traits = STRUCTURAL(LOOKUP),
                                .target = {"domainname", SP_ACTION_CREATE, TYPE(DOMAIN)}},
    KIND(DEFINE_STMT) = {.tag = "CREATE",
                         .object_type = "kind",
                         .refine = sp_refine_define,
                         .traits = STRUCTURAL(LOOKUP),
                         .add_effects = sp_effects_of_define},
    KIND(CREATE_FDW_STMT) = {.tag = "CREATE FOREIGN DATA WRAPPER",
                             .traits = STRUCTURAL(LOOKUP),
                             .target = {"fdwname", SP_ACTION_CREATE, TYPE(FDW)}},
    KIND(CREATE_FOREIGN_SERVER_STMT) = {.tag = "CREATE SERVER",
                                        .traits = STRUCTURAL(IF_NOT_EXISTS),
                                        .target = {"servername", SP_ACTION_CREATE,
                                                   TYPE(FOREIGN_SERVER)}},
    KIND(CREATE_USER_MAPPING_STMT) = {.tag = "CREATE USER MAPPING",
                                      .traits = STRUCTURAL(IF_NOT_EXISTS),
                                      .add_effects = sp_effects_of_create_user_mapping},
    /* What tables must be there for, or functions. */
    KIND(INDEX_STMT) = {.tag = "CREATE INDEX",
                        .refine = sp_refine_index,
                        .traits = DEPENDENT(IF_NOT_EXISTS),
                        .add_effects = sp_effects_of_create_index},
    KIND(VIEW_STMT) = {.tag = "CREATE VIEW",
                       .traits = DEPENDENT(OR_REPLACE),
                       .target = {"view", SP_ACTION_CREATE, TYPE(VIEW)}},
    KIND(CREATE_TABLE_AS_STMT) = {.tag = "CREATE TABLE AS",
                                  .traits = DEPENDENT(IF_NOT_EXISTS),
                                  .add_effects = sp_effects_of_create_table_as},
    KIND(CREATE_FUNCTION_STMT) = {.tag = "CREATE FUNCTION",
                                  .flag = "is_procedure",
                                  .flag_tag = "CREATE PROCEDURE",
                                  .traits = DEPENDENT(OR_REPLACE),
                                  .add_effects = sp_effects_of_create_function},
    KIND(CREATE_TRIG_STMT) = {.tag = "CREATE TRIGGER",
                              .refine = sp_refine_create_trigger,
                              .traits = DEPENDENT(OR_REPLACE),
                              .add_effects = sp_effects_of_create_trigger},
    KIND(CREATE_POLICY_STMT) = {.tag = "CREATE POLICY",
                                .traits = DEPENDENT(LOOKUP),
                                .add_effects = sp_effects_of_create_policy},
    KIND(RULE_STMT) = {.tag = "CREATE RULE",
                       .traits = DEPENDENT(OR_REPLACE),
                       .add_effects = sp_effects_of_create_rule},
    KIND(CREATE_STATS_STMT) = {.tag = "CREATE STATISTICS",
                               .traits = DEPENDENT(IF_NOT_EXISTS),
                               .add_effects = sp_effects_of_create_statistics},
    KIND(CREATE_CAST_STMT) = {.tag = "CREATE CAST",
                              .traits = DEPENDENT(LOOKUP),
                              .add_effects = sp_effects_of_create_cast},
    KIND(CREATE_TRANSFORM_STMT) = {.tag = "CREATE TRANSFORM",
                                   .traits = DEPENDENT(OR_REPLACE),
                                   .add_effects = sp_effects_of_create_transform},
    KIND(CREATE_CONVERSION_STMT) = {.tag = "CREATE CONVERSION",
                                    .traits = DEPENDENT(LOOKUP),
                                    .target = {"conversion_name", SP_ACTION_CREATE,
                                               TYPE(CONVERSION)}},
    KIND(CREATE_OP_CLASS_STMT) = {.tag = "CREATE OPERATOR CLASS",
                                  .traits = DEPENDENT(LOOKUP),
                                  .add_effects = sp_effects_of_create_operator_class},
    KIND(CREATE_OP_FAMILY_STMT) = {.tag = "CREATE OPERATOR FAMILY",
                                   .traits = DEPENDENT(LOOKUP),
                                   .add_effects = sp_effects_of_create_operator_family},
    KIND(CREATE_PLANG_STMT) = {.tag = "CREATE LANGUAGE",
                               .traits = DEPENDENT(OR_REPLACE),
                               .target = {"plname", SP_ACTION_CREATE, TYPE(LANGUAGE)}},
    KIND(CREATE_AM_STMT) = {.tag = "CREATE ACCESS METHOD",
                            .traits = DEPENDENT(LOOKUP),
                            .target = {"amname", SP_ACTION_CREATE, TYPE(ACCESS_METHOD)}},
    KIND(CREATE_EVENT_TRIG_STMT) = {.tag = "CREATE EVENT TRIGGER",
                                    .traits = DEPENDENT(LOOKUP),
                                    .target = {"trigname", SP_ACTION_CREATE, TYPE(EVENT_TRIGGER)}},
    KIND(CREATE_PUBLICATION_STMT) = {.tag = "CREATE PUBLICATION",
                                     .traits = DEPENDENT(LOOKUP),
                                     .target = {"pubname", SP_ACTION_CREATE, TYPE(PUBLICATION)}},
    KIND(COMMENT_STMT) = {.tag = "COMMENT",
                          .traits = DEPENDENT(ALWAYS),
                          .add_effects = sp_effects_of_comment},
    KIND(DROP_STMT) = {.tag = "DROP",
                       .object_type = "remove_type",
                       .refine = sp_refine_drop,
                       .traits = DEPENDENT(ALWAYS),
                       .add_effects = sp_effects_of_drop},
    /* Rows. */
    KIND(INSERT_STMT) = {.tag = "INSERT", .traits = DATA},
    KIND(UPDATE_STMT) = {.tag = "UPDATE", .traits = DATA},
    KIND(MERGE_STMT) = {.tag = "MERGE", .traits = DATA},
    KIND(DELETE_STMT) = {.tag = "DELETE", .traits = IMPERATIVE},
    KIND(TRUNCATE_STMT) = {.tag = "TRUNCATE TABLE",
                           .traits = IMPERATIVE,
                           .add_effects = sp_effects_of_truncate},
    KIND(SELECT_STMT) = {.tag = "SELECT", .traits = IMPERATIVE},
    KIND(COPY_STMT) = {.tag = "COPY",
                       .refine = sp_refine_copy,
                       .traits = IMPERATIVE,
                       .add_effects = sp_effects_of_copy},
    KIND(REFRESH_MAT_VIEW_STMT) = {.tag = "REFRESH MATERIALIZED VIEW",
                                   .traits = IMPERATIVE,
                                   .target = {"relation", SP_ACTION_WRITE, TYPE(MATVIEW)}},
    KIND(
        LOCK_STMT) = {.tag = "LOCK TABLE", .traits = IMPERATIVE, .add_effects = sp_effects_of_lock},
    /* Changes, which cannot be repeated. */
    KIND(ALTER_TABLE_STMT) = {.tag = "ALTER",
                              .object_type = "objtype",
                              .refine = sp_refine_alter_table,
                              .traits = IMPERATIVE,
                              .add_effects = sp_effects_of_alter_table},
    KIND(RENAME_STMT) = {.tag = "ALTER",
                         .object_type = "rename_type",
                         .traits = IMPERATIVE,
                         .add_effects = sp_effects_of_rename},
    KIND(ALTER_OBJECT_SCHEMA_STMT) = {.tag = "ALTER",
                                      .object_type = "object_type",
                                      .traits = IMPERATIVE,
                                      .add_effects = sp_effects_of_set_schema},
    KIND(ALTER_OWNER_STMT) = {.tag = "ALTER",
                              .object_type = "object_type",
                              .traits = IMPERATIVE,
                              .add_effects = sp_effects_of_owner},
    KIND(ALTER_OBJECT_DEPENDS_STMT) = {.tag = "ALTER",
                                       .object_type = "object_type",
                                       .traits = IMPERATIVE,
                                       .add_effects = sp_effects_of_depends},
    KIND(ALTER_DOMAIN_STMT) = {.tag = "ALTER DOMAIN",
                               .traits = IMPERATIVE,
                               .target = {"type_name", SP_ACTION_ALTER, TYPE(DOMAIN)}},
    KIND(ALTER_ENUM_STMT) = {.tag = "ALTER TYPE",
                             .traits = IMPERATIVE,
                             .target = {"type_name", SP_ACTION_ALTER, TYPE(TYPE)}},
    KIND(ALTER_TYPE_STMT) = {.tag = "ALTER TYPE",
                             .traits = IMPERATIVE,
                             .target = {"type_name", SP_ACTION_ALTER, TYPE(TYPE)}},
    KIND(ALTER_SEQ_STMT) = {.tag = "ALTER SEQUENCE",
                            .traits = IMPERATIVE,
                            .target = {"sequence", SP_ACTION_ALTER, TYPE(SEQUENCE)}},
    KIND(ALTER_FUNCTION_STMT) = {.tag = "ALTER",
                                 .object_type = "objtype",
                                 .traits = IMPERATIVE,
                                 .add_effects = sp_effects_of_alter_function},
    KIND(ALTER_POLICY_STMT) = {.tag = "ALTER POLICY",
                               .traits = IMPERATIVE,
                               .add_effects = sp_effects_of_alter_policy},
    KIND(ALTER_COLLATION_STMT) = {.tag = "ALTER COLLATION",
                                  .traits = IMPERATIVE,
                                  .target = {"collname", SP_ACTION_ALTER, TYPE(COLLATION)}},
    KIND(ALTER_STATS_STMT) = {.tag = "ALTER STATISTICS",
                              .traits = IMPERATIVE,
                              .target = {"defnames", SP_ACTION_ALTER, TYPE(STATISTIC_EXT)}},
    KIND(ALTER_OPERATOR_STMT) = {.tag = "ALTER OPERATOR",
                                 .traits = IMPERATIVE,
                                 .add_effects = sp_effects_of_alter_operator},
    KIND(ALTER_OP_FAMILY_STMT) = {.tag = "ALTER OPERATOR FAMILY",
                                  .traits = IMPERATIVE,
                                  .add_effects = sp_effects_of_alter_operator_family},
    KIND(ALTER_TSDICTIONARY_STMT) = {.tag = "ALTER TEXT SEARCH DICTIONARY",
                                     .traits = IMPERATIVE,
                                     .target = {"dictname", SP_ACTION_ALTER, TYPE(TSDICTIONARY)}},
    KIND(ALTER_TSCONFIGURATION_STMT) = {.tag = "ALTER TEXT SEARCH CONFIGURATION",
                                        .traits = IMPERATIVE,
                                        .target = {"cfgname", SP_ACTION_ALTER,
                                                   TYPE(TSCONFIGURATION)}},
    KIND(ALTER_FDW_STMT) = {.tag = "ALTER FOREIGN DATA WRAPPER",
                            .traits = IMPERATIVE,
                            .target = {"fdwname", SP_ACTION_ALTER, TYPE(FDW)}},
    KIND(ALTER_FOREIGN_SERVER_STMT) = {.tag = "ALTER SERVER",
                                       .traits = IMPERATIVE,
                                       .target = {"servername", SP_ACTION_ALTER,
                                                  TYPE(FOREIGN_SERVER)}},
    KIND(ALTER_USER_MAPPING_STMT) = {.tag = "ALTER USER MAPPING",
                                     .traits = IMPERATIVE,
                                     .add_effects = sp_effects_of_alter_user_mapping},
    KIND(DROP_USER_MAPPING_STMT) = {.tag = "DROP USER MAPPING",
                                    .traits = IMPERATIVE,
                                    .add_effects = sp_effects_of_drop_user_mapping},
    KIND(ALTER_EVENT_TRIG_STMT) = {.tag = "ALTER EVENT TRIGGER",
                                   .traits = IMPERATIVE,
                                   .target = {"trigname", SP_ACTION_ALTER, TYPE(EVENT_TRIGGER)}},
    KIND(ALTER_PUBLICATION_STMT) = {.tag = "ALTER PUBLICATION",
                                    .traits = IMPERATIVE,
                                    .target = {"pubname", SP_ACTION_ALTER, TYPE(PUBLICATION)}},
    KIND(ALTER_EXTENSION_STMT) = {.tag = "ALTER EXTENSION", .traits = IMPERATIVE},
    KIND(ALTER_EXTENSION_CONTENTS_STMT) = {.tag = "ALTER EXTENSION", .traits = IMPERATIVE},
    KIND(IMPORT_FOREIGN_SCHEMA_STMT) = {.tag = "IMPORT FOREIGN SCHEMA", .traits = IMPERATIVE},
    KIND(SEC_LABEL_STMT) = {.tag = "SECURITY LABEL",
                            .traits = IMPERATIVE,
                            .add_effects = sp_effects_of_label},
    KIND(GRANT_STMT) = {.tag = "REVOKE",
                        .flag = "is_grant",
                        .flag_tag = "GRANT",
                        .traits = IMPERATIVE,
                        .add_effects = sp_effects_of_grant},
    KIND(GRANT_ROLE_STMT) = {.tag = "REVOKE ROLE",
                             .flag = "is_grant",
                             .flag_tag = "GRANT ROLE",
                             .traits = IMPERATIVE},
    KIND(ALTER_DEFAULT_PRIVILEGES_STMT) = {.tag = "ALTER DEFAULT PRIVILEGES", .traits = IMPERATIVE},
    KIND(CLUSTER_STMT) = {.tag = "CLUSTER",
                          .refine = sp_refine_cluster,
                          .traits = IMPERATIVE,
                          .target = {"relation", SP_ACTION_ALTER, TYPE(TABLE)}},
    KIND(REINDEX_STMT) = {.tag = "REINDEX",
                          .refine = sp_refine_reindex,
                          .traits = IMPERATIVE,
                          .add_effects = sp_effects_of_reindex},
    KIND(VACUUM_STMT) = {.tag = "ANALYZE",
                         .flag = "is_vacuumcmd",
                         .flag_tag = "VACUUM",
                         .refine = sp_refine_vacuum,
                         .traits = IMPERATIVE},
    /* Opaque code, and what concerns the session. */
    KIND(DO_STMT) = {.tag = "DO", .traits = IMPERATIVE},
    KIND(CALL_STMT) = {.tag = "CALL", .traits = IMPERATIVE},
    KIND(EXPLAIN_STMT) = {.tag = "EXPLAIN",
                          .traits = IMPERATIVE,
                          .add_effects = sp_effects_of_explain},
    KIND(PREPARE_STMT) = {.tag = "PREPARE", .traits = IMPERATIVE},
    KIND(EXECUTE_STMT) = {.tag = "EXECUTE", .traits = IMPERATIVE},
    KIND(DEALLOCATE_STMT) = {.tag = "DEALLOCATE", .traits = IMPERATIVE},
    KIND(DECLARE_CURSOR_STMT) = {.tag = "DECLARE CURSOR", .traits = IMPERATIVE},
    KIND(FETCH_STMT) = {.tag = "FETCH", .flag = "ismove", .flag_tag = "MOVE", .traits = IMPERATIVE},
    KIND(CLOSE_PORTAL_STMT) = {.tag = "CLOSE CURSOR", .traits = IMPERATIVE},
    KIND(VARIABLE_SET_STMT) = {.tag = "SET", .traits = IMPERATIVE},
    KIND(VARIABLE_SHOW_STMT) = {.tag = "SHOW", .traits = IMPERATIVE},
    KIND(CONSTRAINTS_SET_STMT) = {.tag = "SET CONSTRAINTS", .traits = IMPERATIVE},
    KIND(TRANSACTION_STMT) = {.tag = "TRANSACTION",
                              .refine = sp_refine_transaction,
                              .traits = IMPERATIVE},
    KIND(DISCARD_STMT) = {.tag = "DISCARD", .refine = sp_refine_discard, .traits = IMPERATIVE},
    KIND(NOTIFY_STMT) = {.tag = "NOTIFY", .traits = IMPERATIVE},
    KIND(LISTEN_STMT) = {.tag = "LISTEN", .traits = IMPERATIVE},
    KIND(UNLISTEN_STMT) = {.tag = "UNLISTEN", .traits = IMPERATIVE},
    KIND(LOAD_STMT) = {.tag = "LOAD", .traits = IMPERATIVE},
    KIND(CHECK_POINT_STMT) = {.tag = "CHECKPOINT", .traits = IMPERATIVE},
    /* What reaches beyond the extension. */
    KIND(CREATE_ROLE_STMT) = {.tag = "CREATE ROLE", .traits = FOREIGN},
    KIND(ALTER_ROLE_STMT) = {.tag = "ALTER ROLE", .traits = FOREIGN},
    KIND(ALTER_ROLE_SET_STMT) = {.tag = "ALTER ROLE", .traits = FOREIGN},
    KIND(DROP_ROLE_STMT) = {.tag = "DROP ROLE", .traits = FOREIGN},
    KIND(CREATEDB_STMT) = {.tag = "CREATE DATABASE", .traits = FOREIGN},
    KIND(ALTER_DATABASE_STMT) = {.tag = "ALTER DATABASE", .traits = FOREIGN},
    KIND(ALTER_DATABASE_SET_STMT) = {.tag = "ALTER DATABASE", .traits = FOREIGN},
    KIND(ALTER_DATABASE_REFRESH_COLL_STMT) = {.tag = "ALTER DATABASE", .traits = FOREIGN},
    KIND(DROPDB_STMT) = {.tag = "DROP DATABASE", .traits = FOREIGN},
    KIND(CREATE_TABLE_SPACE_STMT) = {.tag = "CREATE TABLESPACE", .traits = FOREIGN},
    KIND(ALTER_TABLE_SPACE_OPTIONS_STMT) = {.tag = "ALTER TABLESPACE", .traits = FOREIGN},
    KIND(DROP_TABLE_SPACE_STMT) = {.tag = "DROP TABLESPACE", .traits = FOREIGN},
    KIND(ALTER_TABLE_MOVE_ALL_STMT) = {.tag = "ALTER TABLESPACE", .traits = FOREIGN},
    KIND(CREATE_SUBSCRIPTION_STMT) = {.tag = "CREATE SUBSCRIPTION", .traits = FOREIGN},
    KIND(ALTER_SUBSCRIPTION_STMT) = {.tag = "ALTER SUBSCRIPTION", .traits = FOREIGN},
    KIND(DROP_SUBSCRIPTION_STMT) = {.tag = "DROP SUBSCRIPTION", .traits = FOREIGN},
    KIND(ALTER_SYSTEM_STMT) = {.tag = "ALTER SYSTEM", .traits = FOREIGN},
    KIND(DROP_OWNED_STMT) = {.tag = "DROP OWNED", .traits = FOREIGN},
    KIND(REASSIGN_OWNED_STMT) = {.tag = "REASSIGN OWNED", .traits = FOREIGN},
};

const SpStatementKind *
sp_statement_kind_find(PgQuery__Node__NodeCase node_case)
{
    if ((gsize)node_case >= G_N_ELEMENTS(kinds) || kinds[node_case].tag == NULL)
        return NULL;
    return &kinds[node_case];
}

static const char *
tag_of_transaction(PgQuery__TransactionStmtKind kind)
{
    static const char *const tags[] = {
        [PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_BEGIN] = "BEGIN",
        [PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_START] = "START TRANSACTION",
        [PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT] = "COMMIT",
        [PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK] = "ROLLBACK",
        [PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_SAVEPOINT] = "SAVEPOINT",
        [PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_RELEASE] = "RELEASE",
        [PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK_TO] = "ROLLBACK TO SAVEPOINT",
        [PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_PREPARE] = "PREPARE TRANSACTION",
        [PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT_PREPARED] = "COMMIT PREPARED",
        [PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK_PREPARED] = "ROLLBACK PREPARED",
    };
    return tags[kind];
}

static gboolean
is_materialized_view(const PgQuery__Node *node)
{
    return node->node_case == PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT &&
           node->create_table_as_stmt->objtype == TYPE(MATVIEW);
}

static gboolean
is_reset(const PgQuery__Node *node)
{
    return node->node_case == PG_QUERY__NODE__NODE_VARIABLE_SET_STMT &&
           (node->variable_set_stmt->kind == PG_QUERY__VARIABLE_SET_KIND__VAR_RESET ||
            node->variable_set_stmt->kind == PG_QUERY__VARIABLE_SET_KIND__VAR_RESET_ALL);
}

char *
sp_statement_make_tag(const PgQuery__Node *node)
{
    const SpStatementKind *kind = sp_statement_kind_find(node->node_case);
    g_return_val_if_fail(kind != NULL, NULL);

    if (node->node_case == PG_QUERY__NODE__NODE_TRANSACTION_STMT)
        return g_strdup(tag_of_transaction(node->transaction_stmt->kind));
    if (is_reset(node))
        return g_strdup("RESET");
    if (is_materialized_view(node))
        return g_strdup("CREATE MATERIALIZED VIEW");
    if (node->node_case == PG_QUERY__NODE__NODE_SELECT_STMT && node->select_stmt->into_clause)
        return g_strdup("SELECT INTO");
    if (kind->flag != NULL && sp_node_get_flag(node, kind->flag))
        return g_strdup(kind->flag_tag);
    if (kind->object_type == NULL)
        return g_strdup(kind->tag);

    PgQuery__ObjectType type = (PgQuery__ObjectType)sp_node_get_number(node, kind->object_type);
    g_autofree char *word = g_ascii_strup(sp_names_word(type), -1);
    return g_strdup_printf("%s %s", kind->tag, word);
}

SpTraits
sp_statement_find_traits(const PgQuery__Node *node)
{
    const SpStatementKind *kind = sp_statement_kind_find(node->node_case);
    g_return_val_if_fail(kind != NULL, (SpTraits){0});

    SpTraits traits = kind->traits;
    if (kind->refine != NULL)
        kind->refine(node, &traits);
    return traits;
}
