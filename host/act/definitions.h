/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The host's table extension_definitions: how every object of an extension was defined when the
 * host last changed it, so that what others changed since can be told. */
#pragma once

#include "edge/session.h"
#include "model/fingerprint.h"
#include "model/object.h"

/**
 * SQL: what a definition depends on beside the object: the host's way to write it, to be counted up
 * with every change of act/imprints.c, and PostgreSQL's. The digest of phase "definitions" in
 * extension_digests begins with it; behind a blank stands the digest of the ledger of that time.
 */
#define SP_DEFINITIONS_FORM "('1/' || current_setting('server_version_num')::integer / 10000)"
#define SP_DEFINITIONS_FORM_OF(digest) "split_part(" digest ", ' ', 1)"
#define SP_DEFINITIONS_LEDGER_OF(digest) "split_part(" digest ", ' ', 2)"

/** The commands that record the definitions of some extensions, to be sent in a transaction after
 * what they are known to create was recorded. */
typedef struct SpDefining SpDefining;

/**
 * @ids: a JSON array of objects with an "id" each; borrowed
 * @is_created: (nullable): see sp_imprints_query_own()
 */
SpDefining *sp_defining_new(const char *ids, const gboolean *is_created);
void sp_defining_free(SpDefining *defining);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpDefining, sp_defining_free)

/** @commands: (element-type SpCommand): borrow what @defining owns */
void sp_defining_append(const SpDefining *defining, GArray *commands);

/**
 * Records anew, in a transaction that is open, the definitions of an extension and of those whose
 * objects its SQL changes.
 */
gboolean sp_definitions_refresh(SpSession *session, const char *extension, GError **error);

/** (transfer full) (nullable): what is recorded. */
SpFingerprint *sp_definitions_read(SpSession *session, GError **error);
/** (transfer full) (nullable): the same of what is in the catalog now. */
SpFingerprint *sp_definitions_look(SpSession *session, GError **error);
