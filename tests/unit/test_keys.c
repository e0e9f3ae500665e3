/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/script.h"

#include <criterion/criterion.h>

typedef struct {
    const char *list; /* of CREATE TABLE t */
    const char *cut;
    const char *added; /* the definitions, with their names */
} Case;

static const Case cases[] = {
    {"a int REFERENCES users", "a int /* key later */ ",
     "t_a_fkey FOREIGN KEY (a) REFERENCES public.users;"},
    {"a int REFERENCES s.\"Us\" (x) MATCH FULL ON UPDATE CASCADE ON DELETE SET NULL NOT NULL, b "
     "int",
     "a int /* key later */                                                       NOT NULL, b int",
     "t_a_fkey FOREIGN KEY (a) REFERENCES s.\"Us\" (x) MATCH FULL ON UPDATE CASCADE ON DELETE SET "
     "NULL;"},
    {"a int CONSTRAINT k REFERENCES u\n  DEFERRABLE NOT NULL INITIALLY DEFERRED COLLATE \"C\"",
     "a int /* key later */          \n             NOT NULL                    COLLATE \"C\"",
     "k FOREIGN KEY (a) REFERENCES public.u DEFERRABLE INITIALLY DEFERRED;"},
    {"a int REFERENCES u UNIQUE DEFERRABLE", "a int              UNIQUE DEFERRABLE",
     "t_a_fkey FOREIGN KEY (a) REFERENCES public.u;"},
    {"a int DEFAULT (1) REFERENCES u (a) CHECK (a > 0)", NULL,
     "t_a_fkey FOREIGN KEY (a) REFERENCES public.u (a);"},
    {"a int REFERENCES u REFERENCES v", NULL,
     "t_a_fkey FOREIGN KEY (a) REFERENCES public.u;"
     "t_a_fkey1 FOREIGN KEY (a) REFERENCES public.v;"},
    {"a int, FOREIGN KEY (a) REFERENCES u, b int", "a int  /* key later */             , b int",
     "t_a_fkey FOREIGN KEY (a) REFERENCES public.u;"},
    {"FOREIGN KEY (a, b) REFERENCES u (x, y) ON DELETE SET NULL (b), a int, b int",
     "/* key later */                                                a int, b int",
     "t_a_b_fkey FOREIGN KEY (a, b) REFERENCES public.u (x, y) ON DELETE SET NULL (b);"},
    {"FOREIGN KEY (a) REFERENCES u, CONSTRAINT \",\" FOREIGN KEY (a) REFERENCES u, a int -- ,\n",
     NULL,
     "t_a_fkey FOREIGN KEY (a) REFERENCES public.u;"
     "\",\" FOREIGN KEY (a) REFERENCES public.u;"},
    {"LIKE x, a int, FOREIGN KEY (a) REFERENCES u", NULL,
     "t_a_fkey FOREIGN KEY (a) REFERENCES public.u;"},
    {"a int REFERENCES u DEFERRABLE, b int REFERENCES u NOT DEFERRABLE", NULL,
     "t_a_fkey FOREIGN KEY (a) REFERENCES public.u DEFERRABLE;"
     "t_b_fkey FOREIGN KEY (b) REFERENCES public.u;"},
};

static SpScript *
script_of(const char *sql)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    const SpScriptText text = {SP_SCRIPT_SCHEMA, "a", "a.sql", sql, .is_transactional = TRUE};
    SpScript *script = sp_script_new(&text, findings);
    cr_assert_not_null(script, "%s", sql);
    return script;
}

static const SpStatement *
last_of(const SpScript *script)
{
    const GPtrArray *statements = sp_script_get_statements(script);
    return g_ptr_array_index(statements, statements->len - 1);
}

static void
take_all_apart(const SpForeignKeys *keys)
{
    for (guint i = 0; i < keys->n; i++)
        ((SpForeignKey *)&keys->items[i])->is_apart = TRUE;
}

Test(keys, leave_their_table_and_nothing_else_of_it_changes)
{
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *sql =
            g_strdup_printf("SELECT 1; CREATE TABLE IF NOT EXISTS t (%s)", cases[i].list);
        g_autoptr(SpScript) script = script_of(sql);
        const SpStatement *statement = last_of(script);
        take_all_apart(statement->keys);
        g_autofree char *cut =
            sp_foreign_keys_cut(statement->keys, statement->sql, statement->offset);
        g_autofree char *expected =
            g_strdup_printf("CREATE TABLE IF NOT EXISTS t (%s)", cases[i].cut ? cases[i].cut : "");
        if (cases[i].cut != NULL)
            cr_expect_str_eq(cut, expected, "\n%s\n%s", cut, expected);
        cr_expect_eq(strlen(cut), strlen(statement->sql));
        g_autoptr(SpScript) again = script_of(cut);
        cr_expect_null(last_of(again)->keys, "%s", cut);
    }
}

Test(keys, are_written_as_they_were_meant)
{
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *sql = g_strdup_printf("CREATE TABLE IF NOT EXISTS t (%s)", cases[i].list);
        g_autoptr(SpScript) script = script_of(sql);
        const SpForeignKeys *keys = last_of(script)->keys;
        g_autoptr(GString) added = g_string_new(NULL);
        for (guint j = 0; j < keys->n; j++) {
            g_autofree char *definition = sp_foreign_key_definition(&keys->items[j]);
            gboolean is_odd = g_str_equal(keys->items[j].name, ",");
            g_string_append_printf(added, is_odd ? "\"%s\" %s;" : "%s %s;", keys->items[j].name,
                                   definition);
        }
        cr_expect_str_eq(added->str, cases[i].added, "%s", added->str);
    }
}

Test(keys, of_a_long_name_are_called_as_postgresql_calls_them)
{
    g_autoptr(SpScript) script =
        script_of("CREATE TABLE IF NOT EXISTS a_table_with_a_name_that_is_really_rather_long (\n"
                  "a_column_with_a_name_that_is_really_rather_long_too int REFERENCES u)");
    cr_assert_str_eq(last_of(script)->keys->items[0].name,
                     "a_table_with_a_name_that_is_r_a_column_with_a_name_that_is_fkey");
}

Test(keys, of_a_partitioned_table_are_looked_at_when_they_are_added)
{
    g_autoptr(SpScript) script =
        script_of("CREATE TABLE IF NOT EXISTS t (a int REFERENCES u) PARTITION BY LIST (a)");
    g_autofree char *sql = sp_foreign_key_addition(&last_of(script)->keys->items[0]);
    cr_assert_str_eq(
        sql, "ALTER TABLE public.t ADD CONSTRAINT t_a_fkey FOREIGN KEY (a) REFERENCES public.u");
}

Test(keys, of_a_temporary_table_stay)
{
    g_autoptr(SpScript) script = script_of("CREATE TEMPORARY TABLE t (a int REFERENCES u)");
    cr_assert_null(last_of(script)->keys);
}
