/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/doctor_sequences.h"

#include "act/doctor_looks.h"

static const char *const sequences_query = SP_DOCTOR_OWN
    " SELECT w.extension_id, f.sequence, format('Column %I of %s has values up to ', a.attname, "
    "w.spelt), format('Run: SELECT setval(%L, (SELECT max(%I) FROM %s));', f.sequence, a.attname, "
    "w.spelt), format('SELECT t.largest FROM (SELECT max(%I) AS largest FROM %s) t, %s s "
    "WHERE t.largest >= s.last_value + CASE WHEN s.is_called THEN %s ELSE 0 END', a.attname, "
    "w.spelt, f.sequence, q.seqincrement) "
    "FROM own w JOIN pg_class c ON c.oid = w.oid AND NOT c.relrowsecurity "
    "JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = w.oid "
    "AND d.refobjsubid > 0 AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') "
    "JOIN pg_sequence q ON q.seqrelid = d.objid AND q.seqincrement > 0 AND NOT q.seqcycle "
    "JOIN pg_attribute a ON a.attrelid = w.oid AND a.attnum = d.refobjsubid "
    "CROSS JOIN LATERAL (SELECT format('%I.%I', n.nspname, s.relname) AS sequence FROM pg_class s "
    "JOIN pg_namespace n ON n.oid = s.relnamespace WHERE s.oid = d.objid) f "
    "WHERE w.relkind = 'r' AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) "
    "AND EXISTS (SELECT FROM pg_index i WHERE i.indrelid = w.oid AND i.indisunique "
    "AND i.indisvalid AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum AND i.indpred IS NULL) "
    "AND has_table_privilege(w.oid, 'SELECT') AND has_table_privilege(d.objid, 'SELECT') "
    "AND has_schema_privilege(c.relnamespace, 'USAGE')";

typedef enum { EXTENSION, IDENTITY, DETAIL, HINT, LOOK } Column;

static void
add_trouble(SpDiagnosis *diagnosis, const SpRows *sequences, guint row, const char *largest)
{
    g_autofree char *detail = g_strdup_printf("%s%s, and the sequence is to give one of them next.",
                                              sp_rows_get(sequences, row, DETAIL), largest);
    sp_diagnosis_add(diagnosis, &(SpTrouble){
                                    .code = SP_ERROR_SEQUENCE_BEHIND,
                                    .extension = sp_rows_get(sequences, row, EXTENSION),
                                    .kind = "sequence",
                                    .identity = sp_rows_get(sequences, row, IDENTITY),
                                    .detail = detail,
                                    .hint = sp_rows_get(sequences, row, HINT),
                                });
}

gboolean
sp_doctor_read_sequences(SpSession *session, SpDiagnosis *diagnosis, GError **error)
{
    g_autoptr(SpRows) sequences = sp_session_query(session, sequences_query, NULL, 0, error);
    if (sequences == NULL)
        return FALSE;
    guint n = sp_rows_get_n(sequences);
    if (n == 0)
        return TRUE;
    g_autofree SpCommand *commands = g_new0(SpCommand, n);
    for (guint i = 0; i < n; i++)
        commands[i].sql = sp_rows_get(sequences, i, LOOK);
    g_autoptr(GPtrArray) answers = sp_session_query_many(session, commands, n, error);
    for (guint i = 0; answers != NULL && i < n; i++) {
        const SpRows *behind = g_ptr_array_index(answers, i);
        if (sp_rows_get_n(behind) > 0)
            add_trouble(diagnosis, sequences, i, sp_rows_get(behind, 0, 0));
    }
    return answers != NULL;
}
