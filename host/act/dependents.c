/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/dependents.h"

#include <string.h>

/* One kind of object that can be made again: d.classid and d.objid say which. */
typedef struct {
    SpObjectClass class;
    const char *word;
    const char *catalog;
    const char *from;   /* the row x of the catalog, its namespace n and, of a part, relation c */
    const char *name;   /* bare */
    const char *parent; /* bare name of the relation; NULL */
    const char *n_args; /* a number */
    const char *noun;   /* as DROP and COMMENT ON name it; '' for what has neither */
    const char *drop;   /* NULL: DROP of the noun */
    const char *create;
    const char *acl;   /* NULL: it has none; else column, noun of GRANT, owner */
    const char *grant; /* noun of GRANT */
    const char *owner;
    const char *state; /* what the definition leaves out; NULL: nothing */
} Part;

#define RELATION "format('%I.%I', n.nspname, c.relname)"
#define ON(column) \
    " JOIN pg_class c ON c.oid = x." column " JOIN pg_namespace n ON n.oid = c.relnamespace"
#define OWN_NAME(column) "format('%I.%I', n.nspname, x." column ")"
#define OPTIONS "coalesce(' WITH (' || array_to_string(x.reloptions, ', ') || ')', '')"
#define DEFINITION "rtrim(pg_get_viewdef(x.oid), ';')"
#define STATE(column, word, name)                                                               \
    "CASE WHEN x." column " <> 'O' THEN format('ALTER TABLE %I.%I %s " word " %I', n.nspname, " \
    "c.relname, CASE x." column                                                                 \
    " WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, x." name \
    ") END"
#define SIGNATURE \
    "format('%I.%I(%s)', n.nspname, x.proname, pg_get_function_identity_arguments(x.oid))"
#define ROUTINE_WORD "CASE x.prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END"

