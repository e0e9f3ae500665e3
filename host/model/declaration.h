/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* A declaration: the data of a plugin's vtable, copied out of the plugin into bytes that can cross
 * a pipe, and be kept. */
#pragma once

#include <glib.h>
#include <sp/extension.h>

/** So many items at most has a list that is accepted. */
#define SP_DECLARATION_ITEMS_MAX 100000u

/**
 * Copies a vtable. It reads the plugin's memory through the plugin's pointers, so in the host only
 * the load child and tests call it. Walks lists by item_size and copies what both sides know of
 * each item; refuses counts and item sizes that no real plugin has (before allocating anything for
 * them), texts beyond 16 MiB and more than 64 MiB altogether.
 * @symbol_size: what .dynsym says, or sizeof in tests
 * Returns: (transfer full): a wire (base/wire.h) of the head, then each list as the number of its
 * items and their members in the order of their struct, without what is reserved;
 * sp_extension_new() reads it
 * Errors: SP_ERROR_ABI_MAJOR, _ABI_MINOR, _ABI_SIZE, _ABI_FEATURE, SP_ERROR_INVALID_EXTENSION.
 */
GBytes *sp_declaration_new(const struct sp_extension_vtable *vtable, guint64 symbol_size,
                           GError **error);
