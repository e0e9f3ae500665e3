/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What is wrong with a database, object by object. Pure. */
#pragma once

#include "base/error.h"
#include "model/fingerprint.h"

/** One object, and what is wrong with it. Owned by its diagnosis. */
typedef struct {
    SpErrorCode code;
    const char *extension; /* (nullable): the extension that owns the object; NULL for nobody */
    const char *kind;      /* PostgreSQL's word, or "extension", "migration", "database" */
    const char *identity;  /* as pg_identify_object() has it */
    const char *message;   /* one line */
    const char *detail;    /* (nullable) */
    const char *hint;      /* (nullable) */
    const char
        *recorded; /* (nullable): how it was defined after the last install, when that differs */
    const char *found; /* (nullable): how it is defined now, when that differs */
} SpTrouble;

typedef struct SpDiagnosis SpDiagnosis;

SpDiagnosis *sp_diagnosis_new(void);
void sp_diagnosis_free(SpDiagnosis *diagnosis);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpDiagnosis, sp_diagnosis_free)

/** Copies. Its message is made from code, kind and identity. Something that was said of the same
 * object with the same code is not said again. */
void sp_diagnosis_add(SpDiagnosis *diagnosis, const SpTrouble *trouble);
/** Whether @code was said of anything of @extension. */
gboolean sp_diagnosis_has(const SpDiagnosis *diagnosis, SpErrorCode code, const char *extension);
/** Drops what is about none of @extensions (NULL-terminated); what is said of the whole database
 * stays. */
void sp_diagnosis_keep(SpDiagnosis *diagnosis, const char *const *extensions);
/** (element-type SpTrouble): sorts by extension, code, kind and identity. */
const GPtrArray *sp_diagnosis_sort(SpDiagnosis *diagnosis);

/**
 * Adds what was altered, is missing, or was made by others since the definitions were recorded. Of
 * a table that is gone its parts are not told, nor the index of a constraint that is.
 * @leaves_out: whether an extension is not to be looked at
 * @lost: (element-type utf8): the keys, see sp_diagnosis_key(), of what the next install puts back
 */
void sp_diagnosis_compare(SpDiagnosis *diagnosis, const SpFingerprint *recorded,
                          const SpFingerprint *now, GHashTable *leaves_out, GHashTable *lost);
/** (transfer full): of an object by its bare name and, for a part, the identity of its table. */
char *sp_diagnosis_key(const char *relation, const char *name);