static const Part part_table[] = {
    {SP_OBJECT_RELATION, "view", "pg_class",
     "pg_class x JOIN pg_namespace n ON n.oid = x.relnamespace WHERE x.relkind = 'v'", "x.relname",
     NULL, "0", "'VIEW ' || " OWN_NAME("relname"), NULL,
     "'CREATE VIEW ' || " OWN_NAME("relname") " || " OPTIONS " || ' AS' || E'\\n' || " DEFINITION,
     "x.relacl", "'TABLE ' || " OWN_NAME("relname"), "x.relowner", NULL},
    {SP_OBJECT_RELATION, "materialized view", "pg_class",
     "pg_class x JOIN pg_namespace n ON n.oid = x.relnamespace JOIN pg_am m ON m.oid = x.relam "
     "LEFT JOIN pg_tablespace s ON s.oid = x.reltablespace WHERE x.relkind = 'm'",
     "x.relname", NULL, "0", "'MATERIALIZED VIEW ' || " OWN_NAME("relname"), NULL,
     "'CREATE MATERIALIZED VIEW ' || " OWN_NAME(
         "relname") " || ' USING ' || quote_ident(m.amname) "
                    "|| " OPTIONS
                    " || coalesce(' TABLESPACE ' || quote_ident(s.spcname), '') || ' AS' || E'\\n' "
                    "|| " DEFINITION
                    " || E'\\nWITH ' || CASE WHEN x.relispopulated THEN 'DATA' ELSE 'NO DATA' "
                    "END",
     "x.relacl", "'TABLE ' || " OWN_NAME("relname"), "x.relowner", NULL},
    /* Of a materialized view alone: of a table it might take hours. */
    {SP_OBJECT_RELATION, "index", "pg_class",
     "pg_class x JOIN pg_namespace n ON n.oid = x.relnamespace JOIN pg_index i ON i.indexrelid = "
     "x.oid JOIN pg_class c ON c.oid = i.indrelid WHERE c.relkind = 'm'",
     "x.relname", "c.relname", "0", "'INDEX ' || " OWN_NAME("relname"), NULL,
     "pg_get_indexdef(x.oid)", NULL, NULL, NULL,
     "CASE WHEN i.indisclustered THEN format('ALTER MATERIALIZED VIEW %I.%I CLUSTER ON %I', "
     "n.nspname, c.relname, x.relname) END"},
    {SP_OBJECT_STATISTICS, "statistics", "pg_statistic_ext",
     "pg_statistic_ext x JOIN pg_namespace n ON n.oid = x.stxnamespace JOIN pg_class c ON c.oid = "
     "x.stxrelid WHERE c.relkind = 'm'",
     "x.stxname", "c.relname", "0", "'STATISTICS ' || " OWN_NAME("stxname"), NULL,
     "pg_get_statisticsobjdef(x.oid)", NULL, NULL, NULL, NULL},
    {SP_OBJECT_ROUTINE, "function", "pg_proc",
     "pg_proc x JOIN pg_namespace n ON n.oid = x.pronamespace WHERE x.prokind <> 'a'", "x.proname",
     NULL, "x.pronargs", ROUTINE_WORD " || " SIGNATURE, NULL, "pg_get_functiondef(x.oid)",
     "x.proacl", ROUTINE_WORD " || " SIGNATURE, "x.proowner", NULL},
    {SP_OBJECT_POLICY, "policy", "pg_policy", "pg_policy x" ON("polrelid"), "x.polname",
     "c.relname", "0", "format('POLICY %I ON %s', x.polname, " RELATION ")", NULL,
     "format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', x.polname, " RELATION ", CASE WHEN "
     "x.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END, CASE x.polcmd WHEN 'r' THEN "
     "'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' "
     "END, (SELECT string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE r::regrole::text END, ', ') FROM "
     "unnest(x.polroles) r)) || coalesce(' USING (' || pg_get_expr(x.polqual, x.polrelid) || ')', "
     "'') || coalesce(' WITH CHECK (' || pg_get_expr(x.polwithcheck, x.polrelid) || ')', '')",
     NULL, NULL, NULL, NULL},
    {SP_OBJECT_TRIGGER, "trigger", "pg_trigger",
     "pg_trigger x" ON("tgrelid") " WHERE NOT x.tgisinternal AND x.tgparentid = 0", "x.tgname",
     "c.relname", "0", "format('TRIGGER %I ON %s', x.tgname, " RELATION ")", NULL,
     "pg_get_triggerdef(x.oid)", NULL, NULL, NULL, STATE("tgenabled", "TRIGGER", "tgname")},
    {SP_OBJECT_RULE, "rule", "pg_rewrite",
     "pg_rewrite x" ON("ev_class") " WHERE x.rulename <> '_RETURN'", "x.rulename", "c.relname", "0",
     "format('RULE %I ON %s', x.rulename, " RELATION ")", NULL, "rtrim(pg_get_ruledef(x.oid), ';')",
     NULL, NULL, NULL, STATE("ev_enabled", "RULE", "rulename")},
    /* A generated column would lose its data. The name of a default is its column's. */
    {SP_OBJECT_RELATION, "default", "pg_attrdef",
     "pg_attrdef x" ON("adrelid") " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = "
                                  "x.adnum WHERE a.attgenerated = ''",
     "''::name", "c.relname", "0", "''",
     "format('ALTER TABLE IF EXISTS %s ALTER COLUMN %I DROP DEFAULT', " RELATION ", a.attname)",
     "format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %s', " RELATION
     ", a.attname, pg_get_expr(x.adbin, x.adrelid))",
     NULL, NULL, NULL, NULL},
    {SP_OBJECT_RELATION, "check", "pg_constraint",
     "pg_constraint x" ON("conrelid") " WHERE x.contype = 'c' AND x.conislocal", "''::name",
     "c.relname", "0", "format('CONSTRAINT %I ON %s', x.conname, " RELATION ")",
     "format('ALTER TABLE IF EXISTS %s DROP CONSTRAINT IF EXISTS %I', " RELATION ", x.conname)",
     "format('ALTER TABLE %s ADD CONSTRAINT %I %s', " RELATION
     ", x.conname, pg_get_constraintdef(x.oid))",
     NULL, NULL, NULL, NULL},
};

