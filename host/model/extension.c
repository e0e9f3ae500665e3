/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/extension.h"

#include "base/error.h"
#include "model/declaration.h"
#include "model/version.h"
#include "model/word.h"

#include <string.h>

#define TITLE_MAX 1000
/* A stranger's text that is quoted in a problem may be endless. */
#define PROBLEM_MAX 400

struct SpExtension {
    GStringChunk *texts; /* every text below */
    const char *path, *id, *name, *version, *description, *license, *homepage, *config_group;
    guint abi_major, abi_minor, abi_min_minor;
    guint priority;
    gboolean is_required;
    GArray *dependencies; /* SpDependency */
    GArray *schemas;      /* SpSchema; their lists of columns are owned by column_lists */
    GArray *migrations;   /* SpMigration, by version */
    GArray *seeds;        /* SpSeed */
    GPtrArray *column_lists;
    GPtrArray *directives;   /* SpDirectives of the migrations */
    GPtrArray *cross_tables; /* texts, NULL-terminated */
    const char *hooks[4];    /* NULL-terminated */
};

/* What checking carries along. */
typedef struct {
    SpExtension *extension;
    SpFindings *findings;
    const char *list; /* (nullable): where the check is, as the plugin's author counts */
    gsize index;
    gboolean is_refused;
} Check;

/* @error: (transfer full) */
static void
add_refusal(Check *check, GError *error)
{
    SpPlace place = {.path = check->extension->path, .extension = check->extension->id};
    sp_error_place(error, &place);
    sp_findings_refuse(check->findings, error);
    check->is_refused = TRUE;
}

static void G_GNUC_PRINTF(3, 4) refuse(Check *check, const char *detail, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *problem = g_strdup_vprintf(format, args);
    va_end(args);
    gboolean is_cut = strlen(problem) > PROBLEM_MAX;
    if (is_cut)
        *g_utf8_find_prev_char(problem, problem + PROBLEM_MAX) = '\0';
    g_autofree char *where = check->list != NULL ? g_strdup_printf(" in %s[%" G_GSIZE_FORMAT "]",
                                                                   check->list, check->index)
                                                 : g_strdup("");
    add_refusal(check, sp_error_new(SP_ERROR_INVALID_EXTENSION, detail, NULL, "%s%s%s", problem,
                                    is_cut ? "..." : "", where));
}

/* Reads a text that may be absent, and refuses one that is not UTF-8. */
static const char *
read_text(Check *check, GVariant *tuple, gsize index, const char *what)
{
    g_autoptr(GVariant) maybe = g_variant_get_child_value(tuple, index);
    g_autoptr(GVariant) bytes = g_variant_get_maybe(maybe);
    if (bytes == NULL)
        return NULL;
    gsize size;
    const char *text = g_variant_get_fixed_array(bytes, &size, 1);
    if (size > 0 && text[size - 1] == '\0' && g_utf8_validate(text, (gssize)size - 1, NULL))
        return g_string_chunk_insert_len(check->extension->texts, text, (gssize)size - 1);
    refuse(check, NULL, "%s is not valid UTF-8", what);
    return NULL;
}

static const char *
read_mandatory(Check *check, GVariant *tuple, gsize index, const char *what)
{
    g_autoptr(GVariant) maybe = g_variant_get_child_value(tuple, index);
    if (g_variant_n_children(maybe) == 0) {
        refuse(check, "It must not be NULL.", "%s is missing", what);
        return NULL;
    }
    const char *text = read_text(check, tuple, index, what);
    if (text == NULL || *text != '\0')
        return text;
    refuse(check, NULL, "%s is empty", what);
    return NULL;
}

/* (nullable): @text (nullable) where it fits. */
static const char *
check_word(Check *check, const char *text, SpWord kind, const char *what)
{
    if (text == NULL || sp_word_fits(kind, text))
        return text;
    refuse(check, sp_word_rule(kind), "%s \"%s\" does not fit", what, text);
    return NULL;
}

static const char *
read_word(Check *check, GVariant *tuple, gsize index, SpWord kind, const char *what)
{
    return check_word(check, read_mandatory(check, tuple, index, what), kind, what);
}

/* A database identifier that may be absent. */
static const char *
read_identifier(Check *check, GVariant *tuple, gsize index, const char *what)
{
    return check_word(check, read_text(check, tuple, index, what), SP_WORD_IDENTIFIER, what);
}

static const char *
read_title(Check *check, GVariant *tuple, gsize index, const char *what)
{
    const char *text = read_mandatory(check, tuple, index, what);
    if (text != NULL && strlen(text) > TITLE_MAX)
        refuse(check, "At most 1000 bytes are accepted.", "%s is too long", what);
    return text;
}

