/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "support/cluster.h"
#include "support/install.h"

#include <criterion/criterion.h>

#define LOCK_TIMEOUT_MS 300

static const struct sp_schema books_schemas[] = {
    {.table = "books", .sql = "CREATE TABLE IF NOT EXISTS books (id int);"},
};
static const struct sp_migration books_migrations[] = {
    {.version = 1, .name = "title", .sql = "\n  ALTER TABLE books ADD COLUMN title text;"},
};
static const struct sp_extension_vtable books = {
    .id = "books",
    .schemas = SP_LIST(books_schemas),
    .migrations = SP_LIST(books_migrations),
};

static void
execute(SpSession *session, const char *sql)
{
    g_autoptr(GError) error = NULL;
    const SpCommand command = {.sql = sql};
    cr_assert(sp_session_run(session, &command, 1, NULL, NULL, &error), "%s",
              error ? error->message : "");
}

/* (transfer full): a session that reads the table in an open transaction */
static SpSession *
open_reader(const char *database)
{
    g_autofree char *conninfo = g_strconcat(database, " application_name=reporting", NULL);
    SpSession *reader = sp_test_session(conninfo);
    execute(reader, "BEGIN");
    execute(reader, "SELECT count(*) FROM books");
    return reader;
}

typedef struct {
    const char *database;
    const struct sp_extension_vtable *vtable;
    guint attempts;
    SpTestInstall install;
} Host;

static gpointer
run_host(gpointer data)
{
    Host *host = data;
    const SpInstallOptions options = {
        .lock_wait_ms = 500, .lock_timeout_ms = LOCK_TIMEOUT_MS, .attempts = host->attempts};
    host->install =
        sp_test_install_with(host->database, SP_TEST_VTABLES(host->vtable), &options, NULL);
    return NULL;
}

static guint
elapsed_ms(gint64 since_us)
{
    return (guint)((g_get_monotonic_time() - since_us) / 1000);
}

Test(outage, of_a_bystander_lasts_no_longer_than_the_lock_timeout_and_the_install_succeeds)
{
    g_autofree char *database = sp_test_database();
    sp_test_execute(database, "CREATE TABLE books (id int)");
    sp_test_adopt(database, SP_TEST_VTABLES(&books));
    g_autoptr(SpSession) reader = open_reader(database);
    g_autoptr(SpSession) bystander = sp_test_session(database);
    execute(bystander, "SET statement_timeout = '10s'");
    Host host = {.database = database, .vtable = &books, .attempts = 10};
    GThread *thread = g_thread_new("host", run_host, &host);
    guint longest_ms = 0;
    for (gint64 start = g_get_monotonic_time(); elapsed_ms(start) < 2500;) {
        gint64 asked = g_get_monotonic_time();
        execute(bystander, "SELECT count(*) FROM books");
        longest_ms = MAX(longest_ms, elapsed_ms(asked));
        g_usleep(5000);
    }
    execute(reader, "COMMIT");
    g_thread_join(thread);
    g_auto(SpTestInstall) install = host.install;
    sp_assert_installed(install);
    cr_assert_lt(longest_ms, LOCK_TIMEOUT_MS + 500);
    cr_assert_gt(longest_ms, LOCK_TIMEOUT_MS / 2, "the install never waited: %u", longest_ms);
    sp_assert_value(database, "SELECT count(title) FROM books", "0");
}

Test(outage, of_the_host_names_who_kept_the_lock)
{
    g_autofree char *database = sp_test_database();
    sp_test_execute(database, "CREATE TABLE books (id int)");
    sp_test_adopt(database, SP_TEST_VTABLES(&books));
    g_autoptr(SpSession) reader = open_reader(database);
    Host host = {.database = database, .vtable = &books, .attempts = 2};
    run_host(&host);
    g_auto(SpTestInstall) install = host.install;
    cr_assert_eq(install.error->code, SP_ERROR_LOCK_TIMEOUT, "%s", install.error->message);
    cr_assert_eq(sp_error_exit_status(install.error), SP_EXIT_TRY_AGAIN);
    const char *detail = sp_error_detail(install.error);
    cr_assert(g_strrstr(detail, "reporting") && g_strrstr(detail, "idle in transaction"), "%s",
              detail);
    const SpPlace *place = sp_error_get_place(install.error);
    cr_assert_str_eq(place->sqlstate, "55P03");
    cr_assert_str_eq(place->extension, "books");
    cr_assert(place->line == 2 && place->statement == 1 && place->sql != NULL, "%u", place->line);
    sp_assert_value(database, "SELECT count(*) FROM extension_migrations", "0");
}

