/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/roles_query.h"

#define ROLE_COMMENT(name) "format('sp-host: role of extension \"%s\"', " name ")"
#define READERS_COMMENT(name) "format('sp-host: readers of extension \"%s\"', " name ")"

/* Before PostgreSQL 16 CREATEROLE was enough to give any role that is no superuser. One that is not
 * there yet will be the host's. */
#define MAY_GIVE(role)                                                                     \
    "(" role ".oid IS NULL OR me.rolsuper OR me.rolcreaterole AND $3::text = 'MEMBER' OR " \
    "pg_has_role(" role ".oid, 'MEMBER WITH ADMIN OPTION'))"

#define GIVE_TO_HOST(name) "format('GRANT %I TO %I WITH ADMIN OPTION', " name ", me.rolname)"

/* What an extension was seen to make is its own, too. */
#define NOTHING_SEEN ""
#define SEEN                                                                           \
    " UNION SELECT x.i, s.class, s.namespace_name, s.name, s.n_arguments FROM x JOIN " \
    "public.extension_objects s ON s.extension_id = x.id WHERE s.action = 'own'"

#define WITH(seen)                                                                          \
    "WITH x AS (SELECT * FROM json_to_recordset($1::json) AS x(i int, id text, role name, " \
    "readers name, needs_database boolean, spaces json, dependencies json)), "              \
    "o AS (SELECT o.i, o.class, o.space, o.name, o.n_arguments FROM "                       \
    "json_to_recordset($2::json) AS o(i int, class text, space text, name text, "           \
    "n_arguments int)" seen "), "                                                           \
    "me AS (SELECT rolname, rolsuper, rolcreaterole, rolinherit, $3::text AS may_set FROM " \
    "pg_roles WHERE "                                                                       \
    "rolname = current_user) "

#define OTHERS_ROLES                                                                               \
    "SELECT x.i, r.rolname, CASE WHEN r.rolsuper THEN 'It is a superuser.' "                       \
    "WHEN r.rolcanlogin THEN 'It can log in.' "                                                    \
    "WHEN r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls "                 \
    "THEN 'It has attributes that such a role has not.' "                                          \
    "ELSE format('Its comment is not \"%s\".', n.comment) END "                                    \
    "FROM x CROSS JOIN LATERAL (VALUES (x.role, " ROLE_COMMENT(                                    \
        "x.id") "), (x.readers, " READERS_COMMENT("x.id") ")) AS n(name, comment) JOIN pg_roles "  \
                                                          "r ON r.rolname = n.name "               \
                                                          "WHERE r.rolsuper OR r.rolcanlogin OR "  \
                                                          "r.rolcreaterole OR r.rolcreatedb OR "   \
                                                          "r.rolreplication "                      \
                                                          "OR r.rolbypassrls OR "                  \
                                                          "shobj_description(r.oid, 'pg_authid') " \
                                                          "IS DISTINCT FROM n.comment "            \
                                                          "ORDER BY 1, 2"

/* The host's role has to be allowed to act as the other, and has to have its rights, since it goes
 * on to grant what the other owns. */
#define ROLES                                                                                      \
    "SELECT x.i, s.sql, s.missing FROM x CROSS JOIN me CROSS JOIN LATERAL (VALUES (1, "            \
    "x.role, " ROLE_COMMENT("x.id") "), (2, x.readers, " READERS_COMMENT(                          \
        "x.id") ")) "                                                                              \
                "AS n(place, name, comment) LEFT JOIN pg_roles r ON r.rolname = n.name "           \
                "CROSS JOIN LATERAL (VALUES "                                                      \
                "(1, r.oid IS NULL, format('CREATE ROLE %I NOLOGIN', n.name), "                    \
                "CASE WHEN NOT me.rolsuper AND NOT me.rolcreaterole "                              \
                "THEN format('ALTER ROLE %I CREATEROLE', me.rolname) END), "                       \
                "(2, r.oid IS NULL, format('COMMENT ON ROLE %I IS %L', n.name, n.comment), "       \
                "NULL), "                                                                          \
                "(3, n.place = 1 AND NOT me.rolsuper AND (r.oid IS NULL OR NOT "                   \
                "(pg_has_role(r.oid, 'USAGE') "                                                    \
                "AND pg_has_role(r.oid, me.may_set))), format('GRANT %I TO %I', n.name, "          \
                "me.rolname) || "                                                                  \
                "CASE me.may_set WHEN 'SET' THEN ' WITH INHERIT TRUE, SET TRUE' ELSE '' END, "     \
                "CASE WHEN NOT " MAY_GIVE("r") " THEN " GIVE_TO_HOST(                              \
                    "n.name") " WHEN me.may_set = 'MEMBER' AND NOT me.rolinherit "                 \
                              "THEN format('ALTER ROLE %I INHERIT', me.rolname) END)) "            \
                              "AS s(place, is_lacking, sql, missing) WHERE s.is_lacking ORDER BY " \
                              "x.i, n.place, s.place"

