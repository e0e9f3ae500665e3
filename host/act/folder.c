/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/folder.h"

#include "act/folder_files.h"
#include "act/manifest.h"
#include "act/text_file.h"
#include "base/error.h"
#include "model/declaration.h"

#include <string.h>

#define TOP_HINT                                                                                   \
    "SQL stands in \"" SP_FOLDER_SCHEMAS "\", \"" SP_FOLDER_MIGRATIONS "\" and \"" SP_FOLDER_SEEDS \
    "\"."
#define SQL_HINT "A file here is named NAME.sql."
#define MIGRATION_HINT                                                                         \
    "A migration is named NNN_name.sql, what undoes it NNN_name.down.sql, and what keeps the " \
    "number of one that is gone NNN_name.tombstone or NNN-MMM_name.tombstone."
#define TOMBSTONE ".tombstone"
#define RANGE_MAX 10000u

static const char *const sql_endings[] = {".sql", NULL};
static const char *const migration_endings[] = {".sql", TOMBSTONE, NULL};

/* What reading needs at hand; lives on the stack of sp_folder_read(). The arrays borrow from the
 * two pools. */
typedef struct {
    SpFolderFiles files;
    SpManifest *manifest;
    const char *manifest_source;
    GPtrArray *lists; /* char **, owned */
    GArray *dependencies;
    GArray *schemas;
    GArray *migrations;
    GHashTable *versions; /* of migrations -> the source that takes it */
    GArray *seeds;
    GArray *retirements;
} Folder;