/* A view depends on others through its rule; what uses its row type depends on the type. */
static const char *const closure =
    "WITH RECURSIVE closure(classid, objid, depth) AS ("
    "SELECT 'pg_class'::regclass::oid, c.oid, 0 FROM pg_class c JOIN pg_namespace n ON n.oid = "
    "c.relnamespace WHERE $1 = 'relation' AND n.nspname = $2 AND c.relname = $3 AND c.relkind IN "
    "('v', 'm') UNION ALL SELECT 'pg_proc'::regclass, p.oid, 0 FROM pg_proc p WHERE $1 = 'routine' "
    "AND p.oid = to_regprocedure(format('%I.%I(%s)', $2::text, $3::text, $4::text)) UNION "
    "SELECT w.classid, w.objid, b.depth + 1 FROM closure b CROSS JOIN LATERAL (SELECT b.classid, "
    "b.objid UNION ALL SELECT 'pg_type'::regclass, t.oid FROM pg_class c JOIN pg_type t ON t.oid = "
    "c.reltype OR t.oid = (SELECT typarray FROM pg_type WHERE oid = c.reltype) WHERE b.classid = "
    "'pg_class'::regclass AND c.oid = b.objid AND c.reltype <> 0) AS r(classid, objid) JOIN "
    "pg_depend e ON e.refclassid = r.classid AND e.refobjid = r.objid AND e.deptype IN ('n', 'a') "
    "CROSS JOIN LATERAL (SELECT coalesce((SELECT 'pg_class'::regclass::oid FROM pg_rewrite g WHERE "
    "e.classid = 'pg_rewrite'::regclass AND g.oid = e.objid AND g.rulename = '_RETURN'), "
    "e.classid), coalesce((SELECT g.ev_class FROM pg_rewrite g WHERE e.classid = "
    "'pg_rewrite'::regclass AND g.oid = e.objid AND g.rulename = '_RETURN'), e.objid)) AS "
    "w(classid, objid) WHERE (w.classid, w.objid) <> (b.classid, b.objid) AND b.depth < 100), "
    "found AS (SELECT classid, objid, max(depth) AS depth FROM closure GROUP BY classid, objid), "
    "d AS (";

static const char *const parts_end =
    ") SELECT f.objid, f.depth, d.number, d.ns, d.name, d.parent, d.n_args, d.drop_sql, "
    "d.create_sql, pg_describe_object(f.classid, f.objid, 0), coalesce(d.of_view, FALSE) "
    "FROM found f LEFT JOIN d ON d.classid = f.classid AND d.objid = f.objid ORDER BY f.depth, "
    "f.objid";

/* A column may be gone afterwards, and then what was said of it is. */
#define OF_COLUMN(statement)                                                         \
    "format('DO $sp_host$ BEGIN %s; EXCEPTION WHEN undefined_column THEN NULL; END " \
    "$sp_host$', " statement ")"
#define GRANT_TO                                                                        \
    "CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END, CASE WHEN " \
    "g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)"

/* In the order in which they have to run. Who makes a thing anew gives it his default privileges.
 */
