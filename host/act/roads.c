/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/roads.h"

#include "act/fingerprint.h"
#include "act/interruption.h"
#include "act/trial.h"
#include "base/error.h"
#include "base/parallel.h"
#include "model/divergence.h"

typedef struct {
    SpRoad public;
    const SpRelease *release; /* (nullable): of UPGRADED */
    const char *conninfo;     /* (nullable): NULL when it is not taken */
    GError *error;            /* (nullable): what was not the fault of an extension */
} Road;

struct SpRoads {
    GPtrArray *roads;              /* Road */
    SpScratch *scratch;            /* while they are taken */
    const SpRoadsOptions *options; /* likewise */
    GPtrArray *given;              /* SpExtension: all */
    SpTrials *trials;
    SpCreations *creations;
    SpFingerprint *reference; /* (nullable): as "migrated" left it */
};

/* What a road does; @out_done: whether it came to its end. */
typedef gboolean (*TravelFunc)(SpRoads *roads, Road *road, const SpTrialPlace *place,
                               gboolean *out_done, GError **error);

static gboolean
install(const SpTrialPlace *place, const SpDeclared *declared, gboolean stamps,
        SpReport **out_report, gboolean *out_done, GError **error)
{
    const SpInstallOptions options = {.attempts = 1, .plan.stamps_fresh = stamps};
    return sp_trial_install(place->session, declared, &options, NULL, place->findings, out_report,
                            out_done, error);
}

static guint
count_steps(const SpReport *report, SpStepState state)
{
    guint n = 0;
    for (guint i = 0; i < sp_report_get_steps(report)->len; i++) {
        const SpStep *step = g_ptr_array_index(sp_report_get_steps(report), i);
        n += step->kind == SP_STEP_MIGRATION && step->state == state;
    }
    return n;
}

static gboolean
travel_migrated(SpRoads *roads, Road *road, const SpTrialPlace *place, gboolean *out_done,
                GError **error)
{
    guint n = 0;
    if (!sp_trials_run(roads->trials, SP_TRIAL_INSTALL, place, out_done, error))
        return FALSE;
    for (guint i = 0; i < roads->given->len; i++)
        n += sp_trials_get_n_statements(roads->trials,
                                        sp_extension_get_id(g_ptr_array_index(roads->given, i)));
    road->public.about =
        g_strdup_printf("into an empty database: %u statement%s of %u extension%s", n,
                        n == 1 ? "" : "s", roads->given->len, roads->given->len == 1 ? "" : "s");
    return TRUE;
}

static gboolean
travel_booted_twice(SpRoads *roads, Road *road, const SpTrialPlace *place, gboolean *out_done,
                    GError **error)
{
    road->public.about = g_strdup("installed again");
    return sp_trials_run(roads->trials, SP_TRIAL_SECOND_BOOT, place, out_done, error);
}

static gboolean
travel_down_up(SpRoads *roads, Road *road, const SpTrialPlace *place, gboolean *out_done,
               GError **error)
{
    guint n = 0;
    if (!sp_trials_run(roads->trials, SP_TRIAL_DOWN_UP, place, out_done, error))
        return FALSE;
    for (guint i = 0; i < roads->given->len; i++)
        n += sp_trials_get_n_undone(roads->trials,
                                    sp_extension_get_id(g_ptr_array_index(roads->given, i)), NULL);
    road->public.about =
        g_strdup_printf("%u migration%s undone, newest first, and run again", n, n == 1 ? "" : "s");
    return TRUE;
}

static gboolean
travel_resumed(SpRoads *roads, Road *road, const SpTrialPlace *place, gboolean *out_done,
               GError **error)
{
    guint n = 0;
    gboolean goes_on =
        sp_interruption_run(road->conninfo, roads->options->declared, place, &n, out_done, error);
    road->public.about = g_strdup_printf("cut off %u time%s, and begun anew", n, n == 1 ? "" : "s");
    return goes_on;
}

static gboolean
travel_stamped(SpRoads *roads, Road *road, const SpTrialPlace *place, gboolean *out_done,
               GError **error)
{
    g_autoptr(SpReport) report = NULL;
    if (!install(place, roads->options->declared, TRUE, &report, out_done, error))
        return FALSE;
    if (!*out_done)
        return TRUE;
    guint n = count_steps(report, SP_STEP_STAMPED);
    road->public.about =
        g_strdup_printf("%u migration%s recorded instead of run", n, n == 1 ? "" : "s");
    return TRUE;
}

static gboolean
travel_upgraded(SpRoads *roads, Road *road, const SpTrialPlace *place, gboolean *out_done,
                GError **error)
{
    g_autoptr(SpReport) report = NULL;
    if (!install(place, road->release->declared, FALSE, NULL, out_done, error))
        return FALSE;
    if (!*out_done)
        return TRUE;
    if (!install(place, roads->options->declared, FALSE, &report, out_done, error))
        return FALSE;
    guint n_before = sp_registry_get_n(sp_declared_get_registry(road->release->declared));
    if (!*out_done)
        return TRUE;
    guint n = count_steps(report, SP_STEP_DONE);
    road->public.about = g_strdup_printf("%u extension%s, and then %u migration%s", n_before,
                                         n_before == 1 ? "" : "s", n, n == 1 ? "" : "s");
    return TRUE;
}

