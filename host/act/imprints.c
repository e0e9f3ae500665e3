/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/imprints.h"

#include <string.h>

/* Grants, where they are not those that every object has: in an order of their own. */
#define GRANTS(acl, letter, owner)                                                         \
    "(SELECT 'ACL ' || coalesce(string_agg(x.item::text, ' ' ORDER BY x.item::text), '') " \
    "FROM unnest(" acl ") AS x(item) HAVING " acl " IS NOT NULL AND "                      \
    "coalesce(array_agg(x.item::text ORDER BY x.item::text), '{}') <> "                    \
    "(SELECT coalesce(array_agg(y.item::text ORDER BY y.item::text), '{}') "               \
    "FROM unnest(acldefault('" letter "', " owner ")) AS y(item)))"

#define UNLESS_ORIGIN(column)                                                   \
    "CASE " column " WHEN 'D' THEN 'DISABLED' WHEN 'R' THEN 'ENABLED REPLICA' " \
    "WHEN 'A' THEN 'ENABLED ALWAYS' END"

/* Whose an object is that has a name of its own, as the host's table of objects spells it. */
#define OWNED(class, name)                                                                       \
    "(SELECT o.extension_id FROM own o WHERE o.class = '" class "' AND o.namespace_name "        \
                                                                "= s.nspname AND o.name = " name \
                                                                " LIMIT 1)"
#define OWNED_SHARED(class, name) \
    "(SELECT o.extension_id FROM own o WHERE o.class = '" class "' AND o.name = " name " LIMIT 1)"

/* One kind of object. */
typedef struct {
    const char *catalog;
    const char *oid;
    const char *part;       /* (nullable): the number of a column; NULL for a whole object */
    const char *names;      /* kind, identity, name and namespace_name, as SpImprint has them */
    const char *definition; /* all that makes it what it is, but its name and grants */
    const char *grants;     /* (nullable) */
    const char *extension;  /* (nullable): NULL for what no extension owns alone */
    const char *relation;   /* (nullable): the bare name of what it is a part of */
    const char *parent;     /* (nullable): the identity of that */
    const char *from;
    SpObjectClass class; /* nobody owns one unless somebody creates this */
} Part;

#define OF_RELATION "r.extension_id", "r.relname", "r.spelt"
#define RELATION(kind) \
    kind " AS kind, r.spelt AS identity, r.relname AS name, r.nspname AS namespace_name"
/* Its identity holds that of its table. */
#define PART_OF_RELATION(kind, name)                                                    \
    "'" kind "' AS kind, quote_ident(" name ") || ' on ' || r.spelt AS identity, " name \
    " AS name, r.nspname AS namespace_name"
/* Of a kind that is rare or hard to spell. Asking takes longer than all the rest of an object. */
#define ASKED_FOR(name, namespace_name) \
    "i.type AS kind, i.identity, " name " AS name, " namespace_name " AS namespace_name"
#define ASKED(name) ASKED_FOR(name, "s.nspname")
#define ASKED_SHARED(name) ASKED_FOR(name, "NULL")

