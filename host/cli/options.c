/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "cli/options.h"

#include "base/error.h"
#include "cli/command.h"
#include "cli/manual.h"

#include <string.h>

#define SEE_HELP "Try 'sp-host --help'."

/* What the parser fills; the public value stands first, so that one pointer serves for both. */
typedef struct {
    SpOptions options;
    gboolean list_plugins;
    gboolean skip_refused;
    char *on_refused;
    char *format;
    char *count;
    char **words; /* what is no option: the command and its arguments */
} Parsed;

typedef struct {
    const char *name;
    char short_name;
    GOptionArg arg;
    size_t offset;
    const char *commands; /* (nullable): the only commands that it goes with, each between spaces */
    const char *help;
    const char *value_name; /* (nullable) */
} OptionRow;

#define PUBLIC(member) offsetof(Parsed, options.member)

static const OptionRow plugin_options[] = {
    {"plugin-dir", 0, G_OPTION_ARG_FILENAME_ARRAY, PUBLIC(plugin_dirs), NULL,
     "a folder of plugins; may be repeated", "DIR"},
    {"disable", 0, G_OPTION_ARG_FILENAME_ARRAY, PUBLIC(disabled), NULL,
     "leave an extension out; may be repeated", "ID"},
    {"skip-refused", 0, G_OPTION_ARG_NONE, offsetof(Parsed, skip_refused), NULL,
     "go on without refused plugins and all that depend on them", NULL},
    {"on-refused", 0, G_OPTION_ARG_FILENAME, offsetof(Parsed, on_refused), NULL,
     "fail (default): stop when plugins are refused; skip: as --skip-refused", "WORD"},
    {"no-cache", 0, G_OPTION_ARG_NONE, PUBLIC(no_cache), NULL,
     "look at every plugin again, whatever was remembered of it", NULL},
    {"no-load", 0, G_OPTION_ARG_NONE, PUBLIC(no_load), " list ",
     "list: read the notes of the files and load nothing", NULL},
    {"list-plugins", 0, G_OPTION_ARG_NONE, offsetof(Parsed, list_plugins), NULL,
     "the same as the command list", NULL},
};

static const OptionRow database_options[] = {
    {"database", 0, G_OPTION_ARG_FILENAME, PUBLIC(database), NULL,
     "connection string or URI; else of configuration, credential, PG*", "CONNINFO"},
    {"embedded", 0, G_OPTION_ARG_FILENAME, PUBLIC(embedded_dir), NULL,
     "a private PostgreSQL cluster in DIR; without =DIR in the default folder", "DIR"},
    {"all", 0, G_OPTION_ARG_NONE, PUBLIC(all), " doctor ",
     "doctor: list tables of nobody in every namespace", NULL},
};

static const OptionRow verify_options[] = {
    {"from", 0, G_OPTION_ARG_FILENAME_ARRAY, PUBLIC(from), " verify ",
     "verify: a folder of older plugins to come from; may be repeated", "DIR"},
    {"stamped", 0, G_OPTION_ARG_NONE, PUBLIC(stamped), " verify ",
     "verify: also a fresh database whose migrations are only recorded", NULL},
};

static const OptionRow migrate_options[] = {
    {"count", 0, G_OPTION_ARG_FILENAME, offsetof(Parsed, count), " migrate ",
     "down: how many migrations are undone; 1 by default", "N"},
    {"apply", 0, G_OPTION_ARG_NONE, PUBLIC(apply), " migrate ",
     "repair, mark-applied: do it, instead of showing what would be done", NULL},
    {"reconcile-only", 0, G_OPTION_ARG_NONE, PUBLIC(reconcile_only), " migrate ",
     "repair: only correct the record, and run nothing", NULL},
};

