/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What each migration changed in the catalog when it ran, and what of that is left once it was
 * undone. */
#pragma once

#include "act/fingerprint.h"
#include "act/progress.h"
#include "model/declared.h"

typedef struct SpUps SpUps;

SpUps *sp_ups_new(void);
void sp_ups_free(SpUps *ups);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpUps, sp_ups_free)

/** For sp_install(): looks before and after every migration that can be undone.
 * @session: for looking only, not the one that installs; both have to outlive the install */
SpProgress sp_ups_watch(SpUps *ups, SpSession *session);

/** Whether every look was possible. Errors: those of sp_fingerprint_read(). */
gboolean sp_ups_check(const SpUps *ups, GError **error);

/**
 * What a migration changed and is as it left it. Namespaces and PostgreSQL's extensions may stay.
 * @declared_names: (element-type utf8): names that schemas create; such an object stays, whichever
 * text made it first
 * @now: after its down SQL ran
 * Returns: (transfer full) (element-type utf8): sentences without a full stop, in the order of
 * sp_fingerprint_compare()
 */
GPtrArray *sp_ups_find_left(const SpUps *ups, const char *extension, guint version,
                            GHashTable *declared_names, const SpFingerprint *now);

/** (transfer container) (element-type utf8): names that schemas create; borrowed from @declared. */
GHashTable *sp_ups_collect_declared(const SpDeclared *declared);
