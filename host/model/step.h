/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* One step of a plan, and of the report that an install makes of it. */
#pragma once

#include "model/role_use.h"

typedef enum {
    SP_STEP_ROLES,     /* "roles": the host makes the role of one extension, and what it needs */
    SP_STEP_DDL,       /* "ddl": all structural, or all dependent, statements of one extension */
    SP_STEP_MIGRATION, /* "migration" */
    SP_STEP_RECONCILE, /* "reconcile": the record of a migration takes its corrected checksum */
    SP_STEP_COLUMNS,   /* "columns": required columns of all extensions, one query */
    SP_STEP_KEYS,      /* "keys": foreign keys apart from their tables; added, or looked at */
    SP_STEP_SEED,      /* "seed" */
} SpStepKind;

typedef enum {
    SP_STEP_PENDING,    /* "pending": has to run */
    SP_STEP_EVERY_BOOT, /* "every-boot": a seed or a check; runs each time and usually changes
                           nothing */
    SP_STEP_CURRENT,    /* "current": nothing to do */
    SP_STEP_STAMPED,    /* "stamped": recorded with the structural DDL of a fresh extension, and not
                           run */
    SP_STEP_DONE,       /* "done" (report only) */
    SP_STEP_FAILED,     /* "failed" (report only) */
    SP_STEP_NOT_REACHED, /* "not-reached" (report only) */
} SpStepState;

/** One transaction, but for COLUMNS and for migrations without one. Owned by its plan or report. */
typedef struct {
    SpPhase phase;
    SpStepKind kind;
    SpStepState state;
    const SpPrepared *prepared; /* (nullable): NULL for COLUMNS */
    guint index;                /* of the migration or seed in its extension */
    const char *name;           /* "structural", "003_add_due_date", "currencies" */
    const char *source;         /* (nullable): its file; NULL when it has several or none */
    /* (element-type SpStatement): those to run; of CURRENT steps those declared */
    const GPtrArray *statements;
    /* (nullable): holds those of the statements that put back what somebody took away */
    const GPtrArray *lost;
    SpRoleUse *role_use; /* (nullable): NULL runs it under the role of the host */
    /* (nullable) (element-type utf8): of ROLES: what an administrator has to run before */
    const GPtrArray *missing;
    /* (nullable) (element-type SpStatement): holds those of the statements that the host made */
    const GPtrArray *made;
    /* statements of a migration without a transaction that an interrupted run finished */
    guint n_done;
    gboolean is_validation; /* of KEYS: looks at rows that were there before the key */
    /* structural DDL that records every migration of its extension as stamped */
    gboolean is_baseline;
    gint64 duration_us; /* report only */
    guint64 rows;       /* report only: rows that the statements changed */
} SpStep;

const char *sp_step_kind_nick(SpStepKind kind);
const char *sp_step_state_nick(SpStepState state);
/** (transfer none): the id of its extension, or NULL. */
const char *sp_step_extension_id(const SpStep *step);
/** Whether the step runs SQL or changes the ledger of migrations. DDL of which everything is there
 * only has its digest recorded. */
gboolean sp_step_has_work(const SpStep *step);
void sp_step_free(SpStep *step);

/** Says how a step that is to run, but for ROLES, runs under the role of its extension; again when
 * its statements are others. */
void sp_step_choose_role(SpStep *step, const SpDeclared *declared);

/** Says which step an error is of. */
void sp_step_place(GError *error, const SpStep *step);
/**
 * Says where a statement that failed stands in the file it came from, and that it is n of m.
 * @statements: (element-type SpStatement): those of its transaction
 */
void sp_step_place_statement(GError *error, const GPtrArray *statements, guint index);

/** Counts over steps, for the summary line and its JSON. */
typedef struct {
    guint extensions;     /* in the registry */
    guint statements;     /* to run, or run */
    guint migrations_run; /* pending, or run */
    guint seeds;
    guint changed; /* steps pending; of a report: done, seeds only when they changed rows */
    gint64 duration_us;
} SpSummary;

SpSummary sp_steps_summarise(const GPtrArray *steps, const SpRegistry *registry);