static const char *const keeps_end =
    "), k(objid, place, sql) AS ("
    "SELECT d.objid, 1, format('ALTER %s OWNER TO %s', d.noun, d.owner::regrole) FROM d "
    "WHERE d.owner <> (SELECT oid FROM pg_roles WHERE rolname = current_user) "
    "UNION ALL SELECT d.objid, 2, format('REVOKE ALL ON %s FROM %s', d.grant_noun, w.who) FROM d "
    "CROSS JOIN LATERAL (VALUES ('PUBLIC'), (d.owner::regrole::text)) AS w(who) "
    "WHERE d.acl IS NOT NULL "
    "UNION ALL SELECT d.objid, 2, format('REVOKE ALL ON %s FROM %s', d.grant_noun, "
    "w.who::regrole) FROM d CROSS JOIN (SELECT DISTINCT g.grantee FROM pg_default_acl f CROSS JOIN "
    "LATERAL aclexplode(f.defaclacl) g WHERE g.grantee <> 0 AND f.defaclrole IN (SELECT r.owner "
    "FROM d r JOIN found USING (classid, objid) WHERE found.depth = 0)) AS w(who) "
    "WHERE d.grant_noun IS NOT NULL AND w.who <> d.owner "
    "UNION ALL SELECT d.objid, 3, format('GRANT %s ON %s TO %s%s', g.privilege_type, "
    "d.grant_noun, " GRANT_TO " FROM d CROSS JOIN LATERAL aclexplode(d.acl) g "
    "UNION ALL SELECT d.objid, 4, " OF_COLUMN(
        "format('GRANT %s (%I) ON %s TO %s%s', g.privilege_type, a.attname, "
        "d.grant_noun, " GRANT_TO) " FROM d JOIN pg_attribute a ON d.classid = "
                                   "'pg_class'::regclass AND a.attrelid = d.objid AND "
                                   "NOT a.attisdropped CROSS JOIN LATERAL aclexplode(a.attacl) g "
                                   "UNION ALL SELECT d.objid, 5, format('COMMENT ON %s IS %L', "
                                   "d.noun, c.description) FROM d JOIN "
                                   "pg_description c ON c.classoid = d.classid AND c.objoid = "
                                   "d.objid AND c.objsubid = 0 "
                                   "WHERE d.noun <> '' "
                                   "UNION ALL SELECT d.objid, 6, " OF_COLUMN(
                                       "format('COMMENT ON COLUMN %s.%I IS %L', "
                                       "substr(d.grant_noun, 7), a.attname, "
                                       "c.description)") " FROM d JOIN pg_description c ON "
                                                         "d.classid = 'pg_class'::regclass AND "
                                                         "c.classoid = d.classid "
                                                         "AND c.objoid = d.objid AND c.objsubid > "
                                                         "0 JOIN pg_attribute a ON a.attrelid = "
                                                         "d.objid AND "
                                                         "a.attnum = c.objsubid WHERE d.acl_kind "
                                                         "UNION ALL SELECT d.objid, 7, "
                                                         "format('SECURITY LABEL FOR %I ON %s IS "
                                                         "%L', l.provider, d.noun, "
                                                         "l.label) FROM d JOIN pg_seclabel l ON "
                                                         "l.classoid = d.classid AND l.objoid = "
                                                         "d.objid AND "
                                                         "l.objsubid = 0 WHERE d.noun <> '' "
                                                         "UNION ALL SELECT d.objid, 8, d.state "
                                                         "FROM d WHERE d.state IS NOT NULL) "
                                                         "SELECT k.objid, k.sql FROM k ORDER BY "
                                                         "k.objid, k.place, k.sql";

#define DROP_OF(noun) \
    "regexp_replace(" noun ", '^(MATERIALIZED VIEW|[A-Z]+) ', 'DROP \\1 IF EXISTS ')"

static void
append_part(GString *query, guint number)
{
    const Part *part = &part_table[number];
    gboolean has_acl = part->acl != NULL;
    gboolean is_filtered = strstr(part->from, " WHERE ") != NULL;
    g_autofree char *drop =
        part->drop != NULL ? g_strdup(part->drop) : g_strdup_printf(DROP_OF("%s"), part->noun);
    g_string_append_printf(
        query,
        "%sSELECT '%s'::regclass::oid AS classid, x.oid AS objid, %u AS number, n.nspname AS ns, "
        "%s AS name, %s AS parent, %s AS n_args, %s AS noun, %s AS drop_sql, %s AS create_sql, "
        "%s AS acl, %s AS acl_kind, %s AS grant_noun, %s AS owner, %s AS state, %s AS of_view "
        "FROM %s %s x.oid IN (SELECT objid FROM found WHERE classid = '%s'::regclass)",
        number > 0 ? " UNION ALL " : "", part->catalog, number, part->name,
        part->parent ? part->parent : "NULL::name", part->n_args, part->noun, drop, part->create,
        has_acl ? part->acl : "NULL::aclitem[]", has_acl ? "TRUE" : "FALSE",
        has_acl ? part->grant : "NULL::text", has_acl ? part->owner : "NULL::oid",
        part->state ? part->state : "NULL::text",
        part->parent ? "c.relkind IN ('v', 'm')"
                     : (part->class == SP_OBJECT_RELATION ? "TRUE" : "FALSE"),
        part->from, is_filtered ? "AND" : "WHERE", part->catalog);
}

/* (transfer full) */
static char *
build_query(const char *end)
{
    GString *query = g_string_new(closure);
    for (guint i = 0; i < G_N_ELEMENTS(part_table); i++)
        append_part(query, i);
    g_string_append(query, end);
    return g_string_free(query, FALSE);
}