static const Part part_table[] = {
    {"pg_namespace", "n.oid", NULL, ASKED_SHARED("n.nspname"), "NULL",
     GRANTS("n.nspacl", "n", "n.nspowner"), NULL, NULL, NULL,
     "pg_namespace n JOIN spaces s ON s.oid = n.oid WHERE n.nspname <> 'public'"},
    {"pg_class", "r.oid", NULL,
     RELATION("CASE r.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' "
              "WHEN 'f' THEN 'foreign table' ELSE 'table' END"),
     "concat_ws(' ', CASE r.relpersistence WHEN 'u' THEN 'UNLOGGED' END, "
     "'WITH ' || r.reloptions::text, "
     "CASE WHEN r.relrowsecurity THEN 'ROW LEVEL SECURITY' END, "
     "CASE WHEN r.relforcerowsecurity THEN 'FORCE ROW LEVEL SECURITY' END, "
     "CASE r.relreplident WHEN 'f' THEN 'REPLICA IDENTITY FULL' WHEN 'n' THEN "
     "CASE WHEN r.relkind IN ('r', 'p') THEN 'REPLICA IDENTITY NOTHING' END END, "
     "CASE WHEN r.relkind = 'p' THEN 'PARTITION BY ' || pg_get_partkeydef(r.oid) END, "
     "CASE WHEN r.relispartition THEN pg_get_expr(r.relpartbound, r.oid) END, "
     "CASE WHEN r.relkind IN ('r', 'p', 'f') THEN 'INHERITS ' || "
     "(SELECT string_agg(i.inhparent::regclass::text, ', ' ORDER BY i.inhseqno) "
     "FROM pg_inherits i WHERE i.inhrelid = r.oid) END, "
     "CASE WHEN r.relkind IN ('v', 'm') THEN pg_get_viewdef(r.oid) END)",
     GRANTS("r.relacl", "r", "r.relowner"), "r.extension_id", NULL, NULL,
     "relations r WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f')"},
    /* What a constraint says of its index is not said again. */
    {"pg_class", "r.oid", NULL, RELATION("'index'"),
     "concat_ws(' ', CASE WHEN k.oid IS NULL THEN replace(pg_get_indexdef(r.oid), "
     "format(' INDEX %I ON ', r.relname), ' INDEX ON ') ELSE "
     "coalesce(r.reloptions::text, 'OF A CONSTRAINT') END, "
     "CASE WHEN NOT i.indisvalid THEN 'INVALID' END, "
     "CASE WHEN i.indisreplident THEN 'REPLICA IDENTITY' END)",
     NULL, "r.extension_id", "r.whole", "r.parent",
     "relations r JOIN pg_index i ON i.indexrelid = r.oid "
     "LEFT JOIN pg_constraint k ON k.conrelid = i.indrelid AND k.conindid = r.oid "
     "AND k.contype IN ('p', 'u', 'x')"},
    {"pg_class", "r.oid", NULL, RELATION("'sequence'"),
     "concat_ws(' ', 'AS', q.seqtypid::regtype, 'START', q.seqstart, 'INCREMENT', q.seqincrement, "
     "'MINVALUE', q.seqmin, 'MAXVALUE', q.seqmax, 'CACHE', q.seqcache, "
     "CASE WHEN q.seqcycle THEN 'CYCLE' END)",
     GRANTS("r.relacl", "s", "r.relowner"), "r.extension_id", "r.whole", "r.parent",
     "relations r JOIN pg_sequence q ON q.seqrelid = r.oid"},
    {"pg_class", "r.oid", "a.attnum",
     "CASE r.relkind WHEN 'f' THEN 'foreign table column' WHEN 'c' THEN 'composite type column' "
     "ELSE 'table column' END AS kind, r.spelt || '.' || quote_ident(a.attname) AS identity, "
     "a.attname AS name, r.nspname AS namespace_name",
     "concat_ws(' ', format_type(a.atttypid, a.atttypmod), CASE WHEN a.attcollation <> "
     "y.typcollation THEN 'COLLATE ' || a.attcollation::regcollation END, "
     "CASE WHEN a.attnotnull THEN 'NOT NULL' END, "
     "CASE a.attidentity WHEN 'a' THEN 'GENERATED ALWAYS AS IDENTITY' WHEN 'd' THEN "
     "'GENERATED BY DEFAULT AS IDENTITY' END, "
     "CASE WHEN a.attgenerated = 's' THEN 'GENERATED ALWAYS AS' ELSE 'DEFAULT' END || ' ' || "
     "pg_get_expr(d.adbin, d.adrelid), 'STORAGE ' || CASE nullif(a.attstorage, y.typstorage) "
     "WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' WHEN 'x' THEN 'EXTENDED' "
     "END, a.attoptions)",
     "a.attacl", OF_RELATION,
     "relations r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT "
     "a.attisdropped JOIN pg_type y ON y.oid = a.atttypid "
     "LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum "
     "WHERE r.relkind IN ('r', 'p', 'f', 'c')"},
    /* NOT NULL is told by the column. */
    {"pg_constraint", "k.oid", NULL, PART_OF_RELATION("table constraint", "k.conname"),
     "pg_get_constraintdef(k.oid)", NULL, OF_RELATION,
     "pg_constraint k JOIN relations r ON r.oid = k.conrelid WHERE k.contype NOT IN ('n', 't')"},
    {"pg_constraint", "k.oid", NULL, ASKED("k.conname"), "pg_get_constraintdef(k.oid)", NULL,
     OWNED("type", "t.typname"), "t.typname", "format('%I.%I', s.nspname, t.typname)",
     "pg_constraint k JOIN pg_type t ON t.oid = k.contypid JOIN spaces s ON s.oid = "
     "t.typnamespace WHERE k.contype <> 'n'",
     SP_OBJECT_TYPE},
    {"pg_trigger", "g.oid", NULL, PART_OF_RELATION("trigger", "g.tgname"),
     "concat_ws(' ', pg_get_triggerdef(g.oid), " UNLESS_ORIGIN("g.tgenabled") ")", NULL,
     OF_RELATION, "pg_trigger g JOIN relations r ON r.oid = g.tgrelid WHERE NOT g.tgisinternal"},
    {"pg_rewrite", "w.oid", NULL, PART_OF_RELATION("rule", "w.rulename"),
     "concat_ws(' ', pg_get_ruledef(w.oid), " UNLESS_ORIGIN("w.ev_enabled") ")", NULL, OF_RELATION,
     "pg_rewrite w JOIN relations r ON r.oid = w.ev_class WHERE w.rulename <> '_RETURN'"},
    {"pg_policy", "p.oid", NULL, PART_OF_RELATION("policy", "p.polname"),
     "concat_ws(' ', CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END, 'FOR', "
     "CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' "
     "WHEN 'd' THEN 'DELETE' ELSE 'ALL' END, 'TO', CASE WHEN p.polroles = '{0}' THEN 'PUBLIC' "
     "ELSE array_to_string(p.polroles::regrole[], ', ') END, "
     "'USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', "
     "'WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')",
     NULL, OF_RELATION, "pg_policy p JOIN relations r ON r.oid = p.polrelid"},
    {"pg_proc", "p.oid", NULL, ASKED_FOR("p.proname", "p.nspname"), "pg_get_functiondef(p.oid)",
     GRANTS("p.proacl", "f", "p.proowner"), "p.extension_id", NULL, NULL,
     "routines p WHERE p.prokind <> 'a'", SP_OBJECT_ROUTINE},
    {"pg_proc", "p.oid", NULL, ASKED_FOR("p.proname", "p.nspname"),
     "concat_ws(' ', a.aggkind, a.aggtransfn, a.aggfinalfn, a.aggcombinefn, "
     "a.aggtranstype::regtype, a.agginitval)",
     NULL, "p.extension_id", NULL, NULL, "routines p JOIN pg_aggregate a ON a.aggfnoid = p.oid",
     SP_OBJECT_ROUTINE},
    {"pg_type", "t.oid", NULL, ASKED("t.typname"),
     "concat_ws(' ', CASE t.typtype WHEN 'd' THEN format_type(t.typbasetype, t.typtypmod) WHEN 'e' "
     "THEN 'ENUM' WHEN 'r' THEN 'RANGE' ELSE 'COMPOSITE' END, "
     "CASE WHEN t.typtype = 'd' AND t.typnotnull THEN 'NOT NULL' END, 'DEFAULT ' || t.typdefault, "
     "(SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) "
     "FROM pg_enum e WHERE e.enumtypid = t.oid), "
     "(SELECT g.rngsubtype::regtype FROM pg_range g WHERE g.rngtypid = t.oid))",
     NULL, OWNED("type", "t.typname"), NULL, NULL,
     "pg_type t JOIN spaces s ON s.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid "
     "WHERE t.typtype IN ('d', 'e', 'r') OR c.relkind = 'c'",
     SP_OBJECT_TYPE},
    {"pg_statistic_ext", "x.oid", NULL, ASKED("x.stxname"), "pg_get_statisticsobjdef(x.oid)", NULL,
     OWNED("statistics", "x.stxname"), NULL, NULL,
     "pg_statistic_ext x JOIN spaces s ON s.oid = x.stxnamespace", SP_OBJECT_STATISTICS},
    {"pg_operator", "o.oid", NULL, ASKED("o.oprname"),
     "concat_ws(' ', o.oprcode, o.oprcom::regoperator, o.oprnegate::regoperator, o.oprrest, "
     "o.oprjoin)",
     NULL, NULL, NULL, NULL, "pg_operator o JOIN spaces s ON s.oid = o.oprnamespace"},
    {"pg_opclass", "c.oid", NULL, ASKED("c.opcname"), "NULL", NULL,
     OWNED("operator class", "c.opcname"), NULL, NULL,
     "pg_opclass c JOIN spaces s ON s.oid = c.opcnamespace", SP_OBJECT_OPERATOR_CLASS},
    {"pg_opfamily", "c.oid", NULL, ASKED("c.opfname"), "NULL", NULL,
     OWNED("operator family", "c.opfname"), NULL, NULL,
     "pg_opfamily c JOIN spaces s ON s.oid = c.opfnamespace", SP_OBJECT_OPERATOR_FAMILY},
    {"pg_collation", "c.oid", NULL, ASKED("c.collname"),
     "concat_ws(' ', c.collprovider, c.collcollate, c.collctype)", NULL,
     OWNED("collation", "c.collname"), NULL, NULL,
     "pg_collation c JOIN spaces s ON s.oid = c.collnamespace", SP_OBJECT_COLLATION},
    {"pg_conversion", "c.oid", NULL, ASKED("c.conname"), "NULL", NULL,
     OWNED("conversion", "c.conname"), NULL, NULL,
     "pg_conversion c JOIN spaces s ON s.oid = c.connamespace", SP_OBJECT_CONVERSION},
    {"pg_ts_config", "c.oid", NULL, ASKED("c.cfgname"), "NULL", NULL,
     OWNED("text search configuration", "c.cfgname"), NULL, NULL,
     "pg_ts_config c JOIN spaces s ON s.oid = c.cfgnamespace", SP_OBJECT_TS_CONFIGURATION},
    {"pg_ts_dict", "d.oid", NULL, ASKED("d.dictname"), "d.dictinitoption", NULL,
     OWNED("text search dictionary", "d.dictname"), NULL, NULL,
     "pg_ts_dict d JOIN spaces s ON s.oid = d.dictnamespace", SP_OBJECT_TS_DICTIONARY},
    {"pg_ts_parser", "p.oid", NULL, ASKED("p.prsname"), "NULL", NULL,
     OWNED("text search parser", "p.prsname"), NULL, NULL,
     "pg_ts_parser p JOIN spaces s ON s.oid = p.prsnamespace", SP_OBJECT_TS_PARSER},
    {"pg_ts_template", "t.oid", NULL, ASKED("t.tmplname"), "NULL", NULL,
     OWNED("text search template", "t.tmplname"), NULL, NULL,
     "pg_ts_template t JOIN spaces s ON s.oid = t.tmplnamespace", SP_OBJECT_TS_TEMPLATE},
    {"pg_extension", "e.oid", NULL, ASKED_SHARED("e.extname"), "e.extversion", NULL, NULL, NULL,
     NULL, "pg_extension e JOIN spaces s ON s.oid = e.extnamespace"},
    {"pg_cast", "c.oid", NULL, ASKED_SHARED("i.identity"),
     "concat_ws(' ', c.castfunc::regprocedure, c.castcontext)", NULL, NULL, NULL, NULL,
     "pg_cast c, everything"},
    {"pg_event_trigger", "e.oid", NULL, ASKED_SHARED("e.evtname"),
     "concat_ws(' ', e.evtevent, e.evtfoid::regprocedure, e.evttags, " UNLESS_ORIGIN(
         "e.evtenabled") ")",
     NULL, OWNED_SHARED("event trigger", "e.evtname"), NULL, NULL, "pg_event_trigger e, everything",
     SP_OBJECT_EVENT_TRIGGER},
    {"pg_publication", "p.oid", NULL, ASKED_SHARED("p.pubname"), "NULL", NULL,
     OWNED_SHARED("publication", "p.pubname"), NULL, NULL, "pg_publication p, everything",
     SP_OBJECT_PUBLICATION},
    {"pg_foreign_server", "f.oid", NULL, ASKED_SHARED("f.srvname"), "f.srvoptions::text", NULL,
     OWNED_SHARED("server", "f.srvname"), NULL, NULL, "pg_foreign_server f, everything",
     SP_OBJECT_SERVER},
    {"pg_foreign_data_wrapper", "f.oid", NULL, ASKED_SHARED("f.fdwname"), "f.fdwoptions::text",
     NULL, OWNED_SHARED("foreign data wrapper", "f.fdwname"), NULL, NULL,
     "pg_foreign_data_wrapper f, everything", SP_OBJECT_FOREIGN_DATA_WRAPPER},
};

