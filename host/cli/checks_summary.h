/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What each check of a plugin looked at, in a few words. */
#pragma once

#include "cli/checks.h"

typedef enum {
    SP_CHECK_FILE,
    SP_CHECK_BUILD,
    SP_CHECK_LOAD,
    SP_CHECK_DECLARATION,
    SP_CHECK_DEPENDENCIES,
    SP_CHECK_SQL,
    SP_CHECK_OWNERSHIP,
    SP_CHECK_HAZARDS,
    SP_CHECK_INSTALL, /* from here on in the order of SpTrial */
    SP_CHECK_SECOND_BOOT,
    SP_CHECK_DOWN_UP,
    SP_N_CHECKS
} SpCheck;

/** (transfer full) (nullable): of a check that came to its end. */
char *sp_checks_summarise(const SpChecked *checked, const SpPlugin *plugin, SpCheck check);

/** (transfer full): every statement of a plugin in the order of its texts, with the phase in which
 * it will run; empty when it was not parsed. */
JsonArray *sp_checks_list_statements(const SpChecked *checked, const SpPlugin *plugin);
