/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/script.h"

#include "base/error.h"
#include "base/lines.h"
#include "edge/sql_parser.h"
#include "model/kind.h"
#include "model/lint.h"
#include "model/search_path.h"

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

struct SpScript {
    SpScriptRole role;
    char *source;
    char *text;
    SpLines *lines;
    SpParseTree *tree;
    GPtrArray *statements; /* (element-type SpStatement) */
};

static void
statement_free(gpointer pointer)
{
    SpStatement *statement = pointer;
    g_free((char *)statement->sql);
    g_free((char *)statement->tag);
    g_ptr_array_unref((GPtrArray *)statement->effects);
    g_free(statement);
}

static SpPhase
phase_of(SpScriptRole role, const PgQuery__Node *node)
{
    static const SpPhase phases[SP_N_SCRIPT_ROLES] = {
        [SP_SCRIPT_MIGRATION] = SP_PHASE_MIGRATIONS,
        [SP_SCRIPT_DOWN] = SP_PHASE_MIGRATIONS,
        [SP_SCRIPT_SEED] = SP_PHASE_SEEDS,
        [SP_SCRIPT_RETIRE] = SP_PHASE_RETIREMENTS,
    };
    return role == SP_SCRIPT_SCHEMA ? sp_statement_find_traits(node).phase : phases[role];
}

static SpStatement *
cut(const SpScript *script, guint index, const char *default_namespace)
{
    gsize start, length;
    const PgQuery__Node *node = sp_parse_tree_get(script->tree, index, &start, &length);
    SpStatement *statement = g_new0(SpStatement, 1);

    statement->sql = g_strndup(script->text + start, length);
    statement->source = script->source;
    statement->offset = (guint)start;
    sp_lines_locate(script->lines, start, &statement->line, &statement->column);
    statement->tag = sp_statement_make_tag(node);
    statement->phase = phase_of(script->role, node);
    statement->effects = sp_effects_new(node, default_namespace, statement->offset);
    statement->node = node;
    return statement;
}

static const PgQuery__TransactionStmt *
transaction_at(const SpParseTree *tree, guint index)
{
    gsize start, length;
    const PgQuery__Node *node = sp_parse_tree_get(tree, index, &start, &length);
    return node->node_case == PG_QUERY__NODE__NODE_TRANSACTION_STMT ? node->transaction_stmt : NULL;
}

/* A BEGIN with options is not one that the host's own could stand for. */
static gboolean
is_wrapped(const SpScript *script, gboolean is_transactional)
{
    guint n = sp_parse_tree_get_n(script->tree);
    gboolean is_migration = script->role == SP_SCRIPT_MIGRATION || script->role == SP_SCRIPT_DOWN;
    if (!is_migration || !is_transactional || n < 2)
        return FALSE;

    const PgQuery__TransactionStmt *begin = transaction_at(script->tree, 0);
    const PgQuery__TransactionStmt *commit = transaction_at(script->tree, n - 1);
    return begin != NULL && begin->n_options == 0 &&
           (begin->kind == PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_BEGIN ||
            begin->kind == PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_START) &&
           commit != NULL && !commit->chain &&
           commit->kind == PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT;
}

static void
cut_all(SpScript *script, const SpLint *lint)
{
    guint wrapped = is_wrapped(script, lint->is_transactional) ? 1 : 0;
    guint end = sp_parse_tree_get_n(script->tree) - wrapped;
    g_autofree char *default_namespace = g_strdup("public");

    for (guint i = wrapped; i < end; i++) {
        SpStatement *statement = cut(script, i, default_namespace);
        g_ptr_array_add(script->statements, statement);
        statement->guard = sp_lint_check(lint, statement);
        sp_search_path_follow(statement->node, &default_namespace);
    }
}

static SpParseTree *
parse(const char *text, const char *extension, const char *source, SpFindings *findings)
{
    GError *error = NULL;
    SpParseTree *tree = sp_parse_tree_new(text, &error);

    if (tree == NULL) {
        SpPlace place = {.extension = extension, .source = source};
        sp_error_place(error, &place);
        sp_findings_refuse(findings, error);
    }
    return tree;
}

