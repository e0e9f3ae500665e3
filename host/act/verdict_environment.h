/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What verdicts about plugin files depend on, beside the files. */
#pragma once

#include "base/config.h"

/**
 * Describes the build of the host, the C library, the libraries that the loader knows of, the
 * policy and the limit of time. Whoever changes one of them gets another text, and so looks at
 * every plugin again.
 * Returns: (transfer full) (nullable): NULL when the host has no build id
 */
char *sp_verdict_environment(const SpTrust *trust, guint load_timeout_ms);
