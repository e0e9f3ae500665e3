/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Hazards: what a plan would do to tables that are in use. Pure. */
#pragma once

#include "model/hazard_rule.h"
#include "model/plan.h"

typedef struct {
    guint step; /* index in the steps of the plan */
    const SpHazardRule *rule;
    const SpStatement *statement;
    guint number; /* 1-based: of the statement in its step */
    const SpTableFacts *table;
    char *name;       /* "public.orders", as the statement finds it */
    const char *lock; /* "ACCESS EXCLUSIVE" */
    char *message;
} SpHazard;

/**
 * Finds what pending DDL and migrations would do to the tables that exist. Of tables that the plan
 * itself makes nothing is said. A migration's "@allow: CODE reason" silences a code; warns of one
 * that no statement of the migration would raise on a table in use.
 * @tables: the tables that the plan names, as far as they exist
 * @findings: one warning (SP_ERROR_HAZARD) a hazard and needless allowance
 * Returns: (transfer full) (element-type SpHazard): in the order of the plan; valid as long as
 * @plan and @tables
 */
GPtrArray *sp_hazards_find(const SpPlan *plan, const SpTables *tables, SpFindings *findings);

/**
 * Finds what each migration of an extension would do to tables in use, without a database: every
 * table that the migration does not make itself is assumed to be there, and large.
 * @findings: warnings, as of sp_hazards_find()
 */
void sp_hazards_foresee(const SpPrepared *prepared, SpFindings *findings);
