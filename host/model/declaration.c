/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/declaration.h"

#include "base/abi.h"
#include "base/error.h"

#include <string.h>

#define TEXT "may"
#define HEADER "(uuuutt)"
#define DEPENDENCY "(" TEXT TEXT "u)"
#define SCHEMA "(" TEXT TEXT TEXT "a" TEXT TEXT ")"
#define MIGRATION "(uu" TEXT TEXT TEXT TEXT TEXT ")"
#define SEED "(" TEXT TEXT TEXT ")"
#define HOOKS "(bbb)"
#define RETIREMENT "(" TEXT TEXT ")"
#define DECLARATION                              \
    "(" HEADER TEXT TEXT TEXT TEXT TEXT TEXT "u" \
    "a" DEPENDENCY "a" SCHEMA "a" MIGRATION "a" SEED "a" TEXT TEXT HOOKS "a" RETIREMENT ")"

#define TEXT_MAX (16u << 20)
#define TOTAL_MAX (64u << 20)
#define COUNT_MAX 100000u
#define ITEM_SIZE_MAX 4096u

/* What a struct is at least: up to the end of the last member that the ABI that brought it gave it,
 * whatever later minors append. */
#define SIZE_UP_TO(type, last) (offsetof(type, last) + sizeof(((type *)NULL)->last))
#define HOOKS_SIZE_1_0 SIZE_UP_TO(struct sp_hooks, stop)

/* The first error sticks, and every later read yields nothing; so the readers need no checks of
 * their own. */
typedef struct {
    GError *error;
    gsize remaining;
} Reader;

typedef union {
    const char *text;
    struct sp_dependency dependency;
    struct sp_schema schema;
    struct sp_migration migration;
    struct sp_seed seed;
    struct sp_retirement retirement;
} Item;

typedef struct {
    const char *name;
    const char *type; /* of the whole list */
    gsize size;       /* of the item as this host knows it */
    gsize min_size;   /* of the item in the ABI that brought it */
    gsize max_size;
    GVariant *(*read)(Reader *reader, const Item *item);
} ListKind;

const GVariantType *
sp_declaration_type(void)
{
    return G_VARIANT_TYPE(DECLARATION);
}

static void G_GNUC_PRINTF(3, 4) refuse(Reader *reader, const char *detail, const char *format, ...)
{
    if (reader->error != NULL)
        return;
    va_list args;
    va_start(args, format);
    g_autofree char *problem = g_strdup_vprintf(format, args);
    va_end(args);
    sp_error_set(&reader->error, SP_ERROR_INVALID_EXTENSION, detail, NULL, "%s", problem);
}

static gboolean
take(Reader *reader, gsize bytes)
{
    if (bytes > reader->remaining)
        refuse(reader, "A declaration has at most 64 MiB.", "the declaration is too large");
    if (reader->error != NULL)
        return FALSE;
    reader->remaining -= bytes;
    return TRUE;
}

static GVariant *
read_text(Reader *reader, const char *text)
{
    const GVariantType *bytes = G_VARIANT_TYPE_BYTESTRING;
    if (text == NULL || reader->error != NULL)
        return g_variant_new_maybe(bytes, NULL);
    gsize length = strnlen(text, TEXT_MAX + 1);
    if (length > TEXT_MAX)
        refuse(reader, "A text has at most 16 MiB.", "a text of the declaration is too long");
    if (!take(reader, length + 1))
        return g_variant_new_maybe(bytes, NULL);
    return g_variant_new_maybe(bytes,
                               g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, text, length + 1, 1));
}

static gboolean
check_list(Reader *reader, const ListKind *kind, const struct sp_list *list)
{
    if (list->count == 0 || reader->error != NULL)
        return FALSE;
    g_autofree char *count =
        g_strdup_printf("It says that it has %" G_GUINT64_FORMAT " items; at most %u are accepted.",
                        list->count, COUNT_MAX);
    g_autofree char *size =
        g_strdup_printf("Its item_size is %" G_GUINT64_FORMAT "; %" G_GSIZE_FORMAT
                        " to %" G_GSIZE_FORMAT " are accepted.",
                        list->item_size, kind->min_size, kind->max_size);
    if (list->count > COUNT_MAX)
        refuse(reader, count, "list \"%s\" has too many items", kind->name);
    else if (list->items == NULL)
        refuse(reader, count, "list \"%s\" has a count but no items", kind->name);
    else if (list->item_size < kind->min_size || list->item_size > kind->max_size)
        refuse(reader, size, "list \"%s\" has items of an impossible size", kind->name);
    return reader->error == NULL;
}

