/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/strays.h"

#include "base/error.h"
#include "model/claims.h"

/* A message names so many, and counts the rest. */
#define N_NAMED 5

/* A stray, and where it is declared. Borrows all. */
typedef struct {
    const SpStray *stray;
    const SpObject *object;
    SpPlace place;
} Meeting;

/* What the pending steps of one extension meet. */
typedef struct {
    const SpExtension *extension;
    GArray *meetings;    /* Meeting */
    guint n_own;         /* of what is there */
    gboolean is_claimed; /* one of them is somebody else's, not nobody's */
} Encounter;

typedef struct {
    const SpHistory *history;
    GHashTable *seen;      /* SpObject, borrowed */
    GPtrArray *encounters; /* Encounter */
} Search;

static void
encounter_free(gpointer data)
{
    Encounter *encounter = data;
    g_array_unref(encounter->meetings);
    g_free(encounter);
}

static Encounter *
encounter_of(Search *search, const SpExtension *extension)
{
    for (guint i = 0; i < search->encounters->len; i++) {
        Encounter *encounter = g_ptr_array_index(search->encounters, i);
        if (encounter->extension == extension)
            return encounter;
    }
    Encounter *encounter = g_new0(Encounter, 1);
    encounter->extension = extension;
    encounter->meetings = g_array_new(FALSE, FALSE, sizeof(Meeting));
    g_ptr_array_add(search->encounters, encounter);
    return encounter;
}

/* Of others it is not known whose they are. */
static gboolean
is_owned_by_itself(const SpObject *object)
{
    return object->class == SP_OBJECT_RELATION || object->class == SP_OBJECT_TYPE ||
           object->class == SP_OBJECT_ROUTINE;
}

static void
look_at(Search *search, Encounter *encounter, const SpScript *script, const SpEffect *effect)
{
    const SpStray *stray = sp_history_find_stray(search->history, effect->object);
    if (!sp_effect_is_claim(effect) || !g_hash_table_add(search->seen, effect->object))
        return;
    if (stray == NULL) {
        encounter->n_own += is_owned_by_itself(effect->object) &&
                            sp_history_has_object(search->history, effect->object);
        return;
    }
    Meeting meeting = {
        .stray = stray,
        .object = effect->object,
        .place = {.path = sp_extension_get_path(encounter->extension),
                  .extension = sp_extension_get_id(encounter->extension),
                  .source = sp_script_get_source(script)},
    };
    sp_script_locate(script, effect->offset, &meeting.place.line, &meeting.place.column);
    encounter->is_claimed |= stray->holder != NULL || stray->package != NULL;
    g_array_append_val(encounter->meetings, meeting);
}

/* @only_optional: a CREATE without IF NOT EXISTS or OR REPLACE fails by itself */
static void
look_at_statement(Search *search, Encounter *encounter, const SpScript *script,
                  const SpStatement *statement, gboolean only_optional)
{
    for (guint i = 0; i < statement->effects->len; i++) {
        const SpEffect *effect = g_ptr_array_index(statement->effects, i);
        if (effect->is_optional || !only_optional)
            look_at(search, encounter, script, effect);
    }
}

static void
look_at_schemas(Search *search, Encounter *encounter, const SpStep *step)
{
    const char *id = sp_extension_get_id(encounter->extension);
    const char *recorded = sp_history_find_digest(search->history, id, step->phase);
    if (g_strcmp0(recorded, sp_prepared_get_digest(step->prepared, step->phase)) == 0)
        return;
    const GPtrArray *scripts = sp_prepared_get_scripts(step->prepared);
    for (guint i = 0; i < scripts->len; i++) {
        const SpScript *script = g_ptr_array_index(scripts, i);
        const GPtrArray *statements = sp_script_get_statements(script);
        for (guint j = 0; sp_script_get_role(script) == SP_SCRIPT_SCHEMA && j < statements->len;
             j++) {
            const SpStatement *statement = g_ptr_array_index(statements, j);
            if (statement->phase == step->phase)
                look_at_statement(search, encounter, script, statement, FALSE);
        }
    }
}

