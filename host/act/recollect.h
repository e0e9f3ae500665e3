/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Reads what a database remembers of the extensions that were installed into it. */
#pragma once

#include "edge/session.h"
#include "model/recall.h"

/**
 * Reads, in at most two round trips, the digests of what was installed, whether the ledger is as it
 * was left, and which of the remembered objects are gone from the catalog; and in one more, only
 * when anything differs from what is declared now, what each extension creates and touches. Writes
 * nothing and takes no lock but AccessShare.
 * @extensions: (element-type SpExtension): all, in any order
 * @disabled: NULL-terminated: the ids of those that are disabled
 * Returns: (transfer full): an empty one for a database without the host's tables
 */
SpRecall *sp_recollect(SpSession *session, const GPtrArray *extensions, const char *const *disabled,
                       GError **error);
