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
    {"function", SP_OBJECT_ROUTINE},
    {"procedure", SP_OBJECT_ROUTINE},
    {"aggregate", SP_OBJECT_ROUTINE},
    {"trigger", SP_OBJECT_TRIGGER, TRUE},
    {"policy", SP_OBJECT_POLICY, TRUE},
    {"rule", SP_OBJECT_RULE, TRUE},
    {"statistics object", SP_OBJECT_STATISTICS},
};

static const SpCreation *
find_in(const SpCreations *creations, const SpImprint *imprint)
{
    const SpCreation *creation = NULL;
    for (guint i = 0; i < G_N_ELEMENTS(kind_table) && creation == NULL; i++) {
        const KindRow *row = &kind_table[i];
        if (!g_str_equal(imprint->kind, row->kind))
            continue;
        const SpObject own = {.class = row->class,
                              .namespace_name = imprint->namespace_name,
                              .name = imprint->name,
                              .parent = row->is_of_table ? imprint->relation : NULL};
        creation = sp_creations_find(creations, &own);
    }
    if (creation != NULL || imprint->relation == NULL)
        return creation;
    const SpObject table = {.class = SP_OBJECT_RELATION,
                            .namespace_name = imprint->namespace_name,
                            .name = imprint->relation};
    return sp_creations_find(creations, &table);
}

/* (nullable): where its owner creates it, or the table that it is a part of. */
static const SpCreation *
find_creation(const SpOwners *owners, const SpImprint *imprint)
{
    const SpCreation *creation =
        imprint->namespace_name ? find_in(owners->creations, imprint) : NULL;
    if (creation == NULL && owners->older != NULL && imprint->namespace_name != NULL)
        creation = find_in(owners->older, imprint);
    return creation;
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

/* @gone: (element-type utf8): the ids that were noted already */
static void
note_gone(const SpArrival *found, const SpCreation *creation, GHashTable *gone,
          SpFindings *findings)
{
    const char *id = creation->place.extension;
    if (!g_hash_table_add(gone, (gpointer)id))
        return;
    GError *note = sp_error_new(
        SP_ERROR_MIGRATION_ORPHANED, "What it made stays, and was not compared.", NULL,
        "extension \"%s\" is there at the beginning of road \"%s\" alone", id, found->road);
    sp_error_place(note, &(SpPlace){.extension = id});
    sp_findings_note(findings, note);
}

void
sp_divergences_find(const SpArrival *expected, const SpArrival *found, const SpOwners *owners,
                    SpErrorCode code, const char *hint, SpFindings *findings)
{
    g_autoptr(GPtrArray) differences =
        sp_fingerprint_compare(expected->fingerprint, found->fingerprint);
    g_autoptr(GHashTable) gone = g_hash_table_new(g_str_hash, g_str_equal);
    sp_differences_fold(differences);
    for (guint i = 0; i < differences->len; i++) {
        const SpDifference *difference = g_ptr_array_index(differences, i);
        const SpCreation *creation = find_creation(owners, sp_difference_get_object(difference));
        if (creation != NULL &&
            sp_registry_find(owners->registry, creation->place.extension) == NULL)
            note_gone(found, creation, gone, findings);
        else
            refuse(owners, creation, say(expected, found, difference, creation, code, hint),
                   findings);
    }
}
