/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/findings.h"

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
