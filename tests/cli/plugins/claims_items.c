/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include <sp/extension.h>

static const struct sp_schema schemas[] = {
    {.sql = "CREATE TABLE IF NOT EXISTS shop_items (id bigint);", .source = "schema/mine.sql"},
};

SP_EXTENSION("claims", "Claims a table of another", "1.0.0", .schemas = SP_LIST(schemas))
