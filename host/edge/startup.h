/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The parameters that a session is opened with: a hash table of keyword and value. */
#pragma once

#include "edge/session.h"

/**
 * Whether @conninfo is a URI whose password seems to hold an unescaped "@" or "/": its end would be
 * taken for the host or the database, and shown in messages.
 */
gboolean sp_startup_is_ambiguous(const char *conninfo);

/** (transfer full): what holds unless the user says otherwise. */
GHashTable *sp_startup_new(const SpSessionSettings *settings);
/** What the user says. Copies. */
void sp_startup_put(GHashTable *parameters, const char *keyword, const char *value);
/** Adds what the host relies on, whatever the user says. */
void sp_startup_finish(GHashTable *parameters, const SpSessionSettings *settings);

/** Takes back what @message says a server or pooler refused at startup. FALSE when that is not why
 * it refused. */
gboolean sp_startup_retreat(GHashTable *parameters, const char *message);

/** SP_ERROR_POOLER. Always returns FALSE. */
gboolean sp_startup_refuse_pooler(const char *database, GError **error);

/**
 * (transfer full): a query that gives the session its settings where startup options cannot.
 * @direct_pid: the server process that the options have reached if it is the one that answers, and
 * then needs no settings; 0: none
 */
char *sp_startup_settings_query(const SpSessionSettings *settings, int direct_pid);

/** The same parameters as libpq takes them; both end with NULL and borrow their texts. */
typedef struct {
    const char **keywords;
    const char **values;
} SpStartupArrays;

SpStartupArrays sp_startup_arrays(GHashTable *parameters);
void sp_startup_arrays_clear(SpStartupArrays *arrays);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SpStartupArrays, sp_startup_arrays_clear)
