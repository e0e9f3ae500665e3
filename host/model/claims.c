/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/claims.h"

#include "base/error.h"

struct SpClaims {
    GHashTable *by_object; /* SpObject, borrowed from its claim -> SpClaim */
    GHashTable *tables;    /* id, borrowed likewise -> GPtrArray of SpClaim */
};

/* One CREATE in one text; lives on the stack while its claim is filed. */
typedef struct {
    const SpExtension *extension;
    const SpScript *script;
    const SpEffect *effect;
    gboolean is_disabled;
} Creation;

static const gboolean is_shared[SP_N_OBJECT_CLASSES] = {
    [SP_OBJECT_NAMESPACE] = TRUE, [SP_OBJECT_EXTENSION] = TRUE, [SP_OBJECT_LANGUAGE] = TRUE,
    [SP_OBJECT_ROLE] = TRUE,      [SP_OBJECT_DATABASE] = TRUE,  [SP_OBJECT_TABLESPACE] = TRUE,
};

const char *const *
sp_claims_host_names(void)
{
    static const char *const names[] = {"extension_migrations",
                                        "extension_digests",
                                        "extension_migration_progress",
                                        "extension_objects",
                                        "extension_definitions",
                                        "extension_guard",
                                        NULL};
    return names;
}

SpRealm
sp_object_get_realm(const SpObject *object)
{
    gboolean is_namespace = object->class == SP_OBJECT_NAMESPACE;
    const char *namespace_name = is_namespace ? object->name : object->namespace_name;
    if (g_str_has_prefix(namespace_name, "pg_temp"))
        return SP_REALM_SESSION;
    /* PostgreSQL reserves the prefix, so no extension can have such a namespace of its own. */
    if (g_str_has_prefix(namespace_name, "pg_") ||
        g_str_equal(namespace_name, "information_schema"))
        return SP_REALM_SYSTEM;
    if (is_shared[object->class])
        return SP_REALM_SHARED;
    gboolean is_of_host_kind =
        object->class == SP_OBJECT_RELATION || object->class == SP_OBJECT_ROUTINE;
    if (is_of_host_kind && g_str_equal(namespace_name, "public") &&
        g_strv_contains(sp_claims_host_names(), object->name))
        return SP_REALM_HOST;
    return SP_REALM_EXTENSIONS;
}

static void
claim_free(SpClaim *claim)
{
    sp_object_free((SpObject *)claim->object);
    g_free((char *)claim->extension);
    g_free((char *)claim->source);
    g_clear_pointer((GPtrArray **)&claim->rivals, g_ptr_array_unref);
    g_free(claim);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpClaim, claim_free)

static SpClaim *
claim_new(const char *extension, const SpObject *object, const char *source, gboolean is_disabled)
{
    SpClaim *claim = g_new0(SpClaim, 1);
    claim->object = sp_object_copy(object);
    claim->extension = g_strdup(extension);
    claim->source = g_strdup(source);
    claim->is_table =
        g_str_equal(object->word, "table") || g_str_equal(object->word, "foreign table");
    claim->is_disabled = is_disabled;
    return claim;
}

static char *
clash_detail(const SpClaim *first, const SpClaim *second)
{
    const SpClaim *disabled = first->is_disabled ? first : second;
    g_autofree char *note =
        disabled->is_disabled
            ? g_strdup_printf(" Extension \"%s\" is disabled, but what it created remains its own.",
                              disabled->extension)
            : g_strdup("");
    return g_strdup_printf("Extension \"%s\" creates it as %s in %s:%u:%u, extension \"%s\" as %s "
                           "in %s:%u:%u.%s",
                           first->extension, first->object->word, first->source, first->line,
                           first->column, second->extension, second->object->word, second->source,
                           second->line, second->column, note);
}

/* @second is the later one in registry order, which has to give way, unless it is disabled and
 * nothing is asked of it. */
