/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "trial.h"

/* Runs once and, since the down forgets to undo it, never again. */
static const struct sp_migration migrations[] = {
    {.version = 1,
     .name = "add_price",
     .sql = "ALTER TABLE things ADD COLUMN price numeric;",
     .down_sql = "SELECT 1;",
     .source = "schema/migrations/001_add_price.sql",
     .down_source = "schema/migrations/001_add_price.down.sql"},
};

TRIAL("trial_up_fails", .migrations = SP_LIST(migrations))
