/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Concurrent index builds: one that is interrupted leaves an index that cannot be used, and that IF
 * NOT EXISTS would take for done. */
#pragma once

#include "edge/session.h"
#include "model/statement.h"

/** Whether @statement builds an index concurrently under a name of its own. */
gboolean sp_build_is(const SpStatement *statement);

/**
 * Looks for the index of @statement before it is built, and drops one that cannot be used.
 * @out_exists: (out): one that can be used is there
 */
gboolean sp_build_clear(SpSession *session, const SpStatement *statement, gboolean *out_exists,
                        GError **error);
/** Looks for the index after it was built. Errors: SP_ERROR_INVALID_INDEX. */
gboolean sp_build_check(SpSession *session, const SpStatement *statement, GError **error);
