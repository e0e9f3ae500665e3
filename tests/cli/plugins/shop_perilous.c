/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "shop.h"

static const struct sp_migration migrations[] = {
    {.version = 1,
     .name = "add_price",
     .sql = "ALTER TABLE shop_items ADD COLUMN IF NOT EXISTS price numeric;",
     .source = "schema/migrations/001_add_price.sql"},
    {.version = 2,
     .name = "tighten",
     .sql = "-- @allow: drop-column it was never filled\n"
            "ALTER TABLE shop_items DROP COLUMN price;\n"
            "CREATE TABLE shop_shelves (id int);\n"
            "CREATE INDEX shop_shelves_by_id ON shop_shelves (id);\n"
            "ALTER TABLE shop_items ALTER COLUMN id TYPE numeric;",
     .source = "schema/migrations/002_tighten.sql"},
};

SHOP("1.1.0", migrations)
