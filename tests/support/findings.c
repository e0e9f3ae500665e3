/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "findings.h"

#include <criterion/criterion.h>

char *
sp_test_codes(const GPtrArray *errors)
{
    GString *codes = g_string_new(NULL);
    for (guint i = 0; i < errors->len; i++)
        g_string_append_printf(codes, "%s%s", i > 0 ? " " : "",
                               sp_error_nick(g_ptr_array_index(errors, i)));
    return g_string_free(codes, FALSE);
}

const GError *
sp_test_only(const GPtrArray *errors)
{
    for (guint i = 0; errors->len != 1 && i < errors->len; i++) {
        const GError *error = g_ptr_array_index(errors, i);
        cr_log_warn("%s: %s", sp_error_nick(error), error->message);
    }
    cr_assert_eq(errors->len, 1, "found %u instead of one", errors->len);
    return g_ptr_array_index(errors, 0);
}
