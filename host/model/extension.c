/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/extension.h"

#include "base/error.h"
#include "model/declaration.h"
#include "model/reading.h"
#include "model/role_name.h"
#include "model/version.h"

#include <string.h>

/* The first word of every digest; another one makes every host read all SQL again, as it must when
 * the rules for it change. */
#define DIGEST_FORMAT "sp-host declaration 2"

struct SpExtension {
    GBytes *declaration; /* most of the texts below */
    GStringChunk *texts; /* the others */
    const char *path, *id, *name, *version, *description, *license, *homepage, *config_group;
    const char *digest;
    const char *role; /* (nullable) */
    guint abi_major, abi_minor, abi_min_minor;
    guint priority;
    gboolean is_required;
    GArray *dependencies; /* SpDependency */
    GArray *schemas;      /* SpSchema; their lists of columns are owned by column_lists */
    GArray *migrations;   /* SpMigration, by version */
    GArray *seeds;        /* SpSeed */
    GArray *retirements;  /* SpRetirement */
    GPtrArray *column_lists;
    GPtrArray *directives;   /* SpDirectives of the migrations */
    GPtrArray *cross_tables; /* texts, NULL-terminated */
    const char *hooks[4];    /* NULL-terminated */
};

static void
read_head(SpReading *reading)
{
    SpExtension *extension = reading->extension;
    extension->abi_major = sp_wire_get_number(&reading->wire);
    extension->abi_minor = sp_wire_get_number(&reading->wire);
    extension->abi_min_minor = sp_wire_get_number(&reading->wire);
    extension->is_required = (sp_wire_get_large(&reading->wire) & SP_EXTENSION_REQUIRED) != 0;
    extension->id = sp_reading_word(reading, SP_WORD_ID, "the id");
    extension->name = sp_reading_title(reading, "the name");
    extension->version = sp_reading_title(reading, "the version");
    if (extension->version != NULL && !sp_version_is_valid(extension->version))
        sp_reading_refuse(reading, "It has the form MAJOR.MINOR.PATCH, as in \"1.4.0\".",
                          "the version \"%s\" does not fit", extension->version);
    extension->description = sp_reading_text(reading, "the description");
    extension->license = sp_reading_text(reading, "the license");
    extension->homepage = sp_reading_text(reading, "the homepage");
    extension->config_group = sp_reading_text(reading, "the configuration group");
    extension->priority = sp_wire_get_number(&reading->wire);
}

static void
read_hooks(SpReading *reading)
{
    static const char *const names[] = {"start", "stop", "validate_config"};
    for (guint i = 0, n = 0; i < G_N_ELEMENTS(names); i++)
        if (sp_wire_get_flag(&reading->wire))
            reading->extension->hooks[n++] = names[i];
}

/* Says that @text stood before in the list; adds it otherwise. */
static void
check_unique(SpReading *reading, GHashTable *seen, const char *text, const char *what)
{
    if (text != NULL && !g_hash_table_add(seen, (gpointer)text))
        sp_reading_refuse(reading, NULL, "%s \"%s\" is declared twice", what, text);
}

static void
refuse_circle(SpReading *reading)
{
    const char *id = reading->extension->id;
    sp_reading_refuse_with(reading,
                           sp_error_new(SP_ERROR_DEPENDENCY_CYCLE, NULL, "Remove the dependency.",
                                        "extension depends on itself: \"%s\" -> \"%s\"", id, id));
}

static void
read_dependency(SpReading *reading, GHashTable *seen)
{
    SpDependency dependency = {0};
    dependency.id = sp_reading_word(reading, SP_WORD_ID, "the id of a dependency");
    dependency.version_range = sp_reading_text(reading, "the version range of a dependency");
    guint flags = sp_wire_get_number(&reading->wire);
    dependency.is_optional = (flags & SP_DEPENDENCY_OPTIONAL) != 0;
    if ((flags & ~SP_DEPENDENCY_OPTIONAL) != 0)
        sp_reading_refuse(reading, NULL, "a dependency has unknown flags 0x%x", flags);
    if (dependency.version_range != NULL && !sp_version_range_is_valid(dependency.version_range))
        sp_reading_refuse(reading, "Comparisons joined by commas are accepted, as in \">=1.2,<2\".",
                          "the version range \"%s\" does not fit", dependency.version_range);
    if (dependency.id != NULL && g_strcmp0(dependency.id, reading->extension->id) == 0)
        refuse_circle(reading);
    check_unique(reading, seen, dependency.id, "dependency");
    g_array_append_val(reading->extension->dependencies, dependency);
}