static gboolean
has_name(const GPtrArray *names, const char *name)
{
    return g_ptr_array_find_with_equal_func((GPtrArray *)names, name, g_str_equal, NULL);
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
    dependency.id = sp_folder_keep(&folder->files, g_strndup(item, length));
    dependency.version_range =
        *range != '\0' ? sp_folder_keep(&folder->files, g_strdup(range)) : NULL;
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
    SpFolderFile file = sp_folder_read_sql(&folder->files, SP_FOLDER_SCHEMAS, name, NULL);
    g_autofree char *group = g_strconcat(SP_MANIFEST_SCHEMA_PREFIX, name, NULL);
    const SpManifest *manifest = folder->manifest;
    struct sp_schema schema = {
        .table = sp_folder_keep(&folder->files, sp_manifest_get_text(manifest, group, "table")),
        .namespace_name =
            sp_folder_keep(&folder->files, sp_manifest_get_text(manifest, group, "namespace")),
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
        g_autofree char *source =
            g_build_filename(folder->files.label, SP_FOLDER_SCHEMAS, name, NULL);
        sp_folder_refuse(&folder->files, source, 0,
                         sp_error_new(SP_ERROR_FOLDER, NULL,
                                      "Add it to \"schemas\", where it has to run.",
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
        sp_folder_refuse(&folder->files, folder->manifest_source,
                         sp_manifest_get_line(folder->manifest, group, NULL),
                         sp_error_new(SP_ERROR_FOLDER, NULL, NULL,
                                      "group \"%s\" names no file of \"" SP_FOLDER_SCHEMAS "\"",
                                      group));
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
        sp_folder_refuse(&folder->files, folder->manifest_source, line,
                         sp_error_new(SP_ERROR_FOLDER, NULL,
                                      g_str_equal(order[i], SP_FOLDER_RETIREMENT)
                                          ? "It runs before all schemas, and is none."
                                          : NULL,
                                      "\"schemas\" lists \"%s\"%s", order[i],
                                      is_there ? " twice" : ", which does not exist"));
    }
    check_listed(folder, names, order);
}

static void
read_retirement(Folder *folder)
{
    SpFolderFile file =
        sp_folder_read_sql(&folder->files, SP_FOLDER_SCHEMAS, SP_FOLDER_RETIREMENT, NULL);
    struct sp_retirement retirement = {file.text, file.source};
    g_array_append_val(folder->retirements, retirement);
}

static void
read_schemas(Folder *folder)
{
    guint retirement = 0;
    g_autoptr(GPtrArray) names =
        sp_folder_list(&folder->files, SP_FOLDER_SCHEMAS, sql_endings, SQL_HINT);
    if (g_ptr_array_find_with_equal_func(names, SP_FOLDER_RETIREMENT, g_str_equal, &retirement)) {
        g_ptr_array_remove_index(names, retirement);
        read_retirement(folder);
    }
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
    return sp_folder_keep(&folder->files, g_strndup(name, strlen(name) - strlen(ending)));
}

/* What the name of a file of migrations says; of a tombstone first and last may differ. */
typedef struct {
    guint64 first, last;
    const char *name;
} Stem;

/* Splits "002_add_due_date", or "002-005_add_due_date" where @may_range. */
static gboolean
parse_stem(const char *stem, gboolean may_range, Stem *out_stem)
{
    gsize first = strspn(stem, "0123456789");
    gsize last = may_range && stem[first] == '-' ? strspn(stem + first + 1, "0123456789") : 0;
    gsize length = last > 0 ? first + 1 + last : first;
    g_autofree char *low = g_strndup(stem, first);
    g_autofree char *high = last > 0 ? g_strndup(stem + first + 1, last) : g_strdup(low);
    out_stem->name = stem + length + 1;
    return stem[length] == '_' &&
           g_ascii_string_to_unsigned(low, 10, 0, G_MAXINT32, &out_stem->first, NULL) &&
           g_ascii_string_to_unsigned(high, 10, 0, G_MAXINT32, &out_stem->last, NULL);
}

static void
read_down(Folder *folder, const char *name, struct sp_migration *migration)
{
    SpFolderFile down = sp_folder_read_sql(&folder->files, SP_FOLDER_MIGRATIONS, name, NULL);
    migration->down_sql = down.text;
    migration->down_source = down.source;
    if (migration->flags & SP_MIGRATION_NO_TRANSACTION)
        sp_folder_refuse(&folder->files, down.source, 0,
                         sp_error_new(SP_ERROR_FOLDER,
                                      "What runs outside a transaction cannot be undone in one.",
                                      NULL, "\"%s\" would undo \"%s\", which is @no-transaction",
                                      down.source, migration->source));
}

/* Adds the version of @migration; one that is taken is refused once for each pair of files. */
static void
add_version(Folder *folder, const struct sp_migration *migration, const char **said)
{
    gpointer key = GUINT_TO_POINTER(migration->version);
    const char *other = g_hash_table_lookup(folder->versions, key);
    g_array_append_val(folder->migrations, *migration);
    if (other == NULL)
        g_hash_table_insert(folder->versions, key, (gpointer)migration->source);
    else if (other != *said)
        sp_folder_refuse(&folder->files, migration->source, 0,
                         sp_error_new(SP_ERROR_FOLDER, NULL,
                                      "Give one of them the next free number.",
                                      "\"%s\" and \"%s\" both are version %u", other,
                                      migration->source, migration->version));
    *said = other;
}

static void
add_migration(Folder *folder, const GPtrArray *names, const char *name)
{
    const char *stem = stem_of(folder, name, ".sql"), *said = NULL;
    Stem parsed;
    if (!parse_stem(stem, FALSE, &parsed)) {
        sp_folder_refuse_name(&folder->files, SP_FOLDER_MIGRATIONS, name, MIGRATION_HINT);
        return;
    }
    struct sp_migration migration = {.version = (guint32)parsed.first, .name = parsed.name};
    SpFolderFile up =
        sp_folder_read_sql(&folder->files, SP_FOLDER_MIGRATIONS, name, &migration.flags);
    migration.sql = up.text;
    migration.source = up.source;
    const char *down = sp_folder_keep(&folder->files, g_strconcat(stem, ".down.sql", NULL));
    if (has_name(names, down))
        read_down(folder, down, &migration);
    add_version(folder, &migration, &said);
}

static gboolean
check_range(Folder *folder, const Stem *stem, const char *source)
{
    const char *detail = NULL;
    if (stem->last < stem->first)
        detail = "A range is written with the lower version first.";
    else if (stem->last - stem->first >= RANGE_MAX)
        detail = "A range has at most 10000 versions.";
    if (detail != NULL)
        sp_folder_refuse(&folder->files, source, 0,
                         sp_error_new(SP_ERROR_FOLDER, detail, NULL,
                                      "the range of \"%s\" does not fit", source));
    return detail == NULL;
}

/* What the file says is for people, and goes nowhere. */
static void
add_tombstone(Folder *folder, const char *name)
{
    const char *stem = stem_of(folder, name, TOMBSTONE), *said = NULL;
    Stem parsed;
    if (!parse_stem(stem, TRUE, &parsed)) {
        sp_folder_refuse_name(&folder->files, SP_FOLDER_MIGRATIONS, name, MIGRATION_HINT);
        return;
    }
    g_autofree char *relative = g_build_filename(SP_FOLDER_MIGRATIONS, name, NULL);
    SpFolderFile file = sp_folder_read_file(&folder->files, relative);
    if (file.text == NULL || !check_range(folder, &parsed, file.source))
        return;
    struct sp_migration tombstone = {
        .flags = SP_MIGRATION_TOMBSTONE, .name = parsed.name, .source = file.source};
    for (guint64 version = parsed.first; version <= parsed.last; version++) {
        tombstone.version = (guint32)version;
        add_version(folder, &tombstone, &said);
    }
}

static void
check_has_up(Folder *folder, const GPtrArray *names, const char *name)
{
    g_autofree char *up = g_strconcat(stem_of(folder, name, ".down.sql"), ".sql", NULL);
    if (!has_name(names, up))
        sp_folder_refuse_name(&folder->files, SP_FOLDER_MIGRATIONS, name,
                              "It is named like the migration that it undoes.");
}

static void
read_migrations(Folder *folder)
{
    g_autoptr(GPtrArray) names =
        sp_folder_list(&folder->files, SP_FOLDER_MIGRATIONS, migration_endings, MIGRATION_HINT);
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        if (g_str_has_suffix(name, TOMBSTONE))
            add_tombstone(folder, name);
        else if (g_str_has_suffix(name, ".down.sql"))
            check_has_up(folder, names, name);
        else
            add_migration(folder, names, name);
    }
}

static void
read_seeds(Folder *folder)
{
    g_autoptr(GPtrArray) names =
        sp_folder_list(&folder->files, SP_FOLDER_SEEDS, sql_endings, SQL_HINT);
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        SpFolderFile file = sp_folder_read_sql(&folder->files, SP_FOLDER_SEEDS, name, NULL);
        struct sp_seed seed = {stem_of(folder, name, ".sql"), file.text, file.source};
        g_array_append_val(folder->seeds, seed);
    }
}