/* PUBLIC stands for a role that is not there yet. */
#define SPACES                                                                                     \
    "SELECT x.i, format('GRANT CREATE ON DATABASE %I TO %I', current_database(), x.role), "        \
    "CASE WHEN NOT has_database_privilege(current_database(), 'CREATE WITH GRANT OPTION') THEN "   \
    "format('GRANT CREATE ON DATABASE %I TO %I WITH GRANT OPTION', current_database(), "           \
    "me.rolname) END FROM x CROSS JOIN me LEFT JOIN pg_roles r ON r.rolname = x.role "             \
    "WHERE x.needs_database "                                                                      \
    "AND NOT has_database_privilege(coalesce(r.rolname, 'public'), current_database(), 'CREATE') " \
    "UNION ALL "                                                                                   \
    "SELECT x.i, format('GRANT %s ON SCHEMA %I TO %I', p.what, n.nspname, p.name), "               \
    "CASE WHEN NOT (has_schema_privilege(n.oid, 'CREATE WITH GRANT OPTION') "                      \
    "AND has_schema_privilege(n.oid, 'USAGE WITH GRANT OPTION')) THEN "                            \
    "format('GRANT USAGE, CREATE ON SCHEMA %I TO %I WITH GRANT OPTION', n.nspname, me.rolname) "   \
    "END FROM x CROSS JOIN me JOIN pg_namespace n ON n.nspname IN "                                \
    "(SELECT json_array_elements_text(x.spaces) UNION SELECT o.space FROM o WHERE o.i = x.i) "     \
    "CROSS JOIN LATERAL (VALUES (x.role, 'USAGE, CREATE', TRUE), (x.readers, 'USAGE', FALSE)) "    \
    "AS p(name, what, creates) LEFT JOIN pg_roles r ON r.rolname = p.name "                        \
    "WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' "                             \
    "AND (NOT has_schema_privilege(coalesce(r.rolname, 'public'), n.oid, 'USAGE') "                \
    "OR p.creates AND NOT has_schema_privilege(coalesce(r.rolname, 'public'), n.oid, 'CREATE'))"

/* Whatever the role makes from now on. */
#define DEFAULTS                                                                               \
    "SELECT x.i, format('ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT %s ON %s TO %I', x.role, " \
    "k.what, k.kind, x.readers), NULL FROM x CROSS JOIN (VALUES ('r', 'SELECT, REFERENCES', "  \
    "'TABLES'), ('S', 'USAGE, SELECT', 'SEQUENCES'), ('f', 'EXECUTE', 'FUNCTIONS'), ('T', "    \
    "'USAGE', 'TYPES'), ('n', 'USAGE', 'SCHEMAS')) AS k(letter, what, kind) "                  \
    "WHERE NOT EXISTS (SELECT FROM pg_default_acl d JOIN pg_roles r ON r.oid = d.defaclrole "  \
    "CROSS JOIN LATERAL aclexplode(d.defaclacl) a JOIN pg_roles g ON g.oid = a.grantee "       \
    "WHERE r.rolname = x.role AND d.defaclnamespace = 0 AND d.defaclobjtype::text = k.letter " \
    "AND g.rolname = x.readers) ORDER BY x.i, k.letter"

/* Who may read an extension may read what it depends on, and the extension itself is the first. */
#define DEPENDENCIES                                                                               \
    "SELECT x.i, format('GRANT %I TO %I', p.given, p.receiver), CASE WHEN NOT " MAY_GIVE(          \
        "g") " THEN " GIVE_TO_HOST("p.given") " END FROM x CROSS JOIN me CROSS JOIN LATERAL "      \
                                              "(SELECT "                                           \
                                              "x.readers AS given, x.role AS receiver UNION ALL "  \
                                              "SELECT d::name, x.readers FROM "                    \
                                              "json_array_elements_text(x.dependencies) AS d) AS " \
                                              "p "                                                 \
                                              "LEFT JOIN pg_roles g ON g.rolname = p.given LEFT "  \
                                              "JOIN pg_roles m ON m.rolname = p.receiver "         \
                                              "WHERE NOT EXISTS (SELECT FROM pg_auth_members a "   \
                                              "WHERE a.roleid = g.oid AND a.member = m.oid)"

#define MADE_BY_POSTGRES(catalog, object)                               \
    "EXISTS (SELECT FROM pg_depend e WHERE e.classid = '" catalog       \
    "'::regclass AND e.objid = " object                                 \
    " AND (e.deptype = 'e' OR e.refclassid = 'pg_class'::regclass AND " \
    "e.deptype IN ('a', 'i') AND e.refobjsubid > 0))"