static GError *
clash_new(const SpClaim *first, const SpClaim *second)
{
    gboolean is_table = first->is_table && second->is_table;
    g_autofree char *name = sp_object_describe(first->object);
    g_autofree char *detail = clash_detail(first, second);
    const char *hint = is_table ? "Keep the table in one of the two; the other one can list it in "
                                  "its cross_extension_tables to alter or write it."
                                : "Give it another name in one of the two.";
    GError *error =
        sp_error_new(is_table ? SP_ERROR_DUPLICATE_OWNER : SP_ERROR_DUPLICATE_OBJECT, detail, hint,
                     "%s \"%s\" is created by two extensions, \"%s\" and \"%s\"",
                     first->object->word, name, first->extension, second->extension);

    const SpClaim *refused = second->is_disabled ? first : second;
    SpPlace place = {
        .extension = refused->extension,
        .source = refused->source,
        .line = refused->line,
        .column = refused->column,
    };
    sp_error_place(error, &place);
    return error;
}

static void
add_table(SpClaims *claims, const SpClaim *claim)
{
    GPtrArray *tables = g_hash_table_lookup(claims->tables, claim->extension);
    if (tables == NULL) {
        tables = g_ptr_array_new();
        g_hash_table_insert(claims->tables, (gpointer)claim->extension, tables);
    }
    g_ptr_array_add(tables, (gpointer)claim);
}

/* @claim: (transfer full); @is_down: it claims nothing for itself */
static void
file_claim(SpClaims *claims, SpClaim *claim, gboolean is_down, SpFindings *findings)
{
    g_autoptr(SpClaim) filed = claim;
    SpClaim *first = g_hash_table_lookup(claims->by_object, claim->object);
    if (first != NULL && (first->is_disabled && claim->is_disabled))
        return;
    if (first != NULL) {
        if (first->rivals == NULL)
            first->rivals = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add((GPtrArray *)first->rivals, g_strdup(claim->extension));
        sp_findings_refuse(findings, clash_new(first, claim));
    } else if (!is_down) {
        if (claim->is_table)
            add_table(claims, claim);
        g_hash_table_insert(claims->by_object, (gpointer)claim->object, g_steal_pointer(&filed));
    }
}

/* Whether there is nothing more to file of @object. */
static gboolean
is_filed(const SpClaims *claims, const SpObject *object, const char *extension)
{
    const SpClaim *first = g_hash_table_lookup(claims->by_object, object);
    return first != NULL && sp_claim_is_of(first, extension);
}

static void
file_creation(SpClaims *claims, const Creation *creation, SpFindings *findings)
{
    const char *id = sp_extension_get_id(creation->extension);
    const SpObject *object = creation->effect->object;
    if (is_filed(claims, object, id))
        return;
    SpClaim *claim =
        claim_new(id, object, sp_script_get_source(creation->script), creation->is_disabled);
    sp_script_locate(creation->script, creation->effect->offset, &claim->line, &claim->column);
    file_claim(claims, claim, sp_script_get_role(creation->script) == SP_SCRIPT_DOWN, findings);
}

/* What an extension that was not read creates, as the database remembers it. */
static void
file_marks(SpClaims *claims, const char *id, const GPtrArray *marks, gboolean is_disabled,
           SpFindings *findings)
{
    for (guint i = 0; marks != NULL && i < marks->len; i++) {
        const SpMark *mark = g_ptr_array_index(marks, i);
        if (mark->action != SP_ACTION_CREATE || is_filed(claims, mark->object, id))
            continue;
        SpClaim *claim = claim_new(id, mark->object, mark->source, is_disabled);
        claim->line = mark->line;
        claim->column = mark->column;
        file_claim(claims, claim, FALSE, findings);
    }
}

gboolean
sp_effect_is_claim(const SpEffect *effect)
{
    return effect->action == SP_ACTION_CREATE && !effect->is_temporary &&
           sp_object_get_realm(effect->object) == SP_REALM_EXTENSIONS;
}

static void
file_script(SpClaims *claims, Creation *creation, SpFindings *findings)
{
    const GPtrArray *statements = sp_script_get_statements(creation->script);
    for (guint i = 0; i < statements->len; i++) {
        const SpStatement *statement = g_ptr_array_index(statements, i);
        for (guint j = 0; j < statement->effects->len; j++) {
            creation->effect = g_ptr_array_index(statement->effects, j);
            if (sp_effect_is_claim(creation->effect))
                file_creation(claims, creation, findings);
        }
    }
}

