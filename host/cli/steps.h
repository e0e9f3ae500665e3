/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The steps of a plan or a report as an answer: what "plan" and "install" show. */
#pragma once

#include "cli/table.h"
#include "model/hazard.h"

#include <json-glib/json-glib.h>

/**
 * Adds "extensions", each with its "steps", and "summary" to @answer. A step that belongs to all
 * extensions is listed last, under an extension whose id is null.
 * @steps: (nullable) (element-type SpStep): NULL when it came to no plan
 * @duration_us: of the whole run; negative for a plan
 */
void sp_steps_describe(const GPtrArray *steps, const SpRegistry *registry, gint64 duration_us,
                       JsonObject *answer);

/** Adds "summary" alone, where the steps are shown as a table. */
void sp_steps_describe_summary(const GPtrArray *steps, const SpRegistry *registry,
                               gint64 duration_us, JsonObject *answer);

/**
 * Adds "hazards" to every step of an answer that sp_steps_describe() filled.
 * @hazards: (nullable) (element-type SpHazard): NULL when it came to none
 */
void sp_steps_describe_hazards(const GPtrArray *hazards, JsonObject *answer);

/** Appends one line a step; of pending steps their SQL when the answer is a plan. */
void sp_steps_append_plan(GString *out, JsonObject *answer, gboolean color);
/** (transfer full): one line a step that was not current, with what became of it. */
SpTable *sp_steps_report(const GPtrArray *steps);
/** Appends "2 statements, 1 migration, 0 seeds in 3 extensions". */
void sp_steps_append_counts(GString *out, JsonObject *answer);

/** (transfer full): statements (element-type SpStatement) with their places as comments, so that
 * they can be read and run as they are. */
char *sp_steps_format_sql(const GPtrArray *statements);
