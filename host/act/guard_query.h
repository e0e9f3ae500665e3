/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What the guard asks the server. Its own room, since it is long. */
#pragma once

/**
 * The body, in PL/pgSQL, of the host's function extension_guard. It reads what the transaction
 * under way has made, changed, dropped and written, out of its own locks and of the rows of the
 * catalog that it wrote. When any of it is not the extension's to touch, it fails with
 * SP_GUARD_SQLSTATE and a JSON array of {word, name, owner, done} as message; else it records what
 * was made, and gives 0. A function keeps its plans as long as the session lasts, which is what
 * makes it cheap.
 *
 * Its parameter is JSON of arrays of text, names as "namespace.name": ids (the extension, and
 * before it those whose SQL ran in the transaction earlier), tables (those of others that it
 * declares), dependencies, changes (what its text changes), reads (what it reads), host (the host's
 * tables).
 */
extern const char sp_guard_body[];
/** The statement that makes the function. */
extern const char sp_guard_definition[];

#define SP_GUARD_SQLSTATE "SP00O"
