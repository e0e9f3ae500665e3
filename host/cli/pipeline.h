/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What the commands share: from the options to the declared extensions. */
#pragma once

#include "act/discover.h"
#include "cli/command.h"
#include "model/plan.h"

typedef struct SpPipeline SpPipeline;

typedef struct {
    /* (nullable): instead of the directories of options and configuration */
    const char *const *files;
    /* (nullable): instead of those of options and configuration */
    const char *const *directories;
    gboolean finds_hazards; /* keep what they are found in */
    gboolean uses_kept;     /* read no SQL that was read before, where a folder for it is known */
} SpPipelineOptions;

/**
 * Discovers the plugins and runs every check that needs no database.
 * Of given files, what they depend on is taken from the directories of the options, and nothing is
 * said of it; what is not there either is a note, unless they are to be installed (--embedded).
 * Errors: those of sp_discover(); what is wrong with plugins is in the findings.
 */
SpPipeline *sp_pipeline_new(const SpContext *context, const SpPipelineOptions *how, GError **error);
/**
 * Discovers the plugins alone; sp_pipeline_declare() runs the checks. Between the two a command may
 * ask the database what it remembers.
 */
SpPipeline *sp_pipeline_discover(const SpContext *context, const SpPipelineOptions *how,
                                 GError **error);
/** Whether a plugin file was refused, so that a command which skips none need not go on. */
gboolean sp_pipeline_has_refused_files(const SpPipeline *pipeline);
/** @recall: (nullable): reads the SQL of what changed since only; has to outlive the pipeline */
void sp_pipeline_declare(SpPipeline *pipeline, const SpRecall *recall);
/** What the configuration says of plans. */
SpPlanOptions sp_pipeline_plan_options(const SpContext *context);

void sp_pipeline_free(SpPipeline *pipeline);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpPipeline, sp_pipeline_free)

const SpDiscovery *sp_pipeline_get_discovery(const SpPipeline *pipeline);
const SpDeclared *sp_pipeline_get_declared(const SpPipeline *pipeline);
/** Everything found: refusals of files first, then those of the declared checks. */
const SpFindings *sp_pipeline_get_findings(const SpPipeline *pipeline);
/** NULL-terminated: the ids of configuration and options. */
const char *const *sp_pipeline_get_disabled(const SpPipeline *pipeline);

/**
 * Whether a command that needs the database may go on. Adds warnings to @findings, and the
 * refusals: with --skip-refused as warnings, each saying that it was skipped. Errors: the first
 * refusal.
 */
gboolean sp_pipeline_accept(const SpPipeline *pipeline, SpFindings *findings, GError **error);
