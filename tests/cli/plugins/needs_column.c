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

SP_EXTENSION("needs-column", "Needs a column", "1.0.0", .schemas = SP_LIST(schemas))
