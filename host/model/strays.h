/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Objects that a plan would meet, and that their extension did not make. Pure. */
#pragma once

#include "model/plan.h"

/**
 * Refuses (object-not-owned) every object of a pending schema that is there already, and is not the
 * extension's own: CREATE ... IF NOT EXISTS would go on with what somebody else put there, and OR
 * REPLACE would take it over. Likewise of pending migrations, where their text says IF NOT EXISTS
 * or OR REPLACE. A schema whose digest is recorded ran once and met nothing.
 *
 * Each is said once, with both sides. Extensions of which nothing that is there is their own, as in
 * a database that something else than this host has made, are each summed up in one refusal, and
 * several of them in one for all.
 */
void sp_strays_refuse(const SpPlan *plan, const SpHistory *history, SpFindings *findings);

/** (transfer full): "table orders", for people and for sp_edits_adopt(). */
char *sp_stray_describe(const SpObject *object);
