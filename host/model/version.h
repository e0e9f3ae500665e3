/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Versions "MAJOR.MINOR.PATCH" and ranges of them: ">=1.2,<2". */
#pragma once

#include <glib.h>

/** One to three numbers of at most nine digits, joined by dots; an absent one reads as 0. A "-pre"
 * or "+build" suffix is accepted: a pre-release is older than its release (semver.org 2.0.0, item
 * 11), build data does not count. */
gboolean sp_version_is_valid(const char *version);
/** <0, 0, >0. Both must be valid. */
int sp_version_compare(const char *a, const char *b);
/** Comparisons (=, >, >=, <, <=) joined by commas, spaces allowed: all must hold. */
gboolean sp_version_range_is_valid(const char *range);
/** Whether the valid @version lies in the valid @range (nullable: every version does). */
gboolean sp_version_in_range(const char *version, const char *range);
