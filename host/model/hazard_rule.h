/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The table of hazards: what a statement does to a table that is in use. docs/hazards.md explains
 * every code. */
#pragma once

#include "model/site.h"

typedef struct {
    const char *code;    /* stable, in kebab case; several rows may share one */
    const char *lock;    /* (nullable): PostgreSQL's lock mode; NULL when the statement says it */
    gboolean rewrites;   /* writes the whole table anew */
    gboolean scans;      /* reads every row */
    const char *problem; /* in front of its table "orders": "SET NOT NULL reads every row of" */
    const char *reason;  /* a sentence */
    const char *safer;   /* what to write instead */
} SpHazardRule;

guint sp_hazard_rules_get_n(void);
const SpHazardRule *sp_hazard_rules_get(guint index);
/** Whether the rule applies to a site. What is not known of the table is taken for the worse. */
gboolean sp_hazard_rule_applies(guint index, const SpSite *site);
/** The lock that the rule's statement takes on the table of @site. */
const char *sp_hazard_rule_lock(const SpHazardRule *rule, const SpSite *site);
