/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "edge/session.h"
#include "support/cluster.h"

#include <criterion/criterion.h>
#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static SpSession *
open_with(const char *conninfo, const char *more, GError **error)
{
    const SpSessionSettings settings = {.connect_timeout_s = 2};
    g_autofree char *whole = g_strconcat(conninfo, more, NULL);
    return sp_session_open(whole, &settings, error);
}

static SpSession *
open_new_database(const char *more)
{
    g_autofree char *conninfo = sp_test_database();
    g_autoptr(GError) error = NULL;
    SpSession *session = open_with(conninfo, more, &error);
    cr_assert_null(error, "%s", error->message);
    return session;
}

static void
assert_value(SpSession *session, const char *sql, const char *expected)
{
    g_autoptr(SpRows) rows = sp_session_query(session, sql, NULL, 0, NULL);
    cr_assert_str_eq(sp_rows_get(rows, 0, 0), expected, "%s gave %s", sql, sp_rows_get(rows, 0, 0));
}

static void
execute(SpSession *session, const char *sql)
{
    const SpCommand command = {.sql = sql};
    g_autoptr(GError) error = NULL;
    sp_session_run(session, &command, 1, NULL, NULL, &error);
    cr_assert_null(error, "%s", error->message);
}

Test(session_open, gives_the_session_its_settings)
{
    g_autoptr(SpSession) session = open_new_database(" client_encoding=LATIN1");
    assert_value(session, "SHOW search_path", "public");
    assert_value(session, "SHOW client_encoding", "UTF8");
    assert_value(session, "SHOW application_name", "sp-host");
    assert_value(session, "SHOW client_min_messages", "warning");
    assert_value(session, "SHOW client_connection_check_interval", "2s");
    assert_value(session, "SHOW statement_timeout", "0");
    cr_assert_geq(sp_session_get_server_version(session), 140000);
    cr_assert_lt(sp_session_get_server_version(session), 1000000);
}

Test(session_open, keeps_what_the_user_asks_for)
{
    g_autoptr(SpSession) session =
        open_new_database(" application_name=mine options='-c work_mem=5MB'");
    assert_value(session, "SHOW application_name", "mine");
    assert_value(session, "SHOW work_mem", "5MB");
    assert_value(session, "SHOW search_path", "public");
}

Test(session_open, keeps_options_of_the_environment)
{
    g_setenv("PGOPTIONS", "-c work_mem=6MB", TRUE);
    g_autoptr(SpSession) session = open_new_database("");
    assert_value(session, "SHOW work_mem", "6MB");
    assert_value(session, "SHOW search_path", "public");
}

Test(session_open, describes_itself_without_a_password)
{
    g_autoptr(SpSession) session = open_new_database(" password=s3cret");
    const char *text = sp_session_describe(session);
    cr_assert_not_null(strstr(text, "port=5432"));
    cr_assert_not_null(strstr(text, "user=postgres"));
    cr_assert_null(strstr(text, "s3cret"));
}

Test(session_open, refuses_an_unreadable_conninfo_without_showing_it)
{
    static const char *const conninfos[] = {
        "password='s3cret",
        "host=h s3cret",
        "s3cret",
        "postgresql://user:s3cret@host:port:port/x?s3cret",
        "postgresql://user:x@s3cret@host/db",
        "postgres://user:x/s3cret@host/db",
        "host=h sslmode=nonsense password=s3cret",
        "port=\xff password=s3cret s3cret",
    };
    for (guint i = 0; i < G_N_ELEMENTS(conninfos); i++) {
        g_autoptr(GError) error = NULL;
        cr_assert_null(open_with(conninfos[i], "", &error));
        cr_assert(g_error_matches(error, SP_ERROR, SP_ERROR_CONFIGURATION), "%s", conninfos[i]);
        cr_assert_null(strstr(error->message, "s3cret"), "%s", error->message);
        cr_assert_null(strstr(sp_error_detail(error), "s3cret"), "%s", sp_error_detail(error));
    }
}