static void
dependent_free(gpointer data)
{
    SpDependent *dependent = data;
    sp_object_free(dependent->object);
    g_free(dependent->description);
    g_free(dependent->drop);
    g_free(dependent->create);
    g_ptr_array_unref(dependent->keeps);
    g_free(dependent);
}

typedef enum {
    COLUMN_ID,
    COLUMN_DEPTH,
    COLUMN_PART,
    COLUMN_NAMESPACE,
    COLUMN_NAME,
    COLUMN_PARENT,
    COLUMN_N_ARGUMENTS,
    COLUMN_DROP,
    COLUMN_CREATE,
    COLUMN_DESCRIPTION,
    COLUMN_OF_VIEW,
} Column;

static guint
number_at(const SpRows *rows, guint row, Column column)
{
    return (guint)g_ascii_strtoull(sp_rows_get(rows, row, column), NULL, 10);
}

/* Of a routine only the number of arguments counts: types have several spellings. */
static char *
arguments_of(guint n)
{
    GString *arguments = g_string_new(NULL);
    for (guint i = 0; i < n; i++)
        g_string_append(arguments, i > 0 ? ",?" : "?");
    return g_string_free(arguments, FALSE);
}

static SpObject *
object_of(const SpRows *rows, guint row)
{
    if (sp_rows_get(rows, row, COLUMN_PART) == NULL)
        return NULL;
    const Part *part = &part_table[number_at(rows, row, COLUMN_PART)];
    gboolean is_routine = part->class == SP_OBJECT_ROUTINE;
    g_autofree char *arguments =
        is_routine ? arguments_of(number_at(rows, row, COLUMN_N_ARGUMENTS)) : NULL;
    return sp_object_new(part->class, part->word, sp_rows_get(rows, row, COLUMN_NAMESPACE),
                         sp_rows_get(rows, row, COLUMN_NAME), sp_rows_get(rows, row, COLUMN_PARENT),
                         arguments);
}

static GPtrArray *
keeps_of(const SpRows *keeps, const char *id)
{
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < sp_rows_get_n(keeps); i++)
        if (g_str_equal(sp_rows_get(keeps, i, 0), id))
            g_ptr_array_add(texts, g_strdup(sp_rows_get(keeps, i, 1)));
    return texts;
}

static SpDependent *
dependent_of(const SpRows *rows, guint row, const SpRows *keeps)
{
    SpDependent *dependent = g_new0(SpDependent, 1);
    dependent->object = object_of(rows, row);
    dependent->depth = number_at(rows, row, COLUMN_DEPTH);
    dependent->is_view = sp_rows_get_boolean(rows, row, COLUMN_OF_VIEW);
    dependent->description = g_strdup(sp_rows_get(rows, row, COLUMN_DESCRIPTION));
    dependent->drop = g_strdup(sp_rows_get(rows, row, COLUMN_DROP));
    dependent->create = g_strdup(sp_rows_get(rows, row, COLUMN_CREATE));
    dependent->keeps = keeps_of(keeps, sp_rows_get(rows, row, COLUMN_ID));
    return dependent;
}

GPtrArray *
sp_dependents_read(SpSession *session, const SpObject *object, GError **error)
{
    g_autofree char *parts = build_query(parts_end);
    g_autofree char *keeps = build_query(keeps_end);
    const char *class = object->class == SP_OBJECT_ROUTINE ? "routine" : "relation";
    const char *const params[] = {class, object->namespace_name, object->name,
                                  object->arguments ? object->arguments : ""};
    const SpCommand commands[] = {
        {.sql = parts, .params = params, .n_params = G_N_ELEMENTS(params)},
        {.sql = keeps, .params = params, .n_params = G_N_ELEMENTS(params)},
    };
    g_autoptr(GPtrArray) answers = sp_session_query_many(session, commands, 2, error);
    if (answers == NULL)
        return NULL;
    const SpRows *rows = g_ptr_array_index(answers, 0);
    GPtrArray *dependents = g_ptr_array_new_with_free_func(dependent_free);
    for (guint i = 0; i < sp_rows_get_n(rows); i++)
        g_ptr_array_add(dependents, dependent_of(rows, i, g_ptr_array_index(answers, 1)));
    return dependents;
}