static const char *const head_of_all =
    "WITH spaces AS (SELECT n.oid, n.nspname FROM pg_namespace n WHERE n.nspname NOT LIKE 'pg\\_%' "
    "AND n.nspname <> 'information_schema' AND ($1::json IS NULL OR n.nspname IN "
    "(SELECT json_array_elements_text($1::json)))), "
    "everything AS (SELECT WHERE $1::json IS NULL), "
    "hosts AS (SELECT c.oid FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace "
    "AND c.relname IN (SELECT json_array_elements_text($2::json))), "
    "relations AS (SELECT c.*, s.nspname, format('%I.%I', s.nspname, c.relname) AS spelt, "
    "t.relname AS whole FROM pg_class c JOIN spaces s ON s.oid = c.relnamespace "
    "LEFT JOIN pg_index x ON x.indexrelid = c.oid "
    "LEFT JOIN pg_depend q ON c.relkind = 'S' AND q.classid = 'pg_class'::regclass "
    "AND q.objid = c.oid AND q.refclassid = 'pg_class'::regclass AND q.refobjsubid > 0 "
    "AND q.deptype IN ('a', 'i') LEFT JOIN pg_class t ON t.oid = coalesce(x.indrelid, q.refobjid) "
    "WHERE NOT EXISTS (SELECT FROM hosts h WHERE h.oid IN (c.oid, t.oid))), "
    "routines AS (SELECT p.*, s.nspname FROM pg_proc p JOIN spaces s ON s.oid = p.pronamespace "
    "WHERE NOT (s.nspname = 'public' AND p.proname IN "
    "(SELECT json_array_elements_text($2::json)))), parts AS (";

