/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/doctor_looks.h"

#include "act/definitions.h"
#include "act/kept.h"

typedef enum { ASKS_NOTHING, ASKS_KNOWN, ASKS_NAMESPACES, N_PARAMETERS } Parameter;

/* A query of rows: extension, kind, identity, detail, hint. */
typedef struct {
    SpErrorCode code;
    Parameter parameter;
    const char *sql;
} Look;

#define OWN SP_DOCTOR_OWN " "
#define KNOWN "(SELECT json_array_elements_text($1::json))"

#define LEDGERS "(" SP_KEPT_LEDGERS_QUERY " GROUP BY extension_id) AS l(extension_id, digest)"

#define KIND_OF(relkind)                                                                \
    "CASE " relkind " WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' " \
    "THEN 'sequence' WHEN 'f' THEN 'foreign table' ELSE 'table' END"

#define WORD_OF(relkind) "upper(" KIND_OF(relkind) ")"

static const Look looks[] = {
    {SP_ERROR_NOT_RECORDED, ASKS_KNOWN,
     "SELECT extension_id, 'extension', extension_id, 'It was last installed by another release of "
     "the host, or into another version of PostgreSQL. What was altered since cannot be told.', "
     "'Run sp-host install.' FROM public.extension_digests WHERE extension_id IN " KNOWN
     " GROUP BY extension_id HAVING bool_or(phase IN ('enabled', 'disabled')) "
     "AND NOT bool_or(phase = 'definitions' AND " SP_DEFINITIONS_FORM_OF(
         "digest") " = " SP_DEFINITIONS_FORM ")"},
    /* Recorded is what was there when the host had last done something. */
    {SP_ERROR_INSTALL_UNFINISHED, ASKS_KNOWN,
     "SELECT d.extension_id, 'extension', d.extension_id, 'Migrations or DDL ran, or its ledger "
     "was "
     "changed, and the install did not come to its end. It is not compared with its definitions.', "
     "'Run sp-host install.' FROM public.extension_digests d LEFT JOIN " LEDGERS
     " USING (extension_id) WHERE d.extension_id IN " KNOWN " AND d.phase = 'definitions' "
     "AND (" SP_DEFINITIONS_LEDGER_OF(
         "d.digest") " <> coalesce(l.digest, '') OR EXISTS "
                     "(SELECT FROM public.extension_digests p "
                     "WHERE p.extension_id = d.extension_id AND p.phase NOT IN ('enabled', "
                     "'disabled', 'ledger', "
                     "'definitions') AND p.applied_at > d.applied_at))"},
    {SP_ERROR_MIGRATION_INTERRUPTED, ASKS_NOTHING,
     "SELECT extension_id, 'migration', format('%s %s_%s', extension_id, lpad(version::text, "
     "greatest(3, length(version::text)), '0'), name), format('%s of its statements are done; the "
     "next one %s.', n_done, coalesce('was begun at ' || date_trunc('second', started_at), "
     "'failed')), 'Run sp-host install, which goes on with it.' "
     "FROM public.extension_migration_progress"},
    {SP_ERROR_OBJECT_ORPHANED, ASKS_KNOWN,
     OWN "SELECT extension_id, " KIND_OF(
         "relkind") ", spelt, NULL, "
                    "format('Bring the plugin back; or, when nobody needs its rows any more: DROP "
                    "%s %s;', " WORD_OF(
                        "relkind") ", spelt) FROM own WHERE relkind IN ('r', 'p', 'v', 'm', 'f') "
                                   "AND extension_id NOT IN " KNOWN},
    {SP_ERROR_RECORD_ORPHANED, ASKS_KNOWN,
     "SELECT r.extension_id, 'extension', r.extension_id, 'Rows in ' || string_agg(DISTINCT "
     "r.name, ', ') || '.', 'Bring the plugin back; or, when it is gone for good, drop what is "
     "left "
     "of it and then run: ' || string_agg(DISTINCT format('DELETE FROM public.%s WHERE "
     "extension_id "
     "= %L;', r.name, r.extension_id), ' ') FROM (SELECT extension_id, 'extension_migrations' "
     "FROM public.extension_migrations UNION SELECT extension_id, 'extension_digests' "
     "FROM public.extension_digests UNION SELECT extension_id, 'extension_objects' "
     "FROM public.extension_objects UNION SELECT extension_id, 'extension_definitions' "
     "FROM public.extension_definitions UNION SELECT extension_id, 'extension_migration_progress' "
     "FROM public.extension_migration_progress) AS r(extension_id, name) "
     "WHERE r.extension_id NOT IN " KNOWN " GROUP BY r.extension_id"},
    /* One that a session is building is in order. */
    {SP_ERROR_INVALID_INDEX, ASKS_NOTHING,
     OWN
     "SELECT coalesce(w.extension_id, t.extension_id), 'index', format('%I.%I', n.nspname, "
     "c.relname), format('A build of it on %s was cut short. No query uses it%s.', t.spelt, "
     "CASE WHEN x.indisready THEN ', and every write keeps it up' END), "
     "format(CASE WHEN c.relname ~ '_cc(new|old)[0-9]*$' THEN 'Run: DROP INDEX CONCURRENTLY %1$s;' "
     "ELSE 'Run: REINDEX INDEX CONCURRENTLY %1$s; or: DROP INDEX CONCURRENTLY %1$s; and then "
     "sp-host install.' END, format('%I.%I', n.nspname, c.relname)) "
     "FROM pg_index x JOIN own t ON t.oid = x.indrelid JOIN pg_class c ON c.oid = x.indexrelid "
     "AND c.relkind = 'i' JOIN pg_namespace n ON n.oid = c.relnamespace "
     "LEFT JOIN own w ON w.oid = c.oid WHERE NOT x.indisvalid AND NOT EXISTS "
     "(SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = x.indexrelid)"},
    {SP_ERROR_NOT_VALIDATED, ASKS_NOTHING,
     OWN
     "SELECT t.extension_id, 'table constraint', format('%I on %s', k.conname, t.spelt), "
     "pg_get_constraintdef(k.oid), format('Run: ALTER TABLE %s VALIDATE CONSTRAINT %I;', t.spelt, "
     "k.conname) FROM pg_constraint k JOIN own t ON t.oid = k.conrelid "
     "WHERE NOT k.convalidated AND k.conparentid = 0"},
    {SP_ERROR_TRIGGER_DISABLED, ASKS_NOTHING,
     OWN "SELECT t.extension_id, 'trigger', format('%I on %s', g.tgname, t.spelt), "
         "'It never fires.', format('Run: ALTER TABLE %s ENABLE TRIGGER %I;', t.spelt, g.tgname) "
         "FROM pg_trigger g JOIN own t ON t.oid = g.tgrelid "
         "WHERE g.tgenabled = 'D' AND NOT g.tgisinternal "
         "UNION SELECT t.extension_id, 'table constraint', format('%I on %s', k.conname, t.spelt), "
         "'The triggers that enforce it are disabled, so rows may break it.', "
         "format('Run: ALTER TABLE %s ENABLE TRIGGER ALL; and look for rows that break it.', "
         "g.tgrelid::regclass) FROM pg_trigger g JOIN pg_constraint k ON k.oid = g.tgconstraint "
         "JOIN own t ON t.oid = k.conrelid WHERE g.tgenabled = 'D' AND g.tgisinternal"},
    /* Parts of a partitioned table, and sequences of columns, are their table's. */
    {SP_ERROR_OBJECT_FOREIGN, ASKS_NAMESPACES,
     OWN "SELECT NULL, " KIND_OF(
         "c.relkind") ", format('%I.%I', n.nspname, c.relname), NULL, "
                      "'Let an extension make it, or move it to a namespace of its own.' "
                      "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                      "WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.oid >= 16384 "
                      "AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' "
                      "AND ($1::json IS NULL OR n.nspname IN (SELECT "
                      "json_array_elements_text($1::json))) "
                      "AND c.oid NOT IN (SELECT oid FROM own) "
                      "AND NOT (n.nspname = 'public' AND c.relname IN ('extension_migrations', "
                      "'extension_digests', "
                      "'extension_migration_progress', 'extension_objects', "
                      "'extension_definitions')) "
                      "AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid) "
                      "AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = "
                      "'pg_class'::regclass "
                      "AND d.objid = c.oid AND (d.deptype = 'e' OR c.relkind = 'S' AND d.deptype "
                      "IN ('a', 'i')))"},
};