static void
read_header(Check *check, GVariant *declaration)
{
    SpExtension *extension = check->extension;
    guint64 features, flags;
    guint struct_size;
    g_variant_get_child(declaration, SP_DECLARATION_HEADER, "(uuuutt)", &extension->abi_major,
                        &extension->abi_minor, &struct_size, &extension->abi_min_minor, &features,
                        &flags);
    extension->is_required = (flags & SP_EXTENSION_REQUIRED) != 0;
    extension->id = read_word(check, declaration, SP_DECLARATION_ID, SP_WORD_ID, "the id");
    extension->name = read_title(check, declaration, SP_DECLARATION_NAME, "the name");
    extension->version = read_title(check, declaration, SP_DECLARATION_VERSION, "the version");
    if (extension->version != NULL && !sp_version_is_valid(extension->version))
        refuse(check, "It has the form MAJOR.MINOR.PATCH, as in \"1.4.0\".",
               "the version \"%s\" does not fit", extension->version);
    extension->description =
        read_text(check, declaration, SP_DECLARATION_DESCRIPTION, "the description");
    extension->license = read_text(check, declaration, SP_DECLARATION_LICENSE, "the license");
    extension->homepage = read_text(check, declaration, SP_DECLARATION_HOMEPAGE, "the homepage");
    extension->config_group =
        read_text(check, declaration, SP_DECLARATION_CONFIG_GROUP, "the configuration group");
    g_variant_get_child(declaration, SP_DECLARATION_PRIORITY, "u", &extension->priority);
}

static void
read_hooks(SpExtension *extension, GVariant *declaration)
{
    static const char *const names[] = {"start", "stop", "validate_config"};
    gboolean has[G_N_ELEMENTS(names)];
    g_variant_get_child(declaration, SP_DECLARATION_HOOKS, "(bbb)", &has[0], &has[1], &has[2]);
    for (guint i = 0, n = 0; i < G_N_ELEMENTS(names); i++)
        if (has[i])
            extension->hooks[n++] = names[i];
}

/* Says that @text stood before in the list; adds it otherwise. */
static void
check_unique(Check *check, GHashTable *seen, const char *text, const char *what)
{
    if (text != NULL && !g_hash_table_add(seen, (gpointer)text))
        refuse(check, NULL, "%s \"%s\" is declared twice", what, text);
}

static void
refuse_circle(Check *check)
{
    const char *id = check->extension->id;
    add_refusal(check, sp_error_new(SP_ERROR_DEPENDENCY_CYCLE, NULL, "Remove the dependency.",
                                    "extension depends on itself: \"%s\" -> \"%s\"", id, id));
}

static void
read_dependency(Check *check, GVariant *item, GHashTable *seen)
{
    guint flags;
    SpDependency dependency = {
        .id = read_word(check, item, 0, SP_WORD_ID, "the id of a dependency"),
        .version_range = read_text(check, item, 1, "the version range of a dependency"),
    };
    g_variant_get_child(item, 2, "u", &flags);
    dependency.is_optional = (flags & SP_DEPENDENCY_OPTIONAL) != 0;
    if ((flags & ~SP_DEPENDENCY_OPTIONAL) != 0)
        refuse(check, NULL, "a dependency has unknown flags 0x%x", flags);
    if (dependency.version_range != NULL && !sp_version_range_is_valid(dependency.version_range))
        refuse(check, "Comparisons joined by commas are accepted, as in \">=1.2,<2\".",
               "the version range \"%s\" does not fit", dependency.version_range);
    if (dependency.id != NULL && g_strcmp0(dependency.id, check->extension->id) == 0)
        refuse_circle(check);
    check_unique(check, seen, dependency.id, "dependency");
    g_array_append_val(check->extension->dependencies, dependency);
}

static const char *const *
read_columns(Check *check, GVariant *item)
{
    g_autoptr(GVariant) list = g_variant_get_child_value(item, 3);
    GPtrArray *columns = g_ptr_array_new();
    for (gsize i = 0; i < g_variant_n_children(list); i++) {
        const char *column = read_word(check, list, i, SP_WORD_IDENTIFIER, "a required column");
        if (column != NULL)
            g_ptr_array_add(columns, (gpointer)column);
    }
    g_ptr_array_add(columns, NULL);
    g_ptr_array_add(check->extension->column_lists, columns);
    return (const char *const *)columns->pdata;
}

