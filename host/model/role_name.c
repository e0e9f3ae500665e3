/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/role_name.h"

#include <string.h>

/* PostgreSQL cuts what is longer (NAMEDATALEN). */
#define NAME_BYTES 63
#define READERS ".readers"
#define ROLE_BYTES (NAME_BYTES - (sizeof READERS - 1))
#define DIGITS 8

char *
sp_role_name(const char *prefix, const char *id)
{
    g_autofree char *whole = g_strconcat(prefix, id, NULL);
    if (strlen(whole) <= ROLE_BYTES)
        return g_steal_pointer(&whole);
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, whole, -1);
    return g_strdup_printf("%.*s_%.*s", (int)(ROLE_BYTES - DIGITS - 1), whole, DIGITS, hash);
}

char *
sp_role_readers_name(const char *role)
{
    return g_strconcat(role, READERS, NULL);
}
