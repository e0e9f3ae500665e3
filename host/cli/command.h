/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The table of commands: one file a command. */
#pragma once

#include "base/config.h"
#include "base/error.h"
#include "cli/options.h"

typedef struct {
    const SpOptions *options;
    const SpConfig *config;
    const char *executable; /* the host's own path */
} SpContext;

/** Runs a command: prints its answer to stdout and what went wrong to stderr. Returns the exit
 * status. */
typedef SpExitStatus (*SpCommandFunc)(const SpContext *context);

typedef struct {
    const char *name;
    const char *arguments; /* "FILE..." or "" */
    guint min_arguments, max_arguments;
    const char *help; /* one line */
    SpCommandFunc run;
    /* (nullable): (transfer full) (nullable): what is wrong with the arguments, beyond their number
     */
    char *(*check)(const SpOptions *options);
} SpCommandRow;

/** (nullable) */
const SpCommandRow *sp_command_find(const char *name);
/** All commands in the order of the help text. */
const SpCommandRow *sp_command_get_all(guint *out_n);

SpExitStatus sp_command_list(const SpContext *context);
SpExitStatus sp_command_check(const SpContext *context);
SpExitStatus sp_command_verify(const SpContext *context);
SpExitStatus sp_command_plan(const SpContext *context);
SpExitStatus sp_command_install(const SpContext *context);
SpExitStatus sp_command_status(const SpContext *context);
SpExitStatus sp_command_doctor(const SpContext *context);
SpExitStatus sp_command_migrate(const SpContext *context);
SpExitStatus sp_command_embed(const SpContext *context);
SpExitStatus sp_command_new(const SpContext *context);

/** For the row of migrate. */
char *sp_command_migrate_check(const SpOptions *options);
/** For the row of verify. */
char *sp_command_verify_check(const SpOptions *options);
/** For the row of new. */
char *sp_command_new_check(const SpOptions *options);
/** (transfer full): the part of --help about the tools of migrate. */
char *sp_command_migrate_help(void);
