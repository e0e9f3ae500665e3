/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "cli/manual.h"

#include <glib.h>

typedef struct {
    const char *command;
    const char *text;
} Page;

static const Page pages[] = {
    {"list",
     "Looks at every plugin file of the folders, and says whether it is accepted, and if "
     "not, why.\n"
     "Plugins are loaded in a process of their own, so none of them can hurt the host. No "
     "database\n"
     "is asked.\n"
     "\n"
     "With --no-load no code of a plugin runs: only the notes in the files are read.\n"
     "\n"
     "Where [trust] has keys, it says whose signature each file bears. Where [plugins] cache_dir\n"
     "is set, it remembers what was refused, and says so, and reads the same SQL only once;\n"
     "--no-cache looks again.\n"},
    {"check",
     "Says everything that can be known of plugin files without a database: file, build, ABI, "
     "names,\n"
     "SQL and the phase that each statement runs in (listed with --verbose), who owns what among "
     "the\n"
     "files given together, and what migrations would do to large tables.\n"
     "\n"
     "What the files depend on is looked for in --plugin-dir, if that is given, and nothing is "
     "said of\n"
     "it. What is not there either was not checked: that is a note, and refuses nothing.\n"
     "\n"
     "With --embedded it also tries them, in a private PostgreSQL that is thrown away: everything\n"
     "installs; a second start changes nothing; every migration with a down file, newest first, "
     "is\n"
     "undone, which leaves nothing of it, and run again, which leads back to the same objects. "
     "All\n"
     "dependencies have to be there. --embedded=DIR keeps the cluster in DIR, and still uses a "
     "database\n"
     "of its own.\n"
     "\n"
     "With --format=junit the answer is JUnit XML: a suite a plugin, a case a check.\n"
     "\n"
     "Exit status 65 when something is refused, 1 when the server refused a statement, 0 when "
     "there\n"
     "are warnings at most.\n"},
    {"verify",
     "Proves that every road ends in the same schema: each is taken in a database of its own, in "
     "a\n"
     "private PostgreSQL that is thrown away. No other database is touched.\n"
     "\n"
     "migrated          an empty database; every migration runs. The others are compared with it.\n"
     "booted-twice      installed again, which changes nothing\n"
     "down-up           every migration with a down file undone, newest first, and run again\n"
     "resumed           the server cuts the install off again and again: in the middle of DDL,\n"
     "                  after migrations, between the statements of one without a transaction,\n"
     "                  before seeds; and each time it is begun anew\n"
     "stamped           an empty database; migrations are recorded, not run. With --stamped, or\n"
     "                  where [install] says baseline=stamp.\n"
     "from DIR          the older plugins of DIR are installed, and then these\n"
     "\n"
     "All objects are compared, one by one, with comments and grants; the order of columns and\n"
     "names that PostgreSQL chose do not count. Of the rows of each table only the number is\n"
     "compared. What differs is shown with both definitions and its owner.\n"
     "\n"
     "--embedded=DIR keeps the cluster in DIR. Exit status 65 when roads differ, 1 when the "
     "server\n"
     "refused a statement.\n"},
    {"plan",
     "Shows what install would do now: each step, with its SQL and where that comes from. It "
     "writes\n"
     "nothing, needs only a role that may read, and works on a standby.\n"
     "\n"
     "It warns of each statement that would hurt a table which is there already: the lock that it\n"
     "takes, whether it rewrites or scans the table, how large the table is, and the safer way. "
     "An\n"
     "author who knows better says so in the migration: -- @allow: CODE reason.\n"
     "\n"
     "With --exit-code it ends with 2 when something is pending, for use in CI.\n"},
    {"install",
     "Brings the database to the shape that the plugins declare. Every refusal comes before the\n"
     "first write. One host installs at a time; others wait for it ([install] lock_wait).\n"
     "\n"
     "In this order, each over all extensions: what is retired is dropped; tables and types;\n"
     "migrations that were not applied; indexes, views, functions, triggers; seeds. Each step is\n"
     "one transaction, whole or not at all. Run it as often as you like: what is there is left\n"
     "alone.\n"
     "\n"
     "It never waits longer than [install] lock_timeout for a table, so nobody queues up behind "
     "it;\n"
     "it tries again [install] lock_attempts times, and says who is in the way. A migration "
     "without\n"
     "a transaction that was cut short goes on where it was.\n"
     "\n"
     "With [install] baseline=stamp the migrations of an extension whose tables are all new are\n"
     "recorded instead of run. With [install] roles=yes each extension gets a database role, "
     "which\n"
     "owns what it creates and runs its SQL.\n"},
    {"status",
     "Shows, for each extension, which migrations are applied, pending, drifted (edited after "
     "they\n"
     "were applied) or orphaned (applied, and no longer declared), and whether the database has "
     "met\n"
     "a newer release (ahead). It writes nothing, needs only a role that may read, and works on a\n"
     "standby.\n"
     "\n"
     "With --exit-code it ends with 2 when something is pending or has drifted.\n"},
    {"doctor",
     "Holds the catalog, object by object, against what the extensions declare and what the last\n"
     "install left: what is missing, altered, made by no extension, or left of a plugin that is "
     "gone;\n"
     "indexes that cannot be used, constraints that were never validated, triggers that are "
     "disabled,\n"
     "functions that name what does not exist, migrations that stopped half way, sequences that "
     "are\n"
     "behind. It says what to do about each. Ids of extensions limit it to those.\n"
     "\n"
     "A table of nobody is listed when it is in a namespace that an extension made; with --all in "
     "any.\n"
     "Grants and owners are the operator's, and not looked at.\n"
     "\n"
     "It reads in one transaction that may only read, needs SELECT on the host's tables, and works "
     "on\n"
     "a standby. With --exit-code it ends with 2 when anything was found.\n"},
    {"migrate",
     "Tools for the day on which something went wrong. Before one of them writes it takes the\n"
     "lock, so no host installs meanwhile.\n"
     "\n"
     "down EXT          undoes the newest applied migration, or with --count=N the newest N, all "
     "in\n"
     "                  one transaction. Refused, before anything is touched, when one of them\n"
     "                  cannot be undone or another extension uses what would be dropped.\n"
     "repair [EXT]      for a migration that was edited after it was applied: runs it again and\n"
     "                  records the text as it is now, in one transaction. With --reconcile-only "
     "it\n"
     "                  only records.\n"
     "mark-applied EXT VERSION\n"
     "                  records a migration that was done by hand, and runs nothing.\n"
     "adopt EXT OBJECT...\n"
     "                  records as the extension's own what it declares and did not make; "
     "\"orders\",\n"
     "                  \"billing.invoices\", \"function total(int4)\". With --all, without or "
     "with "
     "an\n"
     "                  extension, everything that is there and that no extension made; with\n"
     "                  --holder=OTHER also what OTHER made, which gives it up.\n"
     "\n"
     "repair, mark-applied and adopt show the exact SQL and write nothing, unless --apply is "
     "given.\n"},
    {"embed",
     "Reads the folder of an extension (SQL files and extension.conf) and writes the C source of "
     "a\n"
     "plugin, which compiles alone: cc -shared -fPIC. The same folder gives the same bytes. Hooks "
     "in\n"
     "C that extension.conf names are linked with it.\n"
     "\n"
     "With --check it only says what is wrong with the folder.\n"},
    {"new",
     "Writes the folder of an extension, NAME, into the current one: a table, a migration and "
     "what\n"
     "undoes it, a seed, a build with meson, and a test that installs it into a PostgreSQL of its\n"
     "own. It builds and passes as it is; change it from there. With --lang=c it has hooks in C, "
     "for\n"
     "what runs while sp-host run serves.\n"
     "\n"
     "NAME is the id of the extension. What exists already is left alone.\n"},
};

const char *
sp_manual_find(const char *command)
{
    for (guint i = 0; i < G_N_ELEMENTS(pages); i++)
        if (g_strcmp0(pages[i].command, command) == 0)
            return pages[i].text;
    return NULL;
}
