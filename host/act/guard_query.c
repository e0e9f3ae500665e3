/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/guard_query.h"

/* A row is of this transaction when its xmin is that of the transaction or of one inside it, which
 * are younger. Those of others that committed meanwhile are younger too, and visible: their status
 * tells. No other one is visible beyond the end of the snapshot, and nothing is known of the status
 * there. age() may count from any transaction, so it is only compared with itself. The bound keeps
 * out rows that were frozen ages ago, whose xmin means nothing any more. */
#define OWN(xmin)                                                                               \
    "CASE WHEN v_base - age(" xmin                                                              \
    ") NOT BETWEEN 0 AND 16777215 THEN FALSE WHEN v_base = age(" xmin ") OR v_base - age(" xmin \
    ") >= v_upto - v_id THEN TRUE ELSE txid_status(v_id + "                                     \
    "v_base - age(" xmin ")) = 'in progress' END"

/* The counters of a session are not those of one transaction, but what they deny did not happen. */
#define WROTE(catalog)                                                            \
    "(v_is_blind OR pg_stat_get_xact_tuples_inserted('" catalog "'::regclass) + " \
    "pg_stat_get_xact_tuples_updated('" catalog "'::regclass) > 0)"

#define OWNERS(class, namespace, name)                                                          \
    "ARRAY(SELECT o.extension_id FROM public.extension_objects o "                              \
    "WHERE o.namespace_name = " namespace " AND o.name = " name                                 \
                                          " AND o.class = " class " "                           \
                                                                  "AND o.action IN ('create', " \
                                                                  "'own', 'claim'))"

#define IS_OURS(namespace) namespace " !~ '^pg_' AND " namespace " <> 'information_schema'"

#define DECLARATIONS                                                                             \
    "#variable_conflict use_column\n"                                                            \
    "DECLARE v_id bigint := txid_current_if_assigned(); "                                        \
    "v_upto bigint := txid_snapshot_xmax(txid_current_snapshot()); "                             \
    "v_base bigint := age((v_id & 4294967295)::text::xid); "                                     \
    "v_is_blind boolean := NOT current_setting('track_counts')::boolean; "                       \
    "v_ids text[] := ARRAY(SELECT jsonb_array_elements_text(v_guard -> 'ids')); "                \
    "v_written oid[]; v_altered oid[]; v_exclusive oid[]; v_beyond_key oid[]; v_objects oid[]; " \
    "v_parts oid[]; v_may_miss boolean; v_owners text[]; v_name text; "                          \
    "v_is_changed boolean; v_is_foreign boolean; v_found jsonb := '[]'; r record; "

/* Every change of a relation takes a lock, and locks stay until the end of the transaction. Foreign
 * keys and triggers ask for no more than ShareRowExclusiveLock. */
#define READ_LOCKS                                                                          \
    "SELECT coalesce(array_agg(relation) FILTER (WHERE mode = 'RowExclusiveLock'), '{}'), " \
    "coalesce(array_agg(relation) FILTER (WHERE relation IS NOT NULL AND mode <> "          \
    "'RowExclusiveLock'), '{}'), "                                                          \
    "coalesce(array_agg(relation) FILTER (WHERE relation IS NOT NULL AND mode = "           \
    "'AccessExclusiveLock'), '{}'), "                                                       \
    "coalesce(array_agg(relation) FILTER (WHERE relation IS NOT NULL AND mode NOT IN "      \
    "('RowExclusiveLock', 'ShareRowExclusiveLock')), '{}'), "                               \
    "coalesce(array_agg(objid) FILTER (WHERE locktype = 'object'), '{}'), "                 \
    "coalesce(array_agg(objid) FILTER (WHERE classid = 'pg_constraint'::regclass), '{}'), " \
    "coalesce(bool_or(locktype = 'object' AND mode = 'AccessExclusiveLock'), FALSE) "       \
    "INTO v_written, v_altered, v_exclusive, v_beyond_key, v_objects, v_parts, v_may_miss " \
    "FROM pg_locks WHERE pid = pg_backend_pid() AND granted AND locktype IN ('relation', "  \
    "'object') AND database <> 0 AND mode NOT IN ('AccessShareLock', 'RowShareLock'); "

