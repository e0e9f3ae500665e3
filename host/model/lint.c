/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/lint.h"

#include "base/error.h"
#include "model/kind.h"
#include "model/node.h"

static GError *
placed(const SpLint *lint, gsize offset, GError *error)
{
    SpPlace place = {.extension = lint->extension, .source = lint->source};
    sp_lines_locate(lint->lines, offset, &place.line, &place.column);
    sp_error_place(error, &place);
    return error;
}

/* @error: (transfer full). Always FALSE, to be returned. */
static gboolean
refuse(const SpLint *lint, gsize offset, GError *error)
{
    sp_findings_refuse(lint->findings, placed(lint, offset, error));
    return FALSE;
}

static gboolean
check_transaction_control(const SpLint *lint, const SpStatement *statement, const SpTraits *traits)
{
    if (statement->node->node_case != PG_QUERY__NODE__NODE_TRANSACTION_STMT || traits->roles == 0)
        return TRUE;
    return refuse(lint, statement->offset,
                  sp_error_new(SP_ERROR_TRANSACTION_CONTROL,
                               "The host begins and ends transactions, so that the record of what "
                               "was done is part of them.",
                               "Remove it. Only a transactional migration may be wrapped, as a "
                               "whole, in one plain BEGIN and COMMIT.",
                               "transaction control \"%s\" is not allowed", statement->tag));
}

/* Objects that belong to all databases, or to no extension of this one. */
static gboolean
is_beyond(const SpObject *object)
{
    return object->class == SP_OBJECT_ROLE || object->class == SP_OBJECT_DATABASE ||
           object->class == SP_OBJECT_TABLESPACE;
}

static gboolean
check_reach(const SpLint *lint, const SpStatement *statement, const SpTraits *traits)
{
    const char *reason = traits->roles == 0 ? traits->reason : NULL;

    for (guint i = 0; i < statement->effects->len && reason == NULL; i++) {
        const SpEffect *effect = g_ptr_array_index(statement->effects, i);
        if (is_beyond(effect->object))
            reason = "It reaches beyond what one extension owns in one database.";
    }
    if (reason == NULL)
        return TRUE;
    return refuse(lint, statement->offset,
                  sp_error_new(SP_ERROR_NOT_ALLOWED, reason, traits->hint,
                               "statement \"%s\" is not allowed in an extension", statement->tag));
}

/* What takes the host's lock away, or ends sessions of others. */
static const char *
find_dangerous_call(const PgQuery__FuncCall *call)
{
    static const char *const names[] = {"pg_advisory_unlock", "pg_advisory_unlock_all",
                                        "pg_terminate_backend", "pg_cancel_backend", NULL};
    const char *name = sp_node_get_string(call->funcname[call->n_funcname - 1]);

    if (call->n_funcname > 1 && g_strcmp0(sp_node_get_string(call->funcname[0]), "pg_catalog") != 0)
        return NULL;
    return name != NULL && g_strv_contains(names, name) ? name : NULL;
}

static gboolean
check_calls(const SpLint *lint, const SpStatement *statement, const GPtrArray *messages)
{
    for (guint i = 0; i < messages->len; i++) {
        const ProtobufCMessage *message = g_ptr_array_index(messages, i);
        if (message->descriptor != &pg_query__func_call__descriptor)
            continue;
        const PgQuery__FuncCall *call = (const PgQuery__FuncCall *)message;
        const char *name = find_dangerous_call(call);
        if (name == NULL)
            continue;
        return refuse(lint, call->location > 0 ? (gsize)call->location : statement->offset,
                      sp_error_new(SP_ERROR_NOT_ALLOWED,
                                   "It would end sessions, or release the lock that keeps other "
                                   "hosts out.",
                                   NULL, "function \"%s\" is not allowed in an extension", name));
    }
    return TRUE;
}

static gboolean
names_role(const char *setting)
{
    return setting != NULL && (g_ascii_strcasecmp(setting, "role") == 0 ||
                               g_ascii_strcasecmp(setting, "session_authorization") == 0);
}

/* SET, RESET, also as a clause of a function, and set_config(). */
static gboolean
switches_role(const ProtobufCMessage *message)
{
    if (message->descriptor == &pg_query__variable_set_stmt__descriptor)
        return names_role(((const PgQuery__VariableSetStmt *)message)->name);
    if (message->descriptor != &pg_query__func_call__descriptor)
        return FALSE;
    const PgQuery__FuncCall *call = (const PgQuery__FuncCall *)message;
    const char *name = sp_node_get_string(call->funcname[call->n_funcname - 1]);
    if (g_strcmp0(name, "set_config") != 0 || call->n_args == 0 ||
        call->args[0]->node_case != PG_QUERY__NODE__NODE_A_CONST)
        return FALSE;
    const PgQuery__AConst *setting = call->args[0]->a_const;
    return setting->val_case == PG_QUERY__A__CONST__VAL_SVAL && names_role(setting->sval->sval);
}

