/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/text_file.h"

#include "base/error.h"

#include <string.h>

static void
refuse(SpFindings *findings, const char *source, guint line, GError *error)
{
    sp_error_place(error, &(SpPlace){.source = source, .line = line});
    sp_findings_refuse(findings, error);
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GPtrArray *
sp_text_file_list(const char *directory, const char *source, SpFindings *findings)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = g_dir_open(directory, 0, &error);
    if (dir == NULL) {
        if (!g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
            refuse(
                findings, source, 0,
                sp_error_new(SP_ERROR_FOLDER, error->message, NULL, "cannot read \"%s\"", source));
        return names;
    }
    const char *name = NULL;
    while ((name = g_dir_read_name(dir)) != NULL) {
        if (name[0] != '.')
            g_ptr_array_add(names, g_strdup(name));
    }
    g_ptr_array_sort(names, compare_names);
    return names;
}

static guint
line_at(const char *text, const char *end)
{
    guint line = 1;
    for (const char *p = text; p < end; p++)
        line += *p == '\n';
    return line;
}

char *
sp_text_file_read(const char *path, const char *source, SpFindings *findings)
{
    g_autofree char *text = NULL;
    gsize length = 0;
    g_autoptr(GError) error = NULL;
    /* Before opening: to open a FIFO would wait for its writer. */
    if (g_file_test(path, G_FILE_TEST_EXISTS) && !g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
        refuse(findings, source, 0,
               sp_error_new(SP_ERROR_FOLDER, NULL, NULL, "\"%s\" is not a regular file", source));
        return NULL;
    }
    if (!g_file_get_contents(path, &text, &length, &error)) {
        refuse(findings, source, 0,
               sp_error_new(SP_ERROR_FOLDER, error->message, NULL, "cannot read \"%s\"", source));
        return NULL;
    }
    const char *end = NULL;
    if (!g_utf8_validate_len(text, length, &end)) {
        refuse(findings, source, line_at(text, end),
               sp_error_new(SP_ERROR_FOLDER, NULL, "Save the file as UTF-8.",
                            "\"%s\" is not UTF-8 text or holds a NUL", source));
        return NULL;
    }
    return g_steal_pointer(&text);
}
