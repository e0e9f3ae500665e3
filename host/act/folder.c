/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/folder.h"

#include "act/manifest.h"
#include "act/text_file.h"
#include "base/error.h"
#include "model/declaration.h"

#include <string.h>

#define SCHEMA_FOLDER "schema"
#define MIGRATION_FOLDER "schema/migrations"
#define SEED_FOLDER "seeds"
#define TOP_HINT \
    "SQL stands in \"" SCHEMA_FOLDER "\", \"" MIGRATION_FOLDER "\" and \"" SEED_FOLDER "\"."
#define SQL_HINT "A file here is named NAME.sql."
#define MIGRATION_HINT "A migration is named NNN_name.sql, and what undoes it NNN_name.down.sql."

/* What reading needs at hand; lives on the stack of sp_folder_read(). The arrays borrow from the
 * two pools. */
typedef struct {
    const char *path;
    const char *label; /* the folder's own name: every source begins with it */
    SpFindings *findings;
    SpManifest *manifest;
    const char *manifest_source;
    GPtrArray *strings; /* char *, owned */
    GPtrArray *lists;   /* char **, owned */
    GArray *dependencies;
    GArray *schemas;
    GArray *migrations;
    GArray *seeds;
} Folder;

typedef struct {
    const char *source;
    const char *text; /* (nullable): NULL when it was refused */
} TextFile;

/* @string: (transfer full) */
static const char *
keep(Folder *folder, char *string)
{
    if (string != NULL)
        g_ptr_array_add(folder->strings, string);
    return string;
}

/* @error: (transfer full) */
static void
refuse(Folder *folder, const char *source, guint line, GError *error)
{
    sp_error_place(error, &(SpPlace){.source = source, .line = line});
    sp_findings_refuse(folder->findings, error);
}

static void
refuse_name(Folder *folder, const char *subfolder, const char *name, const char *hint)
{
    g_autofree char *shown = g_filename_display_name(name);
    g_autofree char *source = g_build_filename(folder->label, subfolder, shown, NULL);
    refuse(folder, source, 0,
           sp_error_new(SP_ERROR_FOLDER, NULL, hint, "file \"%s\" has no place there", source));
}

static gboolean
has_name(const GPtrArray *names, const char *name)
{
    return g_ptr_array_find_with_equal_func((GPtrArray *)names, name, g_str_equal, NULL);
}

/* (transfer full) (element-type filename): the SQL files of a subfolder; other names are refused.
 */
static GPtrArray *
list_sql(Folder *folder, const char *subfolder, const char *hint)
{
    g_autofree char *path = g_build_filename(folder->path, subfolder, NULL);
    g_autofree char *source = g_build_filename(folder->label, subfolder, NULL);
    g_autoptr(GPtrArray) names = sp_text_file_list(path, source, folder->findings);
    GPtrArray *accepted = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *relative = g_build_filename(subfolder, name, NULL);
        if (g_str_equal(relative, MIGRATION_FOLDER))
            continue;
        if (g_str_has_suffix(name, ".sql") && g_utf8_validate(name, -1, NULL))
            g_ptr_array_add(accepted, g_strdup(name));
        else
            refuse_name(folder, subfolder, name, hint);
    }
    return accepted;
}

static TextFile
read_file(Folder *folder, const char *relative)
{
    g_autofree char *path = g_build_filename(folder->path, relative, NULL);
    const char *source = keep(folder, g_build_filename(folder->label, relative, NULL));
    return (TextFile){source, keep(folder, sp_text_file_read(path, source, folder->findings))};
}

