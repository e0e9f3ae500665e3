/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/edit.h"

#include "base/error.h"
#include "model/status.h"
#include "model/uses.h"

/* What deciding needs at hand; lives on the stack. */
typedef struct {
    const SpDeclared *declared;
    const SpHistory *history;
    const SpEditRequest *request;
    SpFindings *findings;
    GPtrArray *edits;
} Decision;

/* What is wrong with a migration. */
typedef struct {
    SpErrorCode code;
    const char *problem; /* follows 'migration 003 "name" of extension "id"' */
    const char *detail;
    const char *hint; /* (nullable) */
} Fault;

static const Fault is_drifted = {
    SP_ERROR_MIGRATION_DRIFT, "was edited after it was applied",
    "What undoes the text that is declared now may not undo the text that was applied.",
    "Restore the text that was applied, or repair the migration first."};
static const Fault is_slot_reused = {
    SP_ERROR_MIGRATION_SLOT, "was applied under another name",
    "Another migration once had this version, and the database has applied that one.",
    "Give the new migration a version that was never used."};
static const Fault is_orphaned = {SP_ERROR_MIGRATION_UNKNOWN, "is applied, but no longer declared",
                                  "Nothing says how to undo it.",
                                  "Install the release of the plugin that declares it."};
static const Fault is_spent = {SP_ERROR_NOT_REVERSIBLE, "is spent",
                               "Its version is kept as a tombstone, which has no SQL.", NULL};
static const Fault has_no_down = {SP_ERROR_NOT_REVERSIBLE, "cannot be undone",
                                  "Its extension declares no down SQL for it.",
                                  "Write a new migration that takes the change back."};
static const Fault has_no_transaction = {
    SP_ERROR_MIGRATION_DRIFT, "cannot be run again",
    "It runs without a transaction, so a failure halfway would leave it half done.",
    "Do by hand what has changed in every migration that is listed; then repair the extension "
    "with --reconcile-only, which records all of them and runs none."};
static const Fault is_tombstone = {SP_ERROR_MIGRATION_UNKNOWN, "is spent",
                                   "Its version is kept as a tombstone, which is never recorded.",
                                   NULL};
static const Fault is_recorded = {SP_ERROR_MIGRATION_RECORDED, "is recorded already",
                                  "The ledger has a row of this version.",
                                  "Look at its state with \"sp-host status\"."};

const char *
sp_edit_kind_nick(SpEditKind kind)
{
    static const char *const nicks[] = {
        [SP_EDIT_DOWN] = "down",           [SP_EDIT_RERUN] = "rerun",
        [SP_EDIT_RECONCILE] = "reconcile", [SP_EDIT_MARK] = "mark-applied",
        [SP_EDIT_ADOPT] = "adopt",
    };
    return nicks[kind];
}

const SpExtension *
sp_edit_get_extension(const SpEdit *edit)
{
    return sp_prepared_get_extension(edit->prepared);
}

const SpMigration *
sp_edit_get_migration(const SpEdit *edit)
{
    if (edit->kind == SP_EDIT_ADOPT)
        return NULL;
    return sp_extension_get_migration(sp_edit_get_extension(edit), edit->index);
}

SpEdit *
sp_edit_new(SpEditKind kind, const SpPrepared *prepared)
{
    SpEdit *edit = g_new0(SpEdit, 1);
    edit->kind = kind;
    edit->state = SP_STEP_PENDING;
    edit->prepared = prepared;
    edit->statements = g_ptr_array_new();
    return edit;
}

void
sp_edit_free(SpEdit *edit)
{
    g_free((char *)edit->holder);
    g_free((char *)edit->name);
    g_free((char *)edit->checksum);
    g_ptr_array_unref((GPtrArray *)edit->statements);
    g_free(edit);
}

static guint
index_of(const SpExtension *extension, const SpMigration *migration)
{
    guint index = 0;
    while (sp_extension_get_migration(extension, index) != migration)
        index++;
    return index;
}

/* @script: (nullable): what is run */
static void
add_edit(Decision *decision, SpEditKind kind, const SpPrepared *prepared,
         const SpMigrationStatus *status, const SpScript *script)
{
    const SpMigration *migration = status->migration;
    SpEdit *edit = sp_edit_new(kind, prepared);
    edit->index = index_of(sp_prepared_get_extension(prepared), migration);
    edit->name = g_strdup_printf("%03u_%s", migration->version, migration->name);
    edit->source = kind == SP_EDIT_DOWN ? migration->down_source : migration->source;
    if (script != NULL)
        g_ptr_array_extend((GPtrArray *)edit->statements,
                           (GPtrArray *)sp_script_get_statements(script), NULL, NULL);
    edit->checksum = status->applied ? g_strdup(status->applied->checksum) : NULL;
    g_ptr_array_add(decision->edits, edit);
}

