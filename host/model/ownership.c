/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/ownership.h"

#include "base/error.h"
#include "model/claims.h"
#include "model/creations.h"

struct SpOwnership {
    SpClaims *claims;
};

/* What a check needs at hand; lives on the stack of sp_ownership_new(). */
typedef struct {
    const SpRegistry *registry;
    const GPtrArray *prepared;
    const SpClaims *claims;
    SpCreations *creations; /* NULL until a retirement is checked */
    SpFindings *findings;
    GHashTable *said;     /* keys of what was found, so that nothing is said twice */
    gboolean is_complete; /* every text of every enabled extension parsed */
    /* the text being checked */
    const SpExtension *extension;
    const SpScript *script;
    const SpStatement *statement;
    GHashTable *own; /* SpObject: what the text itself has made so far */
} Check;

static const char *const verbs[] = {
    [SP_ACTION_CREATE] = "creates", [SP_ACTION_ALTER] = "alters", [SP_ACTION_DROP] = "drops",
    [SP_ACTION_WRITE] = "writes",   [SP_ACTION_READ] = "reads",
};

static const char *
id_of(const Check *check)
{
    return sp_extension_get_id(check->extension);
}

typedef void (*AddFinding)(SpFindings *findings, GError *error);

/* @once_per: the statement or the extension, in which it is said once of one object; @error:
 * (transfer full) */
static void
report(const Check *check, const SpEffect *effect, gconstpointer once_per, AddFinding add,
       GError *error)
{
    g_autofree char *name = sp_object_describe(effect->object);
    char *key = g_strdup_printf("%d %p %d %s", error->code, once_per, effect->object->class, name);
    if (!g_hash_table_add(check->said, key)) {
        g_error_free(error);
        return;
    }
    SpPlace place = {.extension = id_of(check), .source = sp_script_get_source(check->script)};
    sp_script_locate(check->script, effect->offset, &place.line, &place.column);
    sp_error_place(error, &place);
    add(check->findings, error);
}

/* @error: (transfer full) */
static void
refuse(const Check *check, const SpEffect *effect, GError *error)
{
    report(check, effect, check->statement, sp_findings_refuse, error);
}

/* Whether cross_extension_tables of the extension lists the relation. */
static gboolean
is_declared(const Check *check, const SpObject *relation)
{
    const char *const *tables = sp_extension_get_cross_tables(check->extension);
    g_autofree char *qualified = g_strdup_printf("%s.%s", relation->namespace_name, relation->name);
    if (g_strv_contains(tables, qualified))
        return TRUE;
    return g_str_equal(relation->namespace_name, "public") &&
           g_strv_contains(tables, relation->name);
}

static char *
claim_detail(const SpClaim *claim)
{
    return g_strdup_printf("Extension \"%s\" creates it in %s:%u:%u%s.", claim->extension,
                           claim->source, claim->line, claim->column,
                           claim->is_disabled ? ", and is disabled" : "");
}

static void
check_reserved(const Check *check, const SpEffect *effect, SpRealm realm)
{
    if (effect->action == SP_ACTION_READ)
        return;
    g_autofree char *name = sp_object_describe(effect->object);
    const char *verb = verbs[effect->action];
    GError *error =
        realm == SP_REALM_HOST
            ? sp_error_new(SP_ERROR_HOST_TABLE, "The host alone makes and keeps it.", NULL,
                           "extension \"%s\" %s %s \"%s\", which is the host's", id_of(check), verb,
                           effect->object->word, name)
            : sp_error_new(SP_ERROR_UNOWNED_TABLE,
                           "Objects of the system catalogs and of the information schema belong to "
                           "PostgreSQL.",
                           NULL, "extension \"%s\" %s %s \"%s\", which is PostgreSQL's own",
                           id_of(check), verb, effect->object->word, name);
    refuse(check, effect, error);
}

/* A namespace has no owner, but taking it away takes away what others create in it. */
static void
check_namespace(const Check *check, const SpEffect *effect)
{
    gboolean is_rename = (check->statement->facts & SP_FACT_RENAMES) != 0;
    if (effect->action != SP_ACTION_DROP && !(effect->action == SP_ACTION_ALTER && is_rename))
        return;
    const char *name = effect->object->name;
    const char *verb = verbs[effect->action];
    if (g_str_equal(name, "public")) {
        refuse(check, effect,
               sp_error_new(SP_ERROR_HOST_TABLE, "The tables of the host stand in it.", NULL,
                            "extension \"%s\" %s namespace \"public\"", id_of(check), verb));
        return;
    }
    const SpClaim *claim = sp_claims_find_other_in_namespace(check->claims, name, id_of(check));
    if (claim == NULL)
        return;
    g_autofree char *object = sp_object_describe(claim->object);
    g_autofree char *detail =
        g_strdup_printf("Extension \"%s\" creates %s \"%s\" in it, in %s:%u:%u.", claim->extension,
                        claim->object->word, object, claim->source, claim->line, claim->column);
    refuse(check, effect,
           sp_error_new(SP_ERROR_CROSS_UNDECLARED, detail, NULL,
                        "extension \"%s\" %s namespace \"%s\", which is not its alone",
                        id_of(check), verb, name));
}

