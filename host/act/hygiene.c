/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/hygiene.h"

#include "base/error.h"

#define NAMED_MAX 5

static GError *
check_note(const SpElfFacts *facts)
{
    if (facts->has_note)
        return NULL;
    return sp_error_new(SP_ERROR_NO_NOTE,
                        "A host has to load the plugin to learn its name; list --no-load cannot "
                        "name it.",
                        "Define the extension with SP_EXTENSION(), or add SP_EXTENSION_NOTE().",
                        "plugin has no ELF note");
}

static GError *
check_exports(const SpElfFacts *facts)
{
    guint n = facts->exports != NULL ? g_strv_length(facts->exports) : 0;
    if (n == 0)
        return NULL;
    g_autoptr(GString) detail = g_string_new("It also exports ");
    for (guint i = 0; i < MIN(n, NAMED_MAX); i++)
        g_string_append_printf(detail, "%s\"%s\"", i > 0 ? ", " : "", facts->exports[i]);
    if (n > NAMED_MAX)
        g_string_append_printf(detail, " and %u more", n - NAMED_MAX);
    g_string_append_c(detail, '.');
    return sp_error_new(SP_ERROR_EXTRA_EXPORTS, detail->str,
                        "Build with -fvisibility=hidden, or make them static.",
                        "plugin exports more than \"sp_extension_vtable\"");
}

static GError *
check_relro(const SpElfFacts *facts)
{
    if (facts->has_relro && facts->is_bind_now)
        return NULL;
    const char *detail = facts->has_relro     ? "It has RELRO, but not BIND_NOW."
                         : facts->is_bind_now ? "It has BIND_NOW, but not RELRO."
                                              : "It has neither RELRO nor BIND_NOW.";
    return sp_error_new(SP_ERROR_NO_RELRO, detail, "Link with -Wl,-z,relro,-z,now.",
                        "what the loader fills into the plugin stays writable");
}

static GError *
check_build_id(const SpElfFacts *facts)
{
    if (facts->build_id != NULL)
        return NULL;
    return sp_error_new(SP_ERROR_NO_BUILD_ID,
                        "A core dump or a report does not tell which build of the plugin it is of.",
                        "Link with -Wl,--build-id.", "plugin has no build id");
}

void
sp_hygiene_check(const SpElfFacts *facts, const char *path, const char *id, SpFindings *findings)
{
    static GError *(*const checks[])(const SpElfFacts *facts) = {check_note, check_exports,
                                                                 check_relro, check_build_id};
    for (guint i = 0; i < G_N_ELEMENTS(checks); i++) {
        GError *warning = checks[i](facts);
        if (warning == NULL)
            continue;
        sp_error_place(warning, &(SpPlace){.path = path, .extension = id});
        sp_findings_warn(findings, warning);
    }
}
