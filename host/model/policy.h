/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Which plugins the operator allows: the lists of group [trust]. */
#pragma once

#include "base/config.h"

/** Whether a list of hashes is set, so that the hash of each plugin has to be known. */
gboolean sp_policy_needs_sha256(const SpTrust *trust);

/**
 * Whether the lists let that extension, or that file, pass. What is in a deny list is refused, also
 * when it is in the allow list; an allow list that is set refuses all that is not in it.
 * @sha256: lower-case hexadecimal
 * Errors: SP_ERROR_DENIED, whose detail names the list.
 */
gboolean sp_policy_check_id(const SpTrust *trust, const char *id, GError **error);
gboolean sp_policy_check_sha256(const SpTrust *trust, const char *sha256, GError **error);
