/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/trial.h"

#include "act/migrate.h"
#include "act/ups.h"
#include "base/error.h"

#include <string.h>

#define DOWN_TAKES_TOO_MUCH "The down SQL has to take back what the migration does, and no more."

/* Of what differs, this much is named. */
#define NAMED_MAX 5

struct SpTrials {
    const SpDeclared *declared;
    const GPtrArray *given;     /* SpExtension: those that are judged */
    GHashTable *declared_names; /* utf8, borrowed: what schemas create */
    SpUps *ups;
    GHashTable *statements; /* id -> count */
    GHashTable *undone;     /* id -> count; of those whose turn came */
};

/* What one trial carries along; lives on the stack of sp_trials_run(). */
typedef struct {
    SpTrials *trials;
    const SpTrialPlace *place;
} Run;

const char *
sp_trial_nick(SpTrial trial)
{
    static const char *const nicks[] = {
        [SP_TRIAL_INSTALL] = "install",
        [SP_TRIAL_SECOND_BOOT] = "second-boot",
        [SP_TRIAL_DOWN_UP] = "down-up",
    };
    return nicks[trial];
}

/* Whether @error ends the trial, and is not the fault of an extension. */
static gboolean
is_outage(const GError *error)
{
    static const SpErrorCode codes[] = {SP_ERROR_CONNECT, SP_ERROR_CONNECTION_LOST,
                                        SP_ERROR_LOCK_LOST, SP_ERROR_INTERNAL};
    for (guint i = 0; i < G_N_ELEMENTS(codes); i++)
        if (g_error_matches(error, SP_ERROR, (gint)codes[i]))
            return TRUE;
    return FALSE;
}

/* Takes every refusal that led to @error, or else the error itself; not what ends a trial.
 * @error: (transfer full) */
static gboolean
take_refusals(SpFindings *to, const SpFindings *found, GError *error, GError **out_error)
{
    const GPtrArray *refusals = sp_findings_refusals(found);
    if (refusals->len == 0 && is_outage(error)) {
        g_propagate_error(out_error, error);
        return FALSE;
    }
    if (refusals->len == 0) {
        sp_findings_refuse(to, error);
        return TRUE;
    }
    for (guint i = 0; i < refusals->len; i++)
        sp_findings_refuse(to, g_error_copy(g_ptr_array_index(refusals, i)));
    g_error_free(error);
    return TRUE;
}

gboolean
sp_trial_install(SpSession *session, const SpDeclared *declared, const SpInstallOptions *options,
                 const SpProgress *progress, SpFindings *findings, SpReport **out_report,
                 gboolean *out_done, GError **error)
{
    g_autoptr(SpFindings) found = sp_findings_new();
    g_autoptr(SpReport) report = NULL;
    GError *problem = NULL;
    *out_done = sp_install(session, declared, options, progress, found, &report, &problem);
    const GPtrArray *warnings = sp_findings_warnings(found);
    for (guint i = 0; i < warnings->len; i++)
        sp_findings_warn(findings, g_error_copy(g_ptr_array_index(warnings, i)));
    if (out_report != NULL)
        *out_report = g_steal_pointer(&report);
    return *out_done || take_refusals(findings, found, problem, error);
}

/* @out_report: (nullable); @out_done: whether all was installed. Returns: FALSE when the trial is
 * over */
static gboolean
install(const Run *run, const SpProgress *progress, SpReport **out_report, gboolean *out_done,
        GError **error)
{
    const SpInstallOptions options = {.attempts = 1, .one_by_one = progress != NULL};
    return sp_trial_install(run->place->session, run->trials->declared, &options, progress,
                            run->place->findings, out_report, out_done, error);
}

static void
count_statements(const Run *run, const SpReport *report)
{
    const GPtrArray *steps = sp_report_get_steps(report);
    for (guint i = 0; i < steps->len; i++) {
        const SpStep *step = g_ptr_array_index(steps, i);
        const char *id = sp_step_extension_id(step);
        if (id == NULL || step->state != SP_STEP_DONE)
            continue;
        guint n = GPOINTER_TO_UINT(g_hash_table_lookup(run->trials->statements, id));
        g_hash_table_insert(run->trials->statements, g_strdup(id),
                            GUINT_TO_POINTER(n + step->statements->len));
    }
}

/* Whether any migration can be undone, so that it is worth while to look at each. */
static gboolean
has_way_back(const SpDeclared *declared)
{
    const SpRegistry *registry = sp_declared_get_registry(declared);
    for (guint i = 0; i < sp_registry_get_n(registry); i++) {
        const SpExtension *extension = sp_registry_get(registry, i);
        for (guint j = 0; j < sp_extension_get_n_migrations(extension); j++)
            if (sp_extension_get_migration(extension, j)->down_sql != NULL)
                return TRUE;
    }
    return FALSE;
}

