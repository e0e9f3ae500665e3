/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "trial.h"

/* Going up again hides what the down leaves behind: only a look in between shows it. */
static const struct sp_migration migrations[] = {
    {.version = 1,
     .name = "add_price",
     .sql = "ALTER TABLE things ADD COLUMN IF NOT EXISTS price numeric;\n"
            "ALTER TABLE things ADD COLUMN IF NOT EXISTS weight numeric;",
     .down_sql = "ALTER TABLE things DROP COLUMN weight;",
     .source = "schema/migrations/001_add_price.sql",
     .down_source = "schema/migrations/001_add_price.down.sql"},
};

TRIAL("trial_left", .migrations = SP_LIST(migrations))
