/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "trial.h"

/* The down takes more than the migration gave, and nothing brings it back. */
static const struct sp_migration migrations[] = {
    {.version = 1,
     .name = "add_price",
     .sql = "ALTER TABLE things ADD COLUMN IF NOT EXISTS price numeric;",
     .down_sql = "ALTER TABLE things DROP COLUMN price, DROP COLUMN seen;",
     .source = "schema/migrations/001_add_price.sql",
     .down_source = "schema/migrations/001_add_price.down.sql"},
};

TRIAL("trial_lost", .migrations = SP_LIST(migrations))