static const char *const *
read_columns(SpReading *reading)
{
    guint n = sp_wire_get_count(&reading->wire);
    GPtrArray *columns = g_ptr_array_new();
    for (guint i = 0; i < n && !reading->wire.is_broken; i++) {
        const char *column = sp_reading_word(reading, SP_WORD_IDENTIFIER, "a required column");
        if (column != NULL)
            g_ptr_array_add(columns, (gpointer)column);
    }
    g_ptr_array_add(columns, NULL);
    g_ptr_array_add(reading->extension->column_lists, columns);
    return (const char *const *)columns->pdata;
}

/* @fallback: (transfer full): what the text is called when the plugin names no file. */
static const char *
read_source(SpReading *reading, char *fallback)
{
    g_autofree char *name = fallback;
    const char *source = sp_reading_text(reading, "the source of a text");
    return source != NULL && *source != '\0'
               ? source
               : g_string_chunk_insert(reading->extension->texts, name);
}

static void
read_schema(SpReading *reading, GHashTable *seen G_GNUC_UNUSED)
{
    guint number = reading->extension->schemas->len + 1;
    SpSchema schema = {0};
    schema.table = sp_reading_identifier(reading, "the table of a schema");
    schema.namespace_name = sp_reading_identifier(reading, "the namespace of a schema");
    schema.sql = sp_reading_mandatory(reading, "the SQL of a schema");
    schema.required_columns = read_columns(reading);
    schema.source = read_source(reading, g_strdup_printf("schema %u", number));
    if (schema.namespace_name == NULL)
        schema.namespace_name = "public";
    g_array_append_val(reading->extension->schemas, schema);
}

static void
check_migration(SpReading *reading, const SpMigration *migration, guint flags)
{
    if (migration->version > G_MAXINT32)
        sp_reading_refuse(reading, "The ledger's column holds at most 2147483647.",
                          "migration version %u is too large", migration->version);
    if ((flags & ~(SP_MIGRATION_NO_TRANSACTION | SP_MIGRATION_TOMBSTONE)) != 0)
        sp_reading_refuse(reading, NULL, "migration %03u has unknown flags 0x%x",
                          migration->version, flags);
    if (migration->down_sql != NULL && *migration->down_sql == '\0')
        sp_reading_refuse(reading, "What cannot be reverted has NULL there.",
                          "the down SQL is empty");
    if (!migration->is_transactional && migration->down_sql != NULL)
        sp_reading_refuse(reading, "A migration without a transaction cannot be reverted safely.",
                          "migration %03u has down SQL beside NO_TRANSACTION", migration->version);
}

/* What the text of a migration says of itself. */
static const SpDirectives *
read_directives(SpReading *reading, const SpMigration *migration)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    SpDirectives *directives =
        sp_directives_read(migration->sql, migration->source, TRUE, findings);
    const GPtrArray *refusals = sp_findings_refusals(findings);
    for (guint i = 0; i < refusals->len; i++)
        sp_reading_refuse_with(reading, g_error_copy(g_ptr_array_index(refusals, i)));
    g_ptr_array_add(reading->extension->directives, directives);
    return directives;
}

/* A tombstone has none, whatever its flag says. */
static void
read_migration_sql(SpReading *reading, SpMigration *migration)
{
    if (!migration->is_tombstone) {
        migration->sql = sp_reading_mandatory(reading, "the SQL of a migration");
        migration->down_sql = sp_reading_text(reading, "the down SQL of a migration");
        return;
    }
    const char *sql = sp_reading_text(reading, "the SQL of a tombstone");
    if (sp_reading_text(reading, "the down SQL of a tombstone") != NULL || sql != NULL)
        sp_reading_refuse(reading, NULL, "a tombstone has SQL");
}

static void
read_migration(SpReading *reading, GHashTable *seen G_GNUC_UNUSED)
{
    SpMigration migration = {0};
    migration.version = sp_wire_get_number(&reading->wire);
    guint flags = sp_wire_get_number(&reading->wire);
    migration.is_tombstone = (flags & SP_MIGRATION_TOMBSTONE) != 0;
    migration.name = sp_reading_word(reading, SP_WORD_MIGRATION_NAME, "the name of a migration");
    read_migration_sql(reading, &migration);
    const char *name = migration.name ? migration.name : "";
    migration.source =
        read_source(reading, g_strdup_printf("migration %03u_%s", migration.version, name));
    migration.down_source =
        read_source(reading, g_strdup_printf("migration %03u_%s (down)", migration.version, name));
    if (migration.sql == NULL)
        migration.sql = "";
    migration.directives = read_directives(reading, &migration);
    migration.is_transactional =
        (flags & SP_MIGRATION_NO_TRANSACTION) == 0 && !migration.directives->no_transaction;
    check_migration(reading, &migration, flags);
    g_array_append_val(reading->extension->migrations, migration);
}

