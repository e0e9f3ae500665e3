/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/absent.h"

#include "base/error.h"
#include "edge/sql_parser.h"
#include "model/status.h"

#include <string.h>

/* What a check needs at hand; lives on the stack of sp_absent_check(). */
typedef struct {
    const SpDeclared *declared;
    const SpHistory *history;
    SpFindings *findings;
    /* the extension and text being checked */
    const SpExtension *extension;
    const SpScript *script;
    guint next; /* the version of the next migration to propose */
} Check;

/* One CREATE TABLE, as a schema has it. */
typedef struct {
    const SpStatement *statement;
    const SpColumnGift *gift;
    const SpObject *table;
} Listing;

typedef void (*ListingFunc)(const Listing *listing, gpointer data);

static gboolean
is_named(const SpObject *object, const SpTableName *name)
{
    return object->class == SP_OBJECT_RELATION && g_str_equal(object->name, name->name) &&
           g_str_equal(object->namespace_name, name->namespace_name);
}

/* (nullable): what the statement creates by that name, if it stays */
static const SpObject *
find_created(const SpStatement *statement, const SpTableName *name)
{
    for (guint i = 0; i < statement->effects->len; i++) {
        const SpEffect *effect = g_ptr_array_index(statement->effects, i);
        if (effect->action == SP_ACTION_CREATE && !effect->is_temporary &&
            is_named(effect->object, name))
            return effect->object;
    }
    return NULL;
}

static void
each_listing(const SpStatement *statement, ListingFunc visit, gpointer data)
{
    for (guint i = 0; statement->columns != NULL && i < statement->columns->n_gifts; i++) {
        const SpColumnGift *gift = &statement->columns->gifts[i];
        Listing listing = {statement, gift, NULL};
        if (gift->is_listed && gift->n_columns > 0)
            listing.table = find_created(statement, &gift->table);
        if (listing.table != NULL)
            visit(&listing, data);
    }
}

static void
each_listing_of(const SpScript *script, ListingFunc visit, gpointer data)
{
    const GPtrArray *statements = sp_script_get_statements(script);
    if (sp_script_get_role(script) != SP_SCRIPT_SCHEMA)
        return;
    for (guint i = 0; i < statements->len; i++)
        each_listing(g_ptr_array_index(statements, i), visit, data);
}

/* What is installed as it is declared was whole at its end; what it lost since comes back. */
static gboolean
is_changed(const SpPrepared *prepared, const SpHistory *history)
{
    if (!sp_prepared_is_read(prepared))
        return FALSE;
    const SpExtension *extension = sp_prepared_get_extension(prepared);
    const char *id = sp_extension_get_id(extension);
    const char *installed = sp_history_find_declaration(history, id);
    const char *digest = sp_history_find_digest(history, id, SP_PHASE_STRUCTURAL);
    return g_strcmp0(installed, sp_extension_get_digest(extension)) != 0 &&
           g_strcmp0(digest, sp_prepared_get_digest(prepared, SP_PHASE_STRUCTURAL)) != 0;
}

static void
add_table(const Listing *listing, gpointer tables)
{
    g_ptr_array_add(tables, (gpointer)listing->table);
}

GPtrArray *
sp_absent_tables(const SpDeclared *declared, const SpHistory *history)
{
    GPtrArray *tables = g_ptr_array_new();
    for (guint i = 0; i < sp_registry_get_n(sp_declared_get_registry(declared)); i++) {
        const SpPrepared *prepared = sp_declared_get_prepared(declared, i);
        const GPtrArray *scripts = sp_prepared_get_scripts(prepared);
        for (guint j = 0; is_changed(prepared, history) && j < scripts->len; j++)
            each_listing_of(g_ptr_array_index(scripts, j), add_table, tables);
    }
    return tables;
}

static gboolean
has_name(const char *const *names, guint n, const char *name)
{
    for (guint i = 0; i < n; i++)
        if (g_str_equal(names[i], name))
            return TRUE;
    return FALSE;
}

static gboolean
names_in_code(const SpStatement *statement, const char *column)
{
    if ((statement->facts & SP_FACT_IS_PROCEDURAL) == 0)
        return FALSE;
    g_autofree char *text = g_ascii_strdown(statement->sql, -1);
    g_autofree char *name = g_ascii_strdown(column, -1);
    return strstr(text, name) != NULL;
}

/* Whether the statement of a migration says why the column is not there, or brings it. */
static gboolean
explains(const SpStatement *statement, gboolean is_pending, const SpObject *table,
         const char *column)
{
    for (guint i = 0; statement->columns != NULL && i < statement->columns->n_gifts; i++) {
        const SpColumnGift *gift = &statement->columns->gifts[i];
        if (is_named(table, &gift->table) && (gift->is_loss || is_pending) &&
            (gift->is_open || has_name(gift->columns, gift->n_columns, column)))
            return TRUE;
    }
    return names_in_code(statement, column);
}