/* Indexes and sequences come with their table, unless another extension is known to make them.
 * Names are compared under the collation of the index. */
static const char *const head_of_own =
    "WITH wanted AS MATERIALIZED (SELECT DISTINCT extension_id AS id FROM public.extension_objects "
    "WHERE $1::json IS NULL "
    "UNION SELECT id FROM json_to_recordset(coalesce($1::json, '[]'::json)) AS e(id text)), "
    "own AS MATERIALIZED (SELECT DISTINCT ON (class, namespace_name, name, n_arguments) "
    "extension_id, class, namespace_name, name, n_arguments FROM public.extension_objects "
    "WHERE action IN ('create', 'own') AND class NOT IN ('column', 'constraint') "
    "AND (namespace_name, name) IN (SELECT namespace_name, name FROM public.extension_objects "
    "WHERE extension_id = ANY (ARRAY(SELECT id FROM wanted))) "
    "ORDER BY class, namespace_name, name, n_arguments, action, extension_id), "
    "spaces AS (SELECT n.oid, n.nspname FROM pg_namespace n WHERE n.nspname IN "
    "(SELECT namespace_name FROM own)), "
    "everything AS (SELECT), "
    "roots AS MATERIALIZED (SELECT c.oid, o.extension_id, format('%I.%I', s.nspname, c.relname) AS "
    "spelt FROM own o JOIN wanted w ON "
    "w.id = o.extension_id JOIN spaces s ON s.nspname = "
    "o.namespace_name JOIN pg_class c ON c.relnamespace = s.oid AND c.relname = o.name "
    "WHERE o.class = CASE c.relkind WHEN 'c' THEN 'type' ELSE 'relation' END), "
    "members AS (SELECT oid, extension_id AS owner, NULL AS inherited, NULL AS parent FROM roots "
    "UNION ALL SELECT i.indexrelid, NULL, r.extension_id, r.spelt FROM roots r "
    "JOIN pg_index i ON i.indrelid = r.oid "
    "UNION ALL SELECT d.objid, NULL, r.extension_id, r.spelt FROM roots r JOIN pg_depend d "
    "ON d.refclassid = 'pg_class'::regclass AND d.refobjid = r.oid AND d.classid = "
    "'pg_class'::regclass AND d.deptype IN ('a', 'i') JOIN pg_sequence q ON q.seqrelid = d.objid), "
    "relations AS MATERIALIZED (SELECT c.*, m.extension_id, n.nspname, "
    "format('%I.%I', n.nspname, c.relname) AS spelt, m.parent "
    "FROM (SELECT oid, max(owner) AS owner, coalesce(max(owner), max(inherited)) AS extension_id, "
    "max(parent) AS parent FROM members GROUP BY oid) m JOIN pg_class c ON c.oid = m.oid "
    "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE m.owner IS NOT NULL OR coalesce((SELECT "
    "x.extension_id FROM "
    "public.extension_objects x WHERE x.namespace_name = n.nspname::text COLLATE \"default\" "
    "AND x.name = c.relname::text COLLATE \"default\" AND x.class = 'relation' AND x.action IN "
    "('create', 'own') ORDER BY x.action, x.extension_id "
    "LIMIT 1) IN (SELECT id FROM wanted), TRUE)), "
    "routines AS (SELECT p.*, s.nspname, o.extension_id FROM own o JOIN wanted w ON w.id = "
    "o.extension_id "
    "JOIN spaces s ON s.nspname = o.namespace_name JOIN pg_proc p ON p.pronamespace = s.oid "
    "AND p.proname = o.name AND p.pronargs = o.n_arguments WHERE o.class = 'routine'), parts AS (";