static gboolean
check_role_switch(const SpLint *lint, const SpStatement *statement, const GPtrArray *messages)
{
    for (guint i = 0; lint->has_role && i < messages->len; i++)
        if (switches_role(g_ptr_array_index(messages, i)))
            return refuse(lint, statement->offset,
                          sp_error_new(SP_ERROR_ROLE_SWITCH,
                                       "All SQL of the extension runs under the extension's own "
                                       "database role.",
                                       "Remove it.", "statement \"%s\" switches to another role",
                                       statement->tag));
    return TRUE;
}

static gboolean
check_role(const SpLint *lint, const SpStatement *statement, const SpTraits *traits)
{
    if ((traits->roles & (1u << lint->role)) != 0)
        return TRUE;
    if (lint->role == SP_SCRIPT_SEED)
        return refuse(lint, statement->offset,
                      sp_error_new(SP_ERROR_SEED_STATEMENT,
                                   "A seed holds only INSERT with ON CONFLICT, UPDATE and MERGE.",
                                   NULL, "statement \"%s\" cannot stand in a seed",
                                   statement->tag));
    if (lint->role == SP_SCRIPT_RETIRE)
        return refuse(lint, statement->offset,
                      sp_error_new(SP_ERROR_NOT_ALLOWED,
                                   "A retirement holds only DROP TRIGGER, FUNCTION, PROCEDURE and "
                                   "VIEW, each with IF EXISTS and without CASCADE.",
                                   "Move anything else into a migration.",
                                   "statement \"%s\" cannot stand in a retirement",
                                   statement->tag));

    gboolean is_data = (traits->roles & (1u << SP_SCRIPT_SEED)) != 0;
    const char *hint =
        is_data ? "Move it into a seed or a migration." : "Move it into a migration.";
    return refuse(lint, statement->offset,
                  sp_error_new(SP_ERROR_NOT_DECLARATIVE,
                               "A schema runs at every start: it says what must be there, not how "
                               "to change what is.",
                               traits->hint != NULL ? traits->hint : hint,
                               "statement \"%s\" cannot stand in a schema", statement->tag));
}

static gboolean
check_transaction(const SpLint *lint, const SpStatement *statement, const SpTraits *traits)
{
    if (!traits->needs_no_transaction || !lint->is_transactional)
        return TRUE;
    return refuse(lint, statement->offset,
                  sp_error_new(SP_ERROR_NO_TRANSACTION_NEEDED,
                               "PostgreSQL refuses it in a transaction block, and the migration "
                               "runs in one.",
                               "Put \"-- @no-transaction\" at the top of the file, or set "
                               "SP_MIGRATION_NO_TRANSACTION.",
                               "statement \"%s\" cannot run in a transaction", statement->tag));
}

static gsize
offset_of(const PgQuery__RangeVar *relation, const SpStatement *statement)
{
    return relation->location > 0 ? (gsize)relation->location : statement->offset;
}

static gboolean
check_seed_message(const SpLint *lint, const SpStatement *statement,
                   const ProtobufCMessage *message)
{
    if (message->descriptor == &pg_query__delete_stmt__descriptor) {
        const PgQuery__RangeVar *relation = ((const PgQuery__DeleteStmt *)message)->relation;
        return refuse(lint, offset_of(relation, statement),
                      sp_error_new(SP_ERROR_SEED_STATEMENT,
                                   "A seed holds only INSERT with ON CONFLICT, UPDATE and MERGE.",
                                   NULL, "statement \"DELETE\" cannot stand in a seed"));
    }
    if (message->descriptor != &pg_query__insert_stmt__descriptor)
        return TRUE;

    const PgQuery__InsertStmt *insert = (const PgQuery__InsertStmt *)message;
    if (insert->on_conflict_clause != NULL)
        return TRUE;
    gboolean is_whole = message == sp_node_get_message(statement->node);
    return refuse(lint, is_whole ? statement->offset : offset_of(insert->relation, statement),
                  sp_error_new(SP_ERROR_SEED_NOT_IDEMPOTENT,
                               "A seed runs at every start: the next one would insert the rows "
                               "again, or fail.",
                               "Add ON CONFLICT ... DO NOTHING or DO UPDATE.",
                               "INSERT into \"%s\" has no ON CONFLICT", insert->relation->relname));
}

