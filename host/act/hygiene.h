/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* How a plugin was built: what keeps it out of no host, and its author does well to mend. */
#pragma once

#include "base/findings.h"
#include "edge/elf.h"

/**
 * Warns of a file without a note (no-note) or build id (no-build-id), of exports beside the vtable
 * (extra-exports), and of relocated data that stays writable (no-relro).
 * @facts: as sp_elf_read() gives them
 * @path: of the file, for the place
 * @id: (nullable): of the extension, for the place
 */
void sp_hygiene_check(const SpElfFacts *facts, const char *path, const char *id,
                      SpFindings *findings);
