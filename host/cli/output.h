/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The only room that writes to stdout: an answer, as text for people or as one JSON object. */
#pragma once

#include "base/error.h"
#include "base/findings.h"
#include "cli/options.h"
#include "cli/table.h"

#include <json-glib/json-glib.h>

/** Appends the text of an answer for people to @out. Reads nothing but the answer. */
typedef void (*SpRenderFunc)(GString *out, JsonObject *answer, gboolean color);

/** What a command has to say at its end. */
typedef struct {
    JsonObject *answer;
    SpRenderFunc render;
    const SpTable *table; /* (nullable): what the text begins with */
    /* (nullable): refusals and warnings that the answer itself does not show */
    const SpFindings *findings;
    /* (nullable): what ended the command; may be a copy of the first refusal */
    const GError *error;
} SpOutcome;

/**
 * Logs every warning and refusal and the error, adds "error", "refusals" and "warnings" to the
 * answer, and prints it. Returns: the exit status of the error, or SP_EXIT_OK; SP_EXIT_DEFECT when
 * stdout does not take the answer
 */
SpExitStatus sp_output_answer(const SpOptions *options, const SpOutcome *outcome);

/** The same when there is no answer at all: with JSON an object that holds only the error. */
SpExitStatus sp_output_failure(const SpOptions *options, const GError *error);

/** Logs every warning, then every refusal. */
void sp_output_log_findings(const SpFindings *findings);

/** Prints @text as it is. */
SpExitStatus sp_output_text(const char *text);
