/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include <sp/extension.h>

static const struct sp_schema schemas[] = {
    {.table = "notes",
     .sql = "CREATE TABLE IF NOT EXISTS notes (id bigint PRIMARY KEY, body text);"},
};

SP_EXTENSION("notes", "Notes", "1.0.0", .schemas = SP_LIST(schemas))