/* @out_flags: (nullable): NULL for a text that takes no directives. */
static TextFile
read_sql(Folder *folder, const char *subfolder, const char *name, guint32 *out_flags)
{
    g_autofree char *relative = g_build_filename(subfolder, name, NULL);
    TextFile file = read_file(folder, relative);
    if (file.text == NULL)
        return file;
    if (*file.text == '\0')
        refuse(folder, file.source, 0,
               sp_error_new(SP_ERROR_FOLDER, NULL, NULL, "\"%s\" is empty", file.source));
    g_autoptr(SpDirectives) directives =
        sp_directives_read(file.text, file.source, out_flags != NULL, folder->findings);
    if (out_flags != NULL)
        *out_flags = directives->no_transaction ? SP_MIGRATION_NO_TRANSACTION : 0;
    return file;
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
    TextFile file = read_sql(folder, SCHEMA_FOLDER, name, NULL);
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

/* Refuses a file that "schemas" does not list, since it would never run. */
static void
check_listed(Folder *folder, const GPtrArray *names, const char *const *order)
{
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        if (g_strv_contains(order, name))
            continue;
        g_autofree char *source = g_build_filename(folder->label, SCHEMA_FOLDER, name, NULL);
        refuse(folder, source, 0,
               sp_error_new(SP_ERROR_FOLDER, NULL, "Add it to \"schemas\", where it has to run.",
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
        refuse(folder, folder->manifest_source, sp_manifest_get_line(folder->manifest, group, NULL),
               sp_error_new(SP_ERROR_FOLDER, NULL, NULL,
                            "group \"%s\" names no file of \"" SCHEMA_FOLDER "\"", group));
    }
}

static void
read_schemas_in_order(Folder *folder, const GPtrArray *names, const char *const *order)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    guint line = sp_manifest_get_line(folder->manifest, SP_MANIFEST_EXTENSION, "schemas");
    for (guint i = 0; order[i] != NULL; i++) {
        gboolean is_there = has_name(names, order[i]);
        if (is_there && g_hash_table_add(seen, (char *)order[i])) {
            add_schema(folder, order[i]);
            continue;
        }
        refuse(folder, folder->manifest_source, line,
               sp_error_new(SP_ERROR_FOLDER, NULL, NULL, "\"schemas\" lists \"%s\"%s", order[i],
                            is_there ? " twice" : ", which does not exist"));
    }
    check_listed(folder, names, order);
}

static void
read_schemas(Folder *folder)
{
    g_autoptr(GPtrArray) names = list_sql(folder, SCHEMA_FOLDER, SQL_HINT);
    g_auto(GStrv) order = sp_manifest_get_list(folder->manifest, SP_MANIFEST_EXTENSION, "schemas");
    check_schema_groups(folder, names);
    if (order[0] != NULL) {
        read_schemas_in_order(folder, names, (const char *const *)order);
        return;
    }
    for (guint i = 0; i < names->len; i++)
        add_schema(folder, g_ptr_array_index(names, i));
}

/* The file name without @ending. */
static const char *
stem_of(Folder *folder, const char *name, const char *ending)
{
    return keep(folder, g_strndup(name, strlen(name) - strlen(ending)));
}

/* Splits "002_add_due_date" into its number and its name. */
static gboolean
parse_stem(Folder *folder, const char *stem, struct sp_migration *migration)
{
    gsize digits = strspn(stem, "0123456789");
    g_autofree char *number = g_strndup(stem, digits);
    guint64 version = 0;
    if (stem[digits] != '_' ||
        !g_ascii_string_to_unsigned(number, 10, 0, G_MAXINT32, &version, NULL))
        return FALSE;
    migration->version = (guint32)version;
    migration->name = keep(folder, g_strdup(stem + digits + 1));
    return TRUE;
}

static void
read_down(Folder *folder, const char *name, struct sp_migration *migration)
{
    TextFile down = read_sql(folder, MIGRATION_FOLDER, name, NULL);
    migration->down_sql = down.text;
    migration->down_source = down.source;
    if (migration->flags & SP_MIGRATION_NO_TRANSACTION)
        refuse(folder, down.source, 0,
               sp_error_new(SP_ERROR_FOLDER,
                            "What runs outside a transaction cannot be undone in one.", NULL,
                            "\"%s\" would undo \"%s\", which is @no-transaction", down.source,
                            migration->source));
}

static void
check_version_is_new(Folder *folder, const struct sp_migration *migration)
{
    for (guint i = 0; i < folder->migrations->len; i++) {
        const struct sp_migration *other =
            &g_array_index(folder->migrations, struct sp_migration, i);
        if (other->version == migration->version)
            refuse(folder, migration->source, 0,
                   sp_error_new(SP_ERROR_FOLDER, NULL, "Give one of them the next free number.",
                                "\"%s\" and \"%s\" both are version %u", other->source,
                                migration->source, migration->version));
    }
}

static void
add_migration(Folder *folder, const GPtrArray *names, const char *name)
{
    const char *stem = stem_of(folder, name, ".sql");
    struct sp_migration migration = {0};
    if (!parse_stem(folder, stem, &migration)) {
        refuse_name(folder, MIGRATION_FOLDER, name, MIGRATION_HINT);
        return;
    }
    TextFile up = read_sql(folder, MIGRATION_FOLDER, name, &migration.flags);
    migration.sql = up.text;
    migration.source = up.source;
    const char *down = keep(folder, g_strconcat(stem, ".down.sql", NULL));
    if (has_name(names, down))
        read_down(folder, down, &migration);
    check_version_is_new(folder, &migration);
    g_array_append_val(folder->migrations, migration);
}

static void
read_migrations(Folder *folder)
{
    g_autoptr(GPtrArray) names = list_sql(folder, MIGRATION_FOLDER, MIGRATION_HINT);
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        if (!g_str_has_suffix(name, ".down.sql")) {
            add_migration(folder, names, name);
            continue;
        }
        const char *up =
            keep(folder, g_strconcat(stem_of(folder, name, ".down.sql"), ".sql", NULL));
        if (!has_name(names, up))
            refuse_name(folder, MIGRATION_FOLDER, name,
                        "It is named like the migration that it undoes.");
    }
}

