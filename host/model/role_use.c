/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/role_use.h"

#include "model/claims.h"
#include "model/role_name.h"

#include <string.h>

/* What is granted already is not granted again, since that would write to the catalog. */
static const char *const grants_body =
    "BEGIN FOR v_sql IN "
    "SELECT format('GRANT USAGE, CREATE ON SCHEMA %I TO %I', n.nspname, v_role) "
    "FROM pg_catalog.pg_namespace n WHERE n.nspname = ANY (v_spaces) "
    "AND NOT (has_schema_privilege(v_role, n.oid, 'CREATE') "
    "AND has_schema_privilege(v_role, n.oid, 'USAGE')) "
    "UNION ALL SELECT format('GRANT USAGE ON SCHEMA %I TO %I', n.nspname, v_readers) "
    "FROM pg_catalog.pg_namespace n WHERE n.nspname = ANY (v_spaces) "
    "AND NOT has_schema_privilege(v_readers, n.oid, 'USAGE') "
    "UNION ALL SELECT DISTINCT format('GRANT USAGE ON SCHEMA %I TO %I', n.nspname, v_role) "
    "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname || '.' || c.relname = ANY (v_tables) "
    "AND NOT has_schema_privilege(v_role, n.oid, 'USAGE') "
    "UNION ALL SELECT format('GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER "
    "ON TABLE %I.%I TO %I', n.nspname, c.relname, v_role) "
    "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname || '.' || c.relname = ANY (v_tables) AND c.relkind IN ('r', 'p', 'v', 'm', "
    "'f') "
    "AND NOT (SELECT bool_and(has_table_privilege(v_role, c.oid, p)) FROM unnest(ARRAY['SELECT', "
    "'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS p) "
    "UNION ALL SELECT format('GRANT USAGE, SELECT ON SEQUENCE %I.%I TO %I', m.nspname, "
    "s.relname, v_role) FROM pg_catalog.pg_class c "
    "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::regclass "
    "AND d.refobjid = c.oid AND d.classid = 'pg_catalog.pg_class'::regclass AND d.deptype = 'a' "
    "JOIN pg_catalog.pg_class s ON s.oid = d.objid "
    "JOIN pg_catalog.pg_namespace m ON m.oid = s.relnamespace "
    "WHERE n.nspname || '.' || c.relname = ANY (v_tables) "
    "AND CASE s.relkind WHEN 'S' THEN NOT has_sequence_privilege(v_role, s.oid, 'USAGE') END "
    "LOOP EXECUTE v_sql; END LOOP; END";

/* (transfer full): whatever standard_conforming_strings says. */
static char *
quote(const char *text)
{
    GString *quoted = g_string_new("E'");
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\')
            g_string_append_c(quoted, *text);
        g_string_append_c(quoted, *text);
    }
    g_string_append_c(quoted, '\'');
    return g_string_free(quoted, FALSE);
}

/* @texts: (element-type utf8) */
static char *
quote_array(const GPtrArray *texts)
{
    GString *array = g_string_new("ARRAY[");
    for (guint i = 0; i < texts->len; i++) {
        g_autofree char *quoted = quote(g_ptr_array_index(texts, i));
        g_string_append_printf(array, "%s%s", i > 0 ? ", " : "", quoted);
    }
    g_string_append(array, "]::text[]");
    return g_string_free(array, FALSE);
}

GHashTable *
sp_role_spaces_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

/* What belongs to a table stands in no namespace of its own. */
static gboolean
needs_space(const SpEffect *effect)
{
    SpObjectClass class = effect->object->class;
    return sp_effect_is_claim(effect) && effect->object->namespace_name[0] != '\0' &&
           class != SP_OBJECT_TRIGGER && class != SP_OBJECT_POLICY && class != SP_OBJECT_RULE;
}

void
sp_role_spaces_add(GHashTable *spaces, const GPtrArray *statements)
{
    for (guint i = 0; i < statements->len; i++) {
        const SpStatement *statement = g_ptr_array_index(statements, i);
        for (guint j = 0; j < statement->effects->len; j++) {
            const SpEffect *effect = g_ptr_array_index(statement->effects, j);
            if (needs_space(effect))
                g_hash_table_add(spaces, g_strdup(effect->object->namespace_name));
        }
    }
}

/* "public" is there from the beginning, so what is lacking on it was granted with the roles. */
static GPtrArray *
list_spaces(const GPtrArray *statements)
{
    g_autoptr(GHashTable) spaces = sp_role_spaces_new();
    GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
    sp_role_spaces_add(spaces, statements);
    g_hash_table_remove(spaces, "public");
    g_autoptr(GList) sorted = g_list_sort(g_hash_table_get_keys(spaces), (GCompareFunc)g_strcmp0);
    for (const GList *name = sorted; name != NULL; name = name->next)
        g_ptr_array_add(list, g_strdup(name->data));
    return list;
}

