/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/directive.h"

#include "base/error.h"

#include <sp/extension.h>
#include <string.h>

typedef struct {
    const char *word;
    guint32 flag;
} DirectiveRow;

static const DirectiveRow directive_table[] = {
    {"@no-transaction", SP_MIGRATION_NO_TRANSACTION},
};

static const DirectiveRow *
find_row(const char *word)
{
    for (guint i = 0; i < G_N_ELEMENTS(directive_table); i++) {
        if (g_str_equal(directive_table[i].word, word))
            return &directive_table[i];
    }
    return NULL;
}

/* (nullable): why a directive may not stand where it does. */
static const char *
fault_of(const DirectiveRow *row, gboolean is_migration, gboolean is_leading)
{
    if (!is_migration)
        return "Only the file of a migration, not that of its undoing, takes directives.";
    if (row == NULL)
        return "The one directive there is reads \"-- @no-transaction\".";
    if (!is_leading)
        return "Directives stand in the comment lines at the top, before anything else.";
    return NULL;
}

/* What a trimmed line says after its "--"; empty for a line that is no comment. */
static const char *
comment_of(const char *line)
{
    return g_str_has_prefix(line, "--") ? line + 2 + strspn(line + 2, " \t") : "";
}

guint32
sp_directives_read(const char *text, const char *source, gboolean is_migration,
                   SpFindings *findings)
{
    guint32 flags = 0;
    gboolean is_leading = TRUE;
    g_auto(GStrv) lines =
        g_strsplit(g_str_has_prefix(text, "\xEF\xBB\xBF") ? text + 3 : text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        const char *line = g_strstrip(lines[i]);
        is_leading = is_leading && (*line == '\0' || g_str_has_prefix(line, "--"));
        const char *comment = comment_of(line);
        const DirectiveRow *row = find_row(comment);
        if (row == NULL && !(is_leading && *comment == '@'))
            continue;
        const char *fault = fault_of(row, is_migration, is_leading);
        if (fault == NULL) {
            flags |= row->flag;
            continue;
        }
        GError *error =
            sp_error_new(SP_ERROR_FOLDER, fault, NULL, "directive \"%s\" does not fit", comment);
        sp_error_place(error, &(SpPlace){.source = source, .line = i + 1});
        sp_findings_refuse(findings, error);
    }
    return flags;
}
