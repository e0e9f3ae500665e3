/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include <sp/extension.h>

static constexpr char tags[] = R"sql(
CREATE TABLE IF NOT EXISTS tags (
    name text PRIMARY KEY CHECK (name = lower(name)),
    colour text NOT NULL DEFAULT 'grey'
);
)sql";

static constexpr char known_tags[] = R"sql(
INSERT INTO tags (name, colour) VALUES ('urgent', 'red'), ('done', 'green')
ON CONFLICT (name) DO NOTHING;
)sql";

static constexpr const char *columns[] = {"name", "colour"};

static constexpr sp_schema schemas[] = {{"tags", nullptr, tags, SP_LIST(columns), nullptr}};

static constexpr sp_seed seeds[] = {{"known_tags", known_tags, nullptr}};

SP_EXTENSION("tags", "Tags", "1.0.0", extension.description = "Words to find things by",
             extension.schemas = SP_LIST(schemas), extension.seeds = SP_LIST(seeds))