static GPtrArray *
list_tables(const SpExtension *extension)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
    const char *const *tables = sp_extension_get_cross_tables(extension);
    for (guint i = 0; tables[i] != NULL; i++)
        g_ptr_array_add(list, strchr(tables[i], '.') ? g_strdup(tables[i])
                                                     : g_strconcat("public.", tables[i], NULL));
    return list;
}

static void
add_grants(SpRoleUse *use, const SpExtension *extension, const GPtrArray *statements)
{
    g_autoptr(GPtrArray) spaces = list_spaces(statements);
    g_autoptr(GPtrArray) tables = list_tables(extension);
    if (spaces->len == 0 && tables->len == 0)
        return;
    const char *role = sp_extension_get_role(extension);
    g_autofree char *readers = sp_role_readers_name(role);
    g_autofree char *quoted_role = quote(role);
    g_autofree char *quoted_readers = quote(readers);
    g_autofree char *quoted_spaces = quote_array(spaces);
    g_autofree char *quoted_tables = quote_array(tables);
    g_autofree char *body =
        g_strconcat("DECLARE v_role name := ", quoted_role, "; v_readers name := ", quoted_readers,
                    "; v_spaces text[] := ", quoted_spaces, "; v_tables text[] := ", quoted_tables,
                    "; v_sql text; ", grants_body, NULL);
    g_autofree char *quoted_body = quote(body);
    g_ptr_array_add(use->grants, g_strconcat("DO ", quoted_body, NULL));
}

const char *
sp_role_use_find_owner(const SpDeclared *declared, const SpObject *object)
{
    const SpOwnership *ownership = sp_declared_get_ownership(declared);
    const SpObject table = {.class = SP_OBJECT_RELATION,
                            .word = "table",
                            .namespace_name = object->namespace_name,
                            .name = object->parent};
    if (ownership == NULL)
        return NULL;
    const char *id = sp_ownership_find(ownership, object->parent != NULL ? &table : object);
    const SpExtension *owner =
        id != NULL ? sp_registry_find(sp_declared_get_registry(declared), id) : NULL;
    return owner != NULL ? sp_extension_get_role(owner) : NULL;
}

/* (nullable): the role of the extension whose object a statement alters or drops. A trigger takes
 * no more than the privilege to make one. */
static const char *
find_lender(const SpDeclared *declared, const SpExtension *extension, const SpStatement *statement,
            const SpEffect *effect)
{
    gboolean takes_owner =
        (effect->action == SP_ACTION_ALTER || effect->action == SP_ACTION_DROP) &&
        g_strcmp0(statement->tag, "CREATE TRIGGER") != 0;
    const char *role = takes_owner ? sp_role_use_find_owner(declared, effect->object) : NULL;
    return g_strcmp0(role, sp_extension_get_role(extension)) != 0 ? role : NULL;
}

static void
add_memberships(SpRoleUse *use, const SpDeclared *declared, const SpExtension *extension,
                const GPtrArray *statements)
{
    const char *role = sp_extension_get_role(extension);
    g_autoptr(GHashTable) owners = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < statements->len; i++) {
        const SpStatement *statement = g_ptr_array_index(statements, i);
        for (guint j = 0; j < statement->effects->len; j++) {
            const SpEffect *effect = g_ptr_array_index(statement->effects, j);
            const char *owner = find_lender(declared, extension, statement, effect);
            if (owner == NULL || !g_hash_table_add(owners, (gpointer)owner))
                continue;
            g_ptr_array_add(use->grants, g_strdup_printf("GRANT \"%s\" TO \"%s\"", owner, role));
            g_ptr_array_add(use->revokes,
                            g_strdup_printf("REVOKE \"%s\" FROM \"%s\"", owner, role));
        }
    }
}

SpRoleUse *
sp_role_use_new(const SpDeclared *declared, const SpExtension *extension,
                const GPtrArray *statements)
{
    const char *role = sp_extension_get_role(extension);
    if (role == NULL || statements->len == 0)
        return NULL;
    SpRoleUse *use = g_new0(SpRoleUse, 1);
    use->grants = g_ptr_array_new_with_free_func(g_free);
    use->revokes = g_ptr_array_new_with_free_func(g_free);
    use->set_local = g_strdup_printf("SET LOCAL ROLE \"%s\"", role);
    use->set = g_strdup_printf("SET ROLE \"%s\"", role);
    add_grants(use, extension, statements);
    add_memberships(use, declared, extension, statements);
    return use;
}

void
sp_role_use_free(SpRoleUse *use)
{
    if (use == NULL)
        return;
    g_ptr_array_unref(use->grants);
    g_ptr_array_unref(use->revokes);
    g_free(use->set_local);
    g_free(use->set);
    g_free(use);
}
