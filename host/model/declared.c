/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/declared.h"

#include "base/error.h"
#include "model/columns.h"
#include "model/preparations.h"

struct SpDeclared {
    gboolean skips_refused;
    gboolean is_partial;
    SpFindings *findings;
    GHashTable *left_out;         /* SpExtension -> GError, its first refusal */
    const SpRecall *recall;       /* (nullable) */
    SpPreparations *preparations; /* of all rounds */
    gboolean is_unchanged;
    gboolean is_news;
    /* of the last round of checks */
    SpRegistry *registry;
    GPtrArray *prepared; /* SpPrepared, in registry order; borrowed */
    GPtrArray *disabled; /* SpPrepared; borrowed */
    SpOwnership *ownership;
};

/* One round of checks; lives on the stack of check(). */
typedef struct {
    SpDeclared *declared;
    GPtrArray *extensions; /* those not left out so far */
    const char *const *disabled;
    SpFindings *found;
} Round;

typedef void (*AddFinding)(SpFindings *findings, GError *error);

static void
copy_findings(const GPtrArray *errors, SpFindings *to, AddFinding add)
{
    for (guint i = 0; i < errors->len; i++)
        add(to, g_error_copy(g_ptr_array_index(errors, i)));
}

/* In the order of the registry, whoever was prepared first. Whatever is wrong with a disabled
 * extension hinders nobody. */
static void
collect_prepared(const Round *round)
{
    SpDeclared *declared = round->declared;
    declared->prepared = g_ptr_array_new();
    declared->disabled = g_ptr_array_new();
    for (guint i = 0; i < sp_registry_get_n(declared->registry); i++) {
        const SpPreparation *preparation =
            sp_preparations_find(declared->preparations, sp_registry_get(declared->registry, i));
        const SpFindings *findings = preparation->findings;
        g_ptr_array_add(declared->prepared, preparation->prepared);
        declared->is_news |= declared->recall != NULL && preparation->is_changed;
        copy_findings(sp_findings_refusals(findings), round->found, sp_findings_refuse);
        copy_findings(sp_findings_warnings(findings), round->found, sp_findings_warn);
    }
    const GPtrArray *disabled = sp_registry_get_disabled(declared->registry);
    for (guint i = 0; i < disabled->len; i++) {
        const SpPreparation *preparation =
            sp_preparations_find(declared->preparations, g_ptr_array_index(disabled, i));
        g_ptr_array_add(declared->disabled, preparation->prepared);
    }
}

/* Returns: (nullable): the enabled extension that @error is about */
static const SpExtension *
find_culprit(const Round *round, const GError *error)
{
    const char *id = sp_error_get_place(error)->extension;
    return id != NULL ? sp_registry_find(round->declared->registry, id) : NULL;
}

/* @only_left_out: not what the next round finds again */
static void
keep_findings(const Round *round, const GPtrArray *errors, AddFinding add, gboolean only_left_out)
{
    for (guint i = 0; i < errors->len; i++) {
        const GError *error = g_ptr_array_index(errors, i);
        const SpExtension *culprit = find_culprit(round, error);
        if (!only_left_out || g_hash_table_contains(round->declared->left_out, culprit))
            add(round->declared->findings, g_error_copy(error));
    }
}

static void
keep_round(const Round *round, gboolean only_left_out)
{
    keep_findings(round, sp_findings_refusals(round->found), sp_findings_refuse, only_left_out);
    keep_findings(round, sp_findings_warnings(round->found), sp_findings_warn, only_left_out);
    keep_findings(round, sp_findings_notes(round->found), sp_findings_note, only_left_out);
}

/* Returns: whether any was left out, so that the checks have to start again without it */
static gboolean
leave_out_refused(const Round *round)
{
    const GPtrArray *refusals = sp_findings_refusals(round->found);
    GHashTable *left_out = round->declared->left_out;
    guint n_before = g_hash_table_size(left_out);
    if (!round->declared->skips_refused)
        return FALSE;
    for (guint i = 0; i < refusals->len; i++) {
        const GError *error = g_ptr_array_index(refusals, i);
        SpExtension *culprit = (SpExtension *)find_culprit(round, error);
        if (culprit != NULL && !g_hash_table_contains(left_out, culprit))
            g_hash_table_insert(left_out, sp_extension_ref(culprit), g_error_copy(error));
    }
    if (g_hash_table_size(left_out) == n_before)
        return FALSE;

    keep_round(round, TRUE);
    for (guint i = round->extensions->len; i > 0; i--) {
        if (g_hash_table_contains(left_out, g_ptr_array_index(round->extensions, i - 1)))
            g_ptr_array_remove_index(round->extensions, i - 1);
    }
    return TRUE;
}