Test(session_open, reaches_a_server_by_uri)
{
    g_autofree char *conninfo = sp_test_database();
    g_autoptr(SpSession) session = open_with(conninfo, "", NULL);
    g_autoptr(SpRows) rows = sp_session_query(
        session, "SELECT replace(current_setting('unix_socket_directories'), '/', '%2F')", NULL, 0,
        NULL);
    g_autofree char *uri =
        g_strdup_printf("postgresql://postgres:a%%40b@/postgres?host=%s", sp_rows_get(rows, 0, 0));
    g_autoptr(SpSession) by_uri = open_with(uri, "", NULL);
    assert_value(by_uri, "SELECT current_database()", "postgres");
}

Test(session_open, gives_up_on_a_server_that_is_not_there, .timeout = 30)
{
    static const char *const conninfos[] = {
        "host=/nonexistent",
        "host=127.0.0.1 port=1",
        "host=no-such-host.invalid",
    };
    for (guint i = 0; i < G_N_ELEMENTS(conninfos); i++) {
        g_autoptr(GError) error = NULL;
        gint64 start = g_get_monotonic_time();
        cr_assert_null(open_with(conninfos[i], " password=s3cret", &error));
        cr_assert(g_error_matches(error, SP_ERROR, SP_ERROR_CONNECT), "%s", conninfos[i]);
        cr_assert_lt(g_get_monotonic_time() - start, 8 * G_USEC_PER_SEC);
        cr_assert_null(strstr(sp_error_detail(error), "s3cret"));
    }
}

Test(session_open, waits_once_for_a_server_that_never_answers, .timeout = 30)
{
    g_autofree char *folder = g_dir_make_tmp("sp-test-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, ".s.PGSQL.5432", NULL);
    g_autofree char *conninfo = g_strdup_printf("host=%s port=5432", folder);
    g_autoptr(GSocketListener) listener = g_socket_listener_new();
    g_autoptr(GSocketAddress) address = g_unix_socket_address_new(path);
    g_autoptr(GError) error = NULL;
    cr_assert(g_socket_listener_add_address(listener, address, G_SOCKET_TYPE_STREAM,
                                            G_SOCKET_PROTOCOL_DEFAULT, NULL, NULL, NULL));
    gint64 start = g_get_monotonic_time();
    cr_assert_null(open_with(conninfo, "", &error));
    gint64 waited = g_get_monotonic_time() - start;
    g_unlink(path);
    g_rmdir(folder);
    cr_assert(g_error_matches(error, SP_ERROR, SP_ERROR_CONNECT));
    cr_assert_lt(waited, 3.5 * G_USEC_PER_SEC);
}

Test(session_open, fails_at_once_when_waiting_cannot_help)
{
    g_autofree char *conninfo = sp_test_database();
    static const char *const wrong[] = {" dbname=nope", " user=nobody_such"};
    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;
        gint64 start = g_get_monotonic_time();
        cr_assert_null(open_with(conninfo, wrong[i], &error));
        cr_assert(g_error_matches(error, SP_ERROR, SP_ERROR_CONNECT));
        cr_assert_not_null(strstr(sp_error_detail(error), "does not exist"));
        cr_assert_lt(g_get_monotonic_time() - start, G_USEC_PER_SEC);
    }
}

Test(session_open, sees_that_the_database_is_read_only)
{
    g_autofree char *conninfo = sp_test_database();
    g_autoptr(SpSession) session = open_with(conninfo, "", NULL);
    cr_assert_not(sp_session_is_read_only(session));
    execute(session, "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET "
                     "default_transaction_read_only = on', current_database()); END $$");
    g_autoptr(SpSession) later = open_with(conninfo, "", NULL);
    cr_assert(sp_session_is_read_only(later));
}

/* The server warns of a stored setting that it cannot apply before the session is open. */
Test(session_open, prints_nothing_that_the_server_says_while_it_connects)
{
    g_autofree char *conninfo = sp_test_database();
    g_autoptr(SpSession) session = open_with(conninfo, "", NULL);
    execute(session, "INSERT INTO pg_db_role_setting SELECT oid, 0, '{work_mem=nonsense}'"
                     " FROM pg_database WHERE datname = current_database()");
    g_autofree char *path = NULL;
    int file = g_file_open_tmp(NULL, &path, NULL);
    int old = dup(STDERR_FILENO);
    dup2(file, STDERR_FILENO);
    g_autoptr(SpSession) warned = open_with(conninfo, "", NULL);
    dup2(old, STDERR_FILENO);
    g_unlink(path);
    cr_assert_not_null(warned);
    cr_assert_eq(lseek(file, 0, SEEK_END), 0);
}