static gboolean
try_install(const Run *run, gboolean *out_done, GError **error)
{
    const SpProgress progress = sp_ups_watch(run->trials->ups, run->place->watcher);
    g_autoptr(SpReport) report = NULL;
    gboolean is_watched = has_way_back(run->trials->declared);
    if (!install(run, is_watched ? &progress : NULL, &report, out_done, error))
        return FALSE;
    if (report != NULL)
        count_statements(run, report);
    return sp_ups_check(run->trials->ups, error);
}

static void
refuse_repeated(const Run *run, const SpStep *step)
{
    const SpExtension *extension = sp_prepared_get_extension(step->prepared);
    const char *id = sp_extension_get_id(extension);
    gboolean is_seed = step->kind == SP_STEP_SEED;
    GError *error =
        is_seed
            ? sp_error_new(SP_ERROR_SECOND_BOOT,
                           "A seed runs at every start; one that changes nothing writes nothing.",
                           "End it with DO NOTHING, or with WHERE ... IS DISTINCT FROM ....",
                           "seed \"%s\" of extension \"%s\" changed %" G_GUINT64_FORMAT
                           " row%s at the second boot",
                           step->name, id, step->rows, step->rows == 1 ? "" : "s")
            : sp_error_new(SP_ERROR_SECOND_BOOT,
                           "Something that it makes was not there after the first boot.",
                           "Look for a migration or seed that drops or renames it.",
                           "%s statements of extension \"%s\" ran again at the second boot",
                           sp_phase_nick(step->phase), id);
    SpPlace place = {
        .path = sp_extension_get_path(extension),
        .extension = id,
        .source = step->source,
        .phase = sp_phase_nick(step->phase),
    };
    const SpStatement *only =
        step->statements->len == 1 ? g_ptr_array_index(step->statements, 0) : NULL;
    if (only != NULL) {
        place.line = only->line;
        place.column = only->column;
    }
    sp_error_place(error, &place);
    sp_findings_refuse(run->place->findings, error);
}

static gboolean
is_given(const Run *run, const SpExtension *extension)
{
    return g_ptr_array_find((GPtrArray *)run->trials->given, extension, NULL);
}

static gboolean
has_changed(const Run *run, const SpStep *step)
{
    if (step->prepared == NULL || !is_given(run, sp_prepared_get_extension(step->prepared)) ||
        step->state != SP_STEP_DONE || step->kind == SP_STEP_COLUMNS)
        return FALSE;
    return step->kind == SP_STEP_SEED ? step->rows > 0 : sp_step_has_work(step);
}

static gboolean
try_second_boot(const Run *run, gboolean *out_done, GError **error)
{
    g_autoptr(SpReport) report = NULL;
    if (!install(run, NULL, &report, out_done, error))
        return FALSE;
    const GPtrArray *steps = report ? sp_report_get_steps(report) : NULL;
    for (guint i = 0; steps != NULL && i < steps->len; i++)
        if (has_changed(run, g_ptr_array_index(steps, i)))
            refuse_repeated(run, g_ptr_array_index(steps, i));
    return TRUE;
}

/* (transfer full): "a; b; c; and 2 more." */
static char *
join_texts(const GPtrArray *texts)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < MIN(texts->len, NAMED_MAX); i++)
        g_string_append_printf(out, "%s%s", i > 0 ? "; " : "",
                               (const char *)g_ptr_array_index(texts, i));
    if (texts->len > NAMED_MAX)
        g_string_append_printf(out, "; and %u more", texts->len - NAMED_MAX);
    g_string_append_c(out, '.');
    out->str[0] = g_ascii_toupper(out->str[0]);
    return g_string_free(out, FALSE);
}

/* @error: (transfer full) */
static void
refuse_at(const Run *run, const SpExtension *extension, const char *source, GError *error)
{
    const SpPlace place = {
        .path = sp_extension_get_path(extension),
        .extension = sp_extension_get_id(extension),
        .source = source,
        .phase = sp_phase_nick(SP_PHASE_MIGRATIONS),
    };
    sp_error_place(error, &place);
    sp_findings_refuse(run->place->findings, error);
}

