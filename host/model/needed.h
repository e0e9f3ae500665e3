/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What a set of extensions needs beside itself. */
#pragma once

#include "model/extension.h"

/**
 * Chooses, from what is at hand, every extension on which the given ones depend, directly or
 * through others, optional ones included. One whose id is given already is not taken; of two with
 * one id the first is.
 * @given: (element-type SpExtension)
 * @at_hand: (element-type SpExtension)
 * Returns: (transfer full) (element-type SpExtension): the given ones, then those chosen
 */
GPtrArray *sp_extensions_complete(const GPtrArray *given, const GPtrArray *at_hand);
