/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/scaffold.h"

#include "act/folder_files.h"
#include "act/manifest.h"
#include "base/error.h"
#include "model/word.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

/* The templates, of host/act/scaffold/. Declared here, since the header that GLib's tool writes
 * takes a reserved name. */
GResource *sp_scaffold_get_resource(void);

/* A line that begins with this stands only in a folder with C. */
#define ONLY_WITH_C "@C@"
/* What remains of a name in that of its table: PostgreSQL cuts names of more than 63 bytes. */
#define TABLE_NAME_MAX 32

typedef struct {
    const char *path; /* @NAME@ stands for the name */
    const char *template;
    int mode;
    gboolean is_c;
} FileRow;

static const FileRow file_table[] = {
    {".gitignore", "gitignore.in", 0644, FALSE},
    {"README.md", "README.md.in", 0644, FALSE},
    {SP_MANIFEST_FILE, "extension.conf.in", 0644, FALSE},
    {"hooks.c", "hooks.c.in", 0644, TRUE},
    {"meson.build", "meson.build.in", 0644, FALSE},
    {SP_FOLDER_SCHEMAS "/@NAME@.sql", "schema.sql.in", 0644, FALSE},
    {SP_FOLDER_MIGRATIONS "/001_add_note.down.sql", "down.sql.in", 0644, FALSE},
    {SP_FOLDER_MIGRATIONS "/001_add_note.sql", "up.sql.in", 0644, FALSE},
    {SP_FOLDER_SEEDS "/examples.sql", "seed.sql.in", 0644, FALSE},
    {"tests/install.sh", "install.sh.in", 0755, FALSE},
};

/* What the templates leave open; lives on the stack of sp_scaffold_write(). */
typedef struct {
    const char *name;
    char *title;
    char *symbol; /* the name as an identifier of C and SQL */
    char *table;
    gboolean has_c;
} Scaffold;

static void
scaffold_clear(Scaffold *scaffold)
{
    g_free(scaffold->title);
    g_free(scaffold->symbol);
    g_free(scaffold->table);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Scaffold, scaffold_clear)

static Scaffold
scaffold_make(const char *name, gboolean has_c)
{
    Scaffold scaffold = {.name = name, .has_c = has_c};
    scaffold.title = g_strdelimit(g_strdup(name), "-_", ' ');
    scaffold.title[0] = g_ascii_toupper(scaffold.title[0]);
    scaffold.symbol = g_strdelimit(g_strdup(name), "-", '_');
    scaffold.table = g_strdup_printf("%.*s_items", TABLE_NAME_MAX, scaffold.symbol);
    return scaffold;
}

/* (transfer full): @template with what it leaves open filled in. */
static char *
fill(const Scaffold *scaffold, const char *template)
{
    GString *text = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(template, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        gboolean is_c = g_str_has_prefix(lines[i], ONLY_WITH_C);
        if (is_c && !scaffold->has_c)
            continue;
        g_string_append(text, lines[i] + (is_c ? strlen(ONLY_WITH_C) : 0));
        if (lines[i + 1] != NULL)
            g_string_append_c(text, '\n');
    }
    g_string_replace(text, "@NAME@", scaffold->name, 0);
    g_string_replace(text, "@TITLE@", scaffold->title, 0);
    g_string_replace(text, "@SYMBOL@", scaffold->symbol, 0);
    g_string_replace(text, "@TABLE@", scaffold->table, 0);
    return g_string_free(text, FALSE);
}

static gboolean
write_file(const Scaffold *scaffold, const FileRow *row, const char *path, GError **error)
{
    g_autofree char *resource = g_strconcat("/scaffold/", row->template, NULL);
    g_autoptr(GBytes) template = g_resource_lookup_data(sp_scaffold_get_resource(), resource,
                                                        G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
    g_assert(template != NULL);
    gsize size = 0;
    const char *data = g_bytes_get_data(template, &size);
    g_autofree char *whole = g_strndup(data, size);
    g_autofree char *text = fill(scaffold, whole);
    g_autofree char *folder = g_path_get_dirname(path);
    if (g_mkdir_with_parents(folder, 0777) != 0) {
        g_set_error_literal(error, G_FILE_ERROR, g_file_error_from_errno(errno), g_strerror(errno));
        return FALSE;
    }
    return g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, row->mode, error);
}

