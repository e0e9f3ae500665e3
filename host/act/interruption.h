/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Installs into a database of its own, and is really cut off on the way: the server ends the
 * session, again and again, and each time the install is begun anew. */
#pragma once

#include "act/trial.h"

/**
 * The session ends, by pg_terminate_backend():
 * - in the middle of the tables of the extension in the middle, and likewise of its indexes and
 *   views, inside the transaction;
 * - after migrations: after each one, or, of many, a spread of them;
 * - in the middle of a migration without a transaction; then after each of its statements that
 *   cannot be taken back, before the mark of it is written (of many the first ones);
 * - before the first seed.
 * @place: an empty database; its session is not used
 * @conninfo: of the same database
 * @out_n_cuts: (out): how often it was cut off
 * Returns, errors, findings and @out_done: as those of sp_trial_install()
 */
gboolean sp_interruption_run(const char *conninfo, const SpDeclared *declared,
                             const SpTrialPlace *place, guint *out_n_cuts, gboolean *out_done,
                             GError **error);
