/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Edits: what the operator's tools do to migrations that are past, one edit a migration. Pure. */
#pragma once

#include "model/plan.h"

typedef enum {
    SP_EDIT_DOWN,      /* "down": runs the down SQL and forgets the migration */
    SP_EDIT_RERUN,     /* "rerun": runs the text as it is now and corrects the record */
    SP_EDIT_RECONCILE, /* "reconcile": corrects the record and runs nothing */
    SP_EDIT_MARK,      /* "mark-applied": makes the record and runs nothing */
} SpEditKind;

/** Owned by its list. */
typedef struct {
    SpEditKind kind;
    SpStepState state;           /* PENDING, DONE, FAILED or NOT_REACHED */
    const SpPrepared *prepared;  /* of its extension */
    guint index;                 /* of the migration in its extension */
    const char *name;            /* "003_add_due_date" */
    const char *source;          /* the file of the statements */
    const GPtrArray *statements; /* (element-type SpStatement): those to run */
    const char *checksum;        /* (nullable): what the ledger holds */
} SpEdit;

typedef struct {
    const char *extension; /* (nullable): an id; NULL for all of them, when repairing */
    guint count;           /* when undoing: how many */
    guint version;         /* when marking: which one */
    gboolean reconciles_only;
} SpEditRequest;

const char *sp_edit_kind_nick(SpEditKind kind);
const SpExtension *sp_edit_get_extension(const SpEdit *edit);
const SpMigration *sp_edit_get_migration(const SpEdit *edit);

/**
 * The undoing of the newest applied migrations of an extension, newest first. Refuses, in
 * @findings: an extension that is not enabled, fewer applied migrations than are to be undone
 * (migration-unknown), and of these each one that is not declared (migration-unknown), was applied
 * under another name (migration-slot-reused) or with another text (migration-drift), has no down
 * SQL (migration-not-reversible), or would take away what another enabled extension uses
 * (object-in-use). Returns: (transfer full) (element-type SpEdit)
 */
GPtrArray *sp_edits_down(const SpDeclared *declared, const SpHistory *history,
                         const SpEditRequest *request, SpFindings *findings);

/**
 * The repair of every drifted migration, in the order of the registry. Refuses: an extension that
 * is not enabled, a version that was applied under another name (migration-slot-reused), running a
 * migration without a transaction again (migration-drift). Returns: (transfer full) (element-type
 * SpEdit)
 */
GPtrArray *sp_edits_repair(const SpDeclared *declared, const SpHistory *history,
                           const SpEditRequest *request, SpFindings *findings);

/**
 * The record of one migration. Refuses: an extension that is not enabled, a version that is not
 * declared or spent (migration-unknown), one that is recorded (migration-recorded). Returns:
 * (transfer full) (element-type SpEdit)
 */
GPtrArray *sp_edits_mark(const SpDeclared *declared, const SpHistory *history,
                         const SpEditRequest *request, SpFindings *findings);