/* What was made before there was a role. A sequence of a column goes with its table. */
#define THINGS                                                                                   \
    ", y AS (SELECT x.i, x.role, x.readers, r.oid, coalesce(d.rolname, 'public') AS known FROM " \
    "x LEFT JOIN pg_roles r ON r.rolname = x.role LEFT JOIN pg_roles d ON d.rolname = "          \
    "x.readers), "                                                                               \
    "things AS (SELECT y.i, 1 AS place, c.relowner AS owner, CASE c.relkind WHEN 'v' THEN "      \
    "'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN "  \
    "TABLE' ELSE 'TABLE' END AS word, format('%I.%I', n.nspname, c.relname) AS name, "           \
    "CASE c.relkind WHEN 'S' THEN 'USAGE, SELECT ON SEQUENCE' ELSE 'SELECT, REFERENCES ON "      \
    "TABLE' END AS what, CASE c.relkind WHEN 'S' THEN has_sequence_privilege(y.known, c.oid, "   \
    "'USAGE') ELSE has_table_privilege(y.known, c.oid, 'SELECT') AND "                           \
    "has_table_privilege(y.known, c.oid, 'REFERENCES') END AS is_readable "                      \
    "FROM o JOIN y ON y.i = o.i JOIN pg_namespace n ON n.nspname = o.space "                     \
    "JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = o.name "                          \
    "WHERE o.class = 'relation' AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') "                \
    "AND NOT " MADE_BY_POSTGRES(                                                                 \
        "pg_class",                                                                              \
        "c.oid") " UNION ALL SELECT y.i, 2, p.proowner, 'ROUTINE', p.oid::regprocedure::text, "  \
                 "'EXECUTE ON ROUTINE', has_function_privilege(y.known, p.oid, 'EXECUTE') "      \
                 "FROM o JOIN y ON y.i = o.i JOIN pg_namespace n ON n.nspname = o.space "        \
                 "JOIN pg_proc p ON p.pronamespace = n.oid AND p.proname = o.name "              \
                 "AND p.pronargs = o.n_arguments WHERE o.class = 'routine' "                     \
                 "AND NOT " MADE_BY_POSTGRES(                                                    \
                     "pg_proc",                                                                  \
                     "p.oid") " UNION ALL SELECT y.i, 3, t.typowner, 'TYPE', format('%I.%I', "   \
                              "n.nspname, t.typname), "                                          \
                              "'USAGE ON TYPE', has_type_privilege(y.known, t.oid, 'USAGE') "    \
                              "FROM o JOIN y ON y.i = o.i JOIN pg_namespace n ON n.nspname = "   \
                              "o.space "                                                         \
                              "JOIN pg_type t ON t.typnamespace = n.oid AND t.typname = o.name " \
                              "WHERE o.class = 'type' AND NOT " MADE_BY_POSTGRES("pg_type",      \
                                                                                 "t.oid") ") "

#define OBJECTS                                                                                \
    "SELECT z.i, z.sql, z.missing FROM (SELECT DISTINCT y.i, 1 AS step, t.place, t.name, "     \
    "format('ALTER %s %s OWNER TO %I', t.word, t.name, y.role) AS sql, CASE WHEN NOT "         \
    "pg_has_role(t.owner, 'USAGE') THEN format('ALTER %s %s OWNER TO %I', t.word, t.name, "    \
    "me.rolname) END AS missing FROM things t JOIN y ON y.i = t.i CROSS JOIN me "              \
    "WHERE t.owner IS DISTINCT FROM y.oid UNION ALL SELECT DISTINCT y.i, 2, t.place, t.name, " \
    "format('GRANT %s %s TO %I', t.what, t.name, y.readers), NULL FROM things t "              \
    "JOIN y ON y.i = t.i WHERE NOT t.is_readable) AS z ORDER BY z.i, z.step, z.place, z.name"

#define QUERIES(seen)                                                           \
    {                                                                           \
        WITH(seen)                                                              \
        OTHERS_ROLES, WITH(seen) ROLES, WITH(seen) SPACES, WITH(seen) DEFAULTS, \
            WITH(seen) DEPENDENCIES, WITH(seen) THINGS OBJECTS                  \
    }

const char *
sp_roles_query(guint index, gboolean has_ledger)
{
    static const char *const queries[2][SP_ROLES_N_QUERIES] = {QUERIES(NOTHING_SEEN),
                                                               QUERIES(SEEN)};
    g_return_val_if_fail(index < SP_ROLES_N_QUERIES, NULL);
    return queries[has_ledger][index];
}
