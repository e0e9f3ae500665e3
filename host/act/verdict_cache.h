/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What was found out about plugin files in earlier runs: whether they can be used, why not, and
 * what they declare. */
#pragma once

#include "edge/file_key.h"
#include "edge/minisign.h"

typedef struct SpVerdictCache SpVerdictCache;

/** The files that a verdict is about. */
typedef struct {
    SpFileKey plugin;
    SpFileKey signature; /* all zero when there is none, or none was looked for */
} SpVerdictKey;

typedef struct {
    const GError *refusal;        /* (nullable): NULL when the file itself is in order */
    const char *sha256;           /* (nullable): when it was computed */
    const SpSignature *signature; /* (nullable): when it was looked for */
    gint64 since;                 /* when it was found; microseconds since 1970 */
    GBytes *facts;                /* (nullable): sp_elf_facts_put(); of a plugin that was loaded */
    GBytes *declaration;          /* (nullable): likewise; for sp_extension_new() */
} SpVerdict;

/**
 * Reads the verdicts kept in @directory. The file counts only if it and the directory are as safe
 * as a plugin has to be, it belongs to the effective user, is no link, whole to the last byte, and
 * of the same environment; on any doubt it is ignored, and a debug message says why.
 * @environment: what else a verdict depends on, in any words
 * Returns: (transfer full) (nullable): NULL when nothing could be kept there either
 */
SpVerdictCache *sp_verdict_cache_open(const char *directory, const char *environment);
void sp_verdict_cache_free(SpVerdictCache *cache);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpVerdictCache, sp_verdict_cache_free)

/** (transfer none) (nullable): what is known of exactly these files; valid until the next change of
 * the cache. */
const SpVerdict *sp_verdict_cache_find(const SpVerdictCache *cache, const SpVerdictKey *key);

/**
 * Whether a refusal with that code is worth keeping. What follows from the bytes alone is kept for
 * as long as the environment lasts; how loading ended for an hour, since the machine may have been
 * the cause: no memory, a busy disk. All else costs nothing to find again.
 */
gboolean sp_verdict_cache_keeps(int code);

/** Takes a verdict in place of an earlier one of that file. @verdict: copied; its bytes are shared
 */
void sp_verdict_cache_put(SpVerdictCache *cache, const SpVerdictKey *key, const SpVerdict *verdict);

/** Replaces the kept file, if there is anything new; the newest 10000 verdicts are kept, and of
 * declarations 48 MiB. Of hosts that save at once the last one wins. A failure is a debug message.
 */
void sp_verdict_cache_save(SpVerdictCache *cache);
