/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Installs of extensions with a database role each, by a role that is no superuser. */
#pragma once

#include "support/install.h"

/** A database of a role that may make roles, and is no superuser. */
typedef struct {
    char *admin;      /* connection strings */
    char *conninfo;   /* of the host's role */
    const char *host; /* its name */
} SpTestPlace;

/** @attributes: (nullable): NULL: the role is there */
SpTestPlace sp_test_place_new(const char *host, const char *attributes);
void sp_test_place_clear(SpTestPlace *place);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SpTestPlace, sp_test_place_clear)

/** One boot. @prefix: (nullable): of the roles; NULL: without */
SpTestInstall sp_test_place_boot(const SpTestPlace *place, const char *prefix,
                                 const struct sp_extension_vtable *const *vtables);
