/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/unread.h"

#include "base/error.h"
#include "edge/sql_parser.h"

#include <string.h>

typedef enum { FIRST, ANYWHERE, FIRST_WITH_ROLE } Where;

/* Words that keep a statement out: where it begins with them, or where it has them at all. */
typedef struct {
    const char *words;
    Where where;
    SpErrorCode code;
    const char *reason;
} Row;

#define TRANSACTION(words)                                                                        \
    {                                                                                             \
        words, FIRST, SP_ERROR_TRANSACTION_CONTROL,                                               \
            "The host begins and ends transactions, so that the record of what was done is part " \
            "of them."                                                                            \
    }
#define FOREIGN(words)                                                   \
    {                                                                    \
        words, FIRST, SP_ERROR_NOT_ALLOWED,                              \
            "It reaches beyond what one extension owns in one database." \
    }
#define LOCK(words)                                                                  \
    {                                                                                \
        words, ANYWHERE, SP_ERROR_NOT_ALLOWED,                                       \
            "It would end sessions, or release the lock that keeps other hosts out." \
    }
#define ROLE(words)                                                                  \
    {                                                                                \
        words, FIRST_WITH_ROLE, SP_ERROR_ROLE_SWITCH,                                \
            "All SQL of the extension runs under the extension's own database role." \
    }

static const Row rows[] = {
    TRANSACTION("abort"),
    TRANSACTION("begin"),
    TRANSACTION("commit"),
    TRANSACTION("end"),
    TRANSACTION("prepare transaction"),
    TRANSACTION("release"),
    TRANSACTION("rollback"),
    TRANSACTION("savepoint"),
    TRANSACTION("start"),
    FOREIGN("alter database"),
    FOREIGN("alter group"),
    FOREIGN("alter role"),
    FOREIGN("alter subscription"),
    FOREIGN("alter system"),
    FOREIGN("alter tablespace"),
    FOREIGN("alter user"),
    FOREIGN("create database"),
    FOREIGN("create group"),
    FOREIGN("create role"),
    FOREIGN("create subscription"),
    FOREIGN("create tablespace"),
    FOREIGN("create user"),
    FOREIGN("discard all"),
    FOREIGN("drop database"),
    FOREIGN("drop group"),
    FOREIGN("drop owned"),
    FOREIGN("drop role"),
    FOREIGN("drop subscription"),
    FOREIGN("drop tablespace"),
    FOREIGN("drop user"),
    FOREIGN("reassign owned"),
    LOCK("pg_advisory_unlock"),
    LOCK("pg_advisory_unlock_all"),
    LOCK("pg_cancel_backend"),
    LOCK("pg_terminate_backend"),
    ROLE("reset role"),
    ROLE("reset session"),
    ROLE("set local role"),
    ROLE("set local session authorization"),
    ROLE("set role"),
    ROLE("set session authorization"),
    ROLE("set session role"),
    ROLE("set session session authorization"),
};

/* Says of a text that does not parse what would let it in. */
static GError *
explain(const SpScriptText *text, GError *problem)
{
    gboolean is_migration = text->role == SP_SCRIPT_MIGRATION || text->role == SP_SCRIPT_DOWN;
    if (!is_migration || text->grammar > 0 || sp_error_hint(problem) != NULL)
        return problem;
    guint own = sp_sql_grammar_version();
    g_autofree char *hint = g_strdup_printf(
        "This host reads the grammar of PostgreSQL %u. If the text needs a newer one, say so at "
        "the "
        "top of the migration, as with \"-- @grammar: %u\", and set newer_grammar=yes in group "
        "[install].",
        own, own + 1);
    GError *explained =
        sp_error_new(SP_ERROR_SQL_SYNTAX, sp_error_detail(problem), hint, "%s", problem->message);
    sp_error_place(explained, sp_error_get_place(problem));
    g_error_free(problem);
    return explained;
}

static GError *
ask_consent(const SpScriptText *text, const GError *problem)
{
    g_autofree char *detail = g_strdup_printf(
        "The host reads the grammar of PostgreSQL %u, and the migration needs that of %u: %s. It "
        "would run without being read.",
        sp_sql_grammar_version(), text->grammar, problem->message);
    GError *error = sp_error_new(
        SP_ERROR_NEWER_GRAMMAR, detail,
        "If you trust it, set newer_grammar=yes in group [install] of the configuration.",
        "migration needs the grammar of PostgreSQL %u", text->grammar);
    sp_error_place(error, sp_error_get_place(problem));
    return error;
}

static GError *
tell_unread(const SpScriptText *text, const GError *problem)
{
    g_autofree char *detail = g_strdup_printf(
        "The host reads the grammar of PostgreSQL %u, and the migration needs that of %u. Whom its "
        "changes concern, the guard alone sees before the COMMIT.",
        sp_sql_grammar_version(), text->grammar);
    GError *error =
        sp_error_new(SP_ERROR_GRAMMAR_UNREAD, detail, NULL, "migration is not read before it runs");
    sp_error_place(error, sp_error_get_place(problem));
    return error;
}

GArray *
sp_unread_cut(const SpScriptText *text, const char *sql, GError *problem, SpFindings *findings)
{
    const SpPlace place = {.extension = text->extension, .source = text->source};
    g_autoptr(GError) reason = explain(text, problem);
    g_autoptr(GArray) spans = text->grammar > sp_sql_grammar_version() ? sp_sql_cut(sql) : NULL;
    sp_error_place(reason, &place);
    if (spans == NULL) {
        sp_findings_refuse(findings, g_steal_pointer(&reason));
        return NULL;
    }
    if (!text->takes_newer_grammar) {
        sp_findings_refuse(findings, ask_consent(text, reason));
        return NULL;
    }
    sp_findings_warn(findings, tell_unread(text, reason));
    return g_steal_pointer(&spans);
}

/* Whole words only: a space stands around each. */
static gboolean
applies(const Row *row, const SpScriptText *text, const char *words)
{
    g_autofree char *wanted = g_strdup_printf(" %s ", row->words);
    if (row->where == ANYWHERE)
        return strstr(words, wanted) != NULL;
    return g_str_has_prefix(words, wanted) && (row->where == FIRST || text->has_role);
}

static void
check_statement(const SpScriptText *text, const SpStatement *statement, SpFindings *findings)
{
    g_autofree char *words = sp_sql_words(statement->sql);
    g_autofree char *spaced = g_strdup_printf(" %s ", words);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (!applies(&rows[i], text, spaced))
            continue;
        GError *error = sp_error_new(rows[i].code, rows[i].reason, "Remove it.",
                                     "\"%s\" is not allowed in a migration", rows[i].words);
        const SpPlace place = {.extension = text->extension,
                               .source = text->source,
                               .line = statement->line,
                               .column = statement->column};
        sp_error_place(error, &place);
        sp_findings_refuse(findings, error);
        return;
    }
}

void
sp_unread_check(const SpScriptText *text, const GPtrArray *statements, SpFindings *findings)
{
    for (guint i = 0; i < statements->len; i++)
        check_statement(text, g_ptr_array_index(statements, i), findings);
}