static gboolean
is_explained_by(const Check *check, const SpPrepared *prepared, const SpObject *table,
                const char *column)
{
    const SpExtension *extension = sp_prepared_get_extension(prepared);
    const char *id = sp_extension_get_id(extension);
    for (guint i = 0; sp_prepared_is_read(prepared) && i < sp_extension_get_n_migrations(extension);
         i++) {
        const SpScript *script = sp_prepared_get_migration(prepared, i);
        guint version = sp_extension_get_migration(extension, i)->version;
        gboolean is_pending = sp_history_find_applied(check->history, id, version) == NULL;
        const GPtrArray *statements = script != NULL ? sp_script_get_statements(script) : NULL;
        for (guint j = 0; statements != NULL && j < statements->len; j++)
            if (explains(g_ptr_array_index(statements, j), is_pending, table, column))
                return TRUE;
    }
    return FALSE;
}

/* Another extension may change the table, too. */
static gboolean
is_explained(const Check *check, const SpObject *table, const char *column)
{
    for (guint i = 0; i < sp_registry_get_n(sp_declared_get_registry(check->declared)); i++)
        if (is_explained_by(check, sp_declared_get_prepared(check->declared, i), table, column))
            return TRUE;
    return FALSE;
}

static char *
join(const char *const *names, guint n)
{
    GString *list = g_string_new(NULL);
    for (guint i = 0; i < n; i++)
        g_string_append_printf(list, "%s\"%s\"", i > 0 ? ", " : "", names[i]);
    return g_string_free(list, FALSE);
}

/* (transfer full): the statement that adds the column, as the schema defines it */
static char *
addition_of(const Listing *listing, guint index)
{
    const char *sql = listing->statement->sql;
    gsize start = listing->gift->offsets[index] - listing->statement->offset;
    gsize end = sp_sql_find_member_end(sql, start, NULL);
    g_autofree char *namespace_name = sp_sql_quote(listing->table->namespace_name);
    g_autofree char *table = sp_sql_quote(listing->table->name);
    g_autofree char *definition = g_strndup(sql + start, end - start);
    return g_strdup_printf("ALTER TABLE %s.%s ADD COLUMN %s;", namespace_name, table, definition);
}

/* A name of a file holds letters, digits and underscores. */
static char *
file_of(guint version, const char *column)
{
    char *name = g_strdup_printf("%03u_add_%s.sql", version, column);
    for (char *c = name; *c != '\0' && c[1] != '\0'; c++)
        if (!g_ascii_isalnum(*c) && *c != '.')
            *c = '_';
    return name;
}

static void
refuse(Check *check, const Listing *listing, const GPtrArray *live, guint index)
{
    const SpColumnGift *gift = listing->gift;
    g_autofree char *declared = join(gift->columns, gift->n_columns);
    g_autofree char *there = join((const char *const *)live->pdata, live->len);
    g_autofree char *table = sp_object_describe(listing->table);
    g_autofree char *file = file_of(check->next++, gift->columns[index]);
    g_autofree char *sql = addition_of(listing, index);
    g_autofree char *detail =
        g_strdup_printf("The schema declares %s; the table in the database has %s. CREATE TABLE IF "
                        "NOT EXISTS leaves it as it is. Nothing was written.",
                        declared, there);
    g_autofree char *hint = g_strdup_printf("Add the migration \"%s\": %s", file, sql);
    GError *error = sp_error_new(SP_ERROR_COLUMN_ABSENT, detail, hint,
                                 "column \"%s\" of table \"%s\" is declared, but not there",
                                 gift->columns[index], table);
    SpPlace place = {.path = sp_extension_get_path(check->extension),
                     .extension = sp_extension_get_id(check->extension),
                     .source = sp_script_get_source(check->script),
                     .phase = sp_phase_nick(SP_PHASE_STRUCTURAL)};
    sp_script_locate(check->script, gift->offsets[index], &place.line, &place.column);
    sp_error_place(error, &place);
    sp_findings_refuse(check->findings, error);
}

static void
check_listing(const Listing *listing, gpointer data)
{
    Check *check = data;
    const SpColumnGift *gift = listing->gift;
    const GPtrArray *live = sp_history_get_columns(check->history, listing->table);
    for (guint i = 0; live != NULL && i < gift->n_columns; i++) {
        const char *column = gift->columns[i];
        if (gift->offsets[i] != 0 &&
            !has_name((const char *const *)live->pdata, live->len, column) &&
            !is_explained(check, listing->table, column))
            refuse(check, listing, live, i);
    }
}

static guint
next_version(const SpStatus *status)
{
    guint highest = 0;
    for (guint i = 0; i < sp_status_get_n(status); i++)
        highest = MAX(highest, sp_status_get(status, i)->version);
    return highest + 1;
}

void
sp_absent_check(const SpDeclared *declared, const SpHistory *history, SpFindings *findings)
{
    Check check = {declared, history, findings, NULL, NULL, 0};
    for (guint i = 0; i < sp_registry_get_n(sp_declared_get_registry(declared)); i++) {
        const SpPrepared *prepared = sp_declared_get_prepared(declared, i);
        if (!is_changed(prepared, history))
            continue;
        check.extension = sp_prepared_get_extension(prepared);
        g_autoptr(SpStatus) status = sp_status_new(check.extension, history);
        check.next = next_version(status);
        const GPtrArray *scripts = sp_prepared_get_scripts(prepared);
        /* Of a database that is ahead, the newer release knows better. */
        for (guint j = 0; !sp_status_is_ahead(status) && j < scripts->len; j++) {
            check.script = g_ptr_array_index(scripts, j);
            each_listing_of(check.script, check_listing, &check);
        }
    }
}
