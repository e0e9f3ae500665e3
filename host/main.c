/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/load_child.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/output.h"

#include <fcntl.h>
#include <sp/extension.h>
#include <string.h>
#include <unistd.h>

static SpLogLevel
log_level(const SpOptions *options)
{
    if (options->quiet)
        return SP_LOG_QUIET;
    return options->verbose ? SP_LOG_VERBOSE : SP_LOG_NORMAL;
}

static SpExitStatus
run_command(const SpOptions *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SpConfig) config = sp_config_read(options->config, &error);
    if (config == NULL)
        return sp_output_failure(options, error);
    const SpContext context = {
        .options = options, .config = config, .executable = "/proc/self/exe"};
    return sp_command_find(options->command)->run(&context);
}

static SpExitStatus
show_help(const SpOptions *options)
{
    g_autofree char *help = sp_options_help(options->command);
    return sp_output_text(help);
}

static SpExitStatus
show_version(void)
{
    g_autofree char *version =
        g_strdup_printf("sp-host " SP_VERSION " (ABI %d.%d)\n", SP_ABI_MAJOR, SP_ABI_MINOR);
    return sp_output_text(version);
}

/* A standard descriptor that the caller closed would be taken by the next file that is opened.
 * Reading or writing what stands in for it fails, or finds nothing. */
static void
hold_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", O_RDONLY);
}

int
main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], SP_LOAD_CHILD_WORD) == 0)
        return sp_load_child_main();
    hold_standard_descriptors();
    g_set_prgname("sp-host");
    g_autoptr(GError) error = NULL;
    g_autoptr(SpOptions) options = argc > 0 ? sp_options_parse(argc, argv, &error) : NULL;
    sp_log_init(options ? log_level(options) : SP_LOG_NORMAL);
    if (options == NULL) {
        sp_log_error(error);
        return SP_EXIT_USAGE;
    }
    if (options->show_help)
        return show_help(options);
    return options->show_version ? show_version() : run_command(options);
}
