/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "trial.h"

/* The conflict is dealt with, and yet each boot writes the row. */
static const struct sp_seed seeds[] = {
    {.id = "counted",
     .sql = "\n  INSERT INTO things (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET seen = "
            "things.seen + 1;",
     .source = "seeds/counted.sql"},
};

TRIAL("trial_seed", .seeds = SP_LIST(seeds))
