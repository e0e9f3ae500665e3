/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The command line, parsed once into one immutable value. */
#pragma once

#include <glib.h>

typedef enum {
    SP_FORMAT_TABLE,
    SP_FORMAT_JSON,
    SP_FORMAT_JUNIT /* of check and verify */
} SpFormat;

/** What becomes of a run in which plugins are refused. */
typedef enum { SP_ON_REFUSED_AS_CONFIGURED, SP_ON_REFUSED_FAIL, SP_ON_REFUSED_SKIP } SpOnRefused;

typedef struct {
    const char *command;            /* a name of the command table */
    const char *const *arguments;   /* what follows the command; NULL-terminated */
    const char *const *plugin_dirs; /* NULL-terminated; empty: those of the configuration */
    const char *const *disabled;    /* NULL-terminated; added to those of the configuration */
    const char *const *from;        /* NULL-terminated: of verify: folders of older plugins */
    const char *database;           /* (nullable) */
    const char *config;             /* (nullable) */
    const char *output;             /* (nullable): of embed */
    const char *language;           /* (nullable): of new */
    gboolean embedded;
    const char *embedded_dir; /* (nullable) */
    SpFormat format;
    SpOnRefused on_refused;
    gboolean stamped; /* of verify */
    gboolean exit_code, no_load, no_cache, check, verbose, quiet;
    gboolean all;                   /* of doctor: tables of nobody in every namespace */
    guint count;                    /* of migrate: how many; 0: not given */
    gboolean apply, reconcile_only; /* of migrate */
    gboolean show_version;          /* nothing else counts then */
    gboolean show_help;
} SpOptions;

/** Errors: SP_ERROR_USAGE: one line that says what was wrong and where help is. */
SpOptions *sp_options_parse(int argc, char **argv, GError **error);
void sp_options_free(SpOptions *options);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpOptions, sp_options_free)

/**
 * (transfer full): the text of --help, made from the tables of options and commands.
 * @command: (nullable): of this command alone; NULL or no command for all of them
 */
char *sp_options_help(const char *command);