/* In which database. */
typedef enum {
    SITE_FRESH,
    SITE_SAME, /* as MIGRATED left it */
    SITE_COPY, /* of the same */
} Site;

static const struct {
    const char *name;
    TravelFunc travel;
    Site site;
    SpErrorCode code;
    const char *hint;
} kind_table[] = {
    [SP_ROAD_MIGRATED] = {"migrated", travel_migrated, SITE_FRESH, SP_ERROR_ROADS_DIFFER, NULL},
    [SP_ROAD_BOOTED_TWICE] = {"booted-twice", travel_booted_twice, SITE_SAME, SP_ERROR_SECOND_BOOT,
                              "Look for a seed that adds or changes rows each time."},
    [SP_ROAD_DOWN_UP] = {"down-up", travel_down_up, SITE_COPY, SP_ERROR_DOWN_UP,
                         "The down SQL has to take back what the migration does, and no more."},
    [SP_ROAD_RESUMED] = {"resumed", travel_resumed, SITE_FRESH, SP_ERROR_ROADS_DIFFER,
                         "In a migration without a transaction, write each statement so that it "
                         "may run again."},
    [SP_ROAD_STAMPED] = {"stamped", travel_stamped, SITE_FRESH, SP_ERROR_ROADS_DIFFER,
                         "What a migration does, the schema has to say, too; and seeds what it "
                         "inserts."},
    [SP_ROAD_UPGRADED] = {NULL, travel_upgraded, SITE_FRESH, SP_ERROR_ROADS_DIFFER,
                          "Write a migration that brings databases of that release to what the "
                          "schema says now."},
};

/* (transfer full) */
static SpCreations *
list_creations(const SpDeclared *declared)
{
    g_autoptr(GPtrArray) prepared = g_ptr_array_new();
    for (guint i = 0; i < sp_registry_get_n(sp_declared_get_registry(declared)); i++)
        g_ptr_array_add(prepared, (gpointer)sp_declared_get_prepared(declared, i));
    return sp_creations_new(prepared);
}

/* (transfer full) (nullable) */
static SpFingerprint *
look(SpSession *watcher, GError **error)
{
    g_autoptr(SpFingerprint) fingerprint = sp_fingerprint_read(watcher, NULL, error);
    if (fingerprint == NULL || !sp_fingerprint_count_rows(watcher, fingerprint, error))
        return NULL;
    return g_steal_pointer(&fingerprint);
}

static void
compare(const SpRoads *roads, Road *road, const SpFingerprint *fingerprint)
{
    const SpDeclared *before = road->release ? road->release->declared : NULL;
    g_autoptr(SpCreations) older = before ? list_creations(before) : NULL;
    const SpOwners owners = {sp_declared_get_registry(roads->options->declared), roads->creations,
                             older};
    const SpArrival expected = {kind_table[SP_ROAD_MIGRATED].name, roads->reference};
    const SpArrival found = {road->public.name, fingerprint};
    sp_divergences_find(&expected, &found, &owners, kind_table[road->public.kind].code,
                        kind_table[road->public.kind].hint, road->public.findings);
}

static gboolean
arrive(SpRoads *roads, Road *road, SpSession *watcher, GError **error)
{
    /* What a trial says of a seed or migration it says better. */
    gboolean is_said = sp_findings_refusals(road->public.findings)->len > 0;
    g_autoptr(SpFingerprint) fingerprint = is_said ? NULL : look(watcher, error);
    if (!is_said && fingerprint == NULL)
        return FALSE;
    road->public.is_run = is_said || road->public.kind == SP_ROAD_MIGRATED || roads->reference;
    if (road->public.kind == SP_ROAD_MIGRATED)
        roads->reference = g_steal_pointer(&fingerprint);
    else if (fingerprint != NULL && roads->reference != NULL)
        compare(roads, road, fingerprint);
    return TRUE;
}

static gboolean
travel(SpRoads *roads, Road *road, GError **error)
{
    const SpSessionSettings settings = {0};
    g_autoptr(SpSession) session = sp_session_open(road->conninfo, &settings, error);
    g_autoptr(SpSession) watcher =
        session ? sp_session_open(road->conninfo, &settings, error) : NULL;
    const SpTrialPlace place = {session, watcher, road->public.findings};
    gboolean is_done = FALSE;
    if (watcher == NULL ||
        !kind_table[road->public.kind].travel(roads, road, &place, &is_done, error))
        return FALSE;
    return !is_done || arrive(roads, road, watcher, error);
}

static gboolean
may_take(const SpRoads *roads, const Road *road)
{
    if (road->public.kind == SP_ROAD_UPGRADED)
        return road->release->declared != NULL;
    if (road->public.kind == SP_ROAD_STAMPED)
        return roads->options->stamps;
    return kind_table[road->public.kind].site == SITE_FRESH || road->conninfo != NULL;
}