#define COMMENT                                                        \
    "LEFT JOIN pg_description d ON d.objoid >= " SP_IMPRINTS_FIRST_OWN \
    " AND d.classoid = p.class "                                       \
    "AND d.objoid = p.oid AND d.objsubid = p.part "
#define TEXT "concat_ws(' ', nullif(p.text, ''), '-- ' || d.description)"

/* What CREATE EXTENSION made belongs to it. */
static const char *const tail_of_all =
    ") SELECT p.kind, p.identity, p.name, " TEXT ", p.namespace_name, p.relation "
    "FROM parts p " COMMENT "WHERE p.oid >= " SP_IMPRINTS_FIRST_OWN
    " AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = p.class AND e.objid = p.oid "
    "AND e.deptype = 'e')";

static const char *const tail_of_own =
    ") SELECT p.extension_id, p.kind, p.identity, p.name, "
    "p.parent, " TEXT " FROM parts p " COMMENT "WHERE p.extension_id IN (SELECT id FROM wanted)";

static void
append_part(GString *query, const Part *part, const char *separator)
{
    g_string_append_printf(query, "%sSELECT '%s'::regclass AS class, %s AS oid, %s AS part, %s, ",
                           separator, part->catalog, part->oid, part->part ? part->part : "0",
                           part->names);
}

