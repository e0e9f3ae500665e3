/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/log.h"

#include "base/error.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <string.h>

static void
assert_stderr(const char *expected)
{
    fflush(stderr);
    cr_assert_stderr_eq_str(expected);
}

Test(log, formats_an_error_with_all_that_is_known_of_it)
{
    g_autoptr(GError) error =
        sp_error_new(SP_ERROR_STATEMENT, "It is 5.\nIt must be 4.", "Write 4.", "no \"x\"");
    sp_error_place(error, &(SpPlace){.path = "/p/orders.so",
                                     .extension = "orders",
                                     .source = "orders.sql",
                                     .line = 3,
                                     .column = 7,
                                     .phase = "structural",
                                     .statement = 2,
                                     .statements = 5,
                                     .sqlstate = "42P01",
                                     .sql = "SELECT\n  1"});
    g_autofree char *text = sp_log_format_error("error", error);
    cr_assert_str_eq(text, "sp-host: error: no \"x\"\n"
                           "  detail:   It is 5.\n"
                           "            It must be 4.\n"
                           "  hint:     Write 4.\n"
                           "  at:       orders.sql:3:7\n"
                           "  file:     /p/orders.so\n"
                           "  in:       extension \"orders\", phase structural, statement 2 of 5\n"
                           "  sqlstate: 42P01\n"
                           "  sql:      SELECT\n"
                           "              1");
}

Test(log, formats_a_bare_error_in_one_line)
{
    g_autoptr(GError) error = g_error_new_literal(G_FILE_ERROR, G_FILE_ERROR_NOENT, "gone");
    g_autofree char *text = sp_log_format_error("warning", error);
    cr_assert_str_eq(text, "sp-host: warning: gone");
}

Test(log, gives_the_line_to_the_file_when_there_is_no_source)
{
    g_autoptr(GError) error = sp_error_new(SP_ERROR_CONFIGURATION, NULL, NULL, "no");
    sp_error_place(error, &(SpPlace){.path = "/etc/x.conf", .line = 4});
    g_autofree char *text = sp_log_format_error("error", error);
    cr_assert_not_null(strstr(text, "  file:     /etc/x.conf:4"));
}

Test(log, shows_the_first_lines_of_a_long_statement)
{
    g_autoptr(GString) sql = g_string_new("line 1");
    for (guint i = 2; i <= 40; i++)
        g_string_append_printf(sql, "\nline %u", i);
    g_autoptr(GError) error = sp_error_new(SP_ERROR_STATEMENT, NULL, NULL, "no");
    sp_error_place(error, &(SpPlace){.sql = sql->str});
    g_autofree char *text = sp_log_format_error("error", error);
    cr_expect_not_null(strstr(text, "line 12\n            ..."));
    cr_expect_null(strstr(text, "line 13"));
}

Test(log, lets_no_text_of_a_stranger_forge_a_line_or_color_the_terminal)
{
    g_autoptr(GError) error = sp_error_new(SP_ERROR_LOAD, "a\033[2Jb\xff", NULL, "%s",
                                           "x\nsp-host: error: forged\033[31m");
    g_autofree char *text = sp_log_format_error("error", error);
    cr_expect_null(strchr(text, '\033'));
    cr_expect_not_null(strstr(text, "error: x\\nsp-host"));
    cr_expect(g_utf8_validate(text, -1, NULL));
}

Test(log, writes_errors_warnings_and_milestones_to_stderr, .init = cr_redirect_stderr)
{
    g_autoptr(GError) error = sp_error_new(SP_ERROR_LOCKED, NULL, "Wait.", "locked");
    sp_log_init(SP_LOG_NORMAL);
    sp_log_error(error);
    sp_log_warning(error);
    sp_log_milestone("orders", "seeds", "phase %s\n", "seeds");
    g_debug("not shown");
    assert_stderr("sp-host: error: locked\n  hint:     Wait.\n"
                  "sp-host: warning: locked\n  hint:     Wait.\n"
                  "sp-host: phase seeds\\n\n");
}

Test(log, keeps_milestones_back_when_it_is_quiet, .init = cr_redirect_stderr)
{
    g_autoptr(GError) error = sp_error_new(SP_ERROR_LOCKED, NULL, NULL, "locked");
    sp_log_init(SP_LOG_QUIET);
    sp_log_milestone(NULL, NULL, "phase seeds");
    sp_log_warning(error);
    assert_stderr("sp-host: warning: locked\n");
}

Test(log, shows_debug_messages_when_it_is_verbose, .init = cr_redirect_stderr)
{
    sp_log_init(SP_LOG_VERBOSE);
    g_debug("opened \033");
    assert_stderr("sp-host: debug: opened \\x1b\n");
}

/* What a journal would get: "KEY=value" lines. */
static GLogWriterOutput
collect(GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
    for (gsize i = 0; i < n_fields; i++)
        g_string_append_printf(data, "%s=%s\n", fields[i].key, (const char *)fields[i].value);
    return G_LOG_WRITER_HANDLED;
}

Test(log, gives_the_journal_every_fact_as_a_field_and_errors_priority_3)
{
    static const char *const expected[] = {
        "PRIORITY=3\n",      "MESSAGE=no \\x1b\n", "SP_CODE=statement-failed\n",
        "SP_DETAIL=d\n",     "SP_HINT=h\n",        "SP_PLUGIN=/p.so\n",
        "SP_EXTENSION=x\n",  "SP_PHASE=seeds\n",   "SP_SOURCE=a.sql\n",
        "SP_LINE=3\n",       "SP_COLUMN=4\n",      "SP_STATEMENT=1 of 2\n",
        "SP_SQL=SELECT 1\n", "SP_SQLSTATE=42P01\n"};
    g_autoptr(GString) journal = g_string_new(NULL);
    g_autoptr(GError) error = sp_error_new(SP_ERROR_STATEMENT, "d", "h", "no \033");
    sp_error_place(error, &(SpPlace){.path = "/p.so",
                                     .extension = "x",
                                     .phase = "seeds",
                                     .source = "a.sql",
                                     .line = 3,
                                     .column = 4,
                                     .statement = 1,
                                     .statements = 2,
                                     .sql = "SELECT 1",
                                     .sqlstate = "42P01"});
    g_log_set_writer_func(collect, journal, NULL);
    sp_log_error(error);
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++)
        cr_expect_not_null(strstr(journal->str, expected[i]), "%s", expected[i]);
}

Test(log, gives_the_journal_milestones_of_an_extension_and_a_phase)
{
    g_autoptr(GString) journal = g_string_new(NULL);
    g_log_set_writer_func(collect, journal, NULL);
    sp_log_milestone("orders", "seeds", "begun");
    cr_expect_not_null(strstr(journal->str, "PRIORITY=5\n"));
    cr_expect_not_null(strstr(journal->str, "SP_EXTENSION=orders\nSP_PHASE=seeds\n"));
}
