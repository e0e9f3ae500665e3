/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The plugins of a pipeline as rows of an answer: what "list" and "check" show. */
#pragma once

#include "cli/pipeline.h"

#include <json-glib/json-glib.h>

/** Adds "plugins" and their "summary" to @answer. @pipeline: (nullable): none were seen */
void sp_plugins_describe(const SpPipeline *pipeline, JsonObject *answer);

/** Whether a finding is about a plugin: it names the file, or at least the extension. */
gboolean sp_plugins_is_about(const GError *finding, const SpPlugin *plugin);
