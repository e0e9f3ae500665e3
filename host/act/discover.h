/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Finds the plugins and brings their declarations home: scan, read the file, load in a child
 * process, check. */
#pragma once

#include "base/config.h"
#include "edge/elf.h"
#include "edge/minisign.h"
#include "model/extension.h"

typedef struct SpDiscovery SpDiscovery;

typedef struct {
    const char *const *directories; /* NULL-terminated; scanned in this order */
    const char *const *files;    /* (nullable): instead of directories: these files and no others */
    const char *executable;      /* the host's own, which is run again as the load child */
    guint load_timeout_ms;       /* one plugin */
    gboolean read_notes_only;    /* load nothing */
    const SpTrust *trust;        /* (nullable): NULL trusts everybody */
    const char *cache_directory; /* (nullable): keep verdicts there, and use those kept */
    gboolean ignores_kept;       /* verdicts of earlier runs */
    const char *role_prefix;     /* (nullable): see sp_extension_new_with_role() */
    gboolean reads_whole_files;  /* all facts are wanted, also of what was loaded before */
} SpDiscoverOptions;

/** One plugin file that was seen. Owned by the discovery. */
typedef struct {
    const char *path;
    const GError *refusal; /* (nullable) */
    GPtrArray *warnings; /* (element-type GError): what is worth knowing of one that is accepted */
    SpExtension *extension;       /* (nullable): NULL when refused or when only notes are read */
    const SpElfFacts *facts;      /* (nullable): what the file itself said */
    const char *sha256;           /* (nullable): when signatures or hashes are looked at */
    const SpSignature *signature; /* (nullable): when there are keys */
    gboolean is_remembered;       /* from an earlier run, without another look */
} SpPlugin;

/** Errors: those of sp_directory_scan() for a directory, SP_ERROR_CONFIGURATION for keys; what is
 * wrong with one plugin is in its refusal. */
SpDiscovery *sp_discover(const SpDiscoverOptions *options, GError **error);
void sp_discovery_free(SpDiscovery *discovery);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpDiscovery, sp_discovery_free)

guint sp_discovery_get_n(const SpDiscovery *discovery);
const SpPlugin *sp_discovery_get(const SpDiscovery *discovery, guint index);
/** (element-type SpExtension): the accepted ones, in the order seen. */
const GPtrArray *sp_discovery_get_extensions(const SpDiscovery *discovery);