/* An index is part of its table, and so is a sequence that a column owns; a partition that nobody
 * made is its root's. */
#define RELATIONS                                                                                  \
    "SELECT c.oid, c.relkind, c.relname AS name, n.nspname AS space, s.oid AS subject, s.relname " \
    "AS subject_name, m.nspname AS subject_space, s.relispartition, c.xmin AS row_xmin, " OWNERS(  \
        "'relation'", "n.nspname",                                                                 \
        "c.relname") " || " OWNERS("'relation'", "m.nspname",                                      \
                                   "s.relname") " AS owners FROM pg_class c JOIN pg_namespace n "  \
                                                "ON n.oid = c.relnamespace "                       \
                                                "JOIN pg_class s ON s.oid = coalesce((SELECT "     \
                                                "indrelid FROM pg_index WHERE indexrelid = "       \
                                                "c.oid), (SELECT refobjid FROM pg_depend d WHERE " \
                                                "c.relkind = 'S' AND d.classid = "                 \
                                                "'pg_class'::regclass AND d.objid = c.oid AND "    \
                                                "d.refclassid = 'pg_class'::regclass AND "         \
                                                "d.deptype IN ('a', 'i') LIMIT 1), c.oid) JOIN "   \
                                                "pg_namespace m ON m.oid = s.relnamespace "        \
                                                "WHERE c.oid = ANY (v_written || v_altered) AND "  \
                                                "c.relkind NOT IN ('c', 't') AND " IS_OURS(        \
                                                    "n.nspname")

#define OWNERS_OF_ROOT                                                                            \
    "ARRAY(SELECT o.extension_id FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "  \
    "JOIN public.extension_objects o ON o.namespace_name = n.nspname AND o.name = c.relname AND " \
    "o.class = 'relation' AND o.action IN ('create', 'own', 'claim') "                            \
    "WHERE c.oid = pg_partition_root(r.subject))"

#define WORD                                                                                     \
    "CASE r.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'i' THEN "       \
    "'index' WHEN 'I' THEN 'index' WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign table' ELSE " \
    "'table' END"

#define REPORT(word, name, owner, done)                                                            \
    "v_found := v_found || jsonb_build_object('word', " word ", 'name', " name ", 'owner', " owner \
    ", 'done', " done "); "

#define RECORD(class, word, space, name, arguments, n_arguments)                                \
    "INSERT INTO public.extension_objects (extension_id, action, class, word, namespace_name, " \
    "name, parent, arguments, n_arguments, is_kept) SELECT v_ids[array_upper(v_ids, 1)], "      \
    "'own', " class ", " word ", " space ", " name ", '', " arguments ", " n_arguments          \
                    ", FALSE WHERE NOT "                                                        \
                    "EXISTS (SELECT FROM public.extension_objects o WHERE o.namespace_name "    \
                    "= " space " AND o.name = " name                                            \
                    " AND o.class = " class " AND o.n_arguments = " n_arguments                 \
                                            " AND o.action = 'own'); "

/* What a trigger of another one writes, or a foreign key of his, when a table is written that he
 * has put it on: his own doing. */
