/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What of a plugin's ELF file is told to people, as bytes that can be kept. */
#pragma once

#include "base/wire.h"
#include "edge/elf.h"

/** Everything up to symbol_size. */
void sp_elf_facts_put(GByteArray *bytes, const SpElfFacts *facts);
/** (transfer full) (nullable): NULL when there are none to be read. */
SpElfFacts *sp_elf_facts_get(SpWire *wire);
