/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/diagnosis.h"

#include <string.h>

struct SpDiagnosis {
    GPtrArray *troubles; /* SpTrouble */
};

/* What is said of the object, whose kind and identity go before. */
static const struct {
    SpErrorCode code;
    const char *words;
} word_table[] = {
    {SP_ERROR_NEVER_INSTALLED, "has none of the host's tables"},
    {SP_ERROR_NOT_RECORDED, "has no recorded definitions to be compared with"},
    {SP_ERROR_INSTALL_PENDING, "is not installed as it is declared"},
    {SP_ERROR_INSTALL_UNFINISHED, "changed since its definitions were recorded"},
    {SP_ERROR_MIGRATION_INTERRUPTED, "is half done"},
    {SP_ERROR_OBJECT_MISSING, "is missing"},
    {SP_ERROR_OBJECT_ALTERED, "was altered since the last install"},
    {SP_ERROR_OBJECT_FOREIGN, "was made by no extension"},
    {SP_ERROR_OBJECT_ORPHANED, "belongs to an extension whose plugin is gone"},
    {SP_ERROR_RECORD_ORPHANED, "is recorded, and its plugin is gone"},
    {SP_ERROR_INVALID_INDEX, "cannot be used"},
    {SP_ERROR_NOT_VALIDATED, "does not hold for the rows that were there before it"},
    {SP_ERROR_TRIGGER_DISABLED, "is disabled"},
    {SP_ERROR_BODY_DANGLING, "names a relation that does not exist"},
    {SP_ERROR_SEQUENCE_BEHIND, "is behind its column"},
};

static void
trouble_free(gpointer data)
{
    SpTrouble *trouble = data;
    const char *texts[] = {trouble->extension, trouble->kind, trouble->identity, trouble->message,
                           trouble->detail,    trouble->hint, trouble->recorded, trouble->found};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free((char *)texts[i]);
    g_free(trouble);
}

SpDiagnosis *
sp_diagnosis_new(void)
{
    SpDiagnosis *diagnosis = g_new0(SpDiagnosis, 1);
    diagnosis->troubles = g_ptr_array_new_with_free_func(trouble_free);
    return diagnosis;
}

void
sp_diagnosis_free(SpDiagnosis *diagnosis)
{
    if (diagnosis == NULL)
        return;
    g_ptr_array_unref(diagnosis->troubles);
    g_free(diagnosis);
}

static const char *
words_of(SpErrorCode code)
{
    for (guint i = 0; i < G_N_ELEMENTS(word_table); i++)
        if (word_table[i].code == code)
            return word_table[i].words;
    g_return_val_if_reached(NULL);
}

static guint
rank_of(SpErrorCode code)
{
    for (guint i = 0; i < G_N_ELEMENTS(word_table); i++)
        if (word_table[i].code == code)
            return i;
    return G_N_ELEMENTS(word_table);
}

static gboolean
is_about(const SpTrouble *trouble, const char *kind, const char *identity)
{
    return g_str_equal(trouble->kind, kind) && g_str_equal(trouble->identity, identity);
}

void
sp_diagnosis_add(SpDiagnosis *diagnosis, const SpTrouble *trouble)
{
    for (guint i = 0; i < diagnosis->troubles->len; i++) {
        const SpTrouble *other = g_ptr_array_index(diagnosis->troubles, i);
        if (other->code == trouble->code && is_about(other, trouble->kind, trouble->identity))
            return;
    }
    SpTrouble *copy = g_new0(SpTrouble, 1);
    copy->code = trouble->code;
    copy->extension = g_strdup(trouble->extension);
    copy->kind = g_strdup(trouble->kind);
    copy->identity = g_strdup(trouble->identity);
    copy->message =
        g_strdup_printf("%s \"%s\" %s", trouble->kind, trouble->identity, words_of(trouble->code));
    copy->detail = g_strdup(trouble->detail);
    copy->hint = g_strdup(trouble->hint);
    copy->recorded = g_strdup(trouble->recorded);
    copy->found = g_strdup(trouble->found);
    g_ptr_array_add(diagnosis->troubles, copy);
}

