/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/object.h"

SpObject *
sp_object_new(SpObjectClass class, const char *word, const char *namespace_name, const char *name,
              const char *parent, const char *arguments)
{
    g_return_val_if_fail(word != NULL && namespace_name != NULL && name != NULL, NULL);

    SpObject *object = g_new0(SpObject, 1);
    object->class = class;
    object->word = word;
    object->namespace_name = g_strdup(namespace_name);
    object->name = g_strdup(name);
    object->parent = g_strdup(parent);
    object->arguments = g_strdup(arguments);
    return object;
}

SpObject *
sp_object_copy(const SpObject *object)
{
    g_return_val_if_fail(object != NULL, NULL);
    return sp_object_new(object->class, object->word, object->namespace_name, object->name,
                         object->parent, object->arguments);
}

SpObject *
sp_object_copy_into(const SpObject *object, SpArena *arena)
{
    g_return_val_if_fail(object != NULL && arena != NULL, NULL);

    SpObject *copy = sp_arena_copy(arena, object, sizeof *object);
    gboolean is_public = g_str_equal(object->namespace_name, "public");
    copy->namespace_name = is_public ? "public" : sp_arena_text(arena, object->namespace_name);
    copy->name = sp_arena_text(arena, object->name);
    copy->parent = sp_arena_text(arena, object->parent);
    copy->arguments = sp_arena_text(arena, object->arguments);
    return copy;
}

void
sp_object_free(SpObject *object)
{
    if (object == NULL)
        return;
    g_free((char *)object->namespace_name);
    g_free((char *)object->name);
    g_free((char *)object->parent);
    g_free((char *)object->arguments);
    g_free(object);
}

guint
sp_object_hash(gconstpointer pointer)
{
    const SpObject *object = pointer;
    const char *texts[] = {object->namespace_name, object->name, object->parent, object->arguments};
    guint hash = (guint)object->class;

    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        hash = hash * 31 + (texts[i] == NULL ? 0 : g_str_hash(texts[i]));
    return hash;
}

gboolean
sp_object_equal(gconstpointer a, gconstpointer b)
{
    const SpObject *left = a;
    const SpObject *right = b;

    return left->class == right->class && g_str_equal(left->name, right->name) &&
           g_str_equal(left->namespace_name, right->namespace_name) &&
           g_strcmp0(left->parent, right->parent) == 0 &&
           g_strcmp0(left->arguments, right->arguments) == 0;
}

/* The names of casts and transforms tell all already. */
static void
append_rest(GString *text, const SpObject *object)
{
    switch ((int)object->class) {
    case SP_OBJECT_TRIGGER:
    case SP_OBJECT_POLICY:
    case SP_OBJECT_RULE:
        g_string_append(text, " on ");
        if (!g_str_equal(object->namespace_name, "public"))
            g_string_append_printf(text, "%s.", object->namespace_name);
        g_string_append(text, object->parent);
        break;
    case SP_OBJECT_USER_MAPPING:
        g_string_append_printf(text, " on %s", object->parent);
        break;
    case SP_OBJECT_ROUTINE:
    case SP_OBJECT_OPERATOR:
        if (object->arguments != NULL)
            g_string_append_printf(text, "(%s)", object->arguments);
        break;
    case SP_OBJECT_OPERATOR_CLASS:
    case SP_OBJECT_OPERATOR_FAMILY:
        g_string_append_printf(text, " using %s", object->arguments);
        break;
    default:
        break;
    }
}

char *
sp_object_describe(const SpObject *object)
{
    g_return_val_if_fail(object != NULL, NULL);

    GString *text = g_string_new(NULL);
    gboolean is_part = object->class == SP_OBJECT_TRIGGER || object->class == SP_OBJECT_POLICY ||
                       object->class == SP_OBJECT_RULE;
    gboolean is_plain =
        *object->namespace_name == '\0' || g_str_equal(object->namespace_name, "public");

    if (!is_part && !is_plain)
        g_string_append_printf(text, "%s.", object->namespace_name);
    g_string_append(text, object->name);
    append_rest(text, object);
    return g_string_free(text, FALSE);
}

/* Arguments are joined by commas; those inside a type, as in numeric(10,2), do not count. */
guint
sp_object_count_arguments(const SpObject *object)
{
    const char *arguments = object->arguments;
    if (arguments == NULL || *arguments == '\0')
        return 0;
    guint count = 1;
    int depth = 0;
    for (const char *at = arguments; *at != '\0'; at++) {
        depth += (*at == '(') - (*at == ')');
        count += *at == ',' && depth == 0;
    }
    return count;
}