/* @error: (transfer full) */
static void
refuse(Decision *decision, const SpPrepared *prepared, const SpMigrationStatus *status,
       GError *error)
{
    const SpExtension *extension = prepared ? sp_prepared_get_extension(prepared) : NULL;
    const SpPlace place = {
        .path = extension ? sp_extension_get_path(extension) : NULL,
        .extension = decision->request->extension,
        .source = status && status->migration ? status->migration->source : NULL,
        .phase = sp_phase_nick(SP_PHASE_MIGRATIONS),
    };
    sp_error_place(error, &place);
    sp_findings_refuse(decision->findings, error);
}

static void
refuse_migration(Decision *decision, const SpPrepared *prepared, const SpMigrationStatus *status,
                 const Fault *fault)
{
    const char *id = sp_extension_get_id(sp_prepared_get_extension(prepared));
    refuse(decision, prepared, status,
           sp_error_new(fault->code, fault->detail, fault->hint,
                        "migration %03u \"%s\" of extension \"%s\" %s", status->version,
                        status->name, id, fault->problem));
}

static void
refuse_extension(const SpDeclared *declared, const char *id, SpFindings *findings)
{
    const SpRegistry *registry = sp_declared_get_registry(declared);
    g_autoptr(GString) detail = g_string_new("The enabled extensions are:");
    for (guint i = 0; i < sp_registry_get_n(registry); i++)
        g_string_append_printf(detail, "%s \"%s\"", i > 0 ? "," : "",
                               sp_extension_get_id(sp_registry_get(registry, i)));
    g_string_append(detail, sp_registry_get_n(registry) > 0 ? "." : " none.");
    GError *error = sp_error_new(SP_ERROR_MIGRATION_UNKNOWN, detail->str, NULL,
                                 "there is no enabled extension \"%s\"", id);
    const SpPlace place = {.extension = id, .phase = sp_phase_nick(SP_PHASE_MIGRATIONS)};
    sp_error_place(error, &place);
    sp_findings_refuse(findings, error);
}

const SpPrepared *
sp_edit_find_extension(const SpDeclared *declared, const char *id, SpFindings *findings)
{
    const SpRegistry *registry = sp_declared_get_registry(declared);
    const SpExtension *extension = sp_registry_find(registry, id);
    if (extension != NULL)
        return sp_declared_get_prepared(declared,
                                        (guint)sp_registry_get_position(registry, extension));
    refuse_extension(declared, id, findings);
    return NULL;
}

/* (nullable): of the extension that is asked for; NULL is refused */
static const SpPrepared *
find_prepared(const Decision *decision)
{
    return sp_edit_find_extension(decision->declared, decision->request->extension,
                                  decision->findings);
}

static Decision
decision_new(const SpDeclared *declared, const SpHistory *history, const SpEditRequest *request,
             SpFindings *findings)
{
    return (Decision){declared, history, request, findings,
                      g_ptr_array_new_with_free_func((GDestroyNotify)sp_edit_free)};
}

static void
undo(Decision *decision, const SpPrepared *prepared, const SpMigrationStatus *status)
{
    static const Fault *const faults[] = {
        [SP_MIGRATION_APPLIED] = NULL,
        [SP_MIGRATION_DRIFTED] = &is_drifted,
        [SP_MIGRATION_SLOT_REUSED] = &is_slot_reused,
        [SP_MIGRATION_ORPHANED] = &is_orphaned,
        [SP_MIGRATION_SUPERSEDED] = NULL,
        [SP_MIGRATION_SPENT] = &is_spent,
    };
    if (faults[status->state] != NULL) {
        refuse_migration(decision, prepared, status, faults[status->state]);
        return;
    }
    const SpExtension *extension = sp_prepared_get_extension(prepared);
    const SpScript *down = sp_prepared_get_down(prepared, index_of(extension, status->migration));
    if (down == NULL) {
        refuse_migration(decision, prepared, status, &has_no_down);
        return;
    }
    sp_uses_check(decision->declared, extension, down, decision->findings);
    add_edit(decision, SP_EDIT_DOWN, prepared, status, down);
}

