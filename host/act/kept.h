/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* How the host's table extension_objects says what an extension creates and touches, and how the
 * catalog says whether it is still there. */
#pragma once

#include "model/statement.h"

/**
 * One row a thing: action and class are nicks, names as in SpObject ("" for what has no parent).
 * Columns and constraints of tables have classes of their own: parent is their table, definition
 * what ALTER TABLE ... ADD needs to make them again.
 *
 * The classes that are looked for at every boot are those of the joins; of any other class, what is
 * gone is noticed when its extension changes.
 */
#define SP_KEPT_JOINS                                                                              \
    "LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = o.namespace_name "                         \
    "LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = "                   \
    "CASE o.class WHEN 'relation' THEN o.name ELSE o.parent END "                                  \
    "LEFT JOIN pg_catalog.pg_attribute a ON o.class = 'column' AND a.attrelid = c.oid "            \
    "AND a.attname = o.name AND NOT a.attisdropped "                                               \
    "LEFT JOIN pg_catalog.pg_constraint k ON o.class = 'constraint' AND k.conrelid = c.oid "       \
    "AND k.conname = o.name "                                                                      \
    "LEFT JOIN pg_catalog.pg_trigger t ON o.class = 'trigger' AND t.tgrelid = c.oid "              \
    "AND t.tgname = o.name "                                                                       \
    "LEFT JOIN pg_catalog.pg_policy y ON o.class = 'policy' AND y.polrelid = c.oid "               \
    "AND y.polname = o.name "                                                                      \
    "LEFT JOIN pg_catalog.pg_rewrite r ON o.class = 'rule' AND r.ev_class = c.oid "                \
    "AND r.rulename = o.name "                                                                     \
    "LEFT JOIN pg_catalog.pg_type d ON o.class = 'type' AND d.typnamespace = n.oid "               \
    "AND d.typname = o.name"

/* Overloaded routines would multiply in a join. */
#define SP_KEPT_IS_THERE                                                                           \
    "CASE o.class WHEN 'relation' THEN c.oid IS NOT NULL WHEN 'column' THEN a.attrelid IS NOT "    \
    "NULL WHEN 'constraint' THEN k.oid IS NOT NULL WHEN 'trigger' THEN t.oid IS NOT NULL "         \
    "WHEN 'policy' THEN y.oid IS NOT NULL WHEN 'rule' THEN r.oid IS NOT NULL "                     \
    "WHEN 'type' THEN d.oid IS NOT NULL WHEN 'routine' THEN (n.oid, o.name, o.n_arguments) IN "    \
    "(SELECT pronamespace, proname::text, pronargs::integer FROM pg_catalog.pg_proc) "             \
    "ELSE TRUE END"

/* A number that changes with any row of an extension's ledger, whoever wrote it. */
#define SP_KEPT_LEDGERS_QUERY                                                                      \
    "SELECT extension_id, count(*) || ':' || sum(hashtextextended(concat_ws(E'\\n', version, "     \
    "name, checksum), 0)) FROM public.extension_migrations"

/** The nicks of column action and class. -1: none. */
int sp_kept_find_action(const char *nick);
int sp_kept_find_class(const char *nick);
const char *sp_kept_action_nick(SpAction action);
const char *sp_kept_class_nick(SpObjectClass class);