static const OptionRow answer_options[] = {
    {"format", 0, G_OPTION_ARG_FILENAME, offsetof(Parsed, format), NULL,
     "how the answer is written: table (default), json; junit: check, verify", "FORMAT"},
    {"exit-code", 0, G_OPTION_ARG_NONE, PUBLIC(exit_code), " list plan status doctor migrate ",
     "list, plan, status, doctor, repair: 2 on refusals, changes, findings", NULL},
    {"check", 0, G_OPTION_ARG_NONE, PUBLIC(check), " embed ", "embed: only check the folder", NULL},
    {"output", 'o', G_OPTION_ARG_FILENAME, PUBLIC(output), " embed ",
     "embed: write to FILE instead of standard output", "FILE"},
    {"lang", 0, G_OPTION_ARG_FILENAME, PUBLIC(language), " new ",
     "new: sql (default), or c for hooks beside the SQL", "sql|c"},
    {"verbose", 'v', G_OPTION_ARG_NONE, PUBLIC(verbose), NULL, "say more on standard error", NULL},
    {"quiet", 'q', G_OPTION_ARG_NONE, PUBLIC(quiet), NULL, "say only errors and warnings", NULL},
};

static const OptionRow general_options[] = {
    {"config", 0, G_OPTION_ARG_FILENAME, PUBLIC(config), NULL,
     "configuration file, instead of " SP_DEFAULT_CONFIG, "FILE"},
    {"help", 'h', G_OPTION_ARG_NONE, PUBLIC(show_help), NULL, "show this help", NULL},
    {"version", 0, G_OPTION_ARG_NONE, PUBLIC(show_version), NULL, "show the version", NULL},
};

static const struct {
    const char *name, *title;
    const OptionRow *rows;
    guint n_rows;
} group_table[] = {
    {"plugins", "Plugins:", plugin_options, G_N_ELEMENTS(plugin_options)},
    {"database", "Database:", database_options, G_N_ELEMENTS(database_options)},
    {"verify", "Verify:", verify_options, G_N_ELEMENTS(verify_options)},
    {"migrate", "Migrate:", migrate_options, G_N_ELEMENTS(migrate_options)},
    {"answer", "Answer:", answer_options, G_N_ELEMENTS(answer_options)},
    {"general", "General:", general_options, G_N_ELEMENTS(general_options)},
};

static const struct {
    SpExitStatus status;
    const char *meaning;
} exit_table[] = {
    {SP_EXIT_OK, "done; also: nothing to do"},
    {SP_EXIT_DATABASE, "the database refused a statement; that transaction was rolled back"},
    {SP_EXIT_CHANGES, "only with --exit-code: pending changes, drift or refused plugins"},
    {SP_EXIT_USAGE, "usage"},
    {SP_EXIT_REFUSED, "refused: a plugin, its SQL or its ownership claims; nothing was written"},
    {SP_EXIT_UNAVAILABLE, "the database cannot be reached, went away, or is a read-only standby"},
    {SP_EXIT_DEFECT, "a defect of the host"},
    {SP_EXIT_TRY_AGAIN, "another host holds the lock, or somebody a table; try again"},
    {SP_EXIT_PERMISSION, "unsafe permissions, or not enough database privileges"},
    {SP_EXIT_CONFIGURATION, "configuration"},
};

static void
add_group(GOptionContext *context, guint index, Parsed *parsed)
{
    GOptionEntry entries[8] = {0};
    g_assert(group_table[index].n_rows < G_N_ELEMENTS(entries));
    for (guint i = 0; i < group_table[index].n_rows; i++) {
        const OptionRow *row = &group_table[index].rows[i];
        entries[i] = (GOptionEntry){.long_name = row->name,
                                    .short_name = row->short_name,
                                    .arg = row->arg,
                                    .arg_data = G_STRUCT_MEMBER_P(parsed, row->offset),
                                    .description = row->help,
                                    .arg_description = row->value_name};
    }
    GOptionGroup *group =
        g_option_group_new(group_table[index].name, group_table[index].title, "", NULL, NULL);
    g_option_group_add_entries(group, entries);
    g_option_context_add_group(context, group);
}

static GOptionContext *
context_new(Parsed *parsed)
{
    GOptionContext *context = g_option_context_new("COMMAND");
    g_option_context_set_help_enabled(context, FALSE);
    const GOptionEntry entries[] = {{.long_name = G_OPTION_REMAINING,
                                     .arg = G_OPTION_ARG_FILENAME_ARRAY,
                                     .arg_data = &parsed->words},
                                    {0}};
    g_option_context_add_main_entries(context, entries, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(group_table); i++)
        add_group(context, i, parsed);
    return context;
}

