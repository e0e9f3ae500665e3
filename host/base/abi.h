/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Whether a plugin's vtable fits this host: asked of the file before its code runs, and of the
 * mapped object after. */
#pragma once

#include <glib.h>
#include <sp/extension.h>

/** The integers at the head of the vtable, which never move. */
#define SP_ABI_HEAD_SIZE offsetof(struct sp_extension_vtable, id)
/** The vtable of ABI 1.0: up to the end of its last member then, whatever later minors append. */
#define SP_ABI_VTABLE_SIZE_1_0 \
    (offsetof(struct sp_extension_vtable, hooks) + sizeof(const struct sp_hooks *))

/**
 * Checks the head alone: no member from id on is read.
 * @symbol_size: what .dynsym says of the object
 * Errors: SP_ERROR_ABI_MAJOR, _ABI_MINOR, _ABI_SIZE, _ABI_FEATURE, each with both sides.
 */
gboolean sp_abi_check(const struct sp_extension_vtable *head, guint64 symbol_size, GError **error);