#define IS_WRITTEN_BY_ITS_OWNER                                                                    \
    "(EXISTS (SELECT FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid JOIN pg_namespace n "    \
    "ON n.oid = p.pronamespace CROSS JOIN LATERAL (SELECT " OWNERS(                                \
        "'routine'", "n.nspname",                                                                  \
        "p.proname") " AS of_function) AS f WHERE g.tgrelid = ANY (v_written) AND NOT "            \
                     "g.tgisinternal AND NOT " OWN("g.xmin") " AND NOT " OWN("p.xmin") " AND "     \
                                                                                       "(of_"      \
                                                                                       "function " \
                                                                                       "= '{}' "   \
                                                                                       "OR "       \
                                                                                       "of_"       \
                                                                                       "function " \
                                                                                       "&& "       \
                                                                                       "v_owners)" \
                                                                                       " AND NOT " \
                                                                                       "of_"       \
                                                                                       "function " \
                                                                                       "&& "       \
                                                                                       "v_ids) "   \
                                                                                       "OR "       \
                                                                                       "EXISTS "   \
                                                                                       "(SELECT "  \
                                                                                       "FROM "     \
                                                                                       "pg_"       \
                                                                                       "constrain" \
                                                                                       "t k "      \
                                                                                       "WHERE "    \
                                                                                       "k."        \
                                                                                       "contype "  \
                                                                                       "= 'f' "    \
                                                                                       "AND "      \
                                                                                       "k."        \
                                                                                       "conrelid " \
                                                                                       "= r.oid "  \
                                                                                       "AND "      \
                                                                                       "k."        \
                                                                                       "confrelid" \
                                                                                       " = ANY "   \
                                                                                       "(v_"       \
                                                                                       "written) " \
                                                                                       "AND "      \
                                                                                       "NOT " OWN( \
                                                                                           "k."    \
                                                                                           "xmin") " AND (k.confdeltype IN ('c', 'n', 'd') OR k.confupdtype IN ('c', 'n', 'd'))))"

#define HAS_NEW_PARTS                                                                                                                                                                    \
    "(EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = r.oid AND " OWN(                                                                                                             \
        "a.xmin") ") OR "                                                                                                                                                                \
                  "EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = r.oid AND " OWN(                                                                                               \
                      "k.xmin") ") OR "                                                                                                                                                  \
                                "EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = r.oid AND "                                                                                          \
                                "NOT g.tgisinternal AND " OWN("g.xmin") ") OR EXISTS (SELECT "                                                                                           \
                                                                        "FROM pg_policy y WHERE "                                                                                        \
                                                                        "y.polrelid = r.oid "                                                                                            \
                                                                        "AND " OWN("y.xmin") ") "                                                                                        \
                                                                                             "OR "                                                                                       \
                                                                                             "EXI"                                                                                       \
                                                                                             "STS"                                                                                       \
                                                                                             " ("                                                                                        \
                                                                                             "SEL"                                                                                       \
                                                                                             "ECT"                                                                                       \
                                                                                             " FR"                                                                                       \
                                                                                             "OM "                                                                                       \
                                                                                             "pg_"                                                                                       \
                                                                                             "rew"                                                                                       \
                                                                                             "rit"                                                                                       \
                                                                                             "e "                                                                                        \
                                                                                             "w "                                                                                        \
                                                                                             "WHE"                                                                                       \
                                                                                             "RE "                                                                                       \
                                                                                             "w."                                                                                        \
                                                                                             "ev_"                                                                                       \
                                                                                             "cla"                                                                                       \
                                                                                             "ss "                                                                                       \
                                                                                             "= "                                                                                        \
                                                                                             "r."                                                                                        \
                                                                                             "oid"                                                                                       \
                                                                                             " AN"                                                                                       \
                                                                                             "D"                                                                                         \
                                                                                             " " OWN("w.xmin") ") OR EXISTS (SELECT FROM pg_attrdef d WHERE d.adrelid = r.oid AND " OWN( \
                                                                                                 "d.xmin") ") OR EXISTS (SELECT FROM pg_index i WHERE i.indrelid = r.oid AND " OWN("i.xmin") "))"

/* A foreign key puts triggers on the table it refers to, and takes them away again. What is locked
 * and no more, such as by ANALYZE, was allowed by the check of texts when it names the table. */
