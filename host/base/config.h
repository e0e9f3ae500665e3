/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The values of the configuration file: immutable, every one with a default. An unknown group or
 * key is refused. */
#pragma once

#include <glib.h>

typedef struct SpConfig SpConfig;

/**
 * Which plugins may be used at all. Every list is NULL-terminated, and NULL when it was not set:
 * an allow list that is set, be it empty, refuses what is not in it. Denying wins.
 */
typedef struct {
    const char *const *keys; /* minisign public keys, base64; not yet looked at */
    gboolean requires_signature;
    const char *const *allow_ids, *const *deny_ids;
    const char *const *allow_sha256, *const *deny_sha256; /* 64 lower-case hexadecimal digits */
} SpTrust;

/**
 * Reads a GKeyFile.
 *
 *   [plugins]  directories=DIR;DIR  disabled=ID;ID  load_timeout=SECONDS
 *              cache_dir=DIR        on_refused=fail|skip
 *   [trust]    keys=KEY;KEY         require_signature=no|yes
 *              allow_ids=ID;ID      deny_ids=ID;ID
 *              allow_sha256=HASH;HASH  deny_sha256=HASH;HASH
 *   [database] conninfo=CONNINFO    pool_mode=session
 *   [install]  lock_wait=SECONDS    statement_timeout=SECONDS
 *              lock_timeout=SECONDS   lock_attempts=N
 *              baseline=run|stamp     roles=no|yes  role_prefix=TEXT
 *              newer_grammar=no|yes
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
const char *sp_config_get_cache_dir(const SpConfig *config); /* (nullable): of verdicts; absolute */
/* Whether refused plugins are skipped, instead of ending the run. */
gboolean sp_config_get_skips_refused(const SpConfig *config);
const SpTrust *sp_config_get_trust(const SpConfig *config); /* (transfer none) */
const char *sp_config_get_conninfo(const SpConfig *config); /* (nullable) */
gboolean sp_config_get_pool_is_session(const SpConfig *config);
guint sp_config_get_load_timeout_ms(const SpConfig *config);      /* one plugin; default 5000 */
guint sp_config_get_lock_wait_ms(const SpConfig *config);         /* default 60000; 0 tries once */
guint sp_config_get_statement_timeout_ms(const SpConfig *config); /* default 0: none */
guint sp_config_get_lock_timeout_ms(const SpConfig *config);      /* default 5000; 0: none */
guint sp_config_get_lock_attempts(const SpConfig *config);        /* default 6 */
/* Whether the migrations of a fresh extension are recorded instead of run. */
gboolean sp_config_get_stamps_fresh(const SpConfig *config);
/* Whether migrations may run that only a newer server can read. */
gboolean sp_config_get_takes_newer_grammar(const SpConfig *config);
/* (nullable): what the names of the extensions' database roles begin with, "sp_" by default; NULL
 * unless each extension is to have one. */
const char *sp_config_get_role_prefix(const SpConfig *config);