static void
undo_newest(Decision *decision, const SpPrepared *prepared)
{
    const SpExtension *extension = sp_prepared_get_extension(prepared);
    g_autoptr(SpStatus) status = sp_status_new(extension, decision->history);
    guint count = decision->request->count, n_found = 0;
    for (guint i = sp_status_get_n(status); i > 0 && n_found < count; i--) {
        const SpMigrationStatus *migration = sp_status_get(status, i - 1);
        if (migration->applied == NULL)
            continue;
        n_found++;
        undo(decision, prepared, migration);
    }
    if (n_found == count)
        return;
    g_autofree char *detail = g_strdup_printf(
        "The ledger has %u of them; %u were to be undone. Nothing was undone.", n_found, count);
    refuse(decision, prepared, NULL,
           sp_error_new(SP_ERROR_MIGRATION_UNKNOWN, detail, NULL,
                        "extension \"%s\" has fewer applied migrations than are to be undone",
                        sp_extension_get_id(extension)));
}

GPtrArray *
sp_edits_down(const SpDeclared *declared, const SpHistory *history, const SpEditRequest *request,
              SpFindings *findings)
{
    Decision decision = decision_new(declared, history, request, findings);
    const SpPrepared *prepared = find_prepared(&decision);
    if (prepared != NULL)
        undo_newest(&decision, prepared);
    return decision.edits;
}

static void
repair_drift(Decision *decision, const SpPrepared *prepared, const SpMigrationStatus *status)
{
    const SpExtension *extension = sp_prepared_get_extension(prepared);
    guint index = index_of(extension, status->migration);
    if (decision->request->reconciles_only)
        add_edit(decision, SP_EDIT_RECONCILE, prepared, status, NULL);
    else if (status->migration->is_transactional)
        add_edit(decision, SP_EDIT_RERUN, prepared, status,
                 sp_prepared_get_migration(prepared, index));
    else
        refuse_migration(decision, prepared, status, &has_no_transaction);
}

static void
repair_extension(Decision *decision, const SpPrepared *prepared)
{
    g_autoptr(SpStatus) status =
        sp_status_new(sp_prepared_get_extension(prepared), decision->history);
    for (guint i = 0; i < sp_status_get_n(status); i++) {
        const SpMigrationStatus *migration = sp_status_get(status, i);
        if (migration->state == SP_MIGRATION_DRIFTED)
            repair_drift(decision, prepared, migration);
        else if (migration->state == SP_MIGRATION_SLOT_REUSED)
            refuse_migration(decision, prepared, migration, &is_slot_reused);
    }
}

GPtrArray *
sp_edits_repair(const SpDeclared *declared, const SpHistory *history, const SpEditRequest *request,
                SpFindings *findings)
{
    Decision decision = decision_new(declared, history, request, findings);
    guint n = sp_registry_get_n(sp_declared_get_registry(declared));
    for (guint i = 0; i < n && request->extension == NULL; i++)
        repair_extension(&decision, sp_declared_get_prepared(declared, i));
    const SpPrepared *only = request->extension ? find_prepared(&decision) : NULL;
    if (only != NULL)
        repair_extension(&decision, only);
    return decision.edits;
}

/* (nullable): of a version that is declared */
static const SpMigrationStatus *
find_declared(const SpStatus *status, guint version)
{
    for (guint i = 0; i < sp_status_get_n(status); i++) {
        const SpMigrationStatus *migration = sp_status_get(status, i);
        if (migration->version == version && migration->migration != NULL)
            return migration;
    }
    return NULL;
}

static void
mark(Decision *decision, const SpPrepared *prepared)
{
    const SpExtension *extension = sp_prepared_get_extension(prepared);
    g_autoptr(SpStatus) status = sp_status_new(extension, decision->history);
    const SpMigrationStatus *migration = find_declared(status, decision->request->version);
    if (migration == NULL)
        refuse(decision, prepared, NULL,
               sp_error_new(SP_ERROR_MIGRATION_UNKNOWN, NULL,
                            "Look for its version with \"sp-host status\".",
                            "extension \"%s\" declares no migration %03u",
                            sp_extension_get_id(extension), decision->request->version));
    else if (migration->migration->is_tombstone)
        refuse_migration(decision, prepared, migration, &is_tombstone);
    else if (migration->applied != NULL)
        refuse_migration(decision, prepared, migration, &is_recorded);
    else
        add_edit(decision, SP_EDIT_MARK, prepared, migration, NULL);
}

GPtrArray *
sp_edits_mark(const SpDeclared *declared, const SpHistory *history, const SpEditRequest *request,
              SpFindings *findings)
{
    Decision decision = decision_new(declared, history, request, findings);
    const SpPrepared *prepared = find_prepared(&decision);
    if (prepared != NULL)
        mark(&decision, prepared);
    return decision.edits;
}