static void
read_seeds(Folder *folder)
{
    g_autoptr(GPtrArray) names = list_sql(folder, SEED_FOLDER, SQL_HINT);
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        TextFile file = read_sql(folder, SEED_FOLDER, name, NULL);
        struct sp_seed seed = {stem_of(folder, name, ".sql"), file.text, file.source};
        g_array_append_val(folder->seeds, seed);
    }
}

static void
read_manifest(Folder *folder)
{
    g_autofree char *path = g_build_filename(folder->path, SP_MANIFEST_FILE, NULL);
    TextFile file = {.source =
                         keep(folder, g_build_filename(folder->label, SP_MANIFEST_FILE, NULL))};
    if (g_file_test(path, G_FILE_TEST_EXISTS))
        file = read_file(folder, SP_MANIFEST_FILE);
    folder->manifest_source = file.source;
    folder->manifest = sp_manifest_new(file.text ? file.text : "", file.source, folder->findings);
}

static struct sp_list
list_of(const GArray *array)
{
    return (struct sp_list){array->data, array->len, g_array_get_element_size((GArray *)array)};
}

static const char *
read_key(Folder *folder, const char *key, const char *fallback)
{
    char *text = sp_manifest_get_text(folder->manifest, SP_MANIFEST_EXTENSION, key);
    return text != NULL ? keep(folder, text) : fallback;
}

