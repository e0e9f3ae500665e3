/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/fingerprint.h"

#include "act/json_rows.h"
#include "model/ownership.h"

/* PostgreSQL gives its own objects smaller numbers: FirstNormalObjectId of access/transam.h. */
#define OWN_OBJECT "16384"

/* Grants, where they are not those that every object has: in an order of their own. */
#define GRANTS(acl, letter, owner)                                                         \
    "(SELECT 'ACL ' || coalesce(string_agg(x.item::text, ' ' ORDER BY x.item::text), '') " \
    "FROM unnest(" acl ") AS x(item) HAVING " acl " IS NOT NULL AND "                      \
    "coalesce(array_agg(x.item::text ORDER BY x.item::text), '{}') <> "                    \
    "(SELECT coalesce(array_agg(y.item::text ORDER BY y.item::text), '{}') "               \
    "FROM unnest(acldefault('" letter "', " owner ")) AS y(item)))"

/* One kind of object. */
typedef struct {
    const char *catalog;
    const char *oid;
    const char *part;       /* (nullable): the number of a column; NULL for a whole object */
    const char *definition; /* all that makes it what it is */
    const char *from;
} Part;

/* $1 the namespaces or NULL, $2 the names of what is the host's, both as JSON. */
static const Part part_table[] = {
    {"pg_namespace", "n.oid", NULL, GRANTS("n.nspacl", "n", "n.nspowner"),
     "pg_namespace n JOIN spaces s ON s.oid = n.oid WHERE n.nspname <> 'public'"},
    {"pg_class", "r.oid", NULL,
     "concat_ws(' ', CASE r.relpersistence WHEN 'u' THEN 'UNLOGGED' END, r.reloptions::text, "
     "CASE WHEN r.relrowsecurity THEN 'ROW LEVEL SECURITY' END, "
     "CASE WHEN r.relforcerowsecurity THEN 'FORCE ROW LEVEL SECURITY' END, "
     "'REPLICA IDENTITY ' || nullif(r.relreplident, 'd')::text, "
     "'PARTITION BY ' || pg_get_partkeydef(r.oid), "
     "pg_get_expr(r.relpartbound, r.oid), "
     "(SELECT 'OF ' || string_agg(i.inhparent::regclass::text, ',' ORDER BY i.inhseqno) "
     "FROM pg_inherits i WHERE i.inhrelid = r.oid), "
     "CASE WHEN r.relkind IN ('v', 'm') THEN pg_get_viewdef(r.oid) END, " GRANTS("r.relacl", "r",
                                                                                 "r.relowner") ")",
     "relations r WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f')"},
    /* Its name is told by its identity. */
    {"pg_class", "r.oid", NULL,
     "concat_ws(' ', replace(pg_get_indexdef(r.oid), format(' INDEX %I ON ', r.relname), "
     "' INDEX ON '), CASE WHEN NOT i.indisvalid THEN 'INVALID' END, "
     "CASE WHEN i.indisreplident THEN 'REPLICA IDENTITY' END)",
     "relations r JOIN pg_index i ON i.indexrelid = r.oid JOIN relations t ON t.oid = i.indrelid"},
    {"pg_class", "r.oid", NULL,
     "concat_ws(' ', format('AS %s START %s INCREMENT %s MINVALUE %s MAXVALUE %s CACHE %s', "
     "q.seqtypid::regtype, q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcache), "
     "CASE WHEN q.seqcycle THEN 'CYCLE' END, " GRANTS("r.relacl", "s", "r.relowner") ")",
     "relations r JOIN pg_sequence q ON q.seqrelid = r.oid"},
    {"pg_class", "r.oid", "a.attnum",
     "concat_ws(' ', format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'NOT NULL' "
     "END, 'IDENTITY ' || nullif(a.attidentity, '')::text, 'GENERATED ' || nullif(a.attgenerated, "
     "'')::text, "
     "'COLLATE ' || nullif(a.attcollation, y.typcollation)::regcollation::text, "
     "'STORAGE ' || nullif(a.attstorage, y.typstorage)::text, 'DEFAULT ' || pg_get_expr(d.adbin, "
     "d.adrelid), "
     "a.attoptions::text, a.attacl::text)",
     "relations r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT "
     "a.attisdropped JOIN pg_type y ON y.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = "
     "r.oid AND d.adnum = a.attnum "
     "WHERE r.relkind IN ('r', 'p', 'f', 'c')"},
    /* NOT NULL is told by the column. */
    {"pg_constraint", "k.oid", NULL, "pg_get_constraintdef(k.oid)",
     "pg_constraint k JOIN spaces s ON s.oid = k.connamespace WHERE k.contype <> 'n' "
     "AND (k.conrelid = 0 OR k.conrelid IN (SELECT oid FROM relations))"},
    {"pg_trigger", "g.oid", NULL,
     "concat_ws(' ', pg_get_triggerdef(g.oid), 'ENABLED ' || nullif(g.tgenabled, 'O')::text)",
     "pg_trigger g JOIN relations r ON r.oid = g.tgrelid WHERE NOT g.tgisinternal"},
    {"pg_rewrite", "w.oid", NULL,
     "concat_ws(' ', pg_get_ruledef(w.oid), 'ENABLED ' || nullif(w.ev_enabled, 'O')::text)",
     "pg_rewrite w JOIN relations r ON r.oid = w.ev_class WHERE w.rulename <> '_RETURN'"},
    {"pg_policy", "p.oid", NULL,
     "concat_ws(' ', p.polcmd, p.polpermissive, p.polroles::regrole[], "
     "pg_get_expr(p.polqual, p.polrelid), '/', pg_get_expr(p.polwithcheck, p.polrelid))",
     "pg_policy p JOIN relations r ON r.oid = p.polrelid"},
    {"pg_proc", "p.oid", NULL,
     "concat(pg_get_functiondef(p.oid), " GRANTS("p.proacl", "f", "p.proowner") ")",
     "routines p WHERE p.prokind <> 'a'"},
    {"pg_proc", "p.oid", NULL,
     "concat_ws(' ', a.aggkind, a.aggtransfn, a.aggfinalfn, a.aggcombinefn, "
     "a.aggtranstype::regtype, a.agginitval)",
     "routines p JOIN pg_aggregate a ON a.aggfnoid = p.oid"},
    {"pg_type", "t.oid", NULL,
     "concat_ws(' ', CASE t.typtype WHEN 'd' THEN format_type(t.typbasetype, t.typtypmod) END, "
     "CASE WHEN t.typnotnull THEN 'NOT NULL' END, 'DEFAULT ' || t.typdefault, "
     "(SELECT string_agg(quote_literal(e.enumlabel), ',' ORDER BY e.enumsortorder) "
     "FROM pg_enum e WHERE e.enumtypid = t.oid), "
     "(SELECT g.rngsubtype::regtype FROM pg_range g WHERE g.rngtypid = t.oid))",
     "pg_type t JOIN spaces s ON s.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid "
     "WHERE t.typtype IN ('d', 'e', 'r') OR c.relkind = 'c'"},
    {"pg_statistic_ext", "x.oid", NULL, "pg_get_statisticsobjdef(x.oid)",
     "pg_statistic_ext x JOIN spaces s ON s.oid = x.stxnamespace"},
    {"pg_operator", "o.oid", NULL,
     "concat_ws(' ', o.oprcode, o.oprcom::regoperator, o.oprnegate::regoperator, o.oprrest, "
     "o.oprjoin)",
     "pg_operator o JOIN spaces s ON s.oid = o.oprnamespace"},
    {"pg_opclass", "o.oid", NULL, "''", "pg_opclass o JOIN spaces s ON s.oid = o.opcnamespace"},
    {"pg_opfamily", "o.oid", NULL, "''", "pg_opfamily o JOIN spaces s ON s.oid = o.opfnamespace"},
    {"pg_collation", "c.oid", NULL, "concat_ws(' ', c.collprovider, c.collcollate, c.collctype)",
     "pg_collation c JOIN spaces s ON s.oid = c.collnamespace"},
    {"pg_conversion", "c.oid", NULL, "''",
     "pg_conversion c JOIN spaces s ON s.oid = c.connamespace"},
    {"pg_ts_config", "c.oid", NULL, "''", "pg_ts_config c JOIN spaces s ON s.oid = c.cfgnamespace"},
    {"pg_ts_dict", "d.oid", NULL, "d.dictinitoption",
     "pg_ts_dict d JOIN spaces s ON s.oid = d.dictnamespace"},
    {"pg_ts_parser", "p.oid", NULL, "''", "pg_ts_parser p JOIN spaces s ON s.oid = p.prsnamespace"},
    {"pg_ts_template", "t.oid", NULL, "''",
     "pg_ts_template t JOIN spaces s ON s.oid = t.tmplnamespace"},
    {"pg_extension", "e.oid", NULL, "e.extversion",
     "pg_extension e JOIN spaces s ON s.oid = e.extnamespace"},
    {"pg_cast", "c.oid", NULL, "concat_ws(' ', c.castfunc::regprocedure, c.castcontext)",
     "pg_cast c WHERE $1 IS NULL"},
    {"pg_event_trigger", "e.oid", NULL,
     "concat_ws(' ', e.evtevent, e.evtfoid::regprocedure, e.evtenabled, e.evttags)",
     "pg_event_trigger e WHERE $1 IS NULL"},
    {"pg_publication", "p.oid", NULL, "''", "pg_publication p WHERE $1 IS NULL"},
    {"pg_foreign_server", "f.oid", NULL, "f.srvoptions::text",
     "pg_foreign_server f WHERE $1 IS NULL"},
    {"pg_foreign_data_wrapper", "f.oid", NULL, "f.fdwoptions::text",
     "pg_foreign_data_wrapper f WHERE $1 IS NULL"},
};

