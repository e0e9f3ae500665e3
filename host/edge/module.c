/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/module.h"

#include "base/error.h"

#include <dlfcn.h>
#include <string.h>

typedef struct {
    const char *words; /* in the loader's message */
    const char *hint;
} HintRow;

static const HintRow hints[] = {
    {"undefined symbol", "Link the plugin to the library that defines the symbol."},
    {"cannot open shared object file", "Install the library, or put it beside the plugin and link "
                                       "with -Wl,-rpath,'$ORIGIN'."},
    {"' not found (required by", "Build the plugin on a system as old as this one."},
    {"failed to map segment", "It needs more memory than plugins may have while they are loaded."},
    {"annot allocate memory", "It needs more memory than plugins may have while they are loaded."},
    {"position-independent executable", "Link the plugin with -shared."},
};

static const char *
hint_for(const char *words)
{
    for (guint i = 0; i < G_N_ELEMENTS(hints); i++)
        if (strstr(words, hints[i].words) != NULL)
            return hints[i].hint;
    return NULL;
}

/* The loader names the file by the path that it was given, which means nothing to a reader. */
static char *
loader_words(const char *own_part, const char *shown)
{
    const char *words = dlerror();
    g_autoptr(GString) text = g_string_new(words != NULL ? words : "The loader gave no reason.");
    g_string_replace(text, own_part, shown, 0);
    return g_utf8_make_valid(text->str, text->len);
}

/* @own_part: of @path, and what to show a reader in its place */
static const struct sp_extension_vtable *
open_path(const char *path, const char *own_part, const char *shown, const char *name,
          GError **error)
{
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (module == NULL) {
        g_autofree char *words = loader_words(own_part, shown);
        sp_error_set(error, SP_ERROR_LOAD, words, hint_for(words), "could not load plugin \"%s\"",
                     name);
        return NULL;
    }
    const struct sp_extension_vtable *vtable = dlsym(module, SP_EXTENSION_SYMBOL);
    if (vtable == NULL) {
        g_autofree char *words = loader_words(own_part, shown);
        sp_error_set(error, SP_ERROR_NO_SYMBOL, words, NULL,
                     "plugin \"%s\" does not export " SP_EXTENSION_SYMBOL, name);
    }
    return vtable;
}

const struct sp_extension_vtable *
sp_module_open(int dir_fd, const char *name, GError **error)
{
    g_return_val_if_fail(name != NULL, NULL);
    g_autofree char *directory = g_strdup_printf("/proc/self/fd/%d/", dir_fd);
    g_autofree char *path = g_strconcat(directory, name, NULL);
    return open_path(path, directory, "", name, error);
}

const struct sp_extension_vtable *
sp_module_open_sealed(int fd, const char *name, GError **error)
{
    g_return_val_if_fail(name != NULL, NULL);
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
    return open_path(path, path, name, name, error);
}