Test(outage, ends_after_one_attempt_when_that_is_all)
{
    g_autofree char *database = sp_test_database();
    sp_test_execute(database, "CREATE TABLE books (id int)");
    sp_test_adopt(database, SP_TEST_VTABLES(&books));
    g_autoptr(SpSession) reader = open_reader(database);
    Host host = {.database = database, .vtable = &books};
    gint64 start = g_get_monotonic_time();
    run_host(&host);
    g_auto(SpTestInstall) install = host.install;
    cr_assert_eq(install.error->code, SP_ERROR_LOCK_TIMEOUT);
    cr_assert_lt(elapsed_ms(start), LOCK_TIMEOUT_MS + 1500);
}

Test(outage, is_not_caused_by_a_seed_either)
{
    static const struct sp_seed seeds[] = {
        {.id = "one", .sql = "INSERT INTO books VALUES (1) ON CONFLICT DO NOTHING;"},
    };
    struct sp_extension_vtable seeded = {
        .id = "books", .schemas = books.schemas, .seeds = SP_LIST(seeds)};
    g_autofree char *database = sp_test_database();
    sp_test_execute(database, "CREATE TABLE books (id int)");
    sp_test_adopt(database, SP_TEST_VTABLES(&seeded));
    g_autoptr(SpSession) locker = sp_test_session(database);
    execute(locker, "BEGIN");
    execute(locker, "LOCK TABLE books IN SHARE MODE");
    Host host = {.database = database, .vtable = &seeded, .attempts = 1};
    run_host(&host);
    g_auto(SpTestInstall) install = host.install;
    cr_assert_eq(install.error->code, SP_ERROR_LOCK_TIMEOUT, "%s", install.error->message);
    cr_assert_str_eq(sp_error_get_place(install.error)->phase, "seeds");
}

static const struct sp_migration index_migrations[] = {
    {.version = 1,
     .name = "index",
     .flags = SP_MIGRATION_NO_TRANSACTION,
     .sql = "CREATE INDEX CONCURRENTLY books_id ON books (id);"},
};

static gpointer
end_later(gpointer reader)
{
    g_usleep(4 * LOCK_TIMEOUT_MS * 1000);
    execute(reader, "COMMIT");
    return NULL;
}

Test(outage, is_no_reason_to_break_off_a_concurrent_build)
{
    struct sp_extension_vtable indexed = books;
    indexed.migrations = (struct sp_list)SP_LIST(index_migrations);
    g_autofree char *database = sp_test_database();
    sp_test_execute(database, "CREATE TABLE books (id int)");
    sp_test_adopt(database, SP_TEST_VTABLES(&indexed));
    g_autoptr(SpSession) writer = sp_test_session(database);
    execute(writer, "BEGIN");
    execute(writer, "INSERT INTO books VALUES (1)");
    GThread *thread = g_thread_new("writer", end_later, writer);
    g_autofree char *hasty = g_strconcat(database, " options='-c lock_timeout=300'", NULL);
    Host host = {.database = hasty, .vtable = &indexed, .attempts = 1};
    run_host(&host);
    g_thread_join(thread);
    g_auto(SpTestInstall) install = host.install;
    sp_assert_installed(install);
    sp_assert_value(database,
                    "SELECT indisvalid FROM pg_index WHERE indexrelid = "
                    "'books_id'::regclass",
                    "t");
}

typedef struct {
    char *blocker;
    char *building;
} Seen;

static void
see_blocked(gpointer data, const SpStep *step, const char *blocker)
{
    Seen *seen = data;
    g_free(seen->blocker);
    seen->blocker = g_strdup_printf("%s: %s", step->name, blocker);
}

static void
see_building(gpointer data, const SpStep *step, const char *progress)
{
    Seen *seen = data;
    g_free(seen->building);
    seen->building = g_strdup_printf("%s: %s", step->name, progress);
}

Test(outage, is_told_while_it_lasts)
{
    struct sp_extension_vtable indexed = books;
    indexed.migrations = (struct sp_list)SP_LIST(index_migrations);
    g_autofree char *database = sp_test_database();
    sp_test_execute(database, "CREATE TABLE books (id int)");
    sp_test_adopt(database, SP_TEST_VTABLES(&indexed));
    g_autoptr(SpSession) writer = sp_test_session(database);
    execute(writer, "BEGIN");
    execute(writer, "INSERT INTO books VALUES (1)");
    GThread *thread = g_thread_new("writer", end_later, writer);
    Seen seen = {0};
    const SpProgress progress = {.blocked = see_blocked, .building = see_building, .data = &seen};
    const SpInstallOptions options = {.lock_timeout_ms = LOCK_TIMEOUT_MS};
    g_auto(SpTestInstall) install =
        sp_test_install_with(database, SP_TEST_VTABLES(&indexed), &options, &progress);
    g_thread_join(thread);
    sp_assert_installed(install);
    cr_assert(seen.blocker && g_str_has_prefix(seen.blocker, "001_index: \"sp-host\" (process"),
              "%s", seen.blocker);
    cr_assert(seen.building && g_strrstr(seen.building, "waiting for writers"), "%s",
              seen.building);
    g_free(seen.blocker);
    g_free(seen.building);
}

