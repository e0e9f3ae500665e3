/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/directive.h"

#include "base/error.h"

#include <string.h>

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"
#define CHECKSUM_DIGITS 16
#define GRAMMAR_MIN 10 /* versions had two numbers before */
#define GRAMMAR_MAX 999

/* The directives while they are read; the public struct comes first. */
typedef struct {
    SpDirectives public;
    GPtrArray *supersedes; /* utf8 */
    GPtrArray *allowances; /* SpAllowance */
} Directives;

/* Takes the value of a directive (empty when it has none). Returns whether it fits. */
typedef gboolean (*TakeFunc)(Directives *directives, const char *value);

typedef struct {
    const char *word;
    TakeFunc take;
    const char *form; /* shown when the value does not fit */
} DirectiveRow;

static gboolean
take_no_transaction(Directives *directives, const char *value)
{
    directives->public.no_transaction = TRUE;
    return *value == '\0';
}

typedef struct {
    const char *suffix;
    guint ms;
} Unit;

static gboolean
take_statement_timeout(Directives *directives, const char *value)
{
    static const Unit units[] = {{"ms", 1}, {"s", 1000}, {"min", 60 * 1000}, {"h", 3600 * 1000}};
    char *end;
    guint64 number = g_ascii_strtoull(value, &end, 10);
    for (guint i = 0; i < G_N_ELEMENTS(units); i++) {
        if (!g_str_equal(end, units[i].suffix))
            continue;
        gboolean fits = end > value && g_ascii_isdigit(*value) && number > 0 &&
                        number <= (guint64)G_MAXINT32 / units[i].ms;
        directives->public.statement_timeout_ms = fits ? (guint)number * units[i].ms : 0;
        return fits;
    }
    return FALSE;
}

static gboolean
take_supersedes(Directives *directives, const char *value)
{
    g_ptr_array_add(directives->supersedes, g_strdup(value));
    /* The older of the original's two algorithms wrote no leading zeros. */
    gsize length = strlen(value);
    return length > 0 && length <= CHECKSUM_DIGITS && strspn(value, "0123456789abcdef") == length;
}

static void
allowance_free(gpointer data)
{
    SpAllowance *allowance = data;
    g_free((char *)allowance->code);
    g_free((char *)allowance->reason);
    g_free(allowance);
}

static gboolean
take_allow(Directives *directives, const char *value)
{
    gsize length = strcspn(value, " \t");
    const char *reason = value + length + strspn(value + length, " \t");
    SpAllowance *allowance = g_new0(SpAllowance, 1);
    allowance->code = g_strndup(value, length);
    allowance->reason = g_strdup(reason);
    g_ptr_array_add(directives->allowances, allowance);
    return length > 0 && *reason != '\0';
}

/* A later host reads more; what was released for this one has to stay right. */
static gboolean
take_grammar(Directives *directives, const char *value)
{
    guint64 number = 0;
    gboolean fits = g_ascii_string_to_unsigned(value, 10, GRAMMAR_MIN, GRAMMAR_MAX, &number, NULL);
    directives->public.grammar = (guint)number;
    return fits;
}

static const DirectiveRow directive_table[] = {
    {"@no-transaction", take_no_transaction, "-- @no-transaction"},
    {"@statement-timeout", take_statement_timeout, "-- @statement-timeout: 30s (ms, s, min, h)"},
    {"@supersedes-checksum", take_supersedes, "-- @supersedes-checksum: 16 hex digits"},
    {"@allow", take_allow, "-- @allow: CODE reason"},
    {"@grammar", take_grammar,
     "-- @grammar: N, the oldest version of PostgreSQL that has it, from 10 on"},
};

/* (nullable): the row of "@word" or "@word: value", and where its value begins. */
static const DirectiveRow *
find_row(const char *comment, const char **out_value)
{
    gsize length = strcspn(comment, ": \t");
    for (guint i = 0; i < G_N_ELEMENTS(directive_table); i++) {
        const char *word = directive_table[i].word;
        if (strlen(word) != length || strncmp(word, comment, length) != 0)
            continue;
        const char *value = comment + length;
        *out_value = value + strspn(value, ": \t");
        return &directive_table[i];
    }
    return NULL;
}

/* What a trimmed line says after its "--"; empty for a line that is no comment. */
static const char *
comment_of(const char *line)
{
    return g_str_has_prefix(line, "--") ? line + 2 + strspn(line + 2, " \t") : "";
}

static void
refuse(SpFindings *findings, const char *source, guint line, const char *detail,
       const char *comment)
{
    GError *error =
        sp_error_new(SP_ERROR_DIRECTIVE, detail, NULL, "directive \"%s\" does not fit", comment);
    sp_error_place(error, &(SpPlace){.source = source, .line = line, .column = 1});
    sp_findings_refuse(findings, error);
}

static char *
known_words(void)
{
    g_autoptr(GString) words = g_string_new("The directives are");
    for (guint i = 0; i < G_N_ELEMENTS(directive_table); i++)
        g_string_append_printf(words, "%s \"%s\"", i ? "," : "", directive_table[i].form);
    g_string_append_c(words, '.');
    return g_string_free(g_steal_pointer(&words), FALSE);
}

/* (transfer full) (nullable): why the directive of a line does not fit; takes it when it does. */
static char *
take_line(Directives *directives, const char *comment, gboolean is_migration, gboolean is_leading)
{
    const char *value = "";
    const DirectiveRow *row = find_row(comment, &value);
    if (!is_migration)
        return g_strdup("Only the text of a migration, not that of its undoing, takes directives.");
    if (row == NULL)
        return known_words();
    if (!is_leading)
        return g_strdup("Directives stand in the comment lines at the top, before anything else.");
    return row->take(directives, value) ? NULL : g_strdup_printf("It reads \"%s\".", row->form);
}

SpDirectives *
sp_directives_read(const char *text, const char *source, gboolean is_migration,
                   SpFindings *findings)
{
    Directives *directives = g_new0(Directives, 1);
    directives->supersedes = g_ptr_array_new_with_free_func(g_free);
    directives->allowances = g_ptr_array_new_with_free_func(allowance_free);
    directives->public.supersedes = directives->supersedes;
    directives->public.allowances = directives->allowances;
    gboolean is_leading = TRUE;
    if (g_str_has_prefix(text, BYTE_ORDER_MARK))
        text += strlen(BYTE_ORDER_MARK);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        const char *line = g_strstrip(lines[i]);
        const char *comment = comment_of(line), *value;
        is_leading = is_leading && (*line == '\0' || g_str_has_prefix(line, "--"));
        if (*comment != '@' || (!is_leading && find_row(comment, &value) == NULL))
            continue;
        g_autofree char *fault = take_line(directives, comment, is_migration, is_leading);
        if (fault != NULL)
            refuse(findings, source, i + 1, fault, comment);
    }
    return &directives->public;
}

void
sp_directives_free(SpDirectives *directives)
{
    if (directives == NULL)
        return;
    g_ptr_array_unref((GPtrArray *)directives->supersedes);
    g_ptr_array_unref((GPtrArray *)directives->allowances);
    g_free(directives);
}

const char *
sp_directives_find_allowance(const SpDirectives *directives, const char *code)
{
    for (guint i = 0; i < directives->allowances->len; i++) {
        const SpAllowance *allowance = g_ptr_array_index(directives->allowances, i);
        if (g_str_equal(allowance->code, code))
            return allowance->reason;
    }
    return NULL;
}
