/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/adopt.h"

#include "base/error.h"
#include "model/claims.h"
#include "model/strays.h"

typedef struct {
    const SpDeclared *declared;
    const SpHistory *history;
    const SpEditRequest *request;
    SpFindings *findings;
    GPtrArray *edits;
} Decision;

/* What an extension declares. Borrows all. */
typedef struct {
    const SpObject *object;
    const SpScript *script;
    guint offset;
} Creation;

static void
collect(const SpScript *script, GHashTable *seen, GArray *creations)
{
    const GPtrArray *statements = sp_script_get_statements(script);
    for (guint i = 0; i < statements->len; i++) {
        const SpStatement *statement = g_ptr_array_index(statements, i);
        for (guint j = 0; j < statement->effects->len; j++) {
            const SpEffect *effect = g_ptr_array_index(statement->effects, j);
            const Creation creation = {effect->object, script, effect->offset};
            if (sp_effect_is_claim(effect) && g_hash_table_add(seen, effect->object))
                g_array_append_val(creations, creation);
        }
    }
}

/* (transfer full) (element-type Creation) */
static GArray *
creations_of(const SpPrepared *prepared)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(sp_object_hash, sp_object_equal);
    GArray *creations = g_array_new(FALSE, FALSE, sizeof(Creation));
    const GPtrArray *scripts = sp_prepared_get_scripts(prepared);
    for (guint i = 0; i < scripts->len; i++) {
        const SpScript *script = g_ptr_array_index(scripts, i);
        SpScriptRole role = sp_script_get_role(script);
        if (role == SP_SCRIPT_SCHEMA || role == SP_SCRIPT_MIGRATION)
            collect(script, seen, creations);
    }
    return creations;
}

static gboolean
is_adoptable(const Decision *decision, const SpStray *stray)
{
    const char *holder = decision->request->holder;
    return stray->package == NULL &&
           (stray->holder == NULL || g_strcmp0(stray->holder, holder) == 0);
}

static void
add_edit(Decision *decision, const SpPrepared *prepared, const Creation *creation,
         const SpStray *stray)
{
    SpEdit *edit = sp_edit_new(SP_EDIT_ADOPT, prepared);
    edit->object = creation->object;
    edit->holder = g_strdup(stray->holder);
    edit->name = sp_stray_describe(creation->object);
    edit->source = sp_script_get_source(creation->script);
    g_ptr_array_add(decision->edits, edit);
}

/* @error: (transfer full) */
static void
refuse(Decision *decision, const SpPrepared *prepared, const Creation *creation, GError *error)
{
    const SpExtension *extension = sp_prepared_get_extension(prepared);
    SpPlace place = {.path = sp_extension_get_path(extension),
                     .extension = sp_extension_get_id(extension),
                     .source = creation ? sp_script_get_source(creation->script) : NULL};
    if (creation != NULL)
        sp_script_locate(creation->script, creation->offset, &place.line, &place.column);
    sp_error_place(error, &place);
    sp_findings_refuse(decision->findings, error);
}

static void
refuse_holder(Decision *decision, const SpPrepared *prepared, const Creation *creation,
              const SpStray *stray)
{
    g_autofree char *name = sp_object_describe(creation->object);
    g_autofree char *detail =
        stray->package
            ? g_strdup_printf("It is part of PostgreSQL's extension \"%s\".", stray->package)
            : g_strdup_printf("Extension \"%s\" made it, or adopted it.", stray->holder);
    g_autofree char *hint =
        stray->package
            ? NULL
            : g_strdup_printf("If that one is to give it up, add --holder=%s.", stray->holder);
    refuse(decision, prepared, creation,
           sp_error_new(SP_ERROR_NOT_OWNED, detail, hint, "extension \"%s\" cannot adopt %s \"%s\"",
                        sp_extension_get_id(sp_prepared_get_extension(prepared)), stray->word,
                        name));
}