static const OptionRow *
find_option(const char *name)
{
    for (guint g = 0; g < G_N_ELEMENTS(group_table); g++) {
        for (guint i = 0; i < group_table[g].n_rows; i++) {
            if (g_str_equal(group_table[g].rows[i].name, name))
                return &group_table[g].rows[i];
        }
    }
    return NULL;
}

static gboolean
is_given(const Parsed *parsed, const OptionRow *row)
{
    gconstpointer value = G_STRUCT_MEMBER_P(parsed, row->offset);
    return row->arg == G_OPTION_ARG_NONE ? *(const gboolean *)value
                                         : *(const gconstpointer *)value != NULL;
}

static gboolean usage_error(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static gboolean
usage_error(GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *problem = g_strdup_vprintf(format, args);
    va_end(args);
    return sp_error_set(error, SP_ERROR_USAGE, NULL, NULL, "%s. " SEE_HELP, problem);
}

static gboolean
check_options_fit(const Parsed *parsed, GError **error)
{
    g_autofree char *command = g_strdup_printf(" %s ", parsed->options.command);
    for (guint g = 0; g < G_N_ELEMENTS(group_table); g++) {
        for (guint i = 0; i < group_table[g].n_rows; i++) {
            const OptionRow *row = &group_table[g].rows[i];
            if (row->commands && is_given(parsed, row) && !strstr(row->commands, command))
                return usage_error(error, "option \"--%s\" does not go with command \"%s\"",
                                   row->name, parsed->options.command);
        }
    }
    return TRUE;
}

static gboolean
check_arguments(const SpOptions *options, GError **error)
{
    const SpCommandRow *row = sp_command_find(options->command);
    if (row == NULL)
        return usage_error(error, "there is no command \"%s\"", options->command);
    if (options->format == SP_FORMAT_JUNIT && row->run != sp_command_check &&
        row->run != sp_command_verify)
        return usage_error(error, "format \"junit\" goes with commands \"check\" and \"verify\"");
    guint n = g_strv_length((char **)options->arguments);
    if (n < row->min_arguments)
        return usage_error(error, "command \"%s\" needs %s", row->name, row->arguments);
    if (n > row->max_arguments)
        return usage_error(error, "command \"%s\" has an argument too many: \"%s\"", row->name,
                           options->arguments[row->max_arguments]);
    g_autofree char *problem = row->check ? row->check(options) : NULL;
    return problem == NULL || usage_error(error, "%s", problem);
}

static gboolean
take_words(Parsed *parsed, GError **error)
{
    static const char *const none[] = {NULL};
    SpOptions *options = &parsed->options;
    if (parsed->list_plugins) {
        if (parsed->words && g_strcmp0(parsed->words[0], "list") != 0)
            return usage_error(error, "option \"--list-plugins\" does not go with \"%s\"",
                               parsed->words[0]);
        options->command = "list";
    } else if (parsed->words == NULL) {
        return usage_error(error, "a command is missing");
    } else {
        options->command = parsed->words[0];
    }
    options->arguments = parsed->words ? (const char *const *)parsed->words + 1 : none;
    return TRUE;
}

/* The place of @word in @words, which begin after @words[0]; 0 when it is none. */
static guint
find_word(const char *word, const char *const *words, guint n)
{
    guint found = 0;
    for (guint i = 1; i < n; i++)
        found = g_str_equal(word, words[i]) ? i : found;
    return found;
}

static gboolean
take_format(Parsed *parsed, GError **error)
{
    static const char *const words[] = {
        [SP_FORMAT_TABLE] = "table", [SP_FORMAT_JSON] = "json", [SP_FORMAT_JUNIT] = "junit"};
    for (guint i = 0; parsed->format && i < G_N_ELEMENTS(words); i++) {
        parsed->options.format = (SpFormat)i;
        if (g_str_equal(parsed->format, words[i]))
            return TRUE;
    }
    return parsed->format == NULL ||
           usage_error(error, "there is no format \"%s\": it is table, json or junit",
                       parsed->format);
}

static gboolean
take_on_refused(Parsed *parsed, GError **error)
{
    static const char *const words[] = {
        [SP_ON_REFUSED_FAIL] = "fail", [SP_ON_REFUSED_SKIP] = "skip"};
    const char *word = parsed->on_refused;
    if (parsed->skip_refused)
        parsed->options.on_refused = SP_ON_REFUSED_SKIP;
    if (word == NULL)
        return TRUE;
    guint found = find_word(word, words, G_N_ELEMENTS(words));
    if (found == 0)
        return usage_error(error, "option \"--on-refused\" is fail or skip, not \"%s\"", word);
    if (parsed->skip_refused && found == SP_ON_REFUSED_FAIL)
        return usage_error(
            error, "options \"--skip-refused\" and \"--on-refused=fail\" exclude each other");
    parsed->options.on_refused = (SpOnRefused)found;
    return TRUE;
}

static gboolean
take_count(Parsed *parsed, GError **error)
{
    guint64 count = 0;
    if (parsed->count == NULL)
        return TRUE;
    if (!g_ascii_string_to_unsigned(parsed->count, 10, 1, G_MAXINT32, &count, NULL))
        return usage_error(error, "option \"--count\" needs a number above 0, not \"%s\"",
                           parsed->count);
    parsed->options.count = (guint)count;
    return TRUE;
}

/* Fills what was not given, so that no reader meets a NULL list. */
static void
complete(Parsed *parsed)
{
    SpOptions *options = &parsed->options;
    options->embedded = options->embedded_dir != NULL;
    if (options->embedded && options->embedded_dir[0] == '\0')
        g_clear_pointer((char **)&options->embedded_dir, g_free);
    const char *const **lists[] = {&options->plugin_dirs, &options->disabled, &options->from};
    for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
        if (*lists[i] == NULL)
            *lists[i] = (const char *const *)g_new0(char *, 1);
    }
}

