/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include <sp/extension.h>

/* The message of the parser quotes the text, which here would color a terminal and forge a line. */
static const struct sp_schema schemas[] = {
    {.sql = "CREATE TABLE IF NOT EXISTS t (id bigint \"\033[31m\nsp-host: error: forged\");",
     .source = "schema/\033]0;title\a.sql"},
};

SP_EXTENSION("escapes", "Escapes", "1.0.0", .schemas = SP_LIST(schemas))
