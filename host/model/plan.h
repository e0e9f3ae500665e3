/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The plan: the steps that one database needs. Pure. */
#pragma once

#include "model/declared.h"
#include "model/history.h"
#include "model/step.h"

typedef struct SpPlan SpPlan;

typedef struct {
    gboolean stamps_fresh; /* record the migrations of a fresh extension instead of running them */
} SpPlanOptions;

/**
 * Decides.
 *
 * An extension is fresh when it creates a table in its schemas, none of these tables is there, and
 * the ledger knows nothing of it. A DDL step is current when its digest is recorded and everything
 * that its statements create is in the catalog; of one that is pending, statements whose guard
 * exists are left out. Refuses, in @findings: a migration that was edited after it was applied
 * (migration-drift), a version whose recorded name is another (migration-slot-reused), what
 * sp_absent_check() finds. Warns:
 * orphaned ledger rows; a database that is ahead, for whose extension no migration is planned.
 */
SpPlan *sp_plan_new(const SpDeclared *declared, const SpHistory *history,
                    const SpPlanOptions *options, SpFindings *findings);
void sp_plan_free(SpPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpPlan, sp_plan_free)

/** (element-type SpStep): in the order in which they run. */
const GPtrArray *sp_plan_get_steps(const SpPlan *plan);
/** (transfer full) (element-type SpStep): the steps, of a plan that is needed no more. @plan:
 * (transfer full) */
GPtrArray *sp_plan_free_to_steps(SpPlan *plan);
/** Whether anything is pending; steps of every boot do not count. */
gboolean sp_plan_has_changes(const SpPlan *plan);