/* What an interrupted run has begun may be there, though nothing could record it. */
static void
look_at_migration(Search *search, Encounter *encounter, const SpStep *step)
{
    const SpMigration *migration = sp_extension_get_migration(encounter->extension, step->index);
    const SpScript *script = sp_prepared_get_migration(step->prepared, step->index);
    const SpProgressMark *mark = sp_history_find_mark(
        search->history, sp_extension_get_id(encounter->extension), migration->version);
    const GPtrArray *statements = step->statements;
    for (guint i = mark ? mark->n_done + 1 : 0; i < statements->len; i++)
        look_at_statement(search, encounter, script, g_ptr_array_index(statements, i), TRUE);
}

static void
look_at_step(Search *search, const SpStep *step)
{
    if (step->state != SP_STEP_PENDING || step->prepared == NULL)
        return;
    Encounter *encounter = encounter_of(search, sp_prepared_get_extension(step->prepared));
    if (step->kind == SP_STEP_DDL && step->phase != SP_PHASE_RETIREMENTS)
        look_at_schemas(search, encounter, step);
    else if (step->kind == SP_STEP_MIGRATION)
        look_at_migration(search, encounter, step);
}

char *
sp_stray_describe(const SpObject *object)
{
    g_autofree char *name = sp_object_describe(object);
    return g_strdup_printf("%s %s", object->word, name);
}

/* "It is declared as table; the database has a view of that name, owned by role "app". ..." */
static char *
detail_of(const Meeting *meeting)
{
    const SpStray *stray = meeting->stray;
    g_autofree char *whose =
        stray->package
            ? g_strdup_printf("It is part of PostgreSQL's extension \"%s\".", stray->package)
        : stray->holder ? g_strdup_printf("Extension \"%s\" made it, or adopted it.", stray->holder)
                        : g_strdup("No extension made it.");
    return g_strdup_printf("It is declared as %s in %s:%u:%u; the database has a %s of that name, "
                           "owned by role \"%s\". %s",
                           meeting->object->word, meeting->place.source, meeting->place.line,
                           meeting->place.column, stray->word, stray->role, whose);
}

static char *
hint_of(const Meeting *meeting)
{
    const SpStray *stray = meeting->stray;
    if (stray->package != NULL)
        return g_strdup("Give it another name: what is part of an extension of PostgreSQL cannot "
                        "be adopted.");
    g_autofree char *words = sp_stray_describe(meeting->object);
    g_autofree char *quoted = g_shell_quote(words);
    return g_strdup_printf("If it is the extension's, record that: sp-host migrate adopt %s %s%s%s "
                           "--apply. If not, rename one of the two.",
                           meeting->place.extension, quoted, stray->holder ? " --holder=" : "",
                           stray->holder ? stray->holder : "");
}

static void
refuse_one(const Meeting *meeting, SpFindings *findings)
{
    g_autofree char *name = sp_object_describe(meeting->object);
    g_autofree char *detail = detail_of(meeting);
    g_autofree char *hint = hint_of(meeting);
    GError *error = sp_error_new(SP_ERROR_NOT_OWNED, detail, hint,
                                 "%s \"%s\" exists already, and extension \"%s\" did not make it",
                                 meeting->object->word, name, meeting->place.extension);
    sp_error_place(error, &meeting->place);
    sp_findings_refuse(findings, error);
}

/* Whether it is as if somebody else had installed the whole extension. */
static gboolean
is_wholly_foreign(const Encounter *encounter)
{
    return encounter->meetings->len > 1 && encounter->n_own == 0 && !encounter->is_claimed;
}

/* "table "orders", index "orders_at" and 7 more" */
static void
append_names(GString *text, const Encounter *encounter)
{
    guint n = encounter->meetings->len;
    guint n_named = n > N_NAMED ? N_NAMED - 1 : n;
    for (guint i = 0; i < n_named; i++) {
        const Meeting *meeting = &g_array_index(encounter->meetings, Meeting, i);
        g_autofree char *name = sp_object_describe(meeting->object);
        const char *joint = i == 0 ? "" : i + 1 == n ? " and " : ", ";
        g_string_append_printf(text, "%s%s \"%s\"", joint, meeting->object->word, name);
    }
    if (n > n_named)
        g_string_append_printf(text, " and %u more", n - n_named);
}

