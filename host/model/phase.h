/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The global phases of an install, in order; each runs over all extensions in registry order. */
#pragma once

typedef enum {
    SP_PHASE_ROLES,       /* the database roles of the extensions, where they have some */
    SP_PHASE_RETIREMENTS, /* DROP ... IF EXISTS of what migrations must not meet */
    SP_PHASE_STRUCTURAL,  /* tables, types, sequences, namespaces */
    SP_PHASE_MIGRATIONS,
    SP_PHASE_DEPENDENT, /* indexes, views, functions, triggers, policies; then required columns */
    SP_PHASE_SEEDS,
    SP_N_PHASES
} SpPhase;

/** "roles", "retirements", "structural", "migrations", "dependent", "seeds" */
const char *sp_phase_nick(SpPhase phase);
