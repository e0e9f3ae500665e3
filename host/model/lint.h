/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Whether a statement may stand in its script, and how it is made safe to repeat. */
#pragma once

#include "base/findings.h"
#include "base/lines.h"
#include "model/statement.h"

/** The script that is being checked. */
typedef struct {
    SpScriptRole role;
    const char *extension;
    const char *source;
    const SpLines *lines;
    gboolean is_transactional;
    gboolean has_role; /* the extension has a database role, which it may not leave */
    SpFindings *findings;
    GHashTable *dropped; /* (element-type SpObject): by DROP ... IF EXISTS, up to here; see
                            sp_lint_dropped_new() */
} SpLint;

/** (transfer full) (element-type SpObject): an empty set. */
GHashTable *sp_lint_dropped_new(void);

/**
 * Checks one statement, whose node is still there, after those before it. At most one refusal is
 * added.
 * @messages: (element-type ProtobufCMessage): what sp_node_walk() gives of its node
 * Returns: (transfer none) (nullable): an object of the statement's effects; the statement is to be
 * skipped when it exists
 */
const SpObject *sp_lint_check(const SpLint *lint, const SpStatement *statement,
                              const GPtrArray *messages);
