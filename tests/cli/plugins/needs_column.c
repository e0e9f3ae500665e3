/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include <sp/extension.h>

static const char *const columns[] = {"id", "note"};
static const struct sp_schema schemas[] = {
    {.table = "needy",
     .sql = "CREATE TABLE IF NOT EXISTS needy (id int, note text);",
     .required_columns = SP_LIST(columns),
     .source = "schema/needy.sql"},
};

/* Only the server knows that it adds no column. */
static const struct sp_migration migrations[] = {
    {.version = 1,
     .name = "note",
     .sql = "DO $$ BEGIN PERFORM 'note'; END $$",
     .source = "schema/migrations/001_note.sql"},
};

SP_EXTENSION("needs-column", "Needs a column", "1.0.0", .schemas = SP_LIST(schemas),
             .migrations = SP_LIST(migrations))
