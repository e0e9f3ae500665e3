/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* An error of a PostgreSQL server, turned into one of ours. */
#pragma once

#include <glib.h>

/** The fields of the server's message. Every member but @primary may be NULL. */
typedef struct {
    const char *sqlstate;
    const char *primary;
    const char *detail;
    const char *hint;
    const char *context;
    const char *internal_query;
    const char *position; /* a number: characters from the start of the statement, from 1 */
} SpServerMessage;

/**
 * (transfer full): SP_ERROR_PRIVILEGE for 42501, SP_ERROR_STANDBY for 25006, else
 * SP_ERROR_STATEMENT; with the place in
 * @sql. Bytes that are not UTF-8 are replaced.
 */
GError *sp_server_error_new(const SpServerMessage *message, const char *sql);

/** (transfer full) (nullable): a server's text as valid UTF-8, without white space at its end; NULL
 * for NULL. */
char *sp_server_text(const char *text);
