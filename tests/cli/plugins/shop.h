/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* A small extension; the plugins that include it differ in their migrations. */
#pragma once

#include <sp/extension.h>

static const struct sp_schema shop_schemas[] = {
    {.table = "shop_items",
     .sql = "CREATE TABLE IF NOT EXISTS shop_items (\n"
            "    id bigint PRIMARY KEY,\n"
            "    name text NOT NULL UNIQUE\n"
            ");\n"
            "CREATE INDEX IF NOT EXISTS shop_items_by_name ON shop_items (name);\n",
     .source = "schema/items.sql"},
};

static const struct sp_seed shop_seeds[] = {
    {.id = "items",
     .sql = "INSERT INTO shop_items (id, name) VALUES (1, 'one') ON CONFLICT (id) DO NOTHING;",
     .source = "seeds/items.sql"},
};

#define SHOP(version, migrations_)                                                          \
    SP_EXTENSION("shop", "Shop", version, .priority = 50, .schemas = SP_LIST(shop_schemas), \
                 .migrations = SP_LIST(migrations_), .seeds = SP_LIST(shop_seeds))
