/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What is decided about a plugin file before any of its code runs: ELF, policy, signature; and what
 * an earlier run found out. */
#pragma once

#include "act/verdict_cache.h"
#include "base/config.h"
#include "edge/elf.h"
#include "edge/scan.h"

typedef struct SpVet SpVet;

typedef struct {
    const SpTrust *trust;        /* has to live as long as the vet */
    const char *cache_directory; /* (nullable): keep no verdicts */
    guint load_timeout_ms;       /* on which the verdict of loading depends */
    gboolean ignores_kept;       /* decide everything anew, and keep that */
    gboolean read_notes_only;    /* of the ELF file; neither uses nor keeps verdicts */
    gboolean reads_whole_files;  /* all facts are wanted, also of what was loaded before */
} SpVetOptions;

/** What is known of one file. */
typedef struct {
    GError *refusal;        /* (nullable): SP_ERROR_FILE, _PERMISSION, those of sp_elf_read(),
                               SP_ERROR_SIGNATURE_*, SP_ERROR_DENIED */
    SpElfFacts *facts;      /* (nullable) */
    char *sha256;           /* (nullable): lower-case hexadecimal, of the sealed copy */
    SpSignature *signature; /* (nullable): NULL when there are no keys to look with */
    GBytes *declaration;    /* (nullable): of an earlier run; there is nothing left to load */
    gboolean is_remembered; /* the refusal or the declaration is one of an earlier run */
    int sealed_fd;          /* -1 without a copy */
    gsize size;             /* of the copy */
    SpVerdictKey key;
    gboolean may_be_kept;  /* the verdict, by that key */
    gboolean was_accepted; /* by an earlier run */
} SpVetted;

void sp_vetted_free(SpVetted *vetted);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpVetted, sp_vetted_free)

/** Errors: SP_ERROR_CONFIGURATION for keys that are none. */
SpVet *sp_vet_new(const SpVetOptions *options, GError **error);
void sp_vet_free(SpVet *vet);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpVet, sp_vet_free)

/** Whether every plugin that passes has a sealed copy, which has to be loaded instead of its file:
 * signatures or hashes are looked at. */
gboolean sp_vet_seals(const SpVet *vet);

/** (transfer full): looks at one candidate, in this order: those checks of the scan, ELF, the lists
 * of hashes and, if the note tells it, of ids, signature. */
SpVetted *sp_vet_file(const SpVet *vet, const SpDirectory *directory, guint index);

/** Errors: SP_ERROR_DENIED for an extension that the policy leaves out. */
gboolean sp_vet_check_id(const SpVet *vet, const char *id, GError **error);

/**
 * Takes note of how loading a file that had passed went.
 * @refusal: (nullable): NULL when it was loaded
 * @facts: (nullable): with @declaration, what a later run need not load again
 */
void sp_vet_learn(SpVet *vet, const SpVetted *vetted, const GError *refusal,
                  const SpElfFacts *facts, GBytes *declaration);
/** Keeps what was learned for the next run. */
void sp_vet_save(SpVet *vet);
