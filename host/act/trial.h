/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The trials of extensions, each in a database that is theirs: they install, a second boot changes
 * nothing, and every migration that can be undone leads back to where it came from. */
#pragma once

#include "act/install.h"
#include "edge/session.h"
#include "model/declared.h"

typedef enum {
    SP_TRIAL_INSTALL,     /* "install": everything, into an empty database */
    SP_TRIAL_SECOND_BOOT, /* "second-boot": again, with nothing new */
    SP_TRIAL_DOWN_UP,     /* "down-up": reversible migrations, newest first, and up again */
    SP_N_TRIALS
} SpTrial;

/** "install", "second-boot", "down-up" */
const char *sp_trial_nick(SpTrial trial);

/** What the trials of one set of extensions tell each other. */
typedef struct SpTrials SpTrials;

/**
 * @declared: not refused
 * @given: (element-type SpExtension): those of it that are judged; the others are only installed
 */
SpTrials *sp_trials_new(const SpDeclared *declared, const GPtrArray *given);
void sp_trials_free(SpTrials *trials);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpTrials, sp_trials_free)

/** Where a trial takes place, and who hears of it. */
typedef struct {
    SpSession *session;   /* does the work */
    SpSession *watcher;   /* at the same database, looks on */
    SpFindings *findings; /* what an extension did wrong is added */
} SpTrialPlace;

/**
 * Runs one. SECOND_BOOT and DOWN_UP need a database in which INSTALL went well, or a copy of it;
 * they may run at the same time in different ones.
 * Refusals: what the server refused (statement-failed and the like), at its place;
 * second-boot-changes; down-up-differs. Notes: a migration that was not tried because other
 * extensions use what it makes.
 * @out_is_whole: (out): whether the database is as an install leaves it
 * Returns: FALSE for what is not the fault of an extension. Errors: SP_ERROR_CONNECT,
 * SP_ERROR_CONNECTION_LOST, SP_ERROR_LOCK_LOST, SP_ERROR_INTERNAL
 */
gboolean sp_trials_run(SpTrials *trials, SpTrial trial, const SpTrialPlace *place,
                       gboolean *out_is_whole, GError **error);

/** How many statements of an extension the install ran. */
guint sp_trials_get_n_statements(const SpTrials *trials, const char *extension);
/** How many migrations of an extension went down and up. @out_is_reached: (nullable): whether its
 * turn came */
guint sp_trials_get_n_undone(const SpTrials *trials, const char *extension,
                             gboolean *out_is_reached);

/**
 * Installs as a trial does: what an extension did wrong becomes a refusal in the findings.
 * @progress: (nullable)
 * @out_report: (nullable) (out) (transfer full) (nullable)
 * @out_done: (out): whether all was installed
 * Returns and errors: as sp_trials_run()
 */
gboolean sp_trial_install(SpSession *session, const SpDeclared *declared,
                          const SpInstallOptions *options, const SpProgress *progress,
                          SpFindings *findings, SpReport **out_report, gboolean *out_done,
                          GError **error);