/* Two that refer to each other cannot both depend on the other. */
static char *
read_hint(const Check *check, const SpClaim *claim, const char *name)
{
    const char *owner = claim->extension, *id = id_of(check);
    if (claim->is_disabled)
        return g_strdup_printf("Enable extension \"%s\", or read nothing of it in \"%s\".", owner,
                               id);
    if (sp_registry_depends_on(check->registry, owner, id))
        return g_strdup_printf("Add \"%s\" to the cross_extension_tables of \"%s\".", name, id);
    return g_strdup_printf("Add \"%s\" to the dependencies of \"%s\".", owner, id);
}

/* Who may write a table may read it, too. */
static void
check_read(const Check *check, const SpEffect *effect, const SpClaim *claim)
{
    if (effect->object->class != SP_OBJECT_RELATION ||
        sp_registry_depends_on(check->registry, id_of(check), claim->extension) ||
        (!claim->is_disabled && is_declared(check, effect->object)))
        return;
    g_autofree char *name = sp_object_describe(claim->object);
    g_autofree char *detail = claim_detail(claim);
    g_autofree char *hint = read_hint(check, claim, name);
    report(check, effect, check->extension, sp_findings_warn,
           sp_error_new(SP_ERROR_UNDECLARED_READ, detail, hint,
                        "extension \"%s\" reads %s \"%s\" of extension \"%s\", %s", id_of(check),
                        claim->object->word, name, claim->extension,
                        claim->is_disabled ? "which is disabled" : "on which it does not depend"));
}

static char *
undeclared_hint(const Check *check, const SpClaim *claim, const char *name)
{
    const char *owner = claim->extension;
    const char *id = id_of(check);
    if (claim->object->class != SP_OBJECT_RELATION)
        return g_strdup_printf("Only tables and other relations can be listed in "
                               "cross_extension_tables; leave this %s to \"%s\".",
                               claim->object->word, owner);
    if (claim->is_disabled)
        return g_strdup_printf("Enable \"%s\" and add \"%s\" to the cross_extension_tables of "
                               "\"%s\".",
                               owner, name, id);
    return g_strdup_printf("Add \"%s\" to the cross_extension_tables of \"%s\", or leave the "
                           "change to \"%s\".",
                           name, id, owner);
}

static void
check_foreign(const Check *check, const SpEffect *effect, const SpClaim *claim)
{
    if (effect->action == SP_ACTION_READ) {
        check_read(check, effect, claim);
        return;
    }
    if (effect->object->class == SP_OBJECT_RELATION && is_declared(check, effect->object))
        return;
    g_autofree char *name = sp_object_describe(claim->object);
    g_autofree char *detail = claim_detail(claim);
    g_autofree char *hint = undeclared_hint(check, claim, name);
    refuse(check, effect,
           sp_error_new(SP_ERROR_CROSS_UNDECLARED, detail, hint,
                        "extension \"%s\" %s %s \"%s\" of extension \"%s\" without declaring it",
                        id_of(check), verbs[effect->action], claim->object->word, name,
                        claim->extension));
}

/* Constraints and serial columns make indexes and sequences that no text names, so nothing is said
 * of these. */
static gboolean
may_be_implicit(const SpObject *object)
{
    return object->class != SP_OBJECT_RELATION || g_str_equal(object->word, "index") ||
           g_str_equal(object->word, "sequence");
}

/* Whether an extension that is not there may own what this one lists: then the note of its entry
 * says all. */
static gboolean
may_be_of_absent(const Check *check, const SpObject *relation)
{
    return sp_registry_lacks_dependency(check->registry, id_of(check)) &&
           is_declared(check, relation);
}

static void
check_unowned(const Check *check, const SpEffect *effect)
{
    if (effect->action == SP_ACTION_READ || may_be_implicit(effect->object) ||
        !check->is_complete || may_be_of_absent(check, effect->object))
        return;
    SpScriptRole role = sp_script_get_role(check->script);
    gboolean is_migration = role == SP_SCRIPT_MIGRATION || role == SP_SCRIPT_DOWN;
    gboolean may_miss = is_migration || role == SP_SCRIPT_RETIRE;
    if (effect->is_optional && (may_miss || effect->action == SP_ACTION_DROP))
        return;
    g_autofree char *name = sp_object_describe(effect->object);
    report(check, effect, check->statement, is_migration ? sp_findings_warn : sp_findings_refuse,
           sp_error_new(SP_ERROR_UNOWNED_TABLE,
                        is_migration ? "It may be missing in another database."
                                     : "Schemas and seeds change only what extensions create.",
                        is_migration ? NULL
                                     : "Create it in a schema or migration of an extension, or "
                                       "move the statement into a migration.",
                        "extension \"%s\" %s %s \"%s\", which no extension creates", id_of(check),
                        verbs[effect->action], effect->object->word, name));
}