#define IS_NO_MORE_THAN_REFERRED_TO                                                                \
    "(r.oid <> ALL (v_beyond_key) AND (v_guard -> 'dependencies' ?| v_owners OR v_guard -> "       \
    "'reads' ? v_name) AND EXISTS (SELECT FROM pg_constraint k WHERE k.contype = 'f' AND "         \
    "k.confrelid = r.oid AND " OWN("k.xmin") ") OR NOT v_is_changed AND (v_parts <> '{}' OR "      \
                                             "r.oid <> ALL (v_exclusive) AND (v_guard -> 'reads' " \
                                             "? v_name OR v_guard -> 'changes' ? "                 \
                                             "v_name)))"

#define CHECK_RELATIONS                                                                                                                                  \
    "IF " WROTE(                                                                                                                                         \
        "pg_class") " THEN v_altered := v_altered || ARRAY(SELECT oid FROM pg_class "                                                                    \
                    "WHERE " OWN(                                                                                                                        \
                        "xmin") " AND oid <> ALL (v_altered || v_written)); END IF; "                                                                    \
                                "FOR r IN " RELATIONS " LOOP "                                                                                           \
                                "v_owners := r.owners; v_name := r.space || '.' || r.name; "                                                             \
                                "v_is_changed := " OWN(                                                                                                  \
                                    "r.row_xmin") "; "                                                                                                   \
                                                  "IF r.subject_space = 'public' AND v_guard -> "                                                        \
                                                  "'host' ? r.subject_name THEN "                                                                        \
                                                  "IF v_is_changed OR r.oid = ANY (v_altered) OR "                                                       \
                                                  "array_length(v_ids, 1) = 1 AND r.oid = ANY "                                                          \
                                                  "(v_written) THEN " REPORT(                                                                            \
                                                      WORD, "v_name", "'sp-host'",                                                                       \
                                                      "CASE WHEN r.oid = ANY (v_altered) THEN "                                                          \
                                                      "'altered' ELSE "                                                                                  \
                                                      "'written' END") "END IF; CONTINUE; END "                                                          \
                                                                       "IF; "                                                                            \
                                                                       "IF v_owners = '{}' AND "                                                         \
                                                                       "r.relispartition THEN "                                                          \
                                                                       "v_owners "                                                                       \
                                                                       ":= " OWNERS_OF_ROOT                                                              \
                                                                       "; END IF; "                                                                      \
                                                                       "v_is_foreign := NOT "                                                            \
                                                                       "v_owners && v_ids AND "                                                          \
                                                                       "NOT v_guard -> 'tables' "                                                        \
                                                                       "?| ARRAY[v_name, "                                                               \
                                                                       "r.subject_space || '.' "                                                         \
                                                                       "|| r.subject_name]; "                                                            \
                                                                       "IF v_is_changed AND NOT "                                                        \
                                                                       "EXISTS (SELECT FROM "                                                            \
                                                                       "pg_attribute a WHERE "                                                           \
                                                                       "a.attrelid = r.oid AND "                                                         \
                                                                       "NOT " OWN(                                                                       \
                                                                           "a.xmin") ") THEN "                                                           \
                                                                                     "IF "                                                               \
                                                                                     "v_is_"                                                             \
                                                                                     "foreign "                                                          \
                                                                                     "AND "                                                              \
                                                                                     "v_owners "                                                         \
                                                                                     "<> '{}' "                                                          \
                                                                                     "THEN"                                                              \
                                                                                     " " REPORT(WORD, "v_name", "v_owners[1]", "'made'") "ELSE " RECORD( \
                                                                                         "'relati"                                                       \
                                                                                         "on'",                                                          \
                                                                                         WORD,                                                           \
                                                                                         "r."                                                            \
                                                                                         "space",                                                        \
                                                                                         "r.name",                                                       \
                                                                                         "NULL",                                                         \
                                                                                         "0") "EN"                                                       \
                                                                                              "D "                                                       \
                                                                                              "IF"                                                       \
                                                                                              "; "                                                       \
                                                                                              "CO"                                                       \
                                                                                              "NT"                                                       \
                                                                                              "IN"                                                       \
                                                                                              "UE"                                                       \
                                                                                              "; "                                                       \
                                                                                              "EN"                                                       \
                                                                                              "D "                                                       \
                                                                                              "IF"                                                       \
                                                                                              "; "                                                       \
                                                                                              "IF"                                                       \
                                                                                              " v"                                                       \
                                                                                              "_i"                                                       \
                                                                                              "s_"                                                       \
                                                                                              "ch"                                                       \
                                                                                              "an"                                                       \
                                                                                              "ge"                                                       \
                                                                                              "d "                                                       \
                                                                                              "AN"                                                       \
                                                                                              "D "                                                       \
                                                                                              "r."                                                       \
                                                                                              "oi"                                                       \
                                                                                              "d "                                                       \
                                                                                              "= "                                                       \
                                                                                              "AN"                                                       \
                                                                                              "Y "                                                       \
                                                                                              "(v"                                                       \
                                                                                              "_e"                                                       \
                                                                                              "xc"                                                       \
                                                                                              "lu"                                                       \
                                                                                              "si"                                                       \
                                                                                              "ve"                                                       \
                                                                                              ") "                                                       \
                                                                                              "AN"                                                       \
                                                                                              "D "                                                       \
                                                                                              "NO"                                                       \
                                                                                              "T "                                                       \
                                                                                              "v_"                                                       \
                                                                                              "ow"                                                       \
                                                                                              "ne"                                                       \
                                                                                              "rs"                                                       \
                                                                                              " &"                                                       \
                                                                                              "& "                                                       \
                                                                                              "v_"                                                       \
                                                                                              "id"                                                       \
                                                                                              "s "                                                       \
                                                                                              "TH"                                                       \
                                                                                              "EN"                                                       \
                                                                                              " "                                                        \
                                                                                              "v_"                                                       \
                                                                                              "ma"                                                       \
                                                                                              "y_"                                                       \
                                                                                              "mi"                                                       \
                                                                                              "ss"                                                       \
                                                                                              " :"                                                       \
                                                                                              "= "                                                       \
                                                                                              "TR"                                                       \
                                                                                              "UE"                                                       \
                                                                                              "; "                                                       \
                                                                                              "EN"                                                       \
                                                                                              "D "                                                       \
                                                                                              "IF"                                                       \
                                                                                              "; "                                                       \
                                                                                              "IF"                                                       \
                                                                                              " N"                                                       \
                                                                                              "OT"                                                       \
                                                                                              " v"                                                       \
                                                                                              "_i"                                                       \
                                                                                              "s_"                                                       \
                                                                                              "fo"                                                       \
                                                                                              "re"                                                       \
                                                                                              "ig"                                                       \
                                                                                              "n "                                                       \
                                                                                              "OR"                                                       \
                                                                                              " v"                                                       \
                                                                                              "_o"                                                       \
                                                                                              "wn"                                                       \
                                                                                              "er"                                                       \
                                                                                              "s "                                                       \
                                                                                              "= "                                                       \
                                                                                              "'{"                                                       \
                                                                                              "}'"                                                       \
                                                                                              " A"                                                       \
                                                                                              "ND"                                                       \
                                                                                              " v"                                                       \
                                                                                              "_g"                                                       \
                                                                                              "ua"                                                       \
                                                                                              "rd"                                                       \
                                                                                              " -"                                                       \
                                                                                              "> "                                                       \
                                                                                              "'c"                                                       \
                                                                                              "ha"                                                       \
                                                                                              "ng"                                                       \
                                                                                              "es"                                                       \
                                                                                              "' "                                                       \
                                                                                              "?|"                                                       \
                                                                                              " A"                                                       \
                                                                                              "RR"                                                       \
                                                                                              "AY"                                                       \
                                                                                              "[v"                                                       \
                                                                                              "_n"                                                       \
                                                                                              "am"                                                       \
                                                                                              "e,"                                                       \
                                                                                              " "                                                        \
                                                                                              "r."                                                       \
                                                                                              "su"                                                       \
                                                                                              "bj"                                                       \
                                                                                              "ec"                                                       \
                                                                                              "t_"                                                       \
                                                                                              "sp"                                                       \
                                                                                              "ac"                                                       \
                                                                                              "e "                                                       \
                                                                                              "||"                                                       \
                                                                                              " '"                                                       \
                                                                                              ".'"                                                       \
                                                                                              " |"                                                       \
                                                                                              "| "                                                       \
                                                                                              "r."                                                       \
                                                                                              "su"                                                       \
                                                                                              "bj"                                                       \
                                                                                              "ec"                                                       \
                                                                                              "t_"                                                       \
                                                                                              "na"                                                       \
                                                                                              "me"                                                       \
                                                                                              "] "                                                       \
                                                                                              "TH"                                                       \
                                                                                              "EN"                                                       \
                                                                                              " C"                                                       \
                                                                                              "ON"                                                       \
                                                                                              "TI"                                                       \
                                                                                              "NU"                                                       \
                                                                                              "E;"                                                       \
                                                                                              " E"                                                       \
                                                                                              "ND"                                                       \
                                                                                              " I"                                                       \
                                                                                              "F;"                                                       \
                                                                                              " "                                                        \
                                                                                              "IF"                                                       \
                                                                                              " v"                                                       \
                                                                                              "_i"                                                       \
                                                                                              "s_"                                                       \
                                                                                              "ch"                                                       \
                                                                                              "an"                                                       \
                                                                                              "ge"                                                       \
                                                                                              "d "                                                       \
                                                                                              "OR"                                                       \
                                                                                              " r"                                                       \
                                                                                              ".o"                                                       \
                                                                                              "id"                                                       \
                                                                                              " ="                                                       \
                                                                                              " A"                                                       \
                                                                                              "NY"                                                       \
                                                                                              " ("                                                       \
                                                                                              "v_"                                                       \
                                                                                              "al"                                                       \
                                                                                              "te"                                                       \
                                                                                              "re"                                                       \
                                                                                              "d)"                                                       \
                                                                                              " T"                                                       \
                                                                                              "HE"                                                       \
                                                                                              "N "                                                       \
                                                                                              "IF"                                                       \
                                                                                              " " HAS_NEW_PARTS                                          \
                                                                                              " O"                                                       \
                                                                                              "R "                                                       \
                                                                                              "NO"                                                       \
                                                                                              "T"                                                        \
                                                                                              " " IS_NO_MORE_THAN_REFERRED_TO                            \
                                                                                              " T"                                                       \
                                                                                              "HE"                                                       \
                                                                                              "N"                                                        \
                                                                                              " " REPORT(                                                \
                                                                                                  WORD,                                                  \
                                                                                                  "v_name",                                              \
                                                                                                  "v_owners[1]",                                         \
                                                                                                  "'altered'") "END IF; "                                \
                                                                                                               "ELSIF NOT " IS_WRITTEN_BY_ITS_OWNER      \
                                                                                                               " THEN " REPORT(                          \
                                                                                                                   WORD,                                 \
                                                                                                                   "v_name",                             \
                                                                                                                   "v_owners[1]",                        \
                                                                                                                   "'written'") "END IF; END LOOP; "