static const char *const head =
    "WITH spaces AS (SELECT n.oid, n.nspname FROM pg_namespace n WHERE n.nspname NOT LIKE 'pg\\_%' "
    "AND n.nspname <> 'information_schema' AND ($1::json IS NULL OR n.nspname IN "
    "(SELECT json_array_elements_text($1::json)))), "
    "relations AS (SELECT c.* FROM pg_class c JOIN spaces s ON s.oid = c.relnamespace "
    "WHERE NOT (s.nspname = 'public' AND c.relname IN "
    "(SELECT json_array_elements_text($2::json)))), "
    "routines AS (SELECT p.* FROM pg_proc p JOIN spaces s ON s.oid = p.pronamespace "
    "WHERE NOT (s.nspname = 'public' AND p.proname IN "
    "(SELECT json_array_elements_text($2::json)))), parts AS (";

/* The identity of a trigger, constraint or routine holds more than its bare name. */
static const char *const tail =
    ") SELECT i.type, i.identity, coalesce(a.attname, k.conname, g.tgname, w.rulename, y.polname, "
    "f.proname, o.relname, i.name, i.identity), concat_ws(' ', p.text, '-- ' || d.description), "
    "coalesce(s.nspname, i.schema), coalesce(t.relname, z.typname) "
    "FROM parts p CROSS JOIN LATERAL pg_identify_object(p.class, p.oid, p.part) i "
    "LEFT JOIN pg_description d ON d.classoid = p.class AND d.objoid = p.oid "
    "AND d.objsubid = p.part "
    "LEFT JOIN pg_attribute a ON p.part > 0 AND a.attrelid = p.oid AND a.attnum = p.part "
    "LEFT JOIN pg_constraint k ON p.class = 'pg_constraint'::regclass AND k.oid = p.oid "
    "LEFT JOIN pg_type z ON z.oid = k.contypid "
    "LEFT JOIN pg_trigger g ON p.class = 'pg_trigger'::regclass AND g.oid = p.oid "
    "LEFT JOIN pg_rewrite w ON p.class = 'pg_rewrite'::regclass AND w.oid = p.oid "
    "LEFT JOIN pg_policy y ON p.class = 'pg_policy'::regclass AND y.oid = p.oid "
    "LEFT JOIN pg_proc f ON p.class = 'pg_proc'::regclass AND f.oid = p.oid "
    "LEFT JOIN pg_class o ON p.class = 'pg_class'::regclass AND o.oid = p.oid AND p.part = 0 "
    "LEFT JOIN pg_index x ON x.indexrelid = o.oid "
    /* A sequence that a column owns. */
    "LEFT JOIN pg_depend q ON o.relkind = 'S' AND q.classid = p.class AND q.objid = p.oid "
    "AND q.refclassid = p.class AND q.refobjsubid > 0 AND q.deptype IN ('a', 'i') "
    "LEFT JOIN pg_class t ON t.oid = coalesce(a.attrelid, nullif(k.conrelid, 0), g.tgrelid, "
    "w.ev_class, y.polrelid, x.indrelid, q.refobjid) "
    "LEFT JOIN pg_namespace s ON s.oid = coalesce(t.relnamespace, o.relnamespace, f.pronamespace) "
    "WHERE p.oid >= " OWN_OBJECT " AND NOT EXISTS (SELECT FROM pg_depend e "
    "WHERE e.classid = p.class AND e.objid = p.oid AND e.deptype = 'e')";

