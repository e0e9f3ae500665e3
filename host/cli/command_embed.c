/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/embed.h"
#include "act/folder.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/table.h"
#include "model/prepared.h"

#include <stdlib.h>

static void
render(GString *out, JsonObject *answer, gboolean color)
{
    sp_table_append_findings(out, answer, "folder checked");
}

static SpExitStatus
print_findings(const SpOptions *options, const SpFindings *findings)
{
    g_autoptr(JsonObject) answer = json_object_new();
    sp_json_set_text(answer, "folder", options->arguments[0]);
    sp_json_set_findings(answer, findings);
    const SpOutcome outcome = {.answer = answer, .render = render};
    return sp_output_answer(options, &outcome);
}

static SpExitStatus
write_source(const SpOptions *options, const SpExtension *extension, const SpFolderSymbols *symbols)
{
    g_autofree char *source = sp_embed_c_source(extension, symbols);
    if (options->output == NULL)
        return sp_output_text(source);
    g_autoptr(GError) reason = NULL;
    /* A link stays one, and what is no regular file is written to and not replaced. */
    g_autofree char *real = realpath(options->output, NULL);
    const char *path = real != NULL ? real : options->output;
    gboolean is_special = real != NULL && !g_file_test(real, G_FILE_TEST_IS_REGULAR);
    GFileSetContentsFlags how =
        is_special ? G_FILE_SET_CONTENTS_NONE : G_FILE_SET_CONTENTS_CONSISTENT;
    if (g_file_set_contents_full(path, source, -1, how, 0644, &reason))
        return SP_EXIT_OK;
    g_autoptr(GError) error = sp_error_new(SP_ERROR_CONFIGURATION, reason->message, NULL,
                                           "could not write \"%s\"", options->output);
    return sp_output_failure(options, error);
}

SpExitStatus
sp_command_embed(const SpContext *context)
{
    const SpOptions *options = context->options;
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_auto(SpFolderSymbols) symbols = {0};
    g_autoptr(SpExtension) extension = sp_folder_read(options->arguments[0], &symbols, findings);
    /* Whether to take it is for the operator to say. */
    g_autoptr(SpPrepared) prepared =
        extension ? sp_prepared_new(extension, SP_PREPARED_TAKES_NEWER_GRAMMAR, findings) : NULL;
    SpExitStatus status = SP_EXIT_OK;
    if (options->check)
        status = print_findings(options, findings);
    else
        sp_output_log_findings(findings);
    if (sp_findings_refusals(findings)->len > 0)
        return SP_EXIT_REFUSED;
    return options->check ? status : write_source(options, extension, &symbols);
}
