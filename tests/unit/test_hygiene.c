/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/hygiene.h"

#include "base/error.h"
#include "support/findings.h"

#include <criterion/criterion.h>

static void
assert_warned(const SpElfFacts *facts, const char *codes)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    sp_hygiene_check(facts, "/plugins/x.so", "x", findings);
    g_autofree char *warned = sp_test_codes(sp_findings_warnings(findings));
    cr_expect_str_eq(warned, codes);
    cr_expect_eq(sp_findings_refusals(findings)->len, 0);
    for (guint i = 0; i < sp_findings_warnings(findings)->len; i++) {
        const SpPlace *place =
            sp_error_get_place(g_ptr_array_index(sp_findings_warnings(findings), i));
        cr_expect_str_eq(place->path, "/plugins/x.so");
        cr_expect_str_eq(place->extension, "x");
    }
}

Test(hygiene, is_silent_about_a_careful_build)
{
    const SpElfFacts facts = {
        .has_note = TRUE, .has_relro = TRUE, .is_bind_now = TRUE, .build_id = (char *)"ab12"};
    assert_warned(&facts, "");
}

Test(hygiene, warns_of_each_fault_by_itself)
{
    char *exports[] = {(char *)"helper", NULL};
    SpElfFacts facts = {.has_relro = TRUE, .is_bind_now = TRUE, .build_id = (char *)"ab12"};
    assert_warned(&facts, "no-note");
    facts.has_note = TRUE;
    facts.exports = exports;
    assert_warned(&facts, "extra-exports");
    facts.exports = NULL;
    facts.is_bind_now = FALSE;
    assert_warned(&facts, "no-relro");
    facts.is_bind_now = TRUE;
    facts.has_relro = FALSE;
    assert_warned(&facts, "no-relro");
    facts.has_relro = TRUE;
    facts.build_id = NULL;
    assert_warned(&facts, "no-build-id");
}