static gboolean
check_left(const Run *run, const SpExtension *extension, const SpMigration *migration,
           GError **error)
{
    const char *id = sp_extension_get_id(extension);
    g_autoptr(SpFingerprint) now = sp_fingerprint_read(run->place->watcher, NULL, error);
    if (now == NULL)
        return FALSE;
    g_autoptr(GPtrArray) left = sp_ups_find_left(run->trials->ups, id, migration->version,
                                                 run->trials->declared_names, now);
    if (left->len == 0)
        return TRUE;
    g_autofree char *detail = join_texts(left);
    refuse_at(
        run, extension, migration->down_source,
        sp_error_new(SP_ERROR_DOWN_UP, detail, "Undo in the down SQL all that the migration does.",
                     "undoing migration %03u \"%s\" of extension \"%s\" leaves something of it",
                     migration->version, migration->name, id));
    return TRUE;
}

/* Others use what it makes, so no operator can undo it either. @found: what refused it */
static gboolean
note_in_use(const Run *run, const SpFindings *found)
{
    const GPtrArray *refusals = sp_findings_refusals(found);
    for (guint i = 0; i < refusals->len; i++)
        if (!g_error_matches(g_ptr_array_index(refusals, i), SP_ERROR, SP_ERROR_OBJECT_IN_USE))
            return FALSE;
    for (guint i = 0; i < refusals->len; i++)
        sp_findings_note(run->place->findings, g_error_copy(g_ptr_array_index(refusals, i)));
    return refusals->len > 0;
}

/* @out_done: whether it was undone. Returns: FALSE when the trial is over */
static gboolean
undo_newest(const Run *run, const SpExtension *extension, gboolean *out_done, GError **error)
{
    const SpMigrateOptions options = {
        .decide = sp_edits_down,
        .request = {.extension = sp_extension_get_id(extension), .count = 1},
        .applies = TRUE,
        .is_all_or_none = TRUE,
        .attempts = 1,
    };
    g_autoptr(SpFindings) found = sp_findings_new();
    g_autoptr(GPtrArray) edits = NULL;
    GError *problem = NULL;
    *out_done = sp_migrate(run->place->session, run->trials->declared, &options, NULL, found,
                           &edits, &problem);
    if (*out_done)
        return TRUE;
    if (!note_in_use(run, found))
        return take_refusals(run->place->findings, found, problem, error);
    g_error_free(problem);
    return TRUE;
}

/* Newest first, down to the first that cannot be undone. */
static gboolean
undo_all(const Run *run, const SpExtension *extension, guint *out_n, GError **error)
{
    gboolean goes_on = TRUE;
    for (guint i = sp_extension_get_n_migrations(extension); goes_on && i > 0; i--) {
        const SpMigration *migration = sp_extension_get_migration(extension, i - 1);
        if (migration->is_tombstone)
            continue;
        if (migration->down_sql == NULL)
            return TRUE;
        if (!undo_newest(run, extension, &goes_on, error))
            return FALSE;
        if (goes_on && !check_left(run, extension, migration, error))
            return FALSE;
        *out_n += goes_on;
    }
    return TRUE;
}

static char *
describe_difference(const SpDifference *difference)
{
    static const char *const words[] = {
        [SP_DIFFERENCE_MISSING] = "is gone",
        [SP_DIFFERENCE_EXTRA] = "is new",
        [SP_DIFFERENCE_ALTERED] = "is another",
    };
    const SpImprint *object = sp_difference_get_object(difference);
    if (difference->kind == SP_DIFFERENCE_ALTERED)
        return g_strdup_printf("%s \"%s\" was \"%s\" and is \"%s\"", object->kind, object->identity,
                               difference->before->definition, difference->after->definition);
    return g_strdup_printf("%s \"%s\" %s", object->kind, object->identity, words[difference->kind]);
}

/* @here: (inout): as the database was before; as it is now */
static gboolean
check_return(const Run *run, const SpExtension *extension, SpFingerprint **here, GError **error)
{
    SpFingerprint *after = sp_fingerprint_read(run->place->watcher, NULL, error);
    if (after == NULL)
        return FALSE;
    g_autoptr(SpFingerprint) before = *here;
    *here = after;
    g_autoptr(GPtrArray) differences = sp_fingerprint_compare(before, after);
    sp_differences_fold(differences);
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < differences->len; i++)
        g_ptr_array_add(texts, describe_difference(g_ptr_array_index(differences, i)));
    if (texts->len == 0)
        return TRUE;
    g_autofree char *detail = join_texts(texts);
    refuse_at(run, extension, NULL,
              sp_error_new(SP_ERROR_DOWN_UP, detail, DOWN_TAKES_TOO_MUCH,
                           "undoing the migrations of extension \"%s\" and running them again does "
                           "not lead back",
                           sp_extension_get_id(extension)));
    return TRUE;
}

