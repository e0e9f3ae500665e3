/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* A script: one text of an extension, parsed once, linted, and cut into statements. */
#pragma once

#include "base/findings.h"
#include "model/statement.h"

typedef struct SpScript SpScript;

/** What a script is made of. Nothing of it has to outlive the call. */
typedef struct {
    SpScriptRole role;
    const char *extension; /* id, for messages */
    const char *source;    /* the file, as the extension names it */
    const char *sql;
    gboolean is_transactional; /* FALSE lets statements in that cannot run in a transaction block */
    gboolean keeps_tree;       /* TRUE for who asks its statements for their node */
    gboolean has_role;         /* TRUE keeps SET ROLE and the like out */
    guint grammar; /* of a migration: the version of PostgreSQL that it is written for, or 0 */
    gboolean takes_newer_grammar; /* TRUE takes a text for a newer version unread */
} SpScriptText;

/**
 * Parses and lints a text for its role. Findings carry extension, source, line and column.
 * A byte order mark is dropped. A migration that is wrapped as a whole in its own BEGIN; ...
 * COMMIT; loses the two; transaction control anywhere else is refused, and so is what would break
 * the host's session: DISCARD ALL, pg_advisory_unlock_all(), unlocking by pg_advisory_unlock(),
 * COPY FROM STDIN.
 * A migration that does not parse and names a newer grammar is refused (SP_ERROR_NEWER_GRAMMAR), or
 * taken unread: its statements are only cut and looked at word by word; see model/unread.h.
 * Returns: (transfer full) (nullable): NULL when the text does not parse; otherwise all statements,
 * also when some were refused
 */
SpScript *sp_script_new(const SpScriptText *text, SpFindings *findings);
/**
 * The script of a seed that was read and accepted before, cut into its statements without parsing
 * it. They have neither effects nor facts nor tree.
 * Returns: (transfer full) (nullable): NULL when the text cannot be cut
 */
SpScript *sp_script_new_unread(const char *source, const char *sql);
void sp_script_free(SpScript *script);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpScript, sp_script_free)

/**
 * (transfer full): SHA-256 in hex over the texts of the first @n of @statements (element-type
 * SpStatement). Comments and blank lines between statements do not count.
 */
char *sp_statements_digest(const GPtrArray *statements, guint n);

/** FALSE when its statements were only cut: they have neither effects nor facts nor tree nor tag.
 */
gboolean sp_script_is_read(const SpScript *script);
SpScriptRole sp_script_get_role(const SpScript *script);
const char *sp_script_get_source(const SpScript *script);
/** (element-type SpStatement) */
const GPtrArray *sp_script_get_statements(const SpScript *script);
/** Line and column (1-based, in characters) of a byte offset of the script's text. */
void sp_script_locate(const SpScript *script, guint offset, guint *out_line, guint *out_column);
