/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include <sp/extension.h>

static const struct sp_schema schemas[] = {
    {.sql = "CREATE TABLE IF NOT EXISTS faulty (id bigint);\n\n  SELEC 1;",
     .source = "schema/a.sql"},
    {.sql = "DROP TABLE faulty;", .source = "schema/b.sql"},
};

SP_EXTENSION("faulty", "Two faults in its SQL", "1.0.0", .schemas = SP_LIST(schemas))
