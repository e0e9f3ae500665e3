/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What the service manager hears: sd_notify() of libsystemd. Every call is a no-op outside a unit.
 */
#pragma once

#include <glib.h>

/** STATUS=... shown by "systemctl status"; one line. */
void sp_service_status(const char *format, ...) G_GNUC_PRINTF(1, 2);
/** EXTEND_TIMEOUT_USEC: work is going on; do not time out within the next @ms milliseconds. */
void sp_service_extend_timeout(guint ms);
/** (transfer full) (nullable): the content of the credential @name of LoadCredential=, without a
 * final newline. */
char *sp_service_read_credential(const char *name);