gboolean
sp_diagnosis_has(const SpDiagnosis *diagnosis, SpErrorCode code, const char *extension)
{
    for (guint i = 0; i < diagnosis->troubles->len; i++) {
        const SpTrouble *trouble = g_ptr_array_index(diagnosis->troubles, i);
        if (trouble->code == code && g_strcmp0(trouble->extension, extension) == 0)
            return TRUE;
    }
    return FALSE;
}

void
sp_diagnosis_keep(SpDiagnosis *diagnosis, const char *const *extensions)
{
    for (guint i = diagnosis->troubles->len; i > 0; i--) {
        const SpTrouble *trouble = g_ptr_array_index(diagnosis->troubles, i - 1);
        gboolean stays = trouble->extension != NULL
                             ? g_strv_contains(extensions, trouble->extension)
                             : g_str_equal(trouble->kind, "database");
        if (!stays)
            g_ptr_array_remove_index(diagnosis->troubles, i - 1);
    }
}

static gint
compare_troubles(gconstpointer a, gconstpointer b)
{
    const SpTrouble *x = *(SpTrouble *const *)a, *y = *(SpTrouble *const *)b;
    int order = g_strcmp0(x->extension, y->extension);
    if (order == 0)
        order = (int)rank_of(x->code) - (int)rank_of(y->code);
    if (order == 0)
        order = strcmp(x->kind, y->kind);
    return order != 0 ? order : strcmp(x->identity, y->identity);
}

const GPtrArray *
sp_diagnosis_sort(SpDiagnosis *diagnosis)
{
    g_ptr_array_sort(diagnosis->troubles, compare_troubles);
    return diagnosis->troubles;
}

char *
sp_diagnosis_key(const char *relation, const char *name)
{
    return g_strconcat(relation ? relation : "", "\n", name, NULL);
}

/* What a comparison carries along. */
typedef struct {
    SpDiagnosis *diagnosis;
    GHashTable *leaves_out, *lost;
    GHashTable *gone;        /* identities of what is missing and may have parts */
    GHashTable *constraints; /* keys of the constraints that differ */
    GHashTable *columns;     /* identities of the tables of which columns differ */
} Comparison;

static gboolean
is_constraint(const SpImprint *object)
{
    return g_str_equal(object->kind, "table constraint");
}

/* It goes and comes with its table, or with the column or constraint that it serves. */
static gboolean
is_implied(const Comparison *comparison, const SpDifference *difference)
{
    const SpImprint *object = sp_difference_get_object(difference);
    if (object->parent == NULL)
        return FALSE;
    if (g_hash_table_contains(comparison->gone, object->parent))
        return TRUE;
    g_autofree char *key = sp_diagnosis_key(object->parent, object->name);
    if (g_str_equal(object->kind, "sequence"))
        return g_hash_table_contains(comparison->columns, object->parent);
    return !is_constraint(object) && g_hash_table_contains(comparison->constraints, key);
}

static gboolean
is_said_already(const Comparison *comparison, const SpImprint *object)
{
    static const SpErrorCode closer[] = {SP_ERROR_INVALID_INDEX, SP_ERROR_TRIGGER_DISABLED,
                                         SP_ERROR_NOT_VALIDATED};
    const GPtrArray *troubles = comparison->diagnosis->troubles;
    for (guint i = 0; i < troubles->len; i++) {
        const SpTrouble *trouble = g_ptr_array_index(troubles, i);
        for (guint k = 0; k < G_N_ELEMENTS(closer); k++)
            if (trouble->code == closer[k] && is_about(trouble, object->kind, object->identity))
                return TRUE;
    }
    return FALSE;
}

/* (transfer full): the statement that drops a part of a table. Its identity begins or ends with its
 * quoted name. */