/* (transfer full): the paths of the files, from @folder on. */
static char **
list_paths(const Scaffold *scaffold, const char *folder)
{
    g_autoptr(GStrvBuilder) paths = g_strv_builder_new();
    for (guint i = 0; i < G_N_ELEMENTS(file_table); i++) {
        if (file_table[i].is_c && !scaffold->has_c)
            continue;
        g_autofree char *relative = fill(scaffold, file_table[i].path);
        g_autofree char *path = g_build_filename(folder, relative, NULL);
        g_strv_builder_add(paths, path);
    }
    return g_strv_builder_end(paths);
}

static gboolean
write_files(const Scaffold *scaffold, const char *folder, GError **error)
{
    g_auto(GStrv) paths = list_paths(scaffold, folder);
    for (guint i = 0, k = 0; i < G_N_ELEMENTS(file_table); i++) {
        if (file_table[i].is_c && !scaffold->has_c)
            continue;
        if (!write_file(scaffold, &file_table[i], paths[k++], error))
            return FALSE;
    }
    return TRUE;
}

/* Removes what write_files() may have made, and nothing else. */
static void
remove_files(const Scaffold *scaffold, const char *folder)
{
    g_auto(GStrv) paths = list_paths(scaffold, folder);
    for (guint i = 0; paths[i] != NULL; i++)
        g_unlink(paths[i]);
    for (guint i = 0; paths[i] != NULL; i++) {
        g_autofree char *path = g_path_get_dirname(paths[i]);
        while (g_rmdir(path) == 0 && !g_str_equal(path, folder))
            *strrchr(path, '/') = '\0';
    }
}

/* A rename() onto an empty folder replaces it, and onto anything else fails; so nothing is ever
 * overwritten, whoever comes between. */
static gboolean
put_in_place(const char *folder, const char *target, const char *name, GError **error)
{
    if (rename(folder, target) == 0)
        return TRUE;
    int reason = errno;
    if (reason == ENOTEMPTY || reason == EEXIST || reason == ENOTDIR)
        return sp_error_set(error, SP_ERROR_FOLDER, "Nothing was written.",
                            "Give another name, or remove it.", "\"%s\" exists already", name);
    return sp_error_set(error, SP_ERROR_CONFIGURATION, g_strerror(reason), NULL,
                        "could not write \"%s\"", target);
}

static gboolean
check_name(const char *name, GError **error)
{
    if (!sp_word_fits(SP_WORD_ID, name))
        return sp_error_set(error, SP_ERROR_FOLDER, sp_word_rule(SP_WORD_ID), NULL,
                            "\"%s\" cannot be the id of an extension", name);
    g_autofree char *file = g_strconcat(name, ".sql", NULL);
    return !g_str_equal(file, SP_FOLDER_RETIREMENT) ||
           sp_error_set(error, SP_ERROR_FOLDER, "It holds what should be gone.", NULL,
                        "\"%s/%s\" cannot hold the tables of an extension", SP_FOLDER_SCHEMAS,
                        file);
}

char **
sp_scaffold_write(const char *parent, const char *name, gboolean has_c, GError **error)
{
    if (!check_name(name, error))
        return NULL;
    g_auto(Scaffold) scaffold = scaffold_make(name, has_c);
    g_autofree char *target = g_build_filename(parent, name, NULL);
    g_autofree char *hidden = g_strdup_printf(".%s.XXXXXX", name);
    g_autofree char *folder = g_build_filename(parent, hidden, NULL);
    g_autoptr(GError) reason = NULL;
    if (g_mkdtemp_full(folder, 0777) == NULL) {
        sp_error_set(error, SP_ERROR_CONFIGURATION, g_strerror(errno), NULL,
                     "could not write \"%s\"", target);
        return NULL;
    }
    gboolean is_written = write_files(&scaffold, folder, &reason);
    if (!is_written)
        sp_error_set(error, SP_ERROR_CONFIGURATION, reason->message, NULL, "could not write \"%s\"",
                     target);
    if (is_written && put_in_place(folder, target, name, error))
        return list_paths(&scaffold, name);
    remove_files(&scaffold, folder);
    return NULL;
}