static void
refuse_extension(const Encounter *encounter, SpFindings *findings)
{
    const Meeting *first = &g_array_index(encounter->meetings, Meeting, 0);
    const char *id = first->place.extension;
    g_autoptr(GString) detail = g_string_new("No extension made ");
    append_names(detail, encounter);
    g_string_append(detail, ".");
    g_autofree char *hint = g_strdup_printf(
        "If they are the extension's, look at them with \"sp-host migrate adopt %s --all\", and "
        "record that with \"sp-host migrate adopt %s --all --apply\".",
        id, id);
    GError *error =
        sp_error_new(SP_ERROR_NOT_OWNED, detail->str, hint,
                     "%u objects of extension \"%s\" exist already, and it did not make them",
                     encounter->meetings->len, id);
    sp_error_place(error, &first->place);
    sp_findings_refuse(findings, error);
}

/* @foreign: (element-type Encounter) */
static void
refuse_extensions(const GPtrArray *foreign, const SpHistory *history, SpFindings *findings)
{
    g_autoptr(GList) in_ledger = sp_history_get_extensions(history);
    g_autoptr(GString) detail = g_string_new(
        in_ledger != NULL ? "The ledger has migrations of another system, or of another host, that "
                            "did not record what they made. "
                          : "");
    guint n_objects = 0;
    guint n_named = foreign->len > N_NAMED ? N_NAMED - 1 : foreign->len;
    g_string_append(detail, "No extension made, as far as the database tells:");
    for (guint i = 0; i < foreign->len; i++) {
        const Encounter *encounter = g_ptr_array_index(foreign, i);
        n_objects += encounter->meetings->len;
        if (i >= n_named)
            continue;
        g_string_append_printf(detail, "\nof \"%s\", ", sp_extension_get_id(encounter->extension));
        append_names(detail, encounter);
    }
    if (foreign->len > n_named)
        g_string_append_printf(detail, "\nand those of %u more extensions", foreign->len - n_named);
    GError *error = sp_error_new(
        SP_ERROR_NOT_OWNED, detail->str,
        "If another system has installed these extensions, look at what would be theirs with "
        "\"sp-host migrate adopt --all\", and record it with \"sp-host migrate adopt --all "
        "--apply\".",
        "%u objects of %u extensions exist already, and they did not make them", n_objects,
        foreign->len);
    sp_findings_refuse(findings, error);
}

static void
refuse_all(const Search *search, SpFindings *findings)
{
    g_autoptr(GPtrArray) foreign = g_ptr_array_new();
    for (guint i = 0; i < search->encounters->len; i++) {
        const Encounter *encounter = g_ptr_array_index(search->encounters, i);
        if (is_wholly_foreign(encounter))
            g_ptr_array_add(foreign, (gpointer)encounter);
        for (guint j = 0; !is_wholly_foreign(encounter) && j < encounter->meetings->len; j++)
            refuse_one(&g_array_index(encounter->meetings, Meeting, j), findings);
    }
    if (foreign->len > 1)
        refuse_extensions(foreign, search->history, findings);
    else if (foreign->len == 1)
        refuse_extension(g_ptr_array_index(foreign, 0), findings);
}

void
sp_strays_refuse(const SpPlan *plan, const SpHistory *history, SpFindings *findings)
{
    Search search = {
        .history = history,
        .seen = g_hash_table_new(sp_object_hash, sp_object_equal),
        .encounters = g_ptr_array_new_with_free_func(encounter_free),
    };
    const GPtrArray *steps = sp_plan_get_steps(plan);
    for (guint i = 0; i < steps->len; i++)
        look_at_step(&search, g_ptr_array_index(steps, i));
    refuse_all(&search, findings);
    g_ptr_array_unref(search.encounters);
    g_hash_table_unref(search.seen);
}
