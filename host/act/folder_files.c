/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/folder_files.h"

#include "act/text_file.h"
#include "base/error.h"
#include "model/directive.h"

#include <sp/extension.h>

const char *
sp_folder_keep(const SpFolderFiles *files, char *string)
{
    if (string != NULL)
        g_ptr_array_add(files->strings, string);
    return string;
}

void
sp_folder_refuse(const SpFolderFiles *files, const char *source, guint line, GError *error)
{
    sp_error_place(error, &(SpPlace){.source = source, .line = line});
    sp_findings_refuse(files->findings, error);
}

void
sp_folder_refuse_name(const SpFolderFiles *files, const char *subfolder, const char *name,
                      const char *hint)
{
    g_autofree char *shown = g_filename_display_name(name);
    g_autofree char *source = g_build_filename(files->label, subfolder, shown, NULL);
    sp_folder_refuse(
        files, source, 0,
        sp_error_new(SP_ERROR_FOLDER, NULL, hint, "file \"%s\" has no place there", source));
}

static gboolean
ends_well(const char *name, const char *const *endings)
{
    for (guint i = 0; endings[i] != NULL; i++) {
        if (g_str_has_suffix(name, endings[i]))
            return g_utf8_validate(name, -1, NULL);
    }
    return FALSE;
}

GPtrArray *
sp_folder_list(const SpFolderFiles *files, const char *subfolder, const char *const *endings,
               const char *hint)
{
    g_autofree char *path = g_build_filename(files->path, subfolder, NULL);
    g_autofree char *source = g_build_filename(files->label, subfolder, NULL);
    g_autoptr(GPtrArray) names = sp_text_file_list(path, source, files->findings);
    GPtrArray *accepted = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *relative = g_build_filename(subfolder, name, NULL);
        if (g_str_equal(relative, SP_FOLDER_MIGRATIONS))
            continue;
        if (ends_well(name, endings))
            g_ptr_array_add(accepted, g_strdup(name));
        else
            sp_folder_refuse_name(files, subfolder, name, hint);
    }
    return accepted;
}

SpFolderFile
sp_folder_read_file(const SpFolderFiles *files, const char *relative)
{
    g_autofree char *path = g_build_filename(files->path, relative, NULL);
    const char *source = sp_folder_keep(files, g_build_filename(files->label, relative, NULL));
    char *text = sp_text_file_read(path, source, files->findings);
    return (SpFolderFile){source, sp_folder_keep(files, text)};
}

SpFolderFile
sp_folder_read_sql(const SpFolderFiles *files, const char *subfolder, const char *name,
                   guint32 *out_flags)
{
    g_autofree char *relative = g_build_filename(subfolder, name, NULL);
    SpFolderFile file = sp_folder_read_file(files, relative);
    if (file.text == NULL)
        return file;
    if (*file.text == '\0')
        sp_folder_refuse(files, file.source, 0,
                         sp_error_new(SP_ERROR_FOLDER, NULL, NULL, "\"%s\" is empty", file.source));
    g_autoptr(SpDirectives) directives =
        sp_directives_read(file.text, file.source, out_flags != NULL, files->findings);
    if (out_flags != NULL)
        *out_flags = directives->no_transaction ? SP_MIGRATION_NO_TRANSACTION : 0;
    return file;
}
