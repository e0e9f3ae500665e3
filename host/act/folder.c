/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/folder.h"

#include "act/manifest.h"
#include "base/error.h"
#include "model/declaration.h"

#include <string.h>

#define SCHEMA_FOLDER "schema"
#define MIGRATION_FOLDER "schema/migrations"
#define SEED_FOLDER "seeds"
#define NAME_HINT_SQL "A file here is named NAME.sql."
#define NAME_HINT_MIGRATION                                                                        \
    "A migration is named NNN_name.sql, and what undoes it NNN_name.down.sql."

/* What reading needs at hand; lives on the stack of sp_folder_read(). The arrays borrow from the two pools. */
typedef struct {
    const char *path;
    char *label; /* the folder's own name: sources begin with it */
    SpFindings *findings;
    SpManifest *manifest;
    GPtrArray *strings; /* char *, owned */
    GPtrArray *lists;   /* char **, owned */
    GArray *dependencies;
    GArray *schemas;
    GArray *migrations;
    GArray *seeds;
    GArray *cross_tables;
} Folder;

typedef struct {
    const char *source;
    const char *text; /* (nullable): NULL when it was refused */
} TextFile;

/* A directive is a comment line "-- @word" that says how a migration runs. */
typedef struct {
    const char *word;
    guint32 flag;
} DirectiveRow;

static const DirectiveRow directive_table[] = {
    {"@no-transaction", SP_MIGRATION_NO_TRANSACTION},
};

/* @string: (transfer full) */
static const char *
keep(Folder *folder, char *string)
{
    if (string != NULL)
        g_ptr_array_add(folder->strings, string);
    return string;
}

static const char *
source_of(Folder *folder, const char *subfolder, const char *name)
{
    return keep(folder, g_build_filename(folder->label, subfolder, name, NULL));
}

/* @error: (transfer full) */
static void
refuse(Folder *folder, const char *source, guint line, GError *error)
{
    sp_error_place(error, &(SpPlace){.path = folder->path, .source = source, .line = line});
    sp_findings_refuse(folder->findings, error);
}

