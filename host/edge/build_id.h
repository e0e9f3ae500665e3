/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Which build of the host this is. */
#pragma once

#include <glib.h>

/** (transfer full) (nullable): the GNU build id of the running executable, as hexadecimal digits;
 * NULL when it was linked without one. */
char *sp_build_id(void);