/* @fallback: (transfer full): what the text is called when the plugin names no file. */
static const char *
read_source(Check *check, GVariant *item, gsize index, char *fallback)
{
    g_autofree char *name = fallback;
    const char *source = read_text(check, item, index, "the source of a text");
    return source != NULL && *source != '\0' ? source
                                             : g_string_chunk_insert(check->extension->texts, name);
}

static void
read_schema(Check *check, GVariant *item, GHashTable *seen G_GNUC_UNUSED)
{
    guint number = check->extension->schemas->len + 1;
    SpSchema schema = {
        .table = read_identifier(check, item, 0, "the table of a schema"),
        .namespace_name = read_identifier(check, item, 1, "the namespace of a schema"),
        .sql = read_mandatory(check, item, 2, "the SQL of a schema"),
        .required_columns = read_columns(check, item),
        .source = read_source(check, item, 4, g_strdup_printf("schema %u", number)),
    };
    if (schema.namespace_name == NULL)
        schema.namespace_name = "public";
    g_array_append_val(check->extension->schemas, schema);
}

static void
check_migration(Check *check, const SpMigration *migration, guint flags)
{
    if (migration->version > G_MAXINT32)
        refuse(check, "The ledger's column holds at most 2147483647.",
               "migration version %u is too large", migration->version);
    if ((flags & ~(SP_MIGRATION_NO_TRANSACTION | SP_MIGRATION_TOMBSTONE)) != 0)
        refuse(check, NULL, "migration %03u has unknown flags 0x%x", migration->version, flags);
    if (migration->down_sql != NULL && *migration->down_sql == '\0')
        refuse(check, "What cannot be reverted has NULL there.", "the down SQL is empty");
    if (!migration->is_transactional && migration->down_sql != NULL)
        refuse(check, "A migration without a transaction cannot be reverted safely.",
               "migration %03u has down SQL beside NO_TRANSACTION", migration->version);
}

/* What the text of a migration says of itself. */
static const SpDirectives *
read_directives(Check *check, const SpMigration *migration)
{
    g_autoptr(SpFindings) findings = sp_findings_new();
    SpDirectives *directives =
        sp_directives_read(migration->sql, migration->source, TRUE, findings);
    const GPtrArray *refusals = sp_findings_refusals(findings);
    for (guint i = 0; i < refusals->len; i++)
        add_refusal(check, g_error_copy(g_ptr_array_index(refusals, i)));
    g_ptr_array_add(check->extension->directives, directives);
    return directives;
}

/* (nullable): a tombstone has none, whatever its flag says. */
static const char *
read_migration_sql(Check *check, GVariant *item, gboolean is_tombstone)
{
    if (!is_tombstone)
        return read_mandatory(check, item, 3, "the SQL of a migration");
    const char *sql = read_text(check, item, 3, "the SQL of a tombstone");
    if (sql != NULL || read_text(check, item, 4, "the down SQL of a tombstone") != NULL)
        refuse(check, NULL, "a tombstone has SQL");
    return sql;
}

static void
read_migration(Check *check, GVariant *item, GHashTable *seen G_GNUC_UNUSED)
{
    guint flags;
    SpMigration migration = {0};
    g_variant_get_child(item, 0, "u", &migration.version);
    g_variant_get_child(item, 1, "u", &flags);
    migration.is_tombstone = (flags & SP_MIGRATION_TOMBSTONE) != 0;
    migration.name = read_word(check, item, 2, SP_WORD_MIGRATION_NAME, "the name of a migration");
    migration.sql = read_migration_sql(check, item, migration.is_tombstone);
    migration.down_sql = read_text(check, item, 4, "the down SQL of a migration");
    const char *name = migration.name ? migration.name : "";
    migration.source =
        read_source(check, item, 5, g_strdup_printf("migration %03u_%s", migration.version, name));
    migration.down_source = read_source(
        check, item, 6, g_strdup_printf("migration %03u_%s (down)", migration.version, name));
    if (migration.sql == NULL)
        migration.sql = "";
    migration.directives = read_directives(check, &migration);
    migration.is_transactional =
        (flags & SP_MIGRATION_NO_TRANSACTION) == 0 && !migration.directives->no_transaction;
    check_migration(check, &migration, flags);
    g_array_append_val(check->extension->migrations, migration);
}

static void
read_seed(Check *check, GVariant *item, GHashTable *seen)
{
    SpSeed seed = {
        .id = read_word(check, item, 0, SP_WORD_SEED_ID, "the id of a seed"),
        .sql = read_mandatory(check, item, 1, "the SQL of a seed"),
    };
    seed.source = read_source(check, item, 2, g_strdup_printf("seed %s", seed.id ? seed.id : ""));
    check_unique(check, seen, seed.id, "seed");
    g_array_append_val(check->extension->seeds, seed);
}

