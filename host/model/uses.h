/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Who else uses what one script takes away. Pure. */
#pragma once

#include "model/declared.h"

/**
 * Refuses (object-in-use) every object that @script drops, renames or moves, and that a schema,
 * migration or seed of another enabled extension names: once for each of these extensions, with the
 * place of its first use. A column that is dropped is no object here.
 * @extension: whose script it is
 */
void sp_uses_check(const SpDeclared *declared, const SpExtension *extension, const SpScript *script,
                   SpFindings *findings);