static void
read_seed(SpReading *reading, GHashTable *seen)
{
    SpSeed seed = {0};
    seed.id = sp_reading_word(reading, SP_WORD_SEED_ID, "the id of a seed");
    seed.sql = sp_reading_mandatory(reading, "the SQL of a seed");
    seed.source = read_source(reading, g_strdup_printf("seed %s", seed.id ? seed.id : ""));
    check_unique(reading, seen, seed.id, "seed");
    g_array_append_val(reading->extension->seeds, seed);
}

static void
read_retirement(SpReading *reading, GHashTable *seen G_GNUC_UNUSED)
{
    guint number = reading->extension->retirements->len + 1;
    SpRetirement retirement = {0};
    retirement.sql = sp_reading_mandatory(reading, "the SQL of a retirement");
    retirement.source = read_source(reading, g_strdup_printf("retirement %u", number));
    g_array_append_val(reading->extension->retirements, retirement);
}

/* "users" and "public.users" are one table. */
static void
read_cross_table(SpReading *reading, GHashTable *seen)
{
    const char *what = "the cross-extension table";
    const char *table = sp_reading_word(reading, SP_WORD_TABLE, what);
    if (table == NULL)
        return;
    g_autofree char *full = g_strconcat(strchr(table, '.') ? "" : "public.", table, NULL);
    check_unique(reading, seen, g_string_chunk_insert(reading->extension->texts, full), what);
    g_ptr_array_add(reading->extension->cross_tables, (gpointer)table);
}

typedef struct {
    const char *name;
    void (*read)(SpReading *reading, GHashTable *seen);
} List;

/* In their order in the declaration. */
static const List lists[] = {
    {"dependencies", read_dependency},
    {"schemas", read_schema},
    {"migrations", read_migration},
    {"seeds", read_seed},
    {"cross_extension_tables", read_cross_table},
    {"retirements", read_retirement},
};

static void
read_list(SpReading *reading, const List *kind)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    guint n = sp_wire_get_count(&reading->wire);
    reading->list = kind->name;
    reading->wire.is_broken = reading->wire.is_broken || n > SP_DECLARATION_ITEMS_MAX;
    for (reading->index = 0; reading->index < n && !reading->wire.is_broken; reading->index++)
        kind->read(reading, seen);
    reading->list = NULL;
}

static int
compare_migrations(gconstpointer a, gconstpointer b)
{
    guint x = ((const SpMigration *)a)->version, y = ((const SpMigration *)b)->version;
    return (x > y) - (x < y);
}

static void
sort_migrations(SpReading *reading)
{
    GArray *migrations = reading->extension->migrations;
    g_array_sort(migrations, compare_migrations);
    for (guint i = 1; i < migrations->len; i++) {
        const SpMigration *before = &g_array_index(migrations, SpMigration, i - 1);
        const SpMigration *this = &g_array_index(migrations, SpMigration, i);
        if (before->version == this->version)
            sp_reading_refuse(reading, NULL,
                              "migration version %03u is declared twice, by \"%s\" and \"%s\"",
                              this->version, before->source, this->source);
    }
}

static SpExtension *
extension_alloc(GBytes *declaration, const char *path)
{
    SpExtension *extension = g_atomic_rc_box_new0(SpExtension);
    extension->declaration = g_bytes_ref(declaration);
    extension->texts = g_string_chunk_new(256);
    extension->path = g_string_chunk_insert(extension->texts, path);
    extension->dependencies = g_array_new(FALSE, FALSE, sizeof(SpDependency));
    extension->schemas = g_array_new(FALSE, FALSE, sizeof(SpSchema));
    extension->migrations = g_array_new(FALSE, FALSE, sizeof(SpMigration));
    extension->seeds = g_array_new(FALSE, FALSE, sizeof(SpSeed));
    extension->retirements = g_array_new(FALSE, FALSE, sizeof(SpRetirement));
    extension->column_lists = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    extension->directives = g_ptr_array_new_with_free_func((GDestroyNotify)sp_directives_free);
    extension->cross_tables = g_ptr_array_new();
    return extension;
}

/* Who owns what is installed is part of it. @role: (nullable) */
static char *
digest_of(GBytes *declaration, const char *role)
{
    gsize size;
    const guchar *data = g_bytes_get_data(declaration, &size);
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(checksum, (const guchar *)DIGEST_FORMAT, sizeof DIGEST_FORMAT);
    g_checksum_update(checksum, data, (gssize)size);
    if (role != NULL)
        g_checksum_update(checksum, (const guchar *)role, (gssize)strlen(role));
    return g_strdup(g_checksum_get_string(checksum));
}

