/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include <sp/extension.h>

/* What the schema declares, the migration takes away, so every second boot makes it anew. */
static const struct sp_schema schemas[] = {
    {.sql = "CREATE TABLE IF NOT EXISTS things (id bigint);\n"
            "CREATE TABLE IF NOT EXISTS gone (id bigint);",
     .source = "schema/things.sql"},
};

static const struct sp_migration migrations[] = {
    {.version = 1, .name = "drop_gone", .sql = "DROP TABLE gone;"},
};

SP_EXTENSION("trial_drops", "Drops", "1.0.0", .schemas = SP_LIST(schemas),
             .migrations = SP_LIST(migrations))
