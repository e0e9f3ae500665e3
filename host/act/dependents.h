/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What depends on a view or function, as the catalog knows it, and how to make it again. */
#pragma once

#include "edge/session.h"
#include "model/object.h"

/** The object itself, or something that depends on it. */
typedef struct {
    SpObject *object;  /* (nullable): NULL for what cannot be made again */
    guint depth;       /* 0: the object itself; what depends on a thing is deeper than it */
    gboolean is_view;  /* or a materialized one, or stands on one that depends, too */
    char *description; /* for people: "view v", "default value for column c of table t" */
    char *drop;        /* does nothing when it is gone */
    char *create;      /* identical, from the catalog */
    GPtrArray *keeps;  /* (element-type utf8): its owner, grants, comments, labels, in SQL */
} SpDependent;

/**
 * Reads the whole closure, in one round trip: views, materialized views (with data where they have
 * some) and their indexes and statistics, functions whose body or types the server follows,
 * policies, triggers, rules, column defaults and checks.
 * @object: a relation or routine
 * Returns: (transfer full) (element-type SpDependent): by depth; empty when there is no such view,
 * materialized view or routine
 */
GPtrArray *sp_dependents_read(SpSession *session, const SpObject *object, GError **error);
