/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Tells people, the journal and the service manager how far an install is. */
#pragma once

#include "act/progress.h"
#include "cli/command.h"

typedef struct SpTeller SpTeller;

/** Says each step when stderr is a terminal or with --verbose; otherwise only where a phase begins.
 */
SpTeller *sp_teller_new(const SpContext *context);
void sp_teller_free(SpTeller *teller);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpTeller, sp_teller_free)

/** For sp_install(); valid as long as @teller. */
SpProgress sp_teller_get_progress(SpTeller *teller);
