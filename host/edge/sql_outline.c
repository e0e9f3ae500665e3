/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/sql_outline.h"

#include "edge/sql_nesting.h"

#include <string.h>

#define OPERATORS "+-*/<>=~!@#%^&|`?"
#define MAX_LEVELS (SP_SQL_NESTING_UNITS / SP_SQL_NESTING_BRACKET + 1)

/* Units are those of sql_nesting.c, and never fewer: a name that reads like a word of the grammar
 * counts as one, a CASE lasts until its bracket closes, and only a comma ends a chain. */
typedef struct {
    guint chain;    /* units that the next comma gives back */
    guint combined; /* units that only its end gives back */
} Level;

typedef struct {
    const char *sql;
    Level levels[MAX_LEVELS + 1]; /* the first is the statement itself */
    guint depth;
    guint units;
    SpSqlSpan span; /* empty until its first token */
    GArray *spans;
} Outline;

static const struct {
    const char *word;
    guint units;
    gboolean combines;
} words[] = {
    {"case", SP_SQL_NESTING_BRACKET, TRUE},
    {"between", SP_SQL_NESTING_BRACKET, TRUE},
    {"union", 1, TRUE},
    {"except", 1, TRUE},
    {"intersect", 1, TRUE},
    {"join", 1, TRUE},
    {"operator", 1, FALSE},
    {"not", 1, FALSE},
    {"is", 1, FALSE},
    {"isnull", 1, FALSE},
    {"notnull", 1, FALSE},
    {"collate", 1, FALSE},
    {"at", 1, FALSE},
    {"in", 1, FALSE},
    {"like", 1, FALSE},
    {"ilike", 1, FALSE},
    {"similar", 1, FALSE},
    {"escape", 1, FALSE},
};

#define LONGEST_WORD (sizeof "intersect" - 1)

static gboolean
begins_word(char byte)
{
    return g_ascii_isalpha(byte) || byte == '_' || (guchar)byte >= 0x80;
}

static gboolean
continues_word(char byte)
{
    return begins_word(byte) || g_ascii_isdigit(byte) || byte == '$';
}

static Level *
innermost(Outline *outline)
{
    return &outline->levels[outline->depth];
}

static void
grow(Outline *outline, guint units, gboolean combines)
{
    guint *kept = combines ? &innermost(outline)->combined : &innermost(outline)->chain;
    *kept += units;
    outline->units += units;
}

static void
open_level(Outline *outline)
{
    outline->levels[++outline->depth] = (Level){0, 0};
    grow(outline, SP_SQL_NESTING_BRACKET, TRUE);
}

static void
close_level(Outline *outline)
{
    if (outline->depth == 0)
        return;
    outline->units -= innermost(outline)->chain + innermost(outline)->combined;
    outline->depth--;
}

static void
end_chain(Outline *outline)
{
    outline->units -= innermost(outline)->chain;
    innermost(outline)->chain = 0;
}

static void
end_span(Outline *outline)
{
    end_chain(outline);
    if (outline->depth == 0) {
        outline->units -= innermost(outline)->combined;
        innermost(outline)->combined = 0;
    }
    if (outline->span.length > 0)
        g_array_append_val(outline->spans, outline->span);
    outline->span.length = 0;
}

/* Returns: (nullable): what follows the quotes. Doubled ones inside read as two strings. */
static const char *
skip_quoted(const char *at)
{
    const char *end = strchr(at + 1, *at);
    /* in some kinds of string, a backslash hides the quote after it */
    if (end == NULL || (*at == '\'' && memchr(at, '\\', (gsize)(end - at)) != NULL))
        return NULL;
    return end + 1;
}

