/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The answer of "check" and "verify" as JUnit XML, which CI servers show. */
#pragma once

#include <json-glib/json-glib.h>

/**
 * Appends a document of one test suite a plugin and one test case a check, in the dialect of the
 * Jenkins plugin (junit-10.xsd): a refusal is a failure, a check that was not reached is skipped,
 * warnings and notes are its output. What ended the command is an error in a suite of its own.
 * Characters that XML 1.0 does not have become escapes such as \x1b.
 */
void sp_junit_append(GString *out, JsonObject *answer, gboolean color);
