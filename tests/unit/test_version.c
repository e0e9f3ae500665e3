/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/version.h"

#include <criterion/criterion.h>
#include <glib.h>

static const char *const valid[] = {
    "1",          "1.2",           "1.2.3",           "0.0.0", "999999999.0.1",
    "1.2.3-rc.1", "1.2.3+build.5", "1.2.3-rc.1+build"};
static const char *const invalid[] = {
    "",   "v1",         "1.",      "1.2.3.4", ".1",   "1..2", "-1",  "1.2.x", "1.2.3-", "1.2.3+",
    "1 ", "1234567890", "1.2.3-é", "1-a..b",  "1-.a", "1-a.", "1+.", "1-+b",  "1+b+c"};

Test(version, tells_versions_from_other_texts)
{
    for (guint i = 0; i < G_N_ELEMENTS(valid); i++)
        cr_assert(sp_version_is_valid(valid[i]), "%s", valid[i]);
    for (guint i = 0; i < G_N_ELEMENTS(invalid); i++)
        cr_assert_not(sp_version_is_valid(invalid[i]), "%s", invalid[i]);
}

/* The order of semver.org 2.0.0, item 11, extended to numbers that are left out. */
static const char *const ascending[] = {
    "0.9",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0-rc.99999999999999999999",
    "1.0.0-rc.100000000000000000000",
    "1.0.0",
    "1.0.1",
    "1.2",
    "1.10",
    "2",
};

Test(version, orders_as_semver_does)
{
    for (guint i = 0; i < G_N_ELEMENTS(ascending); i++)
        for (guint j = 0; j < G_N_ELEMENTS(ascending); j++) {
            int order = sp_version_compare(ascending[i], ascending[j]);
            cr_assert_eq((order > 0) - (order < 0), (i > j) - (i < j), "%s %s", ascending[i],
                         ascending[j]);
        }
    cr_assert_eq(sp_version_compare("1.2", "1.2.0+build"), 0);
}

typedef struct {
    const char *version, *range;
    gboolean is_in;
} RangeCase;

static const RangeCase range_cases[] = {
    {"1.4.0", NULL, TRUE},           {"1.4.0", ">=1.2,<2", TRUE}, {"2.0.0", ">=1.2,<2", FALSE},
    {"1.2", " >= 1.2 , < 2 ", TRUE}, {"1.1.9", ">=1.2", FALSE},   {"1.2.0", ">1.2", FALSE},
    {"1.2.0", "<=1.2", TRUE},        {"1.2.1", "=1.2", FALSE},    {"2.0.0-rc.1", "<2", TRUE},
};

Test(version, lies_in_a_range_when_every_comparison_holds)
{
    for (guint i = 0; i < G_N_ELEMENTS(range_cases); i++)
        cr_assert_eq(sp_version_in_range(range_cases[i].version, range_cases[i].range),
                     range_cases[i].is_in, "%s %s", range_cases[i].version, range_cases[i].range);
}

static const char *const bad_ranges[] = {"",     "1.2",      ">=",  ">=1.2,",
                                         "~1.2", ">=1.2 <2", "=>1", "==1"};

Test(version, refuses_a_range_that_is_none)
{
    cr_assert(sp_version_range_is_valid(">=1.2,<2"));
    for (guint i = 0; i < G_N_ELEMENTS(bad_ranges); i++)
        cr_assert_not(sp_version_range_is_valid(bad_ranges[i]), "\"%s\"", bad_ranges[i]);
}
