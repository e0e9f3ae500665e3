/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The values of the configuration file: immutable, every one with a default. An unknown group or
 * key is refused. */
#pragma once

#include <glib.h>

typedef struct SpConfig SpConfig;

/**
 * Reads a GKeyFile.
 *
 *   [plugins]  directories=DIR;DIR  disabled=ID;ID  load_timeout=SECONDS
 *   [database] conninfo=CONNINFO    pool_mode=session
 *   [install]  lock_wait=SECONDS    statement_timeout=SECONDS
 *              lock_timeout=SECONDS   lock_attempts=N
 *              baseline=run|stamp
 *   [extension ID]                  free keys of that extension's own
 *
 * @path: (nullable): the file; NULL reads SP_DEFAULT_CONFIG if it is there, else gives the defaults
 * Errors: SP_ERROR_CONFIGURATION with path (and line where GLib knows it), SP_ERROR_PERMISSION when
 * the file holds a conninfo and others than its owner and group may read it.
 */
SpConfig *sp_config_read(const char *path, GError **error);
void sp_config_free(SpConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpConfig, sp_config_free)

const char *const *
sp_config_get_plugin_dirs(const SpConfig *config); /* (transfer none), NULL-terminated */
const char *const *
sp_config_get_disabled(const SpConfig *config); /* (transfer none), NULL-terminated ids */
const char *sp_config_get_conninfo(const SpConfig *config); /* (nullable) */
gboolean sp_config_get_pool_is_session(const SpConfig *config);
guint sp_config_get_load_timeout_ms(const SpConfig *config);      /* one plugin; default 5000 */
guint sp_config_get_lock_wait_ms(const SpConfig *config);         /* default 60000; 0 tries once */
guint sp_config_get_statement_timeout_ms(const SpConfig *config); /* default 0: none */
guint sp_config_get_lock_timeout_ms(const SpConfig *config);      /* default 5000; 0: none */
guint sp_config_get_lock_attempts(const SpConfig *config);        /* default 6 */
/* Whether the migrations of a fresh extension are recorded instead of run. */
gboolean sp_config_get_stamps_fresh(const SpConfig *config);
