/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What a check found, in a form that a test can compare. */
#pragma once

#include "base/error.h"
#include "base/findings.h"

/** (transfer full): the codes, in order, joined by spaces: "table-not-owned host-table". */
char *sp_test_codes(const GPtrArray *errors);
/** The only error; prints all and fails the test when there are none or several. */
const GError *sp_test_only(const GPtrArray *errors);