static void
check_object(const Check *check, const SpEffect *effect)
{
    const SpClaim *claim = sp_claims_find(check->claims, effect->object);
    if (claim == NULL)
        check_unowned(check, effect);
    else if (!sp_claim_is_of(claim, id_of(check)))
        check_foreign(check, effect, claim);
}

/* Its table is an effect of its own, and all that there is to check. */
static gboolean
is_part_of_table(const SpObject *object)
{
    return object->class == SP_OBJECT_TRIGGER || object->class == SP_OBJECT_POLICY ||
           object->class == SP_OBJECT_RULE;
}

static void
check_effect(const Check *check, const SpEffect *effect)
{
    if (effect->is_temporary || is_part_of_table(effect->object) ||
        g_hash_table_contains(check->own, effect->object))
        return;
    SpRealm realm = sp_object_get_realm(effect->object);
    if (realm == SP_REALM_HOST || realm == SP_REALM_SYSTEM)
        check_reserved(check, effect, realm);
    else if (effect->object->class == SP_OBJECT_NAMESPACE)
        check_namespace(check, effect);
    else if (realm == SP_REALM_EXTENSIONS && effect->action != SP_ACTION_CREATE)
        check_object(check, effect);
}

static void
refuse_retired(const Check *check, const SpEffect *effect, const SpCreation *creation)
{
    const SpPlace *created = &creation->place;
    g_autofree char *name = sp_object_describe(effect->object);
    guint line, column;
    sp_script_locate(check->script, effect->offset, &line, &column);
    g_autofree char *detail = g_strdup_printf(
        "It is dropped in %s:%u:%u, before everything else, and created in %s:%u:%u.",
        sp_script_get_source(check->script), line, column, created->source, created->line,
        created->column);
    refuse(check, effect,
           sp_error_new(SP_ERROR_RETIRED_OBJECT, detail,
                        creation->is_of_schema
                            ? "Remove one of the two."
                            : "Drop it in a later migration too, so that a new database loses it.",
                        "a retirement of extension \"%s\" drops %s \"%s\", which extension "
                        "\"%s\" still creates",
                        id_of(check), effect->object->word, name, created->extension));
}

/* @refused_before: how many refusals there were before the statement was checked */
static void
check_retirement(Check *check, guint refused_before)
{
    const GPtrArray *effects = check->statement->effects;
    gboolean is_refused = sp_findings_refusals(check->findings)->len > refused_before;
    if (is_refused || sp_script_get_role(check->script) != SP_SCRIPT_RETIRE)
        return;
    if (check->creations == NULL)
        check->creations = sp_creations_new(check->prepared);
    for (guint i = 0; i < effects->len; i++) {
        const SpEffect *effect = g_ptr_array_index(effects, i);
        const SpCreation *creation = effect->action == SP_ACTION_DROP
                                         ? sp_creations_find(check->creations, effect->object)
                                         : NULL;
        if (creation != NULL)
            refuse_retired(check, effect, creation);
    }
}

static void
remember(const Check *check, const SpEffect *effect)
{
    if (effect->action == SP_ACTION_DROP)
        g_hash_table_remove(check->own, effect->object);
    /* A namespace is nobody's own, whoever creates it. */
    if (effect->action != SP_ACTION_CREATE || effect->object->class == SP_OBJECT_NAMESPACE)
        return;
    /* Later statements name what stands in pg_temp without it, which reads as public. */
    const SpObject *object = effect->object;
    gboolean is_session = sp_object_get_realm(object) == SP_REALM_SESSION;
    const char *namespace_name = is_session ? "public" : object->namespace_name;
    g_hash_table_add(check->own, sp_object_new(object->class, object->word, namespace_name,
                                               object->name, object->parent, object->arguments));
}

static void
check_script(Check *check)
{
    const GPtrArray *statements = sp_script_get_statements(check->script);
    for (guint i = 0; i < statements->len; i++) {
        check->statement = g_ptr_array_index(statements, i);
        const GPtrArray *effects = check->statement->effects;
        guint refused_before = sp_findings_refusals(check->findings)->len;
        for (guint j = 0; j < effects->len; j++)
            check_effect(check, g_ptr_array_index(effects, j));
        check_retirement(check, refused_before);
        for (guint j = 0; j < effects->len; j++)
            remember(check, g_ptr_array_index(effects, j));
    }
}

