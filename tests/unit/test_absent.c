/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "model/absent.h"
#include "support/extensions.h"

#include <criterion/criterion.h>

typedef struct {
    const char *schema;
    const char *migration; /* 4, "m"; NULL: none */
    gboolean is_applied;
    const char *live;    /* columns of public.t in the database */
    const char *refused; /* "line:column hint" of each */
} Case;

#define FULL "CREATE TABLE IF NOT EXISTS t (a int, b text DEFAULT ',)' CHECK (b <> ''), c int)"

static const Case cases[] = {
    {FULL, NULL, FALSE, "a b c", ""},
    {FULL, NULL, FALSE, "", ""},
    {FULL, NULL, FALSE, "a c d",
     "1:38 Add the migration \"001_add_b.sql\": ALTER TABLE public.t ADD COLUMN b text DEFAULT "
     "',)' CHECK (b <> '');"},
    {FULL, NULL, FALSE, "b",
     "1:31 Add the migration \"001_add_a.sql\": ALTER TABLE public.t ADD COLUMN a int;"
     "1:75 Add the migration \"002_add_c.sql\": ALTER TABLE public.t ADD COLUMN c int;"},
    {"CREATE TABLE IF NOT EXISTS t (\n  a int,\n  \"Odd \"\"name\" int)", NULL, FALSE, "a",
     "3:3 Add the migration \"001_add_Odd__name.sql\": ALTER TABLE public.t ADD COLUMN "
     "\"Odd \"\"name\" int;"},
    /* A migration adds it, or is to have added it. */
    {FULL, "ALTER TABLE t ADD COLUMN b text", FALSE, "a c", ""},
    {FULL, "ALTER TABLE t RENAME x TO b", FALSE, "a c", ""},
    {FULL, "DO $$ BEGIN EXECUTE 'ALTER TABLE t ADD ' || 'B text'; END $$", FALSE, "a c", ""},
    {FULL, "ALTER TABLE t ADD COLUMN b text", TRUE, "a c",
     "1:38 Add the migration \"005_add_b.sql\": ALTER TABLE public.t ADD COLUMN b text DEFAULT "
     "',)' CHECK (b <> '');"},
    {FULL, "ALTER TABLE other ADD COLUMN c text", FALSE, "a b",
     "1:75 Add the migration \"005_add_c.sql\": ALTER TABLE public.t ADD COLUMN c int;"},
    /* A migration took it away. */
    {FULL, "ALTER TABLE t DROP COLUMN b", TRUE, "a c", ""},
    {FULL, "ALTER TABLE t RENAME b TO d", TRUE, "a c d", ""},
    /* A partition only says more of a column. */
    {"CREATE TABLE IF NOT EXISTS t PARTITION OF u (b NOT NULL) DEFAULT", NULL, FALSE, "a", ""},
    {"CREATE TABLE IF NOT EXISTS t (LIKE u, b int)", NULL, FALSE, "b", ""},
    {"CREATE TEMPORARY TABLE t (a int)", NULL, FALSE, "b", ""},
};

static SpDeclared *
declare(const Case *this)
{
    static const char *const nothing[] = {NULL};
    const struct sp_schema schemas[] = {{.sql = this->schema, .source = "t.sql"}};
    const struct sp_migration migrations[] = {
        {.version = 4, .name = "m", .sql = this->migration ? this->migration : ""},
    };
    struct sp_extension_vtable vtable = {.id = "shop", .schemas = SP_LIST(schemas)};
    if (this->migration != NULL)
        vtable.migrations = (struct sp_list)SP_LIST(migrations);
    g_autoptr(GPtrArray) extensions =
        g_ptr_array_new_with_free_func((GDestroyNotify)sp_extension_unref);
    g_ptr_array_add(extensions, sp_test_extension(&vtable));
    return sp_declared_new(extensions, &(SpDeclaredOptions){.disabled = nothing});
}

static SpHistory *
remember(const Case *this, const SpDeclared *declared)
{
    SpHistory *history = sp_history_new();
    if (this->is_applied) {
        SpApplied *applied = g_new0(SpApplied, 1);
        *applied = (SpApplied){g_strdup("shop"), 4, g_strdup("m")};
        applied->checksum = g_strdup("0");
        sp_history_add_applied(history, applied);
    }
    g_autoptr(GPtrArray) tables = sp_absent_tables(declared, history);
    g_auto(GStrv) live = g_strsplit(this->live, " ", -1);
    for (guint i = 0; tables->len > 0 && live[i] != NULL; i++)
        sp_history_add_column(history, g_ptr_array_index(tables, 0), live[i]);
    return history;
}

Test(absent, columns_are_refused_that_a_schema_declares_and_no_migration_explains)
{
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(SpDeclared) declared = declare(&cases[i]);
        g_autoptr(SpHistory) history = remember(&cases[i], declared);
        g_autoptr(SpFindings) findings = sp_findings_new();
        g_autoptr(GString) refused = g_string_new(NULL);
        sp_absent_check(declared, history, findings);
        for (guint j = 0; j < sp_findings_refusals(findings)->len; j++) {
            const GError *error = g_ptr_array_index(sp_findings_refusals(findings), j);
            const SpPlace *place = sp_error_get_place(error);
            cr_expect(g_error_matches(error, SP_ERROR, SP_ERROR_COLUMN_ABSENT));
            cr_expect_str_eq(place->source, "t.sql");
            g_string_append_printf(refused, "%u:%u %s", place->line, place->column,
                                   sp_error_hint(error));
        }
        cr_expect_str_eq(refused->str, cases[i].refused, "%s: %s", cases[i].schema, refused->str);
    }
}

Test(absent, says_nothing_of_what_is_installed_as_it_is_declared)
{
    g_autoptr(SpDeclared) declared = declare(&cases[2]);
    g_autoptr(SpHistory) history = sp_history_new();
    const SpPrepared *prepared = sp_declared_get_prepared(declared, 0);
    sp_history_add_digest(history, "shop", "structural",
                          sp_prepared_get_digest(prepared, SP_PHASE_STRUCTURAL));
    g_autoptr(GPtrArray) tables = sp_absent_tables(declared, history);
    cr_assert_eq(tables->len, 0);
}