static const char *
skip_byte_order_mark(const char *sql)
{
    return g_str_has_prefix(sql, BYTE_ORDER_MARK) ? sql + strlen(BYTE_ORDER_MARK) : sql;
}

/* @text: (transfer full) */
static SpScript *
script_alloc(SpScriptRole role, const char *source, char *text)
{
    SpScript *script = g_new0(SpScript, 1);
    script->role = role;
    script->source = g_strdup(source);
    script->text = text;
    script->lines = sp_lines_new(script->text);
    script->statements = g_ptr_array_new_with_free_func(statement_free);
    return script;
}

SpScript *
sp_script_new_unread(const char *source, const char *sql)
{
    const char *text = skip_byte_order_mark(sql);
    g_autoptr(GArray) spans = sp_sql_split(text);
    if (spans == NULL)
        return NULL;
    SpScript *script = script_alloc(SP_SCRIPT_SEED, source, g_strdup(text));
    for (guint i = 0; i < spans->len; i++) {
        const SpSqlSpan *span = &g_array_index(spans, SpSqlSpan, i);
        SpStatement *statement = g_new0(SpStatement, 1);
        statement->sql = g_strndup(script->text + span->start, span->length);
        statement->source = script->source;
        statement->offset = (guint)span->start;
        sp_lines_locate(script->lines, span->start, &statement->line, &statement->column);
        statement->phase = SP_PHASE_SEEDS;
        statement->effects = g_ptr_array_new();
        g_ptr_array_add(script->statements, statement);
    }
    return script;
}

SpScript *
sp_script_new(SpScriptRole role, const char *extension, const char *source, const char *sql,
              gboolean is_transactional, SpFindings *findings)
{
    g_return_val_if_fail(extension != NULL && sql != NULL && findings != NULL, NULL);

    const char *text = skip_byte_order_mark(sql);
    SpParseTree *tree = parse(text, extension, source, findings);
    if (tree == NULL)
        return NULL;

    SpScript *script = script_alloc(role, source, g_strdup(text));
    script->tree = tree;

    g_autoptr(GHashTable) dropped = sp_lint_dropped_new();
    SpLint lint = {
        .role = role,
        .extension = extension,
        .source = source,
        .lines = script->lines,
        .is_transactional = is_transactional,
        .findings = findings,
        .dropped = dropped,
    };
    cut_all(script, &lint);
    return script;
}

void
sp_script_free(SpScript *script)
{
    if (script == NULL)
        return;
    g_ptr_array_unref(script->statements);
    sp_parse_tree_free(script->tree);
    sp_lines_free(script->lines);
    g_free(script->text);
    g_free(script->source);
    g_free(script);
}

char *
sp_statements_digest(const GPtrArray *statements, guint n)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    for (guint i = 0; i < n; i++) {
        const SpStatement *statement = g_ptr_array_index(statements, i);
        /* The terminator goes in, so that no two lists of statements read the same. */
        g_checksum_update(checksum, (const guchar *)statement->sql,
                          (gssize)strlen(statement->sql) + 1);
    }
    return g_strdup(g_checksum_get_string(checksum));
}

SpScriptRole
sp_script_get_role(const SpScript *script)
{
    g_return_val_if_fail(script != NULL, SP_SCRIPT_SCHEMA);
    return script->role;
}

const char *
sp_script_get_source(const SpScript *script)
{
    g_return_val_if_fail(script != NULL, NULL);
    return script->source;
}

const GPtrArray *
sp_script_get_statements(const SpScript *script)
{
    g_return_val_if_fail(script != NULL, NULL);
    return script->statements;
}

void
sp_script_locate(const SpScript *script, guint offset, guint *out_line, guint *out_column)
{
    g_return_if_fail(script != NULL);
    sp_lines_locate(script->lines, offset, out_line, out_column);
}