static gboolean
check_seed(const SpLint *lint, const SpStatement *statement, const GPtrArray *messages)
{
    for (guint i = 0; lint->role == SP_SCRIPT_SEED && i < messages->len; i++)
        if (!check_seed_message(lint, statement, g_ptr_array_index(messages, i)))
            return FALSE;
    return TRUE;
}

static gboolean
is_accepted(const SpLint *lint, const SpStatement *statement, const SpTraits *traits,
            const GPtrArray *messages)
{
    return check_transaction_control(lint, statement, traits) &&
           check_reach(lint, statement, traits) && check_calls(lint, statement, messages) &&
           check_role_switch(lint, statement, messages) && check_role(lint, statement, traits) &&
           check_transaction(lint, statement, traits) && check_seed(lint, statement, messages);
}

GHashTable *
sp_lint_dropped_new(void)
{
    return g_hash_table_new_full(sp_object_hash, sp_object_equal, (GDestroyNotify)sp_object_free,
                                 NULL);
}

/* Whether the script drops @object before; DROP FUNCTION f stands for f with any arguments. What is
 * created again is there again. */
static gboolean
was_dropped(const SpLint *lint, const SpObject *object)
{
    SpObject any = *object;
    any.arguments = NULL;
    return g_hash_table_remove(lint->dropped, object) ||
           (object->class == SP_OBJECT_ROUTINE && g_hash_table_remove(lint->dropped, &any));
}

static const SpEffect *
find_creation(const SpLint *lint, const SpStatement *statement)
{
    const SpEffect *creation = NULL;

    for (guint i = 0; i < statement->effects->len; i++) {
        const SpEffect *effect = g_ptr_array_index(statement->effects, i);
        if (effect->action == SP_ACTION_DROP)
            g_hash_table_add(lint->dropped, sp_object_copy(effect->object));
        if (effect->action == SP_ACTION_CREATE && creation == NULL)
            creation = effect;
    }
    return creation;
}

static void
refuse_repeat(const SpLint *lint, const SpStatement *statement, const SpObject *object)
{
    g_autofree char *name = sp_object_describe(object);
    refuse(lint, statement->offset,
           sp_error_new(SP_ERROR_NOT_REPEATABLE,
                        "A schema runs at every start, and the second time the object is there.",
                        "Write CREATE OR REPLACE, or DROP ... IF EXISTS before it.",
                        "%s \"%s\" is created without OR REPLACE", object->word, name));
}

static void
warn_repeat(const SpLint *lint, const SpStatement *statement, const SpObject *object)
{
    g_autofree char *name = sp_object_describe(object);
    GError *error = sp_error_new(
        SP_ERROR_NOT_REPEATABLE,
        "A schema runs at every start; the host looks whether the object is there, and skips it.",
        "Add IF NOT EXISTS.", "%s \"%s\" is created without IF NOT EXISTS", object->word, name);
    sp_findings_warn(lint->findings, placed(lint, statement->offset, error));
}

static const SpObject *
check_repeat(const SpLint *lint, const SpStatement *statement, SpRepeat repeat)
{
    const SpEffect *creation = find_creation(lint, statement);

    if (statement->node->node_case == PG_QUERY__NODE__NODE_INDEX_STMT && creation == NULL) {
        refuse(lint, statement->offset,
               sp_error_new(SP_ERROR_NOT_REPEATABLE,
                            "A schema runs at every start, and each would make one more index.",
                            "Name it, and add IF NOT EXISTS.", "index on \"%s\" has no name",
                            statement->node->index_stmt->relation->relname));
        return NULL;
    }
    if (creation == NULL || was_dropped(lint, creation->object) || creation->is_temporary ||
        repeat == SP_REPEAT_ALWAYS)
        return NULL;
    if (repeat == SP_REPEAT_OR_REPLACE && !creation->is_optional)
        refuse_repeat(lint, statement, creation->object);
    /* OR REPLACE has to run: it may say something new. */
    if (repeat == SP_REPEAT_OR_REPLACE || (repeat == SP_REPEAT_LOOKUP && creation->is_optional))
        return NULL;
    /* Also with IF NOT EXISTS: to say that something is there, PostgreSQL would take locks on it
     * and ask for rights. */
    if (repeat == SP_REPEAT_IF_NOT_EXISTS && !creation->is_optional)
        warn_repeat(lint, statement, creation->object);
    return creation->object;
}

const SpObject *
sp_lint_check(const SpLint *lint, const SpStatement *statement, const GPtrArray *messages)
{
    g_return_val_if_fail(lint != NULL && statement != NULL, NULL);

    SpTraits traits = sp_statement_find_traits(statement->node);
    if (!is_accepted(lint, statement, &traits, messages) || lint->role != SP_SCRIPT_SCHEMA)
        return NULL;
    return check_repeat(lint, statement, traits.repeat);
}