static gboolean
read_all(SpReading *reading)
{
    read_head(reading);
    read_hooks(reading);
    for (guint i = 0; i < G_N_ELEMENTS(lists) && !reading->wire.is_broken; i++)
        read_list(reading, &lists[i]);
    return sp_wire_is_read(&reading->wire);
}

SpExtension *
sp_extension_new(GBytes *declaration, const char *path, SpFindings *findings)
{
    return sp_extension_new_with_role(declaration, path, NULL, findings);
}

static void
take_role(SpExtension *extension, const char *prefix)
{
    g_autofree char *role = sp_role_name(prefix, extension->id);
    extension->role = g_string_chunk_insert(extension->texts, role);
}

SpExtension *
sp_extension_new_with_role(GBytes *declaration, const char *path, const char *role_prefix,
                           SpFindings *findings)
{
    g_autoptr(SpExtension) extension = extension_alloc(declaration, path);
    SpReading reading = {
        .extension = extension, .wire = sp_wire(declaration), .findings = findings};
    if (!read_all(&reading))
        sp_reading_refuse(&reading, NULL, "the declaration cannot be read");
    if (role_prefix != NULL && extension->id != NULL)
        take_role(extension, role_prefix);
    g_autofree char *digest = digest_of(declaration, extension->role);
    extension->digest = g_string_chunk_insert(extension->texts, digest);
    g_ptr_array_add(extension->cross_tables, NULL);
    sort_migrations(&reading);
    return reading.is_refused ? NULL : g_steal_pointer(&extension);
}

SpExtension *
sp_extension_ref(SpExtension *extension)
{
    return g_atomic_rc_box_acquire(extension);
}

static void
extension_clear(gpointer data)
{
    SpExtension *extension = data;
    g_array_unref(extension->dependencies);
    g_array_unref(extension->schemas);
    g_array_unref(extension->migrations);
    g_array_unref(extension->seeds);
    g_array_unref(extension->retirements);
    g_ptr_array_unref(extension->column_lists);
    g_ptr_array_unref(extension->directives);
    g_ptr_array_unref(extension->cross_tables);
    g_string_chunk_free(extension->texts);
    g_bytes_unref(extension->declaration);
}

void
sp_extension_unref(SpExtension *extension)
{
    if (extension != NULL)
        g_atomic_rc_box_release_full(extension, extension_clear);
}

#define TEXT_ACCESSOR(member)                                           \
    const char *sp_extension_get_##member(const SpExtension *extension) \
    {                                                                   \
        return extension->member;                                       \
    }

TEXT_ACCESSOR(path)
TEXT_ACCESSOR(id)
TEXT_ACCESSOR(name)
TEXT_ACCESSOR(version)
TEXT_ACCESSOR(description)
TEXT_ACCESSOR(license)
TEXT_ACCESSOR(homepage)
TEXT_ACCESSOR(config_group)
TEXT_ACCESSOR(digest)
TEXT_ACCESSOR(role)

#define LIST_ACCESSORS(item, list, Type)                                           \
    guint sp_extension_get_n_##list(const SpExtension *extension)                  \
    {                                                                              \
        return extension->list->len;                                               \
    }                                                                              \
    const Type *sp_extension_get_##item(const SpExtension *extension, guint index) \
    {                                                                              \
        g_return_val_if_fail(index < extension->list->len, NULL);                  \
        return &g_array_index(extension->list, Type, index);                       \
    }

LIST_ACCESSORS(dependency, dependencies, SpDependency)
LIST_ACCESSORS(schema, schemas, SpSchema)
LIST_ACCESSORS(migration, migrations, SpMigration)
LIST_ACCESSORS(seed, seeds, SpSeed)
LIST_ACCESSORS(retirement, retirements, SpRetirement)

guint
sp_extension_get_priority(const SpExtension *extension)
{
    return extension->priority;
}

gboolean
sp_extension_is_required(const SpExtension *extension)
{
    return extension->is_required;
}

void
sp_extension_get_abi(const SpExtension *extension, guint *out_major, guint *out_minor,
                     guint *out_min_minor)
{
    *out_major = extension->abi_major;
    *out_minor = extension->abi_minor;
    *out_min_minor = extension->abi_min_minor;
}

const char *const *
sp_extension_get_hooks(const SpExtension *extension)
{
    return extension->hooks;
}

const char *const *
sp_extension_get_cross_tables(const SpExtension *extension)
{
    return (const char *const *)extension->cross_tables->pdata;
}
