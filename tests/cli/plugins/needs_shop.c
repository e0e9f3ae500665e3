/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include <sp/extension.h>

static const struct sp_dependency dependencies[] = {
    {.id = "shop", .version_range = ">=1.0,<2"},
    {.id = "audit", .flags = SP_DEPENDENCY_OPTIONAL},
};

static const char *const cross_tables[] = {"shop_items"};

static const struct sp_schema schemas[] = {
    {.sql = "CREATE TABLE IF NOT EXISTS shop_reviews (\n"
            "    item bigint REFERENCES shop_items,\n"
            "    body text\n"
            ");",
     .source = "schema/reviews.sql"},
};

SP_EXTENSION("reviews", "Reviews", "0.3.0", .dependencies = SP_LIST(dependencies),
             .cross_extension_tables = SP_LIST(cross_tables), .schemas = SP_LIST(schemas))