/* @entry: "users" or "billing.invoices" */
static const SpClaim *
find_claim_of_entry(const Check *check, const char *entry)
{
    g_auto(GStrv) parts = g_strsplit(entry, ".", 2);
    gboolean is_qualified = g_strv_length(parts) == 2;
    SpObject object = {
        .class = SP_OBJECT_RELATION,
        .word = "table",
        .namespace_name = is_qualified ? parts[0] : "public",
        .name = is_qualified ? parts[1] : entry,
    };
    return sp_claims_find(check->claims, &object);
}

static void
note_entry(const Check *check, const char *entry)
{
    GError *note = sp_error_new(
        SP_ERROR_NOT_CHECKED, "Whose it is, and what is done to it, was not checked.",
        "Give the file of its owner too, or name its folder with --plugin-dir.",
        "extension \"%s\" lists \"%s\" in cross_extension_tables, which none of the files creates",
        id_of(check), entry);
    SpPlace place = {.path = sp_extension_get_path(check->extension), .extension = id_of(check)};
    sp_error_place(note, &place);
    sp_findings_note(check->findings, note);
}

static void
check_entry(const Check *check, const char *entry)
{
    const SpClaim *claim = find_claim_of_entry(check, entry);
    gboolean is_own = claim != NULL && sp_claim_is_of(claim, id_of(check));
    if (claim != NULL && !is_own && !claim->is_disabled)
        return;
    if (claim == NULL && !check->is_complete)
        return;

    if (claim == NULL && sp_registry_lacks_dependency(check->registry, id_of(check))) {
        note_entry(check, entry);
        return;
    }

    g_autofree char *whose = claim != NULL ? claim_detail(claim) : NULL;
    const char *detail = claim == NULL ? "No extension creates it."
                         : is_own      ? "It is the extension's own table."
                                       : whose;
    GError *error = sp_error_new(
        SP_ERROR_CROSS_NOT_OWNED, detail,
        is_own ? "Remove the entry; an extension may always change its own tables." : NULL,
        "extension \"%s\" lists \"%s\" in cross_extension_tables, but no other enabled extension "
        "owns it",
        id_of(check), entry);
    SpPlace place = {.path = sp_extension_get_path(check->extension), .extension = id_of(check)};
    sp_error_place(error, &place);
    sp_findings_refuse(check->findings, error);
}

static void
check_prepared(Check *check, const SpPrepared *prepared)
{
    check->extension = sp_prepared_get_extension(prepared);
    const char *const *entries = sp_extension_get_cross_tables(check->extension);
    for (guint i = 0; entries[i] != NULL; i++)
        check_entry(check, entries[i]);

    const GPtrArray *scripts = sp_prepared_get_scripts(prepared);
    for (guint i = 0; i < scripts->len; i++) {
        g_autoptr(GHashTable) own = g_hash_table_new_full(sp_object_hash, sp_object_equal,
                                                          (GDestroyNotify)sp_object_free, NULL);
        check->script = g_ptr_array_index(scripts, i);
        check->own = own;
        check_script(check);
    }
}

SpOwnership *
sp_ownership_new(const SpRegistry *registry, const GPtrArray *prepared, const GPtrArray *disabled,
                 const SpRecall *recall, SpFindings *findings)
{
    g_return_val_if_fail(registry != NULL && findings != NULL, NULL);
    g_return_val_if_fail(prepared != NULL && disabled != NULL, NULL);

    SpOwnership *ownership = g_new0(SpOwnership, 1);
    ownership->claims = sp_claims_new(prepared, disabled, recall, findings);
    g_autoptr(GHashTable) said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Check check = {
        .registry = registry,
        .prepared = prepared,
        .claims = ownership->claims,
        .findings = findings,
        .said = said,
        .is_complete = TRUE,
    };
    for (guint i = 0; i < prepared->len; i++)
        check.is_complete &= sp_prepared_is_complete(g_ptr_array_index(prepared, i));
    for (guint i = 0; i < prepared->len; i++)
        check_prepared(&check, g_ptr_array_index(prepared, i));
    sp_creations_free(check.creations);
    return ownership;
}

void
sp_ownership_free(SpOwnership *ownership)
{
    if (ownership == NULL)
        return;
    sp_claims_free(ownership->claims);
    g_free(ownership);
}

const char *
sp_ownership_find(const SpOwnership *ownership, const SpObject *object)
{
    const SpClaim *claim = sp_claims_find(ownership->claims, object);
    return claim != NULL ? claim->extension : NULL;
}

char **
sp_ownership_get_tables(const SpOwnership *ownership, const char *id)
{
    return sp_claims_get_tables(ownership->claims, id);
}

const char *const *
sp_ownership_host_names(void)
{
    return sp_claims_host_names();
}
