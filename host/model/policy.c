/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/policy.h"

#include "base/error.h"

/* The two lists of one kind of name. */
typedef struct {
    const char *what;
    const char *allow_key, *deny_key;
    const char *const *allow, *const *deny;
} Lists;

static gboolean
deny(const Lists *lists, const char *key, gboolean is_in, const char *name, GError **error)
{
    g_autofree char *detail = g_strdup_printf("Its %s \"%s\" is %s %s of group [trust].",
                                              lists->what, name, is_in ? "in" : "not in", key);
    g_autofree char *hint = g_strdup_printf("If it is meant to be used, %s %s.",
                                            is_in ? "take it out of" : "add it to", key);
    return sp_error_set(error, SP_ERROR_DENIED, detail, hint,
                        "the configuration does not allow the plugin");
}

static gboolean
check(const Lists *lists, const char *name, GError **error)
{
    if (lists->deny != NULL && g_strv_contains(lists->deny, name))
        return deny(lists, lists->deny_key, TRUE, name, error);
    if (lists->allow != NULL && !g_strv_contains(lists->allow, name))
        return deny(lists, lists->allow_key, FALSE, name, error);
    return TRUE;
}

gboolean
sp_policy_needs_sha256(const SpTrust *trust)
{
    return trust->allow_sha256 != NULL || trust->deny_sha256 != NULL;
}

gboolean
sp_policy_check_id(const SpTrust *trust, const char *id, GError **error)
{
    const Lists lists = {"id", "allow_ids", "deny_ids", trust->allow_ids, trust->deny_ids};
    return check(&lists, id, error);
}

gboolean
sp_policy_check_sha256(const SpTrust *trust, const char *sha256, GError **error)
{
    const Lists lists = {"SHA-256", "allow_sha256", "deny_sha256", trust->allow_sha256,
                         trust->deny_sha256};
    return check(&lists, sha256, error);
}