#define CHECK_THINGS(class, word, query)                                                          \
    "FOR r IN " query " LOOP v_owners := ARRAY(SELECT o.extension_id FROM "                       \
    "public.extension_objects o WHERE o.namespace_name = r.space AND o.name = r.name AND "        \
    "o.class = " class " AND o.n_arguments = r.n_arguments AND o.action IN ('create', 'own', "    \
                       "'claim')); IF r.space = 'public' AND v_guard -> 'host' ? r.name THEN "    \
                       "v_owners := "                                                             \
                       "'{sp-host}'; END IF; IF v_owners <> '{}' AND NOT v_owners && v_ids "      \
                       "THEN " REPORT(                                                            \
                           word, "r.space || '.' || r.name", "v_owners[1]",                       \
                           "'altered'") "ELSE " RECORD(class, word, "r.space", "r.name",          \
                                                       "r.arguments",                             \
                                                       "r.n_arguments") "v_may_miss := "          \
                                                                        "v_may_miss OR v_owners " \
                                                                        "= '{}'; END IF; END "    \
                                                                        "LOOP; "

#define ROUTINES                                                                         \
    "SELECT n.nspname AS space, p.proname AS name, p.pronargs::integer AS n_arguments, " \
    "p.prokind, "                                                                        \
    "(SELECT string_agg(format_type(a, NULL), ',') FROM unnest(p.proargtypes) AS a) AS " \
    "arguments FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ("     \
    "p.oid = ANY (v_objects) OR " OWN("p.xmin") ") AND " IS_OURS("n.nspname")