static GVariant *
read_list(Reader *reader, const ListKind *kind, const struct sp_list *list)
{
    GVariantBuilder builder;
    g_variant_builder_init(&builder, G_VARIANT_TYPE(kind->type));
    gsize count = check_list(reader, kind, list) ? list->count : 0;
    const char *at = list->items;
    for (gsize i = 0; i < count && take(reader, kind->size); i++, at += list->item_size) {
        Item item = {0};
        memcpy(&item, at, MIN(list->item_size, kind->size));
        g_variant_builder_add_value(&builder, kind->read(reader, &item));
    }
    return g_variant_builder_end(&builder);
}

static GVariant *
read_text_item(Reader *reader, const Item *item)
{
    return read_text(reader, item->text);
}

static GVariant *
read_dependency(Reader *reader, const Item *item)
{
    const struct sp_dependency *dependency = &item->dependency;
    if (dependency->reserved != 0)
        refuse(reader, NULL, "a reserved member of a dependency is not 0");
    GVariant *members[] = {
        read_text(reader, dependency->id),
        read_text(reader, dependency->version_range),
        g_variant_new_uint32(dependency->flags),
    };
    return g_variant_new_tuple(members, G_N_ELEMENTS(members));
}

/* Pointers cannot grow, other items can. */
#define TEXT_LIST(name)                                                                \
    {                                                                                  \
        name, "a" TEXT, sizeof(char *), sizeof(char *), sizeof(char *), read_text_item \
    }
#define STRUCT_LIST(name, type, item, last, read)                                 \
    {                                                                             \
        name, "a" type, sizeof(item), SIZE_UP_TO(item, last), ITEM_SIZE_MAX, read \
    }

static const ListKind column_list = TEXT_LIST("required_columns");
static const ListKind cross_table_list = TEXT_LIST("cross_extension_tables");

static GVariant *
read_schema(Reader *reader, const Item *item)
{
    const struct sp_schema *schema = &item->schema;
    GVariant *members[] = {
        read_text(reader, schema->table),
        read_text(reader, schema->namespace_name),
        read_text(reader, schema->sql),
        read_list(reader, &column_list, &schema->required_columns),
        read_text(reader, schema->source),
    };
    return g_variant_new_tuple(members, G_N_ELEMENTS(members));
}

static GVariant *
read_migration(Reader *reader, const Item *item)
{
    const struct sp_migration *migration = &item->migration;
    GVariant *members[] = {
        g_variant_new_uint32(migration->version),  g_variant_new_uint32(migration->flags),
        read_text(reader, migration->name),        read_text(reader, migration->sql),
        read_text(reader, migration->down_sql),    read_text(reader, migration->source),
        read_text(reader, migration->down_source),
    };
    return g_variant_new_tuple(members, G_N_ELEMENTS(members));
}

static GVariant *
read_seed(Reader *reader, const Item *item)
{
    const struct sp_seed *seed = &item->seed;
    GVariant *members[] = {
        read_text(reader, seed->id),
        read_text(reader, seed->sql),
        read_text(reader, seed->source),
    };
    return g_variant_new_tuple(members, G_N_ELEMENTS(members));
}

static GVariant *
read_retirement(Reader *reader, const Item *item)
{
    GVariant *members[] = {
        read_text(reader, item->retirement.sql),
        read_text(reader, item->retirement.source),
    };
    return g_variant_new_tuple(members, G_N_ELEMENTS(members));
}

static const ListKind dependency_list =
    STRUCT_LIST("dependencies", DEPENDENCY, struct sp_dependency, reserved, read_dependency);
static const ListKind schema_list =
    STRUCT_LIST("schemas", SCHEMA, struct sp_schema, source, read_schema);
static const ListKind migration_list =
    STRUCT_LIST("migrations", MIGRATION, struct sp_migration, down_source, read_migration);