/* GOption takes the next word for an optional value, be it the command; so a bare --embedded gets
 * an empty value. */
static char **
copy_arguments(int argc, char **argv)
{
    char **copy = g_new0(char *, argc + 1);
    gboolean ended = FALSE;
    for (int i = 0; i < argc; i++) {
        ended = ended || g_str_equal(argv[i], "--");
        gboolean is_bare = !ended && g_str_equal(argv[i], "--embedded");
        copy[i] = g_strdup(is_bare ? "--embedded=" : argv[i]);
    }
    return copy;
}

/* GOption takes "--quiet=no" for "--quiet". */
static gboolean
check_flags(char **arguments, GError **error)
{
    for (; *arguments != NULL && !g_str_equal(*arguments, "--"); arguments++) {
        g_auto(GStrv) parts = g_strsplit(*arguments, "=", 2);
        if (g_strv_length(parts) < 2 || !g_str_has_prefix(parts[0], "--"))
            continue;
        const OptionRow *row = find_option(parts[0] + 2);
        if (row && row->arg == G_OPTION_ARG_NONE)
            return usage_error(error, "option \"%s\" takes no value", parts[0]);
    }
    return TRUE;
}

static gboolean
parse_words(Parsed *parsed, int argc, char **argv, GError **error)
{
    g_auto(GStrv) arguments = copy_arguments(argc, argv);
    g_autoptr(GOptionContext) context = context_new(parsed);
    g_autoptr(GError) refusal = NULL;
    if (!check_flags(arguments, error))
        return FALSE;
    if (g_option_context_parse_strv(context, &arguments, &refusal))
        return TRUE;
    g_autofree char *problem = g_strdup(refusal->message);
    problem[0] = g_ascii_tolower(problem[0]);
    return usage_error(error, "%s", problem);
}

static gboolean
check_parsed(Parsed *parsed, GError **error)
{
    if (parsed->options.show_help && parsed->words != NULL)
        parsed->options.command = parsed->words[0];
    if (parsed->options.show_help || parsed->options.show_version)
        return TRUE;
    if (parsed->options.quiet && parsed->options.verbose)
        return usage_error(error, "options \"--quiet\" and \"--verbose\" exclude each other");
    if (parsed->options.embedded_dir != NULL && parsed->options.database != NULL)
        return usage_error(error, "options \"--embedded\" and \"--database\" exclude each other");
    return take_format(parsed, error) && take_on_refused(parsed, error) &&
           take_words(parsed, error) && take_count(parsed, error) &&
           check_arguments(&parsed->options, error) && check_options_fit(parsed, error);
}

