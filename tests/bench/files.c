/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* files open|read DIRECTORY: the least that listing plugins can cost. "open" maps every plugin of a
 * folder, by name, and finds its symbol; "read" reads the first 4 KiB of each. */
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HEAD 4096

static gboolean
open_plugin(const char *path)
{
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    return module != NULL && dlsym(module, "sp_extension_vtable") != NULL;
}

static gboolean
read_plugin(const char *path)
{
    char head[HEAD];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    gboolean is_read = fd >= 0 && read(fd, head, sizeof head) > 0;
    if (fd >= 0)
        close(fd);
    return is_read;
}

static int
is_plugin(const struct dirent *entry)
{
    return g_str_has_suffix(entry->d_name, ".so");
}

int
main(int argc, char **argv)
{
    if (argc != 3 || (strcmp(argv[1], "open") != 0 && strcmp(argv[1], "read") != 0)) {
        fprintf(stderr, "usage: files open|read DIRECTORY\n");
        return 64;
    }
    gboolean (*use)(const char *path) = argv[1][0] == 'o' ? open_plugin : read_plugin;
    struct dirent **entries;
    int n = scandir(argv[2], &entries, is_plugin, alphasort);
    for (int i = 0; i < n; i++) {
        g_autofree char *path = g_build_filename(argv[2], entries[i]->d_name, NULL);
        if (!use(path)) {
            fprintf(stderr, "files: could not use \"%s\"\n", path);
            return 1;
        }
    }
    printf("%d\n", n);
    return n > 0 ? 0 : 1;
}
