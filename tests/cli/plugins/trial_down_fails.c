/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "trial.h"

static const struct sp_migration migrations[] = {
    {.version = 1,
     .name = "add_price",
     .sql = "ALTER TABLE things ADD COLUMN IF NOT EXISTS price numeric;",
     .down_sql = "\n\nALTER TABLE things DROP COLUMN cost;",
     .source = "schema/migrations/001_add_price.sql",
     .down_source = "schema/migrations/001_add_price.down.sql"},
};

TRIAL("trial_down_fails", .migrations = SP_LIST(migrations))
