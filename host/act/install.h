/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Applies a plan: lock, ledger, structural DDL, migrations, dependent DDL, required columns, seeds.
 */
#pragma once

#include "act/progress.h"
#include "edge/session.h"
#include "model/declared.h"

typedef struct {
    guint lock_wait_ms;    /* 0 tries once */
    guint lock_timeout_ms; /* of one attempt at a transaction; 0: none */
    guint attempts;      /* at a transaction that met the lock timeout or a deadlock; at least 1 */
    gboolean one_by_one; /* see SP_BATCH_ONE_BY_ONE */
    SpPlanOptions plan;
} SpInstallOptions;

typedef struct SpReport SpReport;

/**
 * Brings the database to the declared shape.
 * @declared: not refused
 * @findings: refusals and warnings of the plan are added; with a refusal nothing is written
 * @out_report: (out) (transfer full) (nullable): what was done; also set on failure once the plan
 * was made Errors: SP_ERROR_STANDBY, _PRIVILEGE, _LOCKED, _LOCK_LOST, _LOCK_TIMEOUT,
 * _CONNECTION_LOST, _STATEMENT, _INVALID_INDEX, _COLUMN_MISSING, each with its place; the first
 * refusal of @findings when the plan is refused.
 */
gboolean sp_install(SpSession *session, const SpDeclared *declared, const SpInstallOptions *options,
                    const SpProgress *progress, SpFindings *findings, SpReport **out_report,
                    GError **error);

void sp_report_free(SpReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpReport, sp_report_free)

/** (element-type SpStep): every step of the plan, with what became of it. */
const GPtrArray *sp_report_get_steps(const SpReport *report);
gint64 sp_report_get_duration_us(const SpReport *report);
