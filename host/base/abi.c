/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/abi.h"

#include "base/error.h"

static gboolean
check_version(const struct sp_extension_vtable *head, GError **error)
{
    if (head->abi_major == SP_ABI_MAJOR && head->abi_min_minor <= SP_ABI_MINOR)
        return TRUE;
    g_autofree char *detail =
        g_strdup_printf("It was compiled for ABI %u.%u and runs on %u.%u or later; this host has "
                        "ABI %d.%d.",
                        head->abi_major, head->abi_minor, head->abi_major, head->abi_min_minor,
                        SP_ABI_MAJOR, SP_ABI_MINOR);
    if (head->abi_major != SP_ABI_MAJOR)
        return sp_error_set(error, SP_ERROR_ABI_MAJOR, detail,
                            "Rebuild the plugin with the sp/extension.h of this host.",
                            "the plugin has another major ABI version than the host");
    return sp_error_set(error, SP_ERROR_ABI_MINOR, detail, "Upgrade the host.",
                        "the plugin needs a newer host");
}

static gboolean
check_size(const struct sp_extension_vtable *head, guint64 symbol_size, GError **error)
{
    if (head->struct_size >= SP_ABI_VTABLE_SIZE_1_0 && head->struct_size <= symbol_size)
        return TRUE;
    g_autofree char *detail = g_strdup_printf(
        "Its struct_size is %u; ABI 1.0 has %u bytes, and the symbol %" G_GUINT64_FORMAT ".",
        head->struct_size, (guint)SP_ABI_VTABLE_SIZE_1_0, symbol_size);
    return sp_error_set(error, SP_ERROR_ABI_SIZE, detail, NULL,
                        "the vtable has an impossible size");
}

static gboolean
check_features(const struct sp_extension_vtable *head, GError **error)
{
    guint64 flags = head->flags & ~SP_EXTENSION_REQUIRED;
    if (head->required_features == 0 && flags == 0)
        return TRUE;
    g_autofree char *detail =
        g_strdup_printf("Unknown bits: required_features 0x%" G_GINT64_MODIFIER
                        "x, flags 0x%" G_GINT64_MODIFIER "x.",
                        head->required_features, flags);
    return sp_error_set(error, SP_ERROR_ABI_FEATURE, detail, "Upgrade the host.",
                        "the plugin needs a feature that the host does not know");
}

gboolean
sp_abi_check(const struct sp_extension_vtable *head, guint64 symbol_size, GError **error)
{
    g_return_val_if_fail(head != NULL, FALSE);
    return check_version(head, error) && check_size(head, symbol_size, error) &&
           check_features(head, error);
}
