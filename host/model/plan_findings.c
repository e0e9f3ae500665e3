/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/plan_findings.h"

#include "base/error.h"
#include "model/checksum.h"

static GError *
finding(const SpExtension *extension, const SpMigrationStatus *status, GError *error)
{
    SpPlace place = {
        .path = sp_extension_get_path(extension),
        .extension = sp_extension_get_id(extension),
        .source = status->migration ? status->migration->source : NULL,
        .phase = sp_phase_nick(SP_PHASE_MIGRATIONS),
    };
    sp_error_place(error, &place);
    return error;
}

void
sp_plan_refuse_drift(SpFindings *findings, const SpExtension *extension,
                     const SpMigrationStatus *status)
{
    g_autofree char *declared = sp_checksum_xxh64(status->migration->sql);
    g_autofree char *detail = g_strdup_printf(
        "It was applied at %s with checksum %s; the text that is declared now has %s.",
        status->applied->applied_at, status->applied->checksum, declared);
    GError *error = sp_error_new(
        SP_ERROR_MIGRATION_DRIFT, detail,
        "Restore the text that was applied, and put the change into a new migration; or "
        "look at sp-host migrate repair.",
        "migration %03u \"%s\" of extension \"%s\" was edited after it was applied",
        status->version, status->name, sp_extension_get_id(extension));
    sp_findings_refuse(findings, finding(extension, status, error));
}

void
sp_plan_refuse_slot(SpFindings *findings, const SpExtension *extension,
                    const SpMigrationStatus *status)
{
    g_autofree char *detail =
        g_strdup_printf("The database has applied it as \"%s\" at %s; it is declared as \"%s\".",
                        status->applied->name, status->applied->applied_at, status->name);
    GError *error = sp_error_new(
        SP_ERROR_MIGRATION_SLOT, detail, "Give the new migration a version that was never used.",
        "migration %03u of extension \"%s\" was applied under another name", status->version,
        sp_extension_get_id(extension));
    sp_findings_refuse(findings, finding(extension, status, error));
}

void
sp_plan_warn_orphan(SpFindings *findings, const SpExtension *extension,
                    const SpMigrationStatus *status)
{
    g_autofree char *detail = g_strdup_printf("It was applied at %s.", status->applied->applied_at);
    GError *error =
        sp_error_new(SP_ERROR_MIGRATION_ORPHANED, detail, NULL,
                     "applied migration %03u \"%s\" is no longer declared by extension \"%s\"",
                     status->version, status->name, sp_extension_get_id(extension));
    sp_findings_warn(findings, finding(extension, status, error));
}

void
sp_plan_warn_ahead(SpFindings *findings, const SpExtension *extension)
{
    GError *error = sp_error_new(
        SP_ERROR_MIGRATION_AHEAD,
        "It has applied migrations beyond the last one that is declared, so it has met a newer "
        "release of the extension. No migration of this extension is run.",
        "Install the newer release of the plugin.", "database is ahead of extension \"%s\" %s",
        sp_extension_get_id(extension), sp_extension_get_version(extension));
    SpPlace place = {.path = sp_extension_get_path(extension),
                     .extension = sp_extension_get_id(extension)};
    sp_error_place(error, &place);
    sp_findings_warn(findings, error);
}

void
sp_plan_refuse_changed_half(SpFindings *findings, const SpExtension *extension,
                            const SpMigrationStatus *status, guint n_done)
{
    g_autofree char *detail = g_strdup_printf("An interrupted run finished its first %u "
                                              "statements; what is declared now begins otherwise.",
                                              n_done);
    GError *error = sp_error_new(
        SP_ERROR_MIGRATION_DRIFT, detail,
        "Restore the text that was begun, or undo its statements by hand and delete its row in "
        "\"extension_migration_progress\".",
        "migration %03u \"%s\" of extension \"%s\" was edited while it was half done",
        status->version, status->name, sp_extension_get_id(extension));
    sp_findings_refuse(findings, finding(extension, status, error));
}

static gboolean
is_disabled(const SpRegistry *registry, const char *id)
{
    const GPtrArray *disabled = sp_registry_get_disabled(registry);
    for (guint i = 0; i < disabled->len; i++)
        if (g_str_equal(sp_extension_get_id(g_ptr_array_index(disabled, i)), id))
            return TRUE;
    return FALSE;
}

/* What is left of an extension whose plugin is gone stays, and must not go unseen. */
void
sp_plan_warn_of_missing_plugins(const SpDeclared *declared, const SpHistory *history,
                                SpFindings *findings)
{
    const SpRegistry *registry = sp_declared_get_registry(declared);
    const SpRecall *recall = sp_declared_get_recall(declared);
    g_autoptr(GList) ids =
        recall ? sp_recall_get_extensions(recall) : sp_history_get_extensions(history);
    for (const GList *id = ids; id != NULL; id = id->next) {
        if (sp_registry_find(registry, id->data) != NULL || is_disabled(registry, id->data) ||
            (recall != NULL && !sp_recall_has_ledger(recall, id->data)))
            continue;
        GError *error = sp_error_new(
            SP_ERROR_MIGRATION_ORPHANED, "Its tables and their data are left as they are.",
            "Bring its plugin back.",
            "the ledger has migrations of extension \"%s\", which no plugin declares",
            (const char *)id->data);
        sp_error_place(error, &(SpPlace){.extension = id->data});
        sp_findings_warn(findings, error);
    }
}