static char *
build_query(void)
{
    GString *query = g_string_new(head);
    for (guint i = 0; i < G_N_ELEMENTS(part_table); i++) {
        const Part *part = &part_table[i];
        g_string_append_printf(query,
                               "%sSELECT '%s'::regclass AS class, %s AS oid, %s AS part, "
                               "%s AS text FROM %s",
                               i > 0 ? " UNION ALL " : "", part->catalog, part->oid,
                               part->part ? part->part : "0", part->definition, part->from);
    }
    g_string_append(query, tail);
    return g_string_free(query, FALSE);
}

typedef enum {
    COLUMN_KIND,
    COLUMN_IDENTITY,
    COLUMN_NAME,
    COLUMN_DEFINITION,
    COLUMN_NAMESPACE,
    COLUMN_RELATION,
} Column;

static char *
names_as_json(const char *const *names)
{
    g_autoptr(SpJsonRows) json = sp_json_rows_new();
    for (; *names != NULL; names++)
        sp_json_rows_add(json, *names);
    return sp_json_rows_finish(json);
}

SpFingerprint *
sp_fingerprint_read(SpSession *session, const char *const *namespaces, GError **error)
{
    g_autofree char *spaces = namespaces != NULL ? names_as_json(namespaces) : NULL;
    g_autofree char *own = names_as_json(sp_ownership_host_names());
    g_autofree char *query = build_query();
    g_autoptr(SpRows) rows =
        sp_session_query(session, query, (const char *const[]){spaces, own}, 2, error);
    if (rows == NULL)
        return NULL;
    SpFingerprint *fingerprint = sp_fingerprint_new();
    for (guint i = 0; i < sp_rows_get_n(rows); i++) {
        const SpImprint imprint = {
            .kind = sp_rows_get(rows, i, COLUMN_KIND),
            .identity = sp_rows_get(rows, i, COLUMN_IDENTITY),
            .name = sp_rows_get(rows, i, COLUMN_NAME),
            .definition = sp_rows_get(rows, i, COLUMN_DEFINITION),
            .namespace_name = sp_rows_get(rows, i, COLUMN_NAMESPACE),
            .relation = sp_rows_get(rows, i, COLUMN_RELATION),
        };
        sp_fingerprint_add(fingerprint, &imprint);
    }
    return fingerprint;
}

