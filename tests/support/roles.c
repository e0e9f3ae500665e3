/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "support/roles.h"

#include "act/recollect.h"
#include "support/cluster.h"

#include <criterion/criterion.h>

static const char *const nothing[] = {NULL};

SpTestPlace
sp_test_place_new(const char *host, const char *attributes)
{
    SpTestPlace place = {.admin = sp_test_database(), .host = host};
    g_autofree char *make = attributes != NULL
                                ? g_strdup_printf("CREATE ROLE \"%s\" LOGIN %s", host, attributes)
                                : g_strdup("SELECT");
    g_autofree char *name = sp_test_value(place.admin, "SELECT current_database()");
    g_autofree char *give = g_strdup_printf("ALTER DATABASE \"%s\" OWNER TO \"%s\"", name, host);
    sp_test_execute(place.admin, make);
    sp_test_execute(place.admin, give);
    place.conninfo = g_strdup_printf("%s user='%s'", place.admin, host);
    return place;
}

void
sp_test_place_clear(SpTestPlace *place)
{
    g_free(place->admin);
    g_free(place->conninfo);
}

/* @prefix: (nullable) */
static GPtrArray *
extensions_of(const char *prefix, const struct sp_extension_vtable *const *vtables)
{
    GPtrArray *extensions = g_ptr_array_new_with_free_func((GDestroyNotify)sp_extension_unref);
    for (guint i = 0; vtables[i] != NULL; i++)
        g_ptr_array_add(extensions, sp_test_extension_with_role(vtables[i], prefix));
    return extensions;
}

SpTestInstall
sp_test_place_boot(const SpTestPlace *place, const char *prefix,
                   const struct sp_extension_vtable *const *vtables)
{
    const SpInstallOptions options = {.lock_wait_ms = 500};
    g_autoptr(GPtrArray) extensions = extensions_of(prefix, vtables);
    SpTestInstall run = {.session = sp_test_session(place->conninfo),
                         .findings = sp_findings_new()};
    run.recall = sp_recollect(run.session, extensions, nothing, &run.error);
    sp_assert_installed(run);
    run.declared = sp_declared_new(extensions, &(SpDeclaredOptions){nothing, .recall = run.recall});
    const GPtrArray *refusals = sp_findings_refusals(sp_declared_get_findings(run.declared));
    cr_assert_eq(refusals->len, 0);
    sp_install(run.session, run.declared, &options, NULL, run.findings, &run.report, &run.error);
    return run;
}
