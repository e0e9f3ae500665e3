/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* A declaration: the data of a plugin's vtable, copied out of the plugin as one GVariant that can
 * cross a pipe. */
#pragma once

#include <glib.h>
#include <sp/extension.h>

/**
 * The members of a declaration, in order. A text is a maybe of bytes that end with the text's one
 * NUL: a stranger's text need not be UTF-8. The members of a list's items stand in the order of
 * their struct, without what is reserved.
 */
enum {
    SP_DECLARATION_HEADER, /* (uuuutt): abi_major ... flags */
    SP_DECLARATION_ID,     /* texts up to _HOMEPAGE */
    SP_DECLARATION_NAME,
    SP_DECLARATION_VERSION,
    SP_DECLARATION_DESCRIPTION,
    SP_DECLARATION_LICENSE,
    SP_DECLARATION_HOMEPAGE,
    SP_DECLARATION_PRIORITY,     /* u */
    SP_DECLARATION_DEPENDENCIES, /* lists up to _CROSS_TABLES */
    SP_DECLARATION_SCHEMAS,
    SP_DECLARATION_MIGRATIONS,
    SP_DECLARATION_SEEDS,
    SP_DECLARATION_CROSS_TABLES,
    SP_DECLARATION_CONFIG_GROUP, /* text */
    SP_DECLARATION_HOOKS,        /* (bbb): whether there is a start, a stop, a validate_config */
    SP_DECLARATION_RETIREMENTS,  /* list */
};

/** The type of every declaration. */
const GVariantType *sp_declaration_type(void);

/**
 * Copies a vtable. It reads the plugin's memory through the plugin's pointers, so in the host only
 * the load child and tests call it. Walks lists by item_size and copies what both sides know of
 * each item; refuses counts and item sizes that no real plugin has (before allocating anything for
 * them), texts beyond 16 MiB and more than 64 MiB altogether.
 * @symbol_size: what .dynsym says, or sizeof in tests
 * Returns: (transfer full): a non-floating variant in normal form
 * Errors: SP_ERROR_ABI_MAJOR, _ABI_MINOR, _ABI_SIZE, _ABI_FEATURE, SP_ERROR_INVALID_EXTENSION.
 */
GVariant *sp_declaration_new(const struct sp_extension_vtable *vtable, guint64 symbol_size,
                             GError **error);
