/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "trial.h"

/* The grammar has nothing against it. */
static const struct sp_migration migrations[] = {
    {.version = 1,
     .name = "fill",
     .sql = "UPDATE things SET name = no_such_function();",
     .source = "schema/migrations/001_fill.sql"},
};

TRIAL("trial_install_fails", .migrations = SP_LIST(migrations))
