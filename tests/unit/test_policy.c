/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/policy.h"

#include "base/error.h"

#include <criterion/criterion.h>
#include <string.h>

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})
#define EMPTY ((const char *const[]){NULL})

/* @list: (nullable): that the detail names; NULL when the name passes */
static void
assert_id(const SpTrust *trust, const char *id, const char *list)
{
    g_autoptr(GError) error = NULL;
    gboolean passes = sp_policy_check_id(trust, id, &error);
    cr_assert_eq(passes, list == NULL, "%s", id);
    cr_assert_eq(passes, error == NULL);
    if (passes)
        return;
    cr_expect(g_error_matches(error, SP_ERROR, SP_ERROR_DENIED));
    cr_expect_not_null(strstr(sp_error_detail(error), list), "%s", sp_error_detail(error));
    cr_expect_not_null(strstr(sp_error_detail(error), id), "%s", sp_error_detail(error));
}

Test(policy, lets_everybody_pass_without_lists)
{
    assert_id(&(SpTrust){0}, "orders", NULL);
    cr_expect_not(sp_policy_needs_sha256(&(SpTrust){.deny_ids = EMPTY}));
}

Test(policy, denies_what_is_in_a_deny_list)
{
    const SpTrust trust = {.deny_ids = LIST("audit", "spy")};
    assert_id(&trust, "spy", "deny_ids");
    assert_id(&trust, "spy2", NULL);
}

Test(policy, denies_what_is_not_in_an_allow_list)
{
    const SpTrust trust = {.allow_ids = LIST("orders")};
    assert_id(&trust, "orders", NULL);
    assert_id(&trust, "order", "allow_ids");
}

Test(policy, denies_all_when_an_allow_list_is_empty)
{
    assert_id(&(SpTrust){.allow_ids = EMPTY}, "orders", "allow_ids");
}

Test(policy, lets_denying_win)
{
    const SpTrust trust = {.allow_ids = LIST("orders"), .deny_ids = LIST("orders")};
    assert_id(&trust, "orders", "deny_ids");
}

Test(policy, looks_at_hashes_in_lists_of_their_own)
{
    const SpTrust trust = {.deny_ids = LIST("ab"), .deny_sha256 = LIST("cd")};
    g_autoptr(GError) error = NULL;
    cr_expect(sp_policy_needs_sha256(&trust));
    cr_expect(sp_policy_check_sha256(&trust, "ab", NULL));
    cr_expect_not(sp_policy_check_sha256(&trust, "cd", &error));
    cr_expect_not_null(strstr(sp_error_detail(error), "deny_sha256"));
    cr_expect(sp_policy_needs_sha256(&(SpTrust){.allow_sha256 = EMPTY}));
}
