/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The members of an answer: text that is always valid UTF-8, and null for what is not known. */
#pragma once

#include "base/findings.h"

#include <json-glib/json-glib.h>

/** @text: (nullable): NULL becomes null */
void sp_json_set_text(JsonObject *object, const char *key, const char *text);
/** @texts: (nullable): NULL-terminated; NULL becomes an empty array */
void sp_json_set_texts(JsonObject *object, const char *key, const char *const *texts);
/** A 1-based number; 0 becomes null. */
void sp_json_set_position(JsonObject *object, const char *key, guint number);

/** (transfer full): an error with all the keys that an error has. */
JsonObject *sp_json_error(const GError *error);
/** @error: (nullable): NULL becomes null */
void sp_json_set_error(JsonObject *object, const char *key, const GError *error);
/** @errors: (element-type GError) */
void sp_json_set_errors(JsonObject *object, const char *key, const GPtrArray *errors);

/** (transfer full): an error with a "severity": "error", "warning" or "note". */
JsonObject *sp_json_finding(const GError *error, const char *severity);

/** Adds "findings": refusals, then warnings and notes, as errors with a "severity", and their
 * counts as "summary". */
void sp_json_set_findings(JsonObject *answer, const SpFindings *findings);

/** (transfer none) (nullable): a text member; NULL when it is null or absent. */
const char *sp_json_get_text(JsonObject *object, const char *key);
