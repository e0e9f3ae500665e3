/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/phase.h"

const char *
sp_phase_nick(SpPhase phase)
{
    static const char *const nicks[SP_N_PHASES] = {
        [SP_PHASE_ROLES] = "roles",           [SP_PHASE_RETIREMENTS] = "retirements",
        [SP_PHASE_STRUCTURAL] = "structural", [SP_PHASE_MIGRATIONS] = "migrations",
        [SP_PHASE_DEPENDENT] = "dependent",   [SP_PHASE_SEEDS] = "seeds",
    };
    return nicks[phase];
}