/* "users" and "public.users" are one table. */
static void
read_cross_table(Check *check, GVariant *list, GHashTable *seen)
{
    const char *what = "the cross-extension table";
    const char *table = read_word(check, list, check->index, SP_WORD_TABLE, what);
    if (table == NULL)
        return;
    g_autofree char *full = g_strconcat(strchr(table, '.') ? "" : "public.", table, NULL);
    check_unique(check, seen, g_string_chunk_insert(check->extension->texts, full), what);
    g_ptr_array_add(check->extension->cross_tables, (gpointer)table);
}

typedef void (*ReadFunc)(Check *check, GVariant *item, GHashTable *seen);

typedef struct {
    const char *name;
    gsize member;
    ReadFunc read; /* given the item; of texts, which have no members, the list */
    gboolean has_texts;
} List;

static const List lists[] = {
    {"dependencies", SP_DECLARATION_DEPENDENCIES, read_dependency, FALSE},
    {"schemas", SP_DECLARATION_SCHEMAS, read_schema, FALSE},
    {"migrations", SP_DECLARATION_MIGRATIONS, read_migration, FALSE},
    {"seeds", SP_DECLARATION_SEEDS, read_seed, FALSE},
    {"cross_extension_tables", SP_DECLARATION_CROSS_TABLES, read_cross_table, TRUE},
};

static void
read_list(Check *check, GVariant *declaration, const List *kind)
{
    g_autoptr(GVariant) list = g_variant_get_child_value(declaration, kind->member);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    gsize n = g_variant_n_children(list);
    check->list = kind->name;
    for (check->index = 0; check->index < n; check->index++) {
        g_autoptr(GVariant) item =
            kind->has_texts ? g_variant_ref(list) : g_variant_get_child_value(list, check->index);
        kind->read(check, item, seen);
    }
    check->list = NULL;
}

static int
compare_migrations(gconstpointer a, gconstpointer b)
{
    guint x = ((const SpMigration *)a)->version, y = ((const SpMigration *)b)->version;
    return (x > y) - (x < y);
}

static void
sort_migrations(Check *check)
{
    GArray *migrations = check->extension->migrations;
    g_array_sort(migrations, compare_migrations);
    for (guint i = 1; i < migrations->len; i++) {
        const SpMigration *before = &g_array_index(migrations, SpMigration, i - 1);
        const SpMigration *this = &g_array_index(migrations, SpMigration, i);
        if (before->version == this->version)
            refuse(check, NULL, "migration version %03u is declared twice, by \"%s\" and \"%s\"",
                   this->version, before->source, this->source);
    }
}

static SpExtension *
extension_alloc(const char *path)
{
    SpExtension *extension = g_atomic_rc_box_new0(SpExtension);
    extension->texts = g_string_chunk_new(4096);
    extension->path = g_string_chunk_insert(extension->texts, path);
    extension->dependencies = g_array_new(FALSE, FALSE, sizeof(SpDependency));
    extension->schemas = g_array_new(FALSE, FALSE, sizeof(SpSchema));
    extension->migrations = g_array_new(FALSE, FALSE, sizeof(SpMigration));
    extension->seeds = g_array_new(FALSE, FALSE, sizeof(SpSeed));
    extension->column_lists = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    extension->directives = g_ptr_array_new_with_free_func((GDestroyNotify)sp_directives_free);
    extension->cross_tables = g_ptr_array_new();
    return extension;
}

SpExtension *
sp_extension_new(GVariant *declaration, const char *path, SpFindings *findings)
{
    g_autoptr(SpExtension) extension = extension_alloc(path);
    Check check = {.extension = extension, .findings = findings};
    if (!g_variant_is_of_type(declaration, sp_declaration_type()) ||
        !g_variant_is_normal_form(declaration)) {
        refuse(&check, NULL, "the declaration cannot be read");
        return NULL;
    }
    read_header(&check, declaration);
    read_hooks(extension, declaration);
    for (guint i = 0; i < G_N_ELEMENTS(lists); i++)
        read_list(&check, declaration, &lists[i]);
    g_ptr_array_add(extension->cross_tables, NULL);
    sort_migrations(&check);
    return check.is_refused ? NULL : g_steal_pointer(&extension);
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
    g_ptr_array_unref(extension->column_lists);
    g_ptr_array_unref(extension->directives);
    g_ptr_array_unref(extension->cross_tables);
    g_string_chunk_free(extension->texts);
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
