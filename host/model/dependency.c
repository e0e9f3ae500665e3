/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/dependency.h"

#include "base/error.h"

GError *
sp_dependency_missing(const char *id, const char *dependency, const char *reason)
{
    g_autofree char *detail = g_strdup_printf("Extension \"%s\" %s.", dependency, reason);
    return sp_error_new(SP_ERROR_MISSING_DEPENDENCY, detail, NULL,
                        "extension \"%s\" depends on \"%s\", which cannot be installed", id,
                        dependency);
}

GError *
sp_dependency_misfit(const char *id, const SpDependency *dependency, const char *version)
{
    g_autofree char *detail = g_strdup_printf("It needs \"%s\" %s; version %s is there.",
                                              dependency->id, dependency->version_range, version);
    return sp_error_new(SP_ERROR_DEPENDENCY_VERSION, detail, NULL,
                        "extension \"%s\" does not fit the version of \"%s\"", id, dependency->id);
}

GError *
sp_dependency_absent(const char *id, const SpDependency *dependency)
{
    g_autofree char *range =
        dependency->version_range != NULL
            ? g_strdup_printf(", nor whether its version is %s", dependency->version_range)
            : g_strdup("");
    g_autofree char *detail =
        g_strdup_printf("What it uses of \"%s\" was not checked%s.", dependency->id, range);
    return sp_error_new(
        SP_ERROR_NOT_CHECKED, detail, "Give its file too, or name its folder with --plugin-dir.",
        "extension \"%s\" depends on \"%s\", which is not among the files", id, dependency->id);
}