Test(outage, of_the_second_connection_does_not_matter)
{
    g_autofree char *database = sp_test_database();
    sp_test_execute(database, "CREATE TABLE books (id int)");
    sp_test_adopt(database, SP_TEST_VTABLES(&books));
    sp_test_execute(database, "CREATE ROLE lonely LOGIN CONNECTION LIMIT 1");
    sp_test_execute(database, "GRANT CREATE ON SCHEMA public TO lonely");
    sp_test_execute(database, "ALTER TABLE books OWNER TO lonely");
    sp_test_execute(database, "GRANT ALL ON ALL TABLES IN SCHEMA public TO lonely");
    g_autofree char *lonely = g_strconcat(database, " user=lonely", NULL);
    g_autoptr(SpSession) reader = open_reader(database);
    Host host = {.database = lonely, .vtable = &books, .attempts = 1};
    run_host(&host);
    g_auto(SpTestInstall) install = host.install;
    cr_assert_eq(install.error->code, SP_ERROR_LOCK_TIMEOUT, "%s", install.error->message);
    cr_assert_null(g_strrstr(sp_error_detail(install.error), "reporting"));
}

/* Each of two transactions wants what the other has; the host's own is the one to give way. */
static gpointer
lock_crosswise(gpointer session)
{
    execute(session, "SET deadlock_timeout = '20s'");
    execute(session, "BEGIN");
    execute(session, "LOCK TABLE books IN ACCESS EXCLUSIVE MODE");
    g_usleep(600000);
    execute(session, "LOCK TABLE shelves IN ACCESS EXCLUSIVE MODE");
    execute(session, "COMMIT");
    return NULL;
}

Test(outage, by_a_deadlock_is_tried_again)
{
    static const struct sp_migration migrations[] = {
        {.version = 1,
         .name = "cross",
         .sql = "LOCK TABLE shelves IN SHARE MODE; LOCK TABLE books IN SHARE MODE;"},
    };
    static const struct sp_schema schemas[] = {
        {.sql = "CREATE TABLE IF NOT EXISTS books (id int);\n"
                "CREATE TABLE IF NOT EXISTS shelves (id int);"},
    };
    static const struct sp_extension_vtable crossing = {
        .id = "crossing", .schemas = SP_LIST(schemas), .migrations = SP_LIST(migrations)};
    g_autofree char *database = sp_test_database();
    sp_test_execute(database, "CREATE TABLE books (id int)");
    sp_test_execute(database, "CREATE TABLE shelves (id int)");
    sp_test_adopt(database, SP_TEST_VTABLES(&crossing));
    g_autoptr(SpSession) other = sp_test_session(database);
    GThread *thread = g_thread_new("other", lock_crosswise, other);
    g_usleep(200000);
    const SpInstallOptions options = {.attempts = 3};
    g_auto(SpTestInstall) install =
        sp_test_install_with(database, SP_TEST_VTABLES(&crossing), &options, NULL);
    g_thread_join(thread);
    sp_assert_installed(install);
}

Test(outage, by_a_long_statement_ends_with_the_time_that_the_migration_gives_itself)
{
    static const struct sp_migration migrations[] = {
        {.version = 1, .name = "slow", .sql = "-- @statement-timeout: 200ms\nSELECT pg_sleep(20);"},
    };
    struct sp_extension_vtable slow = books;
    slow.migrations = (struct sp_list)SP_LIST(migrations);
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&slow));
    cr_assert_eq(install.error->code, SP_ERROR_STATEMENT);
    cr_assert_str_eq(sp_error_get_place(install.error)->sqlstate, "57014");
}

Test(outage, by_a_long_statement_ends_so_without_a_transaction_and_the_next_has_its_own_time)
{
    static const struct sp_migration migrations[] = {
        {.version = 1,
         .name = "short",
         .flags = SP_MIGRATION_NO_TRANSACTION,
         .sql = "-- @no-transaction\n-- @statement-timeout: 7s\n"
                "CREATE TABLE seen AS SELECT current_setting('statement_timeout') AS time;"},
        {.version = 2,
         .name = "next",
         .sql = "INSERT INTO seen SELECT current_setting('statement_timeout');"},
    };
    struct sp_extension_vtable slow = books;
    slow.migrations = (struct sp_list)SP_LIST(migrations);
    g_autofree char *database = sp_test_database();
    g_auto(SpTestInstall) install = sp_test_install(database, SP_TEST_VTABLES(&slow));
    sp_assert_installed(install);
    sp_assert_value(database, "SELECT string_agg(time, ',') FROM seen", "7s,0");
}
