/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Holds the catalog of a database against what the extensions declare and what was recorded. */
#pragma once

#include "edge/session.h"
#include "model/declared.h"
#include "model/diagnosis.h"

typedef struct {
    const char *const *known; /* NULL-terminated: the ids of all plugins, disabled or refused too */
    gboolean knows_all;       /* there is no plugin without an id: so what has none is gone */
    gboolean looks_everywhere; /* for tables of nobody, also in namespaces that no extension made */
    guint lock_timeout_ms;     /* 0: none */
} SpDoctorOptions;

/**
 * Looks at everything, in one read-only transaction and one snapshot, with no lock but AccessShare.
 * Works on a standby.
 * Returns: (transfer full): what is wrong; not sorted. A database that no host ever installed into
 * is one trouble. Errors: SP_ERROR_PRIVILEGE, SP_ERROR_CONNECTION_LOST, SP_ERROR_LOCK_TIMEOUT for a
 * table that somebody keeps locked.
 */
SpDiagnosis *sp_doctor_examine(SpSession *session, const SpDeclared *declared,
                               const SpDoctorOptions *options, GError **error);
