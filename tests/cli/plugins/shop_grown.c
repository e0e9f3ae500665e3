/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "shop.h"

static const struct sp_migration migrations[] = {
    {.version = 1,
     .name = "add_price",
     .sql = "ALTER TABLE shop_items ADD COLUMN IF NOT EXISTS price numeric;",
     .source = "schema/migrations/001_add_price.sql"},
    {.version = 2,
     .name = "add_stock",
     .sql = "ALTER TABLE shop_items ADD COLUMN IF NOT EXISTS stock integer;",
     .source = "schema/migrations/002_add_stock.sql"},
};

SHOP("1.1.0", migrations)
