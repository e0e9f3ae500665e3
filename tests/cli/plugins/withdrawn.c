/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#define SP_ABI_MIN_MINOR 1
#include <sp/extension.h>

static const struct sp_migration migrations[] = {
    {.version = 1, .name = "kept", .sql = "SELECT 1;"},
    {.version = 2, .name = "withdrawn", .flags = SP_MIGRATION_TOMBSTONE},
};

static const struct sp_retirement retirements[] = {{.sql = "DROP VIEW IF EXISTS withdrawn;"}};

SP_EXTENSION("withdrawn", "Withdrawn", "1.0.0", .migrations = SP_LIST(migrations),
             .retirements = SP_LIST(retirements))