#define TYPES                                                                                     \
    "SELECT n.nspname AS space, y.typname AS name, 0 AS n_arguments, NULL::text AS arguments "    \
    "FROM pg_type y JOIN pg_namespace n ON n.oid = y.typnamespace "                               \
    "LEFT JOIN pg_class c ON c.oid = y.typrelid WHERE (y.oid = ANY (v_objects) OR y.typrelid = "  \
    "ANY (v_altered) OR " OWN("y.xmin") " OR y.oid IN (SELECT enumtypid FROM pg_enum WHERE " OWN( \
        "xmin") ")) AND y.typcategory <> 'A' AND (y.typrelid = 0 OR c.relkind = 'c') AND "        \
                "y.typtype <> 'm' AND " IS_OURS("n.nspname")

#define CHECK_ROUTINES_AND_TYPES                                                                     \
    "IF " WROTE("pg_proc") " OR v_objects <> '{}' THEN " CHECK_THINGS(                               \
        "'routine'", "'function'",                                                                   \
        ROUTINES) "END IF; "                                                                         \
                  "IF " WROTE("pg_type") " OR " WROTE(                                               \
                      "pg_enum") " OR v_objects <> '{}' THEN " CHECK_THINGS("'type'", "'type'",      \
                                                                            TYPES) "END IF; "        \
                                                                                   "IF NOT "         \
                                                                                   "v_may_miss "     \
                                                                                   "AND " WROTE(     \
                                                                                       "pg_"         \
                                                                                       "namespac"    \
                                                                                       "e") " THE"   \
                                                                                            "N "     \
                                                                                            "v_"     \
                                                                                            "may_"   \
                                                                                            "miss"   \
                                                                                            " := "   \
                                                                                            "EXIS"   \
                                                                                            "TS "    \
                                                                                            "(SEL"   \
                                                                                            "ECT "   \
                                                                                            "FROM"   \
                                                                                            " "      \
                                                                                            "pg_"    \
                                                                                            "name"   \
                                                                                            "spac"   \
                                                                                            "e "     \
                                                                                            "WHER"   \
                                                                                            "E"      \
                                                                                            " " OWN( \
                                                                                                "xmin") "); END IF; "

