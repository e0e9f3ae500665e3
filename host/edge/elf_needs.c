/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/elf_needs.h"

#include "base/error.h"
#include "edge/elf_check.h"

#include <fcntl.h>
#include <gnu/libc-version.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CACHE "/etc/ld.so.cache"
#define CACHE_MAGIC "glibc-ld.so.cache1.1"

/* The format of glibc's sysdeps/generic/dl-cache.h; offsets count from the header. */
typedef struct {
    char magic[sizeof CACHE_MAGIC - 1];
    guint32 n_entries;
    guint32 unused[6];
} CacheHeader;
G_STATIC_ASSERT(sizeof(CacheHeader) == 48);

typedef struct {
    gint32 flags;
    guint32 name;
    guint32 path;
    guint32 unused[3];
} CacheEntry;
G_STATIC_ASSERT(sizeof(CacheEntry) == 24);

/* glibc's own, and those of Debian's multiarch and of the other distributions. */
static const char *const folders[] = {
#if defined(__x86_64__)
    "/lib/x86_64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu",
#elif defined(__aarch64__)
    "/lib/aarch64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
#elif defined(__riscv)
    "/lib/riscv64-linux-gnu",
    "/usr/lib/riscv64-linux-gnu",
#endif
    "/lib64",
    "/usr/lib64",
    "/lib",
    "/usr/lib",
};

struct SpLibraries {
    GBytes *cache;     /* (nullable); the names below point into it */
    GHashTable *names; /* of libraries that are there */
};

/* Returns FALSE when it is not the format that glibc has written since 2.32. */
static gboolean
read_cache(SpLibraries *libraries)
{
    gsize length;
    const char *bytes = g_bytes_get_data(libraries->cache, &length);
    CacheHeader header;
    if (length < sizeof header || bytes[length - 1] != '\0')
        return FALSE;
    memcpy(&header, bytes, sizeof header);
    if (memcmp(header.magic, CACHE_MAGIC, sizeof header.magic) != 0 ||
        header.n_entries > (length - sizeof header) / sizeof(CacheEntry))
        return FALSE;
    for (guint32 i = 0; i < header.n_entries; i++) {
        CacheEntry entry;
        memcpy(&entry, bytes + sizeof header + i * sizeof entry, sizeof entry);
        if (entry.name >= length)
            return FALSE;
        g_hash_table_add(libraries->names, (gpointer)(bytes + entry.name));
    }
    return TRUE;
}

SpLibraries *
sp_libraries_new(void)
{
    SpLibraries *libraries = g_new0(SpLibraries, 1);
    libraries->names = g_hash_table_new(g_str_hash, g_str_equal);
    char *bytes;
    gsize length;
    /* The NUL that it puts behind is counted, so that every name ends. */
    if (g_file_get_contents(CACHE, &bytes, &length, NULL))
        libraries->cache = g_bytes_new_take(bytes, length + 1);
    if (libraries->cache != NULL && !read_cache(libraries))
        g_clear_pointer(&libraries->cache, g_bytes_unref);
    if (libraries->cache == NULL)
        g_hash_table_remove_all(libraries->names);
    return libraries;
}

void
sp_libraries_free(SpLibraries *libraries)
{
    if (libraries == NULL)
        return;
    g_hash_table_unref(libraries->names);
    g_clear_pointer(&libraries->cache, g_bytes_unref);
    g_free(libraries);
}

static gboolean
is_installed(const SpLibraries *libraries, const char *name)
{
    if (g_hash_table_contains(libraries->names, name))
        return TRUE;
    for (guint i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *path = g_build_filename(folders[i], name, NULL);
        if (access(path, R_OK) == 0)
            return TRUE;
    }
    return FALSE;
}

static gboolean
is_safe(const struct stat *stat)
{
    return (stat->st_uid == 0 || stat->st_uid == geteuid()) && (stat->st_mode & 022) == 0;
}

/* Where the loader would find a library by the plugin's DT_RUNPATH; 0 when nowhere, -1 when others
 * could have put it there. @out_path: (transfer full): relative to the plugin's folder */
static int
find_beside(const SpElfFacts *facts, int directory, const char *name, char **out_path)
{
    g_auto(GStrv) entries = facts->runpath != NULL ? g_strsplit(facts->runpath, ":", -1) : NULL;
    for (guint i = 0; entries != NULL && entries[i] != NULL; i++) {
        const char *below = sp_elf_below_origin(entries[i]);
        if (below == NULL)
            continue;
        g_autofree char *path = g_build_filename(below, name, NULL);
        struct stat file, folder;
        if (fstatat(directory, path, &file, 0) != 0 || !S_ISREG(file.st_mode))
            continue;
        gboolean safe =
            is_safe(&file) &&
            (*below == '\0' || (fstatat(directory, below, &folder, 0) == 0 && is_safe(&folder)));
        *out_path = g_steal_pointer(&path);
        return safe ? 1 : -1;
    }
    return 0;
}

static gboolean
check_glibc(const SpElfFacts *facts, GError **error)
{
    guint theirs[2] = {0}, ours[2] = {0};
    const char *running = gnu_get_libc_version();
    if (facts->glibc == NULL || sscanf(facts->glibc, "%u.%u", &theirs[0], &theirs[1]) != 2 ||
        sscanf(running, "%u.%u", &ours[0], &ours[1]) != 2 || theirs[0] < ours[0] ||
        (theirs[0] == ours[0] && theirs[1] <= ours[1]))
        return TRUE;
    g_autofree char *detail =
        g_strdup_printf("It needs GLIBC_%s; this system has %s.", facts->glibc, running);
    return sp_error_set(error, SP_ERROR_GLIBC, detail,
                        "Build the plugin on a system as old as this one.",
                        "the plugin needs glibc %s", facts->glibc);
}

static gboolean
check_libraries(const SpElfFacts *facts, const SpLibraries *libraries, int directory,
                GError **error)
{
    g_autoptr(GString) missing = g_string_new(NULL);
    for (char **name = facts->needed; name != NULL && *name != NULL; name++) {
        g_autofree char *path = NULL;
        /* The loader looks there first. */
        int found = find_beside(facts, directory, *name, &path);
        if (found < 0)
            return sp_error_set(error, SP_ERROR_PERMISSION,
                                "It, or its folder, belongs to somebody else or is writable by "
                                "others than its owner.",
                                "Make root its owner, and remove the write permission of group "
                                "and others.",
                                "library \"%s\" of the plugin could have been changed by others",
                                path);
        if (found == 0 && !is_installed(libraries, *name))
            g_string_append_printf(missing, "%s\"%s\"", missing->len > 0 ? ", " : "", *name);
    }
    if (missing->len == 0 || libraries->cache == NULL)
        return TRUE;
    g_autofree char *detail = g_strdup_printf(
        "It is neither in " CACHE " nor in the standard folders%s%s%s.",
        facts->runpath != NULL ? " nor in \"" : ", and the plugin has no DT_RUNPATH",
        facts->runpath != NULL ? facts->runpath : "", facts->runpath != NULL ? "\"" : "");
    return sp_error_set(error, SP_ERROR_MISSING_LIBRARY, detail,
                        "Install the library and run ldconfig, or put it beside the plugin and "
                        "link that with -Wl,-rpath,'$ORIGIN'.",
                        "the plugin needs the library %s", missing->str);
}

gboolean
sp_elf_needs_check(const SpElfFacts *facts, SpLibraries *libraries, int directory, GError **error)
{
    g_return_val_if_fail(facts != NULL && libraries != NULL, FALSE);
    return check_glibc(facts, error) && check_libraries(facts, libraries, directory, error);
}