/* Says of the one that came first in the order, @owner, what @clash says of the other one. */
static void
refuse_owner(const Round *round, const GError *clash, const char *owner)
{
    GError *error = sp_error_new((SpErrorCode)clash->code, sp_error_detail(clash),
                                 sp_error_hint(clash), "%s", clash->message);
    sp_error_place(error, &(SpPlace){.extension = owner});
    sp_findings_refuse(round->found, error);
}

static void
refuse_owners_of(const Round *round, const GError *clash, const char *id,
                 const SpStatement *statement)
{
    for (guint i = 0; i < statement->effects->len; i++) {
        const SpEffect *effect = g_ptr_array_index(statement->effects, i);
        if (effect->action != SP_ACTION_CREATE || effect->is_temporary)
            continue;
        const char *owner = sp_ownership_find(round->declared->ownership, effect->object);
        if (owner != NULL && !g_str_equal(owner, id))
            refuse_owner(round, clash, owner);
    }
}

static void
refuse_all_owners(const Round *round, const GError *clash, const SpPrepared *prepared)
{
    const char *id = sp_extension_get_id(sp_prepared_get_extension(prepared));
    const GPtrArray *scripts = sp_prepared_get_scripts(prepared);
    for (guint i = 0; i < scripts->len; i++) {
        const GPtrArray *statements = sp_script_get_statements(g_ptr_array_index(scripts, i));
        for (guint j = 0; j < statements->len; j++)
            refuse_owners_of(round, clash, id, g_ptr_array_index(statements, j));
    }
}

/* When what is refused is skipped, both sides of a clash are: nothing says which of them has the
 * right, and a newcomer with a lower priority could take a table over. */
static void
refuse_rivals(const Round *round)
{
    const GPtrArray *refusals = sp_findings_refusals(round->found);
    guint n = round->declared->skips_refused ? refusals->len : 0;
    for (guint i = 0; i < n; i++) {
        const GError *error = g_ptr_array_index(refusals, i);
        const SpExtension *culprit = find_culprit(round, error);
        gboolean is_clash =
            error->code == SP_ERROR_DUPLICATE_OWNER || error->code == SP_ERROR_DUPLICATE_OBJECT;
        int position =
            culprit && is_clash ? sp_registry_get_position(round->declared->registry, culprit) : -1;
        if (position >= 0)
            refuse_all_owners(round, error,
                              g_ptr_array_index(round->declared->prepared, (guint)position));
    }
}

/* Stops after the first kind of check that leaves something out, so that nobody is refused for what
 * a refused one did. Returns: whether all checks were done */
static gboolean
run_checks(const Round *round)
{
    SpDeclared *declared = round->declared;
    declared->registry = (declared->is_partial ? sp_registry_new_partial : sp_registry_new)(
        round->extensions, round->disabled, round->found);
    declared->is_unchanged =
        sp_preparations_make(declared->preparations, declared->registry, declared->recall);
    collect_prepared(round);
    if (leave_out_refused(round))
        return FALSE;
    if (declared->is_unchanged && !sp_recall_has_marks(declared->recall)) {
        keep_round(round, FALSE);
        return TRUE;
    }
    declared->ownership = sp_ownership_new(declared->registry, declared->prepared,
                                           declared->disabled, declared->recall, round->found);
    refuse_rivals(round);
    if (leave_out_refused(round))
        return FALSE;
    sp_columns_check(declared->prepared, round->found);
    if (leave_out_refused(round))
        return FALSE;
    keep_round(round, FALSE);
    return TRUE;
}

static void
forget_round(SpDeclared *declared)
{
    g_clear_pointer(&declared->ownership, sp_ownership_free);
    g_clear_pointer(&declared->prepared, g_ptr_array_unref);
    g_clear_pointer(&declared->disabled, g_ptr_array_unref);
    g_clear_pointer(&declared->registry, sp_registry_free);
}

/* Until a round leaves nothing out. */
static void
check(SpDeclared *declared, const GPtrArray *extensions, const char *const *disabled)
{
    g_autoptr(GPtrArray) remaining = g_ptr_array_copy((GPtrArray *)extensions, NULL, NULL);
    g_ptr_array_set_free_func(remaining, NULL);
    gboolean is_done = FALSE;
    while (!is_done) {
        g_autoptr(SpFindings) found = sp_findings_new();
        Round round = {declared, remaining, disabled, found};
        forget_round(declared);
        is_done = run_checks(&round);
    }
}