static char *
drop_of(const SpImprint *object)
{
    const char *on = g_strrstr(object->identity, " on ");
    g_autofree char *kind = g_ascii_strup(object->kind, -1);
    if (g_str_has_suffix(object->kind, " constraint") && object->parent != NULL && on != NULL)
        return g_strdup_printf("ALTER %s %s DROP CONSTRAINT %.*s;",
                               is_constraint(object) ? "TABLE" : "DOMAIN", object->parent,
                               (int)(on - object->identity), object->identity);
    if (object->parent != NULL && g_str_has_suffix(object->kind, " column"))
        return g_strdup_printf("ALTER TABLE %s DROP COLUMN %s;", object->parent,
                               object->identity + strlen(object->parent) + 1);
    return g_strdup_printf("DROP %s %s;", g_str_equal(kind, "INDEX") ? "INDEX CONCURRENTLY" : kind,
                           object->identity);
}

/* (transfer full) */
static char *
hint_of(const Comparison *comparison, const SpDifference *difference)
{
    const SpImprint *object = sp_difference_get_object(difference);
    gboolean is_part = object->parent != NULL && !g_str_equal(object->kind, "index");
    g_autofree char *key = sp_diagnosis_key(is_part ? object->parent : NULL, object->name);
    g_autofree char *drop = drop_of(object);
    if (difference->kind == SP_DIFFERENCE_ALTERED)
        return g_strdup("If the change is meant, let its extension make it, in a migration; else "
                        "undo it by hand.");
    if (difference->kind == SP_DIFFERENCE_EXTRA)
        return g_strconcat("Let an extension make it, in a migration; or run: ", drop, NULL);
    if (g_hash_table_contains(comparison->lost, key))
        return g_strdup(object->parent == NULL
                            ? "Run sp-host install: it makes it again, without the data. If it was "
                              "renamed, rename it back instead."
                            : "Run sp-host install: it makes it again, without the data.");
    return g_strdup("No install makes it again: do so by hand, as its migration did.");
}

static void
take_difference(const Comparison *comparison, const SpDifference *difference)
{
    static const SpErrorCode codes[] = {
        [SP_DIFFERENCE_MISSING] = SP_ERROR_OBJECT_MISSING,
        [SP_DIFFERENCE_EXTRA] = SP_ERROR_OBJECT_FOREIGN,
        [SP_DIFFERENCE_ALTERED] = SP_ERROR_OBJECT_ALTERED,
    };
    const SpImprint *object = sp_difference_get_object(difference);
    if (g_hash_table_contains(comparison->leaves_out, object->extension) ||
        is_implied(comparison, difference) ||
        (difference->kind == SP_DIFFERENCE_ALTERED && is_said_already(comparison, object)))
        return;
    g_autofree char *hint = hint_of(comparison, difference);
    sp_diagnosis_add(comparison->diagnosis,
                     &(SpTrouble){
                         .code = codes[difference->kind],
                         .extension = object->extension,
                         .kind = object->kind,
                         .identity = object->identity,
                         .hint = hint,
                         .recorded = difference->before ? difference->before->definition : NULL,
                         .found = difference->after ? difference->after->definition : NULL,
                     });
}

void
sp_diagnosis_compare(SpDiagnosis *diagnosis, const SpFingerprint *recorded,
                     const SpFingerprint *now, GHashTable *leaves_out, GHashTable *lost)
{
    g_autoptr(GPtrArray) differences = sp_fingerprint_compare(recorded, now);
    g_autoptr(GHashTable) gone = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) columns = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) constraints =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < differences->len; i++) {
        const SpDifference *difference = g_ptr_array_index(differences, i);
        const SpImprint *object = sp_difference_get_object(difference);
        if (difference->kind == SP_DIFFERENCE_MISSING && object->parent == NULL)
            g_hash_table_add(gone, (gpointer)object->identity);
        if (object->parent != NULL && g_str_has_suffix(object->kind, " column"))
            g_hash_table_add(columns, (gpointer)object->parent);
        if (is_constraint(object))
            g_hash_table_add(constraints, sp_diagnosis_key(object->parent, object->name));
    }
    const Comparison comparison = {diagnosis, leaves_out, lost, gone, constraints, columns};
    for (guint i = 0; i < differences->len; i++)
        take_difference(&comparison, g_ptr_array_index(differences, i));
}
