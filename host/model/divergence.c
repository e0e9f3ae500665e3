/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/divergence.h"

typedef struct {
    const char *kind; /* as a fingerprint has it */
    SpObjectClass class;
    gboolean is_of_table; /* its table is its parent */
} KindRow;

/* What a text creates by its own name. The rest belongs to its table. */
static const KindRow kind_table[] = {
    {"table", SP_OBJECT_RELATION},
    {"foreign table", SP_OBJECT_RELATION},
    {"view", SP_OBJECT_RELATION},
    {"materialized view", SP_OBJECT_RELATION},
    {"index", SP_OBJECT_RELATION},
    {"sequence", SP_OBJECT_RELATION},
    {"type", SP_OBJECT_TYPE},
    {"schema", SP_OBJECT_NAMESPACE},
    {"function", SP_OBJECT_ROUTINE},
    {"procedure", SP_OBJECT_ROUTINE},
    {"aggregate", SP_OBJECT_ROUTINE},
    {"trigger", SP_OBJECT_TRIGGER, TRUE},
    {"policy", SP_OBJECT_POLICY, TRUE},
    {"rule", SP_OBJECT_RULE, TRUE},
    {"statistics object", SP_OBJECT_STATISTICS},
};

static const SpCreation *
find_own(const SpCreations *creations, const SpImprint *imprint)
{
    for (guint i = 0; i < G_N_ELEMENTS(kind_table); i++) {
        const KindRow *row = &kind_table[i];
        if (!g_str_equal(imprint->kind, row->kind))
            continue;
        const SpObject object = {
            .class = row->class,
            .namespace_name = imprint->namespace_name ? imprint->namespace_name : "",
            .name = imprint->name,
            .parent = row->is_of_table ? imprint->relation : NULL,
        };
        return sp_creations_find(creations, &object);
    }
    return NULL;
}

static const SpCreation *
find_whole(const SpCreations *creations, const SpImprint *imprint)
{
    static const SpObjectClass classes[] = {SP_OBJECT_RELATION, SP_OBJECT_TYPE};
    const SpCreation *creation = NULL;
    for (guint i = 0; i < G_N_ELEMENTS(classes) && creation == NULL; i++) {
        const SpObject object = {.class = classes[i],
                                 .namespace_name = imprint->namespace_name,
                                 .name = imprint->relation};
        creation = sp_creations_find(creations, &object);
    }
    return creation;
}

/* (nullable): where its owner creates it, or what it is a part of. */
static const SpCreation *
find_creation(const SpOwners *owners, const SpImprint *imprint)
{
    const SpCreations *const both[] = {owners->creations, owners->older};
    for (guint i = 0; i < G_N_ELEMENTS(both) && both[i] != NULL; i++) {
        const SpCreation *creation = find_own(both[i], imprint);
        if (creation == NULL && imprint->relation != NULL)
            creation = find_whole(both[i], imprint);
        if (creation != NULL)
            return creation;
    }
    return NULL;
}

/* (transfer full): "On road "stamped": numeric NOT NULL." */
static char *
describe_side(const SpArrival *arrival, const SpImprint *imprint)
{
    if (imprint == NULL)
        return g_strdup_printf("On road \"%s\" it is not there.", arrival->road);
    if (*imprint->definition == '\0')
        return g_strdup_printf("On road \"%s\" it is there.", arrival->road);
    return g_strdup_printf("On road \"%s\": %s", arrival->road, imprint->definition);
}

/* (transfer full) */
static GError *
say(const SpArrival *expected, const SpArrival *found, const SpDifference *difference,
    const SpCreation *creation, SpErrorCode code, const char *hint)
{
    const SpImprint *object = sp_difference_get_object(difference);
    g_autofree char *before = describe_side(expected, difference->before);
    g_autofree char *after = describe_side(found, difference->after);
    g_autofree char *detail = g_strdup_printf("%s\n%s", before, after);
    const char *id = creation ? creation->place.extension : NULL;
    return sp_error_new(code, detail, hint, "%s \"%s\"%s%s%s is not what road \"%s\" makes of it",
                        object->kind, object->identity, id ? " of extension \"" : "", id ? id : "",
                        id ? "\"" : "", expected->road);
}

static void
refuse(const SpOwners *owners, const SpCreation *creation, GError *error, SpFindings *findings)
{
    SpPlace place = creation ? creation->place : (SpPlace){0};
    const SpExtension *extension =
        creation ? sp_registry_find(owners->registry, place.extension) : NULL;
    place.path = extension ? sp_extension_get_path(extension) : NULL;
    sp_error_place(error, &place);
    sp_findings_refuse(findings, error);
}

/* @gone: (element-type utf8): ids */
static void
note_gone(const SpArrival *found, const GPtrArray *gone, SpFindings *findings)
{
    g_autoptr(GString) ids = g_string_new(NULL);
    for (guint i = 0; i < gone->len; i++)
        g_string_append_printf(ids, "%s\"%s\"", i > 0 ? ", " : "",
                               (const char *)g_ptr_array_index(gone, i));
    if (gone->len > 0)
        sp_findings_note(findings,
                         sp_error_new(SP_ERROR_MIGRATION_ORPHANED,
                                      "What it made there stays, and was not compared.", NULL,
                                      "no plugin of the present declares what road \"%s\" begins "
                                      "with: %s",
                                      found->road, ids->str));
}

void
sp_divergences_find(const SpArrival *expected, const SpArrival *found, const SpOwners *owners,
                    SpErrorCode code, const char *hint, SpFindings *findings)
{
    g_autoptr(GPtrArray) differences =
        sp_fingerprint_compare(expected->fingerprint, found->fingerprint);
    g_autoptr(GPtrArray) gone = g_ptr_array_new();
    sp_differences_fold(differences);
    for (guint i = 0; i < differences->len; i++) {
        const SpDifference *difference = g_ptr_array_index(differences, i);
        const SpCreation *creation = find_creation(owners, sp_difference_get_object(difference));
        const char *id = creation ? creation->place.extension : NULL;
        if (id == NULL || sp_registry_find(owners->registry, id) != NULL) {
            refuse(owners, creation, say(expected, found, difference, creation, code, hint),
                   findings);
            /* One is enough. */
            hint = NULL;
        } else if (!g_ptr_array_find_with_equal_func(gone, id, g_str_equal, NULL)) {
            g_ptr_array_add(gone, (gpointer)id);
        }
    }
    note_gone(found, gone, findings);
}