/* Tables with the SQL that counts their rows; $1 the host's own, as JSON. */
static const char *const tables_query =
    "SELECT format('%I.%I', n.nspname, c.relname), n.nspname, c.relname, "
    "format('SELECT count(*) FROM ONLY %I.%I', n.nspname, c.relname) "
    "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND c.oid >= " OWN_OBJECT
    " AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' "
    "AND NOT (n.nspname = 'public' AND c.relname IN (SELECT json_array_elements_text($1::json))) "
    "ORDER BY 1";

typedef enum { TABLE_IDENTITY, TABLE_NAMESPACE, TABLE_NAME, TABLE_SQL } TableColumn;

gboolean
sp_fingerprint_count_rows(SpSession *session, SpFingerprint *fingerprint, GError **error)
{
    g_autofree char *own = names_as_json(sp_ownership_host_names());
    g_autoptr(SpRows) tables =
        sp_session_query(session, tables_query, (const char *const[]){own}, 1, error);
    guint n = tables ? sp_rows_get_n(tables) : 0;
    g_autofree SpCommand *commands = g_new0(SpCommand, n + 1);
    for (guint i = 0; i < n; i++)
        commands[i].sql = sp_rows_get(tables, i, TABLE_SQL);
    g_autoptr(GPtrArray) counts = n > 0 ? sp_session_query_many(session, commands, n, error) : NULL;
    for (guint i = 0; counts != NULL && i < n; i++) {
        const char *count = sp_rows_get(g_ptr_array_index(counts, i), 0, 0);
        const SpImprint imprint = {
            .kind = "rows of table",
            .identity = sp_rows_get(tables, i, TABLE_IDENTITY),
            .name = sp_rows_get(tables, i, TABLE_NAME),
            .definition = count,
            .namespace_name = sp_rows_get(tables, i, TABLE_NAMESPACE),
            .relation = sp_rows_get(tables, i, TABLE_NAME),
        };
        sp_fingerprint_add(fingerprint, &imprint);
    }
    return tables != NULL && (n == 0 || counts != NULL);
}
