/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What a query gives. */
#pragma once

#include <glib.h>

typedef struct SpRows SpRows;

struct pg_result;

/** @result: (transfer full): of libpq */
SpRows *sp_rows_new(struct pg_result *result);
void sp_rows_free(SpRows *rows);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpRows, sp_rows_free)

guint sp_rows_get_n(const SpRows *rows);
/** (transfer none) (nullable): NULL for SQL NULL. */
const char *sp_rows_get(const SpRows *rows, guint row, guint column);
/** Whether a boolean column holds true. */
gboolean sp_rows_get_boolean(const SpRows *rows, guint row, guint column);
