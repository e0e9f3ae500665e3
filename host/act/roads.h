/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The roads that lead to one schema, each tried in a database of its own, and whether all of them
 * end in the same. */
#pragma once

#include "act/scratch.h"
#include "model/declared.h"

typedef enum {
    SP_ROAD_MIGRATED,     /* "migrated": an empty database, and every migration runs; all others are
                             compared with it */
    SP_ROAD_BOOTED_TWICE, /* "booted-twice": installed again, with nothing new */
    SP_ROAD_DOWN_UP,      /* "down-up": every migration that can be undone is, and runs again */
    SP_ROAD_RESUMED,  /* "resumed": the install is cut off again and again, see interruption.h */
    SP_ROAD_STAMPED,  /* "stamped": an empty database, and the migrations are recorded */
    SP_ROAD_UPGRADED, /* "from DIR": older plugins are installed, then these */
} SpRoadKind;

/** Older plugins. */
typedef struct {
    const char *name;           /* of their road: "from DIR" */
    const SpDeclared *declared; /* (nullable): NULL when they are refused */
    const SpFindings *findings; /* then: why */
} SpRelease;

typedef struct {
    const SpDeclared *declared;                     /* not refused */
    const GPtrArray *releases;                      /* (element-type SpRelease) */
    gboolean stamps;                                /* take the road "stamped", too */
    void (*begun)(gpointer data, const char *road); /* from the thread that takes it */
    gpointer data;
} SpRoadsOptions;

typedef struct {
    SpRoadKind kind;
    const char *name;
    gboolean is_run;   /* came to its end, so its database was compared */
    const char *about; /* (nullable): what was done, in a few words; NULL when it was not run */
    gint64 duration_us;
    SpFindings *findings;
} SpRoad;

typedef struct SpRoads SpRoads;

/**
 * Takes every road that can be taken, on as many processors as there are.
 * Refusals in the findings of a road: what the server refused, at its place; roads-differ, one for
 * each object that is not the same as on the road "migrated", or number of rows of a table;
 * second-boot-changes; down-up-differs. Where the road "migrated" does not come to its end nothing
 * is compared.
 * Errors: those of sp_scratch_add(), sp_trials_run()
 */
SpRoads *sp_roads_new(SpScratch *scratch, const SpRoadsOptions *options, GError **error);
void sp_roads_free(SpRoads *roads);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpRoads, sp_roads_free)

guint sp_roads_get_n(const SpRoads *roads);
/** In the order of SpRoadKind. */
const SpRoad *sp_roads_get(const SpRoads *roads, guint index);