SpOptions *
sp_options_parse(int argc, char **argv, GError **error)
{
    g_return_val_if_fail(argc > 0 && argv != NULL, NULL);
    Parsed *parsed = g_new0(Parsed, 1);
    g_autoptr(SpOptions) options = &parsed->options;
    if (!parse_words(parsed, argc, argv, error) || !check_parsed(parsed, error))
        return NULL;
    complete(parsed);
    return g_steal_pointer(&options);
}

void
sp_options_free(SpOptions *options)
{
    if (options == NULL)
        return;
    Parsed *parsed = (Parsed *)options;
    g_strfreev((char **)options->plugin_dirs);
    g_strfreev((char **)options->disabled);
    g_strfreev((char **)options->from);
    g_free((char *)options->database);
    g_free((char *)options->config);
    g_free((char *)options->output);
    g_free((char *)options->language);
    g_free((char *)options->embedded_dir);
    g_free(parsed->format);
    g_free(parsed->on_refused);
    g_free(parsed->count);
    g_strfreev(parsed->words);
    g_free(parsed);
}

static char *
commands_text(void)
{
    guint n = 0;
    const SpCommandRow *rows = sp_command_get_all(&n);
    GString *out = g_string_new("Commands:");
    for (guint i = 0; i < n; i++)
        g_string_append_printf(out, "\n  %-7s %-9s %s", rows[i].name, rows[i].arguments,
                               rows[i].help);
    g_autofree char *tools = sp_command_migrate_help();
    g_string_append_printf(out, "\n\n%s", tools);
    return g_string_free(out, FALSE);
}

static char *
exit_statuses_text(void)
{
    GString *out = g_string_new("Exit statuses:");
    for (guint i = 0; i < G_N_ELEMENTS(exit_table); i++)
        g_string_append_printf(out, "\n  %2d  %s", (int)exit_table[i].status,
                               exit_table[i].meaning);
    g_string_append(out, "\n\nExamples:"
                         "\n  sp-host --plugin-dir=/usr/lib/sp-host/extensions list"
                         "\n  sp-host --database='host=/run/postgresql dbname=shop' install");
    return g_string_free(out, FALSE);
}

/* The options that not every command takes, but this one does. */
static void
append_own_options(GString *out, const char *command)
{
    g_autofree char *word = g_strdup_printf(" %s ", command);
    for (guint g = 0; g < G_N_ELEMENTS(group_table); g++) {
        for (guint i = 0; i < group_table[g].n_rows; i++) {
            const OptionRow *row = &group_table[g].rows[i];
            if (row->commands == NULL || strstr(row->commands, word) == NULL)
                continue;
            g_autofree char *name =
                g_strdup_printf("--%s%s%s", row->name, row->value_name ? "=" : "",
                                row->value_name ? row->value_name : "");
            g_string_append_printf(out, "\n  %-20s  %s", name, row->help);
        }
    }
}

static char *
command_help(const SpCommandRow *row)
{
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "Usage:\n  sp-host [OPTION…] %s%s%s\n\n%s\n", row->name,
                           *row->arguments ? " " : "", row->arguments, sp_manual_find(row->name));
    g_autoptr(GString) own = g_string_new(NULL);
    append_own_options(own, row->name);
    if (own->len > 0)
        g_string_append_printf(out, "Options:%s\n\n", own->str);
    g_string_append(out, "'sp-host --help' has the options of all commands, and the exit "
                         "statuses.\n");
    return g_string_free(out, FALSE);
}

char *
sp_options_help(const char *command)
{
    const SpCommandRow *row = command ? sp_command_find(command) : NULL;
    if (row != NULL)
        return command_help(row);
    Parsed unused = {0};
    g_autoptr(GOptionContext) context = context_new(&unused);
    g_autofree char *commands = commands_text();
    g_autofree char *statuses = exit_statuses_text();
    g_option_context_set_summary(context, commands);
    g_option_context_set_description(context, statuses);
    g_autofree char *text = g_option_context_get_help(context, FALSE, NULL);
    return g_strconcat(
        "Brings a PostgreSQL database to the shape that a set of plugins declares.\n\n", text,
        NULL);
}
