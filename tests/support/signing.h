/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Keys and signatures by the tool minisign itself. In the header, since it is small. */
#pragma once

#include "support/plugins.h"

#include <string.h>

typedef struct {
    char *folder;
    char *secret; /* path */
    char *line;   /* the public key, as "keys" wants it */
    char *id;     /* as the tool shows it */
} SpTestKey;

static inline void
sp_test_minisign(const char *const *words)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_ptr_array_add(argv, (gpointer)SP_MINISIGN);
    for (; *words != NULL; words++)
        g_ptr_array_add(argv, (gpointer)*words);
    g_ptr_array_add(argv, NULL);
    int status = -1;
    g_autofree char *said = NULL;
    g_spawn_sync(NULL, (char **)argv->pdata, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL,
                 &said, &status, NULL);
    cr_assert_eq(status, 0, "minisign: %s", said);
}

/** (transfer full): a new pair of keys. */
static inline SpTestKey *
sp_test_key_new(void)
{
    SpTestKey *key = g_new0(SpTestKey, 1);
    g_autofree char *text = NULL;
    key->folder = sp_test_plugins_new();
    key->secret = g_build_filename(key->folder, "secret", NULL);
    g_autofree char *public = g_build_filename(key->folder, "public", NULL);
    sp_test_minisign((const char *const[]){"-G", "-W", "-p", public, "-s", key->secret, NULL});
    cr_assert(g_file_get_contents(public, &text, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(text, "\n", 3);
    key->line = g_strdup(lines[1]);
    key->id = g_strdup(strrchr(lines[0], ' ') + 1);
    return key;
}

static inline void
sp_test_key_free(SpTestKey *key)
{
    sp_test_plugins_free(key->folder);
    g_free(key->secret);
    g_free(key->line);
    g_free(key->id);
    g_free(key);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpTestKey, sp_test_key_free)

/** Writes PATH.minisig. @is_legacy: with the algorithm "Ed", of the bytes without a hash */
static inline void
sp_test_sign(const SpTestKey *key, const char *path, gboolean is_legacy)
{
    g_autofree char *signature = g_strconcat(path, ".minisig", NULL);
    sp_test_minisign(
        (const char *const[]){"-S", "-s", key->secret, "-m", path, is_legacy ? "-l" : NULL, NULL});
    cr_assert_eq(g_chmod(signature, 0644), 0);
}
