/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* A declaration: the data of a plugin's vtable, copied out of the plugin as one GVariant that can cross a pipe. */
#pragma once

#include <glib.h>
#include <sp/extension.h>

/** The type of every declaration. Texts are nullable byte strings (may): a stranger's text need not be UTF-8. */
const GVariantType *sp_declaration_type(void);

/**
 * Copies a vtable. It reads the plugin's memory through the plugin's pointers, so in the host only the load child and
 * tests call it. Walks lists by item_size and copies what both sides know of each item; refuses counts and item sizes
 * that no real plugin has (before allocating anything for them) and texts beyond 16 MiB.
 * @symbol_size: what .dynsym says, or sizeof in tests
 * Returns: (transfer full): a non-floating variant in normal form
 * Errors: SP_ERROR_ABI_MAJOR, _ABI_MINOR, _ABI_SIZE, _ABI_FEATURE, SP_ERROR_INVALID_EXTENSION.
 */
GVariant *sp_declaration_new(const struct sp_extension_vtable *vtable, guint64 symbol_size,
                             GError **error);
