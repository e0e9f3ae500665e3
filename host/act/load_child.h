/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The child's side of loading: drops what it does not need, limits itself, maps plugins, sends
 * declarations. */
#pragma once

/** The word after the executable's name that makes it a load child. Not for people; not in --help.
 */
#define SP_LOAD_CHILD_WORD "--load-child"

/** main() of the load child. Never returns to the caller's world: it ends with _exit(). */
int sp_load_child_main(void);