/* Returns: (nullable): what follows a dollar-quoted text, or a dollar that begins none */
static const char *
skip_dollar(const char *at)
{
    const char *tag_end = at + 1;
    if (begins_word(*tag_end))
        while (continues_word(*tag_end) && *tag_end != '$')
            tag_end++;
    if (*tag_end != '$')
        return at + 1;
    gsize length = (gsize)(tag_end + 1 - at);
    g_autofree char *tag = g_strndup(at, length);
    const char *end = strstr(tag_end + 1, tag);
    return end == NULL ? NULL : end + length;
}

static const char *
skip_word(Outline *outline, const char *at)
{
    const char *end = at + 1;
    while (continues_word(*end))
        end++;
    gsize length = (gsize)(end - at);
    char first = g_ascii_tolower(*at);
    for (guint i = 0; length <= LONGEST_WORD && i < G_N_ELEMENTS(words); i++) {
        const char *word = words[i].word;
        if (first == *word && strlen(word) == length && g_ascii_strncasecmp(at, word, length) == 0)
            grow(outline, words[i].units, words[i].combines);
    }
    return end;
}

/* A dollar right after a number begins something new. */
static const char *
skip_number(const char *at)
{
    while (g_ascii_isalnum(*at) || *at == '_')
        at++;
    return at;
}

static const char *
skip_mark(Outline *outline, const char *at)
{
    if (*at == '(' || *at == '[')
        open_level(outline);
    else if (*at == ')' || *at == ']')
        close_level(outline);
    else if (*at == ',')
        end_chain(outline);
    else if (strchr(OPERATORS, *at) != NULL || (at[0] == ':' && at[1] == ':'))
        grow(outline, 1, FALSE);
    return at + 1;
}

/* Returns: (nullable) */
static const char *
skip_token(Outline *outline, const char *at)
{
    if (*at == '\'' || *at == '"')
        return skip_quoted(at);
    if (*at == '$')
        return skip_dollar(at);
    if (begins_word(*at))
        return skip_word(outline, at);
    if (g_ascii_isdigit(*at))
        return skip_number(at);
    return skip_mark(outline, at);
}

/* Returns: (nullable): what follows the comment; they nest */
static const char *
skip_block_comment(const char *at)
{
    guint depth = 0;
    do {
        gboolean opens = at[0] == '/' && at[1] == '*';
        gboolean closes = at[0] == '*' && at[1] == '/';
        depth = depth + opens - closes;
        at += opens || closes ? 2 : 1;
    } while (depth > 0 && *at != '\0');
    return depth == 0 ? at : NULL;
}

/* Returns: (nullable): @at itself when nothing is to be skipped */
static const char *
skip_space(const char *at)
{
    const char *before = NULL;
    while (at != NULL && at != before) {
        before = at;
        while (g_ascii_isspace(*at))
            at++;
        if (at[0] == '-' && at[1] == '-')
            at += strcspn(at, "\r\n");
        else if (at[0] == '/' && at[1] == '*')
            at = skip_block_comment(at);
    }
    return at;
}

static gboolean
read_text(Outline *outline)
{
    const char *at = skip_space(outline->sql);
    while (at != NULL && *at != '\0' && outline->units <= SP_SQL_NESTING_UNITS) {
        if (*at == ';') {
            end_span(outline);
            at = skip_space(at + 1);
            continue;
        }
        const char *end = skip_token(outline, at);
        if (end == NULL)
            return FALSE;
        if (outline->span.length == 0)
            outline->span.start = (gsize)(at - outline->sql);
        outline->span.length = (gsize)(end - outline->sql) - outline->span.start;
        at = skip_space(end);
    }
    if (at == NULL || *at != '\0')
        return FALSE;
    end_span(outline);
    return TRUE;
}

GArray *
sp_sql_outline_new(const char *sql)
{
    g_return_val_if_fail(sql != NULL, NULL);

    Outline outline = {.sql = sql, .spans = g_array_new(FALSE, FALSE, sizeof(SpSqlSpan))};
    if (read_text(&outline))
        return outline.spans;
    g_array_unref(outline.spans);
    return NULL;
}
