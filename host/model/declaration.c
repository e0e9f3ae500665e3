/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/declaration.h"

#include "base/abi.h"
#include "base/error.h"
#include "base/wire.h"

#include <string.h>

#define TEXT_MAX (16u << 20)
#define TOTAL_MAX (64u << 20)
#define ITEM_SIZE_MAX 4096u

/* What a struct is at least: up to the end of the last member that the ABI that brought it gave it,
 * whatever later minors append. */
#define SIZE_UP_TO(type, last) (offsetof(type, last) + sizeof(((type *)NULL)->last))
#define HOOKS_SIZE_1_0 SIZE_UP_TO(struct sp_hooks, stop)

/* The first error sticks, and every later read yields nothing; so the readers need no checks of
 * their own. */
typedef struct {
    GByteArray *copy;
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
    gsize size;     /* of the item as this host knows it */
    gsize min_size; /* of the item in the ABI that brought it */
    gsize max_size;
    void (*read)(Reader *reader, const Item *item);
} ListKind;

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

static void
read_text(Reader *reader, const char *text)
{
    gsize length = text != NULL && reader->error == NULL ? strnlen(text, TEXT_MAX + 1) : 0;
    if (length > TEXT_MAX)
        refuse(reader, "A text has at most 16 MiB.", "a text of the declaration is too long");
    if (text != NULL && take(reader, length + 1))
        sp_wire_put_text_len(reader->copy, text, length);
    else
        sp_wire_put_text(reader->copy, NULL);
}

static gboolean
check_list(Reader *reader, const ListKind *kind, const struct sp_list *list)
{
    if (list->count == 0 || reader->error != NULL)
        return FALSE;
    g_autofree char *count =
        g_strdup_printf("It says that it has %" G_GUINT64_FORMAT " items; at most %u are accepted.",
                        list->count, SP_DECLARATION_ITEMS_MAX);
    g_autofree char *size =
        g_strdup_printf("Its item_size is %" G_GUINT64_FORMAT "; %" G_GSIZE_FORMAT
                        " to %" G_GSIZE_FORMAT " are accepted.",
                        list->item_size, kind->min_size, kind->max_size);
    if (list->count > SP_DECLARATION_ITEMS_MAX)
        refuse(reader, count, "list \"%s\" has too many items", kind->name);
    else if (list->items == NULL)
        refuse(reader, count, "list \"%s\" has a count but no items", kind->name);
    else if (list->item_size < kind->min_size || list->item_size > kind->max_size)
        refuse(reader, size, "list \"%s\" has items of an impossible size", kind->name);
    return reader->error == NULL;
}

static void
read_list(Reader *reader, const ListKind *kind, const struct sp_list *list)
{
    gsize count = check_list(reader, kind, list) ? list->count : 0;
    const char *at = list->items;
    sp_wire_put_number(reader->copy, (guint32)count);
    for (gsize i = 0; i < count && take(reader, kind->size); i++, at += list->item_size) {
        Item item = {0};
        memcpy(&item, at, MIN(list->item_size, kind->size));
        kind->read(reader, &item);
    }
}

static void
read_text_item(Reader *reader, const Item *item)
{
    read_text(reader, item->text);
}

static void
read_dependency(Reader *reader, const Item *item)
{
    const struct sp_dependency *dependency = &item->dependency;
    if (dependency->reserved != 0)
        refuse(reader, NULL, "a reserved member of a dependency is not 0");
    read_text(reader, dependency->id);
    read_text(reader, dependency->version_range);
    sp_wire_put_number(reader->copy, dependency->flags);
}

/* Pointers cannot grow, other items can. */
#define TEXT_LIST(name)                                                      \
    {                                                                        \
        name, sizeof(char *), sizeof(char *), sizeof(char *), read_text_item \
    }
#define STRUCT_LIST(name, item, last, read)                             \
    {                                                                   \
        name, sizeof(item), SIZE_UP_TO(item, last), ITEM_SIZE_MAX, read \
    }

static const ListKind column_list = TEXT_LIST("required_columns");
static const ListKind cross_table_list = TEXT_LIST("cross_extension_tables");

static void
read_schema(Reader *reader, const Item *item)
{
    const struct sp_schema *schema = &item->schema;
    read_text(reader, schema->table);
    read_text(reader, schema->namespace_name);
    read_text(reader, schema->sql);
    read_list(reader, &column_list, &schema->required_columns);
    read_text(reader, schema->source);
}

static void
read_migration(Reader *reader, const Item *item)
{
    const struct sp_migration *migration = &item->migration;
    sp_wire_put_number(reader->copy, migration->version);
    sp_wire_put_number(reader->copy, migration->flags);
    read_text(reader, migration->name);
    read_text(reader, migration->sql);
    read_text(reader, migration->down_sql);
    read_text(reader, migration->source);
    read_text(reader, migration->down_source);
}

static void
read_seed(Reader *reader, const Item *item)
{
    read_text(reader, item->seed.id);
    read_text(reader, item->seed.sql);
    read_text(reader, item->seed.source);
}

static void
read_retirement(Reader *reader, const Item *item)
{
    read_text(reader, item->retirement.sql);
    read_text(reader, item->retirement.source);
}

static const ListKind dependency_list =
    STRUCT_LIST("dependencies", struct sp_dependency, reserved, read_dependency);
static const ListKind schema_list = STRUCT_LIST("schemas", struct sp_schema, source, read_schema);
static const ListKind migration_list =
    STRUCT_LIST("migrations", struct sp_migration, down_source, read_migration);
static const ListKind seed_list = STRUCT_LIST("seeds", struct sp_seed, source, read_seed);
static const ListKind retirement_list =
    STRUCT_LIST("retirements", struct sp_retirement, source, read_retirement);

static void
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
    sp_wire_put_number(reader->copy, hooks.start != NULL);
    sp_wire_put_number(reader->copy, hooks.stop != NULL);
    sp_wire_put_number(reader->copy, vtable->validate_config != NULL);
}

static void
read_head(Reader *reader, const struct sp_extension_vtable *vtable)
{
    const char *const texts[] = {vtable->id,          vtable->name,    vtable->version,
                                 vtable->description, vtable->license, vtable->homepage,
                                 vtable->config_group};
    if (vtable->reserved != 0)
        refuse(reader, NULL, "a reserved member of the vtable is not 0");
    sp_wire_put_number(reader->copy, vtable->abi_major);
    sp_wire_put_number(reader->copy, vtable->abi_minor);
    sp_wire_put_number(reader->copy, vtable->abi_min_minor);
    sp_wire_put_large(reader->copy, vtable->flags);
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        read_text(reader, texts[i]);
    sp_wire_put_number(reader->copy, vtable->priority);
}

static void
read_vtable(Reader *reader, const struct sp_extension_vtable *vtable)
{
    read_head(reader, vtable);
    read_hooks(reader, vtable);
    read_list(reader, &dependency_list, &vtable->dependencies);
    read_list(reader, &schema_list, &vtable->schemas);
    read_list(reader, &migration_list, &vtable->migrations);
    read_list(reader, &seed_list, &vtable->seeds);
    read_list(reader, &cross_table_list, &vtable->cross_extension_tables);
    read_list(reader, &retirement_list, &vtable->retirements);
}

GBytes *
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

    g_autoptr(GByteArray) bytes = g_byte_array_new();
    Reader reader = {.copy = bytes, .remaining = TOTAL_MAX};
    read_vtable(&reader, &copy);
    if (reader.error != NULL) {
        g_propagate_error(error, reader.error);
        return NULL;
    }
    return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
}
