/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/module.h"

#include "base/error.h"

#include <dlfcn.h>
#include <string.h>

/* What glibc 2.36 says (elf/dl-load.c, dl-lookup.c, dl-version.c, dl-reloc.c, dl-cet.c), and which
 * part of it is the object. Most of it is found before, by edge/elf.c; what is left is about
 * libraries and what they need in turn. */
typedef struct {
    const char *words;
    SpErrorCode code;
    const char *before, *after; /* (nullable): the object stands between */
    const char *problem;        /* with one %s for the object, if there is one */
    const char *hint;
} WordsRow;

static const WordsRow words_table[] = {
    {"undefined symbol: ", SP_ERROR_UNDEFINED_SYMBOL, "undefined symbol: ", ",",
     "no library defines the symbol \"%s\"",
     "Link the plugin to the library that defines the symbol."},
    {"version `GLIBC_", SP_ERROR_GLIBC, "version `GLIBC_", "'", "the plugin needs glibc \"%s\"",
     "Build the plugin on a system as old as this one."},
    {"' not found (required by", SP_ERROR_MISSING_LIBRARY, "version `", "'",
     "no library here has the version \"%s\"", "Install a newer release of the library."},
    {"cannot open shared object file", SP_ERROR_MISSING_LIBRARY, NULL, ":",
     "the plugin needs the library \"%s\"",
     "Install the library, or put it beside the plugin and link with -Wl,-rpath,'$ORIGIN'."},
    {"cannot allocate memory in static TLS block", SP_ERROR_STATIC_TLS, NULL, NULL,
     "no static thread-local storage is left for the plugin",
     "Compile the plugin, or the library that is named, without -ftls-model=initial-exec."},
    {"CPU ISA level is lower than required", SP_ERROR_ARCHITECTURE, NULL, NULL,
     "the plugin is built for a newer processor", "Compile the plugin with a lower -march."},
    {"invalid ELF header", SP_ERROR_ELF_MALFORMED, NULL, ":",
     "a library of the plugin is no shared object: \"%s\"", "Copy the library again."},
    {"file too short", SP_ERROR_ELF_MALFORMED, NULL, ":",
     "a library of the plugin is no shared object: \"%s\"", "Copy the library again."},
};

/* The loader names the file by the path that it was given, which means nothing to a reader. */
static char *
loader_words(const char *directory)
{
    const char *words = dlerror();
    g_autoptr(GString) text = g_string_new(words != NULL ? words : "The loader gave no reason.");
    g_string_replace(text, directory, "", 0);
    return g_utf8_make_valid(text->str, text->len);
}

static const WordsRow *
row_of(const char *words)
{
    for (guint i = 0; i < G_N_ELEMENTS(words_table); i++)
        if (strstr(words, words_table[i].words) != NULL)
            return &words_table[i];
    return NULL;
}

static char *
problem_of(const WordsRow *row, const char *words)
{
    const char *start = row->before != NULL ? strstr(words, row->before) : words;
    start = start != NULL ? start + (row->before != NULL ? strlen(row->before) : 0) : words;
    gsize length = row->after != NULL ? strcspn(start, row->after) : 0;
    g_autofree char *object = g_strndup(start, length);
    g_autoptr(GString) problem = g_string_new(row->problem);
    g_string_replace(problem, "%s", object, 1);
    return g_string_free(g_steal_pointer(&problem), FALSE);
}

static void
refuse(const char *name, const char *directory, GError **error)
{
    g_autofree char *words = loader_words(directory);
    const WordsRow *row = row_of(words);
    g_autofree char *problem = row != NULL
                                   ? problem_of(row, words)
                                   : g_strdup_printf("the loader refused plugin \"%s\"", name);
    g_autofree char *detail = g_strdup_printf("The loader says: %s", words);
    sp_error_set(error, row != NULL ? row->code : SP_ERROR_LOAD, detail,
                 row != NULL ? row->hint : NULL, "%s", problem);
}

const struct sp_extension_vtable *
sp_module_open(int dir_fd, const char *name, GError **error)
{
    g_return_val_if_fail(name != NULL, NULL);
    g_autofree char *directory = g_strdup_printf("/proc/self/fd/%d/", dir_fd);
    g_autofree char *path = g_strconcat(directory, name, NULL);
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (module == NULL) {
        refuse(name, directory, error);
        return NULL;
    }
    const struct sp_extension_vtable *vtable = dlsym(module, SP_EXTENSION_SYMBOL);
    if (vtable == NULL) {
        g_autofree char *words = loader_words(directory);
        sp_error_set(error, SP_ERROR_NO_SYMBOL, words, NULL,
                     "plugin \"%s\" does not export " SP_EXTENSION_SYMBOL, name);
    }
    return vtable;
}