#define TABLE_OF(name)                                                             \
    "(SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace " \
    "WHERE n.nspname = o.namespace_name AND c.relname = " name ")"

/* Parts of a table that is gone go with it. */
#define HAS_NO_PART(catalog, relation, name)                                                  \
    "EXISTS " TABLE_OF("o.parent") " AND NOT EXISTS (SELECT FROM " catalog " WHERE " relation \
                                   " = " TABLE_OF("o.parent") " AND " name " = o.name) "

#define MISSING                                                                                                                                                                                                                                       \
    "SELECT o.ctid AS at, o.* FROM public.extension_objects o WHERE "                                                                                                                                                                                 \
    "(o.action = 'own' OR o.action = 'create' AND o.is_kept) AND CASE o.class "                                                                                                                                                                       \
    "WHEN 'relation' THEN NOT EXISTS " TABLE_OF(                                                                                                                                                                                                      \
        "o.name") " "                                                                                                                                                                                                                                 \
                  "WHEN 'column' THEN " HAS_NO_PART("pg_attribute", "NOT attisdropped AND attrelid", "attname") "WHEN 'constraint' THEN " HAS_NO_PART(                                                                                                \
                      "pg_constraint", "conrelid",                                                                                                                                                                                                    \
                      "conname") "WHEN 'trigger' THEN " HAS_NO_PART("pg_trigger", "tgrelid",                                                                                                                                                          \
                                                                    "tgname") "WHEN 'policy' "                                                                                                                                                        \
                                                                              "THEN " HAS_NO_PART("pg_policy",                                                                                                                                        \
                                                                                                  "polrelid",                                                                                                                                         \
                                                                                                  "polname") "WHEN 'rule' THEN " HAS_NO_PART("pg_rewrite",                                                                                            \
                                                                                                                                             "ev_class",                                                                                              \
                                                                                                                                             "rulename") "WHEN 'type' THEN NOT EXISTS (SELECT FROM pg_type y JOIN pg_namespace n ON n.oid = "         \
                                                                                                                                                         "y.typnamespace WHERE n.nspname = o.namespace_name AND y.typname = o.name) "                 \
                                                                                                                                                         "WHEN 'routine' THEN NOT EXISTS (SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = "      \
                                                                                                                                                         "p.pronamespace WHERE n.nspname = o.namespace_name AND p.proname = o.name AND p.pronargs = " \
                                                                                                                                                         "o.n_arguments) ELSE FALSE END"