static void
refuse_name(Folder *folder, const char *subfolder, const char *name, const char *hint)
{
    g_autofree char *shown = g_filename_display_name(name);
    refuse(folder, source_of(folder, subfolder, shown), 0,
           sp_error_new(SP_ERROR_FOLDER, NULL, hint, "file \"%s\" has no place in \"%s\"", shown,
                        subfolder));
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* (transfer full) (element-type filename): bytewise, without dot files; empty when there is no such folder. */
static GPtrArray *
list_names(Folder *folder, const char *subfolder)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *path = g_build_filename(folder->path, subfolder, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = g_dir_open(path, 0, &error);
    if (dir == NULL) {
        if (!g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
            refuse(folder, NULL, 0,
                   sp_error_new(SP_ERROR_FOLDER, error->message, NULL, "cannot read \"%s\"", path));
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

static gboolean
has_name(const GPtrArray *names, const char *name)
{
    return g_ptr_array_find_with_equal_func((GPtrArray *)names, name, g_str_equal, NULL);
}

static guint
line_at(const char *text, gsize offset)
{
    guint line = 1;
    for (gsize i = 0; i < offset; i++)
        line += text[i] == '\n';
    return line;
}

/* (nullable): the bytes of a file, which are text without a NUL. */
static const char *
read_text(Folder *folder, const char *relative, const char *source)
{
    g_autofree char *path = g_build_filename(folder->path, relative, NULL);
    g_autofree char *text = NULL;
    gsize length = 0;
    g_autoptr(GError) error = NULL;
    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
        refuse(folder, source, 0,
               sp_error_new(SP_ERROR_FOLDER, NULL, NULL, "\"%s\" is not a regular file", source));
        return NULL;
    }
    if (!g_file_get_contents(path, &text, &length, &error)) {
        refuse(folder, source, 0,
               sp_error_new(SP_ERROR_FOLDER, error->message, NULL, "cannot read \"%s\"", source));
        return NULL;
    }
    const char *end = NULL;
    if (!g_utf8_validate_len(text, length, &end)) {
        refuse(folder, source, line_at(text, (gsize)(end - text)),
               sp_error_new(SP_ERROR_FOLDER, NULL, "Save the file as UTF-8 text.",
                            "\"%s\" is not UTF-8 text or holds a NUL", source));
        return NULL;
    }
    return keep(folder, g_steal_pointer(&text));
}

static TextFile
read_sql(Folder *folder, const char *subfolder, const char *name)
{
    g_autofree char *relative = g_build_filename(subfolder, name, NULL);
    const char *source = source_of(folder, subfolder, name);
    return (TextFile){source, read_text(folder, relative, source)};
}

static const DirectiveRow *
find_directive(const char *word)
{
    for (guint i = 0; i < G_N_ELEMENTS(directive_table); i++) {
        if (g_str_equal(directive_table[i].word, word))
            return &directive_table[i];
    }
    return NULL;
}

/* (nullable): why a directive may not stand where it does. */
static const char *
directive_fault(const DirectiveRow *row, gboolean is_migration, gboolean is_leading)
{
    if (!is_migration)
        return "Only a migration takes directives.";
    if (row == NULL)
        return "The one directive there is reads \"-- @no-transaction\".";
    if (!is_leading)
        return "Directives stand in the comment lines at the top, before anything else.";
    return NULL;
}

/* The flags that a text's directives set. A known one below the leading comment lines would be overlooked in silence,
 * so it is refused too. */
static guint32
read_directives(Folder *folder, TextFile file, gboolean is_migration)
{
    guint32 flags = 0;
    gboolean is_leading = TRUE;
    const char *text = g_str_has_prefix(file.text, "\xEF\xBB\xBF") ? file.text + 3 : file.text;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        const char *line = g_strstrip(lines[i]);
        gboolean is_comment = g_str_has_prefix(line, "--");
        is_leading = is_leading && (is_comment || *line == '\0');
        const char *word = is_comment ? line + 2 + strspn(line + 2, " \t") : "";
        const DirectiveRow *row = find_directive(word);
        if (row == NULL && !(is_leading && *word == '@'))
            continue;
        const char *fault = directive_fault(row, is_migration, is_leading);
        if (fault == NULL)
            flags |= row->flag;
        else
            refuse(folder, file.source, i + 1,
                   sp_error_new(SP_ERROR_FOLDER, fault, NULL, "unexpected directive \"%s\"", word));
    }
    return flags;
}

static struct sp_list
read_list(Folder *folder, const char *group, const char *key)
{
    char **list = sp_manifest_get_list(folder->manifest, group, key);
    g_ptr_array_add(folder->lists, list);
    return (struct sp_list){list, g_strv_length(list), sizeof(const char *)};
}

/* "users", "billing >=1.2,<2" or "?audit" */
static void
add_dependency(Folder *folder, const char *item)
{
    struct sp_dependency dependency = {0};
    if (item[0] == '?') {
        dependency.flags = SP_DEPENDENCY_OPTIONAL;
        item += 1 + strspn(item + 1, " \t");
    }
    gsize length = strcspn(item, " \t<>=");
    const char *range = item + length + strspn(item + length, " \t");
    dependency.id = keep(folder, g_strndup(item, length));
    dependency.version_range = *range != '\0' ? keep(folder, g_strdup(range)) : NULL;
    g_array_append_val(folder->dependencies, dependency);
}

static void
read_dependencies(Folder *folder)
{
    g_auto(GStrv) items =
        sp_manifest_get_list(folder->manifest, SP_MANIFEST_EXTENSION, "dependencies");
    for (guint i = 0; items[i] != NULL; i++)
        add_dependency(folder, items[i]);
}

static void
add_schema(Folder *folder, const char *name)
{
    TextFile file = read_sql(folder, SCHEMA_FOLDER, name);
    if (file.text == NULL)
        return;
    read_directives(folder, file, FALSE);
    g_autofree char *group = g_strconcat(SP_MANIFEST_SCHEMA_PREFIX, name, NULL);
    const SpManifest *manifest = folder->manifest;
    struct sp_schema schema = {
        .table = keep(folder, sp_manifest_get_text(manifest, group, "table")),
        .namespace_name = keep(folder, sp_manifest_get_text(manifest, group, "namespace")),
        .sql = file.text,
        .required_columns = read_list(folder, group, "required_columns"),
        .source = file.source,
    };
    g_array_append_val(folder->schemas, schema);
}

/* (transfer full): the names that have the ending; the others are refused. */
static GPtrArray *
list_sql(Folder *folder, const char *subfolder)
{
    g_autoptr(GPtrArray) names = list_names(folder, subfolder);
    GPtrArray *accepted = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *relative = g_build_filename(subfolder, name, NULL);
        if (g_str_equal(relative, MIGRATION_FOLDER))
            continue;
        if (g_str_has_suffix(name, ".sql") && g_utf8_validate(name, -1, NULL))
            g_ptr_array_add(accepted, g_strdup(name));
        else
            refuse_name(folder, subfolder, name, NAME_HINT_SQL);
    }
    return accepted;
}

/* Refuses what "schemas" lists in vain, twice or not at all. */
static void
check_order(Folder *folder, const GPtrArray *names, const char *const *order)
{
    const char *source = source_of(folder, NULL, SP_MANIFEST_FILE);
    guint line = sp_manifest_get_line(folder->manifest, SP_MANIFEST_EXTENSION, "schemas");
    for (guint i = 0; order[i] != NULL; i++) {
        if (!has_name(names, order[i]))
            refuse(folder, source, line,
                   sp_error_new(SP_ERROR_FOLDER, NULL, NULL,
                                "\"schemas\" lists \"%s\", which is not in \"" SCHEMA_FOLDER "\"",
                                order[i]));
        for (guint k = 0; k < i; k++) {
            if (g_str_equal(order[k], order[i]))
                refuse(folder, source, line,
                       sp_error_new(SP_ERROR_FOLDER, NULL, NULL, "\"schemas\" lists \"%s\" twice",
                                    order[i]));
        }
    }
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        if (!g_strv_contains(order, name))
            refuse(folder, source_of(folder, SCHEMA_FOLDER, name), 0,
                   sp_error_new(SP_ERROR_FOLDER, NULL, "Add it to \"schemas\", where it is to run.",
                                "\"schemas\" does not list \"%s\"", name));
    }
}