/* (nullable): the folder's content through the gate that a plugin's has to pass. */
static SpExtension *
make_extension(Folder *folder)
{
    const char *id = read_key(folder, "id", folder->label);
    const struct sp_extension_vtable vtable = {
        .abi_major = SP_ABI_MAJOR,
        .abi_minor = SP_ABI_MINOR,
        .struct_size = sizeof vtable,
        .abi_min_minor = SP_ABI_MIN_MINOR,
        .flags = sp_manifest_get_flag(folder->manifest, SP_MANIFEST_EXTENSION, "required")
                     ? SP_EXTENSION_REQUIRED
                     : 0,
        .id = id,
        .name = read_key(folder, "name", id),
        .version = read_key(folder, "version", "0.0.0"),
        .description = read_key(folder, "description", NULL),
        .license = read_key(folder, "license", NULL),
        .homepage = read_key(folder, "homepage", NULL),
        .priority = sp_manifest_get_number(folder->manifest, SP_MANIFEST_EXTENSION, "priority",
                                           SP_PRIORITY_DEFAULT),
        .dependencies = list_of(folder->dependencies),
        .schemas = list_of(folder->schemas),
        .migrations = list_of(folder->migrations),
        .seeds = list_of(folder->seeds),
        .cross_extension_tables =
            read_list(folder, SP_MANIFEST_EXTENSION, "cross_extension_tables"),
        .config_group = read_key(folder, "config_group", NULL),
    };
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) declaration = sp_declaration_new(&vtable, sizeof vtable, &error);
    if (declaration == NULL) {
        sp_findings_refuse(folder->findings, g_steal_pointer(&error));
        return NULL;
    }
    return sp_extension_new(declaration, folder->path, folder->findings);
}

/* SQL in a wrong place would be left out in silence, and so would all of it behind a mistyped path.
 */
static void
check_top(Folder *folder)
{
    static const char *const entries[] = {SP_MANIFEST_FILE, SCHEMA_FOLDER, SEED_FOLDER};
    g_autoptr(GPtrArray) names = sp_text_file_list(folder->path, folder->label, folder->findings);
    guint found = 0;
    for (guint i = 0; i < G_N_ELEMENTS(entries); i++)
        found += has_name(names, entries[i]);
    if (found == 0)
        refuse(folder, folder->label, 0,
               sp_error_new(SP_ERROR_FOLDER, NULL,
                            "It holds \"" SP_MANIFEST_FILE "\", \"" SCHEMA_FOLDER
                            "\" or \"" SEED_FOLDER "\", or all of them.",
                            "\"%s\" is not the folder of an extension", folder->path));
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        if (g_str_has_suffix(name, ".sql") || g_str_equal(name, "migrations"))
            refuse_name(folder, "", name, TOP_HINT);
    }
}

static SpExtension *
read_folder(Folder *folder)
{
    guint refused_before = sp_findings_refusals(folder->findings)->len;
    check_top(folder);
    read_manifest(folder);
    read_dependencies(folder);
    read_schemas(folder);
    read_migrations(folder);
    read_seeds(folder);
    if (sp_findings_refusals(folder->findings)->len > refused_before)
        return NULL;
    return make_extension(folder);
}

SpExtension *
sp_folder_read(const char *path, SpFindings *findings)
{
    guint refused_before = sp_findings_refusals(findings)->len;
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    g_autofree char *label = g_filename_display_basename(absolute);
    Folder folder = {
        .path = path,
        .label = label,
        .findings = findings,
        .strings = g_ptr_array_new_with_free_func(g_free),
        .lists = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev),
        .dependencies = g_array_new(FALSE, FALSE, sizeof(struct sp_dependency)),
        .schemas = g_array_new(FALSE, FALSE, sizeof(struct sp_schema)),
        .migrations = g_array_new(FALSE, FALSE, sizeof(struct sp_migration)),
        .seeds = g_array_new(FALSE, FALSE, sizeof(struct sp_seed)),
    };
    SpExtension *extension = read_folder(&folder);
    const GPtrArray *refusals = sp_findings_refusals(findings);
    for (guint i = refused_before; i < refusals->len; i++)
        sp_error_place(g_ptr_array_index(refusals, i), &(SpPlace){.path = path});

    sp_manifest_free(folder.manifest);
    g_ptr_array_unref(folder.strings);
    g_ptr_array_unref(folder.lists);
    g_array_unref(folder.dependencies);
    g_array_unref(folder.schemas);
    g_array_unref(folder.migrations);
    g_array_unref(folder.seeds);
    return extension;
}
