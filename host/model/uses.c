/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/uses.h"

#include "base/error.h"

typedef struct {
    const SpScript *script;
    const SpEffect *effect;
} Use;

/* A rename names both: it alters the old object and creates one of the same class. */
static gboolean
is_moved(const SpStatement *statement, const SpObject *object)
{
    if ((statement->facts & (SP_FACT_RENAMES | SP_FACT_MOVES)) == 0)
        return FALSE;
    for (guint i = 0; i < statement->effects->len; i++) {
        const SpEffect *effect = g_ptr_array_index(statement->effects, i);
        if (effect->action == SP_ACTION_CREATE && effect->object->class == object->class)
            return TRUE;
    }
    return FALSE;
}

/* With CASCADE, what another extension has on a part of the object goes too, and which part that is
 * only the server knows; without it the server refuses. */
static gboolean
takes_away(const SpStatement *statement, const SpEffect *effect)
{
    if (effect->is_temporary)
        return FALSE;
    gboolean cascades = (statement->facts & SP_FACT_CASCADES) != 0;
    return effect->action == SP_ACTION_DROP ||
           (effect->action == SP_ACTION_ALTER && (cascades || is_moved(statement, effect->object)));
}

/* Whether @used is there no more once @gone is gone. */
static gboolean
goes_with(const SpObject *used, const SpObject *gone)
{
    if (gone->class == SP_OBJECT_NAMESPACE && g_str_equal(used->namespace_name, gone->name))
        return TRUE;
    /* A routine may be named without its arguments. */
    gboolean is_same_name = used->class == SP_OBJECT_ROUTINE && gone->class == used->class &&
                            g_str_equal(used->namespace_name, gone->namespace_name) &&
                            g_str_equal(used->name, gone->name);
    if (is_same_name && (used->arguments == NULL || gone->arguments == NULL))
        return TRUE;
    return sp_object_equal(used, gone);
}

static const SpEffect *
find_in_statement(const SpStatement *statement, const SpObject *gone)
{
    for (guint i = 0; i < statement->effects->len; i++) {
        const SpEffect *effect = g_ptr_array_index(statement->effects, i);
        if (effect->action != SP_ACTION_DROP && !effect->is_temporary &&
            goes_with(effect->object, gone))
            return effect;
    }
    return NULL;
}

static const SpEffect *
find_in_script(const SpScript *script, const SpObject *gone)
{
    const GPtrArray *statements = sp_script_get_statements(script);
    const SpEffect *effect = NULL;
    for (guint i = 0; i < statements->len && effect == NULL; i++)
        effect = find_in_statement(g_ptr_array_index(statements, i), gone);
    return effect;
}

/* The first use in what runs forward. */
static Use
find_use(const SpPrepared *prepared, const SpObject *gone)
{
    const GPtrArray *scripts = sp_prepared_get_scripts(prepared);
    for (guint i = 0; i < scripts->len; i++) {
        const SpScript *script = g_ptr_array_index(scripts, i);
        if (sp_script_get_role(script) == SP_SCRIPT_DOWN)
            continue;
        const SpEffect *effect = find_in_script(script, gone);
        if (effect != NULL)
            return (Use){script, effect};
    }
    return (Use){NULL, NULL};
}

/* (transfer full) */
static GError *
error_of(const SpObject *gone, const char *user, const Use *use)
{
    guint line, column;
    sp_script_locate(use->script, use->effect->offset, &line, &column);
    g_autofree char *name = sp_object_describe(gone);
    g_autofree char *detail =
        g_strdup_printf("It would be gone; extension \"%s\" names it at %s:%u:%u.", user,
                        sp_script_get_source(use->script), line, column);
    return sp_error_new(SP_ERROR_OBJECT_IN_USE, detail, NULL,
                        "%s \"%s\" is used by extension \"%s\"", gone->word, name, user);
}

static void
check_object(const SpDeclared *declared, const SpObject *gone, const SpPlace *place,
             SpFindings *findings)
{
    guint n = sp_registry_get_n(sp_declared_get_registry(declared));
    for (guint i = 0; i < n; i++) {
        const SpPrepared *prepared = sp_declared_get_prepared(declared, i);
        const char *user = sp_extension_get_id(sp_prepared_get_extension(prepared));
        Use use = {NULL, NULL};
        if (!g_str_equal(user, place->extension))
            use = find_use(prepared, gone);
        if (use.effect == NULL)
            continue;
        GError *error = error_of(gone, user, &use);
        sp_error_place(error, place);
        sp_findings_refuse(findings, error);
    }
}

void
sp_uses_check(const SpDeclared *declared, const SpExtension *extension, const SpScript *script,
              SpFindings *findings)
{
    const GPtrArray *statements = sp_script_get_statements(script);
    for (guint i = 0; i < statements->len; i++) {
        const SpStatement *statement = g_ptr_array_index(statements, i);
        const SpPlace place = {
            .path = sp_extension_get_path(extension),
            .extension = sp_extension_get_id(extension),
            .source = statement->source,
            .line = statement->line,
            .column = statement->column,
        };
        for (guint k = 0; k < statement->effects->len; k++) {
            const SpEffect *effect = g_ptr_array_index(statement->effects, k);
            if (takes_away(statement, effect))
                check_object(declared, effect->object, &place, findings);
        }
    }
}
