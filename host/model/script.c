/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/script.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/lines.h"
#include "edge/sql_parser.h"
#include "model/kind.h"
#include "model/lint.h"
#include "model/node.h"
#include "model/search_path.h"
#include "model/unread.h"

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

/* About what the facts of one statement take, so that most scripts need one block. */
#define FACTS_SIZE 384

struct SpScript {
    SpScriptRole role;
    gboolean is_read;
    SpArena *arena; /* of all below */
    const char *source;
    char *text; /* cut into statements: a NUL stands behind each */
    SpLines *lines;
    SpParseTree *tree;     /* (nullable): unless it is kept, only while the script is made */
    GPtrArray *statements; /* (element-type SpStatement) */
};

static void
statement_clear(gpointer pointer)
{
    SpStatement *statement = pointer;
    g_ptr_array_unref((GPtrArray *)statement->effects);
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

static void
read_facts(const SpScript *script, SpStatement *statement, const GPtrArray *messages,
           const char *default_namespace)
{
    const PgQuery__Node *node = statement->node;
    statement->effects =
        sp_effects_new(node, messages, default_namespace, statement->offset, script->arena);
    statement->facts = sp_facts_read(node, messages);
    statement->index = sp_index_facts_read(node, script->arena);
    statement->columns = sp_mentions_read(node, statement->effects, script->arena);
    if (script->role != SP_SCRIPT_SCHEMA)
        return;
    statement->calls = sp_facts_read_calls(messages, script->arena);
    statement->types = sp_facts_read_types(messages, script->arena);
    statement->keys = sp_foreign_keys_read(node, default_namespace, script->arena);
}

static SpStatement *
cut(const SpScript *script, gsize start, gsize length)
{
    SpStatement *statement = sp_arena_alloc(script->arena, sizeof *statement);

    /* what follows is a semicolon, space, a comment or the end of the text */
    script->text[start + length] = '\0';
    *statement = (SpStatement){
        .sql = script->text + start,
        .source = script->source,
        .offset = (guint)start,
    };
    sp_lines_locate(script->lines, start, &statement->line, &statement->column);
    g_ptr_array_add(script->statements, statement);
    return statement;
}

static SpStatement *
cut_parsed(const SpScript *script, guint index)
{
    gsize start, length;
    const PgQuery__Node *node = sp_parse_tree_get(script->tree, index, &start, &length);
    SpStatement *statement = cut(script, start, length);
    g_autofree char *tag = sp_statement_make_tag(node);

    statement->tag = sp_arena_text(script->arena, tag);
    statement->phase = phase_of(script->role, node);
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
    g_autoptr(GPtrArray) messages = g_ptr_array_new();

    for (guint i = wrapped; i < end; i++) {
        SpStatement *statement = cut_parsed(script, i);
        sp_node_walk_into(statement->node, messages);
        read_facts(script, statement, messages, default_namespace);
        statement->guard = sp_lint_check(lint, statement, messages);
        sp_search_path_follow(statement->node, &default_namespace);
    }
}

static void
forget_tree(SpScript *script)
{
    for (guint i = 0; i < script->statements->len; i++)
        ((SpStatement *)g_ptr_array_index(script->statements, i))->node = NULL;
    g_clear_pointer(&script->tree, sp_parse_tree_free);
}

static const char *
skip_byte_order_mark(const char *sql)
{
    return g_str_has_prefix(sql, BYTE_ORDER_MARK) ? sql + strlen(BYTE_ORDER_MARK) : sql;
}

/* @n: how many statements it will have */
static SpScript *
script_alloc(SpScriptRole role, const char *source, const char *sql, guint n)
{
    SpScript *script = g_new0(SpScript, 1);
    script->role = role;
    script->arena = sp_arena_new(strlen(sql) + n * FACTS_SIZE);
    script->source = sp_arena_text(script->arena, source);
    script->text = sp_arena_text(script->arena, sql);
    script->lines = sp_lines_new(script->text);
    script->statements = g_ptr_array_new_full(n, statement_clear);
    return script;
}

static SpScript *
cut_unread(SpScriptRole role, const char *source, const char *sql, const GArray *spans)
{
    SpScript *script = script_alloc(role, source, sql, spans->len);
    for (guint i = 0; i < spans->len; i++) {
        const SpSqlSpan *span = &g_array_index(spans, SpSqlSpan, i);
        SpStatement *statement = cut(script, span->start, span->length);
        statement->phase = phase_of(role, NULL);
        statement->effects = g_ptr_array_new();
    }
    return script;
}

SpScript *
sp_script_new_unread(const char *source, const char *sql)
{
    const char *text = skip_byte_order_mark(sql);
    g_autoptr(GArray) spans = sp_sql_split(text);
    return spans != NULL ? cut_unread(SP_SCRIPT_SEED, source, text, spans) : NULL;
}

/* @sql: without byte order mark. @problem: (transfer full): why it does not parse */
static SpScript *
take_unread(const SpScriptText *text, const char *sql, GError *problem, SpFindings *findings)
{
    g_autoptr(GArray) spans = sp_unread_cut(text, sql, problem, findings);
    if (spans == NULL)
        return NULL;
    SpScript *script = cut_unread(text->role, text->source, sql, spans);
    sp_unread_check(text, script->statements, findings);
    return script;
}

SpScript *
sp_script_new(const SpScriptText *text, SpFindings *findings)
{
    g_return_val_if_fail(text != NULL && findings != NULL, NULL);
    g_return_val_if_fail(text->extension != NULL && text->sql != NULL, NULL);

    const char *sql = skip_byte_order_mark(text->sql);
    GError *problem = NULL;
    SpParseTree *tree = sp_parse_tree_new(sql, &problem);
    if (tree == NULL)
        return take_unread(text, sql, problem, findings);

    SpScript *script = script_alloc(text->role, text->source, sql, sp_parse_tree_get_n(tree));
    script->is_read = TRUE;
    script->tree = tree;
    g_autoptr(GHashTable) dropped = sp_lint_dropped_new();
    SpLint lint = {
        .role = text->role,
        .extension = text->extension,
        .source = text->source,
        .lines = script->lines,
        .is_transactional = text->is_transactional,
        .has_role = text->has_role,
        .findings = findings,
        .dropped = dropped,
    };
    cut_all(script, &lint);
    if (!text->keeps_tree)
        forget_tree(script);
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
    sp_arena_free(script->arena);
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

gboolean
sp_script_is_read(const SpScript *script)
{
    g_return_val_if_fail(script != NULL, FALSE);
    return script->is_read;
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
