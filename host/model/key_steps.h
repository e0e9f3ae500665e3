/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What a plan does about the foreign keys of schemas. Pure. */
#pragma once

#include "model/declared.h"
#include "model/history.h"
#include "model/step.h"

/** (transfer container) (element-type SpForeignKey): the keys that have to be looked for: those of
 * every extension whose SQL was read. */
GPtrArray *sp_key_steps_list(const SpDeclared *declared);

/** Adds to @objects (element-type SpObject) the tables to which keys that are apart refer: whether
 * they are there has to be known, too. */
void sp_key_steps_add_others(const SpDeclared *declared, GPtrArray *objects);

/**
 * Adds to @steps what brings the keys that are apart, and warns (foreign-key-differs) of each key
 * that is there otherwise than it is declared, with the statement that mends it, unless a migration
 * of its extension is pending. Added is what neither stands there under whatever name nor comes
 * back as a lost part: all keys of an extension in one step, without looking at rows where
 * PostgreSQL can leave that for later, and then a step for each that looks at its rows.
 * A key to a table that is not there waits for the optional dependency that is absent.
 * @lost: (nullable) (element-type SpLostPart): of this extension
 */
void sp_key_steps_decide(const SpDeclared *declared, const SpPrepared *prepared,
                         const SpHistory *history, const GPtrArray *lost, GPtrArray *steps,
                         SpFindings *findings);

/** Whether the step only looks at rows that were there before its key. */
gboolean sp_key_step_is_validation(const SpStep *step);
