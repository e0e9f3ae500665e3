/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Runs a migration without a transaction so that it survives interruption: a mark in the database
 * says how many of its statements are done. */
#pragma once

#include "act/retry.h"

/** What running one step needs at hand. */
typedef struct {
    SpSession *session;
    const SpStep *step;
    const SpPatience *patience;
    SpWatch *watch;
} SpUnit;

/**
 * Runs what is left of the migration, and records it. A statement that can travels with its mark in
 * one transaction, so it happens exactly once; of the others only a concurrent index build can be
 * told to be done when the run was cut between the statement and its mark, and any other is
 * repeated. Settings that statements done before have SET are set again.
 * @out_rows: rows that the statements changed are added
 */
gboolean sp_resume_run(const SpUnit *unit, guint64 *out_rows, GError **error);
