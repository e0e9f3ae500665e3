/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The names of the database roles of an extension. */
#pragma once

#include <glib.h>

/**
 * (transfer full): the role that owns what extension @id creates and runs its SQL: @prefix and
 * @id, as in "sp_users". What is longer than 55 bytes keeps the first 46 and gets "_" and eight
 * hexadecimal digits of its SHA-256, so that the name of the readers is one of PostgreSQL's, too.
 */
char *sp_role_name(const char *prefix, const char *id);

/** (transfer full): the role of those that may read what @role owns: "sp_users.readers". No
 * extension has such a role, since no id has a full stop. */
char *sp_role_readers_name(const char *role);
