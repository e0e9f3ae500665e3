/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The host's function public.extension_guard, which the build makes of guard.sql. */
#pragma once

/**
 * Reads what the transaction under way has made, changed, dropped and written, out of its own locks
 * and of the rows of the catalog that it wrote. When any of it is not the extension's to touch, it
 * fails with SP_GUARD_SQLSTATE and a JSON array of {word, name, owner, done} as message; else it
 * records what was made, and gives 0.
 *
 * Its parameter is JSON: secret, a text that nobody else knows; ids, of the extension and, before
 * it, of those whose SQL ran in the transaction earlier, with commas between; and arrays of text,
 * names as "namespace.name": tables (those of others that it declares), dependencies, changes (what
 * its text changes), reads (what it reads), host (what is the host's). Then there may be reset, SQL
 * that ends what the statements SET. With the secret alone it notes what the session has written
 * until then, for the call with the same secret.
 */
extern const char sp_guard_definition[]; /* the statement that makes it */
/** SHA-256, in hex, of its body as the catalog holds it. */
extern const char sp_guard_digest[];

#define SP_GUARD_SQLSTATE "SP00O"
