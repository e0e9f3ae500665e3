/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Edits: what the operator's tools do to what is past, one edit a migration or object. Pure. */
#pragma once

#include "model/plan.h"

typedef enum {
    SP_EDIT_DOWN,      /* "down": runs the down SQL and forgets the migration */
    SP_EDIT_RERUN,     /* "rerun": runs the text as it is now and corrects the record */
    SP_EDIT_RECONCILE, /* "reconcile": corrects the record and runs nothing */
    SP_EDIT_MARK,      /* "mark-applied": makes the record and runs nothing */
    SP_EDIT_ADOPT,     /* "adopt": records an object as the extension's own and runs nothing */
} SpEditKind;

/** Owned by its list. */
typedef struct {
    SpEditKind kind;
    SpStepState state;           /* PENDING, DONE, FAILED or NOT_REACHED */
    const SpPrepared *prepared;  /* of its extension */
    guint index;                 /* of the migration in its extension */
    const SpObject *object;      /* (nullable): what is adopted; index counts for nothing then */
    const char *holder;          /* (nullable): the extension that gives it up */
    const char *name;            /* "003_add_due_date", "table orders" */
    const char *source;          /* the file of the statements, or of the CREATE */
    const GPtrArray *statements; /* (element-type SpStatement): those to run */
    const char *checksum;        /* (nullable): what the ledger holds */
} SpEdit;

typedef struct {
    const char *extension; /* (nullable): an id; NULL for all of them, when repairing */
    guint count;           /* when undoing: how many */
    guint version;         /* when marking: which one */
    gboolean reconciles_only;
    const char *const *objects; /* (nullable): when adopting: names, ended by NULL; none for all */
    const char *holder;         /* (nullable): when adopting: who gives the objects up */
} SpEditRequest;

const char *sp_edit_kind_nick(SpEditKind kind);
const SpExtension *sp_edit_get_extension(const SpEdit *edit);
/** (nullable): NULL when an object is adopted. */
const SpMigration *sp_edit_get_migration(const SpEdit *edit);

/** (transfer full): one that is pending and has nothing to run. */
SpEdit *sp_edit_new(SpEditKind kind, const SpPrepared *prepared);
void sp_edit_free(SpEdit *edit);
/** (nullable): of the enabled extension @id; NULL is refused in @findings (migration-unknown). */
const SpPrepared *sp_edit_find_extension(const SpDeclared *declared, const char *id,
                                         SpFindings *findings);

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
