/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Per extension: which migrations are applied, pending, drifted, orphaned; whether the database is
 * ahead. Pure. */
#pragma once

#include "model/declared.h"
#include "model/history.h"

typedef enum {
    SP_MIGRATION_APPLIED,
    SP_MIGRATION_PENDING,
    SP_MIGRATION_DRIFTED,     /* same name, other text */
    SP_MIGRATION_SLOT_REUSED, /* same version, other name */
    SP_MIGRATION_ORPHANED,    /* applied, no longer declared */
    SP_MIGRATION_SUPERSEDED,  /* applied with a text that the declared one says it corrects */
    SP_MIGRATION_SPENT,       /* a tombstone, whether it was ever applied or not */
} SpMigrationState;

typedef struct {
    SpMigrationState state;
    guint version;
    const char *name;             /* declared, or recorded when orphaned */
    const SpApplied *applied;     /* (nullable) */
    const SpMigration *migration; /* (nullable) */
} SpMigrationStatus;

typedef struct SpStatus SpStatus;

/** @history must outlive the status. Migrations come by version. */
SpStatus *sp_status_new(const SpExtension *extension, const SpHistory *history);
void sp_status_free(SpStatus *status);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpStatus, sp_status_free)

guint sp_status_get_n(const SpStatus *status);
const SpMigrationStatus *sp_status_get(const SpStatus *status, guint index);
/** Whether the database has versions above all that are declared: it has met a newer release of the
 * extension. */
gboolean sp_status_is_ahead(const SpStatus *status);
guint sp_status_count(const SpStatus *status, SpMigrationState state);