static const ListKind seed_list = STRUCT_LIST("seeds", SEED, struct sp_seed, source, read_seed);
static const ListKind retirement_list =
    STRUCT_LIST("retirements", RETIREMENT, struct sp_retirement, source, read_retirement);

static GVariant *
read_hooks(Reader *reader, const struct sp_extension_vtable *vtable)
{
    struct sp_hooks hooks = {0};
    if (vtable->hooks != NULL)
        memcpy(&hooks, vtable->hooks, sizeof hooks.struct_size);
    if (vtable->hooks != NULL && hooks.struct_size < HOOKS_SIZE_1_0)
        refuse(reader, NULL, "struct_size of the hooks is %u, below that of ABI 1.0",
               hooks.struct_size);
    else if (vtable->hooks != NULL)
        memcpy(&hooks, vtable->hooks, MIN(hooks.struct_size, sizeof hooks));
    if (hooks.reserved != 0)
        refuse(reader, NULL, "a reserved member of the hooks is not 0");
    return g_variant_new(HOOKS, hooks.start != NULL, hooks.stop != NULL,
                         vtable->validate_config != NULL);
}

static GVariant *
read_vtable(Reader *reader, const struct sp_extension_vtable *vtable)
{
    if (vtable->reserved != 0)
        refuse(reader, NULL, "a reserved member of the vtable is not 0");
    GVariant *members[] = {
        [SP_DECLARATION_HEADER] =
            g_variant_new(HEADER, vtable->abi_major, vtable->abi_minor, vtable->struct_size,
                          vtable->abi_min_minor, vtable->required_features, vtable->flags),
        [SP_DECLARATION_ID] = read_text(reader, vtable->id),
        [SP_DECLARATION_NAME] = read_text(reader, vtable->name),
        [SP_DECLARATION_VERSION] = read_text(reader, vtable->version),
        [SP_DECLARATION_DESCRIPTION] = read_text(reader, vtable->description),
        [SP_DECLARATION_LICENSE] = read_text(reader, vtable->license),
        [SP_DECLARATION_HOMEPAGE] = read_text(reader, vtable->homepage),
        [SP_DECLARATION_PRIORITY] = g_variant_new_uint32(vtable->priority),
        [SP_DECLARATION_DEPENDENCIES] = read_list(reader, &dependency_list, &vtable->dependencies),
        [SP_DECLARATION_SCHEMAS] = read_list(reader, &schema_list, &vtable->schemas),
        [SP_DECLARATION_MIGRATIONS] = read_list(reader, &migration_list, &vtable->migrations),
        [SP_DECLARATION_SEEDS] = read_list(reader, &seed_list, &vtable->seeds),
        [SP_DECLARATION_CROSS_TABLES] =
            read_list(reader, &cross_table_list, &vtable->cross_extension_tables),
        [SP_DECLARATION_CONFIG_GROUP] = read_text(reader, vtable->config_group),
        [SP_DECLARATION_HOOKS] = read_hooks(reader, vtable),
        [SP_DECLARATION_RETIREMENTS] = read_list(reader, &retirement_list, &vtable->retirements),
    };
    return g_variant_ref_sink(g_variant_new_tuple(members, G_N_ELEMENTS(members)));
}

GVariant *
sp_declaration_new(const struct sp_extension_vtable *vtable, guint64 symbol_size, GError **error)
{
    g_return_val_if_fail(vtable != NULL, NULL);
    struct sp_extension_vtable copy = {0};
    memcpy(&copy, vtable, MIN(symbol_size, SP_ABI_HEAD_SIZE));
    if (!sp_abi_check(&copy, symbol_size, error))
        return NULL;
    gsize known = MIN(copy.struct_size, sizeof copy);
    memcpy((char *)&copy + SP_ABI_HEAD_SIZE, (const char *)vtable + SP_ABI_HEAD_SIZE,
           known - SP_ABI_HEAD_SIZE);

    Reader reader = {.remaining = TOTAL_MAX};
    g_autoptr(GVariant) declaration = read_vtable(&reader, &copy);
    if (reader.error != NULL) {
        g_propagate_error(error, reader.error);
        return NULL;
    }
    return g_steal_pointer(&declaration);
}
