/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Checks as an answer: what "check" shows of plugin files, and "verify" of roads. */
#pragma once

#include "act/proof.h"
#include "cli/pipeline.h"

#include <json-glib/json-glib.h>

/** What was found out. */
typedef struct {
    const SpPipeline *pipeline;
    const SpFindings *findings; /* everything found without a database */
    gboolean is_tried;          /* the trials were asked for */
    const SpProof *proof;       /* (nullable): NULL when it did not come to the trials */
} SpChecked;

/**
 * Adds "checks" to @answer: for every plugin, in order, one object a check, with "state" (passed,
 * warned, refused, skipped), a "summary" of what was looked at, and its "findings". What is about
 * no plugin comes last, as the check "set" of extension null.
 */
void sp_checks_describe(const SpChecked *checked, JsonObject *answer);

/**
 * (transfer full): a check that is about no plugin alone, in the form of those of
 * sp_checks_describe().
 * @is_reached: it came to its end, or would have if nothing had been refused in it
 * @summary: (nullable)
 */
JsonObject *sp_checks_describe_one(const char *name, const SpFindings *findings,
                                   gboolean is_reached, const char *summary, gint64 duration_us);

/** The first check after @first that is of another plugin. */
guint sp_checks_find_end(JsonArray *checks, guint first);

/** Appends a headline a plugin, one line a check, and what was found below it. @is_verbose: also
 * each statement with its phase */
void sp_checks_append(GString *out, JsonObject *answer, gboolean is_verbose, gboolean color);
