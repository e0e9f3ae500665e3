/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The JSON that a plugin's ELF note holds. */
#pragma once

#include "edge/elf.h"

#include <glib.h>

/**
 * Reads {"id", "name", "version", "abi": {"major", "minor", "min_minor"}} as one reads a stranger's
 * text, into the members of @facts that come from the note. Other keys are left to younger hosts.
 * Errors: SP_ERROR_NOTE: too long, not UTF-8, not JSON, or a key that is missing or of another
 * type.
 */
gboolean sp_note_parse(const char *json, gsize length, SpElfFacts *facts, GError **error);