static void
read_manifest(Folder *folder)
{
    g_autofree char *path = g_build_filename(folder->files.path, SP_MANIFEST_FILE, NULL);
    SpFolderFile file = {
        .source = sp_folder_keep(&folder->files,
                                 g_build_filename(folder->files.label, SP_MANIFEST_FILE, NULL))};
    if (g_file_test(path, G_FILE_TEST_EXISTS))
        file = sp_folder_read_file(&folder->files, SP_MANIFEST_FILE);
    folder->manifest_source = file.source;
    folder->manifest =
        sp_manifest_new(file.text ? file.text : "", file.source, folder->files.findings);
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
    return text != NULL ? sp_folder_keep(&folder->files, text) : fallback;
}

/* (nullable): the folder's content through the gate that a plugin's has to pass. */
static SpExtension *
make_extension(Folder *folder)
{
    const char *id = read_key(folder, "id", folder->files.label);
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
        .retirements = list_of(folder->retirements),
    };
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) declaration = sp_declaration_new(&vtable, sizeof vtable, &error);
    if (declaration == NULL) {
        sp_findings_refuse(folder->files.findings, g_steal_pointer(&error));
        return NULL;
    }
    return sp_extension_new(declaration, folder->files.path, folder->files.findings);
}

/* SQL in a wrong place would be left out in silence, and so would all of it behind a mistyped path.
 */