/* What was missing before the run is not the doing of this transaction, and what it owns together
 * with others was its own to drop. */
#define CHECK_MISSING                                                                             \
    "IF NOT v_may_miss THEN v_may_miss := EXISTS (SELECT FROM unnest(v_exclusive) AS l WHERE "    \
    "l NOT IN (SELECT oid FROM pg_class)); END IF; "                                              \
    "IF v_may_miss THEN FOR r IN " MISSING " LOOP "                                               \
    "IF r.extension_id = ANY (v_ids) THEN "                                                       \
    "IF r.action = 'own' THEN DELETE FROM public.extension_objects WHERE ctid = r.at; "           \
    "ELSE UPDATE public.extension_objects SET is_kept = FALSE WHERE ctid = r.at; END IF; "        \
    "ELSIF NOT v_guard -> 'tables' ? (r.namespace_name || '.' || CASE r.parent WHEN '' THEN "     \
    "r.name ELSE r.parent END) AND NOT EXISTS (SELECT FROM public.extension_objects b WHERE "     \
    "b.class = r.class AND b.namespace_name = r.namespace_name AND b.name = r.name AND b.parent " \
    "= r.parent AND (b.action = 'gone' AND b.extension_id = r.extension_id OR b.action IN "       \
    "('create', 'own', 'claim') AND b.extension_id = ANY (v_ids))) THEN " REPORT(                 \
        "CASE r.class WHEN 'relation' THEN r.word ELSE r.class END",                              \
        "concat_ws('.', r.namespace_name, nullif(r.parent, ''), r.name)", "r.extension_id",       \
        "'dropped'") "END IF; END LOOP; END IF; "

#define BODY                                                                                       \
    DECLARATIONS "BEGIN IF v_id IS NULL THEN RETURN 0; END IF; " READ_LOCKS CHECK_RELATIONS        \
        CHECK_ROUTINES_AND_TYPES CHECK_MISSING                                                     \
                 "IF v_found <> '[]' THEN RAISE EXCEPTION USING MESSAGE = v_found::text, ERRCODE " \
                 "= '" SP_GUARD_SQLSTATE "'; END IF; RETURN 0; END"

const char sp_guard_body[] = BODY;

const char sp_guard_definition[] =
    "CREATE OR REPLACE FUNCTION public.extension_guard(v_guard jsonb) RETURNS integer "
    "LANGUAGE plpgsql AS $sp_host$" BODY "$sp_host$";