static void
adopt(Decision *decision, const SpPrepared *prepared, const Creation *creation)
{
    const SpStray *stray = sp_history_find_stray(decision->history, creation->object);
    if (stray != NULL && is_adoptable(decision, stray)) {
        add_edit(decision, prepared, creation, stray);
        return;
    }
    if (stray != NULL) {
        refuse_holder(decision, prepared, creation, stray);
        return;
    }
    if (sp_history_has_object(decision->history, creation->object))
        return;
    g_autofree char *name = sp_object_describe(creation->object);
    refuse(decision, prepared, creation,
           sp_error_new(SP_ERROR_OBJECT_UNKNOWN,
                        "The extension declares it, and the next install makes it.", NULL,
                        "%s \"%s\" is not in the database", creation->object->word, name));
}

/* Without the blanks that people put behind commas. */
static char *
tidy(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    for (guint i = 0; parts[i] != NULL; i++)
        g_strstrip(parts[i]);
    return g_strjoinv(",", parts);
}

/* Without the types of its arguments. */
static char *
bare_name(const SpObject *object)
{
    g_autoptr(SpObject) bare = sp_object_copy(object);
    if (object->class == SP_OBJECT_ROUTINE)
        g_clear_pointer((char **)&bare->arguments, g_free);
    return sp_object_describe(bare);
}

static gboolean
is_named(const SpObject *object, const char *text)
{
    g_autofree char *full = sp_object_describe(object);
    g_autofree char *bare = bare_name(object);
    g_autofree char *word = g_strconcat(object->word, " ", NULL);
    const char *rest = g_str_has_prefix(text, word) ? text + strlen(word) : text;
    gboolean is_public = g_str_equal(object->namespace_name, "public");
    if (is_public && g_str_has_prefix(rest, "public."))
        rest += strlen("public.");
    return g_str_equal(rest, full) || g_str_equal(rest, bare);
}

static void
adopt_named(Decision *decision, const SpPrepared *prepared, const char *name)
{
    const char *id = sp_extension_get_id(sp_prepared_get_extension(prepared));
    g_autoptr(GArray) creations = creations_of(prepared);
    g_autofree char *text = tidy(name);
    gboolean is_found = FALSE;
    for (guint i = 0; i < creations->len; i++) {
        const Creation *creation = &g_array_index(creations, Creation, i);
        if (!is_named(creation->object, text))
            continue;
        adopt(decision, prepared, creation);
        is_found = TRUE;
    }
    if (is_found)
        return;
    refuse(decision, prepared, NULL,
           sp_error_new(SP_ERROR_OBJECT_UNKNOWN,
                        "Only what a schema or migration of the extension creates can be adopted.",
                        "See with \"sp-host migrate adopt --all\" what there is to adopt.",
                        "extension \"%s\" declares no object \"%s\"", id, name));
}

static void
adopt_all(Decision *decision, const SpPrepared *prepared)
{
    g_autoptr(GArray) creations = creations_of(prepared);
    for (guint i = 0; i < creations->len; i++) {
        const Creation *creation = &g_array_index(creations, Creation, i);
        const SpStray *stray = sp_history_find_stray(decision->history, creation->object);
        if (stray != NULL && is_adoptable(decision, stray))
            add_edit(decision, prepared, creation, stray);
    }
}

GPtrArray *
sp_edits_adopt(const SpDeclared *declared, const SpHistory *history, const SpEditRequest *request,
               SpFindings *findings)
{
    Decision decision = {declared, history, request, findings,
                         g_ptr_array_new_with_free_func((GDestroyNotify)sp_edit_free)};
    guint n = sp_registry_get_n(sp_declared_get_registry(declared));
    for (guint i = 0; i < n && request->extension == NULL; i++)
        adopt_all(&decision, sp_declared_get_prepared(declared, i));
    if (request->extension == NULL)
        return decision.edits;
    const SpPrepared *only = sp_edit_find_extension(declared, request->extension, findings);
    gboolean has_names = request->objects != NULL && request->objects[0] != NULL;
    if (only != NULL && !has_names)
        adopt_all(&decision, only);
    for (guint i = 0; only != NULL && has_names && request->objects[i] != NULL; i++)
        adopt_named(&decision, only, request->objects[i]);
    return decision.edits;
}
