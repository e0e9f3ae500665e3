/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The sites of a statement: each change that it makes to a table, on its own. ALTER TABLE has one
 * for every command, and one more for every constraint in it. */
#pragma once

#include "model/statement.h"
#include "model/tables.h"

typedef struct {
    const SpStatement *statement;
    const SpObject *object; /* the table, or one of its indexes, as the statement names it */
    gboolean is_other; /* the table beside it: that a foreign key references, that is attached */
    const PgQuery__AlterTableCmd *command; /* (nullable): of ALTER TABLE */
    const PgQuery__ColumnDef *column;      /* (nullable): that the command adds or changes */
    /* (nullable): that the command adds, or that the added column has */
    const PgQuery__Constraint *constraint;
    const SpTableFacts *table; /* (nullable): set by who looks it up; NULL when nothing is known */
} SpSite;

/** (transfer full) (element-type SpSite): of one statement, in the order of its text. */
GPtrArray *sp_sites_new(const SpStatement *statement);
