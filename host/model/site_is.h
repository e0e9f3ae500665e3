/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What the rules of the hazard table ask of a site, whose node or command they have looked at. */
#pragma once

#include "model/site.h"

/* ALTER TABLE ... ADD COLUMN */
gboolean sp_site_computes_each_value(const SpSite *site); /* volatile, generated, serial */
gboolean sp_site_lacks_values(const SpSite *site);        /* NOT NULL, and nothing to fill it */
gboolean sp_site_has_default(const SpSite *site);
/* ALTER TABLE, other commands */
gboolean sp_site_checks_at_once(const SpSite *site); /* a constraint without NOT VALID */
gboolean sp_site_builds_index(const SpSite *site);   /* a constraint without USING INDEX */
gboolean sp_site_changes_type(const SpSite *site);   /* in a way that changes what is stored */
gboolean sp_site_detaches_at_once(const SpSite *site);
/* CREATE INDEX, REINDEX, DROP INDEX, REFRESH MATERIALIZED VIEW */
gboolean sp_site_is_not_concurrent(const SpSite *site);
gboolean sp_site_reindexes_at_once(const SpSite *site);
gboolean sp_site_drops_index(const SpSite *site); /* without CONCURRENTLY */
/* DROP, RENAME, SET SCHEMA */
gboolean sp_site_drops_table(const SpSite *site);
gboolean sp_site_renames_table(const SpSite *site);
gboolean sp_site_renames_column(const SpSite *site);
gboolean sp_site_moves_table(const SpSite *site);
/* the others */
gboolean sp_site_is_vacuum_full(const SpSite *site);
gboolean sp_site_inserts_from_query(const SpSite *site);
gboolean sp_site_keeps_writers_out(const SpSite *site); /* LOCK TABLE */
