/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include <sp/extension.h>

static const struct sp_schema schemas[] = {
    {.sql = "CREATE TABLE IF NOT EXISTS fine (id bigint);\n"
            "CREATE TABLE IF NOT EXISTS broken (id no_such_type);",
     .source = "schema/broken.sql"},
};

SP_EXTENSION("fails", "Fails in the database", "1.0.0", .schemas = SP_LIST(schemas))
