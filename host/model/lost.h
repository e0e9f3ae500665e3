/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Parts of tables that somebody took away by hand, and how they come back. */
#pragma once

#include "model/statement.h"

/** A column or constraint that was there after the last install. */
typedef struct {
    gboolean is_column; /* else a constraint */
    char *name;
    SpStatement statement; /* puts it back, and does nothing where it is; owns its texts */
} SpLostPart;

SpLostPart *sp_lost_part_new(gboolean is_column, const char *name, const char *sql);
void sp_lost_part_free(SpLostPart *part);

/**
 * Adds what puts the parts back to the @statements of a DDL step. Columns go before the structural
 * DDL, whose indexes may need them, and once more after it, for a table that was gone as a whole;
 * constraints go first of the dependent DDL, when all tables are there.
 * @lost: (nullable) (element-type SpLostPart)
 */
void sp_lost_put_back(GPtrArray *statements, const GPtrArray *lost, SpPhase phase);
