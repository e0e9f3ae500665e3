/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* A list that a check fills, so that every refusal is reported and not only the first. */
#pragma once

#include <glib.h>

typedef struct SpFindings SpFindings;

SpFindings *sp_findings_new(void);
void sp_findings_free(SpFindings *findings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpFindings, sp_findings_free)

/** Adds what refuses the run. @error: (transfer full) */
void sp_findings_refuse(SpFindings *findings, GError *error);
/** Adds what is only worth knowing. @error: (transfer full) */
void sp_findings_warn(SpFindings *findings, GError *error);

/** Adds what was not looked at, and why. @error: (transfer full) */
void sp_findings_note(SpFindings *findings, GError *error);

/** (transfer none) (element-type GError): in the order in which they were found. */
const GPtrArray *sp_findings_refusals(const SpFindings *findings);
/** (transfer none) (element-type GError) */
const GPtrArray *sp_findings_warnings(const SpFindings *findings);
/** (transfer none) (element-type GError) */
const GPtrArray *sp_findings_notes(const SpFindings *findings);

/**
 * One error for a place that has room for one: the first refusal, with the problem lines of the
 * others in its detail. Returns: (transfer full) (nullable): NULL when nothing was refused
 */
GError *sp_findings_join(const SpFindings *findings);
