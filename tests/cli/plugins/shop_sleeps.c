/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "shop.h"

static const struct sp_migration migrations[] = {
    {.version = 1,
     .name = "add_price",
     .sql = "ALTER TABLE shop_items ADD COLUMN IF NOT EXISTS price numeric;",
     .down_sql = "ALTER TABLE shop_items DROP COLUMN price;\nSELECT pg_sleep(60);",
     .source = "schema/migrations/001_add_price.sql"},
};

SHOP("1.0.0", migrations)