/* Downs go last: they put back what others may have claimed, and must not come first. */
static void
file_all(SpClaims *claims, const GPtrArray *prepared, const SpRecall *recall, gboolean is_disabled,
         gboolean is_down, SpFindings *findings)
{
    for (guint i = 0; i < prepared->len; i++) {
        const SpPrepared *one = g_ptr_array_index(prepared, i);
        const char *id = sp_extension_get_id(sp_prepared_get_extension(one));
        if (recall != NULL && !sp_prepared_is_read(one) && !is_down)
            file_marks(claims, id, sp_recall_get_marks(recall, id), is_disabled, findings);
        const GPtrArray *scripts = sp_prepared_get_scripts(one);
        for (guint j = 0; j < scripts->len; j++) {
            Creation creation = {
                .extension = sp_prepared_get_extension(one),
                .script = g_ptr_array_index(scripts, j),
                .is_disabled = is_disabled,
            };
            if ((sp_script_get_role(creation.script) == SP_SCRIPT_DOWN) == is_down)
                file_script(claims, &creation, findings);
        }
    }
}

SpClaims *
sp_claims_new(const GPtrArray *prepared, const GPtrArray *disabled, const SpRecall *recall,
              SpFindings *findings)
{
    SpClaims *claims = g_new0(SpClaims, 1);
    claims->by_object =
        g_hash_table_new_full(sp_object_hash, sp_object_equal, NULL, (GDestroyNotify)claim_free);
    claims->tables =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
    file_all(claims, prepared, recall, FALSE, FALSE, findings);
    file_all(claims, disabled, recall, TRUE, FALSE, findings);
    file_all(claims, prepared, recall, FALSE, TRUE, findings);
    return claims;
}

void
sp_claims_free(SpClaims *claims)
{
    if (claims == NULL)
        return;
    g_hash_table_unref(claims->tables);
    g_hash_table_unref(claims->by_object);
    g_free(claims);
}

static gboolean
is_routine_called(gpointer key, gpointer value, gpointer user_data)
{
    const SpObject *routine = key;
    const SpObject *wanted = user_data;
    return routine->class == SP_OBJECT_ROUTINE && g_str_equal(routine->name, wanted->name) &&
           g_str_equal(routine->namespace_name, wanted->namespace_name);
}

const SpClaim *
sp_claims_find(const SpClaims *claims, const SpObject *object)
{
    const SpClaim *claim = g_hash_table_lookup(claims->by_object, object);
    if (claim == NULL && object->class == SP_OBJECT_ROUTINE && object->arguments == NULL)
        claim = g_hash_table_find(claims->by_object, is_routine_called, (gpointer)object);
    return claim;
}

const SpClaim *
sp_claims_find_other_in_namespace(const SpClaims *claims, const char *namespace_name,
                                  const char *id)
{
    const SpClaim *found = NULL;
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, claims->by_object);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const SpClaim *claim = value;
        if (!g_str_equal(claim->object->namespace_name, namespace_name) ||
            sp_claim_is_of(claim, id))
            continue;
        /* The smallest name, so that the same set gives the same message. */
        if (found == NULL || strcmp(claim->object->name, found->object->name) < 0)
            found = claim;
    }
    return found;
}

gboolean
sp_claim_is_of(const SpClaim *claim, const char *id)
{
    return g_str_equal(claim->extension, id) ||
           (claim->rivals != NULL &&
            g_ptr_array_find_with_equal_func((GPtrArray *)claim->rivals, id, g_str_equal, NULL));
}

static gint
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char **
sp_claims_get_tables(const SpClaims *claims, const char *id)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    const GPtrArray *tables = g_hash_table_lookup(claims->tables, id);
    for (guint i = 0; tables != NULL && i < tables->len; i++) {
        const SpObject *table = ((const SpClaim *)g_ptr_array_index(tables, i))->object;
        g_ptr_array_add(names, g_strdup_printf("%s.%s", table->namespace_name, table->name));
    }
    g_ptr_array_sort(names, compare_names);
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_steal(names, NULL);
}
