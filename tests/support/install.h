/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Installs extensions, made from vtables in the test, into a real database. */
#pragma once

#include "act/install.h"
#include "support/extensions.h"

/** A set of extensions: SP_TEST_VTABLES(&users, &orders) */
#define SP_TEST_VTABLES(...) ((const struct sp_extension_vtable *const[]){__VA_ARGS__, NULL})

#define sp_assert_installed(install) \
    cr_assert_null((install).error, "%s", (install).error ? (install).error->message : "")

#define sp_assert_value(database, query, expected)                      \
    do {                                                                \
        g_autofree char *value = sp_test_value(database, query);        \
        cr_assert_str_eq(value, expected, "%s gives %s", query, value); \
    } while (0)

/** What one install left: exactly what sp_install() gave. */
typedef struct {
    SpSession *session;
    SpRecall *recall; /* (nullable) */
    SpDeclared *declared;
    SpFindings *findings;
    SpReport *report; /* (nullable) */
    GError *error;    /* (nullable) */
} SpTestInstall;

/** Connects, or fails the test. (transfer full) */
SpSession *sp_test_session(const char *conninfo);

/** (transfer full): what a set of vtables declares together; @vtables ends with NULL. */
SpDeclared *sp_test_declared(const struct sp_extension_vtable *const *vtables);
/** Likewise, for a test that finds hazards. */
SpDeclared *sp_test_declared_with_trees(const struct sp_extension_vtable *const *vtables);

/** Runs one install. The session stays open until sp_test_install_clear(). */
SpTestInstall sp_test_install(const char *conninfo,
                              const struct sp_extension_vtable *const *vtables);
/** Likewise, with options of the test's own. @progress: (nullable) */
SpTestInstall sp_test_install_with(const char *conninfo,
                                   const struct sp_extension_vtable *const *vtables,
                                   const SpInstallOptions *options, const SpProgress *progress);
/** (transfer full): what the database remembers, or fails the test. */
SpRecall *sp_test_recall(const char *conninfo, const GPtrArray *extensions);
/** Runs one boot, as "sp-host install" does: it asks the database first what it remembers. */
SpTestInstall sp_test_boot(const char *conninfo, const struct sp_extension_vtable *const *vtables);
void sp_test_install_clear(SpTestInstall *install);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SpTestInstall, sp_test_install_clear)

/** Counts and time of the report; fails the test when there is none. */
SpSummary sp_test_install_summary(const SpTestInstall *install);
/** (transfer none): "pending", "done", ... of the step with that name; NULL when there is none. */
const char *sp_test_install_state(const SpTestInstall *install, const char *extension,
                                  const char *step_name);

/** Records everything that is there as its extension's own, or fails the test. */
void sp_test_adopt(const char *conninfo, const struct sp_extension_vtable *const *vtables);
void sp_test_adopt_declared(const char *conninfo, const SpDeclared *declared);

/** (transfer full): the first value of a query, "" for NULL or no row; fails the test when the
 * query fails. */
char *sp_test_value(const char *conninfo, const char *sql);
/** Runs SQL, or fails the test. */
void sp_test_execute(const char *conninfo, const char *sql);