/* Whether there is anything to undo, so that it is worth while to look. */
static gboolean
ends_with_way_back(const SpExtension *extension)
{
    for (guint i = sp_extension_get_n_migrations(extension); i > 0; i--) {
        const SpMigration *migration = sp_extension_get_migration(extension, i - 1);
        if (!migration->is_tombstone)
            return migration->down_sql != NULL;
    }
    return FALSE;
}

/* (transfer full): a column that is gone after a down was taken by it. */
static GError *
refusal_of_return(const GError *found)
{
    if (found->code != SP_ERROR_COLUMN_ABSENT)
        return g_error_copy(found);
    GError *error = sp_error_new(SP_ERROR_DOWN_UP, found->message, DOWN_TAKES_TOO_MUCH,
                                 "after undoing the migrations nothing brings back a column");
    sp_error_place(error, sp_error_get_place(found));
    return error;
}

static gboolean
return_from(const Run *run, gboolean *out_done, GError **error)
{
    const SpInstallOptions options = {.attempts = 1};
    g_autoptr(SpFindings) found = sp_findings_new();
    gboolean goes_on = sp_trial_install(run->place->session, run->trials->declared, &options, NULL,
                                        found, NULL, out_done, error);
    const GPtrArray *refusals = sp_findings_refusals(found);
    for (guint i = 0; i < refusals->len; i++)
        sp_findings_refuse(run->place->findings, refusal_of_return(g_ptr_array_index(refusals, i)));
    return goes_on;
}

/* @here: (inout) (nullable): as the database is, if that is known; @out_done: whether it is whole
 * again */
static gboolean
go_and_return(const Run *run, const SpExtension *extension, SpFingerprint **here,
              gboolean *out_done, GError **error)
{
    guint n_undone = 0;
    *out_done = TRUE;
    if (ends_with_way_back(extension) && *here == NULL)
        *here = sp_fingerprint_read(run->place->watcher, NULL, error);
    if (ends_with_way_back(extension) &&
        (*here == NULL || !undo_all(run, extension, &n_undone, error)))
        return FALSE;
    g_hash_table_insert(run->trials->undone, g_strdup(sp_extension_get_id(extension)),
                        GUINT_TO_POINTER(n_undone));
    if (n_undone == 0)
        return TRUE;
    if (!return_from(run, out_done, error))
        return FALSE;
    return !*out_done || check_return(run, extension, here, error);
}

/* Those that others depend on come last. */
static gboolean
try_down_up(const Run *run, gboolean *out_done, GError **error)
{
    const SpRegistry *registry = sp_declared_get_registry(run->trials->declared);
    g_autoptr(SpFingerprint) here = NULL;
    *out_done = TRUE;
    for (guint i = sp_registry_get_n(registry); *out_done && i > 0; i--) {
        const SpExtension *extension = sp_registry_get(registry, i - 1);
        if (is_given(run, extension) && !go_and_return(run, extension, &here, out_done, error))
            return FALSE;
    }
    return TRUE;
}

SpTrials *
sp_trials_new(const SpDeclared *declared, const GPtrArray *given)
{
    g_return_val_if_fail(!sp_declared_is_refused(declared), NULL);
    SpTrials *trials = g_new0(SpTrials, 1);
    trials->declared = declared;
    trials->given = given;
    trials->declared_names = sp_ups_collect_declared(declared);
    trials->ups = sp_ups_new();
    trials->statements = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    trials->undone = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return trials;
}

void
sp_trials_free(SpTrials *trials)
{
    if (trials == NULL)
        return;
    g_hash_table_unref(trials->declared_names);
    sp_ups_free(trials->ups);
    g_hash_table_unref(trials->statements);
    g_hash_table_unref(trials->undone);
    g_free(trials);
}

gboolean
sp_trials_run(SpTrials *trials, SpTrial trial, const SpTrialPlace *place, gboolean *out_is_whole,
              GError **error)
{
    static gboolean (*const functions[])(const Run *run, gboolean *out_done, GError **error) = {
        [SP_TRIAL_INSTALL] = try_install,
        [SP_TRIAL_SECOND_BOOT] = try_second_boot,
        [SP_TRIAL_DOWN_UP] = try_down_up,
    };
    const Run run = {trials, place};
    return functions[trial](&run, out_is_whole, error);
}

guint
sp_trials_get_n_statements(const SpTrials *trials, const char *extension)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(trials->statements, extension));
}

guint
sp_trials_get_n_undone(const SpTrials *trials, const char *extension, gboolean *out_is_reached)
{
    gpointer n = NULL;
    gboolean is_reached = g_hash_table_lookup_extended(trials->undone, extension, NULL, &n);
    if (out_is_reached != NULL)
        *out_is_reached = is_reached;
    return GPOINTER_TO_UINT(n);
}
