/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* A table of things; the plugins that include it each have one fault that only a database shows. */
#pragma once

#include <sp/extension.h>

#define TRIAL_TABLE                                                                               \
    "CREATE TABLE IF NOT EXISTS things (id bigint PRIMARY KEY, name text, seen int DEFAULT 0);\n" \
    "CREATE INDEX IF NOT EXISTS things_by_name ON things (name);"

static const struct sp_schema trial_schemas[] = {
    {.table = "things", .sql = TRIAL_TABLE, .source = "schema/things.sql"},
};

#define TRIAL(id, ...) \
    SP_EXTENSION(id, "Things", "1.0.0", .schemas = SP_LIST(trial_schemas), __VA_ARGS__)
