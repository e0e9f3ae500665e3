/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/grammar.h"

#include "base/error.h"

static void
check(const SpExtension *extension, const SpMigration *migration, guint server,
      SpFindings *findings)
{
    guint major = server / 10000;
    if (migration->directives->grammar <= major)
        return;
    g_autofree char *detail = g_strdup_printf("The server is PostgreSQL %u, and \"-- @grammar\" of "
                                              "the migration names %u. Nothing was written.",
                                              major, migration->directives->grammar);
    GError *error = sp_error_new(SP_ERROR_SERVER_TOO_OLD, detail, "Upgrade the server first.",
                                 "migration \"%03u_%s\" needs a newer server", migration->version,
                                 migration->name);
    const SpPlace place = {.path = sp_extension_get_path(extension),
                           .extension = sp_extension_get_id(extension),
                           .source = migration->source};
    sp_error_place(error, &place);
    sp_findings_refuse(findings, error);
}

void
sp_grammar_check_steps(const GPtrArray *steps, guint server, SpFindings *findings)
{
    for (guint i = 0; i < steps->len; i++) {
        const SpStep *step = g_ptr_array_index(steps, i);
        if (step->kind != SP_STEP_MIGRATION || step->state != SP_STEP_PENDING)
            continue;
        const SpExtension *extension = sp_prepared_get_extension(step->prepared);
        check(extension, sp_extension_get_migration(extension, step->index), server, findings);
    }
}

void
sp_grammar_check_edits(const GPtrArray *edits, guint server, SpFindings *findings)
{
    for (guint i = 0; i < edits->len; i++) {
        const SpEdit *edit = g_ptr_array_index(edits, i);
        if (edit->kind == SP_EDIT_DOWN || edit->kind == SP_EDIT_RERUN)
            check(sp_edit_get_extension(edit), sp_edit_get_migration(edit), server, findings);
    }
}