static void
check_schema_groups(Folder *folder, const GPtrArray *names)
{
    g_auto(GStrv) groups = sp_manifest_get_groups(folder->manifest);
    for (guint i = 0; groups[i] != NULL; i++) {
        const char *group = groups[i];
        if (!g_str_has_prefix(group, SP_MANIFEST_SCHEMA_PREFIX) ||
            has_name(names, group + strlen(SP_MANIFEST_SCHEMA_PREFIX)))
            continue;
        refuse(folder, source_of(folder, NULL, SP_MANIFEST_FILE),
               sp_manifest_get_line(folder->manifest, group, NULL),
               sp_error_new(SP_ERROR_FOLDER, NULL, NULL,
                            "group \"%s\" names no file of \"" SCHEMA_FOLDER "\"", group));
    }
}

static void
read_schemas(Folder *folder)
{
    g_autoptr(GPtrArray) names = list_sql(folder, SCHEMA_FOLDER);
    g_auto(GStrv) order = sp_manifest_get_list(folder->manifest, SP_MANIFEST_EXTENSION, "schemas");
    check_schema_groups(folder, names);
    if (order[0] == NULL) {
        for (guint i = 0; i < names->len; i++)
            add_schema(folder, g_ptr_array_index(names, i));
        return;
    }
    check_order(folder, names, (const char *const *)order);
    for (guint i = 0; order[i] != NULL; i++) {
        if (has_name(names, order[i]))
            add_schema(folder, order[i]);
    }
}
