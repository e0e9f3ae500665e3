/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/verdict_environment.h"

#include "edge/build_id.h"
#include "edge/file_key.h"

#include <fcntl.h>
#include <gnu/libc-version.h>

#define LOADER_CACHE "/etc/ld.so.cache"

static void
append_file(GVariantBuilder *builder, const char *path)
{
    SpFileKey key;
    sp_file_key_read(AT_FDCWD, path, &key);
    g_variant_builder_add(builder, "(tttxx)", key.device, key.inode, key.size, key.modified,
                          key.changed);
}

/* NULL, for a list that is not set, and an empty list are not the same. */
static void
append_list(GVariantBuilder *builder, const char *const *list)
{
    g_variant_builder_add(builder, "m^as", list);
}

char *
sp_verdict_environment(const SpTrust *trust, guint load_timeout_ms)
{
    static const SpTrust anybody = {0};
    g_autofree char *build_id = sp_build_id();
    if (build_id == NULL)
        return NULL;
    trust = trust != NULL ? trust : &anybody;
    GVariantBuilder builder;
    g_variant_builder_init(&builder, G_VARIANT_TYPE_TUPLE);
    g_variant_builder_add(&builder, "s", build_id);
    g_variant_builder_add(&builder, "s", gnu_get_libc_version());
    append_file(&builder, LOADER_CACHE);
    g_variant_builder_add(&builder, "u", load_timeout_ms);
    g_variant_builder_add(&builder, "b", trust->requires_signature);
    append_list(&builder, trust->keys);
    append_list(&builder, trust->allow_ids);
    append_list(&builder, trust->deny_ids);
    append_list(&builder, trust->allow_sha256);
    append_list(&builder, trust->deny_sha256);
    g_autoptr(GVariant) all = g_variant_ref_sink(g_variant_builder_end(&builder));
    return g_variant_print(all, FALSE);
}
