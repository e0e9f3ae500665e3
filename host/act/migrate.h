/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The operator's tools: undo migrations, repair drift, record what was done by hand. */
#pragma once

#include "act/ledger.h"
#include "act/progress.h"
#include "model/edit.h"

/** Decides the edits of a tool: sp_edits_down(), sp_edits_repair(), sp_edits_mark()
 * or sp_edits_adopt(). */
typedef GPtrArray *(*SpEditsFunc)(const SpDeclared *declared, const SpHistory *history,
                                  const SpEditRequest *request, SpFindings *findings);

typedef struct {
    SpEditsFunc decide;
    SpEditRequest request;
    gboolean applies;        /* FALSE: only decides; takes no lock and writes nothing */
    gboolean is_all_or_none; /* one transaction for all edits, instead of one each */
    guint lock_wait_ms;      /* 0 tries once */
    guint lock_timeout_ms;   /* of one attempt at a transaction; 0: none */
    guint attempts;          /* at a transaction that met the lock timeout or a deadlock */
} SpMigrateOptions;

/**
 * Decides the edits, under the lock when they are to be applied, and applies them. Each runs with
 * its record in one transaction.
 * @declared: not refused
 * @progress: (nullable): told while it waits for the lock
 * @findings: refusals are added; with one nothing is written
 * @out_edits: (out) (transfer full) (nullable) (element-type SpEdit): with what became of each;
 * NULL when it came to none Errors: SP_ERROR_STANDBY, _LOCKED, _LOCK_LOST, _LOCK_TIMEOUT,
 * _STATEMENT, _CONNECTION_LOST, _PRIVILEGE, with their place; SP_ERROR_LEDGER when a row was not
 * there as it was read; the first refusal of
 * @findings.
 */
gboolean sp_migrate(SpSession *session, const SpDeclared *declared, const SpMigrateOptions *options,
                    const SpProgress *progress, SpFindings *findings, GPtrArray **out_edits,
                    GError **error);

/** (transfer full) (element-type SpRecord): the commands that change the ledger for an edit; the
 * first of them hits exactly one row. */
GArray *sp_edit_make_records(const SpEdit *edit);