static void
take(SpRoads *roads, Road *road)
{
    gint64 start = g_get_monotonic_time();
    if (!may_take(roads, road))
        return;
    if (roads->options->begun != NULL)
        roads->options->begun(roads->options->data, road->public.name);
    if (road->conninfo == NULL)
        road->conninfo = sp_scratch_add(roads->scratch, NULL, &road->error);
    if (road->conninfo != NULL)
        travel(roads, road, &road->error);
    road->public.duration_us = g_get_monotonic_time() - start;
}

/* The longest stand last, and are begun first. */
static void
take_one(guint index, gpointer data)
{
    SpRoads *roads = data;
    Road *road = g_ptr_array_index(roads->roads, roads->roads->len - 1 - index);
    if (road->public.kind != SP_ROAD_MIGRATED)
        take(roads, road);
}

/* Before anybody is in the original again. */
static gboolean
lead_on(SpRoads *roads, const char *original, GError **error)
{
    for (guint i = 0; i < roads->roads->len; i++) {
        Road *road = g_ptr_array_index(roads->roads, i);
        Site site = kind_table[road->public.kind].site;
        if (site == SITE_SAME)
            road->conninfo = original;
        if (site == SITE_COPY &&
            (road->conninfo = sp_scratch_add(roads->scratch, original, error)) == NULL)
            return FALSE;
    }
    return TRUE;
}

static gboolean
check_errors(const SpRoads *roads, GError **error)
{
    for (guint i = 0; i < roads->roads->len; i++) {
        const Road *road = g_ptr_array_index(roads->roads, i);
        if (road->error == NULL)
            continue;
        g_propagate_error(error, g_error_copy(road->error));
        return FALSE;
    }
    return TRUE;
}

static gboolean
take_all(SpRoads *roads, GError **error)
{
    Road *migrated = g_ptr_array_index(roads->roads, SP_ROAD_MIGRATED);
    take(roads, migrated);
    if (!check_errors(roads, error) ||
        (migrated->public.is_run && !lead_on(roads, migrated->conninfo, error)))
        return FALSE;
    sp_parallel_run(roads->roads->len, 1, take_one, roads);
    return check_errors(roads, error);
}

static void
road_free(gpointer data)
{
    Road *road = data;
    g_free((char *)road->public.name);
    g_free((char *)road->public.about);
    sp_findings_free(road->public.findings);
    g_clear_error(&road->error);
    g_free(road);
}

/* @release: (nullable) */
static void
add_road(SpRoads *roads, SpRoadKind kind, const SpRelease *release)
{
    Road *road = g_new0(Road, 1);
    road->public.kind = kind;
    road->public.name = g_strdup(release ? release->name : kind_table[kind].name);
    road->public.findings = sp_findings_new();
    road->release = release;
    g_ptr_array_add(roads->roads, road);
    const GPtrArray *refusals =
        release && !release->declared ? sp_findings_refusals(release->findings) : NULL;
    for (guint i = 0; refusals != NULL && i < refusals->len; i++)
        sp_findings_refuse(road->public.findings, g_error_copy(g_ptr_array_index(refusals, i)));
}

static GPtrArray *
list_extensions(const SpDeclared *declared)
{
    const SpRegistry *registry = sp_declared_get_registry(declared);
    GPtrArray *extensions = g_ptr_array_new();
    for (guint i = 0; i < sp_registry_get_n(registry); i++)
        g_ptr_array_add(extensions, (gpointer)sp_registry_get(registry, i));
    return extensions;
}

SpRoads *
sp_roads_new(SpScratch *scratch, const SpRoadsOptions *options, GError **error)
{
    g_autoptr(SpRoads) roads = g_new0(SpRoads, 1);
    roads->options = options;
    roads->scratch = scratch;
    roads->roads = g_ptr_array_new_with_free_func(road_free);
    roads->given = list_extensions(options->declared);
    roads->trials = sp_trials_new(options->declared, roads->given);
    roads->creations = list_creations(options->declared);
    for (guint kind = SP_ROAD_MIGRATED; kind < SP_ROAD_UPGRADED; kind++)
        add_road(roads, kind, NULL);
    for (guint i = 0; i < options->releases->len; i++)
        add_road(roads, SP_ROAD_UPGRADED, g_ptr_array_index(options->releases, i));
    if (!take_all(roads, error))
        return NULL;
    roads->options = NULL;
    return g_steal_pointer(&roads);
}

void
sp_roads_free(SpRoads *roads)
{
    if (roads == NULL)
        return;
    g_ptr_array_unref(roads->roads);
    g_ptr_array_unref(roads->given);
    sp_trials_free(roads->trials);
    sp_creations_free(roads->creations);
    sp_fingerprint_free(roads->reference);
    g_free(roads);
}

guint
sp_roads_get_n(const SpRoads *roads)
{
    return roads->roads->len;
}

const SpRoad *
sp_roads_get(const SpRoads *roads, guint index)
{
    const Road *road = g_ptr_array_index(roads->roads, index);
    return &road->public;
}
