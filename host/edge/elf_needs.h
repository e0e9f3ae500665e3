/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Whether this system has the libraries, and the glibc, that a plugin needs. */
#pragma once

#include "edge/elf.h"

/**
 * The libraries that the loader finds by itself: those of /etc/ld.so.cache, which ldconfig writes,
 * and those of the standard folders. Environment variables play no part, since a plugin is loaded
 * without any. Read once, for many plugins.
 */
typedef struct SpLibraries SpLibraries;

SpLibraries *sp_libraries_new(void);
void sp_libraries_free(SpLibraries *libraries);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpLibraries, sp_libraries_free)

/**
 * Refuses a plugin that needs a newer glibc than the running one, or a library that is neither one
 * of @libraries nor where its DT_RUNPATH leads. What is found there must belong to root or to the
 * host's user and not be writable by others, as the plugin itself. Libraries that those libraries
 * need are left to the loader; so is every library when there is no cache to tell.
 * @facts: of sp_elf_read()
 * @directory: that the plugin stands in, open
 * Errors: SP_ERROR_GLIBC, SP_ERROR_MISSING_LIBRARY, SP_ERROR_PERMISSION; of several libraries all
 * are named.
 */
gboolean sp_elf_needs_check(const SpElfFacts *facts, SpLibraries *libraries, int directory,
                            GError **error);
