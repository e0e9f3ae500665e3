/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "extensions.h"

#include "base/error.h"
#include "model/declaration.h"

struct sp_extension_vtable
sp_test_vtable(const struct sp_extension_vtable *vtable)
{
    struct sp_extension_vtable full = *vtable;
    full.abi_major = SP_ABI_MAJOR;
    full.abi_minor = SP_ABI_MINOR;
    full.struct_size = sizeof full;
    if (full.name == NULL)
        full.name = full.id;
    if (full.version == NULL)
        full.version = "1.0.0";
    return full;
}

SpExtension *
sp_test_extension_with_role(const struct sp_extension_vtable *vtable, const char *role_prefix)
{
    struct sp_extension_vtable full = sp_test_vtable(vtable);
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) declaration = sp_declaration_new(&full, sizeof full, &error);
    g_assert_no_error(error);
    SpExtension *extension =
        sp_extension_new_with_role(declaration, "/plugins/x.so", role_prefix, findings);
    g_assert_nonnull(extension);
    return extension;
}

SpExtension *
sp_test_extension_at(const struct sp_extension_vtable *vtable, const char *path,
                     SpFindings *findings)
{
    struct sp_extension_vtable full = sp_test_vtable(vtable);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) declaration = sp_declaration_new(&full, sizeof full, &error);
    g_assert_no_error(error);
    return sp_extension_new(declaration, path, findings);
}

SpExtension *
sp_test_extension(const struct sp_extension_vtable *vtable)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    g_autofree char *path = g_strdup_printf("/plugins/%s.so", vtable->id);
    SpExtension *extension = sp_test_extension_at(vtable, path, findings);
    const GPtrArray *refusals = sp_findings_refusals(findings);
    for (guint i = 0; i < refusals->len; i++) {
        const GError *refusal = g_ptr_array_index(refusals, i);
        const char *detail = sp_error_detail(refusal);
        g_printerr("%s: %s\n", refusal->message, detail ? detail : "");
    }
    g_assert_nonnull(extension);
    return extension;
}
