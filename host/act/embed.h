/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Writes an extension as the C source of a plugin. Pure. */
#pragma once

#include "model/extension.h"

/** (transfer full): C99 that compiles alone with the public header: cc -shared -fPIC. The same
 * input gives the same bytes, so that builds are reproducible. */
char *sp_embed_c_source(const SpExtension *extension);