/* The condition of @part, if it has one, stands behind. */
static void
append_from(GString *query, const Part *part)
{
    const char *where = strstr(part->from, " WHERE ");
    gsize length = where ? (gsize)(where - part->from) : strlen(part->from);
    g_string_append_printf(query, " FROM %.*s", (int)length, part->from);
    if (strstr(part->names, "i.identity") != NULL)
        g_string_append_printf(query,
                               " CROSS JOIN LATERAL pg_identify_object('%s'::regclass, %s, 0) i",
                               part->catalog, part->oid);
    g_string_append(query, where ? where : "");
}

char *
sp_imprints_query_all(void)
{
    GString *query = g_string_new(head_of_all);
    for (guint i = 0; i < G_N_ELEMENTS(part_table); i++) {
        const Part *part = &part_table[i];
        append_part(query, part, i > 0 ? " UNION ALL " : "");
        g_string_append_printf(query, "%s AS relation, concat_ws(' ', %s, %s) AS text",
                               part->relation ? part->relation : "NULL", part->definition,
                               part->grants ? part->grants : "NULL");
        append_from(query, part);
    }
    g_string_append(query, tail_of_all);
    return g_string_free(query, FALSE);
}

char *
sp_imprints_query_own(const gboolean *is_created)
{
    GString *query = g_string_new(head_of_own);
    gboolean is_first = TRUE;
    for (guint i = 0; i < G_N_ELEMENTS(part_table); i++) {
        const Part *part = &part_table[i];
        if (part->extension == NULL || (is_created != NULL && !is_created[part->class]))
            continue;
        append_part(query, part, is_first ? "" : " UNION ALL ");
        g_string_append_printf(query, "%s AS extension_id, %s AS parent, %s AS text",
                               part->extension, part->parent ? part->parent : "NULL::text",
                               part->definition);
        append_from(query, part);
        is_first = FALSE;
    }
    g_string_append(query, tail_of_own);
    return g_string_free(query, FALSE);
}
