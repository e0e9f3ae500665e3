/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "cli/output.h"

#include "base/log.h"
#include "base/text.h"
#include "cli/json.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

SpExitStatus
sp_output_text(const char *text)
{
    if (fputs(text, stdout) != EOF && fflush(stdout) == 0)
        return SP_EXIT_OK;
    g_autoptr(GError) error = sp_error_new(SP_ERROR_INTERNAL, g_strerror(errno), NULL,
                                           "could not write the answer to standard output");
    sp_log_error(error);
    return sp_error_exit_status(error);
}

static gboolean
is_first_refusal(const SpOutcome *outcome)
{
    const GPtrArray *refusals = outcome->findings ? sp_findings_refusals(outcome->findings) : NULL;
    if (refusals == NULL || refusals->len == 0)
        return FALSE;
    const GError *first = g_ptr_array_index(refusals, 0);
    return g_error_matches(first, outcome->error->domain, outcome->error->code) &&
           g_str_equal(first->message, outcome->error->message);
}

void
sp_output_log_findings(const SpFindings *findings)
{
    const GPtrArray *warnings = sp_findings_warnings(findings);
    const GPtrArray *refusals = sp_findings_refusals(findings);
    for (guint i = 0; i < warnings->len; i++)
        sp_log_warning(g_ptr_array_index(warnings, i));
    for (guint i = 0; i < refusals->len; i++)
        sp_log_error(g_ptr_array_index(refusals, i));
}

static SpExitStatus
print_json(JsonObject *answer)
{
    g_autoptr(JsonNode) root = json_node_new(JSON_NODE_OBJECT);
    json_node_set_object(root, answer);
    g_autofree char *text = json_to_string(root, TRUE);
    g_autofree char *line = g_strconcat(text, "\n", NULL);
    return sp_output_text(line);
}

static SpExitStatus
print_text(const SpOutcome *outcome)
{
    gboolean color = sp_text_may_color(STDOUT_FILENO);
    g_autoptr(GString) text = g_string_new(NULL);
    if (outcome->table != NULL)
        sp_table_print(text, outcome->table, color);
    outcome->render(text, outcome->answer, color);
    return sp_output_text(text->str);
}

SpExitStatus
sp_output_answer(const SpOptions *options, const SpOutcome *outcome)
{
    if (outcome->findings)
        sp_output_log_findings(outcome->findings);
    if (outcome->error && !is_first_refusal(outcome))
        sp_log_error(outcome->error);
    sp_json_set_error(outcome->answer, "error", outcome->error);
    if (outcome->findings) {
        sp_json_set_errors(outcome->answer, "refusals", sp_findings_refusals(outcome->findings));
        sp_json_set_errors(outcome->answer, "warnings", sp_findings_warnings(outcome->findings));
    }
    SpExitStatus printed =
        options->format == SP_FORMAT_JSON ? print_json(outcome->answer) : print_text(outcome);
    return outcome->error ? sp_error_exit_status(outcome->error) : printed;
}

SpExitStatus
sp_output_failure(const SpOptions *options, const GError *error)
{
    sp_log_error(error);
    if (options->format == SP_FORMAT_JSON) {
        g_autoptr(JsonObject) answer = json_object_new();
        sp_json_set_error(answer, "error", error);
        print_json(answer);
    }
    return sp_error_exit_status(error);
}
