/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What the loader would do without a word, and the host must not let happen in its process. Every
 * refusal of a file is found, in a fixed order. */
#pragma once

#include "base/findings.h"
#include "edge/elf_dynamic.h"

/**
 * Code that is writable; a stack that is to become executable, or may, since nothing says
 * otherwise. Refusals: SP_ERROR_EXECUTABLE_STACK, SP_ERROR_WRITABLE_CODE.
 */
void sp_elf_check_segments(const SpElfImage *image, SpFindings *findings);

/**
 * Relocations of code; libraries looked for elsewhere than in the system and in or below the folder
 * of the plugin; static thread-local storage beyond 1 KiB; two of sp_extension_vtable. Refusals:
 * SP_ERROR_TEXT_RELOCATIONS, SP_ERROR_RPATH, SP_ERROR_STATIC_TLS, SP_ERROR_AMBIGUOUS_SYMBOL.
 */
void sp_elf_check_dynamic(const SpElfDynamic *dynamic, SpFindings *findings);

/**
 * One folder of a DT_RUNPATH, relative to that of the plugin.
 * @entry: "$ORIGIN" or "${ORIGIN}", alone or with "/FOLDER" behind, no ".." in it
 * Returns: (nullable): what stands behind the slash, "" when nothing does; NULL for all else
 */
const char *sp_elf_below_origin(const char *entry);