static void
check_top(Folder *folder)
{
    static const char *const entries[] = {SP_MANIFEST_FILE, SP_FOLDER_SCHEMAS, SP_FOLDER_SEEDS};
    g_autoptr(GPtrArray) names =
        sp_text_file_list(folder->files.path, folder->files.label, folder->files.findings);
    guint found = 0;
    for (guint i = 0; i < G_N_ELEMENTS(entries); i++)
        found += has_name(names, entries[i]);
    if (found == 0)
        sp_folder_refuse(&folder->files, folder->files.label, 0,
                         sp_error_new(SP_ERROR_FOLDER, NULL,
                                      "It holds \"" SP_MANIFEST_FILE "\", \"" SP_FOLDER_SCHEMAS
                                      "\" or \"" SP_FOLDER_SEEDS "\", or all of them.",
                                      "\"%s\" is not the folder of an extension",
                                      folder->files.path));
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        if (g_str_has_suffix(name, ".sql") || g_str_equal(name, "migrations"))
            sp_folder_refuse_name(&folder->files, "", name, TOP_HINT);
    }
}

static SpExtension *
read_folder(Folder *folder)
{
    guint refused_before = sp_findings_refusals(folder->files.findings)->len;
    check_top(folder);
    read_manifest(folder);
    read_dependencies(folder);
    read_schemas(folder);
    read_migrations(folder);
    read_seeds(folder);
    if (sp_findings_refusals(folder->files.findings)->len > refused_before)
        return NULL;
    return make_extension(folder);
}

void
sp_folder_symbols_clear(SpFolderSymbols *symbols)
{
    g_clear_pointer(&symbols->hooks, g_free);
    g_clear_pointer(&symbols->validate_config, g_free);
}

SpExtension *
sp_folder_read(const char *path, SpFolderSymbols *out_symbols, SpFindings *findings)
{
    guint refused_before = sp_findings_refusals(findings)->len;
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    g_autofree char *label = g_filename_display_basename(absolute);
    Folder folder = {
        .files = {path, label, findings, g_ptr_array_new_with_free_func(g_free)},
        .lists = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev),
        .dependencies = g_array_new(FALSE, FALSE, sizeof(struct sp_dependency)),
        .schemas = g_array_new(FALSE, FALSE, sizeof(struct sp_schema)),
        .migrations = g_array_new(FALSE, FALSE, sizeof(struct sp_migration)),
        .versions = g_hash_table_new(NULL, NULL),
        .seeds = g_array_new(FALSE, FALSE, sizeof(struct sp_seed)),
        .retirements = g_array_new(FALSE, FALSE, sizeof(struct sp_retirement)),
    };
    SpExtension *extension = read_folder(&folder);
    const GPtrArray *refusals = sp_findings_refusals(findings);
    for (guint i = refused_before; i < refusals->len; i++)
        sp_error_place(g_ptr_array_index(refusals, i), &(SpPlace){.path = path});

    if (out_symbols != NULL)
        *out_symbols = (SpFolderSymbols){
            sp_manifest_get_text(folder.manifest, SP_MANIFEST_EXTENSION, "hooks"),
            sp_manifest_get_text(folder.manifest, SP_MANIFEST_EXTENSION, "validate_config")};
    sp_manifest_free(folder.manifest);
    g_ptr_array_unref(folder.files.strings);
    g_ptr_array_unref(folder.lists);
    g_array_unref(folder.dependencies);
    g_array_unref(folder.schemas);
    g_array_unref(folder.migrations);
    g_hash_table_unref(folder.versions);
    g_array_unref(folder.seeds);
    g_array_unref(folder.retirements);
    return extension;
}
