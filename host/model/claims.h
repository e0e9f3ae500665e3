/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Claims: which extension creates which object, and where it says so. */
#pragma once

#include "model/prepared.h"
#include "model/recall.h"

/** Whose an object is, as far as its name alone tells. */
typedef enum {
    SP_REALM_EXTENSIONS, /* that of the extension that creates it, or nobody's */
    SP_REALM_SHARED,     /* namespaces, extensions, languages, roles: several may create them */
    SP_REALM_SESSION,    /* temporary by its name: pg_temp.x */
    SP_REALM_SYSTEM,     /* PostgreSQL's own: pg_catalog.x, information_schema.x */
    SP_REALM_HOST,       /* the ledger, its sisters and the guard */
} SpRealm;

SpRealm sp_object_get_realm(const SpObject *object);

/** The tables and the function of the host, in public. NULL-terminated. */
const char *const *sp_claims_host_names(void);

/** Whether an effect makes something for good that belongs to the extension that makes it. */
gboolean sp_effect_is_claim(const SpEffect *effect);

/** The first text that creates an object. */
typedef struct {
    const SpObject *object;
    const char *extension; /* its id */
    const char *source;
    guint line, column;
    gboolean is_table;
    gboolean is_disabled; /* the extension is */
    /* (nullable) (element-type utf8): ids of other extensions that create it too */
    const GPtrArray *rivals;
} SpClaim;

typedef struct SpClaims SpClaims;

/**
 * Collects every object that schemas and migrations create for good, and refuses those that two
 * extensions create, of which at least one is enabled: duplicate-table-owner,
 * duplicate-object-owner. Down SQL claims nothing, but clashes.
 * @prepared: (element-type SpPrepared): of the enabled extensions in registry order
 * @disabled: (element-type SpPrepared)
 * @recall: (nullable): what those that were not read create
 */
SpClaims *sp_claims_new(const GPtrArray *prepared, const GPtrArray *disabled,
                        const SpRecall *recall, SpFindings *findings);
void sp_claims_free(SpClaims *claims);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpClaims, sp_claims_free)

/** (nullable): a routine without arguments finds any of that name. */
const SpClaim *sp_claims_find(const SpClaims *claims, const SpObject *object);
/** (nullable): something that another enabled or disabled extension than @id creates in that
 * namespace. */
const SpClaim *sp_claims_find_other_in_namespace(const SpClaims *claims, const char *namespace_name,
                                                 const char *id);
/** Whether @id is the owner of @claim or a rival of his. */
gboolean sp_claim_is_of(const SpClaim *claim, const char *id);
/** (transfer full): "namespace.name" of every table that @id owns, in byte order. NULL-terminated.
 */
char **sp_claims_get_tables(const SpClaims *claims, const char *id);
