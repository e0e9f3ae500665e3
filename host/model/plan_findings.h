/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What a plan has to say of the ledger: where the database and what is declared do not agree. */
#pragma once

#include "model/declared.h"
#include "model/history.h"
#include "model/status.h"

/** migration-drift: edited after it was applied */
void sp_plan_refuse_drift(SpFindings *findings, const SpExtension *extension,
                          const SpMigrationStatus *status);
/** migration-slot: its version was applied under another name */
void sp_plan_refuse_slot(SpFindings *findings, const SpExtension *extension,
                         const SpMigrationStatus *status);
/** migration-drift: edited after an interrupted run finished its first @n_done statements */
void sp_plan_refuse_changed_half(SpFindings *findings, const SpExtension *extension,
                                 const SpMigrationStatus *status, guint n_done);
/** migration-orphaned: applied, and no longer declared */
void sp_plan_warn_orphan(SpFindings *findings, const SpExtension *extension,
                         const SpMigrationStatus *status);
/** migration-ahead: the database has met a newer release */
void sp_plan_warn_ahead(SpFindings *findings, const SpExtension *extension);
/** migration-orphaned: the ledger has an extension that no plugin declares */
void sp_plan_warn_of_missing_plugins(const SpDeclared *declared, const SpHistory *history,
                                     SpFindings *findings);
