/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/findings.h"

#include "base/error.h"

struct SpFindings {
    GPtrArray *refusals;
    GPtrArray *warnings;
    GPtrArray *notes;
};

SpFindings *
sp_findings_new(void)
{
    SpFindings *findings = g_new0(SpFindings, 1);
    findings->refusals = g_ptr_array_new_with_free_func((GDestroyNotify)g_error_free);
    findings->warnings = g_ptr_array_new_with_free_func((GDestroyNotify)g_error_free);
    findings->notes = g_ptr_array_new_with_free_func((GDestroyNotify)g_error_free);
    return findings;
}

void
sp_findings_free(SpFindings *findings)
{
    if (findings == NULL)
        return;
    g_ptr_array_unref(findings->refusals);
    g_ptr_array_unref(findings->warnings);
    g_ptr_array_unref(findings->notes);
    g_free(findings);
}

void
sp_findings_refuse(SpFindings *findings, GError *error)
{
    g_ptr_array_add(findings->refusals, error);
}

void
sp_findings_warn(SpFindings *findings, GError *error)
{
    g_ptr_array_add(findings->warnings, error);
}

void
sp_findings_note(SpFindings *findings, GError *error)
{
    g_ptr_array_add(findings->notes, error);
}

const GPtrArray *
sp_findings_refusals(const SpFindings *findings)
{
    return findings->refusals;
}

const GPtrArray *
sp_findings_warnings(const SpFindings *findings)
{
    return findings->warnings;
}

const GPtrArray *
sp_findings_notes(const SpFindings *findings)
{
    return findings->notes;
}

GError *
sp_findings_join(const SpFindings *findings)
{
    const GPtrArray *refusals = findings->refusals;
    const GError *first = refusals->len > 0 ? g_ptr_array_index(refusals, 0) : NULL;
    if (refusals->len <= 1)
        return first != NULL ? g_error_copy(first) : NULL;
    g_autoptr(GString) detail = g_string_new(sp_error_detail(first));
    g_string_append_printf(detail, "%sAnd %u more:", detail->len > 0 ? " " : "", refusals->len - 1);
    for (guint i = 1; i < refusals->len; i++) {
        const GError *next = g_ptr_array_index(refusals, i);
        g_string_append_printf(detail, "%s %s", i > 1 ? ";" : "", next->message);
    }
    g_string_append_c(detail, '.');
    GError *joined = sp_error_new((SpErrorCode)first->code, detail->str, sp_error_hint(first), "%s",
                                  first->message);
    sp_error_place(joined, sp_error_get_place(first));
    return joined;
}
