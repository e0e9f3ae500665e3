/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What is said of a dependency that cannot be met. Each returns an error: (transfer full), without
 * its place. */
#pragma once

#include "model/extension.h"

/** SP_ERROR_MISSING_DEPENDENCY. @id: of who depends; @reason: what follows its name: "is disabled"
 */
GError *sp_dependency_missing(const char *id, const char *dependency, const char *reason);
/** SP_ERROR_DEPENDENCY_VERSION. @version: the one that is there */
GError *sp_dependency_misfit(const char *id, const SpDependency *dependency, const char *version);
/** SP_ERROR_NOT_CHECKED: it is not in a set that is only part of one. */
GError *sp_dependency_absent(const char *id, const SpDependency *dependency);
