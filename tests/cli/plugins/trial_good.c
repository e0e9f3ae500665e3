/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "trial.h"

/* The last two are what a careful comparison must not stumble over: an index that the schema
 * declares too, and one without a way back in the middle. */
static const struct sp_migration migrations[] = {
    {.version = 1, .name = "forward", .sql = "ALTER TABLE things ADD COLUMN IF NOT EXISTS a int;"},
    {.version = 2,
     .name = "shape",
     .sql = "ALTER TABLE things ALTER COLUMN a TYPE bigint;\n"
            "ALTER TABLE things ADD CONSTRAINT positive CHECK (a > 0) NOT VALID;\n"
            "CREATE TABLE parts (thing bigint REFERENCES things, label text);",
     .down_sql = "DROP TABLE parts;\n"
                 "ALTER TABLE things DROP CONSTRAINT positive;\n"
                 "ALTER TABLE things ALTER COLUMN a TYPE int;"},
    {.version = 3,
     .name = "index_early",
     .sql = "CREATE INDEX IF NOT EXISTS things_by_name ON things (name);",
     .down_sql = "SELECT 1;"},
};

static const struct sp_seed seeds[] = {
    {.id = "things",
     .sql = "INSERT INTO things (id, name) VALUES (1, 'one') ON CONFLICT (id) DO UPDATE\n"
            "SET name = excluded.name WHERE things.name IS DISTINCT FROM excluded.name;",
     .source = "seeds/things.sql"},
};

TRIAL("trial_good", .migrations = SP_LIST(migrations), .seeds = SP_LIST(seeds))
