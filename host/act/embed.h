/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Writes an extension as the C source of a plugin. Pure. */
#pragma once

#include "act/folder.h"

/** (transfer full): C99 that compiles alone with the public header: cc -shared -fPIC; what @symbols
 * names has to be linked with it. The same input gives the same bytes, so that builds are
 * reproducible. */
char *sp_embed_c_source(const SpExtension *extension, const SpFolderSymbols *symbols);
