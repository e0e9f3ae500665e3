/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The calling process as in a container that does not let it filter system calls. */
#pragma once

#include <criterion/criterion.h>
#include <errno.h>
#include <seccomp.h>
#include <sys/prctl.h>

/* Of the two calls that install a filter the younger one, which not every sandbox lets through. */
static inline void
sp_test_forbid_seccomp(int error)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    cr_assert_eq(seccomp_rule_add(filter, SCMP_ACT_ERRNO(error), SCMP_SYS(seccomp), 0), 0);
    cr_assert_eq(seccomp_load(filter), 0);
    seccomp_release(filter);
}

/* Both. */
static inline void
sp_test_forbid_filters(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    const struct scmp_arg_cmp is_filter = SCMP_A0_64(SCMP_CMP_EQ, PR_SET_SECCOMP);
    cr_assert_eq(
        seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1, &is_filter), 0);
    cr_assert_eq(seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(seccomp), 0), 0);
    cr_assert_eq(seccomp_load(filter), 0);
    seccomp_release(filter);
}