static void
take(SpDiagnosis *diagnosis, SpErrorCode code, const SpRows *rows)
{
    for (guint i = 0; i < sp_rows_get_n(rows); i++)
        sp_diagnosis_add(diagnosis, &(SpTrouble){
                                        .code = code,
                                        .extension = sp_rows_get(rows, i, 0),
                                        .kind = sp_rows_get(rows, i, 1),
                                        .identity = sp_rows_get(rows, i, 2),
                                        .detail = sp_rows_get(rows, i, 3),
                                        .hint = sp_rows_get(rows, i, 4),
                                    });
}

static gboolean
is_of_the_gone(const Look *look)
{
    return look->code == SP_ERROR_OBJECT_ORPHANED || look->code == SP_ERROR_RECORD_ORPHANED;
}

gboolean
sp_doctor_look(SpSession *session, const char *known, gboolean knows_all, const char *namespaces,
               SpDiagnosis *diagnosis, GError **error)
{
    const char *const params[N_PARAMETERS] = {NULL, known, namespaces};
    SpCommand commands[G_N_ELEMENTS(looks)] = {0};
    SpErrorCode codes[G_N_ELEMENTS(looks)];
    guint n = 0;
    for (guint i = 0; i < G_N_ELEMENTS(looks); i++) {
        if (!knows_all && is_of_the_gone(&looks[i]))
            continue;
        codes[n] = looks[i].code;
        commands[n++] = (SpCommand){.sql = looks[i].sql,
                                    .params = &params[looks[i].parameter],
                                    .n_params = looks[i].parameter != ASKS_NOTHING};
    }
    g_autoptr(GPtrArray) answers = sp_session_query_many(session, commands, n, error);
    for (guint i = 0; answers != NULL && i < answers->len; i++)
        take(diagnosis, codes[i], g_ptr_array_index(answers, i));
    return answers != NULL;
}
