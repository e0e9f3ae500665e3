/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "support/install.h"

#include "act/migrate.h"
#include "act/recollect.h"
#include "base/error.h"
#include "base/log.h"
#include "model/adopt.h"

#include <criterion/criterion.h>

SpSession *
sp_test_session(const char *conninfo)
{
    g_autoptr(GError) error = NULL;
    SpSessionSettings settings = {.connect_timeout_s = 10};
    SpSession *session = sp_session_open(conninfo, &settings, &error);
    cr_assert_not_null(session, "%s", error ? error->message : "");
    return session;
}

static GPtrArray *
extensions_of(const struct sp_extension_vtable *const *vtables)
{
    GPtrArray *extensions = g_ptr_array_new_with_free_func((GDestroyNotify)sp_extension_unref);
    for (guint i = 0; vtables[i] != NULL; i++)
        g_ptr_array_add(extensions, sp_test_extension(vtables[i]));
    return extensions;
}

static const char *const nothing[] = {NULL};

static SpDeclared *
declare(const struct sp_extension_vtable *const *vtables, gboolean keeps_trees)
{
    g_autoptr(GPtrArray) extensions = extensions_of(vtables);
    return sp_declared_new(extensions, &(SpDeclaredOptions){nothing, .keeps_trees = keeps_trees});
}

SpDeclared *
sp_test_declared(const struct sp_extension_vtable *const *vtables)
{
    return declare(vtables, FALSE);
}

SpDeclared *
sp_test_declared_with_trees(const struct sp_extension_vtable *const *vtables)
{
    return declare(vtables, TRUE);
}

SpTestInstall
sp_test_install(const char *conninfo, const struct sp_extension_vtable *const *vtables)
{
    const SpInstallOptions options = {.lock_wait_ms = 500};
    return sp_test_install_with(conninfo, vtables, &options, NULL);
}

static void
run(SpTestInstall *install, const SpInstallOptions *options, const SpProgress *progress)
{
    const GPtrArray *refusals = sp_findings_refusals(sp_declared_get_findings(install->declared));
    install->findings = sp_findings_new();
    cr_assert_eq(refusals->len, 0, "refused before the database: %s",
                 refusals->len ? ((GError *)g_ptr_array_index(refusals, 0))->message : "");
    sp_install(install->session, install->declared, options, progress, install->findings,
               &install->report, &install->error);
}

SpTestInstall
sp_test_install_with(const char *conninfo, const struct sp_extension_vtable *const *vtables,
                     const SpInstallOptions *options, const SpProgress *progress)
{
    SpTestInstall install = {
        .session = sp_test_session(conninfo),
        .declared = sp_test_declared(vtables),
    };
    run(&install, options, progress);
    return install;
}

SpRecall *
sp_test_recall(const char *conninfo, const GPtrArray *extensions)
{
    g_autoptr(SpSession) session = sp_test_session(conninfo);
    SpRecall *recall = sp_recollect(session, extensions, nothing, NULL);
    cr_assert_not_null(recall);
    return recall;
}

SpTestInstall
sp_test_boot(const char *conninfo, const struct sp_extension_vtable *const *vtables)
{
    const SpInstallOptions options = {.lock_wait_ms = 500};
    g_autoptr(GPtrArray) extensions = extensions_of(vtables);
    SpTestInstall install = {.session = sp_test_session(conninfo)};
    install.recall = sp_recollect(install.session, extensions, nothing, &install.error);
    sp_assert_installed(install);
    install.declared =
        sp_declared_new(extensions, &(SpDeclaredOptions){nothing, .recall = install.recall});
    run(&install, &options, NULL);
    return install;
}

void
sp_test_install_clear(SpTestInstall *install)
{
    sp_report_free(install->report);
    sp_session_close(install->session);
    sp_declared_free(install->declared);
    sp_recall_free(install->recall);
    sp_findings_free(install->findings);
    g_clear_error(&install->error);
}

SpSummary
sp_test_install_summary(const SpTestInstall *install)
{
    cr_assert_not_null(install->report);
    return sp_steps_summarise(sp_report_get_steps(install->report),
                              sp_declared_get_registry(install->declared));
}

const char *
sp_test_install_state(const SpTestInstall *install, const char *extension, const char *step_name)
{
    const GPtrArray *steps = sp_report_get_steps(install->report);
    for (guint i = 0; i < steps->len; i++) {
        const SpStep *step = g_ptr_array_index(steps, i);
        if (g_strcmp0(sp_step_extension_id(step), extension) == 0 &&
            g_str_equal(step->name, step_name))
            return sp_step_state_nick(step->state);
    }
    return NULL;
}

void
sp_test_adopt_declared(const char *conninfo, const SpDeclared *declared)
{
    const SpMigrateOptions options = {.decide = sp_edits_adopt,
                                      .applies = TRUE,
                                      .is_all_or_none = TRUE,
                                      .lock_wait_ms = 500,
                                      .attempts = 1};
    g_autoptr(SpSession) session = sp_test_session(conninfo);
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(GPtrArray) edits = NULL;
    g_autoptr(GError) error = NULL;
    cr_assert(sp_migrate(session, declared, &options, NULL, findings, &edits, &error), "%s",
              error ? error->message : "");
    cr_assert_gt(edits->len, 0, "there was nothing to adopt");
}

void
sp_test_adopt(const char *conninfo, const struct sp_extension_vtable *const *vtables)
{
    g_autoptr(SpDeclared) declared = sp_test_declared(vtables);
    sp_test_adopt_declared(conninfo, declared);
}

char *
sp_test_value(const char *conninfo, const char *sql)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SpSession) session = sp_test_session(conninfo);
    g_autoptr(SpRows) rows = sp_session_query(session, sql, NULL, 0, &error);
    cr_assert_not_null(rows, "%s: %s", sql, error ? error->message : "");
    const char *value = sp_rows_get_n(rows) > 0 ? sp_rows_get(rows, 0, 0) : NULL;
    return g_strdup(value ? value : "");
}

void
sp_test_execute(const char *conninfo, const char *sql)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SpSession) session = sp_test_session(conninfo);
    SpCommand command = {.sql = sql};
    cr_assert(sp_session_run(session, &command, 1, NULL, NULL, &error), "%s: %s", sql,
              error ? error->message : "");
}