static void
begin_anew(SpDeclared *declared)
{
    sp_findings_free(declared->findings);
    declared->findings = sp_findings_new();
    g_hash_table_remove_all(declared->left_out);
    declared->recall = NULL;
    declared->is_news = FALSE;
}

static guint
flags_of(const SpDeclaredOptions *options)
{
    return (options->keeps_trees ? SP_PREPARED_KEEPS_TREES : 0u) |
           (options->takes_newer_grammar ? SP_PREPARED_TAKES_NEWER_GRAMMAR : 0u);
}

SpDeclared *
sp_declared_new(const GPtrArray *extensions, const SpDeclaredOptions *options)
{
    g_return_val_if_fail(extensions != NULL, NULL);
    g_return_val_if_fail(options != NULL && options->disabled != NULL, NULL);

    SpDeclared *declared = g_new0(SpDeclared, 1);
    declared->skips_refused = options->skip_refused;
    declared->is_partial = options->is_partial;
    declared->preparations = sp_preparations_new(flags_of(options));
    declared->recall = options->recall;
    declared->findings = sp_findings_new();
    declared->left_out = g_hash_table_new_full(NULL, NULL, (GDestroyNotify)sp_extension_unref,
                                               (GDestroyNotify)g_error_free);

    check(declared, extensions, options->disabled);
    if (declared->recall != NULL && sp_findings_refusals(declared->findings)->len > 0) {
        begin_anew(declared);
        check(declared, extensions, options->disabled);
    }
    return declared;
}

void
sp_declared_free(SpDeclared *declared)
{
    if (declared == NULL)
        return;
    forget_round(declared);
    sp_preparations_free(declared->preparations);
    g_hash_table_unref(declared->left_out);
    sp_findings_free(declared->findings);
    g_free(declared);
}

const SpRegistry *
sp_declared_get_registry(const SpDeclared *declared)
{
    return declared->registry;
}

const SpOwnership *
sp_declared_get_ownership(const SpDeclared *declared)
{
    return declared->ownership;
}

const SpFindings *
sp_declared_get_findings(const SpDeclared *declared)
{
    return declared->findings;
}

gboolean
sp_declared_is_refused(const SpDeclared *declared)
{
    if (!declared->skips_refused)
        return sp_findings_refusals(declared->findings)->len > 0;
    GHashTableIter iter;
    gpointer extension;
    g_hash_table_iter_init(&iter, declared->left_out);
    while (g_hash_table_iter_next(&iter, &extension, NULL))
        if (sp_extension_is_required(extension))
            return TRUE;
    return FALSE;
}

gboolean
sp_declared_is_unchanged(const SpDeclared *declared)
{
    return declared->is_unchanged;
}

gboolean
sp_declared_is_news(const SpDeclared *declared)
{
    return declared->is_news;
}

const SpRecall *
sp_declared_get_recall(const SpDeclared *declared)
{
    return declared->recall;
}

const GPtrArray *
sp_declared_get_disabled(const SpDeclared *declared)
{
    return declared->disabled;
}

const SpPrepared *
sp_declared_get_prepared(const SpDeclared *declared, guint index)
{
    g_return_val_if_fail(index < declared->prepared->len, NULL);
    return g_ptr_array_index(declared->prepared, index);
}

const GError *
sp_declared_get_refusal(const SpDeclared *declared, const SpExtension *extension)
{
    const GError *refusal = g_hash_table_lookup(declared->left_out, extension);
    if (refusal == NULL)
        refusal = sp_registry_get_refusal(declared->registry, extension);
    if (refusal != NULL)
        return refusal;

    const char *id = sp_extension_get_id(extension);
    const GPtrArray *refusals = sp_findings_refusals(declared->findings);
    for (guint i = 0; i < refusals->len; i++) {
        const GError *error = g_ptr_array_index(refusals, i);
        if (g_strcmp0(sp_error_get_place(error)->extension, id) == 0)
            return error;
    }
    return NULL;
}

GPtrArray *
sp_declared_list_read(const SpDeclared *declared, guint *out_n_enabled)
{
    GPtrArray *read = g_ptr_array_new();
    const GPtrArray *both[] = {declared->prepared, declared->disabled};
    for (guint i = 0; i < G_N_ELEMENTS(both); i++) {
        for (guint j = 0; j < both[i]->len; j++)
            if (sp_prepared_is_read(g_ptr_array_index(both[i], j)))
                g_ptr_array_add(read, g_ptr_array_index(both[i], j));
        if (i == 0 && out_n_enabled != NULL)
            *out_n_enabled = read->len;
    }
    return read;
}
